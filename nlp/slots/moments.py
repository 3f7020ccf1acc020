"""Which of the times in a message an intent means: a stretch, a year, a clock time, a rule."""

from __future__ import annotations

import re
from datetime import datetime

from nlp.slots.uses import LOOKING_BACK, ONE_STRETCH
from nlp.times import Span, TimeReading, read_times
from nlp.vocabulary import SlotValue

_YEAR_WORDS = re.compile(
    r"(?:20\d\d|二[〇零][一二][〇零一二三四五六七八九]|今|去|前|明|本)年|20\d\d(?!\d)"
)
_COMPARED = re.compile(r"(?:和|跟|比|同)(?:去年|前年|上年)|同比")
_CLOCK_ONLY = re.compile(
    r"^[上下中]?[午]?[晚早]?[上晨]?[0-9一二两三四五六七八九十]{1,3}(?:点|时|[:：])"
)
_COHORT = re.compile(r"20\d\d级")
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


def when(reading: TimeReading, intent: str) -> SlotValue | None:
    """The stretch that is meant: not a whole year, not a bare clock time; of two, the first.

    Where something is moved or two days are compared, two stretches leave it open which is meant.
    """
    stretches = [
        span for span in reading.spans if not is_year(span) and not _CLOCK_ONLY.match(span.text)
    ]
    if not stretches or (len(stretches) > 1 and intent in ONE_STRETCH):
        return None
    return as_when(stretches[0])
