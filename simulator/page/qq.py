"""The official QQ bot on the chat page: in private, and in the groups of the classes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.screen import Screens
from simulator.page.others import OtherSide, Wings
from simulator.page.sides import Chat, Media
from simulator.qq.fake import FakeQQ
from simulator.qq.records import Bot, Interaction

BADGE = "QQ"
_LOOK_SECONDS = 0.02
# what the client says to an acknowledgement's code (qq.md A8)
_TOASTS = ("", "操作失败", "操作频繁，请稍后再试", "请勿重复操作", "没有权限", "仅管理员可操作")
_NO_ANSWER = "请求第三方失败"


class QQSide(OtherSide):
    """One bot and the people who have come to it."""

    key = "qq"

    def __init__(self, fake: FakeQQ, bot: Bot, wings: Wings) -> None:
        super().__init__(fake, wings)
        self._qq = fake
        self._bot = bot

    @property
    def screens(self) -> Screens:
        """Of everybody there."""
        return self._qq.platform.screens

    def chats(self, userid: str) -> list[Chat]:
        """The bot, and the groups of this person's classes."""
        account = self._wings.account(userid)
        private = Chat(self.key, "QQ机器人", BADGE, pushes=account not in self._bot.refusing)
        return [private, *(self._group_chat(name) for name in self._wings.groups(userid))]

    def _group_chat(self, name: str) -> Chat:
        seats = [
            group.seats[self._bot.appid]
            for group in self._qq.platform.groups.values()
            if group.name == name and self._bot.appid in group.seats
        ]
        lets_in = seats[0].proactive if seats else True
        ident = f"{self.key}/{name}"
        return Chat(ident, name, BADGE, group=True, bot=self._bot.name, pushes=lets_in)

    def chat_id(self, chat: str) -> str:
        """A group by its name."""
        group = self._qq.platform.groups.get(chat)
        return f"{self.key}/{group.name}" if group else self.key

    def sender(self, sender: str) -> str:
        """A person's name; the bot is called by its name already."""
        person = self._qq.platform.people.get(sender)
        return person.name if person else sender

    def media(self, ident: str) -> Media | None:
        """Of the platform."""
        return self._qq.platform.media.get(ident)

    async def press(
        self, userid: str, message: str, button: str, choices: Mapping[str, list[str]]
    ) -> Delivery:
        """Waits for the acknowledgement, as the client does."""
        account = self._wings.account(userid)
        if account is None:
            raise NotOnScreenError("没有这个按钮")
        before = len(self._qq.interactions)
        delivery = await self._qq.press(account, message or None, button)
        pressed = [each for each in self._qq.interactions[before:] if each.account == account]
        if not delivery.ok or not pressed:
            return delivery
        toast = await _toast(pressed[-1])
        seconds = delivery.seconds
        return Delivery(not toast, delivery.status, delivery.attempts, "", seconds, toast)

    async def let_in(self, userid: str, chat: str, *, on: bool) -> Delivery:
        """Of the person in private, of the whole group in a group."""
        account, there = self._enter(userid, chat)
        if there is None:
            turn = self._qq.receive_active if on else self._qq.reject_active
            return await turn(account)
        turn_group = self._qq.receive_group if on else self._qq.reject_group
        return await turn_group(there, account)


async def _toast(pressed: Interaction) -> str:
    """What the client says once the button was acknowledged, or was not in time; "" for nothing."""
    loop = asyncio.get_running_loop()
    while (  # noqa: ASYNC110 - the record is the platform's, it does not know who looks at it
        pressed.after is None and loop.time() - pressed.began < pressed.allowed
    ):
        await asyncio.sleep(_LOOK_SECONDS)
    return _TOASTS[pressed.code or 0] if pressed.in_time else _NO_ANSWER
