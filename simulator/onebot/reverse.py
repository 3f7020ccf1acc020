"""Reverse WebSocket: the implementation connects to an application, again and again (B1)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import aiohttp

from simulator.onebot.implementation import Implementation
from simulator.onebot.lines import Line, Role
from simulator.onebot.platform import Platform

_HANDSHAKE_SECONDS = 2.0  # NapCat's


@dataclass(eq=False, slots=True)
class Dial:
    """One configured address. tries: how often it was dialled · refusals: the HTTP statuses of
    refused handshakes, 0 where nobody answered · line: the living connection."""

    url: str
    token: str
    implementation: Implementation
    tries: int = 0
    refusals: list[int] = field(default_factory=list)
    line: Line | None = None
    _task: asyncio.Task[None] | None = None
    _up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connected(self) -> bool:
        return self.line is not None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Ends the connection and the dialling."""
        if self.line is not None:
            await self.line.close(1000)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def up(self, seconds: float = 5.0) -> None:
        """Waits for the connection; TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            await self._up.wait()

    async def _keep(self) -> None:
        platform = self.implementation.platform
        async with aiohttp.ClientSession() as http:
            while True:
                await self._once(http, platform)
                await asyncio.sleep(platform.retry_seconds)

    async def _once(self, http: aiohttp.ClientSession, platform: Platform) -> None:
        self.tries += 1
        try:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                socket = await http.ws_connect(
                    self.url,
                    headers=headers(platform, self.token),
                    autoping=False,
                    max_msg_size=platform.limits.most_frame,
                )
        except aiohttp.WSServerHandshakeError as error:
            self.refusals.append(error.status)
            return
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.refusals.append(0)
            return
        awake = self.implementation.awake
        self.line = Line(socket, Role.UNIVERSAL, awake, reverse=True)
        self._up.set()
        try:
            await self.implementation.attend(self.line)
        finally:
            self.line = None
            self._up.clear()
            await socket.close()


def headers(platform: Platform, token: str) -> dict[str, str]:
    """NapCat and LLBot send `Authorization: Bearer ` even without a token."""
    sent = {"X-Self-ID": str(platform.world.self_id), "X-Client-Role": Role.UNIVERSAL.value}
    sent["User-Agent"] = "OneBot/11"
    if token or platform.dialect.always_authorizes:
        sent["Authorization"] = f"Bearer {token}"
    return sent
