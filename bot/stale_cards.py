"""Greys the buttons of cards whose people confirmed in another way than by pressing them.

Periodic work of one of the running processes; the channel knows how (wecom.md 2.5).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from bot.channels.wecom import cards
from bot.channels.wecom.errors import HALTS, TRANSIENT
from bot.leases import Leasing
from storage.outbox_values import Json
from storage.stale_cards import StaleCard, StaleCards
from storage.unit import Unit

logger = logging.getLogger("shixun.cards")

LEASE = timedelta(minutes=5)
# One update a call: most have confirmed after a day; it is allowed for 72 hours (wecom.md 2.5).
SETTLES, LIFE = timedelta(hours=24), timedelta(hours=71)


class Updating(Protocol):
    """A channel that can change a card that was sent."""

    name: str

    async def update_card(self, platform_id: str, accounts: Sequence[str], caption: str) -> int:
        """Grey its button; the errcode, 0 when it was done."""


class CardUpdates:
    """For one channel."""

    def __init__(self, channel: Updating, leasing: Leasing) -> None:
        self._channel = channel
        self._leasing = leasing

    async def run(self) -> None:
        """See to what is due."""
        if not await self._leasing.hold(f"card-updates:{self._channel.name}", LEASE):
            return
        now = self._leasing.clock.now()

        def due(unit: Unit) -> tuple[StaleCard, ...]:
            return StaleCards(unit).due(self._channel.name, now, settles=SETTLES, life=LIFE)

        for each in await self._leasing.run(due):
            if not await self._update(each):
                return

    async def _update(self, card: StaleCard) -> bool:
        """False where the platform is unwell: the rest waits too."""
        caption, code = pressed_caption(card.request), 0
        if caption:
            code = await self._channel.update_card(card.platform_id, card.accounts, caption)
        if code in HALTS or code in TRANSIENT:
            return False
        if code:
            logger.warning("card not updated", extra={"errcode": code, "batch": card.batch_id})
        await self._leasing.run(lambda unit: StaleCards(unit).done(card.batch_id))
        return True


def pressed_caption(request: Json) -> str:
    """What the first button says once it was pressed; empty where it may be pressed again."""
    for body in request["calls"]:
        for button in body.get("template_card", {}).get("button_list", ()):
            caption = cards.read_key(str(button.get("key", "")))[1]
            if caption:
                return caption
    return ""
