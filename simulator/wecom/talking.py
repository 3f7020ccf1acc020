"""What a person can send: text, voice, pictures, files, places, links (page 1.6 and 4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from simulator.common.acting import UNHEARD, Delivery, NotOnScreenError
from simulator.common.files import sniff
from simulator.common.screen import Card, Kind
from simulator.common.values import JsonObject
from simulator.wecom import actions, aibot_frames
from simulator.wecom.aibot_frames import talk_of
from simulator.wecom.content import Content
from simulator.wecom.stagehand import Stagehand
from simulator.wecom.state import BotMode

_PICTURES = ("image/png", "image/jpeg")


class Talking(Stagehand):
    """The messages of a person; each returns when it was acknowledged or its retries ended.

    On a bot's long connection "acknowledged" means handed to the connection. `chat` arguments:
    None the (first) app, "bot" the (first) AI bot, "app:ID", "bot:ID", or a group's id. `corp`
    arguments: a CorpID, needed only when a userid is in several corps.
    """

    async def say(
        self,
        userid: str,
        text: str,
        chat: str | None = None,
        *,
        copies: int = 1,
        mention: bool = True,
        quote: str = "",
        corp: str | None = None,
    ) -> Delivery:
        """Types a message.

        copies: the same message (same MsgId) delivered that many times, one after another.
        mention: in a group, whether the AI bot is @-mentioned; without it no bot hears it.
        quote: the id of a message on the person's screen that they answer to (AI bots only).
        """
        place = self._place(userid, chat, corp)
        said = actions.with_mention(place, text) if mention else text
        message_id = self._mine(place, Content(Kind.TEXT, said))
        heard = mention or not place.group_id
        quoted = place.corp.screens.find(userid, quote) if quote else None
        delivery = UNHEARD
        for number in range(copies):
            if place.bot is not None and heard:
                told = await self._to_bot(
                    place,
                    "text",
                    {"content": said},
                    message_id,
                    quote=aibot_frames.quoted(quoted) if quoted else None,
                )
            else:
                fields = {"MsgType": "text", "Content": said}
                told = await self._to_app(place, fields, message_id)
            delivery = told if number == 0 else delivery
        return self._ended(place, delivery, message_id)

    async def speak(
        self, userid: str, words: str, chat: str | None = None, *, corp: str | None = None
    ) -> Delivery:
        """A voice message. An AI bot gets `words` as transcript, in a private chat only; an app
        gets a recording without one (its bytes are an AMR head and the words, not sound)."""
        place = self._place(userid, chat, corp)
        media = self._keep(place, "voice", "语音.amr", b"#!AMR\n" + words.encode())
        message_id = self._mine(place, Content(Kind.VOICE, words, media=media))
        if place.bot is not None and not place.group_id:
            delivery = await self._to_bot(place, "voice", {"content": words}, message_id)
        else:
            fields = {"MsgType": "voice", "MediaId": media.media_id, "Format": "amr"}
            delivery = await self._to_app(place, fields, message_id)
        return self._ended(place, delivery, message_id)

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
        sealed download address, in a private chat only. NotOnScreenError beyond 100 MB.
        """
        if len(data) > self.limits.bot_file_bytes:
            raise NotOnScreenError("文件太大，发不出去")
        kind = "image" if sniff(data) in _PICTURES else "file"
        return await self._send_media(userid, kind, name, data, chat, corp)

    async def send_video(
        self,
        userid: str,
        name: str,
        data: bytes,
        chat: str | None = None,
        *,
        corp: str | None = None,
    ) -> Delivery:
        """A video: an AI bot hears it only on its long connection (4.2)."""
        return await self._send_media(userid, "video", name, data, chat, corp)

    async def send_mixed(
        self,
        userid: str,
        text: str,
        pictures: Sequence[bytes],
        chat: str = "bot",
        *,
        corp: str | None = None,
    ) -> Delivery:
        """Text and pictures in one message, to an AI bot or in a group with an @ (4.2)."""
        place = self._place(userid, chat, corp)
        if place.bot is None:
            raise NotOnScreenError("图文混排只能发给智能机器人")
        said = actions.with_mention(place, text)
        message_id = self._mine(place, Content(Kind.TEXT, said))
        items: list[JsonObject] = [{"msgtype": "text", "text": {"content": said}}]
        for number, data in enumerate(pictures, start=1):
            media = self._keep(place, "image", f"图片{number}.png", data)
            self._settled(place, UNHEARD, self._mine(place, Content(Kind.IMAGE, media=media)))
            items.append({"msgtype": "image", "image": self.aibots.lend(place.bot, media)})
        delivery = await self._to_bot(place, "mixed", {"msg_item": items}, message_id)
        return self._ended(place, delivery, message_id)

    async def send_location(
        self,
        userid: str,
        latitude: float,
        longitude: float,
        label: str,
        chat: str | None = None,
        *,
        scale: int = 15,
        corp: str | None = None,
    ) -> Delivery:
        """A place on the map; no AI bot hears it."""
        place = self._place(userid, chat, corp)
        message_id = self._mine(place, Content(Kind.LOCATION, label, f"{latitude},{longitude}"))
        fields: dict[str, object] = {"MsgType": "location"}
        fields |= {"Location_X": latitude, "Location_Y": longitude, "Scale": scale}
        fields |= {"Label": label, "AppType": "wxwork"}
        delivery = await self._to_app(place, fields, message_id)
        return self._ended(place, delivery, message_id)

    async def send_link(
        self,
        userid: str,
        title: str,
        description: str,
        url: str,
        chat: str | None = None,
        *,
        picture: str = "",
        corp: str | None = None,
    ) -> Delivery:
        """A web page that was shared; no AI bot hears it."""
        place = self._place(userid, chat, corp)
        card = Card("link", title=title, text=description, url=url, image_url=picture)
        message_id = self._mine(place, Content(Kind.LINK, description, title, card))
        fields = {"MsgType": "link", "Title": title, "Description": description}
        fields |= {"Url": url, "PicUrl": picture}
        delivery = await self._to_app(place, fields, message_id)
        return self._ended(place, delivery, message_id)

    async def send_odd(
        self,
        userid: str,
        fields: Mapping[str, object],
        chat: str | None = None,
        *,
        corp: str | None = None,
    ) -> Delivery:
        """A message of any fields, starting with MsgType: what is not documented (1.6)."""
        place = self._place(userid, chat, corp)
        message_id = self._mine(place, Content(Kind.NOTICE, f"[{fields.get('MsgType', '')}]"))
        return self._ended(place, await self._to_app(place, fields, message_id), message_id)

    # -- inside ------------------------------------------------------------------------------

    async def _send_media(
        self, userid: str, kind: str, name: str, data: bytes, chat: str | None, corp: str | None
    ) -> Delivery:
        place = self._place(userid, chat, corp)
        media = self._keep(place, kind, name, data)
        shown = Kind.IMAGE if kind == "image" else Kind.FILE
        message_id = self._mine(place, Content(shown, media=media))
        heard = kind != "video" or (place.bot and place.bot.mode is BotMode.SOCKET)
        if place.bot is not None and not place.group_id and heard:
            part = self.aibots.lend(place.bot, media)
            delivery = await self._to_bot(place, kind, part, message_id)
        else:
            fields = actions.file_fields(self.platform, media)
            delivery = await self._to_app(place, fields, message_id)
        return self._ended(place, delivery, message_id)

    async def _to_bot(
        self,
        place: actions.Place,
        kind: str,
        part: JsonObject,
        message_id: str,
        *,
        quote: JsonObject | None = None,
    ) -> Delivery:
        if place.bot is None:
            return UNHEARD
        talk = talk_of(self.platform, place.corp, place.bot, place.member, place.group_id)
        return await self.aibots.message(talk, kind, part, message_id, quote)

    def _ended(self, place: actions.Place, delivery: Delivery, message_id: str) -> Delivery:
        return self._settled(place, replace(delivery, message_id=message_id), message_id)
