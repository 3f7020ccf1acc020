"""The WeCom AI bot (智能机器人) on its long connection: no public address needed (wecom.md 4.7).

Hears private chats and groups, answers in a bubble that grows, welcomes, greys pressed cards and
writes first. How the connection lives is wecom_socket_link's matter, how things are said
wecom_socket_speaker's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from aiohttp import web

from bot.channels.base import CallOutcome, Capabilities, Incoming, Outgoing, Receive, refused
from bot.channels.fetching import Fetcher
from bot.channels.wecom import cards
from bot.channels.wecom.sender import Attachment
from bot.channels.wecom_bot import messages
from bot.channels.wecom_bot.events import EventAnswers
from bot.channels.wecom_bot.files import fetch
from bot.channels.wecom_bot.life import NoAnswerError, NotSentError, Timing
from bot.channels.wecom_bot.link import SocketBot, SocketLink
from bot.channels.wecom_bot.messages import GROUP, PRESSED_KEY, PRIVATE, Chat, at, id_of, words
from bot.channels.wecom_bot.places import DrawnCards, FindDrawn, Place, Places
from bot.channels.wecom_bot.speaker import Speaker, Verdict
from bot.channels.wecom_bot.wire import Frame
from bot.clock import Clock
from bot.leases import Leasing
from bot.told_time import moment_of
from handlers.reply import Reply
from storage.outbox_values import FrozenRequest, Json, Outcome, Result, Unsendable

logger = logging.getLogger("shixun.wecom_socket")
ONLY_WORDS = "我现在只看得懂文字、语音和表格文件，请打字告诉我。"
STILL_BUSY = "还在办理，办好后另发消息给您。"
CALL_SECONDS = 100.0  # less than the lease of the outbox


class WeComSocketChannel:
    """Turns frames into messages and replies into frames.

    `wait`: what the desk says when an answer takes longer. `push_channel`: where personal answers
    to a group go (an app may write to everybody). `account_of`: whose account an id is (4.6).
    """

    name = "wecom_socket"
    capabilities = Capabilities(
        push=True,
        groups=True,
        buttons=cards.BUTTONS,
        text_bytes=messages.CONTENT_BYTES,
        files=True,
        title="企业微信智能机器人",
        realm="wecom",
        group_push=True,
        needs_talk=True,
        per_minute=600,
        per_receiver=30,
    )

    def __init__(
        self,
        bot: SocketBot,
        clock: Clock,
        attachment: Attachment,
        drawn: FindDrawn,
        *,
        wait: str,
        push_channel: str = name,
        account_of: messages.AccountOf = messages.account_as_told,
        timing: Timing | None = None,
        chance: random.Random,
        fetcher: Fetcher | None = None,
    ) -> None:
        self._bot = bot
        self._account_of = account_of
        self._clock = clock
        self._fetcher = fetcher or Fetcher()
        self._wait = wait
        self._push_channel = push_channel
        self._timing = timing or Timing()
        self._link = SocketLink(bot, self._heard, timing=self._timing, chance=chance)
        self._speaker = Speaker(self._link, clock, attachment, self._timing)
        self._receive: Receive | None = None
        self._leasing: Leasing | None = None
        self._places = Places()
        self._cards = DrawnCards(drawn)
        self._events = EventAnswers(bot, self._link, self._cards)
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the channel's contract -------------------------------------------------------------------

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """No address: it dials out. What it hears goes to `receive`."""
        self._receive = receive
        return []

    def share(self, leasing: Leasing) -> None:
        """One process at a time is connected: the platform lets a second one kick the first."""
        self._leasing = leasing

    async def start(self) -> None:
        """Begin to dial; returns at once."""
        self._link.start(self._leasing)

    def problem(self) -> str:
        """Why nobody can be heard, in Chinese, or nothing."""
        return self._link.problem()

    @property
    def connected(self) -> bool:
        """Whether it hears and may speak now."""
        return self._link.connected

    @property
    def connection(self) -> int:
        """The number of the present connection, or of the last one."""
        return self._link.number

    def at_once(self, reply: Reply) -> bool:
        """Everything but files, which are kept until they are uploaded."""
        return not reply.files

    def repeats(self, request: Json) -> timedelta | None:
        """The platform knows no repeated push: one without an answer stays unknown."""
        return None

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """One call a message, one a chat at a time so that their order holds.

        What may not leave now (no connection, a chat's window is full) stays in the queue.
        """
        made: list[FrozenRequest | Unsendable] = []
        busy: set[str] = set()
        for each in outgoing:
            task_id = self._cards.of_delivery(each.delivery_id)
            parts = messages.parts(
                each.reply, task_id=task_id, source=self._bot.name, files=each.attachments
            )
            chat = Chat(each.account, GROUP if each.group else PRIVATE)
            if not parts:
                made.append(Unsendable(each.delivery_id, "empty"))
            elif chat.key not in busy and self._speaker.may(chat, len(parts)):
                busy.add(chat.key)
                body = {"chat": chat.id, "kind": chat.kind, "parts": parts, "key": each.key}
                made.append(FrozenRequest(body, (each.delivery_id,)))
        return made

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Say one message: in the open bubble of the question it answers, or as a push."""
        chat, parts = Chat(str(request["chat"]), int(request["kind"])), request["parts"]
        # only private questions keep a place: an answer never appears where it was not meant for
        place = self._places.take(str(request["key"])) if chat.kind == PRIVATE else None
        say = self._speaker.say
        try:
            async with asyncio.timeout(CALL_SECONDS):
                if place is None:
                    verdict = await say(chat, parts)
                else:
                    async with place.lock:
                        verdict = await say(chat, parts, place)
        except TimeoutError:
            verdict = Verdict(Result.UNKNOWN, "no answer")
        if place is not None and verdict.result is Result.RETRY:
            self._places.keep(str(request["key"]), place)
        return CallOutcome(
            tuple(
                Outcome(each, verdict.result, verdict.error, verdict.retry_at)
                for each in deliveries
            ),
            pause=verdict.pause,
            cause=verdict.cause,
        )

    async def quiet(self) -> None:
        """Wait until everything that was heard is answered."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Say what is ready to be said, then hang up."""
        if self._tasks and self._link.connected:
            await asyncio.wait(set(self._tasks), timeout=self._timing.hang_up)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.close()

    # -- hearing ----------------------------------------------------------------------------------

    def _heard(self, frame: Frame) -> None:
        """Whatever happens with one frame, the connection goes on reading."""
        self._do(self._safely(frame))

    def _do(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _safely(self, frame: Frame) -> None:
        try:
            await self._frame(frame)
        except (NotSentError, NoAnswerError) as error:
            logger.warning("event not answered", extra={"reason": type(error).__name__})
        except Exception:
            logger.exception("frame failed")

    async def _frame(self, frame: Frame) -> None:
        body = frame.body
        if not messages.account_of(body):
            logger.warning("frame ignored", extra={"reason": "from nobody"})
            return
        if body.get("msgtype") != "event":
            await self._message(frame)
            return
        event = at(body, "event")
        match event.get("eventtype"):
            case "enter_chat":
                self._speaker.count(messages.chat_of(body))
                await self._events.welcome(frame)
            case "template_card_event":
                await self._press(frame, at(event, "template_card_event"))
            case _:
                logger.info("event ignored")

    async def _incoming(self, frame: Frame) -> Incoming:
        """What messages and presses have in common."""
        body, now, told = frame.body, self._clock.now(), messages.account_of(frame.body)
        group, account = messages.group_of(body), await self._account_of(told)
        # in private the bubble under the question; nobody is written to by another id than told
        here = group is None and account == told
        return Incoming(
            channel=self.name,
            realm="wecom",
            account=account,
            message_id=id_of(body) or f"req:{frame.req_id}",
            at=now,
            said_at=moment_of(body.get("create_time"), now),
            group=group,
            push_channel=self.name if here else self._push_channel,
        )

    async def _message(self, frame: Frame) -> None:
        incoming, body = await self._incoming(frame), frame.body
        place = Place(messages.chat_of(body), frame.req_id, frame.number)
        text, media = messages.said(body, self._bot.name), messages.media_of(body)
        if text or body.get("msgtype") == "text":
            await self._ask(replace(incoming, text=text), place)
            return
        if media is None:
            got = partial(refused, ONLY_WORDS)
        else:
            got = partial(fetch, self._fetcher, media)
        await self._ask(replace(incoming, fetch=got), place)

    async def _ask(self, incoming: Incoming, place: Place) -> None:
        """Hand a message on; its answer comes back here, or later through the outbox."""
        assert self._receive is not None
        key = incoming.answer_key
        if incoming.group is None:
            self._places.keep(key, place)
        reply = await self._receive(incoming)
        if reply is not None and incoming.group is None and reply.text == self._wait:
            await self._show(key)
        elif reply is not None:
            self._places.take(key)
            await self._speaker.tell(place, self._parts(reply))

    async def _show(self, key: str) -> None:
        """The answer takes longer: an open bubble, closed before the platform gives it up."""
        shown = await self._places.show(key, partial(self._speaker.show, self._wait))
        if shown is not None:
            leave = partial(self._speaker.leave, STILL_BUSY)
            asyncio.get_running_loop().call_later(
                self._timing.stream, lambda: self._do(self._places.leave(key, shown, leave))
            )

    def _parts(self, reply: Reply) -> list[Json]:
        """An answer that travels at once."""
        drawn = self._cards.of_answer(reply.card)
        return messages.parts(reply, task_id=drawn, source=self._bot.name)

    # -- events -----------------------------------------------------------------------------------

    async def _press(self, frame: Frame, pressed: Json) -> None:
        """A button: its reply follows as a push, its card says within 5 s that it was pressed."""
        assert self._receive is not None
        key = words(pressed, "event_key")
        if key in ("", PRESSED_KEY):
            return
        action, caption = cards.read_key(key)
        incoming = await self._incoming(frame)
        reply = await self._receive(replace(incoming, button=action.key(), push_only=True))
        if reply is None:
            if caption:
                await self._events.grey(frame, words(pressed, "task_id"), caption)
        elif parts := self._parts(reply):
            # an event's req_id cannot carry an answer in words (wecom.md 4.7)
            place = Place(messages.chat_of(frame.body), "", 0, spent=True)
            await self._speaker.tell(place, parts)
