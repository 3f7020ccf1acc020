"""What every fake platform stands on, and the handles of it that every fake has. Knows no rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Generic, Self, TypeVar

from simulator.clock import SimClock

LimitsT = TypeVar("LimitsT")
FaultsT = TypeVar("FaultsT")


@dataclass(slots=True)
class Foundation(Generic[LimitsT, FaultsT]):
    """`base_url` is where the fake is mounted, without a slash at its end."""

    clock: SimClock
    limits: LimitsT
    faults: FaultsT
    base_url: str

    def now(self) -> datetime:
        return self.clock.now()

    def stamp(self) -> int:
        """The time as most messages and events write it, whole seconds."""
        return int(self.now().timestamp())


class Fake(ABC, Generic[LimitsT, FaultsT]):
    """An async context manager that closes what the fake has opened."""

    platform: Foundation[LimitsT, FaultsT]

    @property
    def clock(self) -> SimClock:
        return self.platform.clock

    @property
    def faults(self) -> FaultsT:
        return self.platform.faults

    @property
    def limits(self) -> LimitsT:
        return self.platform.limits

    @limits.setter
    def limits(self, limits: LimitsT) -> None:
        self.platform.limits = limits

    @property
    def base_url(self) -> str:
        return self.platform.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.platform.base_url = url.rstrip("/")

    @abstractmethod
    async def close(self) -> None:
        """Ends every connection and every task."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
