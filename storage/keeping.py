"""The files of a SQLite database: whose they are, whether they are still there, who may read them.

0600 and 0700: they hold what people told the office. Windows has no such modes; there the
folder's own rights count and nothing is said of them.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from storage.faults import GoneError

FILE_MODE, FOLDER_MODE = 0o600, 0o700
_OTHERS = 0o077
_HAS_MODES = os.name == "posix"
_Identity = tuple[int, int]


class InUseError(Exception):
    """Another process serves from this file; the message says who."""


class Watched:
    """One database file and its log: they must stay the ones that were opened."""

    def __init__(self, path: Path | None) -> None:
        """`path`: None where there is no file (a server, or memory)."""
        self._path = path
        self._known: dict[str, _Identity] = {}

    def look(self, *, log: bool = False) -> None:
        """Raises GoneError where the file is not the one of the first look any more.

        SQLite itself would go on into a file without a name and lose all of it at the end.
        Two calls of the system: some microseconds, once a commit. `log`: its log too, which
        stays only while somebody has the database open.
        """
        if self._path is None:
            return
        names = (str(self._path), f"{self._path}-wal")
        for name in names if log else names[:1]:
            known, present = self._known.get(name), _identity(name)
            if known is None:
                if present is not None:
                    self._known[name] = present
            elif known != present:
                raise GoneError(f"{Path(name).suffix or 'database'} file is gone or replaced")


def _identity(name: str) -> _Identity | None:
    try:
        facts = os.stat(name)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


class Hold:
    """The right to serve from a file, held as long as the process lives (or until `release`).

    The system takes it back from a process that dies, so that no stale lock is ever left.
    """

    def __init__(self, path: Path, owner: str) -> None:
        """Raises InUseError. `owner`: who is told to whoever comes second."""
        self._file: int | None = None
        lock = path.with_name(path.name + ".lock")
        try:
            self._file = os.open(lock, os.O_RDWR | os.O_CREAT, FILE_MODE)
        except OSError:
            return  # where nothing can be written the database says so itself
        if not _locked(self._file):
            who = os.pread(self._file, 200, 0).decode("utf-8", "replace").strip()
            os.close(self._file)
            self._file = None
            raise InUseError(
                f"数据库文件 {path} 正被另一个师训助手使用（{who or '不知道是哪一个进程'}）。"
                "一个 SQLite 文件只能由一个程序提供服务：请先停下那一个；"
                "要几份一起跑，请换成 PostgreSQL（docs/operations.md）。"
            )
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, owner.encode(), 0)

    def release(self) -> None:
        """Let another have it; the lock's file stays, taking it away would let two in."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _locked(file: int) -> bool:
    """Take the lock without waiting; True also where a system or a network disk has none."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def myself() -> str:
    """This process, as whoever comes second is told."""
    host = os.uname().nodename if _HAS_MODES else ""
    return f"进程 {os.getpid()}，{host}，{time.strftime('%m-%d %H:%M')} 起"


@dataclass(frozen=True, slots=True)
class Loose:
    """A file or folder that others on this machine may read."""

    path: Path
    mode: int

    @property
    def right(self) -> int:
        """The mode that it should have."""
        return FOLDER_MODE if self.path.is_dir() else FILE_MODE


def files_of(path: Path) -> Iterator[Path]:
    """The database with its log, its lock and its copies, as far as they are there."""
    with suppress(OSError):
        for each in sorted(path.parent.iterdir()):
            if each.name.startswith(path.name) and each.is_file():
                yield each


def loose(paths: Sequence[Path]) -> list[Loose]:
    """Which of these others may read; none where there are no modes."""
    if not _HAS_MODES:
        return []
    found = []
    for path in paths:
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OTHERS:
                found.append(Loose(path, mode))
    return found


def tighten(paths: Sequence[Path]) -> list[Loose]:
    """Take the others' rights away; those that would not let themselves be changed."""
    left = []
    for each in loose(paths):
        try:
            each.path.chmod(each.mode & each.right)
        except OSError:
            left.append(each)
    return left


def write_private(path: Path, data: bytes) -> None:
    """Write a file of people's data that only its owner may read; raises OSError.

    One that is there keeps its mode: whoever opened it to others meant to.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(file, "wb") as opened:
        opened.write(data)


def make_folder(path: Path) -> None:
    """A folder, and those above it that are missing, for the owner alone; raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_file(path: Path) -> None:
    """An empty file for the owner alone, before SQLite makes one for everybody."""
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE))
