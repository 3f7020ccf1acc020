"""The access token of a WeCom app: fetched by one, used by all senders of all processes.

In memory, and where several processes run in the value of a lease, which only its holder writes.
What the platform refused is kept there too: asking again at once could ban our address
(wecom.md 2.1). Knows no call but gettoken.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.leases import Leasing

logger = logging.getLogger("shixun.wecom")

REFRESH_EARLY = timedelta(minutes=5)
# A refused gettoken is not repeated for so long: for what an operator must put right, and for
# what may pass by itself.
FOR_OPERATOR, FOR_NOW = timedelta(minutes=10), timedelta(seconds=5)
OPERATOR_CODES = frozenset({40001, 40013, 41002, 41004, 48002, 50003, 60020})
# How long gettoken may take, and how long others wait for the one who fetches: a process that was
# killed over it must not keep its successor silent for longer than people wait.
GETTOKEN, FETCHING = timedelta(seconds=5), timedelta(seconds=8)
_LOOK_AGAIN = 0.05
_NAME = "wecom-token:"


class WeComError(Exception):
    """The platform refused: errcode and errmsg of its answer; -1 where it gave none."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Token:
    """A token, or why there is none (`refused`), until `until`. `serial` grows with each fetch.

    `ours`: this process fetched it. One that another process left there may be dead too.
    """

    value: str = field(repr=False)
    until: datetime
    serial: int
    refused: int = 0
    ours: bool = False

    def to_json(self) -> str:
        """For the lease."""
        kept = {"value": self.value, "until": self.until.isoformat()}
        return json.dumps({**kept, "serial": self.serial, "refused": self.refused})

    @classmethod
    def from_json(cls, text: str) -> Token | None:
        """Read `to_json` back; None for anything else."""
        try:
            kept = json.loads(text)
            return cls(**{**kept, "until": datetime.fromisoformat(kept["until"])})
        except (ValueError, TypeError, KeyError):
            return None


# gettoken's answer; raises WeComError
Fetch = Callable[[], Awaitable[tuple[str, timedelta]]]


class Tokens:
    """The token of one app."""

    def __init__(
        self, corp_id: str, secret: str, fetch: Fetch, clock: Clock, leasing: Leasing | None
    ) -> None:
        # another secret is another token; the name gives nothing away
        digest = hashlib.sha256(f"{corp_id}\n{secret}".encode()).hexdigest()
        self.name = _NAME + digest[:40]
        self._fetch = fetch
        self._clock = clock
        self._leasing = leasing
        self._known: Token | None = None
        self._one = asyncio.Lock()

    @property
    def value(self) -> str:
        """The last one that was used here, or nothing."""
        return self._known.value if self._known is not None else ""

    async def get(self, stale: Token | None = None) -> Token:
        """A token that should work; `stale` did not. Raises WeComError."""
        async with self._one:
            known = self._known
            if known is None or not self._usable(known, stale):
                if self._leasing is None:
                    known = await self._fetched(known)
                else:
                    known = await self._shared(self._leasing, stale)
                self._known = known
        # also one that was refused before: nothing is called without a token
        if known.refused:
            raise WeComError(known.refused, "gettoken was refused")
        return known

    def _usable(self, known: Token | None, stale: Token | None) -> bool:
        """Also a refusal that still counts, which answers everybody who asks meanwhile."""
        if known is None or (stale is not None and known.serial <= stale.serial):
            return False
        early = timedelta(0) if known.refused else REFRESH_EARLY
        return self._clock.now() < known.until - early

    async def _shared(self, leasing: Leasing, stale: Token | None) -> Token:
        """What another process fetched, or our own for all of them."""
        loop = asyncio.get_running_loop()
        until = loop.time() + FETCHING.total_seconds()
        while loop.time() < until:
            seen = await leasing.look(self.name)
            known = Token.from_json(seen.value) if seen is not None else None
            if known is not None and self._usable(known, stale):
                return known
            lease = await leasing.take(self.name, FETCHING)
            if lease is not None:
                return await self._renewed(leasing, Token.from_json(lease.value), stale)
            await asyncio.sleep(_LOOK_AGAIN)
        raise WeComError(-1, "another process fetches the token")

    async def _renewed(self, leasing: Leasing, known: Token | None, stale: Token | None) -> Token:
        """With the lease in hand: nobody else fetches now, but one may just have done."""
        try:
            if known is not None and self._usable(known, stale):
                return known
            fresh = await self._fetched(max((known, stale), key=_serial))
            await leasing.put(self.name, fresh.to_json())
            return fresh
        finally:
            await leasing.release(self.name)

    async def _fetched(self, before: Token | None) -> Token:
        now, serial = self._clock.now(), _serial(before) + 1
        try:
            value, life = await self._fetch()
        except WeComError as error:
            logger.warning("gettoken refused", extra={"errcode": error.code})
            pause = FOR_OPERATOR if error.code in OPERATOR_CODES else FOR_NOW
            return Token("", now + pause, serial, refused=error.code)
        return Token(value, now + life, serial, ours=True)


def _serial(token: Token | None) -> int:
    return token.serial if token is not None else 0
