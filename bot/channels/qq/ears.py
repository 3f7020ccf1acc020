"""What the QQ bot hears: events become messages, and what is answered at once is said (qq.md A5).

Knows nobody: whom it may be and what is meant is the desk's matter.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial

from bot.channels.addressing import addressed
from bot.channels.base import Incoming, Note, Noted, Receive, refused
from bot.channels.fetching import Fetcher
from bot.channels.qq.api import QQApi
from bot.channels.qq.call import Quote
from bot.channels.qq.events import (
    Change,
    Fields,
    Pressed,
    Said,
    Scene,
    Spot,
    Standing,
    interaction_id,
    keys,
    read,
)
from bot.channels.qq.files import fetch
from bot.channels.qq.seen import Seen
from bot.channels.qq.sender import Sender
from bot.channels.qq.speaker import Speaker
from bot.clock import Clock
from bot.told_time import moment_of
from handlers.reply import Reply
from handlers.ways import GROUP, PRIVATE

logger = logging.getLogger("shixun.qq")

CHANNEL = "qq"
MOST_AT_ONCE = 1000  # events in work; more are refused, and the platform calls again
MENU = "菜单"
WELCOME = (
    "您好，我是{name}。直接问我学分、课表、截止时间就行；发送「菜单」看全部功能。\n"
    "第一次用请先发送「绑定」，按提示绑定身份。"
)
GROUP_WELCOME = (
    "大家好，我是{name}。在群里请 @我 说话，个人的事请私聊我。\n"
    "想在群里直接发「签到 加签到码」、回「收到」的，请先在这个群里 @我 发送「绑定 姓名 绑定码」"
    "（QQ 群里和私聊里是两个账号）。\n"
    "请班主任把本群和班级绑定：先私聊我发送「班级群码 班名」，再在群里 @我 发送「绑定班级 群码」。"
)
ONLY_WORDS = "我现在只看得懂文字、语音和表格文件，请打字告诉我。"
GROUP_LEFT, FRIEND_LEFT = "机器人已被移出群", "已删除机器人好友"
REJECTED = "关闭了机器人主动消息"


class Ears:
    """`receive` is set before anything is heard."""

    receive: Receive

    def __init__(
        self,
        name: str,
        clock: Clock,
        note: Note,
        api: QQApi,
        speaker: Speaker,
        sender: Sender,
        fetcher: Fetcher,
    ) -> None:
        self._name = name
        self._clock = clock
        self._note = note
        self._api = api
        self._speaker = speaker
        self._sender = sender
        self._fetcher = fetcher
        self._tasks: set[asyncio.Task[None]] = set()
        self.seen = Seen()

    def take(self, payload: Fields) -> bool:
        """From the webhook, which drops what came before: queued, nobody waits for it."""
        if len(self._tasks) >= MOST_AT_ONCE:
            return False
        self._do(self._heard(payload))
        return True

    async def hear(self, payload: Fields) -> None:
        """From the gateway, which replays what a broken connection left in doubt."""
        named, now = keys(payload), self._clock.now()
        if self.seen.known(named, now):
            return
        self.seen.add(named, now)
        await self._heard(payload)

    async def quiet(self) -> None:
        """Until everything is answered."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self, within: float) -> None:
        """Give what is being answered so many seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=within)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _do(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _heard(self, payload: Fields) -> None:
        """Whatever happens with one event, the next one is heard."""
        try:
            if pressed := interaction_id(payload):
                self._do(self._acknowledge(pressed))
            await self._event(payload)
        except Exception:
            logger.exception("event failed")

    async def _acknowledge(self, pressed: str) -> None:
        """At once and before any work: the one who pressed sees a wheel turn (qq.md A8)."""
        if not (await self._api.acknowledge(pressed)).fine:
            logger.warning("press not acknowledged")

    async def _event(self, payload: Fields) -> None:
        match read(payload):
            case Said() as said:
                await self._said(said)
            case Pressed() as pressed:
                self._speaker.alternative(pressed.event_id, pressed.interaction_id)
                ids = (pressed.interaction_id, pressed.event_id)
                base = self._incoming(pressed.spot, *ids, pressed.told_at)
                base = replace(base, button=pressed.data or None, reply_is_event=True)
                await self._ask(pressed.spot, base if pressed.data else replace(base, text=MENU))
            case Standing() as standing:
                await self._stand(standing)

    async def _said(self, said: Said) -> None:
        text, overheard = said.text, False
        if said.spot.scene is Scene.GROUP:
            words = addressed(said.text, said.mentioned, self._name, others=said.others)
            if words is None:
                return
            text, overheard = words, not said.mentioned and words == said.text
        incoming = self._incoming(said.spot, said.message_id, said.message_id, said.told_at)
        incoming = replace(incoming, overheard=overheard)
        files = [each for each in said.attachments if each.is_file]
        if text or not said.attachments:
            await self._ask(said.spot, replace(incoming, text=text))
        elif files:
            await self._ask(
                said.spot, replace(incoming, fetch=partial(fetch, self._fetcher, files[0]))
            )
        else:
            await self._ask(said.spot, replace(incoming, fetch=partial(refused, ONLY_WORDS)))

    def _incoming(self, spot: Spot, message_id: str, reply_to: str, told_at: object) -> Incoming:
        """What messages and presses have in common. A member's id means nothing elsewhere."""
        group, now = spot.scene is Scene.GROUP, self._clock.now()
        return Incoming(
            channel=CHANNEL,
            realm="qq_group" if group else "qq",
            account=f"{spot.openid}:{spot.member}" if group else spot.openid,
            message_id=message_id,
            at=now,
            said_at=moment_of(told_at, now),
            group=spot.openid if group else None,
            push_channel="" if group else CHANNEL,
            reply_to=reply_to,
        )

    async def _ask(self, spot: Spot, incoming: Incoming) -> None:
        """Hand a message on; its answer comes back here, or later through the outbox."""
        reply = await self.receive(incoming)
        if reply is not None:
            quote = Quote(incoming.reply_to, incoming.reply_is_event, 1)
            await self._sender.tell(spot, reply, quote)

    async def _stand(self, standing: Standing) -> None:
        spot = standing.spot
        place = GROUP if spot.scene is Scene.GROUP else PRIVATE
        match standing.change:
            case Change.JOINED:
                await self._note(Noted(place, spot.openid))
                words = GROUP_WELCOME if place == GROUP else WELCOME
                if standing.event_id:
                    welcome = Reply(words.format(name=self._name))
                    await self._sender.tell(spot, welcome, Quote(standing.event_id, True, 1))
            case Change.ALLOWED:
                await self._note(Noted(place, spot.openid))
            case Change.LEFT:
                gone = GROUP_LEFT if place == GROUP else FRIEND_LEFT
                await self._note(Noted(place, spot.openid, gone))
            case Change.REJECTED:
                await self._note(Noted(place, spot.openid, REJECTED))
            case Change.MEMBER_JOINED | Change.MEMBER_LEFT:
                # their accounts are bound by themselves and looked at when they speak
                logger.info("group membership changed", extra={"reason": str(standing.change)})
