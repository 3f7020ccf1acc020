"""The office's words while the bot runs: taken up at the tick, never replaced by a bad file; and
what was not understood is kept so that it leads to nobody."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.reading import Readings, intent_words
from bot.words_file import WordsFile
from nlp.office_words import LARGEST_FILE
from storage.database import Database
from storage.unanswered import NotUnderstood, QuestionKind, Unanswered
from tests.bot.worlds import NOW, World

GOOD = """
[synonyms]
"积点" = "学分"
[[examples]]
text = "我的粮票还够不够"
means = "还差多少"
"""


@pytest.fixture
def words_file(tmp_path: Path) -> Path:
    """Where the office's words will stand."""
    return tmp_path / "words.toml"


def write(path: Path, text: str, age: int = 0) -> None:
    """Save a words file; `age` in seconds keeps the times of two savings apart."""
    path.write_text(text, encoding="utf-8")
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))


def tick(readings: Readings, url: str) -> None:
    """What housekeeping does each minute."""
    database = Database(url)
    with database.unit() as unit:
        readings.refresh(unit)
    database.close()


def intent(readings: Readings, text: str) -> str:
    """How a teacher's message is read now."""
    return readings.current().read(text, now=NOW).intent


def test_a_synonym_and_an_example_work_after_the_tick(office_url: str, words_file: Path) -> None:
    database = Database(office_url)
    readings = Readings(database, words_file)
    before = readings.current()
    tick(readings, office_url)
    assert readings.current() is before
    write(words_file, GOOD)
    tick(readings, office_url)
    assert intent(readings, "我的积点") == "credit.summary"
    assert intent(readings, "我的粮票还够不够") == "credit.gap"
    after = readings.current()
    tick(readings, office_url)
    assert readings.current() is after
    database.close()


def test_words_are_there_from_the_start(office_url: str, words_file: Path) -> None:
    write(words_file, GOOD)
    database = Database(office_url)
    readings = Readings(database, words_file)
    assert intent(readings, "我的积点") == "credit.summary"
    database.close()


@pytest.mark.parametrize(
    ("bad", "reasons"),
    [
        ("[synonyms", {"syntax"}),
        ('[synonyms]\n"积点" = "天王"\n"点" = "学分"', {"unknown_word", "too_short"}),
        ("#" * (LARGEST_FILE + 1), {"too_large"}),
        ("", set()),
    ],
)
def test_a_bad_file_changes_nothing_and_an_empty_one_takes_words_back(
    office_url: str, words_file: Path, log_lines: list[str], bad: str, reasons: set[str]
) -> None:
    write(words_file, GOOD, age=10)
    database = Database(office_url)
    readings = Readings(database, words_file)
    good = readings.current()
    write(words_file, bad)
    tick(readings, office_url)
    assert (readings.current() is good) == bool(reasons)
    refused = [line for line in log_lines if "words file refused" in line]
    assert len(refused) == len(reasons)
    assert all(any(f'"{reason}"' in line for line in refused) for reason in reasons)
    assert not any("积点" in line or "天王" in line for line in log_lines)
    tick(readings, office_url)  # said once, not each minute
    assert len([line for line in log_lines if "words file refused" in line]) == len(reasons)
    database.close()


def test_a_file_that_is_gone_leaves_its_words_in_force(words_file: Path) -> None:
    write(words_file, GOOD)
    watched = WordsFile(words_file)
    assert watched.refresh(intent_words())
    kept = watched.in_force
    words_file.unlink()
    assert not watched.refresh(intent_words())
    assert watched.in_force is kept
    write(words_file, GOOD.replace("积点", "分点"))
    assert watched.refresh(intent_words())
    assert watched.in_force.synonyms == (("分点", "学分"),)


def kept(world: World) -> list[NotUnderstood]:
    """The list of questions as it stands."""
    with world.application.database.unit() as unit:
        return list(Unanswered(unit).since(date(2021, 1, 1), date(2021, 12, 31)))


async def test_what_was_not_understood_is_kept_masked(each_world: World) -> None:
    account = each_world.stage.account("张伟")
    assert account is not None
    await each_world.say(account, "天王盖地虎，张伟 13800001234")
    (found,) = kept(each_world)
    assert found.text == "天王盖地虎，〇"
    assert (found.asked_on, found.role, found.channel) == (NOW.date(), "teacher", "wecom")
    assert found.kind == (QuestionKind.ASKED_BACK if found.guesses else QuestionKind.NOT_UNDERSTOOD)


async def test_what_was_understood_is_not_kept(world: World) -> None:
    account = world.stage.account("张伟")
    assert account is not None
    await world.say(account, "我的学分")
    await world.say(account, "菜单")
    assert kept(world) == []


async def test_a_message_delivered_twice_is_kept_once(world: World) -> None:
    account = world.stage.account("张伟")
    assert account is not None
    await world.say(account, "天王盖地虎", copies=3)
    assert len(kept(world)) == 1


async def test_housekeeping_forgets_after_ninety_days(world: World) -> None:
    today = NOW.date()
    with world.application.database.unit() as unit:
        for age in (90, 91):
            day = today - timedelta(days=age)
            Unanswered(unit).add(
                NotUnderstood(day, "wecom", "guest", f"{age}", QuestionKind.NOT_UNDERSTOOD)
            )
    await world.application.chores.keep_house()
    assert [each.text for each in kept(world)] == ["90"]
