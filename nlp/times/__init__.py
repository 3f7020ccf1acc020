"""Chinese time expressions to calendar values: text and a reference time in, values out."""

from nlp.times.batch import when_line
from nlp.times.reader import read_times
from nlp.times.reports import looks_back
from nlp.times.values import DEFAULT_TERMS, SchoolYear, Span, Terms, TimeReading

__all__ = [
    "DEFAULT_TERMS",
    "SchoolYear",
    "Span",
    "Terms",
    "TimeReading",
    "looks_back",
    "read_times",
    "when_line",
]
