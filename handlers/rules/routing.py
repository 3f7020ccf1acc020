"""By which way a person is written to, out of several accounts on several platforms.

Pure: values in, values out. Who may be written to how is a platform's matter (handlers.ways);
here it is only weighed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from handlers.ways import PRIVATE, Capabilities, Ways

# The surest and least risky first; a channel that is not named comes after these. A personal QQ
# account that writes to many strangers is banned (qq.md B9), so the official bot comes before it.
PREFERENCE = ("wecom", "wecom_socket", "chat", "qq", "onebot")


class Standing(IntEnum):
    """How sure it is that a message sent now arrives now; the smaller the better."""

    OPEN = 0
    PRIVILEGE = 1  # the platform may refuse; then it waits until the person speaks
    WAITS = 2  # it will refuse: the message waits until the person speaks
    CLOSED = 3  # cannot be written to at all


@dataclass(frozen=True, slots=True)
class Candidate:
    """One account by one way. `heard_at`: when it last wrote to us there."""

    channel: str
    account: str
    heard_at: datetime | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One account by one way, weighed."""

    channel: str
    account: str
    standing: Standing


def standing(
    can: Capabilities, now: datetime, *, heard_at: datetime | None, refused: bool
) -> Standing:
    """Where an account stands by this way."""
    if not can.push:
        return Standing.CLOSED
    window = can.reply_windows.get(PRIVATE)
    if window is not None and heard_at is not None and now < heard_at + window.within:
        return Standing.OPEN
    if can.needs_talk and heard_at is None:
        return Standing.WAITS
    if can.may_refuse:
        return Standing.WAITS if refused else Standing.PRIVILEGE
    return Standing.CLOSED if refused else Standing.OPEN


def routes(candidates: Iterable[Candidate], ways: Ways, now: datetime) -> tuple[Route, ...]:
    """The ways to one person, the best first; what is closed is left out."""
    weighed = [
        Route(
            each.channel,
            each.account,
            standing(ways[each.channel], now, heard_at=each.heard_at, refused=each.refused),
        )
        for each in candidates
        if each.channel in ways
    ]
    return tuple(
        sorted(
            (each for each in weighed if each.standing is not Standing.CLOSED),
            # whoever can be reached now is not kept waiting for the better platform
            key=lambda each: (each.standing is Standing.WAITS, _rank(each.channel), each.account),
        )
    )


def channels_of(realm: str, ways: Ways) -> Sequence[str]:
    """The ways that write to accounts of this namespace."""
    return [name for name, can in ways.items() if can.realm == realm and can.push]


def _rank(channel: str) -> int:
    return PREFERENCE.index(channel) if channel in PREFERENCE else len(PREFERENCE)
