"""The channel of app group chats beside the real application."""

from __future__ import annotations

from uuid import uuid4

from bot.channels.base import Noted
from bot.channels.wecom.appchat import WeComAppChatChannel
from bot.outbox import Postman
from handlers.reply import Reply
from handlers.reply_json import reply_to_json
from simulator.common.screen import Shown
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.tables import deliveries
from tests.bot.worlds import World


class Chats:
    """The channel of app chats beside the real application."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.notes: list[Noted] = []
        application = world.application
        line = application.channels["wecom"].line  # type: ignore[attr-defined]
        self.channel = WeComAppChatChannel(line, self._note)
        self.channel.share(application.leasing)
        self.postman = Postman(
            application.workers, {"wecom_appchat": self.channel}, world.clock, "chats"
        )

    async def _note(self, noted: Noted) -> None:
        self.notes.append(noted)

    async def say(self, chat: str, *replies: Reply) -> None:
        """Put replies into the outbox for a chat and send what is due."""
        now = self.world.clock.now()
        with self.world.application.database.unit() as unit:
            Outbox(unit).enqueue(
                [
                    NewDelivery(
                        unique_key=f"test:{uuid4().hex}",
                        channel="wecom_appchat",
                        account=chat,
                        purpose="notice",
                        body=reply_to_json(unit, reply, now),
                        not_before=now,
                        place="group",
                    )
                    for reply in replies
                ],
                now,
            )
        await self.postman.run_due()

    def shown(self, account: str, chat: str) -> list[Shown]:
        """What stands in the chat for one of its members."""
        return [each for each in self.world.seen(account) if each.chat == chat]

    def statuses(self) -> list[tuple[str, str]]:
        """Where the deliveries stand and why."""
        with self.world.application.database.unit() as unit:
            found = unit.rows(deliveries.select().order_by(deliveries.c.id))
            return [(row.status, row.error) for row in found if row.channel == "wecom_appchat"]
