"""What everything that a person does in the fake rests on: the platform, and where a chat leads."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.clock import SimClock
from simulator.common.acting import UNHEARD, Delivery, NotOnScreenError
from simulator.common.calls import CallLog
from simulator.common.foundation import Fake
from simulator.wecom import actions, board
from simulator.wecom.aibot import AiBots
from simulator.wecom.content import Content
from simulator.wecom.courier import Courier
from simulator.wecom.delivery import AppCallbacks
from simulator.wecom.faults import Faults
from simulator.wecom.gateway import Gateway
from simulator.wecom.limits import Limits
from simulator.wecom.platform import Drop, Platform, made_up
from simulator.wecom.state import Corp, Media


class Stagehand(Fake[Limits, Faults]):
    """The parts of one fake platform; FakeWeCom adds the scene, the acting and the looking."""

    platform: Platform

    def __init__(
        self,
        clock: SimClock | None = None,
        *,
        limits: Limits | None = None,
        base_url: str = "http://127.0.0.1:8090",
    ) -> None:
        self.platform = Platform(
            clock or SimClock(), limits or Limits(), Faults(), base_url.rstrip("/")
        )
        self.calls = CallLog()
        self.courier = Courier(platform=self.platform)
        self.callbacks = AppCallbacks(self.platform, self.courier)
        self.gateway = Gateway(self.platform, self.courier, self.calls)
        self.aibots = AiBots(self.platform, self.courier, self.gateway)

    @property
    def drops(self) -> list[Drop]:
        """The messages that were accepted and silently not shown, with the rule that did it."""
        return self.platform.drops

    @property
    def bot_ws_url(self) -> str:
        """The address of the AI bots' long connection, below `base_url`."""
        return "ws" + self.base_url.removeprefix("http") + "/aibot/ws"

    def corp_of(self, userid: str, corp: str | None = None) -> Corp:
        """The corp a person belongs to; KeyError when nobody has this userid."""
        for candidate in self.platform.corps.values():
            if corp in (None, candidate.corp_id) and candidate.member(userid):
                return candidate
        raise KeyError(f"no member {userid!r}")

    # -- for the acting ----------------------------------------------------------------------

    def _place(self, userid: str, chat: str | None, corp: str | None) -> actions.Place:
        return actions.place_of(self.platform, self.corp_of(userid, corp), userid, chat)

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

    def _settled(self, place: actions.Place, delivery: Delivery, message_id: str) -> Delivery:
        failure = "" if delivery.ok else delivery.reason or "未送达"
        place.corp.screens.settle(place.member.userid, message_id, failure)
        return delivery

    async def _to_app(
        self, place: actions.Place, fields: Mapping[str, object], message_id: str
    ) -> Delivery:
        """A message of these fields; unheard in a chat that is not an app's."""
        if place.app is None:
            return UNHEARD
        return await self.callbacks.message(
            place.corp, place.app, place.member, fields, message_id=message_id
        )

    async def _app_event(self, place: actions.Place, fields: Mapping[str, object]) -> Delivery:
        if place.app is None:
            raise NotOnScreenError("不是应用的对话")
        return await self.callbacks.event(place.corp, place.app, place.member, fields)

    def _keep(self, place: actions.Place, kind: str, name: str, data: bytes) -> Media:
        """What a person's client has uploaded."""
        media = actions.person_media(self.platform, kind, name, data, made_up("MED"))
        place.corp.media[media.media_id] = media
        return media
