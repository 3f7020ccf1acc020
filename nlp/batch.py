"""`run_bot.py understand`: one JSON line in, one JSON line out (intents.md, Batch output)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from nlp.understanding import Understanding

_LOCAL = ZoneInfo("Asia/Shanghai")


def understand_line(
    line: str,
    understanding: Understanding,
    *,
    now: datetime,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> str:
    """The answer line (without newline) for a line of input; `now` where the line has none.

    Keys: id (when given), intent, score, runner_up, slots, ms. A line that cannot be read yields
    {"error": "..."} (with the id when there is one).
    """
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as problem:
        return _error(f"not valid JSON: {problem}")
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        return _error("an object with a text is expected")
    try:
        moment = _moment(given.get("now"), now)
    except ValueError:
        return _error(f"now is not an ISO time: {given.get('now')!r}")
    role = given.get("role")
    begun = stopwatch()
    meaning = understanding.read(
        given["text"], now=moment, role=role if isinstance(role, str) else "teacher"
    )
    out: dict[str, object] = {"id": given["id"]} if "id" in given else {}
    out |= {
        "intent": meaning.intent,
        "score": round(meaning.score, 2),
        "runner_up": meaning.runner_up,
        "slots": meaning.slots,
        "ms": round((stopwatch() - begun) * 1000, 2),
    }
    return json.dumps(out, ensure_ascii=False)


def _moment(given: object, now: datetime) -> datetime:
    if given is None:
        return now
    if not isinstance(given, str):
        raise ValueError("not a string")  # noqa: TRY004 - one error for all unreadable moments
    moment = datetime.fromisoformat(given)
    return moment.replace(tzinfo=_LOCAL) if moment.tzinfo is None else moment.astimezone(_LOCAL)


def _error(text: str) -> str:
    return json.dumps({"error": text}, ensure_ascii=False)
