"""Reads a folder that is an office: the files of templates.md, each read, problems by file.

Reads from disk and changes nothing; what enters the record is decided by whoever imports.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import texts
from storage.readers import bounds
from storage.readers.columns import SheetSpec
from storage.readers.files import too_large
from storage.readers.plan_model import Plan
from storage.readers.problems import Problem, ProblemCode, ReadError
from storage.readers.reading import RULES_BYTES, ReadFile, read_file
from storage.readers.sheet_kinds import SPECS
from storage.readers.sheet_rows import Kind, SheetRow
from storage.readers.sheets import Sheet

DOCUMENTS = "documents"
RULES = "rules.toml"
_SHEET_ENDINGS = (".xlsx", ".csv")
_PLAN_ENDINGS = (".xlsx", ".txt", ".csv")
_DOCUMENT_ENDINGS = frozenset({".txt", ".md", ".docx", ".pdf", ".html", ".htm"})


class Reader(Protocol):
    """What reads one file: here, or in a process of its own (`apart.ReadingRoom.read`)."""

    def __call__(self, data: bytes, filename: str, kind: Kind | None = None) -> ReadFile:
        """The file as it was read."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A problem and the file (relative to the folder) in which it lies."""

    file: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class OfficeFiles:
    """What an office folder holds; `sheets` in the order in which they are to be imported."""

    folder: Path
    sheets: tuple[Sheet[SheetRow], ...]
    plan: Plan | None
    rules: str | None
    documents: tuple[Path, ...]
    problems: tuple[FileProblem, ...]

    def sheet(self, kind: Kind) -> Sheet[SheetRow] | None:
        """The sheet of a kind; None where the folder has none."""
        return next((sheet for sheet in self.sheets if sheet.kind is kind), None)

    def rows_of(self, spec: SheetSpec[SheetRow]) -> tuple[SheetRow, ...]:
        """The rows of a kind; empty where the folder has none."""
        sheet = self.sheet(spec.kind)
        return sheet.rows if sheet else ()


def read_office(folder: Path, read: Reader = read_file) -> OfficeFiles:
    """Read a folder, each file by `read`.

    Raises ReadError where it is no folder or holds no file of an office.
    """
    if not folder.is_dir():
        raise ReadError(f"没有找到文件夹「{folder.name}」。")
    problems: list[FileProblem] = []
    sheets: list[Sheet[SheetRow]] = []
    used: set[Path] = set()
    for spec in SPECS:
        path = _one_of(folder, spec.kind, _SHEET_ENDINGS, problems, used)
        sheet = _read_sheet(read, spec, path, problems) if path else None
        if sheet:
            sheets.append(sheet)
    plan_path = _one_of(folder, Kind.PLAN, _PLAN_ENDINGS, problems, used)
    plan = _read_plan(read, plan_path, problems) if plan_path else None
    rules = _read_rules(folder / RULES, problems)
    documents = _documents(folder / DOCUMENTS, problems)
    if not (used or documents or (folder / RULES).exists()):
        wanted = "roster.xlsx、organisations.xlsx、classes.xlsx"
        raise ReadError(f"文件夹「{folder.name}」里没有可以导入的文件，应有 {wanted} 等。")
    _ignored(folder, used, problems)
    return OfficeFiles(folder, tuple(sheets), plan, rules, documents, tuple(problems))


def bytes_of(path: Path) -> bytes:
    """What stands in a file; raises ReadError for what is none, or is more than is read."""
    try:
        if not path.is_file():
            raise ReadError(f"没有找到文件「{path.name}」。")
        with path.open("rb") as file:
            data = file.read(bounds.MAX_FILE_BYTES + 1)
    except OSError:
        raise ReadError(f"文件「{path.name}」打不开。") from None
    if len(data) > bounds.MAX_FILE_BYTES:
        raise too_large()
    return data


def _one_of(
    folder: Path,
    kind: Kind,
    endings: tuple[str, ...],
    problems: list[FileProblem],
    used: set[Path],
) -> Path | None:
    """The file of a kind: the first ending that is there; the others are named."""
    found = [path for ending in endings if (path := folder / f"{kind.value}{ending}").is_file()]
    for path in found[1:]:
        _say(problems, path.name, ProblemCode.FILE_IGNORED, f"已经读取 {found[0].name}，没有读取")
    used.update(found)
    return found[0] if found else None


def _read_sheet(
    read: Reader, spec: SheetSpec[SheetRow], path: Path, problems: list[FileProblem]
) -> Sheet[SheetRow] | None:
    try:
        sheet = read(bytes_of(path), path.name, spec.kind).sheet
    except (ReadError, OSError) as error:
        _unreadable(problems, path.name, error)
        return None
    problems.extend(FileProblem(path.name, problem) for problem in sheet.problems)
    return sheet


def _read_plan(read: Reader, path: Path, problems: list[FileProblem]) -> Plan | None:
    try:
        plan = read(bytes_of(path), path.name, Kind.PLAN).plan
    except (ReadError, OSError) as error:
        _unreadable(problems, path.name, error)
        return None
    problems.extend(FileProblem(path.name, problem) for problem in plan.problems)
    return plan


def _read_rules(path: Path, problems: list[FileProblem]) -> str | None:
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > RULES_BYTES:
            _say(problems, path.name, ProblemCode.FILE_UNREADABLE, "太大，没有读取")
            return None
        return texts.read(path)
    except (texts.NotTextError, OSError):
        clause = "读不出来，请另存为 UTF-8 编码"
        _say(problems, path.name, ProblemCode.FILE_UNREADABLE, clause)
        return None


def _documents(folder: Path, problems: list[FileProblem]) -> tuple[Path, ...]:
    if not folder.is_dir():
        return ()
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and _visible(path))
    kept = tuple(path for path in paths if path.suffix.lower() in _DOCUMENT_ENDINGS)
    for path in paths:
        if path not in kept:
            name = path.relative_to(folder.parent).as_posix()
            clause = "不是文字、Word、PDF 或网页文件，没有读取"
            _say(problems, name, ProblemCode.FILE_IGNORED, clause)
    return kept


def _ignored(folder: Path, used: set[Path], problems: list[FileProblem]) -> None:
    for path in sorted(folder.iterdir()):
        known = path in used or path.name in {RULES, DOCUMENTS}
        if known or not path.is_file() or not _visible(path):
            continue
        clause = "文件名不在约定之内，没有读取"
        if path.stem in {kind.value for kind in Kind}:
            clause = f"这种格式（{path.suffix}）还不能读取，请另存为 .xlsx"
        _say(problems, path.name, ProblemCode.FILE_IGNORED, clause)


def _visible(path: Path) -> bool:
    # 「~$roster.xlsx」 is the lock that Excel leaves beside an open file.
    return not path.name.startswith((".", "~$"))


def _unreadable(problems: list[FileProblem], name: str, error: Exception) -> None:
    sentence = str(error) if isinstance(error, ReadError) else "文件打不开。"
    problem = Problem(None, ProblemCode.FILE_UNREADABLE, f"{name}：{sentence}")
    problems.append(FileProblem(name, problem))


def _say(problems: list[FileProblem], name: str, code: ProblemCode, clause: str) -> None:
    problems.append(FileProblem(name, Problem(None, code, f"{name}：{clause}。")))
