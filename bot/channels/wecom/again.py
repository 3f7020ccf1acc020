"""What WeCom delivers again because it did not get our answer: said once more (wecom.md 1.4).

The message was handled and is not handled again; only the passive reply was lost, with its
connection or with the process that wrote it. Knows no topic.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from bot.channels.base import Incoming
from bot.channels.wecom.contacts import Run
from bot.channels.wecom.door import RETRIES
from bot.clock import Clock
from handlers.reply import Reply
from storage.journal import SeenMessages
from storage.outbox import Outbox
from storage.unit import Unit

# WeCom gives up waiting after five seconds; what comes again at once is a copy on the way, and
# the first one is being answered.
COPY = timedelta(seconds=2)
REMEMBERED = 1000
LOST = (
    "刚才那条消息我已经处理过了，但回复可能没有送到您那里。"
    "想看结果请再问一次；签到、确认这类不用重发。"
)


class LostReplies:
    """Passive replies of the last minutes, in this process; what other processes said is gone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: OrderedDict[str, tuple[datetime, Reply]] = OrderedDict()

    def keep(self, incoming: Incoming, reply: Reply) -> None:
        """This went out as a passive reply; whether it arrived nobody tells us."""
        self._said.setdefault(incoming.message_id, (incoming.at, reply))
        while len(self._said) > REMEMBERED or self._gone():
            self._said.popitem(last=False)

    async def again(self, incoming: Incoming, run: Run | None) -> Reply | None:
        """What to say to a message that the desk has nothing (more) to say to.

        None where it is no repeat, or the answer comes through the outbox.
        """
        if incoming.button or incoming.push_only:
            return None
        at, reply = self._said.get(incoming.message_id, (None, None))
        if at is not None:
            return reply if self._late(at) else None
        if run is None:
            return None

        def look(unit: Unit) -> datetime | None:
            if Outbox(unit).holds(incoming.answer_key):
                return None
            return SeenMessages(unit).answered_at(incoming.channel, incoming.message_id)

        at = await run(look)
        return Reply(text=LOST) if at is not None and self._late(at) else None

    def _late(self, at: datetime) -> bool:
        return COPY <= abs(self._clock.now() - at) <= RETRIES

    def _gone(self) -> bool:
        oldest = next(iter(self._said.values()), None)
        return oldest is not None and self._clock.now() - oldest[0] > RETRIES
