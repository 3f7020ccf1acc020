"""Structured logs: one JSON object a line, with the turn's id and no personal data.

Only the fields named here and the message (a constant of ours) are written; what people said,
their names and ids never are. A trace is written without the values of variables.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

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


def set_up_logs(level: str) -> None:
    """Send our own logs to standard error as JSON; other libraries' only from warnings up."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("shixun").setLevel(level.upper())
