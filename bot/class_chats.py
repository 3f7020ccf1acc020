"""The chats that the WeCom app makes for classes: made when wished for, kept equal to the class.

Periodic work of one of the running processes. Knows which class; the channel knows the platform.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from bot.channels.wecom.chat_members import ChatRefusedError, Kept
from bot.leases import Leasing
from handlers.class_chats import made, not_made
from handlers.ways import Ways
from storage.app_chats import AppChat, AppChats
from storage.unit import Unit

logger = logging.getLogger("shixun.class_chats")

LEASE = timedelta(minutes=5)


class Chats(Protocol):
    """Who makes chats and keeps them (wecom_chat_members.ChatMembers)."""

    async def create(self, name: str, owner: str, members: Sequence[str], chat: str = "") -> str:
        """Make one; raises ChatRefusedError."""

    async def keep_equal(self, chat: str, wanted: Sequence[str]) -> Kept:
        """Let it have these members; raises ChatRefusedError."""


class ClassChats:
    """`kick`: something was queued that may leave."""

    def __init__(
        self, chats: Chats, leasing: Leasing, ways: Ways, kick: Callable[[], None]
    ) -> None:
        self._chats = chats
        self._leasing = leasing
        self._ways = ways
        self._kick = kick

    async def make(self) -> None:
        """Make what was asked for: often, somebody waits for it."""
        if await self._leasing.hold("class-chats:make", LEASE):
            for wanted in await self._leasing.run(lambda unit: AppChats(unit).wanted()):
                await self._make(wanted)

    async def keep(self) -> None:
        """Who joined or left a class joins or leaves its chat: now and then."""
        if not await self._leasing.hold("class-chats:keep", LEASE):
            return
        for there in await self._leasing.run(lambda unit: AppChats(unit).made()):
            try:
                kept = await self._chats.keep_equal(there.chat, there.members)
            except ChatRefusedError as error:
                reason = "for now" if error.for_now else "gone" if error.gone else "refused"
                logger.warning("chat not kept", extra={"class": there.class_id, "reason": reason})
                continue
            if kept.added or kept.removed:
                changed = len(kept.added) + len(kept.removed)
                logger.info("chat kept", extra={"class": there.class_id, "count": changed})

    async def _make(self, wanted: AppChat) -> None:
        now, ways = self._leasing.clock.now(), self._ways
        try:
            chat = await self._chats.create(wanted.name, wanted.owner, wanted.members, wanted.chat)
        except ChatRefusedError as error:
            if error.for_now:
                logger.warning("chat not made yet", extra={"class": wanted.class_id})
                return
            why = str(error)

            def refuse(unit: Unit) -> bool:
                return not_made(unit, wanted, why, ways, now)

            told = await self._leasing.run(refuse)
        else:
            told = await self._leasing.run(lambda unit: made(unit, wanted, chat, ways, now))
        if told:
            self._kick()
