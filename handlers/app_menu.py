"""The menu that stands below an app's chat: three buttons with what most people do most.

Made out of the registry, for everybody alike: a platform shows one menu to all, so it holds what
a plain teacher may do. Knows no platform; a channel renders it within its limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.contract import Intent
from handlers.permissions import GRANTS, Role

BELOW = 5
LOOK, DO, MORE = "查询", "办理", "更多"
# Not part of the spoken menu, but what somebody who only taps would never find.
_ALSO_DO = ("account.bind",)
_ALSO_MORE = ("menu.show", "account.whoami", "chat.handoff")
_EVERYBODY = GRANTS[Role.TEACHER]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to tap: its caption and the action behind it."""

    title: str
    action: str


@dataclass(frozen=True, slots=True)
class Button:
    """One of the buttons, with what opens above it: one to BELOW entries."""

    title: str
    entries: tuple[Entry, ...]


def app_menu(intents: Sequence[Intent]) -> tuple[Button, ...]:
    """The buttons, in the order of the registry; one that would be empty is left out.

    Of each topic the first comes first, so that five entries are five topics.
    """
    offered = [each for each in intents if each.in_menu and _for_all(each)]
    look = _by_topic(each for each in offered if not each.acting)
    do = [each for each in offered if each.acting]
    also_do, also_more = _named(intents, _ALSO_DO), _named(intents, _ALSO_MORE)
    shown = look[:BELOW]
    more = [*look[BELOW:][: BELOW - len(also_more)], *also_more]
    groups = (
        (LOOK, shown),
        (DO, [*do[: BELOW - len(also_do)], *also_do]),
        (MORE, more),
    )
    return tuple(
        Button(title, tuple(Entry(each.title, each.name) for each in below))
        for title, below in groups
        if below
    )


def _for_all(intent: Intent) -> bool:
    """Whether everybody may do it now: it is built, and needs no role of its own."""
    return intent.handle is not None and intent.permission in _EVERYBODY


def _named(intents: Sequence[Intent], names: Iterable[str]) -> list[Intent]:
    known = {each.name: each for each in intents if _for_all(each)}
    return [known[name] for name in names if name in known]


def _by_topic(intents: Iterable[Intent]) -> list[Intent]:
    """First the first of each topic, then the second of each, …"""
    ranks: dict[str, int] = {}
    ranked: list[tuple[int, int, Intent]] = []
    for position, intent in enumerate(intents):
        topic = intent.name.partition(".")[0]
        rank = ranks[topic] = ranks.get(topic, -1) + 1
        ranked.append((rank, position, intent))
    return [intent for _, _, intent in sorted(ranked, key=lambda each: each[:2])]
