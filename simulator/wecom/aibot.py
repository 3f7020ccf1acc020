"""AI bots in URL-callback mode: sealed JSON out, streamed replies in (protocol page 4)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from simulator.wecom import aibot_replies, board
from simulator.wecom.aibot_replies import Occasion, Reply, Talk
from simulator.wecom.content import Content
from simulator.wecom.courier import Courier, Delivery, Outcome, Parcel
from simulator.wecom.crypto import Envelope, EnvelopeError
from simulator.wecom.delivery import ReplyError
from simulator.wecom.errors import ApiError
from simulator.wecom.limits import OFFICE_ZONE
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.screen import Kind, Shown
from simulator.wecom.state import AiBot, Corp, Media, Member
from simulator.wecom.values import JsonObject, parse_object, text


@dataclass(frozen=True, slots=True)
class _Way:
    """A response_url: one active reply within the hour (4.5)."""

    talk: Talk
    made: datetime


@dataclass(frozen=True, slots=True)
class _Lent:
    """A file under a download address that lives five minutes, sealed with the bot's key."""

    data: bytes
    made: datetime


@dataclass(slots=True)
class AiBots:
    """All AI bots of the platform; streams are polled in tasks of their own."""

    platform: Platform
    courier: Courier
    _ways: dict[str, _Way] = field(default_factory=dict)
    _lent: dict[str, _Lent] = field(default_factory=dict)
    _active: Counter[str] = field(default_factory=Counter)
    _entered: dict[str, str] = field(default_factory=dict)
    _polls: set[asyncio.Task[None]] = field(default_factory=set)

    async def message(self, talk: Talk, kind: str, part: JsonObject, message_id: str) -> Delivery:
        """A message of a person to a bot, private or in a group with an @ (4.2)."""
        user = f"{talk.bot.bot_id}:{talk.member.userid.casefold()}"
        if self._active[user] >= self.platform.limits.interactions:
            return Delivery(False, 0, 0, "", 0.0, "同时进行的对话已达上限", message_id)
        way = made_up("RC")
        self._ways[way] = _Way(talk, self.platform.now())
        address = f"{self.platform.base_url}/cgi-bin/aibot/response?response_code={way}"
        body = self._head(talk, message_id) | {"response_url": address, "msgtype": kind, kind: part}
        self._active[user] += 1
        reply: Reply | None = None
        try:
            delivery, reply = await self._send(talk, body, Occasion.MESSAGE)
        finally:
            if reply is None or reply.finished:
                self._active[user] -= 1
        if reply is not None and not reply.finished:
            self._poll(talk, reply, user)
        return replace(delivery, message_id=message_id)

    async def enter(self, talk: Talk) -> Delivery | None:
        """enter_chat: only the first entry of the day is told (4.3); None for a later one."""
        today = self.platform.now().astimezone(OFFICE_ZONE).date().isoformat()
        user = f"{talk.bot.bot_id}:{talk.member.userid.casefold()}"
        if self._entered.get(user) == today:
            return None
        self._entered[user] = today
        body = self._event(talk, "enter_chat", {})
        return (await self._send(talk, body, Occasion.ENTER))[0]

    async def press(
        self, talk: Talk, shown: Shown, key: str, choices: dict[str, list[str]]
    ) -> Delivery:
        """A press on a card: told once, never again (4.3)."""
        selected = [
            {"question_key": question, "option_ids": {"option_id": ids}}
            for question, ids in choices.items()
        ]
        card = shown.card
        event: JsonObject = {
            "card_type": card.card_type if card else "",
            "event_key": key,
            "task_id": card.task_id if card else "",
            "selected_items": {"selected_item": selected},
        }
        body = self._event(talk, "template_card_event", event)
        occasion = Occasion.PRESS
        return (await self._send(replace(talk, pressed=shown.id), body, occasion, retries=0))[0]

    def lend(self, bot: AiBot, media: Media) -> str:
        """The address at which the bot may fetch a file for five minutes."""
        ident = secrets.token_urlsafe(16)
        envelope = Envelope(bot.token, bot.aes_key, "")
        self._lent[ident] = _Lent(envelope.seal_bytes(media.data), self.platform.now())
        return f"{self.platform.base_url}/aibot/media/{ident}"

    def download(self, ident: str) -> bytes | None:
        lent = self._lent.get(ident)
        life = self.platform.limits.media_url_life
        return lent.data if lent and self.platform.now() - lent.made <= life else None

    def active_reply(self, code: str, body: JsonObject) -> JsonObject:
        """A POST to a response_url: 60140 when it was used, is unknown or too old."""
        way = self._ways.get(code)
        if way is None or self.platform.now() - way.made > self.platform.limits.response_url_life:
            raise ApiError(60140)
        content = aibot_replies.active_content(self.platform, way.talk, body)
        del self._ways[code]
        self._show(way.talk, content, self.platform.next_id(), done=True)
        return {}

    async def close(self) -> None:
        for task in list(self._polls):
            task.cancel()
        await asyncio.gather(*self._polls, return_exceptions=True)

    # -- out ---------------------------------------------------------------------------------

    def _head(self, talk: Talk, message_id: str) -> JsonObject:
        plain = talk.bot.plain_userids
        who = talk.member.userid if plain else talk.member.open_userid
        head: JsonObject = {"msgid": message_id, "aibotid": talk.bot.bot_id}
        if talk.group:
            head |= {"chatid": talk.chat, "chattype": "group"}
        else:
            head["chattype"] = "single"
        return head | {"from": {"userid": who}}

    def _event(self, talk: Talk, kind: str, detail: JsonObject) -> JsonObject:
        head = self._head(talk, self.platform.next_id())
        event: JsonObject = {"eventtype": kind, kind: detail}
        return head | {
            "create_time": self.platform.stamp(),
            "msgtype": "event",
            "event": event,
        }

    async def _send(
        self, talk: Talk, body: JsonObject, occasion: Occasion, retries: int | None = None
    ) -> tuple[Delivery, Reply | None]:
        envelope = Envelope(talk.bot.token, talk.bot.aes_key, "")
        plain = json.dumps(body, ensure_ascii=False)

        def seal() -> Parcel:
            sealed = envelope.seal(plain)
            timestamp, nonce = str(self.platform.stamp()), secrets.token_hex(8)
            signature = envelope.signature(timestamp, nonce, sealed)
            query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
            return Parcel(query, json.dumps({"encrypt": sealed}), "application/json")

        most = self.platform.limits.callback_retries if retries is None else retries
        outcome = await self.courier.carry(talk.bot.callback_url, seal, most)
        return self._answered(talk, outcome, envelope, occasion)

    # -- in ----------------------------------------------------------------------------------

    def _answered(
        self, talk: Talk, outcome: Outcome, envelope: Envelope, occasion: Occasion
    ) -> tuple[Delivery, Reply | None]:
        plain, reason, reply = "", outcome.reason, None
        if outcome.ok and outcome.body:
            try:
                plain = _open(outcome, envelope)
                reply = aibot_replies.read(self.platform, talk, plain, occasion)
                self._apply(talk, reply)
            except (ReplyError, ApiError) as error:
                reason = error.message if isinstance(error, ApiError) else str(error)
                said = f"被动回复无法显示：{reason}"
                userid = talk.member.userid
                board.notice(self.platform, talk.corp, userid, talk.chat, said)
                reply = None
        delivery = Delivery(
            outcome.ok, outcome.status, outcome.attempts, plain, outcome.seconds, reason
        )
        return delivery, reply

    def _apply(self, talk: Talk, reply: Reply) -> None:
        for content in reply.extra:
            self._show(talk, content, self.platform.next_id(), done=True)
        if reply.update is not None:
            chosen = reply.userids or talk.viewers
            for userid in chosen:
                board.put_card(talk.corp, userid, talk.pressed, reply.update)
        if reply.stream_id:
            self._show(talk, reply.content, talk.stream_message, done=reply.finished)
        elif reply.content is not None:
            self._show(talk, reply.content, self.platform.next_id(), done=True)

    def _show(self, talk: Talk, content: Content | None, message_id: str, *, done: bool) -> None:
        shown = content or Content(Kind.MARKDOWN)
        for userid in talk.viewers:
            before = talk.corp.screens.find(userid, message_id)
            if before is not None:
                grown = replace(before, text=shown.text, done=done)
                talk.corp.screens.put(userid, grown)
                continue
            board.show(
                self.platform,
                talk.corp,
                userid,
                shown,
                message_id=message_id,
                chat=talk.chat,
                sender=talk.bot.name,
                done=done,
            )

    def _poll(self, talk: Talk, reply: Reply, user: str) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            self._polls.discard(task)
            self._active[user] -= 1
            self.courier.end()

        # Counted from here on, so that `quiet` right after the first answer waits for the rest.
        self.courier.begin()
        end = self.platform.now() + self.platform.limits.stream_window
        task = asyncio.create_task(self._follow(talk, reply.stream_id, end))
        self._polls.add(task)
        task.add_done_callback(ended)

    async def _follow(self, talk: Talk, stream_id: str, end: datetime) -> None:
        """Asks for more of a stream until it is finished or its six minutes are over (4.4)."""
        limits = self.platform.limits
        loop = asyncio.get_running_loop()
        # A frozen clock never reaches `end`: real time bounds the polling as well.
        real_end = loop.time() + limits.stream_window.total_seconds()
        while self.platform.now() < end and loop.time() < real_end:
            await asyncio.sleep(limits.stream_poll_seconds)
            head = self._head(talk, self.platform.next_id())
            body = head | {"msgtype": "stream", "stream": {"id": stream_id}}
            _, reply = await self._send(talk, body, Occasion.POLL, retries=0)
            if reply is not None and reply.finished:
                return
        self._end_stream(talk)

    def _end_stream(self, talk: Talk) -> None:
        for userid in talk.viewers:
            shown = talk.corp.screens.find(userid, talk.stream_message)
            if shown is not None:
                talk.corp.screens.put(userid, replace(shown, done=True, failure="回答超时"))


def talk_of(platform: Platform, corp: Corp, bot: AiBot, member: Member, chat_id: str = "") -> Talk:
    """A conversation with a bot: in the group `chat_id`, or private when empty."""
    if not chat_id:
        chat = corp.bot_chat_name(bot)
        return Talk(corp, bot, member, chat, (member.userid,), False, platform.next_id())
    viewers = tuple(corp.groups[chat_id].members)
    return Talk(corp, bot, member, chat_id, viewers, True, platform.next_id())


def _open(outcome: Outcome, envelope: Envelope) -> str:
    answer = parse_object(outcome.body)
    if answer is None or outcome.parcel is None:
        raise ReplyError("回答既不为空也不是 JSON")
    nonce = text(answer, "nonce")
    if nonce != outcome.parcel.params["nonce"]:
        raise ReplyError("nonce 不是请求的 nonce")
    try:
        return envelope.open(
            text(answer, "msgsignature"), text(answer, "timestamp"), nonce, text(answer, "encrypt")
        )
    except EnvelopeError as error:
        raise ReplyError(f"加密信封不正确（{error}）") from None
