"""Who gets a notice by which way: everybody once, by the best of their accounts, in bulk.

Reads the records and writes nothing; what the ways can do is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers.rules.routing import (
    Candidate,
    Route,
    Standing,
    channels_of,
    group_channels,
    order,
    routes,
    standing,
)
from handlers.ways import GROUP, Ways
from storage.audience import Audience, Audiences
from storage.groups import ClassGroup, Groups
from storage.pauses import Pause, Pauses
from storage.reachability import Reach, Reachability
from storage.unit import Unit

# A way that keeps quiet for longer is left alone where the person has another one; for a shorter
# pause (a frequency limit) it is not worth leaving the better platform.
LONG_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class GroupRoute:
    """The one group chat that a class's notice goes into, and by which way."""

    class_id: int
    class_name: str
    route: Route


@dataclass(frozen=True, slots=True)
class Plan:
    """Everybody of an audience, the way to each, and the ways to the classes' groups."""

    people: tuple[int, ...]
    routes: Mapping[int, Route]  # by person; who is not in it cannot be written to
    groups: tuple[GroupRoute, ...] = ()
    pauses: tuple[Pause, ...] = ()
    # names of classes without a group that can be written to
    groupless: tuple[str, ...] = field(default=())

    @property
    def unreachable(self) -> int:
        """How many people have no account that we may write to."""
        return len(self.people) - len(self.routes)

    @property
    def waiting(self) -> int:
        """How many can only be written to once they speak."""
        return sum(each.standing is Standing.WAITS for each in self.routes.values())

    def by_way(self) -> dict[str, dict[Standing, int]]:
        """How many people stand how, by way, the way with most people first."""
        counts: dict[str, dict[Standing, int]] = {}
        for each in self.routes.values():
            share = counts.setdefault(each.channel, {})
            share[each.standing] = share.get(each.standing, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: -sum(item[1].values())))


def plan(unit: Unit, audience: Audience, ways: Ways, now: datetime) -> Plan:
    """The ways to everybody of an audience; its classes' groups where they may have the notice."""
    pauses = Pauses(unit).now(now)
    silent = {each.channel for each in pauses if not each.chat and each.until > now + LONG_PAUSE}
    people, found = _people(unit, audience, ways, now, silent)
    groups: tuple[GroupRoute, ...] = ()
    groupless: tuple[str, ...] = ()
    if audience.classes and Audiences(unit).is_whole(audience):
        groups, groupless = _groups(unit, audience, ways, now, pauses)
    return Plan(people, found, groups, pauses, groupless)


def _people(
    unit: Unit, audience: Audience, ways: Ways, now: datetime, silent: set[str]
) -> tuple[tuple[int, ...], dict[int, Route]]:
    """The best way to each; one pass over all accounts, because an audience may be a county."""
    table = Audiences(unit)
    by_realm = {
        can.realm: channels_of(can.realm, ways) for can in ways.values() if can.realm and can.push
    }
    held = table.held(audience, tuple(by_realm))
    accounts: dict[str, list[str]] = {realm: [] for realm in by_realm}
    for _, realm, account in held:
        if realm is not None and account is not None:
            accounts[realm].append(account)
    known = {
        (name, each.account): each
        for realm, names in by_realm.items()
        for name in names
        for each in table.known(name, accounts[realm])
    }
    fresh = {
        name: standing(ways[name], now, heard_at=None, refused=False)
        for names in by_realm.values()
        for name in names
    }
    people: dict[int, None] = {}
    best: dict[int, tuple[tuple[bool, bool, bool, int, str], Route]] = {}
    for person, realm, account in held:
        people[person] = None
        if realm is None or account is None:
            continue
        for name in by_realm[realm]:
            reach = known.get((name, account))
            how = fresh[name]
            if reach is not None:
                how = standing(
                    ways[name], now, heard_at=reach.heard_at, refused=bool(reach.refused)
                )
            if how is Standing.CLOSED:
                continue
            route = Route(name, account, how)
            key = order(route, silent=silent)
            if person not in best or key < best[person][0]:
                best[person] = (key, route)
    return tuple(people), {person: route for person, (_, route) in best.items()}


def _groups(
    unit: Unit, audience: Audience, ways: Ways, now: datetime, pauses: Sequence[Pause]
) -> tuple[tuple[GroupRoute, ...], tuple[str, ...]]:
    """One group chat a class, the best one; and the classes that have none."""
    by_class: dict[int, list[ClassGroup]] = {}
    for each in Groups(unit).of_classes(audience.classes):
        by_class.setdefault(each.class_id, []).append(each)
    found: list[GroupRoute] = []
    for class_id, chats in by_class.items():
        best = next(iter(group_routes(unit, chats, ways, now, pauses)), None)
        if best is not None:
            found.append(GroupRoute(class_id, chats[0].class_name, best))
    reached = {each.class_id for each in found}
    without = tuple(
        each.name
        for each in Audiences(unit).classes(audience.within)
        if each.id in audience.classes and each.id not in reached
    )
    return tuple(found), without


def group_routes(
    unit: Unit, chats: Sequence[ClassGroup], ways: Ways, now: datetime, pauses: Sequence[Pause]
) -> tuple[Route, ...]:
    """The ways into the groups of one class, the best first; a chat that is paused last."""
    candidates = [
        Candidate(name, each.chat, known.heard_at, bool(known.refused))
        for each in chats
        for name in group_channels(each.channel, ways)
        for known in (_known(unit, name, each.chat),)
    ]
    silent = {each.channel for each in pauses if not each.chat}
    weighed = routes(candidates, ways, now, place=GROUP, silent=silent)
    quiet = {(each.channel, each.chat) for each in pauses}
    return tuple(sorted(weighed, key=lambda each: (each.channel, each.account) in quiet))


def _known(unit: Unit, channel: str, chat: str) -> Reach:
    return Reachability(unit).of(channel, GROUP, chat)
