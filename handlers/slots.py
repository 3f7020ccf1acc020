"""Typed reading of the slots that the understanding or a button hands to a handler."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

# what an INTEGER column holds, and no more digits than that are read
_LARGEST, _DIGITS = 2**31 - 1, 10
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SlotValue = str | int | float | Mapping[str, "str | int | float | None"] | list[str]


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From start to before end, local and aware; an open side is None (intents.md, Times)."""

    start: datetime | None
    end: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )


class Slots(Mapping[str, SlotValue]):
    """The slots of one message; every reader gives None where a slot is absent or unreadable."""

    def __init__(self, values: Mapping[str, SlotValue] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, key: str) -> SlotValue:
        return self._values[key]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str | None:
        """A slot that holds words or a code."""
        value = self._values.get(name)
        # a button made up elsewhere may hold signs that no column takes
        return _CONTROL.sub("", value).strip() or None if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """A slot that holds a whole number; a button's slots are text.

        One that no column holds becomes the largest that does, which nothing has: whoever made
        the button up hears that there is no such thing, not that it was left out.
        """
        value = self._values.get(name)
        if isinstance(value, int):
            return max(-_LARGEST, min(value, _LARGEST))
        if not isinstance(value, str) or not value.isdecimal():
            return None
        return min(int(value), _LARGEST) if len(value) <= _DIGITS else _LARGEST

    def decimal(self, name: str) -> Decimal | None:
        """A slot that holds an amount: a number or {"value": …}."""
        value = self._values.get(name)
        if isinstance(value, Mapping):
            value = value.get("value")
        if value is None or isinstance(value, list):
            return None
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            return None
        return found if found.is_finite() and found.adjusted() < _DIGITS - 1 else None

    def when(self, name: str = "when") -> TimeRange | None:
        """A slot that holds {"start", "end"} in ISO form."""
        value = self._values.get(name)
        if not isinstance(value, Mapping):
            return None
        return TimeRange(_moment(value.get("start")), _moment(value.get("end")))


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None
