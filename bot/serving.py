"""How the process listens: connections that end in time, a number of them that ends, a stop too.

aiohttp by itself waits for a first request for as long as it is told to keep idle connections,
for a body for ever, and at a stop a minute for whoever is in the middle of one. Here a client
that owes us bytes has READ_SECONDS for a request's head and as long again for its body (guard.py),
and where all places are taken the one that has owed for longest goes: whoever only holds
connections keeps nobody out, and needs no counting by address, which behind a proxy is one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections import OrderedDict
from contextlib import suppress
from typing import Any, cast

from aiohttp import web

logger = logging.getLogger("shixun.web")

READ_SECONDS = 10.0
# between two requests: longer than what proxies keep towards us (nginx: 60 s), so that it is
# they who hang up and no request is lost on its way
KEPT_SECONDS = 75.0
# what is still being sent by somebody who was answered already, e.g. that it is too much
LINGER_SECONDS = 2.0
MOST_CONNECTIONS = 512
# of the process's files: for the database, the platforms and the log
_RESERVED_FILES = 96
_BACKLOG = 256
# a stop, all in all: requests that are being answered, then what goes on beside them
_ANSWERING = 3.0
STOP_WITHIN = 20.0

# for web.Application(handler_args=…): what holds whoever runs the application. Nobody who may
# speak here compresses; unpacking is left to those who know how much may come out.
HANDLING = {
    "keepalive_timeout": KEPT_SECONDS,
    "lingering_time": LINGER_SECONDS,
    "auto_decompress": False,
    "access_log": None,
}


class Places:
    """The connections of one process; those that owe us bytes, the oldest first."""

    def __init__(self, most: int = MOST_CONNECTIONS) -> None:
        self._most = most
        self._all: set[Connection] = set()
        self._owing: OrderedDict[Connection, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._all)

    def came(self, connection: Connection) -> None:
        """One more; at the limit somebody must go, or this one."""
        self._all.add(connection)
        self._owing[connection] = None
        if len(self._all) > self._most:
            logger.warning("connection sent away", extra={"reason": "too many"})
            next(iter(self._owing)).hang_up()

    def heard(self, connection: Connection) -> None:
        """Its request is whole: it waits for us."""
        self._owing.pop(connection, None)

    def owes(self, connection: Connection) -> bool:
        """We wait for it."""
        return connection in self._owing

    def answered(self, connection: Connection) -> None:
        """It may say more, or stay silent."""
        if connection in self._all:
            self._owing[connection] = None
            self._owing.move_to_end(connection)

    def gone(self, connection: Connection) -> None:
        """It is closed, or will be before anything else happens."""
        self._all.discard(connection)
        self._owing.pop(connection, None)


class Connection(web.RequestHandler):
    """One connection. `arrived`, `heard` and `answered` are told by guard.py."""

    def __init__(self, places: Places, server: web.Server, **handling: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **handling)
        self._places = places
        self._head: asyncio.TimerHandle | None = None
        self._open: asyncio.Transport | None = None
        self._in_request = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A place is taken; the first request has its time from here."""
        self._open = cast(asyncio.Transport, transport)
        super().connection_made(transport)
        self._begin_head()
        self._places.came(self)

    def data_received(self, data: bytes) -> None:
        """Of the next request's head, the first byte starts its time."""
        if self._head is None and not self._in_request:
            self._begin_head()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The place is free."""
        self._end_head()
        self._places.gone(self)
        self._open = None
        super().connection_lost(exc)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - aiohttp's
        """At a stop nobody is waited for who has not said all."""
        if self._places.owes(self):
            self.hang_up()
        await super().shutdown(timeout)

    def hang_up(self) -> None:
        """At once, whatever is under way."""
        self._places.gone(self)
        if self._open is not None:
            self._open.abort()

    def arrived(self) -> None:
        """The head of a request is whole."""
        self._in_request = True
        self._end_head()

    def heard(self) -> None:
        """All of a request is here."""
        self._places.heard(self)

    def answered(self) -> None:
        """The next may come."""
        self._in_request = False
        self._places.answered(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP: a bare status and a line. The stock answer quotes what was sent."""
        name = type(exc).__name__ if exc is not None else ""
        logger.warning("request refused", extra={"reason": name, "status": status})
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun")
        answer = web.Response(status=status)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """What escaped everybody; with the frames, without what was said."""
        logger.error("connection failed", exc_info=kw.get("exc_info", True))

    def _begin_head(self) -> None:
        loop = asyncio.get_running_loop()
        self._head = loop.call_later(READ_SECONDS, self._late)

    def _end_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _late(self) -> None:
        self._head = None
        self.hang_up()


class Listening:
    """A web application at an address, from `open` to `close`."""

    def __init__(self, app: web.Application, *, places: Places | None = None) -> None:
        self._runner = web.AppRunner(app, shutdown_timeout=_ANSWERING)
        self._places = places or Places(_most_connections())
        self._server: asyncio.Server | None = None

    async def open(
        self,
        host: str | None = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
    ) -> None:
        """Start the application, then listen. Raises OSError, and what the application raises."""
        try:
            await self._runner.setup()
            made = self._runner.server
            assert made is not None
            loop = asyncio.get_running_loop()

            def take() -> Connection:
                return Connection(self._places, made, **HANDLING)

            if sock is not None:
                self._server = await loop.create_server(take, sock=sock, backlog=_BACKLOG)
            else:
                self._server = await loop.create_server(take, host, port or 0, backlog=_BACKLOG)
        except BaseException:
            await self._runner.cleanup()
            raise

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def close(self) -> None:
        """Take nobody new, answer who is heard, stop the application."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()


def run(app: web.Application, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl+C, and be gone STOP_WITHIN seconds after it, whatever hangs."""
    asyncio.run(_serve(app, host, port))


async def _serve(app: web.Application, host: str, port: int) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, asked.set)
    listening = Listening(app)
    await listening.open(host, port)
    leaving: threading.Timer | None = None
    try:
        await asked.wait()
        logger.info("stopping")
    finally:
        leaving = threading.Timer(STOP_WITHIN - 1, _leave)
        leaving.daemon = True
        leaving.start()
        await listening.close()
        leaving.cancel()


def _leave() -> None:
    """Something holds the loop or a thread: what was acknowledged is kept, and done next time."""
    logger.critical("stopped with work unfinished", extra={"seconds": STOP_WITHIN})
    os._exit(1)


def _most_connections() -> int:
    """As many as the process may have open, less what else it needs."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(16, min(MOST_CONNECTIONS, soft - _RESERVED_FILES))
