"""CQ codes: the string form of a message (protocol page B4). Knows segments, no chat."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_CODE = re.compile(r"\[CQ:([A-Za-z0-9_.-]+)((?:,[A-Za-z0-9_.-]+=[^,\]]*)*)\]")


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a message; every value as text."""

    type: str
    data: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.data.get("text", "") if self.type == "text" else ""


def escape(value: str, *, inside: bool = False) -> str:
    """`inside` a parameter the comma too."""
    value = value.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")
    return value.replace(",", "&#44;") if inside else value


def unescape(value: str) -> str:
    for mark, sign in (("&#44;", ","), ("&#91;", "["), ("&#93;", "]"), ("&amp;", "&")):
        value = value.replace(mark, sign)
    return value


def parse(written: str) -> list[Segment]:
    """What is no well-formed code, such as `[CQ:at, qq=1]` with its space, stays text."""
    segments: list[Segment] = []
    position = 0
    for found in _CODE.finditer(written):
        _add_text(segments, written[position : found.start()])
        position = found.end()
        pairs = (pair.split("=", 1) for pair in found[2].split(",") if pair)
        segments.append(Segment(found[1], {name: unescape(value) for name, value in pairs}))
    _add_text(segments, written[position:])
    return segments


def dump(segments: Iterable[Segment]) -> str:
    """The string form, as in `raw_message`."""
    return "".join(_written(segment) for segment in segments)


def _written(segment: Segment) -> str:
    if segment.type == "text":
        return escape(segment.text)
    pairs = "".join(f",{name}={escape(value, inside=True)}" for name, value in segment.data.items())
    return f"[CQ:{segment.type}{pairs}]"


def _add_text(segments: list[Segment], raw: str) -> None:
    if raw:
        segments.append(Segment("text", {"text": unescape(raw)}))
