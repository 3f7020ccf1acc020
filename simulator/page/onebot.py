"""A QQ account behind OneBot on the chat page: its private chats and the groups of the classes."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.screen import Screens
from simulator.onebot.fake import FakeOneBot
from simulator.page.others import OtherSide, Wings
from simulator.page.sides import Chat, Media

BADGE = "QQ号"


class OneBotSide(OtherSide):
    """Everybody who comes is a friend of the account."""

    key = "onebot"

    def __init__(self, fake: FakeOneBot, wings: Wings) -> None:
        super().__init__(fake, wings)
        self._onebot = fake

    @property
    def screens(self) -> Screens:
        """Of everybody there."""
        return self._onebot.world.screens

    def chats(self, userid: str) -> list[Chat]:
        """The account, and the groups of this person's classes."""
        name = self._onebot.world.bot.nickname
        groups = [
            Chat(f"{self.key}/{group}", group, BADGE, group=True, bot=name)
            for group in self._wings.groups(userid)
        ]
        return [Chat(self.key, name, BADGE), *groups]

    def chat_id(self, chat: str) -> str:
        """A group by its name."""
        try:
            return f"{self.key}/{self._onebot.world.group(chat).name}"
        except KeyError:
            return self.key

    def sender(self, sender: str) -> str:
        """A nickname; the account itself is called by its own already."""
        try:
            return self._onebot.world.account(sender).nickname
        except KeyError:
            return sender

    def media(self, ident: str) -> Media | None:
        """Of the world."""
        return self._onebot.world.media.get(ident)

    async def press(
        self, userid: str, message: str, button: str, choices: Mapping[str, list[str]]
    ) -> Delivery:
        """There are no buttons (qq.md B10)."""
        raise NotOnScreenError("QQ号的对话里没有按钮")

    async def let_in(self, userid: str, chat: str, *, on: bool) -> Delivery:
        """There is no such switch."""
        raise NotOnScreenError("QQ号的对话没有这个开关")
