"""How a recall is spoken of: what can be taken back by which way, how far it is, whom it misled.

Reads the records; changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from handlers.contract import Turn
from handlers.ways import GROUP
from handlers.wording import moment_words
from storage.notices import Notice
from storage.recalls import Recalls
from storage.withdrawals import Misled, Withdrawals

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a recall would do now, in messages by channel, and the same in words."""

    back: Mapping[str, int]
    kept: Mapping[str, int]
    waiting: int
    lines: tuple[str, ...]


def outlook(turn: Turn, notice: Notice) -> Outlook:
    """What can be taken back at this moment, and what cannot."""
    calls = Recalls(turn.unit)
    back: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    groups = 0
    for each in calls.gone(notice.id):
        can = turn.office.ways.get(each.channel)
        span = None if can is None else can.recall
        fresh = span is not None and turn.now - each.called_at <= span
        (back if fresh else kept)[each.channel] += each.messages
        groups += each.messages if each.place == GROUP else 0
    waiting = calls.waiting(notice.id)
    found = Outlook(back, kept, waiting, ())
    return Outlook(back, kept, waiting, tuple(_outlook_lines(turn, found, groups)))


def _outlook_lines(turn: Turn, found: Outlook, groups: int) -> list[str]:
    left = sum(found.back.values()) + sum(found.kept.values())
    among = f"（其中班级群 {groups} 个）" if groups else ""
    lines = [f"已送出 {left} 条{among}。" if left else "还没有送出任何一条。"]
    if found.back:
        lines.append(f"可以收回：{by_way(turn, found.back)}。")
    if found.kept:
        lines.append(f"收不回：{by_way(turn, found.kept)}（{why_kept(turn, found)}）。")
    if found.waiting:
        lines.append(f"还没有送出的 {found.waiting} 条不再发送。")
    return lines


def by_way(turn: Turn, messages: Mapping[str, int]) -> str:
    """企业微信应用 9 条、QQ机器人 2 条."""
    return "、".join(f"{title(turn, name)} {count} 条" for name, count in messages.items())


def why_kept(turn: Turn, found: Outlook) -> str:
    """Why what is kept cannot be taken back, way by way."""
    return "；".join(_rule(turn, name) for name in found.kept)


def _rule(turn: Turn, name: str) -> str:
    can = turn.office.ways.get(name)
    if can is None or can.recall is None:
        return f"{title(turn, name)}发出的不能撤回"
    return f"{title(turn, name)}只能在 {_span_words(can.recall)}内撤回"


def _span_words(span: timedelta) -> str:
    if span >= _HOUR:
        return f"{int(span / _HOUR)} 小时"
    return f"{int(span.total_seconds()) // 60} 分钟"


def title(turn: Turn, name: str) -> str:
    """What the office calls a way."""
    can = turn.office.ways.get(name)
    return can.title if can is not None and can.title else name


def headline(turn: Turn, notice: Notice) -> str:
    """When it was withdrawn."""
    assert notice.recalled_at is not None
    return f"N{notice.number} 已在 {moment_words(notice.recalled_at, turn.now.date())} 撤回。"


def progress(turn: Turn, notice: Notice) -> list[str]:
    """By way: taken back, still asked for, kept."""
    tally = Recalls(turn.unit).tally(notice.id)
    lines = []
    for name in tally.left:
        parts = [
            f"收回 {tally.done.get(name, 0)} 条" if tally.done.get(name) else "",
            f"正在收回 {tally.wanted.get(name, 0)} 条" if tally.wanted.get(name) else "",
            f"收不回 {tally.kept(name)} 条（{_why(turn, name, tally.why)}）"
            if tally.kept(name)
            else "",
        ]
        lines.append(f"{title(turn, name)}：" + "，".join(filter(None, parts)))
    return lines or ["撤回前没有送出任何一条。"]


def _why(turn: Turn, name: str, said: Mapping[str, str]) -> str:
    return said.get(name) or _rule(turn, name)


def misled(turn: Turn, notice: Notice, found: Sequence[Misled], most: int) -> list[str]:
    """Who had confirmed what was wrong, and whether they know better now."""
    corrections = Withdrawals(turn.unit).corrections(notice.id)
    if not found:
        lines = ["撤回前没有人确认过。"]
    else:
        lines = [f"撤回前有 {len(found)} 人确认过错误的一版。"]
        if len(found) > most:
            lines.append("名单较长，见文件。")
        else:
            lines.append("、".join(f"{each.name}（{each.organisation}）" for each in found))
    if not corrections:
        lines.append(f"还没有发更正。要发，发送「更正 N{notice.number}：新的内容」。")
        return lines
    code = f"N{corrections[0]}"
    lines.append(f"更正 {code} 已发出。")
    behind = [each for each in found if each.corrected_at is None]
    if found and not behind:
        lines.append("他们都确认了更正。")
    elif behind and len(behind) <= most:
        names = "、".join(each.name for each in behind)
        lines.append(f"其中还没有确认更正的 {len(behind)} 人：{names}")
    elif behind:
        lines.append(f"其中还没有确认更正的 {len(behind)} 人，见文件。")
    lines.append(f"全部人的确认情况：「{code} 谁没确认」。")
    return lines


def corrected(each: Misled) -> str:
    """One person's state of the correction, for the file."""
    if each.corrected_at is not None:
        return moment_words(each.corrected_at)
    return "没有确认" if each.told else "没有收到更正"


def status_line(turn: Turn, notice: Notice) -> str:
    """What 谁没确认 says of a notice that was withdrawn."""
    return f"{headline(turn, notice)}详情发送「N{notice.number} 撤回情况」。"
