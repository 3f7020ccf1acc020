"""Answers to the AI bot's events: the welcome of the day, a pressed card (wecom.md 4.3 and 4.7).

Each must be given within five seconds under the event's own req_id, or never.
"""

from __future__ import annotations

import logging

from bot.channels.wecom_bot import messages
from bot.channels.wecom_bot.link import SocketBot, SocketLink
from bot.channels.wecom_bot.places import DrawnCards
from bot.channels.wecom_bot.wire import Frame
from handlers.reply import Card
from storage.outbox_values import Json

logger = logging.getLogger("shixun.wecom_socket")
WELCOME = "您好，我是{name}。直接问我学分、课表、截止时间就行；发送「菜单」看全部功能。"


class EventAnswers:
    """What needs nobody's thinking."""

    def __init__(self, bot: SocketBot, link: SocketLink, cards: DrawnCards) -> None:
        self._bot = bot
        self._link = link
        self._cards = cards

    async def welcome(self, frame: Frame) -> None:
        """The platform asks once a day."""
        welcome = {"msgtype": "text", "text": {"content": WELCOME.format(name=self._bot.name)}}
        await self._answer("aibot_respond_welcome_msg", welcome, frame)

    async def grey(self, frame: Frame, task_id: str, caption: str) -> None:
        """The card says that it was pressed."""
        card = await self._cards.find(task_id)
        update = messages.card_update(
            frame.body, card or Card(caption), task_id, self._bot.name, caption
        )
        await self._answer("aibot_respond_update_msg", update, frame)

    async def _answer(self, cmd: str, body: Json, frame: Frame) -> None:
        if frame.number != self._link.number:
            return
        if code := (await self._link.call(cmd, body, req_id=frame.req_id)).errcode:
            logger.warning("event answer refused", extra={"errcode": code})
