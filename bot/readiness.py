"""What keeps this process from answering and keeping messages, each cause in the operator's words.

For /readyz, and through it for the doctor. Looks at most once in AGAIN seconds: the page may be
open to the outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic

from bot.channels.base import Channel, Dialling
from bot.clock import Clock
from bot.clock_watch import ClockWatch
from bot.workers import Workers
from storage import schema
from storage.checkup import room, write_row
from storage.database import Database
from storage.faults import Fault, fault_of
from storage.stray import Stray
from storage.unit import Unit

MEGABYTE = 1024 * 1024
LEAST_FREE = 20 * MEGABYTE  # below it the next import may be the last
AGAIN = 2.0
WITHIN = 5.0  # seconds for a write to be kept; a writer that is held longer is a cause itself
_TICKS = "定时的事停住了（{names}）：没有人发通知，也没有人收拾。请重启程序，并把日志发给开发者。"
_STRAY = (
    "有 {count} 条消息在等没有配置的渠道（{names}），永远发不出去。"
    "请在设置里配上这个渠道；不用了的，一天以后会列为没有送到。"
)


class Readiness:
    """Asked by whoever watches the process."""

    def __init__(
        self,
        database: Database,
        workers: Workers,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        understands: Callable[[], bool],
        stalled: Callable[[], tuple[str, ...]],
        clock_watch: ClockWatch,
    ) -> None:
        self._database = database
        self._workers = workers
        self._channels = channels
        self._clock = clock
        self._understands = understands
        self._stalled = stalled
        self._clock_watch = clock_watch
        self._known: tuple[float, dict[str, str]] = (-AGAIN, {})
        self._one = asyncio.Lock()

    async def problems(self) -> dict[str, str]:
        """What is not well, by subject; empty: everything is."""
        async with self._one:
            at, kept = self._known
            if monotonic() - at >= AGAIN:
                kept = await self._kept()
                self._known = monotonic(), kept
        problems = dict(kept)
        if not self._understands():
            problems["understanding"] = "语言理解正在加载"
        if still := self._stalled():
            problems["ticks"] = _TICKS.format(names="、".join(still))
        if wrong := self._clock_watch.problem():
            problems["clock"] = wrong
        for name, channel in self._channels.items():
            if isinstance(channel, Dialling) and channel.problem():
                problems[name] = channel.problem()
        return problems

    async def _kept(self) -> dict[str, str]:
        """Whether what is written is kept, and whether all that waits can leave."""
        problem = await self._database_problem()
        if problem:
            return {"database": problem}
        waiting = await self._workers.run(lambda unit: Stray(unit).queued(self._channels))
        if not waiting:
            return {}
        names = "、".join(name or "没有写渠道" for name in sorted(waiting))
        return {"outbox": _STRAY.format(count=sum(waiting.values()), names=names)}

    async def _database_problem(self) -> str:
        fault = self._workers.fault()
        if fault is not None:
            return schema.said(self._database, fault)
        now = self._clock.now()

        def look(unit: Unit) -> str | None:
            problem = schema.problem(self._database)
            if problem is None:
                write_row(unit, now)
            return problem

        try:
            problem = await asyncio.wait_for(asyncio.shield(self._looked(look)), WITHIN)
        except TimeoutError:
            return schema.said(self._database, Fault.BUSY)
        except Exception as error:
            fault = fault_of(error) or self._workers.fault()
            if fault is None:
                raise
            return schema.said(self._database, fault)
        free = room(self._database)
        if problem is None and free is not None and free < LEAST_FREE:
            return (
                f"磁盘快满了，数据库 {self._database.url.database} 所在的盘只剩 "
                f"{free // MEGABYTE} MB。{Fault.FULL.mend}"
            )
        return problem or ""

    async def _looked(self, look: Callable[[Unit], str | None]) -> str | None:
        return await self._workers.run(look)
