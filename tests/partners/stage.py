"""Starts the partners, each by the interpreter of its own environment, and listens to them."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from simulator.common.values import JsonObject, rows, text
from tests.partners.environments import HERE, python
from tests.simulator.onebot_scene import PNG

PICTURE = "base64://" + base64.b64encode(PNG).decode()
_PATIENCE = 15.0


@dataclass
class Partner:
    """A running application; `heard` gives its lines one by one."""

    process: asyncio.subprocess.Process
    port: int

    async def heard(self, kind: str) -> JsonObject:
        """The next line of this kind; those of other kinds before it are skipped."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            while True:
                line = await self.process.stdout.readline()
                assert line, "the application has ended"
                try:
                    told = json.loads(line)
                except ValueError:
                    continue  # a line of its web server
                if isinstance(told, dict) and text(told, "kind") == kind:
                    return told


@dataclass
class Mock(Partner):
    """The mock server of ncatbot5 at `url`, with its standard data: the bot 123456789, friends
    100001 to 100003, groups 200001 (the bot is owner), 200002 (admin) and 200003 (member)."""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    async def group(self, group_id: int, user_id: int, message: str | list[JsonObject]) -> None:
        """Somebody speaks in a group."""
        await self._do(
            {"do": "group", "group_id": group_id, "user_id": user_id, "message": message}
        )

    async def private(self, user_id: int, message: str | list[JsonObject]) -> None:
        await self._do({"do": "private", "user_id": user_id, "message": message})

    async def event(self, event: JsonObject) -> None:
        """Any event as it is."""
        await self._do({"do": "event", "event": event})

    async def respond(self, action: str, response: JsonObject) -> None:
        """What every later call of an action is answered."""
        await self._do({"do": "respond", "action": action, "response": response})

    async def calls(self, action: str) -> list[JsonObject]:
        """The params of every call of an action so far."""
        return rows(await self._do({"do": "calls", "action": action}), "data")

    async def _do(self, order: JsonObject) -> JsonObject:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self.heard("done")


@asynccontextmanager
async def partner(name: str, *more: str, token: str) -> AsyncIterator[Partner]:
    """Starts the application app_NAME.py and ends it; waits until its port answers."""
    port = _free_port()
    async with _started(name, port, token, PICTURE, *more) as process:
        yield Partner(process, port)


@asynccontextmanager
async def mock() -> AsyncIterator[Mock]:
    """Starts the mock server of ncatbot5 and ends it."""
    port = _free_port()
    async with _started("ncatbot", port) as process:
        yield Mock(process, port)


@asynccontextmanager
async def _started(name: str, port: int, *more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        python(name),
        HERE / f"app_{name}.py",
        str(port),
        *more,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1024 * 1024,
        # some write their logs where they stand
        cwd=python(name).parent,
    )
    try:
        await _listens(port)
        yield process
    finally:
        if process.returncode is None:
            process.kill()  # they have nothing to save, and would wait for their connections
        await process.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
