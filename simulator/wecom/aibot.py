"""AI bots: what a person does reaches them by URL callback or on the long connection (page 4).

The callbacks, their polled streams, response_url and lent files are here; the long connection is
in gateway.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from simulator.common.acting import Delivery
from simulator.common.rates import OFFICE_ZONE
from simulator.common.screen import Shown
from simulator.common.values import JsonObject, parse_object, text
from simulator.wecom import aibot_frames, aibot_replies, board
from simulator.wecom.aibot_replies import Occasion, Reply, Talk
from simulator.wecom.aibot_screen import apply_reply, end_stream, show
from simulator.wecom.courier import Courier, Outcome, Parcel
from simulator.wecom.crypto import Envelope, EnvelopeError
from simulator.wecom.delivery import ReplyError
from simulator.wecom.errors import ApiError
from simulator.wecom.gateway import Gateway
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import AiBot, BotMode, Media


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
    gateway: Gateway
    _ways: dict[str, _Way] = field(default_factory=dict)
    _lent: dict[str, _Lent] = field(default_factory=dict)
    _active: Counter[str] = field(default_factory=Counter)
    _entered: dict[str, str] = field(default_factory=dict)
    _polls: set[asyncio.Task[None]] = field(default_factory=set)

    async def message(
        self,
        talk: Talk,
        kind: str,
        part: JsonObject,
        message_id: str,
        quote: JsonObject | None = None,
    ) -> Delivery:
        """A message of a person to a bot, private or in a group with an @ (4.2)."""
        user = f"{talk.bot.bot_id}:{talk.member.userid.casefold()}"
        growing = self._active[user] + self.gateway.growing(talk)
        if growing >= self.platform.limits.interactions:
            return Delivery(False, 0, 0, "", 0.0, "同时进行的对话已达上限", message_id)
        talk.bot.talked.add((talk.chat if talk.group else talk.member.userid).casefold())
        way = made_up("RC")
        self._ways[way] = _Way(talk, self.platform.now())
        address = f"{self.platform.base_url}/cgi-bin/aibot/response?response_code={way}"
        body = aibot_frames.head(talk, message_id)
        body |= {"response_url": address, "msgtype": kind, kind: part}
        if quote is not None:
            body["quote"] = quote
        if talk.bot.mode is BotMode.SOCKET:
            told = await self.gateway.tell(talk, body, Occasion.MESSAGE)
            return replace(told, message_id=message_id)
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
        body = aibot_frames.event(self.platform, talk, "enter_chat", {})
        if talk.bot.mode is BotMode.SOCKET:
            return await self.gateway.tell(talk, body, Occasion.ENTER)
        return (await self._send(talk, body, Occasion.ENTER))[0]

    async def press(
        self, talk: Talk, shown: Shown, key: str, choices: dict[str, list[str]]
    ) -> Delivery:
        """A press on a card: told once, never again (4.3)."""
        event = aibot_frames.pressed(shown, key, choices)
        body = aibot_frames.event(self.platform, talk, "template_card_event", event)
        talk = replace(talk, pressed=shown.id)
        if talk.bot.mode is BotMode.SOCKET:
            return await self.gateway.tell(talk, body, Occasion.PRESS)
        return (await self._send(talk, body, Occasion.PRESS, retries=0))[0]

    async def feedback(self, talk: Talk, detail: JsonObject) -> Delivery:
        """A thumb up, down or taken back under an answer that carried a feedback id (4.3)."""
        body = aibot_frames.event(self.platform, talk, "feedback_event", detail)
        if talk.bot.mode is BotMode.SOCKET:
            return await self.gateway.tell(talk, body, Occasion.FEEDBACK)
        return (await self._send(talk, body, Occasion.FEEDBACK, retries=0))[0]

    def lend(self, bot: AiBot, media: Media) -> JsonObject:
        """The address at which the bot may fetch a file for five minutes, sealed (4.2).

        The key is the bot's own; on the long connection it is made for this one address.
        """
        ident = secrets.token_urlsafe(16)
        part: JsonObject = {"url": f"{self.platform.base_url}/aibot/media/{ident}"}
        key = bot.aes_key
        if bot.mode is BotMode.SOCKET:
            whole_key = base64.b64encode(secrets.token_bytes(32)).decode()
            part["aeskey"], key = whole_key, whole_key.rstrip("=")
        sealed = Envelope(bot.token, key, "").seal_bytes(media.data)
        self._lent[ident] = _Lent(sealed, self.platform.now())
        return part

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
        show(self.platform, way.talk, content, self.platform.next_id(), done=True)
        return {}

    async def close(self) -> None:
        for task in list(self._polls):
            task.cancel()
        await asyncio.gather(*self._polls, return_exceptions=True)

    # -- by URL callback ---------------------------------------------------------------------

    async def _send(
        self, talk: Talk, body: JsonObject, occasion: Occasion, retries: int | None = None
    ) -> tuple[Delivery, Reply | None]:
        envelope = Envelope(talk.bot.token, talk.bot.aes_key, "")
        plain = json.dumps(body, ensure_ascii=False)

        def seal() -> Parcel:
            sealed = envelope.seal(plain)
            timestamp, nonce = str(self.platform.skewed_stamp()), secrets.token_hex(8)
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
                apply_reply(self.platform, talk, reply)
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
            head = aibot_frames.head(talk, self.platform.next_id())
            body = head | {"msgtype": "stream", "stream": {"id": stream_id}}
            _, reply = await self._send(talk, body, Occasion.POLL, retries=0)
            if reply is not None and reply.finished:
                return
        end_stream(talk)


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
