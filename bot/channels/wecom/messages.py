"""WeCom's XML and JSON on one side, Incoming and replies on the other (wecom.md 1.4 to 1.7)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from bot.channels.rendering import unmarked
from bot.channels.wecom.crypto import BadCallbackError

Fields = Mapping[str, Any]
# One element looks like a scalar after conversion: these are always lists (wecom.md 1.7)
_LISTS = ("SelectedItem", "OptionId", "item")
# Who, when and what; the last row tells the changes of a directory apart, which come by the dozen
# in one second from the same sender
_EVENT_KEY = (
    *("FromUserName", "CreateTime", "Event", "EventKey", "TaskId", "ResponseCode"),
    *("ChangeType", "UserID", "NewUserID", "Department", "Id", "Name", "ParentId", "TagId"),
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outside of a callback: the ciphertext, not yet trusted."""

    encrypt: str


def read_envelope(body: bytes) -> Envelope:
    """XML as WeCom sends it, or the JSON form that its own libraries know (wecom.md 1.5)."""
    fields = read_json(body) if body[:1] == b"{" else read_xml(body)
    encrypt = fields.get("Encrypt") or fields.get("encrypt")
    if not isinstance(encrypt, str):
        raise BadCallbackError("no Encrypt")
    return Envelope(encrypt)


def read_message(text: str) -> Fields:
    """The decrypted message as a mapping with the names of the XML."""
    return read_json(text.encode()) if text[:1] == "{" else read_xml(text.encode())


def read_xml(body: bytes) -> Fields:
    """Parse the small flat documents of callbacks: elements become fields, attributes nothing.

    Text is stripped and empty text is None, repeated elements and those of _LISTS are lists. A
    document type is refused, and with it every entity. expat by itself, because a general reader
    (xmltodict) took a fifth of what decrypting and answering a callback takes.
    """
    document: dict[str, Any] = {}
    opened: list[dict[str, Any]] = [document]
    words: list[str] = []

    def start(_name: str, _attributes: Mapping[str, str]) -> None:
        words.clear()
        opened.append({})

    def end(name: str) -> None:
        value: Any = opened.pop() or "".join(words).strip() or None
        words.clear()
        around = opened[-1]
        if name in around:
            present = around[name]
            around[name] = [*(present if isinstance(present, list) else [present]), value]
        else:
            around[name] = [value] if name in _LISTS else value

    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = words.append
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError):
        raise BadCallbackError("xml") from None
    fields = document.get("xml")
    if not isinstance(fields, dict):
        raise BadCallbackError("xml")
    return fields


def _refuse_document_type(*_: object) -> None:
    raise BadCallbackError("xml")


def read_json(body: bytes) -> Fields:
    """An object; anything else is refused, whoever sent it."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadCallbackError("json") from None
    if not isinstance(fields, dict):
        raise BadCallbackError("json")
    return fields


def text(fields: Fields, name: str) -> str:
    """A field as text; absent, empty and repeated ones are empty."""
    value = fields.get(name)
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def message_key(fields: Fields) -> str:
    """What makes a delivery this one: MsgId, or for events who, when and what (wecom.md 1.4)."""
    if message_id := text(fields, "MsgId"):
        return message_id
    # a button's key alone may have 1,024 bytes: more than a column of ids holds
    told = json.dumps([text(fields, name) for name in _EVENT_KEY]).encode()
    return "event:" + hashlib.sha256(told).hexdigest()


def inner(fields: Fields, name: str) -> Fields:
    """The fields of an inner element; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def listed(fields: Fields, name: str) -> tuple[Any, ...]:
    """An element that may be repeated: in JSON one of it is no list (wecom.md 1.7)."""
    value = fields.get(name)
    return () if value is None else tuple(value) if isinstance(value, list) else (value,)


def created_at(fields: Fields) -> datetime | None:
    """CreateTime, in seconds."""
    seconds = text(fields, "CreateTime")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None


def cdata(value: str) -> str:
    """Text inside CDATA; what would end it is split (wecom.md 6: the stock replies do not)."""
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(to: str, sender: str, created: int, content: str) -> str:
    """The inside of a passive text reply."""
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(unmarked(content))}</Content></xml>"
    )


def button_reply(to: str, sender: str, created: int, caption: str) -> str:
    """The inside of the answer to a card event: the pressed card's button greys out."""
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[update_button]]></MsgType>"
        f"<Button><ReplaceName>{cdata(caption)}</ReplaceName></Button></xml>"
    )


def reply_envelope(encrypt: str, signature: str, timestamp: str, nonce: str) -> str:
    """The outside of a passive reply."""
    return (
        f"<xml><Encrypt>{cdata(encrypt)}</Encrypt><MsgSignature>{cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
    )
