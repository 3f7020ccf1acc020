"""Messages that were sent another way because the bot itself cannot send, until it can again.

Remembers whose they are, as long as the process lives. Knows no message and makes no call.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.channels.base import Note, Noted
from bot.channels.qq.events import Scene, Spot
from handlers.ways import GROUP, PRIVATE

_MOST = 10_000
_AT_ONCE = 200  # released after one call that worked


class Detour:
    """`note`: where it tells whose messages may leave again."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._waiting: OrderedDict[Spot, None] = OrderedDict()

    def taken(self, spot: Spot) -> None:
        """A message to this one was parked, for no fault of theirs."""
        self._waiting[spot] = None
        while len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)

    async def over(self) -> None:
        """The bot can send again: what did not arrive another way leaves now."""
        for _ in range(min(len(self._waiting), _AT_ONCE)):
            spot, _nothing = self._waiting.popitem(last=False)
            place = GROUP if spot.scene is Scene.GROUP else PRIVATE
            await self._note(Noted(place, spot.openid))
