"""The places of answers: bubbles under questions, kept until their answers come; drawn cards.

The outbox names the place of an answer by the key of its message; a place that was lost costs
nothing but the bubble: the answer is then a message of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

from bot.channels.wecom_bot.messages import Chat
from handlers.reply import Card

MOST = 5000
_TASK = "shixun-"
_DELIVERY = re.compile("[0-9]{1,18}")


@dataclass(slots=True)
class Place:
    """Where the answer to one message belongs, as long as its connection lives.

    `shown`: the bubble is there and unfinished. `spent`: nothing can be put there any more.
    """

    chat: Chat
    req_id: str
    number: int
    stream_id: str = field(default_factory=lambda: uuid4().hex)
    shown: bool = False
    spent: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Places:
    """Which places wait for their answers."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Place] = OrderedDict()

    def keep(self, key: str, place: Place) -> None:
        """This place waits for the answer with this key."""
        self._kept[key] = place
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def take(self, key: str) -> Place | None:
        """The place of an answer that is to be said now, once."""
        return self._kept.pop(key, None)

    async def show(self, key: str, say: Callable[[Place], Awaitable[None]]) -> Place | None:
        """Say something in a place that still waits; None where it was answered meanwhile."""
        place = self._kept.get(key)
        if place is None:
            return None
        async with place.lock:
            if self._kept.get(key) is not place:
                return None
            await say(place)
        return place

    async def leave(self, key: str, place: Place, say: Callable[[Place], Awaitable[None]]) -> None:
        """Say the last word in a place that still waits, and give it up."""
        if self._kept.get(key) is place:
            del self._kept[key]
            async with place.lock:
                await say(place)


# the card of a delivery, whatever became of it
FindDrawn = Callable[[int], Awaitable[Card | None]]


class DrawnCards:
    """Which card is meant by a task id, to draw it once more when it was pressed.

    Those of notices are looked up; those of answers are remembered as long as this process lives.
    """

    def __init__(self, find: FindDrawn) -> None:
        self._find = find
        self._answers: OrderedDict[str, Card] = OrderedDict()

    @staticmethod
    def of_delivery(delivery_id: int) -> str:
        """The task id of a notice's card."""
        return f"{_TASK}{delivery_id}"

    def of_answer(self, card: Card | None) -> str:
        """A new task id for the card of an answer."""
        task_id = f"{_TASK}{uuid4().hex}"
        if card is not None:
            self._answers[task_id] = card
            if len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return task_id

    async def find(self, task_id: str) -> Card | None:
        """The card, if anybody still knows it."""
        number = task_id.removeprefix(_TASK)
        if task_id in self._answers or not _DELIVERY.fullmatch(number):
            return self._answers.get(task_id)
        return await self._find(int(number))
