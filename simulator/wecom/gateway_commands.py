"""What an AI bot may send on its long connection, and when it is refused (protocol page 4.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from simulator.common.screen import Kind
from simulator.common.values import JsonObject, byte_length, table, text, whole
from simulator.wecom.aibot_frames import bot_userid, talk_of
from simulator.wecom.aibot_replies import Occasion, Reply, Talk, read_update
from simulator.wecom.aibot_screen import apply_reply, end_stream, show
from simulator.wecom.card_checks import check_card
from simulator.wecom.cards import draw
from simulator.wecom.content import (
    Content,
    card_content,
    find_media,
    media_content,
    read_markdown,
)
from simulator.wecom.delivery import ReplyError
from simulator.wecom.errors import ApiError
from simulator.wecom.gateway_lines import Ask, Line, Stream
from simulator.wecom.platform import Platform
from simulator.wecom.state import AiBot, Corp

_MEDIA = frozenset(("file", "image", "voice", "video"))
_SINGLE, _GROUP = 1, 2


@dataclass(frozen=True, slots=True)
class Turn:
    """One command: on which connection, of which bot, under which req_id, at which loop time."""

    platform: Platform
    line: Line
    corp: Corp
    bot: AiBot
    req_id: str
    loop_time: float


def respond(turn: Turn, body: JsonObject) -> Stream | None:
    """aibot_respond_msg: only to a message of this connection, within 24 hours (846605)."""
    ask = _asked(turn, Occasion.MESSAGE)
    if turn.platform.now() - ask.made > turn.platform.limits.bot_reply_within:
        raise ApiError(846605)
    kind = text(body, "msgtype")
    if kind in ("stream", "stream_with_template_card"):
        return _stream(turn, ask, body, table(body, "template_card"))
    content = _content(turn, body, kind)
    _count(turn, ask.talk)
    show(turn.platform, ask.talk, content, turn.platform.next_id(), done=True)
    ask.release()
    return None


def welcome(turn: Turn, body: JsonObject) -> None:
    """aibot_respond_welcome_msg: text or a card, within five seconds of enter_chat."""
    ask = _prompt(turn, Occasion.ENTER)
    kind = text(body, "msgtype")
    if kind == "text":
        said = text(table(body, "text"), "content")
        if not said:
            raise ApiError(44004)
        content = Content(Kind.TEXT, said)
    elif kind == "template_card":
        content = _card(table(body, "template_card"))
    else:
        raise ApiError(40008, kind)
    _count(turn, ask.talk)
    show(turn.platform, ask.talk, content, turn.platform.next_id(), done=True)
    _used(turn, ask)


def update(turn: Turn, body: JsonObject) -> None:
    """aibot_respond_update_msg: the card that was pressed, within five seconds."""
    ask = _prompt(turn, Occasion.PRESS)
    if text(body, "response_type") != "update_template_card":
        raise ApiError(40058, "response_type")
    try:
        reply = read_update(ask.talk, body, table(body, "template_card"))
    except ReplyError as error:
        raise ApiError(40058, str(error)) from None
    apply_reply(turn.platform, ask.talk, reply)
    _used(turn, ask)


def push(turn: Turn, body: JsonObject) -> None:
    """aibot_send_msg: 40050 where nobody has talked to the bot yet."""
    talk = _chat(turn, text(body, "chatid"), whole(body, "chat_type"))
    content = _content(turn, body, text(body, "msgtype"))
    _count(turn, talk)
    show(turn.platform, talk, content, turn.platform.next_id(), done=True)


COMMANDS: Final[dict[str, Callable[[Turn, JsonObject], Stream | None]]] = {
    "aibot_respond_msg": respond,
    "aibot_respond_welcome_msg": welcome,
    "aibot_respond_update_msg": update,
    "aibot_send_msg": push,
}


def _asked(turn: Turn, occasion: Occasion) -> Ask:
    ask = turn.line.asks.get(turn.req_id)
    if ask is None or ask.occasion is not occasion:
        raise ApiError(846605)
    return ask


def _prompt(turn: Turn, occasion: Occasion) -> Ask:
    ask = _asked(turn, occasion)
    if turn.loop_time - ask.started > turn.platform.limits.bot_event_seconds:
        raise ApiError(846605)
    return ask


def _used(turn: Turn, ask: Ask) -> None:
    del turn.line.asks[turn.req_id]
    ask.release()


def _stream(turn: Turn, ask: Ask, body: JsonObject, card: JsonObject) -> Stream:
    """A frame of a stream: the whole text each time; 846608 once it is finished or too old."""
    part, limits = table(body, "stream"), turn.platform.limits
    ident, said = text(part, "id"), text(part, "content")
    if not ident or part.get("msg_item"):
        raise ApiError(40058, "stream")
    if byte_length(said) > limits.stream_bytes:
        raise ApiError(45002)
    known = ask.streams.get(ident)
    if known is not None and turn.platform.now() - known.began > limits.stream_window:
        known.finished = True
        end_stream(known.talk)
    if known is not None and known.finished:
        raise ApiError(846608)
    if card and known is not None and known.carded:
        raise ApiError(40058, "template_card")
    extra = (_card(card),) if card else ()
    if known is None or limits.stream_frames_count:
        _count(turn, ask.talk)
    if known is None:
        talk = replace(ask.talk, stream_message=turn.platform.next_id())
        known = ask.streams[ident] = Stream(talk, turn.platform.now())
    known.carded = known.carded or bool(card)
    known.finished = part.get("finish") is True
    reply = Reply(Content(Kind.MARKDOWN, said), extra, ident, known.finished)
    apply_reply(turn.platform, known.talk, reply)
    if known.finished and all(one.finished for one in ask.streams.values()):
        ask.release()
    return known


def _content(turn: Turn, body: JsonObject, kind: str) -> Content:
    part = table(body, kind)
    if kind == "markdown":
        return read_markdown(part, turn.platform.limits.stream_bytes)
    if kind == "template_card":
        return _card(part)
    if kind in _MEDIA:
        key = f"bot:{turn.bot.bot_id}"
        return media_content(
            find_media(turn.platform, turn.corp, text(part, "media_id"), kind, key)
        )
    raise ApiError(40008, kind)


def _card(card: JsonObject) -> Content:
    check_card(card, aibot=True)
    return card_content(draw(card))


def _count(turn: Turn, talk: Talk) -> None:
    """Replies and pushes together, per chat: 45009 beyond."""
    chat = talk.chat if talk.group else talk.member.userid.casefold()
    key = f"aibot:{turn.bot.bot_id}:{chat}"
    if not turn.corp.counters.take(key, turn.platform.limits.bot_chat, turn.platform.now()):
        raise ApiError(45009)


def _chat(turn: Turn, chat_id: str, chat_type: int) -> Talk:
    group = turn.corp.groups.get(chat_id) if chat_type != _SINGLE else None
    if group is not None:
        known = turn.bot.bot_id in group.aibots and group.members
        if not known or chat_id.casefold() not in turn.bot.talked:
            raise ApiError(40050)
        member = turn.corp.need_member(group.members[0])
        return talk_of(turn.platform, turn.corp, turn.bot, member, chat_id)
    for member in turn.corp.members.values() if chat_type != _GROUP else ():
        same = bot_userid(turn.bot, member).casefold() == chat_id.casefold()
        if same and member.status == 1 and member.userid.casefold() in turn.bot.talked:
            return talk_of(turn.platform, turn.corp, turn.bot, member)
    raise ApiError(40050)
