"""How days, times and lists are said in a reply, in one place for every topic.

Knows no topic and no person: values in, Chinese words out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from handlers.contract import SHANGHAI, OfficeFacts

WEEKDAYS = "一二三四五六日"


def local(moment: datetime) -> datetime:
    """A moment in the office's own time."""
    return moment.astimezone(SHANGHAI)


def day_words(day: date, today: date | None = None) -> str:
    """7月12日（周一）; with the year where it is not this year's."""
    year = f"{day.year}年" if today is not None and day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def clock_words(moment: datetime) -> str:
    """08:30, in local time."""
    return f"{local(moment):%H:%M}"


def moment_words(moment: datetime, today: date | None = None) -> str:
    """7月12日（周一）08:30."""
    return f"{day_words(local(moment).date(), today)}{clock_words(moment)}"


def span_words(start: datetime, end: datetime, today: date | None = None) -> str:
    """7月12日（周一）08:30–11:30; the second day is named where it is another."""
    first, last = local(start), local(end)
    closing = clock_words(end) if first.date() == last.date() else moment_words(end, today)
    return f"{moment_words(start, today)}–{closing}"


def near_day(day: date, today: date) -> str:
    """今天, 明天 or 后天 before the date where one of them fits."""
    near = {0: "今天 ", 1: "明天 ", 2: "后天 "}.get((day - today).days, "")
    return f"{near}{day_words(day, today)}"


def joined(words: Iterable[str], limit: int = 8) -> str:
    """甲、乙、丙 等 12 个: at most `limit` of them, and how many there are."""
    items = list(words)
    shown = "、".join(items[:limit])
    return shown if len(items) <= limit else f"{shown} 等 {len(items)} 个"


def numbered(lines: Iterable[str]) -> str:
    """1. … on a line each."""
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def ask_office(office: OfficeFacts) -> str:
    """Whom to turn to where the records cannot answer."""
    contact = f"（{office.contact}）" if office.contact else ""
    return f"请联系本校管理员或{office.name}{contact}"


def binding_steps(office: OfficeFacts) -> str:
    """All that a stranger is told: how to bind, and nothing of anybody."""
    return (
        f"您好，我是{office.bot_name}。这个账号还没有绑定，绑定以后才能查询和签到。\n"
        "1. 向本校管理员要一个绑定码（7 天内有效，只能用一次）\n"
        "2. 私聊发给我：绑定 姓名 绑定码，如「绑定 王小明 ABCD2345」\n"
        f"拿不到绑定码时，{ask_office(office)}。"
    )
