"""The fake WeCom as one object: set the scene, act as a person, look at screens, mount the API.

Tests, a story player and the chat page all drive it through this class.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from aiohttp import web

from simulator.clock import SimClock
from simulator.wecom import actions, board, directory
from simulator.wecom.aibot import AiBots
from simulator.wecom.aibot_frames import talk_of
from simulator.wecom.api import Api
from simulator.wecom.calls import CallLog
from simulator.wecom.content import Content
from simulator.wecom.courier import Courier, Delivery
from simulator.wecom.delivery import AppCallbacks
from simulator.wecom.errors import NotOnScreenError
from simulator.wecom.faults import Faults
from simulator.wecom.gateway import Gateway
from simulator.wecom.limits import Limits
from simulator.wecom.media import sniff
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.screen import Kind, Shown
from simulator.wecom.state import App, Corp, Media


class FakeWeCom:
    """A whole platform in memory. Use as an async context manager, or call `close`.

    `chat` arguments: None the (first) app, "bot" the (first) AI bot, "app:ID", "bot:ID", or a
    group's id. `corp` arguments: a CorpID, needed only when a userid is in several corps.
    """

    def __init__(
        self,
        clock: SimClock | None = None,
        *,
        limits: Limits | None = None,
        base_url: str = "http://127.0.0.1:8090",
    ) -> None:
        self.platform = Platform(
            clock or SimClock(), limits or Limits(), base_url=base_url.rstrip("/")
        )
        self.calls = CallLog()
        self.courier = Courier(self.platform)
        self.callbacks = AppCallbacks(self.platform, self.courier)
        self.gateway = Gateway(self.platform, self.courier, self.calls)
        self.aibots = AiBots(self.platform, self.courier, self.gateway)

    @property
    def clock(self) -> SimClock:
        return self.platform.clock

    @property
    def faults(self) -> Faults:
        return self.platform.faults

    @property
    def limits(self) -> Limits:
        return self.platform.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self.platform.limits = limits

    @property
    def base_url(self) -> str:
        return self.platform.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.platform.base_url = url.rstrip("/")

    @property
    def bot_ws_url(self) -> str:
        """The address of the AI bots' long connection, below `base_url`."""
        return "ws" + self.base_url.removeprefix("http") + "/aibot/ws"

    # -- setting the scene -------------------------------------------------------------------

    def add_corp(self, corp_id: str) -> Corp:
        corp = Corp(corp_id)
        self.platform.corps[corp_id] = corp
        return corp

    def corp_of(self, userid: str, corp: str | None = None) -> Corp:
        """The corp a person belongs to; KeyError when nobody has this userid."""
        for candidate in self.platform.corps.values():
            if corp in (None, candidate.corp_id) and candidate.member(userid):
                return candidate
        raise KeyError(f"no member {userid!r}")

    def add_routes(self, app: web.Application, prefix: str = "") -> None:
        """Mounts `prefix`/cgi-bin/…; set `base_url` to the address of `prefix` for AI bots."""
        Api(self.platform, self.calls, self.aibots).add_routes(app, prefix)

    def invalidate_tokens(self) -> None:
        """Every access token dies now, as WeCom may do at any time: 40014 from here on."""
        for corp in self.platform.corps.values():
            corp.tokens.clear()

    def login_code(self, userid: str, corp: str | None = None) -> str:
        """The code with which the client opens a web page of the app for this person."""
        return directory.new_login_code(self.platform, self.corp_of(userid, corp), userid)

    async def verify_url(self, app: App) -> Delivery:
        """The check WeCom makes when the callback address is saved."""
        for corp in self.platform.corps.values():
            if corp.apps.get(app.agent_id) is app:
                return await self.callbacks.verify(corp, app)
        raise KeyError(app.agent_id)

    # -- acting as a person ------------------------------------------------------------------

    async def say(
        self,
        userid: str,
        text: str,
        chat: str | None = None,
        *,
        copies: int = 1,
        mention: bool = True,
        corp: str | None = None,
    ) -> Delivery:
        """Types a message; returns when it was acknowledged or its retries ended.

        copies: the same message (same MsgId) delivered that many times, one after another.
        mention: in a group, whether the AI bot is @-mentioned; without it no bot hears it.
        """
        place = actions.place_of(self.platform, self.corp_of(userid, corp), userid, chat)
        said = actions.with_mention(place, text) if mention else text
        message_id = self._mine(place, Content(Kind.TEXT, said))
        if place.bot is not None and mention:
            talk = talk_of(self.platform, place.corp, place.bot, place.member, place.group_id)
            delivery = await self.aibots.message(talk, "text", {"content": said}, message_id)
            for _ in range(copies - 1):
                await self.aibots.message(talk, "text", {"content": said}, message_id)
        elif place.app is not None:
            fields = {"MsgType": "text", "Content": said}
            delivery = await self._to_app(place, fields, message_id)
            for _ in range(copies - 1):
                await self._to_app(place, fields, message_id)
        else:
            delivery = Delivery(True, 0, 0, "", 0.0, message_id=message_id)
        return self._settled(place, delivery)

    async def press(
        self,
        userid: str,
        message_id: str | None,
        button: str,
        choices: dict[str, list[str]] | None = None,
        *,
        corp: str | None = None,
    ) -> Delivery:
        """Presses a card's button by its text or key; None means the latest card that has it.

        choices: ids chosen in the card's selections, by question key. NotOnScreenError when
        there is no such card, no such button, or the button is grey.
        """
        home = self.corp_of(userid, corp)
        found = actions.find_button(home, userid, message_id, button)
        chosen = actions.choose(found.shown, choices or {})
        place = actions.place_of(self.platform, home, userid, found.shown.chat)
        if place.bot is not None:
            talk = talk_of(self.platform, home, place.bot, place.member, place.group_id)
            return await self.aibots.press(talk, found.shown, found.key, chosen)
        if place.app is None:
            raise NotOnScreenError("这张卡片不会回调")
        return await actions.press_app_card(
            self.platform, self.callbacks, place, found=found, chosen=chosen
        )

    async def send_file(
        self,
        userid: str,
        name: str,
        data: bytes,
        chat: str | None = None,
        *,
        corp: str | None = None,
    ) -> Delivery:
        """Sends a file or a picture as the client would; its kind follows from its first bytes.

        An app gets MsgType file (seen in the field, not documented) or image; an AI bot a
        sealed download address, in a private chat only.
        """
        place = actions.place_of(self.platform, self.corp_of(userid, corp), userid, chat)
        kind = "image" if sniff(data) in ("image/png", "image/jpeg") else "file"
        now = self.platform.now()
        media = Media(made_up("MED"), kind, name, sniff(data), data, now)
        place.corp.media[media.media_id] = media
        shown = Kind.IMAGE if kind == "image" else Kind.FILE
        message_id = self._mine(place, Content(shown, media=media))
        if place.bot is not None and not place.group_id:
            talk = talk_of(self.platform, place.corp, place.bot, place.member)
            part = self.aibots.lend(place.bot, media)
            delivery = await self.aibots.message(talk, kind, part, message_id)
        elif place.app is not None:
            fields = actions.file_fields(self.platform, media)
            delivery = await self._to_app(place, fields, message_id)
        else:
            delivery = Delivery(True, 0, 0, "", 0.0, message_id=message_id)
        return self._settled(place, delivery)

    async def enter(
        self, userid: str, chat: str | None = None, *, corp: str | None = None
    ) -> Delivery | None:
        """Opens the chat: enter_agent each time; enter_chat of an AI bot once a day, else None."""
        place = actions.place_of(self.platform, self.corp_of(userid, corp), userid, chat)
        if place.app is not None:
            event = {"Event": "enter_agent", "EventKey": ""}
            return await self.callbacks.event(place.corp, place.app, place.member, event)
        if place.bot is not None and not place.group_id:
            talk = talk_of(self.platform, place.corp, place.bot, place.member)
            return await self.aibots.enter(talk)
        return None

    async def click_menu(
        self, userid: str, key: str, chat: str | None = None, *, corp: str | None = None
    ) -> Delivery:
        """Clicks an entry of the app's menu; NotOnScreenError when the menu has no such key."""
        place = actions.place_of(self.platform, self.corp_of(userid, corp), userid, chat)
        if place.app is None or key not in actions.menu_keys(place.app):
            raise NotOnScreenError(f"菜单里没有 {key}")
        event = {"Event": "click", "EventKey": key}
        return await self.callbacks.event(place.corp, place.app, place.member, event)

    async def redeliver(self, *, same_nonce: bool = False) -> Delivery:
        """The last callback of an app once more: sealed afresh, or byte for byte (a replay)."""
        return await self.callbacks.again(same_nonce=same_nonce)

    # -- looking -----------------------------------------------------------------------------

    def shown(self, userid: str, since: int = 0, *, corp: str | None = None) -> list[Shown]:
        """What this person sees, in order; only what came or changed after the cursor `since`."""
        return self.corp_of(userid, corp).screens.feed(userid, since)

    def cursor(self, userid: str, *, corp: str | None = None) -> int:
        """Where this person's screen stands now."""
        return self.corp_of(userid, corp).screens.cursor

    async def quiet(self, seconds: float = 10.0) -> None:
        """Waits until no callback is being delivered; TimeoutError after `seconds`."""
        await self.courier.quiet(seconds)

    async def close(self) -> None:
        await self.gateway.close()
        await self.aibots.close()
        await self.courier.close()

    async def __aenter__(self) -> FakeWeCom:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # -- inside ------------------------------------------------------------------------------

    def _mine(self, place: actions.Place, content: Content) -> str:
        """Shows a person's own message, "sending" on their own screen."""
        message_id = self.platform.next_id()
        for userid in place.viewers:
            board.show(
                self.platform,
                place.corp,
                userid,
                content,
                message_id=message_id,
                chat=place.chat,
                sender=place.member.userid,
                mine=userid.casefold() == place.member.userid.casefold(),
                pending=userid.casefold() == place.member.userid.casefold(),
            )
        return message_id

    def _settled(self, place: actions.Place, delivery: Delivery) -> Delivery:
        failure = "" if delivery.ok else delivery.reason or "未送达"
        board.settle(place.corp, place.member.userid, delivery.message_id, failure)
        return delivery

    async def _to_app(
        self, place: actions.Place, fields: Mapping[str, object], message_id: str
    ) -> Delivery:
        app: App | None = place.app
        if app is None:
            raise NotOnScreenError("不是应用的对话")
        return await self.callbacks.message(
            place.corp, app, place.member, fields, message_id=message_id
        )
