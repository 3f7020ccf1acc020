"""…/messages: checks a bot's message in the platform's order and shows it (protocol page A7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.common.errands import Errands
from simulator.common.screen import Kind
from simulator.common.values import JsonObject, table, text, whole
from simulator.qq import board, keyboards, replies, targets, uploads, wording
from simulator.qq.board import Content
from simulator.qq.errors import ApiError
from simulator.qq.keyboards import Keyboard
from simulator.qq.platform import Platform, made_up, message_id
from simulator.qq.records import Occasion, Sent
from simulator.qq.targets import Target

_TEXT, _MARKDOWN, _ARK, _EMBED, _TYPING, _MEDIA = 0, 2, 3, 4, 6, 7
_LEAST_TYPING, _MOST_TYPING = 1, 60
_SHOWN = {"image": Kind.IMAGE, "voice": Kind.VOICE}


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for its audit."""

    target: Target
    content: Content
    keyboard: Keyboard
    passive: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """The HTTP status and body of an answer."""

    status: int
    body: JsonObject


@dataclass(slots=True)
class Desk:
    """Takes the messages of bots; `held` are those under audit by audit_id."""

    platform: Platform
    courier: Errands
    held: dict[str, Held] = field(default_factory=dict)
    typing: list[str] = field(default_factory=list)  # accounts that saw "对方正在输入"

    def send(self, target: Target, body: JsonObject) -> Accepted:
        """Refused messages use up neither a msg_seq nor a quota."""
        targets.check_reach(target)
        if whole(body, "msg_type", _TEXT) == _TYPING:
            return self._type(target, body)
        content, keyboard = self._content(target, body)
        occasion = replies.occasion_of(self.platform, target, body)
        if occasion is None:
            replies.check_push(self.platform, target)
        else:
            self._answered(occasion, body)
        passive = occasion is not None
        held = Held(target, content, keyboard, passive)
        if self.platform.faults.take("audits"):
            return self._hold(held)
        return Accepted(200, self.show(held))

    def upload(self, target: Target, body: JsonObject) -> Accepted:
        """…/files; `srv_send_msg` sends at once and counts as active push."""
        at_once = body.get("srv_send_msg") is True
        if at_once:
            targets.check_reach(target)
        stored = uploads.store(self.platform, target, body)
        if at_once:
            replies.check_push(self.platform, target)
            info = text(stored, "file_info")
            media = uploads.media_of(self.platform, target.bot, target.scene, info)
            content = Content(_SHOWN.get(media.kind, Kind.FILE), media=media)
            stored["id"] = self.show(Held(target, content, Keyboard(), passive=False))["id"]
        return Accepted(200, stored)

    def show(self, held: Held) -> JsonObject:
        """Puts it on the screens; the answer of a message that was sent."""
        target, ident = held.target, message_id()
        for account in target.viewers:
            board.show(
                self.platform,
                account,
                held.content,
                message_id=ident,
                chat=target.chat,
                sender=target.bot.name,
            )
        self.platform.sent[ident] = Sent(
            ident,
            target.bot.appid,
            target.key,
            target.chat,
            target.viewers,
            self.platform.now(),
            held.passive,
            held.keyboard.sent or {},
        )
        stamp = self.platform.stamp() if target.person else self.platform.written()
        return {"id": ident, "timestamp": stamp, "ext_info": {"ref_idx": f"REFIDX_{ident[9:21]}"}}

    def recall(self, target: Target, ident: str) -> None:
        """306001 unknown here, 306002 not the bot's own, 306011 after two minutes."""
        found = self.platform.sent.get(ident)
        if found is None and any(
            self.platform.screens.find(account, ident) for account in target.viewers
        ):
            raise ApiError(306002)
        if found is None or found.target != target.key or found.recalled:
            raise ApiError(306001)
        if found.appid != target.bot.appid:
            raise ApiError(306002)
        if self.platform.now() - found.at > self.platform.limits.recall_within:
            raise ApiError(306011)
        found.recalled = True
        for account in found.viewers:
            self.platform.screens.recall(account, ident)

    # -- inside --------------------------------------------------------------------------------

    def _content(self, target: Target, body: JsonObject) -> tuple[Content, Keyboard]:
        kind, said = whole(body, "msg_type", _TEXT), text(body, "content")
        bot = target.bot
        if kind == _MARKDOWN:
            return self._markdown(target, body)
        if table(body, "keyboard"):
            raise ApiError(304040, "only with markdown")
        if kind == _MEDIA:
            info = text(table(body, "media"), "file_info")
            media = uploads.media_of(self.platform, bot, target.scene, info)
            if not said:
                raise ApiError(50006)
            wording.check_words(self.platform, bot, said, 40054007)
            return Content(_SHOWN.get(media.kind, Kind.FILE), said.strip(), media=media), Keyboard()
        if kind in (_ARK, _EMBED):
            raise ApiError(304004)
        if kind != _TEXT:
            raise ApiError(50035, "msg_type")
        if not said.strip():
            raise ApiError(50006)
        wording.check_words(self.platform, bot, said, 40054007)
        return Content(Kind.TEXT, said), Keyboard()

    def _markdown(self, target: Target, body: JsonObject) -> tuple[Content, Keyboard]:
        if text(body, "content").strip():
            raise ApiError(50037)
        said = wording.markdown_of(target.bot, body)
        wording.check_words(self.platform, target.bot, said, 40054018)
        keyboard = keyboards.read(self.platform, target.bot, body)
        shown = wording.rendered(self.platform, target, said)
        return Content(Kind.MARKDOWN, shown, keyboard.drawn), keyboard

    def _type(self, target: Target, body: JsonObject) -> Accepted:
        """ "typing" in a private chat, as an answer; it leaves nothing and counts as no reply."""
        part = table(body, "input_notify")
        seconds = whole(part, "input_second")
        if target.person is None or whole(part, "input_type") != 1:
            raise ApiError(50035, "input_notify")
        if not _LEAST_TYPING <= seconds <= _MOST_TYPING:
            raise ApiError(50035, "input_second")
        if replies.occasion_of(self.platform, target, body) is None:
            raise ApiError(40034024)
        self.typing.append(target.person.account)
        return Accepted(200, {"id": message_id(), "timestamp": self.platform.stamp()})

    def _answered(self, occasion: Occasion, body: JsonObject) -> None:
        occasion.used.add(replies.sequence(body))
        self.courier.release(occasion.id)

    def _hold(self, held: Held) -> Accepted:
        audit_id = made_up()
        self.held[audit_id] = held
        code = 304024 if held.passive else 304023
        data: JsonObject = {"message_audit": {"audit_id": audit_id}}
        body = ApiError(code).body(made_up()) | {"data": data}
        return Accepted(202, body)


def bot_state(platform: Platform, target: Target) -> JsonObject:
    """GET …/bot_state (A10); 40054003 when the bot is not there any more."""
    seat = target.group.seats.get(target.bot.appid) if target.group else None
    if target.group is None or seat is None:
        raise ApiError(40054003)
    return {
        "member_openid": platform.member_openid(target.bot, target.group, target.bot.appid),
        "joined_at": seat.joined.isoformat(timespec="seconds"),
        "allow_proactive_msg": seat.proactive,
        "recv_msg_setting": seat.hears.value,
        "member_role": "admin" if seat.admin else "member",
    }


def group_info(platform: Platform, target: Target) -> JsonObject:
    """GET …/info: the page names the call, not its fields; there are no names of members."""
    if target.group is None or target.bot.appid not in target.group.seats:
        raise ApiError(40054003)
    openid = platform.group_openid(target.bot, target.group)
    return {
        "group_openid": openid,
        "group_name": target.group.name,
        "member_count": len(target.group.members) + len(target.group.seats),
    }
