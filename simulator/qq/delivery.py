"""Tells a bot of an event by the way it has: the gateway or its webhook (protocol page A5)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from simulator.common.acting import Delivery
from simulator.common.errands import Errands
from simulator.common.values import JsonObject, text
from simulator.qq import events
from simulator.qq.gateway import Gateway
from simulator.qq.platform import Platform
from simulator.qq.records import Bot, Occasion, Transport
from simulator.qq.webhook import Webhooks


@dataclass(frozen=True, slots=True)
class Told:
    """The latest event, for telling it again."""

    bot: Bot
    name: str
    id: str
    data: JsonObject


@dataclass(slots=True)
class Post:
    """Wraps data into envelopes and remembers what can be answered."""

    platform: Platform
    courier: Errands
    gateway: Gateway
    webhooks: Webhooks
    last: Told | None = field(default=None)

    async def message(
        self, bot: Bot, target: str, name: str, data: JsonObject, *, addressed: bool = True
    ) -> Delivery:
        """A message of a person; `addressed`: `quiet` waits a while for the bot's answer."""
        ident = text(data, "id")
        self.platform.remember(bot, Occasion(ident, target, self.platform.now()))
        told = Told(bot, name, events.new_id(name), data)
        # Before it is handed over: the answer may come while the webhook is still open.
        if addressed:
            self.courier.expect(ident, self.platform.limits.answer_seconds)
        delivery = await self.tell(told)
        if not delivery.ok:
            self.courier.release(ident)
        return replace(delivery, message_id=ident)

    async def event(self, bot: Bot, target: str, name: str, data: JsonObject) -> Delivery:
        """Anything else; it can be answered under its payload id (or `d.id`) if A7 says so."""
        told = Told(bot, name, events.new_id(name), data)
        ident = text(data, "id") if bot.event_data_ids and text(data, "id") else told.id
        replyable = name in events.REPLYABLE
        self.platform.remember(bot, Occasion(ident, target, self.platform.now(), replyable))
        if replyable:
            self.courier.expect(ident, self.platform.limits.answer_seconds)
        delivery = await self.tell(told)
        if not delivery.ok:
            self.courier.release(ident)
        return delivery

    async def tell(self, told: Told) -> Delivery:
        """The same event with the same payload id, as often as this is called."""
        self.last = told
        bot = told.bot
        data = events.odd(told.data) if self.platform.faults.odd_fields else told.data
        if bot.transport is Transport.WEBSOCKET:
            async with self.courier.busy():
                return await self.gateway.dispatch(bot, told.name, told.id, data)
        if not bot.webhook_url:
            return Delivery(False, 0, 0, "", 0.0, "没有设置回调地址")
        bot.sequence += 1
        envelope: JsonObject = {
            "id": told.id,
            "op": 0,
            "s": bot.sequence,
            "t": told.name,
            "d": data,
        }
        return await self.webhooks.deliver(bot, envelope)
