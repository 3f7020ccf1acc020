"""The addresses of the bot: callbacks of the channels, health and readiness."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

# WeCom's envelopes are small; uploads of the console get their own limit where they are read.
BODY_BYTES = 512 * 1024

Check = Callable[[], Awaitable[dict[str, str]]]


def make_web(routes: Iterable[web.RouteDef], ready: Check, noted: Check) -> web.Application:
    """The web application of one process. `ready` names what is not ready, if anything.

    `noted`: what the operator should know although messages are answered.
    """
    app = web.Application(client_max_size=BODY_BYTES)

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

    app.add_routes([web.get("/healthz", health), web.get("/readyz", readiness), *routes])
    return app
