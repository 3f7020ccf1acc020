"""Which events came before: the platform repeats them, and a resumed session replays them.

Remembers ids for a while and nothing else. The records (seen_messages) know for longer; this
keeps the repeats of the next minutes away from them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

KEPT = timedelta(minutes=15)  # ten at least (qq.md A4)
_MOST = 50_000


class Seen:
    """The ids of the last minutes."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, datetime] = OrderedDict()

    def known(self, keys: Sequence[str], now: datetime) -> bool:
        """Whether any of these ids was seen."""
        while self._at and (next(iter(self._at.values())) <= now - KEPT or len(self._at) > _MOST):
            self._at.popitem(last=False)
        return any(key in self._at for key in keys)

    def add(self, keys: Sequence[str], now: datetime) -> None:
        """All of them were seen."""
        for key in keys:
            self._at.setdefault(key, now)
