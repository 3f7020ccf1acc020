"""WeCom's XML and JSON on one side, Incoming and replies on the other (wecom.md 1.4 to 1.7)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from bot.channels.rendering import printable, unmarked
from bot.channels.wecom.crypto import BadCallbackError

Fields = Mapping[str, Any]
# One element looks like a scalar after conversion: these are always lists (wecom.md 1.7)
_LISTS = ("SelectedItem", "OptionId", "item")
# One ciphertext between its marks. What stands between two repetitions cannot be empty and no two
# that touch take the same sign: the search is over after one pass whatever the body is.
_SEALED_XML = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>", re.ASCII
)
# some JSON writers put a backslash before a slash
_SEALED_JSON = re.compile(rb'"[Ee]ncrypt"\s*:\s*"((?:[A-Za-z0-9+=/]|\\/)*)"', re.ASCII)
# The largest message, a card with all its lists, has some two hundred
_MOST_ELEMENTS, _DEEPEST = 2000, 16
_STAMP = 11  # digits of a moment
_MOST_ID = 64  # as long as its column
_MOST_NUMBER = 10**20  # ids of the platform have up to 19 digits
# signs that XML forbids and chats carry all the same, written as references
_REFERENCES = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcBC]|0?[eE]|1[0-9a-fA-F]|[fF]{3}[eEfF]));"
)


def sealed_in(body: bytes) -> str:
    """The ciphertext of a callback's outside: XML as WeCom sends it, or JSON (wecom.md 1.5).

    Found, not parsed: nobody has signed the outside, and what a stranger puts there must cost
    nothing. Wherever it stands, it is the ciphertext itself that the signature is about.
    """
    found = (_SEALED_JSON if body[:1] == b"{" else _SEALED_XML).findall(body)
    if len(found) != 1:
        raise BadCallbackError("no Encrypt" if not found else "several Encrypt")
    ciphertext: bytes = found[0]
    return ciphertext.replace(b"\\/", b"/").decode()


def read_message(text: str) -> Fields:
    """The decrypted message as a mapping with the names of the XML.

    Signs that no XML may hold are left out: the rest of the message is answered.
    """
    if text[:1] == "{":
        return read_json(text.encode())
    clean = printable(text)
    try:
        return read_xml(clean.encode())
    except BadCallbackError:
        without = _REFERENCES.sub("", clean)
        if without == clean:
            raise
        return read_xml(without.encode())


def read_xml(body: bytes) -> Fields:
    """Parse the small flat documents of callbacks: elements become fields, attributes nothing.

    Text is stripped and empty text is None, repeated elements and those of _LISTS are lists. A
    document type is refused, and with it every entity. expat by itself, because a general reader
    (xmltodict) took a fifth of what decrypting and answering a callback takes.
    """
    document: dict[str, Any] = {}
    opened: list[dict[str, Any]] = [document]
    words: list[str] = []
    elements = 0

    def start(_name: str, _attributes: Mapping[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > _MOST_ELEMENTS or len(opened) > _DEEPEST:
            raise BadCallbackError("xml")
        words.clear()
        opened.append({})

    def end(name: str) -> None:
        value: Any = opened.pop() or "".join(words).strip() or None
        words.clear()
        around = opened[-1]
        if name in around:
            present = around[name]
            if isinstance(present, list):
                present.append(value)
            else:
                around[name] = [present, value]
        else:
            around[name] = [value] if name in _LISTS else value

    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = words.append
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError, LookupError):
        # LookupError: an encoding that nobody knows
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
    """A field as text; absent, empty and repeated ones are empty.

    Half a surrogate pair, which JSON can name, becomes a question mark.
    """
    value = fields.get(name)
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST_NUMBER
    return str(value) if number else ""


def message_key(fields: Fields, signature: str = "") -> str:
    """What makes a delivery this one (wecom.md 1.4): its MsgId.

    Events have none: it is all of what happened, so that two of one second that differ in
    anything are two. Words without an id are told apart by the callback's `signature` only: the
    same may well be said twice.
    """
    if message_id := text(fields, "MsgId"):
        return message_id if len(message_id) <= _MOST_ID else _hashed("message", message_id)
    if signature and text(fields, "MsgType") != "event":
        return _hashed("call", signature)
    # a button's key alone may have 1,024 bytes: more than a column of ids holds
    return _hashed("event", json.dumps(fields, sort_keys=True))


def _hashed(kind: str, told: str) -> str:
    return f"{kind}:{hashlib.sha256(told.encode(errors='replace')).hexdigest()}"


def inner(fields: Fields, name: str) -> Fields:
    """The fields of an inner element; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def listed(fields: Fields, name: str) -> tuple[Any, ...]:
    """An element that may be repeated: in JSON one of it is no list (wecom.md 1.7)."""
    value = fields.get(name)
    return () if value is None else tuple(value) if isinstance(value, list) else (value,)


def created_at(fields: Fields) -> datetime | None:
    """CreateTime, in seconds; None for what is no moment."""
    seconds = text(fields, "CreateTime")
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= _STAMP):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def cdata(value: str) -> str:
    """Text inside CDATA, without what no document may hold; what would end it is split (wecom.md 6:
    the stock replies do not)."""
    return "<![CDATA[" + printable(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


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
