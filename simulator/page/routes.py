"""The routes of the chat page: files at /, JSON below /sim/, live changes by server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import BodyPartReader, web

from simulator.common.acting import NotOnScreenError
from simulator.common.files import disposition
from simulator.common.values import JsonObject, parse_object, whole
from simulator.page import views
from simulator.page.acting import Acting
from simulator.page.sides import Side, own
from simulator.page.wecom import WeComSide
from simulator.page.world import Person, World
from simulator.wecom.fake import FakeWeCom

_HERE = Path(__file__).parent
_SCRIPTS = ("app.js", "base.js", "clock.js", "column.js", "controls.js", "messages.js", "words.js")
_FILES = {
    "index.html": "text/html",
    "style.css": "text/css",
    "messages.css": "text/css",
    **dict.fromkeys(_SCRIPTS, "text/javascript"),
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
    app: web.Application,
    fake: FakeWeCom,
    *,
    world: World,
    corp_id: str | None = None,
    also: Sequence[Side] = (),
) -> None:
    """Mounts the page for one corp of `fake` (the first one when `corp_id` is None).

    `also`: other platforms on which its people have chats; all screens share one counter.
    """
    page = _Page(fake, world, WeComSide(fake, corp_id), also)
    app.router.add_get("/", page.file("index.html"))
    for name in _FILES:
        if name != "index.html":
            app.router.add_get(f"/sim/{name}", page.file(name))
    app.router.add_get("/sim/state", page.state)
    app.router.add_get("/sim/feed", page.feed)
    app.router.add_get("/sim/events", page.events)
    app.router.add_get("/sim/media/{id}", page.media)
    app.router.add_post("/sim/file", page.upload)
    acts = page.acting
    for name, work in (
        ("say", acts.say),
        ("press", acts.press),
        ("enter", acts.enter),
        ("menu", acts.menu),
        ("speak", acts.speak),
        ("locate", acts.locate),
        ("let_in", acts.let_in),
        ("robot", acts.robot),
        ("clock", acts.clock),
        ("clear", acts.clear),
    ):
        app.router.add_post(f"/sim/{name}", page.posted(work))
    app.on_shutdown.append(page.stop)


class _Page:
    def __init__(
        self, fake: FakeWeCom, world: World, wecom: WeComSide, others: Sequence[Side]
    ) -> None:
        self._fake = fake
        self._world = world
        self._wecom = wecom
        self._sides: tuple[Side, ...] = (wecom, *others)
        self.acting = Acting(fake.clock, wecom, others)
        self._stopping = asyncio.Event()

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
        name = next((app.name for app in self._wecom.corp.apps.values()), "")
        return _json(views.state_view(name, self._world, self._fake.clock))

    async def feed(self, request: web.Request) -> web.Response:
        """`?as=USERID&since=N` → {"cursor", "items", "chats"}; items came or changed after N."""
        userid = request.query.get("as", "")
        if self._wecom.account(userid) is None:
            raise web.HTTPNotFound(text="没有这个人")
        since = whole(dict(request.query), "since")
        cursor = self._wecom.screens.cursor
        found = [
            (side, shown)
            for side in self._sides
            if (account := side.account(userid)) is not None
            for shown in side.screens.feed(account, since)
        ]
        found.sort(key=lambda each: each[1].seq)
        items = [views.shown_view(side, shown) for side, shown in found]
        chats = [views.chat_view(chat) for side in self._sides for chat in side.chats(userid)]
        return _json({"cursor": cursor, "items": items, "chats": chats})

    async def media(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        # the other platforms first: their ids can be told by what stands in front
        for side in reversed(self._sides):
            raw = own(side, wanted)
            media = side.media(raw) if raw is not None else None
            if media is not None:
                inline = media.content_type.startswith("image/")
                headers = {
                    "Content-Disposition": disposition(media.name, inline=inline),
                    "X-Content-Type-Options": "nosniff",
                }
                return web.Response(
                    body=media.data, content_type=media.content_type, headers=headers
                )
        raise web.HTTPNotFound(text="文件已失效")

    async def events(self, request: web.Request) -> web.StreamResponse:
        """`changed` with the userids whose screen changed; `clock` when the clock was moved."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        queues = [(side, side.screens.watch()) for side in self._sides]
        moved = asyncio.Event()
        forget = self._fake.clock.on_change(lambda _now: moved.set())
        try:
            await _push(response, "clock", views.clock_view(self._fake.clock))
            while not self._stopping.is_set():
                users = await self._gather(queues, moved)
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
            for side, queue in queues:
                side.screens.unwatch(queue)
        return response

    async def _gather(
        self, queues: Sequence[tuple[Side, asyncio.Queue[str]]], moved: asyncio.Event
    ) -> dict[str, None]:
        """Waits for news, a moved clock, the end or a beat; takes all that is there at once."""
        news = [asyncio.ensure_future(queue.get()) for _, queue in queues]
        ends = [asyncio.ensure_future(each.wait()) for each in (moved, self._stopping)]
        await asyncio.wait(
            [*news, *ends], timeout=_BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for task in (*news, *ends):
            task.cancel()
        await asyncio.wait([*news, *ends])
        came = [
            (side, task.result())
            for (side, _), task in zip(queues, news, strict=True)
            if not task.cancelled()
        ]
        if came:
            await asyncio.sleep(_GATHER_SECONDS)
        for side, queue in queues:
            while not queue.empty():
                came.append((side, queue.get_nowait()))
        users = [side.userid(account) for side, account in came]
        return dict.fromkeys(user.casefold() for user in users if user is not None)

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

    async def upload(self, request: web.Request) -> web.Response:
        """Multipart field `file`, with `?as=` and `?chat=`."""
        _own_page(request)
        if not request.content_type.startswith("multipart/"):
            raise web.HTTPBadRequest(text="没有文件")
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename:
                data = await _read_part(part)
                who, chat = request.query.get("as", ""), request.query.get("chat", "")
                return await _told(self.acting.send_file(who, part.filename, data, chat))
        raise web.HTTPBadRequest(text="没有文件")


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


def _json(body: JsonObject, status: int = 200) -> web.Response:
    return web.json_response(
        body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


__all__ = ["Person", "World", "add_page"]
