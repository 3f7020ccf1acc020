"""The way of an answer that cannot travel in the answer to its request.

Also keeps what a message allows us where writing first is not simply allowed. Runs in the unit
of the message; sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import Incoming
from handlers.contract import Turn
from handlers.reach import routes_to
from handlers.reply import Reply
from handlers.reply_json import reply_to_json
from handlers.rules.routing import Standing
from handlers.ways import GROUP, PRIVATE, Ways
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.parking import Parking
from storage.reachability import Reachability
from storage.unit import Unit


def note_heard(unit: Unit, ways: Ways, incoming: Incoming, now: datetime) -> bool:
    """Keep what this message allows us on a platform where writing first is not simply allowed.

    True: something had waited for that and may leave now.
    """
    can = ways.get(incoming.channel)
    if can is None or not (can.may_refuse or can.needs_talk):
        return False
    known = Reachability(unit)
    if incoming.group is not None:
        group = (incoming.channel, GROUP, incoming.group)
        known.heard(*group, now, reply_to=incoming.reply_to, event=incoming.reply_is_event)
        return bool(Parking(unit).release(*group, now))
    account = (incoming.channel, PRIVATE, incoming.account)
    if not known.heard(*account, now, reply_to=incoming.reply_to, event=incoming.reply_is_event):
        return False
    return bool(Parking(unit).release(*account, now))


@dataclass(frozen=True, slots=True)
class Way:
    """Where an answer goes that cannot travel in the answer to its request."""

    channel: str
    account: str
    place: str = PRIVATE


def private_way(unit: Unit, ways: Ways, incoming: Incoming, turn: Turn) -> Way | None:
    """To the person alone: the same account where it can be written to, else another of theirs."""
    can = ways.get(incoming.push_channel)
    here = can is not None and can.push and can.realm == incoming.realm
    if here or (incoming.push_channel and not ways):
        return Way(incoming.push_channel, incoming.account)
    if turn.asker.person_id is None:
        return None
    best = next(iter(routes_to(unit, turn.asker.person_id, ways, turn.now)), None)
    if best is None or best.standing is Standing.WAITS:
        return None
    return Way(best.channel, best.account)


def way_back(
    unit: Unit, ways: Ways, incoming: Incoming, turn: Turn, *, short: bool = True
) -> Way | None:
    """To where the message came from, where that can be written to; else to the person.

    What is not `short` (a file, a long list) does not fill a group for one person's question
    where that person can be written to alone.
    """
    if incoming.group is None:
        return private_way(unit, ways, incoming, turn)
    can = ways.get(incoming.channel)
    here = can is not None and can.group_push
    if here and short:
        return Way(incoming.channel, incoming.group, GROUP)
    alone = private_way(unit, ways, incoming, turn)
    return Way(incoming.channel, incoming.group, GROUP) if alone is None and here else alone


def queue_answer(unit: Unit, way: Way, incoming: Incoming, reply: Reply, turn: Turn) -> None:
    """Put an answer into the outbox: it arrives once, whatever happens to this process."""
    Outbox(unit).enqueue(
        [
            NewDelivery(
                unique_key=incoming.answer_key,
                channel=way.channel,
                account=way.account,
                place=way.place,
                person_id=turn.asker.person_id,
                notice_id=None,
                purpose="answer",
                body=reply_to_json(unit, reply, turn.now),
                not_before=turn.now,
            )
        ],
        now=turn.now,
    )
