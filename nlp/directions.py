"""Opposite directions that share their words: 报/退, 提醒/别提醒, 发/别发, 导入/导出.

The most dangerous confusions sat here (guide.md 6); a rule decides between the two when the
scorer's best is the one and the words clearly say the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlp.decide import Ranking


@dataclass(frozen=True, slots=True)
class _Pair:
    wrong: str
    right: str
    says: re.Pattern[str]
    rule: str


_PAIRS = (
    _Pair(
        "enrolment.apply", "enrolment.cancel",
        re.compile(
            r"(?:不|别|没法|不想)(?:去|参加|学|报|上)了|退(?:掉|了|出|报|班|课)|取消报名|划掉|"
            r"去不[了成]"),
        "说的是退，不是报",
    ),
    _Pair(
        "import.start", "export.file",
        re.compile(r"(?:导出|往外导|下载|导成|做成表|弄成excel)"),
        "说的是导出，不是导入",
    ),
    _Pair(
        "reminder.create", "reminder.cancel",
        re.compile(
            r"(?:别|不用|不要|不必)(?:再)?(?:响|提醒|弹|喊)|(?:提醒|闹钟|那条|那个|"
            r"定时)[^，,。]{0,6}(?:取消|删掉|删了|不要了|停掉|关掉)|取消[^，,。]{0,10}(?:提醒|"
            r"定时|闹钟)"),
        "说的是不再提醒",
    ),
    _Pair(
        "notice.draft", "notice.stop_all",
        re.compile(r"(?:一条|什么|全部|所有)[^，,。]{0,6}(?:别|不许|不要|停)[^，,。]{0,4}发"),
        "说的是停发",
    ),
    _Pair(
        "session.open", "session.close",
        re.compile(
            r"(?:结束|关闭|关掉|关了|停掉|截止)(?:签到|打卡)|(?:签到|打卡|"
            r"码)[^，,。]{0,4}(?:关了|停掉|结束|关掉|停了)"),
        "说的是结束签到",
    ),
)  # fmt: skip


def check_direction(ranking: Ranking, text: str) -> tuple[Ranking, str] | None:
    """The ranking with the two directions exchanged and the rule, when the words say so."""
    best = ranking.names[0]
    for pair in _PAIRS:
        if best == pair.wrong and pair.right in ranking.names and pair.says.search(text):
            return ranking.led_by(pair.right), pair.rule
    return None
