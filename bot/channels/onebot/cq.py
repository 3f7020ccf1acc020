"""CQ codes: messages as one string, the older of OneBot's two formats (qq.md B4).

Implementations may report messages so; ours leave as arrays of segments, because what people
wrote must never become a code. Knows no meaning of any segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# a bracket inside a value is escaped, so that no code runs on into the next
_CODE = re.compile(r"\[CQ:([A-Za-z0-9_.-]+)((?:,[A-Za-z0-9_.-]+=[^,\[\]]*+)*+)\]")


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a message; its values are texts, whatever they were on the wire."""

    kind: str
    data: Mapping[str, str] = field(default_factory=dict)


def parse(message: str) -> list[Segment]:
    """The segments of a string message; what is not exactly a code is text."""
    found: list[Segment] = []
    end = 0
    for match in _CODE.finditer(message):
        found += _text(message[end : match.start()])
        end = match.end()
        pairs = (pair.split("=", 1) for pair in match[2].split(",") if pair)
        found.append(Segment(match[1], {name: _plain(value) for name, value in pairs}))
    return found + _text(message[end:])


def write(segments: Iterable[Segment]) -> str:
    """The string that `parse` reads back."""
    return "".join(_written(segment) for segment in segments)


def escape(text: str, *, parameter: bool = False) -> str:
    """A text that no one takes for a code; in parameters the comma is escaped too."""
    text = text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")
    return text.replace(",", "&#44;") if parameter else text


def _written(segment: Segment) -> str:
    if segment.kind == "text":
        return escape(segment.data.get("text", ""))
    pairs = (f",{name}={escape(value, parameter=True)}" for name, value in segment.data.items())
    return f"[CQ:{segment.kind}{''.join(pairs)}]"


def _text(piece: str) -> list[Segment]:
    return [Segment("text", {"text": _plain(piece)})] if piece else []


def _plain(text: str) -> str:
    """`&amp;` last: `&amp;#91;` is the text `&#91;`."""
    text = text.replace("&#44;", ",").replace("&#91;", "[").replace("&#93;", "]")
    return text.replace("&amp;", "&")
