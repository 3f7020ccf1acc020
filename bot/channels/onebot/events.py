"""OneBot's events as plain values (qq.md B3 and B4).

Reading never raises: a field that is missing or of another kind is empty, an id may be a number
or digits. Knows no socket and no reply.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.channels.onebot.cq import Segment, parse

_ID = re.compile(r"[0-9]{1,20}")
_MESSAGE_ID = re.compile(r"-?[0-9]{1,20}")
# what NapCat names as the group of a temporary talk when it does not know it (B3)
UNKNOWN_GROUP = "284840486"
# what can be downloaded, and what it is called where nobody named it
_MEDIA = {"file": "文件", "image": "图片.jpg"}


@dataclass(frozen=True, slots=True)
class Media:
    """Something sent that can be fetched: by its address, or by its id where there is none."""

    url: str
    name: str
    file_id: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a person said. `group` is empty in private; `through` names the group of a temporary
    talk; `wordless`: nothing of it can be read or fetched."""

    id: str  # unlike any other of this account: the protocol has no event ids
    message_id: str
    account: str
    group: str
    through: str
    friend: bool
    mentioned: bool
    quotes: str  # the message that it answers, which does not say whose it was; empty: none
    text: str
    media: Media | None
    wordless: bool
    told_at: object = None  # when, in seconds


def id_of(frame: Mapping[str, Any], name: str) -> str:
    """An account's or a group's number as digits; empty for none (or zero)."""
    digits = _digits(frame.get(name), _ID)
    return "" if digits.strip("0") == "" else digits


def words(frame: Mapping[str, Any], name: str) -> str:
    """A text field; half a surrogate pair, which JSON can name, becomes a question mark."""
    value = frame.get(name)
    return _clean(value) if isinstance(value, str) else ""


def inner(frame: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside, or an empty one."""
    value = frame.get(name)
    return value if isinstance(value, dict) else {}


def segments_of(message: object) -> list[Segment]:
    """The pieces of a message in either format; `raw_message` is never looked at (B3)."""
    if isinstance(message, str):
        return parse(_clean(message))
    pieces = message if isinstance(message, list) else [message]
    return [_segment(piece) for piece in pieces if isinstance(piece, dict)]


def read_message(frame: Mapping[str, Any], self_id: str) -> Message | None:
    """A message event; None for one that is not a person's: our own, anonymous, a system hint."""
    account, group = id_of(frame, "user_id"), ""
    message_id = _digits(frame.get("message_id"), _MESSAGE_ID)
    if not account or account == self_id:
        return None
    if frame.get("message_type") == "group":
        group = id_of(frame, "group_id")
        if not group or frame.get("anonymous") or frame.get("sub_type") in ("anonymous", "notice"):
            return None
    elif frame.get("message_type") != "private":
        return None
    segments = segments_of(frame.get("message"))
    if not segments:
        return None
    text, mentioned = said(segments, self_id)
    media = _first_media(segments, group)
    kinds = {segment.kind for segment in segments} - {"text", "at", "reply", "face"}
    return Message(
        # one without an id is no other's repeat
        id=f"{self_id}:{message_id or uuid4().hex}:{_digits(frame.get('time'), _MESSAGE_ID)}",
        message_id=message_id,
        account=account,
        group=group,
        through="" if group else _through(frame),
        friend=not group and frame.get("sub_type") == "friend",
        mentioned=mentioned,
        quotes=_quoted(segments),
        text=text,
        media=media,
        wordless=not text and media is None and (bool(kinds) or not mentioned),
        told_at=frame.get("time"),
    )


def read_private_file(frame: Mapping[str, Any], self_id: str) -> Message | None:
    """A file sent in private as a notice (offline_file, of go-cqhttp's kin)."""
    account, file = id_of(frame, "user_id"), inner(frame, "file")
    url = _address(words(file, "url"))
    if not account or account == self_id or not url:
        return None
    told = json.dumps(frame, sort_keys=True).encode()
    return Message(
        id=f"{self_id}:file:{account}:{hashlib.sha256(told).hexdigest()}",
        message_id="",
        account=account,
        group="",
        through="",
        friend=False,
        mentioned=False,
        quotes="",
        text="",
        media=Media(url, words(file, "name") or _MEDIA["file"]),
        wordless=False,
        told_at=frame.get("time"),
    )


def said(segments: Sequence[Segment], self_id: str) -> tuple[str, bool]:
    """The words of a message, and whether it names us.

    Our own mention and one space after it are cut out; a mention of everybody is not one of us.
    """
    text, mentioned, after_us = "", False, False
    for segment in segments:
        piece = ""
        if segment.kind == "text":
            piece = segment.data.get("text", "")
            if after_us and piece[:1] in (" ", "\u2005", "\u00a0"):
                piece = piece[1:]
        elif segment.kind == "at":
            named = segment.data.get("qq", "")
            after_us = named == self_id
            mentioned = mentioned or after_us
            if not after_us:
                everybody = named == "all"
                piece = f"@{'全体成员' if everybody else segment.data.get('name') or named}"
            text += piece
            continue
        after_us = False
        text += piece
    return text.strip(), mentioned


def _quoted(segments: Sequence[Segment]) -> str:
    for segment in segments:
        if segment.kind == "reply":
            # one without an id answers somebody, and nobody knows whom
            return _digits(segment.data.get("id"), _MESSAGE_ID) or "?"
    return ""


def _segment(piece: Mapping[str, Any]) -> Segment:
    values = {
        name: _clean(str(value))
        for name, value in inner(piece, "data").items()
        if isinstance(value, str | int)
    }
    return Segment(words(piece, "type"), values)


def _first_media(segments: Sequence[Segment], group: str) -> Media | None:
    for segment in segments:
        if segment.kind in _MEDIA:
            data = segment.data
            url, file_id = _address(data.get("url", "")), data.get("file_id", "")
            # a picture's `file` is a name of the implementation's own making
            named = data.get("name") or (data.get("file", "") if segment.kind == "file" else "")
            if url or (file_id and segment.kind == "file"):
                return Media(url, named or _MEDIA[segment.kind], file_id, group)
    return None


def _address(url: str) -> str:
    """An address we may call; never a path on some machine."""
    return url if url.startswith(("http://", "https://")) else ""


def _through(frame: Mapping[str, Any]) -> str:
    """The group of a temporary talk."""
    if frame.get("sub_type") != "group":
        return ""
    sender = inner(frame, "sender")
    group = id_of(frame, "group_id") or id_of(sender, "group_id")
    return "" if group == UNKNOWN_GROUP else group


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode()


def _digits(value: object, kind: re.Pattern[str]) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value) if isinstance(value, str) or abs(value) < 10**20 else ""
    return text if kind.fullmatch(text) else ""
