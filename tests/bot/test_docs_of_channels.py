"""docs/wecom.md and docs/qq.md say what the code does: their tables are held against it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.onebot.channel import OneBotChannel
from bot.channels.qq.channel import QQChannel
from bot.channels.wecom.app import WeComChannel
from bot.channels.wecom.appchat import WeComAppChatChannel
from bot.channels.wecom.robot import WeComRobotChannel
from bot.channels.wecom_bot.callback import WeComBotChannel
from bot.channels.wecom_bot.socket import WeComSocketChannel
from handlers.ways import Capabilities

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = {
    "wecom.md": (
        WeComChannel,
        WeComSocketChannel,
        WeComBotChannel,
        WeComRobotChannel,
        WeComAppChatChannel,
    ),
    "qq.md": (QQChannel, OneBotChannel),
}
# where the words stand that the doctor says
SPEAKERS = (
    *sorted((ROOT / "bot" / "checks").glob("*.py")),
    *(ROOT / "bot" / "channels" / name for name in ("qq/life.py", "onebot/door.py")),
    ROOT / "config" / "settings.py",
)


def _tables(page: str) -> list[list[list[str]]]:
    """Every table of a page: rows of cells, its head first."""
    found: list[list[list[str]]] = []
    inside = False
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
            inside = True
        if not set(line) <= set("|-"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def _table(page: str, head: str) -> list[list[str]]:
    (found,) = (table[1:] for table in _tables(page) if table[0][0] == head)
    return found


def _row(can: Capabilities) -> list[str]:
    """What the page must say of this way."""
    push = "对方先说过话" if can.needs_talk else "不一定" if can.may_refuse else "可以"
    group_push = "可以，不一定" if can.may_refuse else "可以"
    return [
        can.title,
        push if can.push else "—",
        "可以" if can.groups else "—",
        group_push if can.group_push else "—",
        "有" if can.buttons else "—",
        "可以" if can.files else "—",
        _span(can.recall),
    ]


def _span(recall: timedelta | None) -> str:
    if recall is None:
        return "—"
    minutes = int(recall.total_seconds()) // 60
    return f"{minutes} 分钟内" if minutes < 60 else f"{minutes // 60} 小时内"


@pytest.mark.parametrize("page", CHANNELS)
def test_what_each_way_can_do(page: str) -> None:
    assert _table(page, "路") == [_row(channel.capabilities) for channel in CHANNELS[page]]


@pytest.mark.parametrize("page", CHANNELS)
def test_the_doctor_s_words_are_the_doctor_s(page: str) -> None:
    spoken = "\n".join(path.read_text(encoding="utf-8") for path in SPEAKERS)
    for says, *_ in _table(page, "doctor 说"):
        for part in says.split("…"):
            assert part in spoken, part
