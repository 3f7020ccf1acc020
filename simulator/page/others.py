"""What QQ by the official bot and QQ by an account have in common on the chat page.

Nobody is there until they first write; the chats stand in their list all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simulator.common.acting import Delivery, NotOnScreenError


class Wings(Protocol):
    """Who of the page is who on the platform, and who comes on."""

    def account(self, userid: str) -> str | None:
        """The account of somebody who is there already."""

    def userid(self, account: str) -> str | None:
        """Who of the page has this account."""

    def groups(self, userid: str) -> Sequence[str]:
        """The names of the group chats that somebody has, or could have, there."""

    def come(self, userid: str) -> str:
        """Somebody's account there; KeyError for nobody."""

    def group(self, userid: str, name: str) -> str:
        """The chat of a group, with this person in it; NotOnScreenError for another's."""


class Fake(Protocol):
    """What people do on either platform."""

    async def say(
        self, account: str, text: str, chat: str | None = None, *, mention: bool = True
    ) -> Delivery:
        """Types a message."""

    async def speak(self, account: str, words: str, chat: str | None = None) -> Delivery:
        """Speaks a message."""

    async def send_file(
        self, account: str, name: str, data: bytes, chat: str | None = None
    ) -> Delivery:
        """Sends a file or a picture."""


class OtherSide:
    """The page's ids: `key` for the private chat, `key`/name for the group of that name."""

    key = ""

    def __init__(self, fake: Fake, wings: Wings) -> None:
        self._fake = fake
        self._wings = wings

    def account(self, userid: str) -> str | None:
        """None: not there yet."""
        return self._wings.account(userid)

    def userid(self, account: str) -> str | None:
        """Whose feed it is."""
        return self._wings.userid(account)

    async def say(self, userid: str, text: str, chat: str, *, mention: bool) -> Delivery:
        """Types a message."""
        account, there = self._enter(userid, chat)
        return await self._fake.say(account, text, there, mention=mention)

    async def speak(self, userid: str, words: str, chat: str) -> Delivery:
        """Speaks a message."""
        account, there = self._enter(userid, chat)
        return await self._fake.speak(account, words, there)

    async def send_file(self, userid: str, name: str, data: bytes, chat: str) -> Delivery:
        """Sends a file or a picture."""
        account, there = self._enter(userid, chat)
        return await self._fake.send_file(account, name, data, there)

    def _enter(self, userid: str, chat: str) -> tuple[str, str | None]:
        """Account and chat on the platform; who was not there comes on."""
        if chat == self.key:
            return self._wings.come(userid), None
        if not chat.startswith(f"{self.key}/"):
            raise NotOnScreenError(f"没有这个对话：{chat}")
        there = self._wings.group(userid, chat.removeprefix(f"{self.key}/"))
        return self._wings.come(userid), there
