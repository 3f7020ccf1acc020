"""Which of the times in a message an intent means: a stretch, a year, a clock time, a rule."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from nlp.numerals import read_number
from nlp.slots.uses import LOOKING_BACK, ONE_STRETCH
from nlp.times import Span, TimeReading, read_times
from nlp.times.values import LOCAL
from nlp.vocabulary import SlotValue

_YEAR_WORDS = re.compile(
    r"(?:20\d\d|二[〇零][一二][〇零一二三四五六七八九]|今|去|前|明|本)年|20\d\d(?!\d)"
)
_COMPARED = re.compile(r"(?:和|跟|比|同)(?:去年|前年|上年)|同比")
_CLOCK_ONLY = re.compile(
    r"^[上下中]?[午]?[晚早]?[上晨]?[0-9一二两三四五六七八九十]{1,3}(?:点|时|[:：])"
)
_COHORT = re.compile(r"20\d\d级")
_VAGUE = re.compile(r"[这近][两几]天|最近|近期|平时")
_BYGONE = re.compile(r"昨|前天|前晚|上周|上个|刚才|大前")
_DAYS = re.compile(r"(?:休息?|请|休假?|住院?|养)([一两二三四五六七八九十\d]{1,2})个?天")
_WEEKDAY = re.compile(r"(?:周|礼拜|星期)([一二三四五六日天])")
_DAYS_IN_A_ROW = re.compile(r"(?:周|礼拜|星期)((?:[一二三四五六日天](?!点)){2,6})")
_DAY_CODES = dict(
    zip("一二三四五六日天", ("MO", "TU", "WE", "TH", "FR", "SA", "SU", "SU"), strict=True)
)
_QUIET_FROM = re.compile(
    r"([^，,。！!；;]{0,12}(?:点|:|：|半)[^，,。！!；;]{0,3}(?:之?后|以后|过后|之?前|以前|起))"
)
_SOME_DAY = datetime(2025, 1, 1, tzinfo=LOCAL)
_ANY = re.compile(r"[0-9年月日天周号点时期今明昨前后早晚午假节暑寒末底初旬礼星每最近目刚]")


def may_hold_time(text: str) -> bool:
    """False where no reading of the text can depend on the present moment."""
    return _ANY.search(text) is not None


def read(text: str, now: datetime, intent: str) -> TimeReading:
    """The times of a text as this intent means months without a year."""
    if not may_hold_time(text):
        return TimeReading()
    return read_times(text, now, past=intent in LOOKING_BACK)


def as_when(span: Span) -> SlotValue:
    """A span in the shape of the `when` slot."""
    return {
        "start": span.start.isoformat() if span.start else None,
        "end": span.end.isoformat() if span.end else None,
    }


def is_year(span: Span) -> bool:
    """Whether the span is a whole calendar year."""
    if span.start is None or span.end is None:
        return False
    return (span.start.month, span.start.day) == (1, 1) and span.end == span.start.replace(
        year=span.start.year + 1
    )


def year(reading: TimeReading, text: str) -> int | None:
    """The year that is named; 今年暑假 names it too, 2021级 does not."""
    if _COMPARED.search(text):
        return None
    for span in reading.spans:
        if (
            span.start is not None
            and _YEAR_WORDS.match(span.text)
            and not _COHORT.match(text[span.begin : span.finish + 1])
        ):
            return span.start.year
    return None


def recurrence(reading: TimeReading, text: str, intent: str) -> str | None:
    """The rule; 礼拜四…周周来 takes its day from the rest of the message, as does the weekly
    reminder that is to be cancelled (周一的那个)."""
    cancelled = intent == "reminder.cancel" and reading.recurrence is None
    if cancelled or reading.recurrence == "FREQ=WEEKLY":
        day = _WEEKDAY.search(text)
        if day:
            return f"FREQ=WEEKLY;BYDAY={_DAY_CODES[day[1]]}"
    if reading.recurrence is None and intent == "reminder.create":
        listed = _DAYS_IN_A_ROW.search(text)
        if listed:
            return "FREQ=WEEKLY;BYDAY=" + ",".join(_DAY_CODES[day] for day in listed[1])
    return reading.recurrence


def time_of_day(reading: TimeReading, text: str, intent: str) -> str | None:
    """The clock time; of a wish when not to be disturbed, the one that bounds it."""
    if intent == "account.preferences":
        bound = _QUIET_FROM.search(text)
        if bound:
            clock = read_times(bound[1], _SOME_DAY).time_of_day
            return clock or reading.time_of_day
    return reading.time_of_day


def when(reading: TimeReading, intent: str, text: str = "") -> SlotValue | None:
    """The stretch that is meant: not a whole year, not a bare clock time; of two, the first.

    Where something is moved or two days are compared, two stretches leave it open which is meant.
    A leave lies ahead and is rather a day than 这两天; 从今天起 with 三天 ends after them.
    """
    stretches = [
        span for span in reading.spans if not is_year(span) and not _CLOCK_ONLY.match(span.text)
    ]
    if intent == "leave.request":
        stretches = _of_leave(stretches)
    different = {(span.start, span.end) for span in stretches}
    if not stretches or (len(different) > 1 and intent in ONE_STRETCH):
        return None
    chosen = stretches[0]
    if intent == "leave.request":
        chosen = next((span for span in stretches[1:] if _inside(span, chosen)), chosen)
    if chosen.end is None and chosen.start is not None and intent == "leave.request":
        days = _DAYS.search(text)
        count = read_number(days[1]) if days else None
        if count is not None:
            chosen = replace(chosen, end=chosen.start + timedelta(days=int(count)))
    return as_when(chosen)


def _inside(part: Span, whole: Span) -> bool:
    """Whether the second names a part of the first's day: 今天不舒服，下午请假."""
    if part.start is None or part.end is None or whole.start is None or whole.end is None:
        return False
    day = whole.end - whole.start == timedelta(days=1)
    return day and part != whole and whole.start <= part.start and part.end <= whole.end


def _of_leave(stretches: list[Span]) -> list[Span]:
    """The stretches that a leave may be for, the definite ones if there are any."""
    definite = [span for span in stretches if not _VAGUE.search(span.text)] or stretches
    ahead = [span for span in definite if not _BYGONE.match(span.text)]
    return ahead or definite
