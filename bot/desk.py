"""The front desk: takes a message from a channel and sees that it is answered once.

Seen before? · one person's messages one after another · a thread and a unit of work · an answer
in time or an acknowledgement with the answer following · an apology with a code on an error.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.answer import (
    Answer,
    DuplicateError,
    House,
    answer,
    answer_plainly,
    late_answer,
    may_send_files,
)
from bot.channels.base import FileRefusedError, Incoming, refused
from bot.clock import Clock
from bot.files import Files
from bot.in_time import ended
from bot.log import turn_context
from bot.no_way import ASK_AGAIN, KeptAnswers, follows, what_fits
from bot.pace import MINUTE, Pace, Paces
from bot.told_time import is_days_old
from bot.workers import Workers
from handlers.contract import SHANGHAI, Received
from handlers.reply import Reply
from storage.faults import Fault, fault_of
from storage.journal import Audit, Outcome, SeenMessages, Unfinished
from storage.unit import Unit

logger = logging.getLogger("shixun.desk")

# WeCom drops the connection after 5 s (wecom.md 1.4); a person doubts after one.
ANSWER_WITHIN = 0.8
REMEMBERED = 20_000
APOLOGY = "抱歉，系统出了点问题，这次没有办成，也没有改动任何数据。错误码 {code}，请稍后再试。"
# While the database keeps nothing; no code, for it is the same for everybody and known.
NOT_KEPT = "抱歉，系统现在存不了东西（{cause}），您刚才说的没有保存。请告诉管理员，修好后再发一次。"
TOO_FAST = "说得太快了，请歇一歇，{at} 以后再发；这段时间发来的我不回复，也没有办理。"
PLEASE_WAIT = "稍等，正在办理，办好马上回复您。"


def error_code(turn_id: str) -> str:
    """The short code that a person can read out and an operator can find in the log."""
    return turn_id[:4].upper()


def not_kept(fault: Fault) -> Reply:
    """The one honest sentence to whoever writes while the database cannot be used."""
    return Reply(text=NOT_KEPT.format(cause=fault.says))


class Desk:
    """Receives messages of all channels."""

    def __init__(
        self,
        workers: Workers,
        house: House,
        clock: Clock,
        *,
        kick: Callable[[], None],
        files: Files,
        answer_within: float = ANSWER_WITHIN,
        turns_per_minute: int = 0,
    ) -> None:
        """`turns_per_minute`: of one person; 0 for any number."""
        self._workers = workers
        self._answer_within = answer_within
        self._house = house
        self._clock = clock
        self._paces = Paces(turns_per_minute, clock.monotonic)
        self._files = files
        self._kept = KeptAnswers()
        self._kick = kick  # tells the outbox that something was queued
        self._recent: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lines: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}
        self._tasks: set[asyncio.Task[Answer]] = set()

    async def receive(self, incoming: Incoming) -> Reply | None:
        """Answer within the time, or acknowledge and let the answer follow as a push.

        None: nothing to say in this answer (a repeated message, or the reply is in the outbox).
        """
        if is_days_old(incoming.said, incoming.at):
            logger.info("told days late, dropped", extra={"channel": incoming.channel})
            return _silence(incoming)
        within = self._answer_within
        key = (incoming.channel, incoming.message_id)
        if key in self._recent:
            logger.info("repeated message dropped", extra={"channel": incoming.channel})
            return None
        self._recent[key] = None
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        pace = Pace.FINE if incoming.unasked else self._paces.take(_account(incoming))
        if pace is Pace.SILENT or (pace is Pace.TOLD and incoming.overheard):
            return _silence(incoming)
        late = asyncio.Event()
        task = asyncio.create_task(self._answer(self._paced(incoming, pace), late))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if await ended(task, within):
            return task.result().reply
        late.set()
        # a promise that is refused: its unit is being saved at this moment
        if not await self._promise(incoming) and await ended(task, within):
            result = task.result()
            return result.reply if result.kept is None else self._kept.take(incoming)
        if (fault := self._workers.fault()) is not None:
            return not_kept(fault)
        comes = follows(incoming, self._house.office.ways)
        return Reply(text=PLEASE_WAIT if comes else ASK_AGAIN)

    async def resume(self, unfinished: Unfinished) -> None:
        """Answer what a former run acknowledged and did not answer."""
        incoming = Incoming.from_json(unfinished.message)
        self._recent[(incoming.channel, incoming.message_id)] = None
        late = asyncio.Event()
        late.set()
        await self._answer(incoming, late)

    async def quiet(self) -> None:
        """Wait until no message is being answered."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _paced(self, incoming: Incoming, pace: Pace) -> Incoming:
        """The first message too many is answered with when to try again, whatever it says."""
        if pace is Pace.FINE:
            return incoming
        logger.info("too fast", extra={"channel": incoming.channel})
        again = self._clock.now() + timedelta(seconds=MINUTE + 1)
        words = TOO_FAST.format(at=f"{again.astimezone(SHANGHAI):%H:%M:%S}")
        return replace(incoming, fetch=partial(refused, words))

    async def _answer(self, incoming: Incoming, late: asyncio.Event) -> Answer:
        turn_id = secrets.token_hex(4)
        async with self._in_line(incoming):
            with turn_context(turn_id, incoming.channel):
                try:
                    result = await self._turn(incoming, turn_id)
                except DuplicateError:
                    return Answer(None)
                except Exception as error:
                    fault = fault_of(error) or self._workers.fault()
                    if fault is not None:
                        # no trace: it is the same for everybody as long as it lasts
                        logger.error(  # noqa: TRY400
                            "turn not kept", extra={"reason": fault.name.lower()}
                        )
                        return Answer(not_kept(fault))
                    logger.exception("turn failed", extra={"code": error_code(turn_id)})
                    try:
                        result = await self._apologise(incoming, turn_id)
                    except DuplicateError:
                        return Answer(None)
                if result.person_id is not None:
                    self._paces.belongs(_account(incoming), result.person_id)
                logger.info("turn answered", extra={"queued": result.queued})
                return await self._after(incoming, result, late)

    async def _turn(self, incoming: Incoming, turn_id: str) -> Answer:
        if incoming.fetch is not None:
            try:
                incoming = replace(incoming, file=await incoming.fetch(), fetch=None)
            except FileRefusedError as refusal:
                words, at = Reply(text=str(refusal)), self._clock.now()
                ways = self._house.office.ways
                return await self._workers.run(
                    lambda unit: answer_plainly(unit, ways, incoming, words, at)
                )
        if incoming.file is not None:
            incoming = replace(incoming, file=await self._opened(incoming, incoming.file))
        now = self._clock.now()
        return await self._workers.run(
            lambda unit: answer(incoming, unit=unit, house=self._house, now=now, turn_id=turn_id)
        )

    async def _opened(self, incoming: Incoming, file: Received) -> Received:
        """What stands in a file, read before the turn's unit; of somebody who may not import it
        is not even opened."""
        now = self._clock.now()
        if not await self._workers.run(lambda unit: may_send_files(incoming, unit, now)):
            return file
        return await self._files.read(file)

    async def _after(self, incoming: Incoming, result: Answer, late: asyncio.Event) -> Answer:
        """A reply that can no longer travel in the answer goes through the outbox."""
        if result.reply is not None and late.is_set() and not result.queued:
            reply, now, ways = result.reply, self._clock.now(), self._house.office.ways
            try:
                sent = await self._workers.run(
                    lambda unit: late_answer(unit, ways, incoming, reply, now)
                )
            except Exception as error:
                # the promise is still there, if it was kept: answered after the next start
                if fault_of(error) is None:
                    raise
                logger.error("late answer not kept")  # noqa: TRY400 - the cause is in /readyz
                return Answer(None)
            result = Answer(None, queued=sent, kept=None if sent else reply)
        fits = self._house.at_once[incoming.channel]
        if result.kept is not None:
            self._kept.keep(incoming, what_fits(result.kept, incoming, self._house.office, fits))
        elif result.reply is not None and not incoming.push_only:
            reply = self._kept.with_kept(incoming, result.reply, fits)
            result = replace(result, reply=reply)
        if result.queued:
            self._kick()
        return result

    async def _promise(self, incoming: Incoming) -> bool:
        """Keep the message before it is acknowledged; False: it is answered already."""
        now = self._clock.now()

        def promise(unit: Unit) -> bool:
            return SeenMessages(unit).promise(
                incoming.channel, incoming.message_id, now, incoming.to_json()
            )

        try:
            return await asyncio.wait_for(self._workers.run(promise), timeout=0.15)
        except TimeoutError:
            # the writer is held by a long turn; better acknowledged in time than kept twice
            logger.warning("acknowledged without a kept promise")
            return True
        except Exception:
            logger.exception("promise not kept")
            return True

    async def _apologise(self, incoming: Incoming, turn_id: str) -> Answer:
        code = error_code(turn_id)
        now = self._clock.now()
        apology = Reply(text=APOLOGY.format(code=code))

        def note(unit: Unit) -> Answer:
            Audit(unit).add(
                at=now,
                turn=turn_id,
                actor_id=None,
                channel=incoming.realm,
                account=incoming.account,
                intent="",
                outcome=Outcome.FAILED,
                detail={"code": code},
            )
            return answer_plainly(unit, self._house.office.ways, incoming, apology, now)

        try:
            return await self._workers.run(note)
        except DuplicateError:
            raise
        except Exception:
            logger.exception("failure could not be noted")
        return Answer(apology)

    @asynccontextmanager
    async def _in_line(self, incoming: Incoming) -> AsyncIterator[None]:
        """One account's messages one after another; nobody else waits for them."""
        key = _account(incoming)
        lock, waiting = self._lines.get(key, (None, 0))
        lock = lock or asyncio.Lock()
        self._lines[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._lines[key]
            if waiting == 1:
                del self._lines[key]
            else:
                self._lines[key] = (lock, waiting - 1)


def _account(incoming: Incoming) -> tuple[str, str]:
    return (incoming.realm, incoming.account)


def _silence(incoming: Incoming) -> Reply | None:
    """Nothing is said; of a pressed card the empty reply says that the press was not done."""
    return Reply() if incoming.push_only else None
