"""What a person can open and press: the chat, the menu, cards, feedback (page 1.7 and 4.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.values import JsonObject, text
from simulator.wecom import actions
from simulator.wecom.aibot_frames import talk_of
from simulator.wecom.stagehand import Stagehand

_SCANS = ("scancode_push", "scancode_waitmsg")
_PICTURES = ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
GOOD, BAD, WITHDRAWN = 1, 2, 3


class Clicking(Stagehand):
    """The events of a person; `chat` and `corp` as in Talking."""

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

    async def enter(
        self, userid: str, chat: str | None = None, *, corp: str | None = None
    ) -> Delivery | None:
        """Opens the chat: enter_agent each time; enter_chat of an AI bot once a day, else None."""
        place = self._place(userid, chat, corp)
        if place.app is not None:
            return await self._app_event(place, {"Event": "enter_agent", "EventKey": ""})
        if place.bot is not None and not place.group_id:
            talk = talk_of(self.platform, place.corp, place.bot, place.member)
            return await self.aibots.enter(talk)
        return None

    async def rate(
        self,
        userid: str,
        feedback_id: str,
        kind: int = GOOD,
        reasons: Sequence[int] = (),
        content: str = "",
        *,
        corp: str | None = None,
    ) -> Delivery:
        """feedback_event to the first AI bot: kind 1 good, 2 bad, 3 withdrawn; reasons 1 to 4."""
        place = self._place(userid, "bot", corp)
        if place.bot is None:
            raise NotOnScreenError("没有智能机器人")
        detail: JsonObject = {"id": feedback_id, "type": kind}
        if kind == BAD:
            detail |= {"content": content, "inaccurate_reason_list": list(reasons)}
        talk = talk_of(self.platform, place.corp, place.bot, place.member)
        return await self.aibots.feedback(talk, detail)

    async def click_menu(
        self, userid: str, key: str, chat: str | None = None, *, corp: str | None = None
    ) -> Delivery:
        """An entry of the app's menu by its key, or by the address or page that it opens.

        NotOnScreenError when the menu has no such entry, or one that needs more than a click.
        """
        place, entry = self._entry(userid, key, chat, corp)
        kind = text(entry, "type")
        if kind not in ("click", "view", "view_miniprogram"):
            raise NotOnScreenError(f"菜单“{text(entry, 'name')}”不是点一下就行的")
        return await self._app_event(place, {"Event": kind, "EventKey": key})

    async def scan(
        self,
        userid: str,
        key: str,
        result: str,
        chat: str | None = None,
        *,
        kind: str = "qrcode",
        corp: str | None = None,
    ) -> Delivery:
        """A menu entry that scans: scancode_push or scancode_waitmsg with what was scanned."""
        place, entry = self._entry(userid, key, chat, corp, _SCANS)
        info = {"ScanType": kind, "ScanResult": result}
        event = {"Event": text(entry, "type"), "EventKey": key, "ScanCodeInfo": info}
        return await self._app_event(place, event)

    async def pick_pictures(
        self,
        userid: str,
        key: str,
        pictures: Sequence[bytes],
        chat: str | None = None,
        *,
        corp: str | None = None,
    ) -> Delivery:
        """A menu entry that takes pictures: the event with their MD5, without the pictures.

        That the pictures follow as image messages is from memory: use `send_file` for them.
        """
        place, entry = self._entry(userid, key, chat, corp, _PICTURES)
        sums = [hashlib.md5(data, usedforsecurity=False).hexdigest() for data in pictures]
        info: dict[str, object] = {"Count": len(sums)}
        info["PicList"] = {"item": [{"PicMd5Sum": one} for one in sums]}
        event = {"Event": text(entry, "type"), "EventKey": key, "SendPicsInfo": info}
        return await self._app_event(place, event)

    async def pick_location(
        self,
        userid: str,
        key: str,
        latitude: float,
        longitude: float,
        label: str,
        chat: str | None = None,
        *,
        corp: str | None = None,
    ) -> Delivery:
        """A menu entry that asks for a place: location_select."""
        place, _ = self._entry(userid, key, chat, corp, ("location_select",))
        info: dict[str, object] = {"Location_X": latitude, "Location_Y": longitude}
        info |= {"Scale": 15, "Label": label, "Poiname": ""}
        event = {"Event": "location_select", "EventKey": key, "SendLocationInfo": info}
        return await self._app_event(place, event | {"AppType": "wxwork"})

    async def report_location(
        self,
        userid: str,
        latitude: float,
        longitude: float,
        chat: str | None = None,
        *,
        precision: float = 65.0,
        corp: str | None = None,
    ) -> Delivery | None:
        """The LOCATION event that the client sends by itself; None unless the app asks for it."""
        place = self._place(userid, chat, corp)
        if place.app is None or not place.app.reports_location:
            return None
        event: dict[str, object] = {"Event": "LOCATION", "Latitude": latitude}
        event |= {"Longitude": longitude, "Precision": precision, "AppType": "wxwork"}
        return await self._app_event(place, event)

    async def redeliver(self, *, same_nonce: bool = False) -> Delivery:
        """The last callback of an app once more: sealed afresh, or byte for byte (a replay)."""
        return await self.callbacks.again(same_nonce=same_nonce)

    # -- inside ------------------------------------------------------------------------------

    def _entry(
        self,
        userid: str,
        key: str,
        chat: str | None,
        corp: str | None,
        kinds: Sequence[str] = (),
    ) -> tuple[actions.Place, JsonObject]:
        place = self._place(userid, chat, corp)
        entry = actions.menu_entry(place.app, key) if place.app else None
        if entry is None or (kinds and text(entry, "type") not in kinds):
            raise NotOnScreenError(f"菜单里没有 {key}")
        return place, entry
