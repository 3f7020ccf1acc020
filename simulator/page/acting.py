"""What is done on the chat page in the name of people: JSON in, JSON out. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from simulator.clock import SimClock
from simulator.common.acting import NotOnScreenError
from simulator.common.rates import OFFICE_ZONE
from simulator.common.values import JsonObject, table, text, whole, words
from simulator.page import views
from simulator.page.sides import Side, own
from simulator.page.wecom import WeComSide


class Acting:
    """Each takes the body of a request: `as` who, `chat` where, both as the page calls them.

    KeyError for nobody, NotOnScreenError with a sentence for what the client does not offer,
    ValueError for a time that is none.
    """

    def __init__(self, clock: SimClock, wecom: WeComSide, others: Sequence[Side]) -> None:
        self._clock = clock
        self._wecom = wecom
        self._others = others

    def side(self, chat: str) -> Side:
        """The platform that a chat of the page is on."""
        for side in self._others:
            if chat.partition("/")[0] == side.key:
                return side
        return self._wecom

    async def say(self, body: JsonObject) -> JsonObject:
        said, chat = text(body, "text").strip(), text(body, "chat")
        if not said:
            raise NotOnScreenError("请先输入内容")
        mention = body.get("mention") is not False
        sent = await self.side(chat).say(text(body, "as"), said, chat, mention=mention)
        return views.delivery_view(sent)

    async def speak(self, body: JsonObject) -> JsonObject:
        """`{"as", "chat", "text"}`: a voice message in which these words are spoken."""
        said, chat = text(body, "text").strip(), text(body, "chat")
        if not said:
            raise NotOnScreenError("请先在输入框里写下要说的话")
        return views.delivery_view(await self.side(chat).speak(text(body, "as"), said, chat))

    async def send_file(self, who: str, name: str, data: bytes, chat: str) -> JsonObject:
        """A file or a picture."""
        return views.delivery_view(await self.side(chat).send_file(who, name, data, chat))

    async def press(self, body: JsonObject) -> JsonObject:
        """`{"as", "id", "key", "choices"}`; `toast`: what the client says when it fails."""
        asked = table(body, "choices")
        choices = {key: words(asked, key) for key in asked}
        who, ident, key = text(body, "as"), text(body, "id"), text(body, "key")
        for side in self._others:
            if (raw := own(side, ident)) is not None:
                return views.delivery_view(await side.press(who, raw, key, choices))
        return views.delivery_view(await self._wecom.press(who, ident, key, choices))

    async def let_in(self, body: JsonObject) -> JsonObject:
        """`{"as", "chat", "on"}`: whether messages that were not asked for are let in."""
        chat, on = text(body, "chat"), body.get("on") is not False
        return views.delivery_view(await self.side(chat).let_in(text(body, "as"), chat, on=on))

    async def robot(self, body: JsonObject) -> JsonObject:
        """`{"as", "chat"}`: a webhook robot comes into a group."""
        return views.delivery_view(self._wecom.add_robot(text(body, "as"), text(body, "chat")))

    async def enter(self, body: JsonObject) -> JsonObject:
        chat = text(body, "chat") or None
        return views.delivery_view(await self._wecom.fake.enter(text(body, "as"), chat))

    async def menu(self, body: JsonObject) -> JsonObject:
        who, key = text(body, "as"), text(body, "key")
        return views.delivery_view(await self._wecom.fake.click_menu(who, key))

    async def locate(self, body: JsonObject) -> JsonObject:
        """`{"as", "chat", "label", "latitude", "longitude"}`: a place on the map."""
        label, chat = text(body, "label").strip(), text(body, "chat")
        try:
            latitude, longitude = (float(text(body, n)) for n in ("latitude", "longitude"))
        except ValueError:
            raise NotOnScreenError("经纬度要写成数字") from None
        if not label:
            raise NotOnScreenError("请写下地点的名称")
        if self.side(chat) is not self._wecom:
            raise NotOnScreenError("QQ 上发不了位置")
        who, fake = text(body, "as"), self._wecom.fake
        sent = await fake.send_location(who, latitude, longitude, label, chat or None)
        return views.delivery_view(sent)

    async def clear(self, _body: JsonObject) -> JsonObject:
        for side in (self._wecom, *self._others):
            side.screens.clear()
        return {"ok": True}

    async def clock(self, body: JsonObject) -> JsonObject:
        """`{"set": "2021-07-12T08:25"}`, `{"minutes": 10}`, `{"next_day": "08:00"}` or
        `{"resume": true}`; times are the office's."""
        clock = self._clock
        local = clock.now().astimezone(OFFICE_ZONE)
        if body.get("resume") is True:
            clock.resume()
        elif text(body, "set"):
            clock.set(_moment(text(body, "set")))
        elif text(body, "next_day"):
            tomorrow = (local + timedelta(days=1)).date().isoformat()
            clock.set(_moment(f"{tomorrow}T{text(body, 'next_day')}"))
        else:
            clock.advance(timedelta(minutes=whole(body, "minutes")))
        return views.clock_view(clock)


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=OFFICE_ZONE)
