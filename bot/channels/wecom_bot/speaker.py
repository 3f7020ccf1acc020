"""What the AI bot says over its long connection: in the place of an answer, or as a push.

Keeps the published limits, falls back from a lost place to a new message, and says honestly what
became of each message (wecom.md 4.7 and 5.2). Knows nobody and no request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.channels.limits import AIBOT_CHAT, AIBOT_UPLOADS, Windows
from bot.channels.wecom.sender import Attachment
from bot.channels.wecom_bot.files import UploadRefusedError, upload
from bot.channels.wecom_bot.life import NoAnswerError, NotSentError, Timing
from bot.channels.wecom_bot.link import REFUSED, WRONG_SECRET, SocketLink
from bot.channels.wecom_bot.messages import (
    CARD_REFUSED,
    EXPIRED,
    NO_STREAM_HERE,
    SILENT_YET,
    STREAM_OVER,
    TOO_MUCH,
    WAIT_AFTER_TOO_MUCH,
    Chat,
    markdown,
    result_of,
    stream,
)
from bot.channels.wecom_bot.places import Place
from bot.channels.wecom_bot.wire import Ack
from bot.clock import Clock
from storage.outbox_values import Json, Result

logger = logging.getLogger("shixun.wecom_socket")

RESPOND, PUSH = "aibot_respond_msg", "aibot_send_msg"
SEE_BELOW = "办好了，请看下面。"
AFTER_UPLOAD = timedelta(seconds=20)
AFTER_LOSS = timedelta(seconds=5)
INSIST = 20.0  # seconds: half of a message is out, so the rest waits for a new connection
SECRET_PAUSE = 600.0
_TRIES_OF_AN_ANSWER = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one message. `retry_at`: when it may be tried again, if that is known."""

    result: Result
    error: str = ""
    retry_at: datetime | None = None
    pause: float = 0.0  # seconds the whole channel must be silent
    cause: str = ""  # of the pause, in Chinese


class _LaterError(Exception):
    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


class Speaker:
    """Says messages, one chat as often as the platform allows."""

    def __init__(
        self, link: SocketLink, clock: Clock, attachment: Attachment, timing: Timing
    ) -> None:
        self._link = link
        self._clock = clock
        self._attachment = attachment
        self._timing = timing
        self._chats = Windows(AIBOT_CHAT)
        self._uploads = Windows(AIBOT_UPLOADS)

    def may(self, chat: Chat, count: int) -> bool:
        """Whether so many messages may leave to this chat now."""
        now = self._clock.now()
        return self._link.connected and self._chats.free_at(chat.key, now, count) <= now

    async def say(self, chat: Chat, parts: Sequence[Json], place: Place | None = None) -> Verdict:
        """Say one message of several parts. RETRY only where no part of it arrived."""
        now = self._clock.now()
        if not self._link.connected:
            return Verdict(Result.RETRY, "not connected", now + AFTER_LOSS)
        if not self._chats.take(chat.key, now, len(parts)):
            wait = self._chats.free_at(chat.key, now, len(parts))
            return Verdict(Result.RETRY, "limit", wait)
        try:
            bodies = [await self._with_media(part) for part in parts]
        except (NotSentError, NoAnswerError):
            return Verdict(Result.RETRY, "upload", self._clock.now() + AFTER_UPLOAD)
        except UploadRefusedError as refusal:
            return self._verdict(chat, refusal.errcode)
        except _LaterError as later:
            return Verdict(Result.RETRY, "upload limit", later.at)
        for number, body in enumerate(bodies):
            verdict = await self._part(chat, body, place, insist=number > 0)
            if number and verdict.result is Result.RETRY:
                error = f"stopped after {number} of {len(bodies)}: {verdict.error}"
                return replace(verdict, result=Result.UNKNOWN, error=error, retry_at=None)
            if verdict.result is not Result.SENT:
                return verdict
        return Verdict(Result.SENT)

    async def tell(self, place: Place, parts: Sequence[Json]) -> Verdict:
        """Say an answer that is kept nowhere else: wait for a connection or a free window."""
        loop = asyncio.get_running_loop()
        until, tries = loop.time() + self._timing.patience, 0
        while True:
            verdict = await self.say(place.chat, parts, place)
            tries += verdict.retry_at is None
            given_up = self._link.stopped or loop.time() >= until or tries >= _TRIES_OF_AN_ANSWER
            if verdict.result is not Result.RETRY or given_up:
                break
            if self._link.connected:
                await asyncio.sleep(self._timing.again)
            else:
                await self._link.up(min(until - loop.time(), INSIST))
        if verdict.result is not Result.SENT:
            logger.warning("answer not delivered", extra={"reason": verdict.error})
        return verdict

    async def show(self, content: str, place: Place) -> None:
        """Open the bubble of an answer that takes longer; what goes wrong here harms nothing."""
        if not self._usable(place) or not self._chats.take(place.chat.key, self._clock.now()):
            return
        try:
            ack = await self._frame(place, content, finish=False)
        except NotSentError:
            return
        except NoAnswerError:
            place.shown = True
            return
        place.shown = ack.errcode == 0
        place.spent = ack.errcode in EXPIRED

    async def leave(self, content: str, place: Place) -> None:
        """Finish an open bubble whose answer will come some other way."""
        if not place.shown or not self._usable(place):
            return
        self._chats.take(place.chat.key, self._clock.now())
        try:
            await self._frame(place, content, finish=True)
        except (NotSentError, NoAnswerError):
            logger.info("bubble left open")
        place.spent = True

    def count(self, chat: Chat) -> None:
        """Something was said here in another way (a welcome)."""
        self._chats.take(chat.key, self._clock.now())

    # -- one part ---------------------------------------------------------------------------------

    async def _part(self, chat: Chat, body: Json, place: Place | None, *, insist: bool) -> Verdict:
        try:
            ack = await self._ack(chat, body, place)
        except NotSentError:
            if insist and await self._link.up(INSIST):
                return await self._part(chat, body, place, insist=False)
            return Verdict(Result.RETRY, "not connected", self._clock.now() + AFTER_LOSS)
        except NoAnswerError:
            return Verdict(Result.UNKNOWN, "no answer")
        if ack.errcode in CARD_REFUSED and "instead" in body:
            logger.warning("card refused", extra={"errcode": ack.errcode})
            return await self._part(chat, markdown(body["instead"]), place, insist=insist)
        return self._verdict(chat, ack.errcode)

    async def _ack(self, chat: Chat, body: Json, place: Place | None) -> Ack:
        """In the answer's place while there is one, else as a message of its own."""
        if place is not None and self._usable(place):
            ack = await self._respond(place, body)
            if ack.errcode not in EXPIRED:
                return ack
            place.spent = True
        push = {"chatid": chat.id, "chat_type": chat.kind, **_bare(body)}
        return await self._link.call(PUSH, push)

    async def _respond(self, place: Place, body: Json) -> Ack:
        if body["msgtype"] != "markdown":
            if place.shown:
                await self._frame(place, SEE_BELOW, finish=True)
            return await self._link.call(RESPOND, _bare(body), req_id=place.req_id)
        ack = await self._frame(place, body["markdown"]["content"], finish=True)
        if ack.errcode == NO_STREAM_HERE:
            ack = await self._link.call(RESPOND, body, req_id=place.req_id)
        return ack

    async def _frame(self, place: Place, content: str, *, finish: bool) -> Ack:
        body = stream(place.stream_id, content, finish=finish)
        try:
            ack = await self._link.call(RESPOND, body, req_id=place.req_id)
        except NoAnswerError:
            if not self._usable(place):
                raise
            # the same frame once more only replaces the bubble by itself; a bubble that is not
            # there any more was finished by the first one, unless its whole place is gone
            ack = await self._link.call(RESPOND, body, req_id=place.req_id)
            if ack.errcode == STREAM_OVER:
                ack = Ack(0, {})
            elif ack.errcode in EXPIRED:
                raise
        if finish and ack.errcode == 0:
            place.shown, place.stream_id = False, uuid4().hex
        return ack

    def _usable(self, place: Place) -> bool:
        """A req_id from before a reconnect is unknown to the platform (846605)."""
        return self._link.connected and place.number == self._link.number and not place.spent

    async def _with_media(self, part: Json) -> Json:
        """Upload the attachment that a part names and put its media id in the place."""
        if "attachment" not in part:
            return part
        now = self._clock.now()
        if not self._uploads.take("", now):
            raise _LaterError(self._uploads.free_at("", now))
        kind = str(part["msgtype"])
        name, data = await self._attachment(int(part["attachment"]))
        media_id = await upload(self._link, kind, name, data)
        return {"msgtype": kind, kind: {"media_id": media_id}}

    def _verdict(self, chat: Chat, errcode: int) -> Verdict:
        result = result_of(errcode)
        if result is Result.SENT:
            return Verdict(result)
        if result is Result.PARKED:
            return Verdict(result, SILENT_YET)
        logger.warning("message refused", extra={"errcode": errcode})
        error = f"errcode {errcode}"
        if errcode == TOO_MUCH:
            wait = self._clock.now() + WAIT_AFTER_TOO_MUCH
            self._chats.close(chat.key, wait)
            return Verdict(result, error, wait)
        if errcode in WRONG_SECRET:
            return Verdict(result, error, pause=SECRET_PAUSE, cause=REFUSED.format(code=errcode))
        return Verdict(result, error)


def _bare(body: Json) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "instead"}
