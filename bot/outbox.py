"""The life of a notice: due rows are claimed, frozen, sent and settled (storage.outbox).

Each step is on disk before the next: claim → freeze the exact call → note that it is made → make
it → settle. A kill between any two leaves a row that says what to do with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.channels.base import CallOutcome, Channel, Outgoing, Recalling
from bot.clock import Clock
from bot.workers import Workers
from handlers.reply_json import attachments_of, reply_from_json
from handlers.ways import GROUP
from storage.outbox import Outbox
from storage.outbox_values import Batch, Outcome, Queued, Result
from storage.pauses import Pause, Pauses
from storage.reachability import Reach, Reachability, ReplySlot
from storage.recalls import Recalls, SentCall
from storage.unit import Unit

logger = logging.getLogger("shixun.outbox")

# Longer than any call may take, with its uploads.
LEASE = timedelta(seconds=120)
CLAIM = 2000
CALLS_AT_ONCE = 8
REPEAT_AFTER = timedelta(seconds=20)

# What happens to a message whose account refuses to be written to: another way is looked for.
Reroute = Callable[[Unit, Sequence[Queued]], int]
# A way is silent for a cause: whoever can mend it is told; how many messages were queued.
Tell = Callable[[Unit, Pause], int]


class Postman:
    """Empties the outbox. `owner` names this run of this process."""

    def __init__(
        self,
        workers: Workers,
        channels: Mapping[str, Channel],
        clock: Clock,
        owner: str,
        reroute: Reroute | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._workers = workers
        self._channels = channels
        self._clock = clock
        self._owner = owner
        self._reroute = reroute
        self._tell = tell
        self._rounds = {name: asyncio.Lock() for name in channels}
        self._tasks: set[asyncio.Task[None]] = set()
        self._again = False
        self._halted = False

    def halt(self) -> None:
        """Begin no call any more: what waits stays in the queue, those being made end."""
        self._halted = True

    async def let_go(self) -> int:
        """Give back what was frozen and not called, so that the next run sends it at once."""
        return await self._workers.run(lambda unit: Outbox(unit).let_go(self._owner))

    def kick(self) -> None:
        """Something was queued: go at once instead of at the next tick."""
        if self._halted:
            return
        if self._tasks:
            self._again = True
            return
        task = asyncio.get_running_loop().create_task(self._safely())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run_due(self) -> None:
        """Send whatever is due now, until nothing is."""
        await asyncio.gather(
            *(
                self._round(channel)
                for channel in self._channels.values()
                if channel.capabilities.push or channel.capabilities.group_push
            )
        )

    async def quiet(self) -> None:
        """Wait for the rounds that were kicked."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _safely(self) -> None:
        try:
            self._again = True
            while self._again and not self._halted:
                self._again = False
                await self.run_due()
        except Exception:
            logger.exception("outbox round failed")

    async def _round(self, channel: Channel) -> None:
        async with self._rounds[channel.name]:
            if self._halted:
                return
            if isinstance(channel, Recalling):
                await self._take_back(channel, channel)
            for batch in await self._recover(channel):
                await self._make(channel, batch)
            while not self._halted and (batches := await self._freeze(channel)):
                gate = asyncio.Semaphore(CALLS_AT_ONCE)

                async def one(batch: Batch, gate: asyncio.Semaphore = gate) -> None:
                    async with gate:
                        await self._make(channel, batch)

                # a person's earlier message must not arrive after the later one
                await asyncio.gather(*(one(batch) for batch in batches))

    async def _recover(self, channel: Channel) -> tuple[Batch, ...]:
        now = self._clock.now()

        def recover(unit: Unit) -> tuple[Batch, ...]:
            if "" in Pauses(unit).of(channel.name, now):
                return ()
            return Outbox(unit).recover(
                channel.name, self._owner, now, lease=LEASE, repeats=channel.repeats
            )

        return await self._workers.run(recover)

    async def _freeze(self, channel: Channel) -> tuple[Batch, ...]:
        now = self._clock.now()

        def freeze(unit: Unit) -> tuple[Batch, ...]:
            paused = Pauses(unit).of(channel.name, now)
            if "" in paused:
                return ()
            return Outbox(unit).freeze(
                channel.name,
                self._owner,
                now,
                lease=LEASE,
                limit=CLAIM,
                but=tuple(paused),
                group=lambda rows: channel.requests(_outgoing(unit, channel, rows, now)),
            )

        return await self._workers.run(freeze)

    async def _make(self, channel: Channel, batch: Batch) -> None:
        """One call, noted before and settled after."""
        if self._halted:
            return
        now = self._clock.now()
        go = await self._workers.run(lambda unit: Outbox(unit).called(batch.id, self._owner, now))
        if not go:
            return
        ids = tuple(each.id for each in batch.deliveries)
        outcome = await channel.call(batch.request, ids)
        if not outcome.answered and channel.repeats(batch.request) is not None:
            logger.warning("call without an answer", extra={"batch": batch.id})
        await self._workers.run(lambda unit: self._settle(unit, channel, batch, outcome))
        logger.info("call settled", extra={"batch": batch.id, "count": len(ids)})

    def _settle(self, unit: Unit, channel: Channel, batch: Batch, outcome: CallOutcome) -> None:
        """Note what a call did: to its messages, and to the channel as a whole."""
        now = self._clock.now()
        if outcome.pause:
            until = now + timedelta(seconds=outcome.pause)
            chat, cause = outcome.pause_chat, outcome.cause
            Pauses(unit).pause(channel.name, chat, now, until, cause)
            if self._tell is not None and self._tell(
                unit, Pause(channel.name, chat, now, until, cause)
            ):
                self._again = True
        if not outcome.answered and channel.repeats(batch.request) is not None:
            Outbox(unit).repeat_later(batch.id, self._owner, now + REPEAT_AFTER)
            return
        outcomes = outcome.outcomes or tuple(
            Outcome(each.id, Result.UNKNOWN, "no answer") for each in batch.deliveries
        )
        mine = Outbox(unit).settle(batch.id, self._owner, outcomes, now, outcome.platform_id)
        parked = {each.delivery for each in outcomes if each.result is Result.PARKED}
        if mine and parked and self._reroute is not None:
            again = self._reroute(unit, [each for each in batch.deliveries if each.id in parked])
            self._again = self._again or bool(again)

    async def _take_back(self, channel: Channel, back: Recalling) -> None:
        """Recall what an officer wants back, for as long as the platform allows."""
        for each in await self._workers.run(lambda unit: Recalls(unit).due(channel.name)):
            problem = await back.recall(each.request, each.platform_id)
            if problem is None:
                within = channel.capabilities.recall
                if within is not None and self._clock.now() < each.called_at + within:
                    return
                problem = "平台一直没有应答，已经超过可以撤回的时间"
            await self._workers.run(partial(_recalled, call=each, problem=problem))


def _recalled(unit: Unit, *, call: SentCall, problem: str) -> None:
    if problem:
        logger.warning("not recalled", extra={"batch": call.batch_id})
    Recalls(unit).settle(call.batch_id, problem)


def _outgoing(
    unit: Unit, channel: Channel, rows: Sequence[Queued], now: datetime
) -> Sequence[Outgoing]:
    """Due rows as their channel sees them."""
    can = channel.capabilities
    known: dict[tuple[str, str], Reach] = {}
    if can.may_refuse or can.needs_talk:
        for place in {row.place for row in rows}:
            accounts = {row.account for row in rows if row.place == place}
            found = Reachability(unit).among(channel.name, place, accounts)
            known |= {(place, account): reach for account, reach in found.items()}
    return [
        Outgoing(
            row.id,
            row.account,
            reply_from_json(unit, row.body),
            attachments_of(row.body),
            row.unique_key,
            group=row.place == GROUP,
            reach=known.get((row.place, row.account), Reach()),
            slot=partial(_slot, unit, channel, row.place, row.account, now),
        )
        for row in rows
    ]


def _slot(
    unit: Unit, channel: Channel, place: str, account: str, now: datetime
) -> ReplySlot | None:
    """Set one passive reply aside where there are such replies and one is left."""
    window = channel.capabilities.reply_windows.get(place)
    if window is None:
        return None
    return Reachability(unit).reserve(
        channel.name, place, account, now, window.within, window.count
    )
