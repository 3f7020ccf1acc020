"""The ways to a person, with what the records know of each. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from handlers.planning import group_routes
from handlers.rules.routing import Candidate, Route, Standing, channels_of, routes
from handlers.ways import GROUP, PRIVATE, Ways
from storage.accounts import Accounts
from storage.groups import Groups
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery, Queued
from storage.pauses import Pauses
from storage.reachability import Reach, Reachability
from storage.unit import Unit

# notice:37:group:5, or with the way it was tried by already
_FOR_CLASS = re.compile(r":group:(\d+)")


def candidates(
    unit: Unit, accounts: Mapping[int, Sequence[tuple[str, str]]], ways: Ways
) -> dict[int, list[Candidate]]:
    """By person, each account (realm, account) by each way that writes to it."""
    reach = _reach(unit, (each for held in accounts.values() for each in held), ways)
    return {
        person: [
            Candidate(channel, account, known.heard_at, bool(known.refused))
            for realm, account in held
            for channel in channels_of(realm, ways)
            for known in (reach.get((channel, account), Reach()),)
        ]
        for person, held in accounts.items()
    }


def routes_to(unit: Unit, person_id: int, ways: Ways, now: datetime) -> tuple[Route, ...]:
    """The ways to one person, the best first."""
    mine = Accounts(unit).of_person(person_id)
    # one that nobody has vouched for is no way for what others are told
    held = [(each.channel, each.account) for each in mine if not each.awaits] or [
        (each.channel, each.account) for each in mine
    ]
    return routes(candidates(unit, {person_id: held}, ways)[person_id], ways, now)


def reroute(unit: Unit, parked: Sequence[Queued], ways: Ways, now: datetime) -> int:
    """Their account refuses us for now: use another way of the person meanwhile, where one is.

    The parked message itself waits until they speak there, and is dropped if it arrived
    elsewhere. A class's group that refuses us is treated alike. Returns how many messages were
    queued.
    """
    new = []
    for each in parked:
        if each.place == GROUP:
            others = _other_groups(unit, each, ways, now)
        elif each.person_id is not None:
            others = routes_to(unit, each.person_id, ways, now)
        else:
            continue
        for route in others:
            # each way is tried once, whatever a platform says of it
            tried = route.channel in each.unique_key.split(">")[1:]
            if tried or route.account == each.account or route.standing is Standing.WAITS:
                continue
            new.append(
                NewDelivery(
                    unique_key=f"{each.unique_key}>{route.channel}"[:160],
                    channel=route.channel,
                    account=route.account,
                    place=each.place,
                    purpose=each.purpose,
                    body=each.body,
                    not_before=now,
                    person_id=each.person_id,
                    notice_id=each.notice_id,
                )
            )
            break
    return Outbox(unit).enqueue(new, now) if new else 0


def _other_groups(unit: Unit, parked: Queued, ways: Ways, now: datetime) -> tuple[Route, ...]:
    """The ways into the groups of the class that a parked notice is for, the best first."""
    for_class = _FOR_CLASS.search(parked.unique_key)
    if parked.notice_id is None or for_class is None:
        return ()
    chats = Groups(unit).of_classes([int(for_class[1])])
    return group_routes(unit, chats, ways, now, Pauses(unit).now(now))


def _reach(
    unit: Unit, accounts: Iterable[tuple[str, str]], ways: Ways
) -> dict[tuple[str, str], Reach]:
    """What is known of accounts by the ways where it matters."""
    by_channel: dict[str, set[str]] = {}
    for realm, account in accounts:
        for channel in channels_of(realm, ways):
            by_channel.setdefault(channel, set()).add(account)
    found: dict[tuple[str, str], Reach] = {}
    for channel, wanted in by_channel.items():
        known = Reachability(unit).among(channel, PRIVATE, wanted)
        found |= {(channel, account): reach for account, reach in known.items()}
    return found
