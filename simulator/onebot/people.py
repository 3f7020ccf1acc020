"""What people do in their QQ: talk, send files, recall, join and leave, manage groups (B3)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.files import sniff
from simulator.common.values import JsonObject
from simulator.onebot import changes, events
from simulator.onebot.cq import Segment
from simulator.onebot.records import Group, Message, Request, RequestKind, Role
from simulator.onebot.segments import as_media
from simulator.onebot.stagehand import Place, Stagehand


class People(Stagehand):
    """Each returns when the event was handed to the connections: OneBot acknowledges none.

    Accounts and groups are numbers in digits; `chat` None is the private chat with the bot,
    through a shared group for those who are no friends.
    """

    async def say(
        self,
        account: str,
        text: str,
        chat: str | None = None,
        *,
        copies: int = 1,
        mention: bool = True,
        quote: str = "",
    ) -> Delivery:
        """Types a message.

        copies: the same event that many times. mention: in a group, whether the bot is
        @-mentioned; every message of a group is told either way. quote: the id of a message on
        the screen that is answered.
        """
        place = self._place(account, chat)
        segments = [Segment("reply", {"id": quote.partition(".")[0]})] if quote else []
        if mention and place.group is not None and self._hears(place.group):
            segments.append(Segment("at", {"qq": str(self.platform.world.self_id)}))
            text = f" {text}"
        segments.append(Segment("text", {"text": text}))
        return await self.send_segments(account, segments, chat, copies=copies)

    async def send_segments(
        self,
        account: str,
        segments: Sequence[Segment],
        chat: str | None = None,
        *,
        copies: int = 1,
    ) -> Delivery:
        """A message of any segments, such as an @ of somebody else, a face or a card."""
        place = self._place(account, chat)
        message = self._post(place, list(segments))
        return await self._message(place, message, copies)

    async def speak(self, account: str, words: str, chat: str | None = None) -> Delivery:
        """A voice message; nobody gets a transcript (an AMR head and the words, not sound)."""
        return await self._media(account, "record", "语音.amr", b"#!AMR\n" + words.encode(), chat)

    async def send_file(
        self, account: str, name: str, data: bytes, chat: str | None = None
    ) -> Delivery:
        """A picture, or a file: in a group told as group_upload, and but for the standard also as
        a message with a file segment."""
        kind = "image" if sniff(data).startswith("image/") else "file"
        return await self._media(account, kind, name, data, chat)

    async def press(self, account: str, message_id: str | None, button: str) -> Delivery:
        """NotOnScreenError: there are no buttons on QQ over OneBot (B10)."""
        self.platform.world.account(account)
        raise NotOnScreenError(f"QQ 上没有按钮，不能按“{button}”{message_id or ''}")

    async def recall(self, account: str, message_id: str) -> Delivery:
        """Takes back one's own message within the time allowed, a member's as owner or admin."""
        message = self._on_screen(account, message_id)
        group = self.platform.world.groups.get(message.group)
        place = Place(self.platform.world.account(account).number, group)
        fresh = self.platform.now() - message.at <= self.platform.limits.recall
        if message.sender != place.number or not fresh:
            over = group.members.get(message.sender) if group else None
            self._manager(place, over)
        return await self._tell(changes.recalled(self.platform, message, place.number), group)

    async def poke(self, account: str, chat: str | None = None) -> Delivery:
        """Nudges the bot."""
        place = self._place(account, chat)
        fields: JsonObject = {"sub_type": "poke", "user_id": place.number}
        fields["target_id"] = self.platform.world.self_id
        fields |= {"group_id": place.group.number} if place.group else {}
        return await self._tell(events.notice(self.platform, "notify", fields), place.group)

    # -- friends and requests ----------------------------------------------------------------

    async def befriend(self, account: str) -> Delivery:
        """Becomes a friend of the bot at once."""
        number = self.platform.world.account(account).number
        self.platform.world.friends[number] = ""
        event = events.notice(self.platform, "friend_add", {"user_id": number})
        return await self._tell(event, None)

    async def ask_friend(self, account: str, comment: str = "") -> Delivery:
        """Asks to be a friend; the bot answers with set_friend_add_request."""
        return await self._request(RequestKind.FRIEND, account, 0, comment)

    async def ask_join(self, account: str, chat: str, comment: str = "") -> Delivery:
        """Asks to join a group; told where the bot is owner or admin."""
        group = self._group(chat)
        mine = self.platform.world.mine(group)
        if mine is None or not mine.manages:
            return Delivery(True, 0, 0, "", 0.0)
        return await self._request(RequestKind.ADD, account, group.number, comment)

    async def invite_bot(self, account: str, chat: str) -> Delivery:
        """Invites the bot into a group; it answers with set_group_add_request."""
        place = self._place(account, chat)
        number = place.group.number if place.group else 0
        return await self._request(RequestKind.INVITE, account, number, "")

    async def _request(self, kind: RequestKind, account: str, group: int, comment: str) -> Delivery:
        number = self.platform.world.account(account).number
        asked = Request(secrets.token_hex(8), kind, number, group, comment)
        self.platform.world.requests[asked.flag] = asked
        return await self._tell(events.request(self.platform, asked), None, asked.flag)

    # -- coming and going, managing ----------------------------------------------------------

    async def join(self, account: str, chat: str, inviter: str = "") -> Delivery:
        """Comes into a group, let in by its owner or taken along by a member."""
        group, number = self._group(chat), self.platform.world.account(account).number
        owner = group.owner
        operator = int(inviter) if inviter else (owner.number if owner else number)
        sub_type = "invite" if inviter else "approve"
        event = changes.joined(self.platform, group, number, operator, sub_type)
        return await self._tell(event, group)

    async def leave(self, account: str, chat: str) -> Delivery:
        place = self._place(account, chat)
        group = self._need_group(place)
        event = changes.left(self.platform, group, place.number, place.number, "leave")
        return await self._tell(event, group)

    async def kick(self, account: str, chat: str, victim: str) -> Delivery:
        """An owner or admin removes somebody, also the bot (kick_me)."""
        place = self._place(account, chat)
        number = self.platform.world.account(victim).number
        group = self._manager(place, self._need_group(place).members[number])
        event = changes.left(self.platform, group, number, place.number, "kick")
        return await self._tell(event, None)

    async def mute(self, account: str, chat: str, victim: str, seconds: int) -> Delivery:
        """An owner or admin silences somebody, also the bot; 0 lifts it."""
        place = self._place(account, chat)
        number = self.platform.world.account(victim).number
        group = self._manager(place, self._need_group(place).members[number])
        event = changes.muted(self.platform, group, number, place.number, seconds)
        return await self._tell(event, group)

    async def mute_all(self, account: str, chat: str, *, on: bool = True) -> Delivery:
        place = self._place(account, chat)
        group = self._manager(place)
        return await self._tell(
            changes.whole_muted(self.platform, group, place.number, on=on), group
        )

    async def make_admin(
        self, account: str, chat: str, member: str, *, on: bool = True
    ) -> Delivery:
        """The owner makes somebody an admin, also the bot, or takes it back."""
        place = self._place(account, chat)
        group = self._need_group(place)
        if group.members[place.number].role is not Role.OWNER:
            raise NotOnScreenError("只有群主可以")
        number = self.platform.world.account(member).number
        return await self._tell(changes.promoted(self.platform, group, number, on=on), group)

    async def set_card(self, account: str, chat: str, card: str) -> Delivery:
        """Changes one's own card; only NapCat and LLBot tell of it."""
        place = self._place(account, chat)
        group = self._need_group(place)
        event = changes.carded(self.platform, group, place.number, card)
        return await self._tell(event, group) if event else Delivery(True, 0, 0, "", 0.0)

    # -- inside ------------------------------------------------------------------------------

    def _need_group(self, place: Place) -> Group:
        if place.group is None:
            raise NotOnScreenError("这不是群")
        return place.group

    def _on_screen(self, account: str, message_id: str) -> Message:
        shown = self.platform.world.screens.find(account, message_id)
        digits = message_id.partition(".")[0]
        known = digits.removeprefix("-").isdecimal()
        message = self.platform.world.messages.get(int(digits)) if known else None
        if shown is None or message is None or message.recalled:
            raise NotOnScreenError(f"屏幕上没有这条消息：{message_id}")
        return message

    async def _message(self, place: Place, message: Message, copies: int) -> Delivery:
        event = events.message(self.platform, message)
        ident = str(message.message_id)
        delivery = await self._tell(event, place.group, ident)
        for _ in range(copies - 1):
            await self._tell(event, place.group, ident)
        return delivery

    async def _media(
        self, account: str, kind: str, name: str, data: bytes, chat: str | None
    ) -> Delivery:
        place = self._place(account, chat)
        number = place.group.number if place.group else 0
        media = self.platform.world.keep(name, data, number)
        message = self._post(place, [as_media(self.platform, media, kind)])
        if kind != "file" or place.group is None:
            return await self._message(place, message, 1)
        told: JsonObject = {"id": media.media_id, "name": name, "size": len(data), "busid": 102}
        fields: JsonObject = {"group_id": number, "user_id": place.number, "file": told}
        event = events.notice(self.platform, "group_upload", fields)
        delivery = await self._tell(event, place.group, str(message.message_id))
        if self.platform.dialect.wordy:
            await self._message(place, message, 1)
        return delivery
