"""One line of `run_bot.py when`: a JSON object in, a JSON object out (product.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nlp.times.reader import read_times
from nlp.times.reports import looks_back
from nlp.times.values import DEFAULT_TERMS, LOCAL, Terms


def when_line(
    obj: Mapping[str, object], *, now: datetime | None = None, terms: Terms = DEFAULT_TERMS
) -> dict[str, object]:
    """`{"id", "text", "now"}` to `{"id", "spans", "time_of_day", "recurrence"}`; all keys always.

    `now` serves lines without a reference time of their own. Raises ValueError with a plain
    reason where a line has no text, or no time to read it at.
    """
    text = obj.get("text")
    if not isinstance(text, str):
        raise ValueError("没有 text")  # noqa: TRY004 - the line is wrong, not the caller
    reading = read_times(text, _moment(obj.get("now"), now), terms=terms, past=looks_back(text))
    spans = [
        {"text": span.text, "start": _iso(span.start), "end": _iso(span.end)}
        for span in reading.spans
    ]
    return {
        "id": obj.get("id"),
        "spans": spans,
        "time_of_day": reading.time_of_day,
        "recurrence": reading.recurrence,
    }


def _moment(written: object, default: datetime | None) -> datetime:
    if isinstance(written, str):
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError("now 不是 ISO 时间") from None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=LOCAL)
    if default is None:
        raise ValueError("没有 now")
    return default


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
