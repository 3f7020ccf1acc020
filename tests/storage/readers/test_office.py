"""An office folder as a whole, and what kind a single file is."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.readers.detect import detect
from storage.readers.office import read_office
from storage.readers.problems import ReadError
from storage.readers.sheet_kinds import SPECS
from storage.readers.sheet_rows import Kind
from storage.readers.sheet_write import write_template
from tests.storage.readers.tables import PLAN, lines_as_workbook, workbook

ROSTER = workbook(("姓名", "工号", "单位"), ("甲", "01", "一小"), ("乙", "01", "二小"))


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "roster.xlsx").write_bytes(ROSTER)
    (tmp_path / "classes.xlsx").write_bytes(b"%PDF-1.4")
    (tmp_path / "organisations.csv").write_text(
        "名称,上级\n教育局,\n一小,教育局\n", encoding="utf-8"
    )
    (tmp_path / "plan.txt").write_text(PLAN, encoding="utf-8")
    (tmp_path / "rules.toml").write_text("cycle_years = 5\n", encoding="utf-8")
    (tmp_path / "照片.jpg").write_bytes(b"x")
    (tmp_path / "~$roster.xlsx").write_bytes(b"x")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "通知.txt").write_text("通知", encoding="utf-8")
    (tmp_path / "documents" / "图.png").write_bytes(b"x")
    office = read_office(tmp_path)
    assert [sheet.kind for sheet in office.sheets] == [Kind.ORGANISATIONS, Kind.ROSTER]
    assert office.plan is not None
    assert len(office.plan.items) == 6
    assert office.rules == "cycle_years = 5\n"
    assert [path.name for path in office.documents] == ["通知.txt"]
    found = {(item.file, item.problem.code.value) for item in office.problems}
    assert ("roster.xlsx", "duplicate_key") in found
    assert ("classes.xlsx", "file_unreadable") in found
    assert ("照片.jpg", "file_ignored") in found
    assert ("documents/图.png", "file_ignored") in found
    assert not any(name.startswith("~$") for name, _ in found)
    sheet = office.sheet(Kind.ROSTER)
    assert sheet is not None
    assert sheet.rejected[0].text("staff_number") == "01"


def test_no_folder_and_an_empty_one_are_refused_in_words(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ReadError, match="文件夹"):
            read_office(folder)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind.value)
def test_every_template_is_recognised_under_any_name(spec: object) -> None:
    kind = next(s.kind for s in SPECS if s is spec)
    assert detect(write_template(kind), "附件1.xlsx") is kind


def test_other_files_are_recognised() -> None:
    assert detect(PLAN.encode("gb18030"), "计划.txt") is Kind.PLAN
    assert detect(lines_as_workbook(PLAN), "a.xlsx") is Kind.PLAN
    assert detect(write_template(Kind.PLAN), "a.xlsx") is Kind.PLAN
    assert detect("关于放假的通知".encode(), "通知.txt") is Kind.DOCUMENT
    assert detect(b"%PDF-1.4", "通知.pdf") is Kind.DOCUMENT
    assert detect(b"a = 1", "rules.toml") is Kind.RULES
    assert detect(workbook(("甲", "乙")), "a.xlsx") is None
    assert detect(b"", "a.xlsx") is None
