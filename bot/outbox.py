"""The life of a notice, from the queue to the platform.

recover what a crash left → claim what is due → freeze each call → note it → call → settle.
Every step is a unit of its own and on disk before the next (storage.outbox says why).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.channels.base import Channel, Outgoing
from bot.clock import Clock
from bot.workers import Workers
from handlers.reply_json import attachments_of, reply_from_json
from storage.outbox import Outbox
from storage.outbox_values import Batch, FrozenRequest, Outcome, Queued, Result, Unsendable
from storage.unit import Unit

logger = logging.getLogger("shixun.outbox")

# Longer than any call may take, with its uploads.
LEASE = timedelta(seconds=120)
CLAIM = 2000
CALLS_AT_ONCE = 8
REPEAT_AFTER = timedelta(seconds=20)


class Postman:
    """Empties the outbox. `owner` names this run of this process."""

    def __init__(
        self, workers: Workers, channels: Mapping[str, Channel], clock: Clock, owner: str
    ) -> None:
        self._workers = workers
        self._channels = channels
        self._clock = clock
        self._owner = owner
        self._paused: dict[str, datetime] = {}
        self._rounds = {name: asyncio.Lock() for name in channels}
        self._tasks: set[asyncio.Task[None]] = set()
        self._again = False

    def kick(self) -> None:
        """Something was queued: go at once instead of at the next tick."""
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
                if channel.capabilities.push
            )
        )

    async def quiet(self) -> None:
        """Wait for the rounds that were kicked."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _safely(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await self.run_due()
        except Exception:
            logger.exception("outbox round failed")

    async def _round(self, channel: Channel) -> None:
        async with self._rounds[channel.name]:
            for batch in await self._recover(channel):
                await self._make(channel, batch)
            while not self._is_paused(channel):
                batches = await self._freeze(channel)
                if not batches:
                    return
                gate = asyncio.Semaphore(CALLS_AT_ONCE)

                async def one(batch: Batch, gate: asyncio.Semaphore = gate) -> None:
                    async with gate:
                        await self._make(channel, batch)

                # a person's earlier message must not arrive after the later one
                await asyncio.gather(*(one(batch) for batch in batches))

    def _is_paused(self, channel: Channel) -> bool:
        until = self._paused.get(channel.name)
        return until is not None and self._clock.now() < until

    async def _recover(self, channel: Channel) -> tuple[Batch, ...]:
        now = self._clock.now()
        return await self._workers.run(
            lambda unit: Outbox(unit).recover(
                channel.name, self._owner, now, lease=LEASE, repeat_within=channel.repeat_within
            )
        )

    async def _freeze(self, channel: Channel) -> tuple[Batch, ...]:
        now = self._clock.now()

        def freeze(unit: Unit) -> tuple[Batch, ...]:
            return Outbox(unit).freeze(
                channel.name,
                self._owner,
                now,
                lease=LEASE,
                limit=CLAIM,
                group=_grouping(unit, channel),
            )

        return await self._workers.run(freeze)

    async def _make(self, channel: Channel, batch: Batch) -> None:
        """One call, noted before and settled after."""
        now = self._clock.now()
        go = await self._workers.run(lambda unit: Outbox(unit).called(batch.id, self._owner, now))
        if not go:
            return
        ids = tuple(each.id for each in batch.deliveries)
        outcome = await channel.call(batch.request, ids)
        after = self._clock.now()
        if outcome.pause:
            self._paused[channel.name] = after + timedelta(seconds=outcome.pause)
        if not outcome.answered and channel.repeat_within is not None:
            logger.warning("call without an answer", extra={"batch": batch.id})
            await self._workers.run(
                lambda unit: Outbox(unit).repeat_later(batch.id, self._owner, after + REPEAT_AFTER)
            )
            return
        outcomes = outcome.outcomes or tuple(
            Outcome(each, Result.UNKNOWN, "no answer") for each in ids
        )
        await self._workers.run(
            lambda unit: Outbox(unit).settle(
                batch.id, self._owner, outcomes, after, outcome.platform_id
            )
        )
        logger.info("call settled", extra={"batch": batch.id, "count": len(ids)})


def _grouping(
    unit: Unit, channel: Channel
) -> Callable[[Sequence[Queued]], Sequence[FrozenRequest | Unsendable]]:
    """Turn due rows into the channel's calls."""

    def group(rows: Sequence[Queued]) -> Sequence[FrozenRequest | Unsendable]:
        return channel.requests(
            [
                Outgoing(
                    row.id,
                    row.account,
                    reply_from_json(unit, row.body),
                    attachments_of(row.body),
                    row.unique_key,
                )
                for row in rows
            ]
        )

    return group
