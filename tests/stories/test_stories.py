"""Every story file plays through `run_bot.py play`, on SQLite; some on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml

import run_bot
from bot import log
from simulator.story import read_story
from tests.conftest import SHARED
from tests.logs import told_too_much

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "examples" / "demo"
STORIES = sorted(HERE.glob("*.yaml"))
# what must play unchanged on either way to QQ
ON_QQ_TOO = ("t01_credits", "t02_group_privacy", "t08_sign_in", "t13_confirm")
ON_POSTGRESQL = ("t05_binding", "t08_sign_in", "t13_confirm", "a01_roster")


def play(story: Path, capsys: pytest.CaptureFixture[str], *more: str) -> None:
    if "../shared/" in story.read_text(encoding="utf-8") and not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout")
    code = run_bot.main(["play", *more, str(story)])
    told = capsys.readouterr()
    assert code == 0, told.out
    steps = yaml.safe_load(story.read_text(encoding="utf-8"))["steps"]
    said = [words for step in steps for who, words in step.items() if "@" in who]
    assert not told_too_much(
        told.err.splitlines(), [each for each in said if isinstance(each, str)]
    )


@pytest.fixture(autouse=True)
def _logs_tell_all_they_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """A story is played quietly; here the log is as loud as it can be set."""
    set_up = log.set_up_logs
    monkeypatch.setattr(log, "set_up_logs", lambda _level: set_up("debug"))


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_story_plays(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play(story, capsys)


@pytest.mark.parametrize("channel", ["qq", "onebot"])
@pytest.mark.parametrize("name", ON_QQ_TOO)
def test_the_story_plays_unchanged_on_qq(
    name: str, channel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    play(HERE / f"{name}.yaml", capsys, "--on", channel)


def test_a_story_that_is_moved_takes_its_groups_along() -> None:
    story = read_story(HERE / "t02_group_privacy.yaml").moved_to("qq")
    assert story.channels == ("qq",)


def test_there_is_a_story_for_every_channel() -> None:
    played = {channel for path in STORIES for channel in read_story(path).channels}
    assert {"wecom", "wecom_bot", "qq", "onebot"} <= played


@pytest.fixture
def fresh_url(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own on the tests' PostgreSQL server: a story brings its own tables."""
    name = f"story_{request.node.callspec.params['name']}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield postgres_url.replace("/postgres?", f"/{name}?").replace(
            "postgresql://", "postgresql+psycopg://", 1
        )
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_the_story_plays_on_postgresql(
    name: str, fresh_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    play(HERE / f"{name}.yaml", capsys, "--database", fresh_url)


def test_every_story_says_which_it_is() -> None:
    titles = [yaml.safe_load(path.read_text(encoding="utf-8"))["title"] for path in STORIES]
    assert len(set(titles)) == len(titles)
    assert len(STORIES) >= len(ON_POSTGRESQL)


def test_a_story_that_goes_wrong_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = tmp_path / "wrong.yaml"
    story.write_text(
        "title: 错的\nclock: 2021-07-12T08:20+08:00\nsteps:\n"
        "- 张伟@wecom: 我的学分\n  expect: 共计 999 学分\n",
        encoding="utf-8",
    )
    assert run_bot.main(["play", str(story)]) == 1
    assert "应有「共计 999 学分」" in capsys.readouterr().out


def test_a_story_never_plays_in_an_office_that_is_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'office.sqlite'}"
    assert run_bot.main(["import", "office", str(DEMO), "--yes", "--database", url]) == 0
    before = (tmp_path / "office.sqlite").read_bytes()
    story = HERE / "t01_credits.yaml"
    assert run_bot.main(["play", "--database", url, str(story)]) == 1
    assert "已经有一个办公室" in capsys.readouterr().out
    assert (tmp_path / "office.sqlite").read_bytes() == before
