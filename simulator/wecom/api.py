"""The HTTP side of the server API: /cgi-bin/… as a bot calls it (protocol page 2 and 3).

Reads requests, counts and logs them, applies faults; each rule is in the module that it calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator.common.calls import CallLog
from simulator.common.files import disposition
from simulator.common.requests import cut
from simulator.common.values import JsonObject
from simulator.wecom import chats, directory, media, sending, tokens
from simulator.wecom.aibot import AiBots
from simulator.wecom.errors import MESSAGES, OK, ApiError
from simulator.wecom.platform import Platform
from simulator.wecom.requests import read_body, read_part
from simulator.wecom.state import App, Corp, Media, Robot

Answer = JsonObject | web.Response
Work = Callable[[web.Request], Awaitable[Answer]]
AppWork = Callable[[Corp, App, JsonObject], JsonObject]
_DROPPED = web.RequestKey("dropped", int)
AppQuery = Callable[[Corp, App, web.Request], JsonObject]


class Api:
    """The routes of one platform; `add_routes` mounts them."""

    def __init__(self, platform: Platform, calls: CallLog, aibots: AiBots) -> None:
        self._platform = platform
        self._calls = calls
        self._aibots = aibots
        self._stopping = asyncio.Event()

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Mounts everything below `prefix` + "/cgi-bin/"."""
        base = prefix.rstrip("/") + "/cgi-bin/"
        for path, work in self._posts().items():
            self._route(app, "POST", base, path, self._posted(path, work))
        for path, query in self._gets().items():
            self._route(app, "GET", base, path, self._queried(path, query))
        self._route(app, "GET", base, "gettoken", self._gettoken)
        self._route(app, "POST", base, "menu/create", self._menu_create)
        self._route(app, "POST", base, "media/upload", self._upload)
        self._route(app, "POST", base, "media/uploadimg", self._upload_picture)
        self._route(app, "GET", base, "media/get", self._download)
        self._route(app, "POST", base, "webhook/send", self._robot_send)
        self._route(app, "POST", base, "webhook/upload_media", self._robot_upload)
        self._route(app, "POST", base, "aibot/response", self._response_url)
        app.router.add_get(prefix.rstrip("/") + "/aibot/media/{id}", self._aibot_media)
        app.router.add_get(prefix.rstrip("/") + "/aibot/ws", self._aibots.gateway.handle)
        app.on_shutdown.append(self._stop)
        app.router.add_get(prefix.rstrip("/") + "/picture/{id}", self._picture)

    def _posts(self) -> dict[str, AppWork]:
        """Calls with an access token and a JSON body."""
        platform = self._platform
        return {
            "message/send": lambda c, a, b: sending.send(platform, c, a, b),
            "message/update_template_card": lambda c, a, b: sending.update_card(platform, c, a, b),
            "message/recall": lambda c, a, b: sending.recall(platform, c, a, b),
            "appchat/create": lambda c, a, b: chats.create(platform, c, a, b),
            "appchat/update": lambda c, a, b: chats.update(platform, c, a, b),
            "appchat/send": lambda c, a, b: chats.send(platform, c, a, b),
            "batch/openuserid_to_userid": lambda c, a, b: directory.convert_open_ids(
                platform, c, a, b
            ),
        }

    def _gets(self) -> dict[str, AppQuery]:
        """Calls with an access token and a query."""
        platform = self._platform
        return {
            "user/get": lambda c, a, r: directory.get_user(c, a, r.query.get("userid", "")),
            "user/simplelist": lambda c, a, r: directory.members_of(
                c, a, r.query.get("department_id", "")
            ),
            "department/simplelist": lambda c, _, r: directory.departments(
                c, r.query.get("id", "")
            ),
            "tag/list": lambda c, _a, _r: directory.tags(c),
            "tag/get": lambda c, a, r: directory.tag(c, a, r.query.get("tagid", "")),
            "appchat/get": lambda c, a, r: chats.describe(c, a, r.query.get("chatid", "")),
            "agent/get": lambda c, a, r: directory.get_agent(c, _menu_app(a, r)),
            "auth/getuserinfo": lambda c, a, r: directory.redeem_login_code(
                platform, c, a, r.query.get("code", "")
            ),
            "getcallbackip": lambda _c, _a, _r: {"ip_list": ["127.0.0.1"]},
            "get_api_domain_ip": lambda _c, _a, _r: {"ip_list": ["127.0.0.1"]},
            "menu/get": lambda _, a, r: directory.get_menu(_menu_app(a, r)),
            "menu/delete": lambda _, a, r: directory.delete_menu(_menu_app(a, r)),
        }

    # -- the way every call goes -----------------------------------------------------------

    def _route(self, app: web.Application, method: str, base: str, path: str, work: Work) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, path, work)

        app.router.add_route(method, base + path, handle)

    async def _answer(self, request: web.Request, path: str, work: Work) -> web.StreamResponse:
        faults = self._platform.faults
        self._calls.start(path)
        code, stalled = OK, faults.stalled(path)
        try:
            if faults.latency:
                await asyncio.sleep(faults.latency)
            self._count_address(request)
            if stalled and not faults.stall_done:
                await self._stall()
            faults.strike(path)
            answer = await work(request)
        except ApiError as error:
            code = error.code
            answer = {"errcode": error.code, "errmsg": error.message}
        finally:
            dropped = request.get(_DROPPED, 0)
            self._calls.end(path, code, self._platform.now(), dropped)
        if faults.drops(path):
            return cut(request)
        if stalled:
            await self._stall()
        if not isinstance(answer, web.Response):
            answer = web.json_response({"errcode": OK, "errmsg": MESSAGES[OK], **answer})
        answer.headers["Date"] = self._platform.clock.http_date()
        return answer

    async def _stop(self, _app: web.Application) -> None:
        """Lets the server stop: ends what was left hanging and every long connection."""
        self._stopping.set()
        await self._aibots.gateway.close()

    async def _stall(self) -> None:
        """A half-open connection: whoever called waits until they have had enough."""
        await self._stopping.wait()
        raise web.HTTPServiceUnavailable

    def _posted(self, path: str, work: AppWork) -> Work:
        async def handle(request: web.Request) -> Answer:
            body = await read_body(request)
            corp, app = self._who(request, path)
            before = len(self._platform.drops)
            answer = work(corp, app, body)
            request[_DROPPED] = len(self._platform.drops) - before
            return answer

        return handle

    def _queried(self, path: str, work: AppQuery) -> Work:
        async def handle(request: web.Request) -> Answer:
            corp, app = self._who(request, path)
            return work(corp, app, request)

        return handle

    def _count_address(self, request: web.Request) -> None:
        rates, now = self._platform.limits.each_ip, self._platform.now()
        if not self._platform.counters.take(f"ip:{request.remote}", rates, now):
            raise ApiError(45009, "from ip")

    def _who(self, request: web.Request, path: str) -> tuple[Corp, App]:
        token = request.query.get("access_token", "")
        corp, app = tokens.check(self._platform, token, request.remote or "")
        rates = self._platform.limits.each_api
        # message/send has a quota of its own and is not counted here (5.1).
        if path != "message/send" and not corp.counters.take(
            f"api:{path}", rates, self._platform.now()
        ):
            raise ApiError(45009)
        return corp, app

    # -- calls with a shape of their own ----------------------------------------------------

    async def _gettoken(self, request: web.Request) -> Answer:
        corp_id, secret = request.query.get("corpid", ""), request.query.get("corpsecret", "")
        debug = request.query.get("debug") == "1"
        tokens.check_rates(self._platform, corp_id, secret, debug=debug)
        return tokens.issue(self._platform, corp_id, secret, request.remote or "")

    async def _menu_create(self, request: web.Request) -> Answer:
        body = await read_body(request)
        _, app = self._who(request, "menu/create")
        return directory.create_menu(_menu_app(app, request), body)

    async def _upload(self, request: web.Request) -> Answer:
        corp, _ = self._who(request, "media/upload")
        kind = request.query.get("type", "")
        most = media.most_bytes(self._platform, kind)
        name, data = await read_part(request, most)
        return media.stored_view(media.store(self._platform, corp, kind, name, data))

    async def _upload_picture(self, request: web.Request) -> Answer:
        """media/uploadimg: a lasting address for pictures in articles."""
        corp, _ = self._who(request, "media/uploadimg")
        name, data = await read_part(request, self._platform.limits.image_bytes)
        rates, now = self._platform.limits.picture_urls, self._platform.now()
        if not corp.counters.take("picture_urls", rates, now):
            raise ApiError(45009)
        stored = media.store(self._platform, corp, "image", name, data)
        return {"url": f"{self._platform.base_url}/picture/{stored.media_id}"}

    async def _download(self, request: web.Request) -> Answer:
        corp, _ = self._who(request, "media/get")
        found = media_of(self._platform, corp, request.query.get("media_id", ""))
        headers = {"Content-Disposition": disposition(found.name)}
        return web.Response(body=found.data, content_type=found.content_type, headers=headers)

    async def _robot_send(self, request: web.Request) -> Answer:
        body = await read_body(request)
        chats.check_empty(body)
        corp, robot = self._robot(request)
        return chats.robot_send(self._platform, corp, robot, body)

    async def _robot_upload(self, request: web.Request) -> Answer:
        kind = request.query.get("type", "")
        name, data = await read_part(request, media.most_bytes(self._platform, kind))
        corp, robot = self._robot(request)
        kinds = media.ROBOT_KINDS
        stored = media.store(self._platform, corp, kind, name, data, owner=robot.key, kinds=kinds)
        return media.stored_view(stored)

    def _robot(self, request: web.Request) -> tuple[Corp, Robot]:
        key = request.query.get("key", "")
        for corp in self._platform.corps.values():
            if key in corp.robots:
                return corp, corp.robots[key]
        raise ApiError(93000)

    async def _response_url(self, request: web.Request) -> Answer:
        body = await read_body(request)
        return self._aibots.active_reply(request.query.get("response_code", ""), body)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        """What a PicUrl leads to: open to whoever knows the address (1.6)."""
        for corp in self._platform.corps.values():
            found = corp.media.get(request.match_info["id"])
            if found is not None and found.kind == "image":
                return web.Response(body=found.data, content_type=found.content_type)
        raise web.HTTPNotFound

    async def _aibot_media(self, request: web.Request) -> web.StreamResponse:
        data = self._aibots.download(request.match_info["id"])
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type="application/octet-stream")


def media_of(platform: Platform, corp: Corp, media_id: str) -> Media:
    """A stored file for a download; 40007 as in media/get, robots' files are not reachable."""
    if not media_id:
        raise ApiError(41006)
    found = corp.media.get(media_id)
    if found is None or platform.now() - found.created > platform.limits.media_life:
        raise ApiError(40007)
    return found


def _menu_app(app: App, request: web.Request) -> App:
    if request.query.get("agentid") != str(app.agent_id):
        raise ApiError(301002)
    return app
