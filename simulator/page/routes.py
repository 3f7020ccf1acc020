"""The routes of the chat page: files at /, JSON below /sim/, live changes by server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import BodyPartReader, web

from simulator.page import views
from simulator.page.world import Person, World
from simulator.wecom.errors import NotOnScreenError
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.limits import OFFICE_ZONE
from simulator.wecom.media import disposition
from simulator.wecom.state import Corp
from simulator.wecom.values import JsonObject, parse_object, table, text, whole, words

_HERE = Path(__file__).parent
_FILES = {
    "index.html": "text/html",
    "style.css": "text/css",
    "app.js": "text/javascript",
}
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'"
_MOST_UPLOAD = 20 * 1024 * 1024
_MOST_JSON = 64 * 1024
_BEAT_SECONDS = 15.0
_GATHER_SECONDS = 0.03
# A header that no form of another site can send: the page acts in the name of people.
_MARK = "X-Sim"
Work = Callable[[JsonObject], Awaitable[JsonObject]]


def add_page(
    app: web.Application, fake: FakeWeCom, *, world: World, corp_id: str | None = None
) -> None:
    """Mounts the page for one corp of `fake` (the first one when `corp_id` is None)."""
    page = _Page(fake, world, corp_id)
    app.router.add_get("/", page.file("index.html"))
    for name in ("style.css", "app.js"):
        app.router.add_get(f"/sim/{name}", page.file(name))
    app.router.add_get("/sim/state", page.state)
    app.router.add_get("/sim/feed", page.feed)
    app.router.add_get("/sim/events", page.events)
    app.router.add_get("/sim/media/{id}", page.media)
    app.router.add_post("/sim/file", page.upload)
    for name, work in (
        ("say", page.say),
        ("press", page.press),
        ("enter", page.enter),
        ("menu", page.menu),
        ("speak", page.speak),
        ("locate", page.locate),
        ("clock", page.clock),
        ("clear", page.clear),
    ):
        app.router.add_post(f"/sim/{name}", page.posted(work))
    app.on_shutdown.append(page.stop)


class _Page:
    def __init__(self, fake: FakeWeCom, world: World, corp_id: str | None) -> None:
        self._fake = fake
        self._world = world
        self._corp_id = corp_id
        self._stopping = asyncio.Event()

    @property
    def _corp(self) -> Corp:
        corps = self._fake.platform.corps
        return corps[self._corp_id] if self._corp_id else next(iter(corps.values()))

    async def stop(self, _app: web.Application) -> None:
        """Ends the event streams, which would otherwise keep a server from stopping."""
        self._stopping.set()

    # -- looking -----------------------------------------------------------------------------

    def file(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(_request: web.Request) -> web.Response:
            body = (_HERE / name).read_text(encoding="utf-8")
            headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
            return web.Response(
                text=body, content_type=_FILES[name], charset="utf-8", headers=headers
            )

        return handle

    async def state(self, _request: web.Request) -> web.Response:
        return _json(views.state_view(self._corp, self._world, self._fake.clock))

    async def feed(self, request: web.Request) -> web.Response:
        """`?as=USERID&since=N` → {"cursor", "items"}; items came or changed after N."""
        corp, userid = self._corp, request.query.get("as", "")
        if corp.member(userid) is None:
            raise web.HTTPNotFound(text="没有这个人")
        since = whole(dict(request.query), "since")
        items = [views.shown_view(corp, s) for s in corp.screens.feed(userid, since)]
        return _json({"cursor": corp.screens.cursor, "items": items})

    async def media(self, request: web.Request) -> web.Response:
        media = self._corp.media.get(request.match_info["id"])
        if media is None:
            raise web.HTTPNotFound(text="文件已失效")
        inline = media.content_type.startswith("image/")
        headers = {
            "Content-Disposition": disposition(media.name, inline=inline),
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=media.data, content_type=media.content_type, headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """`changed` with the userids whose screen changed; `clock` when the clock was moved."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        queue = self._corp.screens.watch()
        moved = asyncio.Event()
        forget = self._fake.clock.on_change(lambda _now: moved.set())
        try:
            await _push(response, "clock", views.clock_view(self._fake.clock))
            while not self._stopping.is_set():
                users = await self._gather(queue, moved)
                if users:
                    await _push(response, "changed", {"users": list(users)})
                if moved.is_set():
                    moved.clear()
                    await _push(response, "clock", views.clock_view(self._fake.clock))
                elif not users:
                    await response.write(b": beat\n\n")
        except ConnectionResetError:
            pass  # the browser went away
        finally:
            forget()
            self._corp.screens.unwatch(queue)
        return response

    async def _gather(self, queue: asyncio.Queue[str], moved: asyncio.Event) -> dict[str, None]:
        """Waits for news, a moved clock, the end or a beat; takes all that is there at once."""
        tasks = [
            asyncio.ensure_future(queue.get()),
            asyncio.ensure_future(moved.wait()),
            asyncio.ensure_future(self._stopping.wait()),
        ]
        await asyncio.wait(tasks, timeout=_BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        users: dict[str, None] = {}
        first = tasks[0]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        if not first.cancelled():
            users[str(first.result())] = None
            await asyncio.sleep(_GATHER_SECONDS)
        while not queue.empty():
            users[queue.get_nowait()] = None
        return users

    # -- acting ------------------------------------------------------------------------------

    def posted(self, work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            _own_page(request)
            if (request.content_length or 0) > _MOST_JSON:
                raise web.HTTPRequestEntityTooLarge(_MOST_JSON, request.content_length or 0)
            body = parse_object(await request.read())
            if body is None:
                raise web.HTTPBadRequest(text="不是 JSON")
            return await _told(work(body))

        return handle

    async def say(self, body: JsonObject) -> JsonObject:
        said, chat = text(body, "text").strip(), text(body, "chat") or None
        if not said:
            raise NotOnScreenError("请先输入内容")
        mention = body.get("mention") is not False
        who = text(body, "as")
        return views.delivery_view(await self._fake.say(who, said, chat, mention=mention))

    async def press(self, body: JsonObject) -> JsonObject:
        asked = table(body, "choices")
        choices = {key: words(asked, key) for key in asked}
        delivery = await self._fake.press(
            text(body, "as"), text(body, "id") or None, text(body, "key"), choices
        )
        return views.delivery_view(delivery)

    async def enter(self, body: JsonObject) -> JsonObject:
        delivery = await self._fake.enter(text(body, "as"), text(body, "chat") or None)
        return views.delivery_view(delivery)

    async def speak(self, body: JsonObject) -> JsonObject:
        """`{"as", "chat", "text"}`: a voice message in which these words are spoken."""
        said, chat = text(body, "text").strip(), text(body, "chat") or None
        if not said:
            raise NotOnScreenError("请先在输入框里写下要说的话")
        return views.delivery_view(await self._fake.speak(text(body, "as"), said, chat))

    async def locate(self, body: JsonObject) -> JsonObject:
        """`{"as", "chat", "label", "latitude", "longitude"}`: a place on the map."""
        label, chat = text(body, "label").strip(), text(body, "chat") or None
        try:
            latitude, longitude = (float(text(body, n)) for n in ("latitude", "longitude"))
        except ValueError:
            raise NotOnScreenError("经纬度要写成数字") from None
        if not label:
            raise NotOnScreenError("请写下地点的名称")
        who = text(body, "as")
        sent = await self._fake.send_location(who, latitude, longitude, label, chat)
        return views.delivery_view(sent)

    async def menu(self, body: JsonObject) -> JsonObject:
        delivery = await self._fake.click_menu(text(body, "as"), text(body, "key"))
        return views.delivery_view(delivery)

    async def clear(self, _body: JsonObject) -> JsonObject:
        self._corp.screens.clear()
        return {"ok": True}

    async def clock(self, body: JsonObject) -> JsonObject:
        """`{"set": "2021-07-12T08:25"}`, `{"minutes": 10}`, `{"next_day": "08:00"}` or
        `{"resume": true}`; times are the office's."""
        clock = self._fake.clock
        local = clock.now().astimezone(OFFICE_ZONE)
        if body.get("resume") is True:
            clock.resume()
        elif text(body, "set"):
            clock.set(_moment(text(body, "set")))
        elif text(body, "next_day"):
            tomorrow = (local + timedelta(days=1)).date().isoformat()
            clock.set(_moment(f"{tomorrow}T{text(body, 'next_day')}"))
        else:
            clock.advance(timedelta(minutes=whole(body, "minutes")))
        return views.clock_view(clock)

    async def upload(self, request: web.Request) -> web.Response:
        """Multipart field `file`, with `?as=` and `?chat=`."""
        _own_page(request)
        if not request.content_type.startswith("multipart/"):
            raise web.HTTPBadRequest(text="没有文件")
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename:
                data = await _read_part(part)
                who, chat = request.query.get("as", ""), request.query.get("chat") or None
                return await _told(self._send_file(who, part.filename, data, chat))
        raise web.HTTPBadRequest(text="没有文件")

    async def _send_file(self, who: str, name: str, data: bytes, chat: str | None) -> JsonObject:
        return views.delivery_view(await self._fake.send_file(who, name, data, chat))


async def _told(work: Awaitable[JsonObject]) -> web.Response:
    """404 for an unknown person, 409 with a sentence for what the client does not offer."""
    try:
        return _json(await work)
    except NotOnScreenError as error:
        return _json({"ok": False, "reason": str(error)}, status=409)
    except KeyError:
        return _json({"ok": False, "reason": "没有这个人"}, status=404)
    except ValueError:
        return _json({"ok": False, "reason": "时间写法不对"}, status=400)


def _own_page(request: web.Request) -> None:
    if _MARK not in request.headers:
        raise web.HTTPForbidden(text="只接受本页面的请求")


async def _read_part(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        data += chunk
        if len(data) > _MOST_UPLOAD:
            raise web.HTTPRequestEntityTooLarge(_MOST_UPLOAD, len(data))
    return bytes(data)


async def _push(response: web.StreamResponse, event: str, data: JsonObject) -> None:
    payload = json.dumps(data, ensure_ascii=False)
    await response.write(f"event: {event}\ndata: {payload}\n\n".encode())


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=OFFICE_ZONE)


def _json(body: JsonObject, status: int = 200) -> web.Response:
    return web.json_response(
        body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


__all__ = ["Person", "World", "add_page"]
