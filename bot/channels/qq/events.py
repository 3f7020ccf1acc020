"""Events of the QQ platform as plain values (qq.md A5, A8).

Reading never raises and refuses nothing new: unknown events are None, unknown fields are passed
over, a field that is missing or of another kind is empty. Knows no socket and nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Fields = Mapping[str, Any]
ID_LENGTH = 128  # of any id, all of them opaque; longer ones are nobody's
BUTTON_PRESS, QUICK_MENU = 11, 12
# the mark of a mention, and faces as text
_MENTION = re.compile(r"<@!?[^<>\s]{1,128}>")
_FACE = re.compile(r"<faceType=[^<>]*>")


class Scene(StrEnum):
    """Where something was said; the value is the platform's word for it in addresses."""

    C2C = "users"
    GROUP = "groups"


@dataclass(frozen=True, slots=True)
class Spot:
    """A private chat or a group; `member`: who speaks there, in a group under its own id."""

    scene: Scene
    openid: str
    member: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that was sent along; `words`: what the platform heard in a voice message."""

    kind: str
    name: str
    url: str
    size: int
    words: str = ""

    @property
    def is_file(self) -> bool:
        """Neither seen nor heard; the pages say `file`, and other kinds may follow."""
        return bool(self.url) and not self.kind.startswith(("image", "video", "audio", "voice"))


@dataclass(frozen=True, slots=True)
class Said:
    """A message. `mentioned`: we were named by the platform's own mark; `others`: only others."""

    spot: Spot
    message_id: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    mentioned: bool = True
    others: bool = False
    told_at: object = None  # when, as the platform writes it


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, or the quick menu (`data` is empty). `event_id`: what a reply quotes first."""

    spot: Spot
    interaction_id: str
    event_id: str
    data: str
    told_at: object = None


class Change(StrEnum):
    """What became of our standing with somebody."""

    JOINED = "joined"
    LEFT = "left"
    REJECTED = "rejected"  # active messages are not wanted any more
    ALLOWED = "allowed"
    MEMBER_JOINED = "member joined"
    MEMBER_LEFT = "member left"


@dataclass(frozen=True, slots=True)
class Standing:
    """We were added or removed, or active messages were turned off or on."""

    spot: Spot
    change: Change
    event_id: str


Event = Said | Pressed | Standing

_CHANGES: Mapping[str, tuple[Scene, Change]] = {
    "GROUP_ADD_ROBOT": (Scene.GROUP, Change.JOINED),
    "GROUP_DEL_ROBOT": (Scene.GROUP, Change.LEFT),
    "GROUP_MSG_REJECT": (Scene.GROUP, Change.REJECTED),
    "GROUP_MSG_RECEIVE": (Scene.GROUP, Change.ALLOWED),
    "FRIEND_ADD": (Scene.C2C, Change.JOINED),
    "FRIEND_DEL": (Scene.C2C, Change.LEFT),
    "C2C_MSG_REJECT": (Scene.C2C, Change.REJECTED),
    "C2C_MSG_RECEIVE": (Scene.C2C, Change.ALLOWED),
    "GROUP_MEMBER_ADD": (Scene.GROUP, Change.MEMBER_JOINED),
    # one event under two names: the sources disagree (qq.md C8)
    "GROUP_MEMBER_REMOVE": (Scene.GROUP, Change.MEMBER_LEFT),
    "GROUP_MEMBER_QUIT": (Scene.GROUP, Change.MEMBER_LEFT),
}


def read(payload: Fields) -> Event | None:
    """An event's payload; None for one that is not ours to know."""
    name, d = text(payload, "t"), at(payload, "d")
    match name:
        case "C2C_MESSAGE_CREATE":
            return _said(Spot(Scene.C2C, _id(at(d, "author"), "user_openid")), d, mentioned=True)
        case "GROUP_AT_MESSAGE_CREATE":
            return _said(_group(d), d, mentioned=True)
        case "GROUP_MESSAGE_CREATE":
            return _said(_group(d), d, mentioned=_is_for_us(d))
        case "INTERACTION_CREATE":
            return _pressed(payload, d)
    if name not in _CHANGES:
        return None
    scene, change = _CHANGES[name]
    member = _id(d, "member_openid") or _id(d, "op_member_openid")
    openid = _id(d, "group_openid" if scene is Scene.GROUP else "openid")
    if not openid:
        return None
    return Standing(Spot(scene, openid, member), change, _id(payload, "id"))


def keys(payload: Fields) -> tuple[str, ...]:
    """What makes an event this one: the payload's id, and the message's own (qq.md A4)."""
    outer, inner = text(payload, "id"), text(at(payload, "d"), "id")
    return tuple(f"{kind}:{each}" for kind, each in (("event", outer), ("message", inner)) if each)


def interaction_id(payload: Fields) -> str:
    """What must be acknowledged at once: a press or the quick menu; empty for anything else."""
    d = at(payload, "d")
    pressed = text(payload, "t") == "INTERACTION_CREATE"
    known = d.get("type") in (BUTTON_PRESS, QUICK_MENU)
    return _id(d, "id") if pressed and known else ""


def at(value: Fields, name: str) -> Fields:
    """An inner object, or an empty one."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def text(value: Fields, name: str) -> str:
    """A text field; half a surrogate pair, which JSON can name, becomes a question mark."""
    found = value.get(name)
    return found.encode(errors="replace").decode() if isinstance(found, str) else ""


def items(value: Fields, name: str) -> list[Fields]:
    """A list of objects."""
    found = value.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _id(value: Fields, name: str) -> str:
    found = text(value, name)
    return found if len(found) <= ID_LENGTH else ""


def _group(d: Fields) -> Spot:
    return Spot(Scene.GROUP, _id(d, "group_openid"), _id(at(d, "author"), "member_openid"))


def _is_for_us(d: Fields) -> bool:
    """Some mention says is_you; one of everybody is nobody's."""
    return any(each.get("is_you") is True for each in items(d, "mentions"))


def _said(spot: Spot, d: Fields, *, mentioned: bool) -> Said | None:
    author, message_id = at(d, "author"), _id(d, "id")
    nobody = not spot.openid or (spot.scene is Scene.GROUP and not spot.member)
    # two bots that answer each other never stop
    if nobody or not message_id or author.get("bot") is True:
        return None
    written = text(d, "content")
    content = _FACE.sub("", _MENTION.sub(" ", written)).strip()
    others = not mentioned and bool(items(d, "mentions") or _MENTION.search(written))
    found = tuple(
        Attachment(
            kind=text(each, "content_type"),
            name=text(each, "filename"),
            url=_address(text(each, "url")),
            size=size if isinstance(size := each.get("size"), int) else 0,
            words=text(each, "asr_refer_text").strip(),
        )
        for each in items(d, "attachments")
    )
    heard = " ".join(each.words for each in found if each.words)
    told_at = d.get("timestamp")
    return Said(spot, message_id, content or heard, found, mentioned, others, told_at)


def _address(url: str) -> str:
    """Addresses may come without a scheme (qq.md A5)."""
    if not url or "://" in url:
        return url
    return f"https://{url.removeprefix('//')}"


def _pressed(payload: Fields, d: Fields) -> Pressed | None:
    found = interaction_id(payload)
    if group := _id(d, "group_openid"):
        spot = Spot(Scene.GROUP, group, _id(d, "group_member_openid"))
    else:
        spot = Spot(Scene.C2C, _id(d, "user_openid"))
    nobody = not spot.openid or (spot.scene is Scene.GROUP and not spot.member)
    if not found or nobody:
        return None
    data = text(at(at(d, "data"), "resolved"), "button_data")
    return Pressed(spot, found, _id(payload, "id") or found, data, d.get("timestamp"))
