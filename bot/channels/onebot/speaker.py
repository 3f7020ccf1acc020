"""What the QQ account says: one message a chat at a time, nothing that had better not leave now.

Looks before each message whether sending is stopped, the account logged in, the group left or
muted, the breaker open, the minute spent; says honestly what became of it (qq.md B2 and B9).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.channels.limits import ONEBOT_ACCOUNT, Windows
from bot.channels.onebot import messages
from bot.channels.onebot.breaker import Breaker, Stop
from bot.channels.onebot.calling import spoken
from bot.channels.onebot.files import SENT_BYTES, TOO_LARGE, embedded
from bot.channels.onebot.life import LostError, NoAnswerError, NotSentError, Timing
from bot.channels.onebot.line import Line
from bot.channels.onebot.outcomes import NO_ANSWER, Answer, Sign, Verdict, verdict_of
from bot.channels.onebot.people import Chat, People
from bot.channels.onebot.turns import Turns
from bot.clock import Clock
from handlers.contract import SHANGHAI
from storage.outbox_values import Json, Result

logger = logging.getLogger("shixun.onebot")

# name and content of an attachment by its id
Attachment = Callable[[int], Awaitable[tuple[str, bytes]]]
Stopped = Callable[[], Awaitable[bool]]

AFTER_LOSS, AFTER_STOP, AFTER_QUEUE = (timedelta(seconds=each) for each in (5, 30, 5))
WHILE_OFFLINE = timedelta(seconds=60)
# the mute may be lifted before its time, and we may not hear of it
MUTED_LOOK = timedelta(minutes=10)
ACCESS_PAUSE = 600.0
MUTED = "机器人在这个 QQ 群里被禁言到 {until}，到时再发"
NO_ACCESS = "OneBot 实现端不接受我们的 token"
QUEUED_WITHIN = 20.0  # seconds a call waits for its turn; the outbox keeps it meanwhile
CALL_SECONDS = 100.0  # of one message, less than the lease of the outbox
STOPPED = "stopped"
_TRIES_OF_AN_ANSWER = 2
_LATEST = 4_102_444_800  # the year 2100


@dataclass(frozen=True, slots=True)
class Said:
    """What became of one message. `retry_at`: it was not tried, and may be then.

    `pause`: for so many seconds nothing may leave, to `pause_chat` or (empty) at all.
    """

    result: Result
    error: str = ""
    retry_at: datetime | None = None
    pause: float = 0.0
    pause_chat: str = ""
    cause: str = ""
    ids: tuple[str, ...] = ()
    sign: Sign = Sign.NONE


class Speaker:
    """Says messages. `stopped`: whether the stop switch is on."""

    def __init__(
        self,
        line: Line,
        people: People,
        clock: Clock,
        attachment: Attachment,
        stopped: Stopped,
        timing: Timing,
        chance: random.Random,
    ) -> None:
        self._line = line
        self._people = people
        self._clock = clock
        self._attachment = attachment
        self._stopped = stopped
        self._timing = timing
        self._turns = Turns(timing.gap, chance)
        self._breaker = Breaker()
        self._spent = Windows(ONEBOT_ACCOUNT)
        self._looked: set[tuple[int, str]] = set()

    def room(self) -> int:
        """How many messages may leave at this moment."""
        return self._spent.free("", self._clock.now()) if self._line.ready else 0

    async def say(
        self, chat: Chat, parts: Sequence[Json], head: Sequence[Json] = (), *, answers: bool
    ) -> Said:
        """Say one message of several parts. RETRY only where no part of it arrived.

        `answers`: to a person's own question. In private those go on while sending is stopped,
        as the stop switch promises: else nobody could be asked whether to go on.
        """
        until = asyncio.get_running_loop().time() + CALL_SECONDS
        try:
            async with self._turns.turn(chat.key, QUEUED_WITHIN):
                held = await self._held(chat, len(parts), answers=answers)
                if held is not None:
                    return held
                return await self._parts(chat, parts, head, until, answers=answers)
        except TimeoutError:
            return Said(Result.RETRY, "queue", self._clock.now() + AFTER_QUEUE)

    async def tell(self, chat: Chat, parts: Sequence[Json], head: Sequence[Json]) -> Said:
        """Say an answer that is kept nowhere else: wait for a connection, or for room."""
        loop = asyncio.get_running_loop()
        until, tries = loop.time() + self._timing.patience, 0
        while True:
            said = await self.say(chat, parts, head, answers=True)
            tries += said.retry_at is None
            over = loop.time() >= until or tries >= _TRIES_OF_AN_ANSWER
            if said.result is not Result.RETRY or said.pause or said.error == STOPPED or over:
                break
            if not await self._line.up(min(until - loop.time(), self._timing.again)):
                continue
            await asyncio.sleep(self._timing.again)
        if said.result is not Result.SENT:
            logger.warning("answer not delivered", extra={"reason": said.error})
        return said

    # -- before -----------------------------------------------------------------------------------

    async def _held(self, chat: Chat, count: int, *, answers: bool) -> Said | None:
        """Why nothing may leave to this chat now; spends of the minute where it may."""
        if await self._silenced(chat, answers=answers):
            return Said(Result.RETRY, STOPPED, self._clock.now() + AFTER_STOP)
        if not self._line.connected:
            return Said(Result.RETRY, "not connected", self._clock.now() + AFTER_LOSS)
        if not self._line.online:
            return Said(Result.RETRY, "QQ 号已掉线", self._clock.now() + WHILE_OFFLINE)
        if chat.group:
            if not self._people.is_in(chat.id):
                return Said(Result.REJECTED, "机器人不在这个群里", sign=Sign.NOT_THERE)
            await self._look(chat, again=False)
        now = self._clock.now()
        held = self._muted(chat, now) or self._broken(chat, now)
        if held is None and not self._spent.take("", now, count):
            held = Said(Result.RETRY, "limit", self._spent.free_at("", now, count))
        return held

    async def _silenced(self, chat: Chat, *, answers: bool) -> bool:
        """Whether the stop switch holds this."""
        return not (answers and not chat.group) and await self._stopped()

    def _muted(self, chat: Chat, now: datetime) -> Said | None:
        until = self._people.muted_until(chat.id, now) if chat.group else None
        if until is None:
            return None
        look = min(until, now + MUTED_LOOK)
        cause = MUTED.format(until=until.astimezone(SHANGHAI).strftime("%m-%d %H:%M"))
        pause = (look - now).total_seconds()
        return Said(Result.RETRY, "被禁言", look, pause, chat.id, cause, sign=Sign.MUTED)

    def _broken(self, chat: Chat, now: datetime) -> Said | None:
        stop = self._breaker.stop(chat.key, now)
        if stop is None:
            return None
        return _with_stop(Said(Result.RETRY, "paused", stop.until), stop, chat, now)

    # -- one message ------------------------------------------------------------------------------

    async def _parts(
        self,
        chat: Chat,
        parts: Sequence[Json],
        head: Sequence[Json],
        until: float,
        *,
        answers: bool,
    ) -> Said:
        ids: list[str] = []
        for number, part in enumerate(parts):
            if number:
                await self._turns.between()
                if await self._silenced(chat, answers=answers):
                    return _half(Said(Result.RETRY, STOPPED), number, len(parts), ids)
            patience = self._timing.words if set(part) <= {"text", "calls"} else self._timing.media
            if number and asyncio.get_running_loop().time() + patience > until:
                return _half(Said(Result.RETRY, "too slow"), number, len(parts), ids)
            said = await self._part(chat, part, head if number == 0 else (), patience)
            ids += said.ids
            if said.result is not Result.SENT:
                return _half(said, number, len(parts), ids)
        return Said(Result.SENT, ids=tuple(ids))

    async def _part(self, chat: Chat, part: Json, head: Sequence[Json], patience: float) -> Said:
        message_id = ""
        try:
            action, params = await self._rendered(chat, part, head)
            answer = await self._line.call(action, params, patience)
            verdict = verdict_of(answer)
            message_id = _message_id(answer)
        except LookupError:
            return Said(Result.REJECTED, "附件已过期")
        except NotSentError:
            return Said(Result.RETRY, "not connected", self._clock.now() + AFTER_LOSS)
        except LostError:
            verdict = replace(NO_ANSWER, sign=Sign.NONE)
        except NoAnswerError:
            verdict = NO_ANSWER
        if verdict.result is Result.SENT:
            self._breaker.worked(chat.key)
            return Said(Result.SENT, ids=(message_id,) if message_id else ())
        logger.warning("message refused", extra={"reason": verdict.error})
        return await self._consequences(chat, verdict)

    async def _rendered(self, chat: Chat, part: Json, head: Sequence[Json]) -> tuple[str, Json]:
        """The call for one part; what is too large for a frame is said in words."""
        segments = [*head, *await spoken(self._line, chat, part, self._timing.aside)]
        if "file" in part:
            name, data = await self._attachment(int(part["file"]))
            if len(data) <= SENT_BYTES:
                return messages.upload(chat, name, embedded(data))
            segments.append(messages.text(TOO_LARGE.format(name=name)))
        if "picture" in part:
            name, data = await self._attachment(int(part["picture"]))
            fits = len(data) <= SENT_BYTES
            too_large = messages.text("\n" * ("text" in part) + TOO_LARGE.format(name=name))
            segments.append(messages.image(embedded(data)) if fits else too_large)
        return messages.call(chat, segments)

    # -- after ------------------------------------------------------------------------------------

    async def _consequences(self, chat: Chat, verdict: Verdict) -> Said:
        """What a failure means for the messages that follow."""
        said = Said(verdict.result, verdict.error, sign=verdict.sign)
        now = self._clock.now()
        if verdict.sign is Sign.ACCESS:
            return replace(said, pause=ACCESS_PAUSE, cause=NO_ACCESS)
        if verdict.sign is Sign.NOT_THERE and chat.group:
            self._people.left(chat.id)
        if verdict.sign is Sign.MUTED and chat.group:
            self._people.mute(chat.id, now + MUTED_LOOK)
        if verdict.sign in (Sign.MUTED, Sign.FAILED) and chat.group:
            # many failures are a mute that we did not hear of, and a mute is no risk control
            await self._look(chat, again=True)
            muted = self._muted(chat, self._clock.now())
            if muted is not None:
                return replace(muted, result=said.result, error=said.error, retry_at=None)
        if verdict.sign in (Sign.FAILED, Sign.RISK, Sign.MUTED):
            risk = verdict.sign is Sign.RISK
            stop = self._breaker.failed(chat.key, now, group=chat.group, risk=risk)
            if stop is not None:
                logger.error("breaker opened", extra={"reason": stop.cause})
                return _with_stop(said, stop, chat, now)
        return said

    async def _look(self, chat: Chat, *, again: bool) -> None:
        """Ask whether we are muted there: once a connection, and after each failure."""
        key = (self._line.number, chat.id)
        if key in self._looked and not again:
            return
        self._looked = {each for each in self._looked if each[0] == self._line.number} | {key}
        params = {
            "group_id": int(chat.id),
            "user_id": int(self._line.self_id),
            "no_cache": True,
        }
        try:
            answer = await self._line.call("get_group_member_info", params, self._timing.aside)
        except (NotSentError, NoAnswerError):
            return
        stamp = answer.data.get("shut_up_timestamp")
        if answer.ok and isinstance(stamp, int) and not isinstance(stamp, bool):
            until = datetime.fromtimestamp(min(max(stamp, 0), _LATEST), UTC)
            if until > self._clock.now():
                self._people.mute(chat.id, until)


def _with_stop(said: Said, stop: Stop, chat: Chat, now: datetime) -> Said:
    return replace(
        said,
        pause=(stop.until - now).total_seconds(),
        pause_chat=chat.id if stop.chat else "",
        cause=stop.cause,
    )


def _half(said: Said, number: int, count: int, ids: Sequence[str]) -> Said:
    """A message of which something has left already is never sent again."""
    said = replace(said, ids=tuple(ids))
    if number == 0 or said.result is Result.SENT:
        return said
    error = f"stopped after {number} of {count}: {said.error}"
    return replace(said, result=Result.UNKNOWN, error=error, retry_at=None)


def _message_id(answer: Answer) -> str:
    value = answer.data.get("message_id")
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
