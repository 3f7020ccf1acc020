"""Stories: what is written wrongly stops them, and what does not hold fails them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import run_bot
from bot.rehearsal import Rehearsal
from simulator.player import Line, Player
from simulator.story import SHANGHAI, Move, StoryError, read_story
from tests.bot.worlds import World

HEAD = "title: 试演\noffice: demo\nclock: 2021-07-12T08:20+08:00\nsteps:\n"


def story(folder: Path, steps: str, head: str = HEAD) -> Path:
    """A story file."""
    path = folder / "story.yaml"
    path.write_text(head + steps, encoding="utf-8")
    return path


async def play(world: World, folder: Path, steps: str) -> list[Line]:
    """Play the steps on the demo office."""
    player = Player(world.stage, Rehearsal(world.application), world.application.settle)
    return await player.play(read_story(story(folder, steps)))


def failed(lines: list[Line]) -> list[str]:
    """What was wrong, line by line."""
    return [line.problem for line in lines if line.problem]


# -- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("- 张伟@wecom: 我的学分\n  expects: 学分\n", "张伟@wecom"),
        ("- 张伟@pigeon: 我的学分\n", "不认识的渠道「pigeon」"),
        ("- 张伟: 我的学分\n", "不认识的键「张伟」"),
        ("- at: soon\n", "不认识的时间「soon」"),
        ("- at: 25:99\n", "不认识的时间"),
        ("- at: 08:25\n  then: 1\n", "不认识的键 then"),
        ("- pushed: {to: 李娜, expct: 缺勤}\n", "不认识的键 expct"),
        ("- pushed: {expect: 缺勤}\n", "pushed 要写 to"),
        ("- pushed: {to: 李娜}\n", "pushed 要写 expect、never 或 none"),
        ("- pushed: {to: 李娜, none: 'yes'}\n", "none 只能是 true"),
        ("- pushed: {to: 李娜, none: true, expect: 缺勤}\n", "none 不能和 expect"),
        ("- person: {name: 王芳}\n", "count"),
        ("- person: {name: 王芳, count: {credit_entries: two}}\n", "应为数字"),
        ("- 张伟@wecom: {press: 收到, file: a.xlsx}\n", "只能写一个"),
        ("- 张伟@wecom: {say: 收到}\n", "不认识的键 say"),
        ("- 张伟@wecom: 我的学分\n  expect:\n", "expect 后面没有内容"),
        ("- 张伟@wecom: 我的学分\n  never: {a: b}\n", "应为文字"),
        ("- 张伟@wecom: 我的学分\n  expect: /(/\n", "不是正则表达式"),
        ("- remember: {code: '/[/'}\n", "不是正则表达式"),
        ("- 我的学分\n", "应为「键: 值」"),
        ("[]\n", "不是 YAML"),
        ("", "steps"),
    ],
)
def test_what_is_written_wrongly_stops_the_story(tmp_path: Path, steps: str, said: str) -> None:
    with pytest.raises(StoryError) as raised:
        read_story(story(tmp_path, steps))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("clock: yesterday\nsteps:\n", "不是时刻"),
        ("steps:\n", "clock"),
        ("colour: red\nclock: 2021-07-12T08:20\nsteps:\n", "不认识的键 colour"),
    ],
)
def test_a_head_that_is_wrong_stops_the_story(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(StoryError, match=said):
        read_story(story(tmp_path, "- at: 08:25\n", head))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("08:25", "2021-07-12T08:25"),
        ("10:25", "2021-07-12T10:25"),
        ("10:25:30", "2021-07-12T10:25:30"),
        ("23:59:59", "2021-07-12T23:59:59"),
        ("2021-07-13T08:00", "2021-07-13T08:00"),
        ("2021-07-13 08:00:00", "2021-07-13T08:00"),
        ("2021-07-13T00:00:00Z", "2021-07-13T08:00"),
        ("+10m", "2021-07-12T08:30"),
        ("+2d", "2021-07-14T08:20"),
    ],
)
def test_the_clock_is_moved_where_it_is_written(
    tmp_path: Path, written: str, expected: str
) -> None:
    (step,) = read_story(story(tmp_path, f"- at: {written}\n")).steps
    assert isinstance(step, Move)
    now = datetime(2021, 7, 12, 8, 20, tzinfo=SHANGHAI)
    assert step.target(now) == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


# -- playing --------------------------------------------------------------------------------------


async def test_what_holds_passes(world: World, tmp_path: Path) -> None:
    lines = await play(
        world,
        tmp_path,
        "- 张伟@wecom: 我的学分\n  expect: [62 学分, /还差 \\d+/]\n  never: 李娜\n"
        "- remember: {sum: '/共计 (\\d+)/'}\n"
        "- 张伟@wecom: 我的学分\n  expect: '${sum} 学分'\n"
        "- 李娜@group(信息技术1班): 我的学分\n  expect: 已私信\n  private: 学分\n"
        "- pushed: {to: 王芳, never: 学分}\n"
        "- pushed: {to: 马超, none: true}\n"
        "- 张伟@wecom: 菜单\n  expect: 我的学分\n"
        "- 张伟@wecom: {press: 学分明细}\n  expect: 学分\n"
        "- 路人@wecom: 我的学分\n  expect: 绑定\n",
    )
    assert failed(lines) == []
    assert len(lines) == 9


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("- 张伟@wecom: 我的学分\n  expect: 63 学分\n", "应有「63 学分」"),
        ("- 张伟@wecom: 我的学分\n  never: 62 学分\n", "不应有「62 学分」"),
        ("- 张伟@group(信息技术1班): 我的学分\n  expect: 62 学分\n", "应有"),
        ("- 张伟@group(信息技术1班): 我的学分\n  private: 63 学分\n", "私聊应有"),
        ("- pushed: {to: 张伟, expect: 缺勤}\n", "应有「缺勤」"),
        ("- pushed: {to: 张炜, none: true}\n", "张炜"),
        ("- person: {name: 张伟, count: {credit_entries: 99}}\n", "应为 99"),
        ("- person: {name: 张伟, count: {dreams: 1}}\n", "dreams"),
        ("- 张伟@wecom: {press: 没有的按钮}\n", "没有的按钮"),
        ("- 张伟@wecom: {file: 没有的文件.xlsx}\n", "没有的文件"),
        ("- 张伟@wecom: 签到 ${code}\n", "code"),
        ("- 张伟@wecom: 我的学分\n  never: '${code}'\n", "code"),
        ("- remember: {code: '/never there/'}\n", "上一条回复里没有"),
    ],
)
async def test_what_does_not_hold_fails(
    world: World, tmp_path: Path, steps: str, said: str
) -> None:
    (problem,) = failed(await play(world, tmp_path, steps))
    assert said in problem


async def test_a_failed_step_does_not_stop_the_next(world: World, tmp_path: Path) -> None:
    lines = await play(
        world,
        tmp_path,
        "- 张伟@wecom: 我的学分\n  expect: 63 学分\n- 李娜@wecom: 我绑定的是谁\n  expect: 李娜\n",
    )
    assert [bool(line.problem) for line in lines] == [True, False]
    assert "62 学分" in lines[0].came


async def test_a_channel_that_is_not_open_stops_the_story(world: World, tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="qq"):
        await play(world, tmp_path, "- 张伟@qq: 我的学分\n")


def test_the_command_says_which_line_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = story(tmp_path, "- 张伟@wecom: 我的学分\n  expect: 62 学分\n")
    bad = tmp_path / "bad.yaml"
    bad.write_text(HEAD + "- 张伟@wecom: 我的学分\n  expect: 63 学分\n", encoding="utf-8")
    broken = tmp_path / "broken.yaml"
    broken.write_text("title: x\n", encoding="utf-8")
    assert run_bot.main(["play", str(good)]) == 0
    assert run_bot.main(["play", str(bad), str(broken), str(good)]) == 1
    said = capsys.readouterr().out
    assert "✗ bad.yaml" in said
    assert "应有「63 学分」" in said
    assert "62 学分" in said
    assert "✗ broken.yaml" in said
    assert said.count("✓ story.yaml") == 2
