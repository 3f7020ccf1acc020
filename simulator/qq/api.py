"""The HTTP side of the platform: tokens, the OpenAPI, the gateway's address, attachments.

Reads requests, counts and logs them, applies faults; each rule is in the module that it calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from simulator.common.calls import CallLog
from simulator.common.rates import MB, Rate
from simulator.common.requests import cut, read_raw
from simulator.common.values import JsonObject, parse_object, whole
from simulator.qq import sending, targets, tokens
from simulator.qq.errors import OK, ApiError
from simulator.qq.gateway import Gateway
from simulator.qq.platform import Platform, made_up
from simulator.qq.pressing import Pressing
from simulator.qq.records import Bot, Scene
from simulator.qq.sending import Accepted, Desk
from simulator.qq.targets import Target

Work = Callable[[web.Request], Awaitable[Accepted]]
_OK = 200
_MOST_BODY = 140 * MB  # the largest file in base64
_SCENES = (("users", Scene.USER), ("groups", Scene.GROUP))


class Api:
    """The routes of one platform; `add_routes` mounts them."""

    def __init__(
        self,
        platform: Platform,
        calls: CallLog,
        desk: Desk,
        pressing: Pressing,
        gateway: Gateway,
    ) -> None:
        self._platform = platform
        self._calls = calls
        self._desk = desk
        self._pressing = pressing
        self._gateway = gateway
        self._stopping = asyncio.Event()

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Mounts everything below `prefix`; `/bots` stands for the old host of the tokens (A1)."""
        base = prefix.rstrip("/")
        for host in ("", "/bots"):
            path = f"{base}{host}/app/getAppAccessToken"
            self._route(app, "POST", path, "getAppAccessToken", self._token)
        self._route(app, "GET", f"{base}/gateway", "gateway", self._gateway_url)
        self._route(app, "GET", f"{base}/gateway/bot", "gateway/bot", self._gateway_bot)
        for name, scene in _SCENES:
            chat = f"{base}/v2/{name}/{{openid}}"
            self._route(app, "POST", f"{chat}/messages", f"{name}/messages", self._send(scene))
            self._route(app, "POST", f"{chat}/files", f"{name}/files", self._upload(scene))
            path = f"{chat}/messages/{{message_id}}"
            self._route(app, "DELETE", path, f"{name}/recall", self._recall(scene))
        group = f"{base}/v2/groups/{{openid}}"
        self._route(app, "GET", f"{group}/bot_state", "groups/bot_state", self._bot_state)
        self._route(app, "GET", f"{group}/info", "groups/info", self._group_info)
        self._route(app, "PUT", f"{base}/interactions/{{id}}", "interactions", self._acknowledge)
        app.router.add_get(f"{base}/download/{{id}}", self._download)
        app.router.add_get(f"{base}/websocket/", self._gateway.handle)
        app.router.add_get(f"{base}/websocket", self._gateway.handle)
        app.on_shutdown.append(self._stop)

    # -- the way every call goes ---------------------------------------------------------------

    def _route(self, app: web.Application, method: str, path: str, name: str, work: Work) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, name, work)

        app.router.add_route(method, path, handle)

    async def _answer(self, request: web.Request, name: str, work: Work) -> web.StreamResponse:
        faults, trace = self._platform.faults, made_up()
        self._calls.start(name)
        code, stalled = OK, faults.stalled(name)
        try:
            if faults.latency:
                await asyncio.sleep(faults.latency)
            if stalled and not faults.stall_done:
                await self._stall()
            faults.strike(name)
            accepted = await work(request)
            code = whole(accepted.body, "code") if accepted.status != _OK else OK
            answer = _json(accepted.status, accepted.body, trace)
        except ApiError as error:
            code = error.code
            answer = _refusal(error, name, trace)
        finally:
            self._calls.end(name, code, self._platform.now())
        if faults.drops(name):
            return cut(request)
        if stalled:
            await self._stall()
        answer.headers["Date"] = self._platform.clock.http_date()
        return answer

    async def _stop(self, _app: web.Application) -> None:
        """Lets the server stop: ends what was left hanging and every connection."""
        self._stopping.set()
        await self._gateway.close()

    async def _stall(self) -> None:
        """A half-open connection: whoever called waits until they have had enough."""
        await self._stopping.wait()
        raise web.HTTPServiceUnavailable

    def _bot(self, request: web.Request, name: str, rates: tuple[Rate, ...]) -> Bot:
        """Whose call it is; its rate is counted per bot (A10)."""
        headers = request.headers
        bot = tokens.check(
            self._platform,
            headers.get("Authorization", ""),
            headers.get("X-Union-Appid", ""),
            request.remote or "",
        )
        if not self._platform.take(f"api:{name}:{bot.appid}", rates):
            raise ApiError(20028, retry_after=1)
        return bot

    def _target(self, request: web.Request, bot: Bot, scene: Scene) -> Target:
        openid = request.match_info["openid"]
        if scene is Scene.USER:
            return targets.user_target(self._platform, bot, openid)
        return targets.group_target(self._platform, bot, openid)

    # -- the calls -----------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> Accepted:
        return Accepted(200, tokens.issue(self._platform, await _body(request)))

    async def _gateway_url(self, request: web.Request) -> Accepted:
        self._look_up_gateway(request)
        return Accepted(200, {"url": self._gateway.url})

    async def _gateway_bot(self, request: web.Request) -> Accepted:
        bot = self._look_up_gateway(request)
        return Accepted(200, self._gateway.offer(bot))

    def _look_up_gateway(self, request: web.Request) -> Bot:
        bot = self._bot(request, "gateway", ())
        if not self._platform.pour(f"gateway:{bot.appid}", self._platform.limits.gateway_calls):
            raise ApiError(20028, retry_after=30)
        return bot

    def _send(self, scene: Scene) -> Work:
        async def work(request: web.Request) -> Accepted:
            bot = self._bot(request, f"messages:{scene}", self._platform.limits.messages)
            body = await _body(request)
            return self._desk.send(self._target(request, bot, scene), body)

        return work

    def _upload(self, scene: Scene) -> Work:
        async def work(request: web.Request) -> Accepted:
            bot = self._bot(request, f"files:{scene}", self._platform.limits.files)
            body = await _body(request)
            return self._desk.upload(self._target(request, bot, scene), body)

        return work

    def _recall(self, scene: Scene) -> Work:
        async def work(request: web.Request) -> Accepted:
            bot = self._bot(request, f"recall:{scene}", self._platform.limits.recalls)
            target = self._target(request, bot, scene)
            self._desk.recall(target, request.match_info["message_id"])
            return Accepted(204, {})

        return work

    async def _bot_state(self, request: web.Request) -> Accepted:
        bot = self._bot(request, "bot_state", self._platform.limits.group_looks)
        target = self._target(request, bot, Scene.GROUP)
        return Accepted(200, sending.bot_state(self._platform, target))

    async def _group_info(self, request: web.Request) -> Accepted:
        bot = self._bot(request, "info", self._platform.limits.group_looks)
        target = self._target(request, bot, Scene.GROUP)
        return Accepted(200, sending.group_info(self._platform, target))

    async def _acknowledge(self, request: web.Request) -> Accepted:
        bot = self._bot(request, "interactions", self._platform.limits.interactions)
        body = await _body(request)
        self._pressing.acknowledge(bot, request.match_info["id"], whole(body, "code", -1))
        return Accepted(200, {})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """What an attachment's url leads to: open to whoever knows the address (A5)."""
        found = self._platform.media.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
        return web.Response(body=found.data, content_type=found.content_type, headers=headers)


async def _body(request: web.Request) -> JsonObject:
    """The JSON body; 304020 when it is too large."""
    raw = await read_raw(request, _MOST_BODY)
    if raw is None:
        raise ApiError(304020)
    body = parse_object(raw)
    if body is None:
        raise ApiError(50035, "json")
    return body


def _json(status: int, body: JsonObject, trace: str) -> web.Response:
    headers = {"X-Tps-trace-ID": trace}
    if status == web.HTTPNoContent.status_code:
        return web.Response(status=status, headers=headers)
    return web.json_response(body, status=status, headers=headers)


def _refusal(error: ApiError, name: str, trace: str) -> web.Response:
    """A token is refused with status 200 (A2), everything else with the code's status."""
    if error.bare:
        return web.Response(status=error.status, text="<html>Bad Gateway</html>")
    token = name == "getAppAccessToken" and not error.outer
    status = (
        200 if token and error.status < web.HTTPInternalServerError.status_code else error.status
    )
    answer = _json(status, error.body(trace), trace)
    if error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer
