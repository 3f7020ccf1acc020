"""By which way a person or a class's group is written to, out of several on several platforms.

Pure: values in, values out. Who may be written to how is a platform's matter (handlers.ways);
here it is only weighed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from handlers.ways import GROUP, PRIVATE, Capabilities, Ways

# The surest and least risky first; a channel that is not named comes after these. A personal QQ
# account that writes to many strangers is banned (qq.md B9), so the official bot comes before it.
PREFERENCE = ("wecom", "wecom_socket", "chat", "qq", "onebot")
# Into a group: first the bot that also hears it, because it can answer there; then the webhook
# robot, which costs no quota (20 a minute); then the app's own chat, whose person-times count
# (wecom.md 2.6). On QQ the official bot may be refused, the personal account may be banned.
GROUP_PREFERENCE = ("wecom", "wecom_socket", "wecom_robot", "wecom_appchat", "chat", "qq", "onebot")


class Standing(IntEnum):
    """How sure it is that a message sent now arrives now; the smaller the better."""

    HERE = 0  # they spoke here just now: a reply, and this is where they look
    OPEN = 1
    PRIVILEGE = 2  # the platform may refuse; then it waits until the person speaks
    WAITS = 3  # it will refuse: the message waits until the person speaks
    CLOSED = 4  # cannot be written to at all


@dataclass(frozen=True, slots=True)
class Candidate:
    """One account, or one group chat, by one way. `heard_at`: when it last wrote to us there."""

    channel: str
    account: str
    heard_at: datetime | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One account, or one group chat, by one way, weighed."""

    channel: str
    account: str
    standing: Standing


def standing(
    can: Capabilities,
    now: datetime,
    *,
    heard_at: datetime | None,
    refused: bool,
    place: str = PRIVATE,
) -> Standing:
    """Where an account, or a group chat, stands by this way."""
    if not (can.group_push if place == GROUP else can.push):
        return Standing.CLOSED
    window = can.reply_windows.get(place)
    if window is not None and heard_at is not None and now < heard_at + window.within:
        return Standing.HERE
    if can.needs_talk and heard_at is None:
        return Standing.WAITS
    if can.may_refuse:
        return Standing.WAITS if refused else Standing.PRIVILEGE
    return Standing.CLOSED if refused else Standing.OPEN


def routes(
    candidates: Iterable[Candidate],
    ways: Ways,
    now: datetime,
    *,
    place: str = PRIVATE,
    silent: Collection[str] = (),
) -> tuple[Route, ...]:
    """The ways to one person or one class's groups, the best first; what is closed is left out.

    `silent`: ways that keep quiet for so long that another one is better, where there is one.
    """
    weighed = [
        Route(
            each.channel,
            each.account,
            standing(
                ways[each.channel],
                now,
                heard_at=each.heard_at,
                refused=each.refused,
                place=place,
            ),
        )
        for each in candidates
        if each.channel in ways
    ]
    return tuple(
        sorted(
            (each for each in weighed if each.standing is not Standing.CLOSED),
            key=lambda each: order(each, place=place, silent=silent),
        )
    )


def order(
    route: Route, *, place: str = PRIVATE, silent: Collection[str] = ()
) -> tuple[bool, bool, bool, int, str]:
    """What ways are compared by; the smallest is the best.

    Whoever can be reached now is not kept waiting for the better platform, and whoever has just
    spoken to us is answered where they are.
    """
    preferred = GROUP_PREFERENCE if place == GROUP else PREFERENCE
    rank = preferred.index(route.channel) if route.channel in preferred else len(preferred)
    elsewhere = place == PRIVATE and route.standing is not Standing.HERE
    waits = route.standing is Standing.WAITS
    return (waits, route.channel in silent, elsewhere, rank, route.account)


def channels_of(realm: str, ways: Ways) -> Sequence[str]:
    """The ways that write to accounts of this namespace."""
    return [name for name, can in ways.items() if can.realm == realm and can.push]


def group_channels(kept_as: str, ways: Ways) -> Sequence[str]:
    """The ways that write into a group chat that the records keep under this name.

    A chat that only one way knows (a webhook robot, an app's own chat) is kept under that way's
    name; one in which a bot is heard under its realm, or realm_group where accounts in groups
    have a namespace of their own.
    """
    own = ways.get(kept_as)
    if own is not None and own.group_push:
        return [kept_as]
    return [
        name
        for name, can in ways.items()
        if can.group_push and can.realm and kept_as in (can.realm, f"{can.realm}_group")
    ]
