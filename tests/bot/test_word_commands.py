"""`words check` and `export questions`: what an officer sees on the command line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from bot.clock import SystemClock
from bot.commands import OK, REFUSED, CommandError, do_export_questions, do_words_check
from config.settings import DEFAULT_WORDS, SettingsError, load_settings
from handlers.contract import SHANGHAI
from storage.database import Database
from storage.unanswered import NotUnderstood, QuestionKind, Unanswered


def test_a_good_file_is_counted(tmp_path: Path) -> None:
    file, out = tmp_path / "words.toml", list[str]()
    file.write_text('words = ["影子跟岗"]\n[synonyms]\n"积点" = "学分"\n', encoding="utf-8")
    assert do_words_check(file, out.append) == OK
    assert out == [f"{file} 没有问题：1 个整词，1 个说法，0 条例句。"]


def test_every_mistake_is_a_line(tmp_path: Path) -> None:
    file, out = tmp_path / "words.toml", list[str]()
    file.write_text('words = [""]\n[synonyms]\n"点" = "学分"\n', encoding="utf-8")
    assert do_words_check(file, out.append) == REFUSED
    assert out == [
        f"{file} 有 2 处要改（改好之前，原来的继续有效）：",
        "  words 第 1 个：是空的",
        "  [synonyms]「点」：只有一个字，会误伤别的话，请写两个字以上",
    ]


def test_a_missing_file_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"words\.example\.toml"):
        do_words_check(tmp_path / "words.toml", print)
    with pytest.raises(CommandError, match="打不开"):
        do_words_check(tmp_path, print)


def test_the_setting_names_a_file_that_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings().words_file == DEFAULT_WORDS
    file = tmp_path / "own.toml"
    monkeypatch.setenv("SHIXUN_WORDS_FILE", str(file))
    with pytest.raises(SettingsError, match="SHIXUN_WORDS_FILE：找不到文件"):
        load_settings()
    file.touch()
    assert load_settings().words_file == file


def test_the_last_days_are_exported(office_url: str, tmp_path: Path) -> None:
    today = SystemClock().now().astimezone(SHANGHAI).date()
    database = Database(office_url)
    with database.unit() as unit:
        for text, back in (("粮票够不够", 0), ("请问粮票够不够？", 6), ("天王盖地虎", 7)):
            Unanswered(unit).add(
                NotUnderstood(
                    today - timedelta(days=back),
                    "wecom",
                    "teacher",
                    text,
                    QuestionKind.ASKED_BACK,
                    ("credit.gap",),
                )
            )
    database.close()
    file, out = tmp_path / "questions.xlsx", list[str]()
    assert do_export_questions(office_url, file, out.append, days=7) == OK
    assert out == [f"最近 7 天没听懂的问题：1 种，共 2 次，已写入 {file}。"]
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2, max_col=5, values_only=True))
    assert rows == [("请问粮票够不够？", "2", "教师", "还差多少", today.isoformat())]
    do_export_questions(office_url, file, out.append, days=8)
    assert "2 种，共 3 次" in out[-1]


def test_a_list_that_cannot_be_written_is_said(office_url: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="写不了文件"):
        do_export_questions(office_url, tmp_path / "no" / "q.xlsx", print, days=7)
