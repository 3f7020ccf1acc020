"""The addresses of the bot: callbacks of the channels, health and readiness."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bot.guard import both_ways, watched
from bot.serving import HANDLING

# of what is not ours: the fakes of a demo. Our own addresses have less (bot/guard.py).
BODY_BYTES = 512 * 1024

Check = Callable[[], Awaitable[dict[str, str]]]


def make_web(routes: Iterable[web.RouteDef], ready: Check, noted: Check) -> web.Application:
    """The web application of one process. `ready` names what is not ready, if anything.

    `noted`: what the operator should know although messages are answered.
    """

    async def health(_request: web.Request) -> web.Response:
        """The process answers; says nothing of what it depends on."""
        return web.json_response({"status": "ok"})

    async def readiness(_request: web.Request) -> web.Response:
        """Whether messages can be answered now: database, understanding, connections."""
        problems = await ready()
        status = "ready" if not problems else "not ready"
        # a database that is not ours may hold no notes
        notes = {} if "database" in problems else await noted()
        return web.json_response(
            {"status": status, "problems": problems, "notes": notes},
            status=200 if not problems else 503,
        )

    ours = [web.get("/healthz", health), web.get("/readyz", readiness), *routes]
    app = web.Application(
        client_max_size=BODY_BYTES,
        handler_args=HANDLING,
        middlewares=[watched({route.path for route in ours})],
    )
    for route in ours:
        app.add_routes(both_ways(route))
    return app
