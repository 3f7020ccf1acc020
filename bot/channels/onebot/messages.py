"""Replies as OneBot messages: arrays of segments, what people wrote only inside text segments.

A string message would let a name like `[CQ:at,qq=all]` call everybody (qq.md B4). Knows no
socket.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.onebot.people import Chat
from bot.channels.rendering import in_words, split_bytes
from handlers.reply import Reply
from storage.outbox_values import Json

# of one message; QQ publishes no limit, longer ones are hard to read on a phone
TEXT_BYTES = 6000
REALM = "onebot"
Segment = Json


def parts(reply: Reply, files: Sequence[int] = (), group: str = "") -> list[Json]:
    """One reply as messages, in order; `files`: attachment ids, read when it is sent.

    As few as possible, because each one counts: the first picture travels with the words.
    `group`: where it goes, if into one; then whom a part calls stands beside its text.
    """
    words = in_words(reply)
    made: list[Json] = [{"text": part} for part in split_bytes(words, TEXT_BYTES)] if words else []
    if group and (calls := _calls(reply, group)):
        made[:1] = [{**each, "calls": calls} for each in made[:1]]
    for file, attachment in zip(reply.files, files, strict=False):
        if not file.picture:
            made.append({"file": attachment})
        elif made and "text" in made[-1] and "picture" not in made[-1]:
            made[-1] = {**made[-1], "picture": attachment}
        else:
            made.append({"picture": attachment})
    return made


def _calls(reply: Reply, group: str) -> dict[str, str]:
    """What stands in the text, and whom it calls."""
    found = {each.said: each.account(REALM, group) for each in reply.mentions}
    found |= {each.said: "all" for each in reply.mentions if each.everybody}
    return {said: number for said, number in found.items() if number == "all" or _is_qq(number)}


def _is_qq(number: str) -> bool:
    return number.isascii() and number.isdigit()


def at(number: str) -> Segment:
    """The @ of one member, or of "all"; its value is a text (B4)."""
    return {"type": "at", "data": {"qq": number}}


def text(words: str) -> Segment:
    """Words; nothing in them is a code."""
    return {"type": "text", "data": {"text": words}}


def image(file: str) -> Segment:
    """A picture that is in the frame itself."""
    return {"type": "image", "data": {"file": file}}


def head(message_id: str) -> list[Segment]:
    """What an answer in a group begins with: the message it answers, so that nobody is named."""
    return [{"type": "reply", "data": {"id": message_id}}] if message_id else []


def call(chat: Chat, segments: Sequence[Segment]) -> tuple[str, Json]:
    """The action and its parameters; ids as numbers (B2)."""
    message = list(segments)
    if chat.group:
        return "send_group_msg", {"group_id": int(chat.id), "message": message}
    through = {"group_id": int(chat.through)} if chat.through else {}
    return "send_private_msg", {"user_id": int(chat.id), **through, "message": message}


def upload(chat: Chat, name: str, file: str) -> tuple[str, Json]:
    """The action that sends a file: an extension of NapCat and LLBot (B2)."""
    if chat.group:
        return "upload_group_file", {"group_id": int(chat.id), "file": file, "name": name}
    return "upload_private_file", {"user_id": int(chat.id), "file": file, "name": name}
