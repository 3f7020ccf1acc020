"""Structured logs: one JSON object a line, with the turn's id and no personal data.

Only the fields named here and the message (a constant of ours) are written; what people said,
their names and ids never are. A trace is written without the values of variables. No warning is
written without a limit: whoever can cause one could fill the disk with it.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

_turn: ContextVar[tuple[str, str] | None] = ContextVar("turn", default=None)
# Extra fields that may be written: counts, codes and names of our own things.
FIELDS = frozenset(
    {
        "channel",
        "queued",
        "reason",
        "count",
        "status",
        "seconds",
        "errcode",
        "batch",
        "address",
        "code",
        "class",
        "lease",
        "platform_trace",
    }
)
# of one kind of warning, so many lines in so many seconds; then their number
MOST_ALIKE, ALIKE_SECONDS = 10, 60.0
_MOST_KINDS = 1000
# fields whose value makes no other kind
_NUMBERS = frozenset({"queued", "count", "seconds", "platform_trace"})


@contextmanager
def turn_context(turn_id: str, channel: str) -> Iterator[None]:
    """Everything that is logged inside belongs to this turn."""
    token = _turn.set((turn_id, channel))
    try:
        yield
    finally:
        _turn.reset(token)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Keep to the known fields."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        turn = _turn.get()
        if turn is not None:
            line["turn"], line["channel"] = turn
        line |= {key: value for key, value in record.__dict__.items() if key in FIELDS}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            # frames only: an error's text may quote what a person wrote
            line["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


class Repeats:
    """Which warnings are one too many, and how many of each there were.

    Ours are alike in message and fields, numbers apart; one with the code that a person reads out
    is like no other. Others' are alike in their kind of error only: their words hold addresses.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now`: seconds that no clock's setting moves."""
        self._now = now
        self._spans: OrderedDict[Hashable, tuple[float, int, dict[str, object]]] = OrderedDict()

    def take(self, record: logging.LogRecord) -> bool:
        """Whether it is to be written."""
        if record.levelno < logging.WARNING:
            return True
        key = self._key(record)
        kept = self._spans.get(key)
        # no record itself: its trace would keep what every frame of it holds
        since, count, told = kept or (self._now(), 0, _told(record))
        self._spans[key] = (since, count + 1, told)
        return count < MOST_ALIKE

    def over(self, *, all_of_them: bool = False) -> list[logging.LogRecord]:
        """One line for each kind whose span is over, where some were left out."""
        lines = []
        while self._spans:
            key, (since, count, told) = next(iter(self._spans.items()))
            full = len(self._spans) > _MOST_KINDS
            if not (all_of_them or full or self._now() - since >= ALIKE_SECONDS):
                break
            del self._spans[key]
            if count > MOST_ALIKE:
                lines.append(_sum_of(told, count - MOST_ALIKE))
        return lines

    @staticmethod
    def _key(record: logging.LogRecord) -> Hashable:
        error = record.exc_info[0] if record.exc_info else None
        if not record.name.startswith("shixun"):
            return (record.name, record.levelno, error)
        fields = record.__dict__
        told = tuple(str(fields.get(each)) for each in sorted(FIELDS - _NUMBERS))
        return (record.name, record.levelno, record.msg, error, told)


def _told(record: logging.LogRecord) -> dict[str, object]:
    """What the line that stands for all others says of them."""
    return {
        "name": record.name,
        "levelno": record.levelno,
        "levelname": record.levelname,
        "msg": record.getMessage() if record.name.startswith("shixun") else "warning",
        **{key: value for key, value in record.__dict__.items() if key in FIELDS - _NUMBERS},
    }


def _sum_of(told: dict[str, object], more: int) -> logging.LogRecord:
    words = f"{told['msg']} (and again, {more} times)"
    return logging.makeLogRecord({**told, "msg": words, "count": more})


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes to standard error, and of what repeats itself only the beginning and the number."""

    def __init__(self, repeats: Repeats | None = None) -> None:
        super().__init__()
        self._repeats = repeats or Repeats()
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Called with the handler's lock held."""
        for line in self._repeats.over():
            super().emit(line)
        if self._repeats.take(record):
            super().emit(record)

    def close(self) -> None:
        """The numbers that are not told yet."""
        with self.lock or nullcontext():
            for line in self._repeats.over(all_of_them=True):
                super().emit(line)
        super().close()


def set_up_logs(level: str) -> None:
    """Send our own logs to standard error as JSON; other libraries' only from warnings up."""
    root = logging.getLogger()
    root.handlers[:] = [LimitedHandler()]
    root.setLevel(logging.WARNING)
    logging.getLogger("shixun").setLevel(level.upper())
