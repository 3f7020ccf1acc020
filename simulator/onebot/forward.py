"""Forward WebSocket: applications connect to `/`, `/api` and `/event` (protocol page B1)."""

from __future__ import annotations

import hmac

from aiohttp import web

from simulator.common.files import disposition
from simulator.onebot.errors import BAD_TOKEN, TOKEN_REFUSED
from simulator.onebot.implementation import Implementation
from simulator.onebot.lines import Line, Role

_ROLES = {"": Role.UNIVERSAL, "api": Role.API, "event": Role.EVENT}
_BEARER = "Bearer "


class Forward:
    """The routes of one implementation."""

    def __init__(self, implementation: Implementation) -> None:
        self._implementation = implementation
        self._platform = implementation.platform

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Below `prefix`, any path of one name but `media/…`, where pictures and files are."""
        if prefix:
            app.router.add_get(prefix, self._connect)
        app.router.add_get(prefix + "/{place:[^/]*}", self._connect)
        app.router.add_get(prefix + "/media/{id}", self._media)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        faults, dialect = self._platform.faults, self._platform.dialect
        if faults.take("socket_refusals"):
            return web.Response(status=503)
        role = _ROLES.get(request.match_info.get("place", ""))
        if role is None:
            if dialect.other_paths == "found":
                return web.Response(status=404)
            role = Role.UNIVERSAL if dialect.other_paths == "like_root" else Role.SILENT
        refusal = self._refusal(request)
        if refusal and not dialect.refuses_in_frame:
            return web.Response(status=refusal)
        most = self._platform.limits.most_frame
        socket = web.WebSocketResponse(autoping=False, max_msg_size=most)
        await socket.prepare(request)
        if refusal:
            await socket.send_json(self._implementation.refusal(BAD_TOKEN, TOKEN_REFUSED))
            await socket.close()
            return socket
        await self._implementation.attend(Line(socket, role, self._implementation.awake))
        return socket

    def _refusal(self, request: web.Request) -> int:
        """0 for a good token, 401 for none and 403 for a wrong one."""
        wanted = self._platform.token
        if not wanted:
            return 0
        given = self._token(request)
        if not given:
            return 401
        return 0 if hmac.compare_digest(given.encode(), wanted.encode()) else 403

    def _token(self, request: web.Request) -> str:
        dialect = self._platform.dialect
        query = request.query.get("access_token", "")
        header = request.headers.get("Authorization", "")
        if header.startswith(_BEARER):
            header = header.removeprefix(_BEARER)
        elif not dialect.bare_header:
            header = ""
        return (query or header) if dialect.query_wins else (header or query)

    async def _media(self, request: web.Request) -> web.Response:
        media = self._platform.world.media.get(request.match_info["id"].partition(".")[0])
        if media is None:
            raise web.HTTPNotFound(text="文件已失效")
        headers = {"Content-Disposition": disposition(media.name, inline=False)}
        return web.Response(body=media.data, content_type=media.content_type, headers=headers)
