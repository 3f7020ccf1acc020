"""The life of one message, top to bottom, in one unit of work.

who → what → may they, here → handle → keep what we ask back → audit → where the answer goes.
Runs in a worker thread; sends nothing: what must arrive is put into the outbox.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.channels.base import Incoming
from bot.in_groups import is_for_somebody_else, to_guest
from bot.no_way import what_fits
from bot.stale import comes_too_late, too_late_words
from bot.talking import context, keep_talk, with_said, with_second
from bot.told_time import believed, is_stale
from bot.way_back import note_heard, private_way, queue_answer, way_back
from handlers import registry
from handlers.contract import SHANGHAI, Intent, OfficeFacts, Place, Privacy, Turn
from handlers.conversation import Conversation, remind
from handlers.dialogue import OF_A_FILE, Request, interpret
from handlers.gate import audit, enter, identify, scope_of
from handlers.permissions import understood_as
from handlers.questions import keep_question
from handlers.reply import Reply
from handlers.slots import Slots, SlotValue
from handlers.ways import GROUP, Ways
from nlp.vocabulary import Context, Meaning
from storage.groups import Groups
from storage.journal import SeenMessages
from storage.senders import Senders
from storage.unit import Unit


class Reader(Protocol):
    """The understanding, as the life of a message sees it."""

    def read(
        self, text: str, *, now: datetime, role: str = ..., context: Context | None = ...
    ) -> Meaning:
        """Text to meaning."""

    def read_as(self, text: str, intent: str, *, now: datetime) -> Mapping[str, SlotValue]:
        """The slots of a text that was meant as this intent."""


class DuplicateError(Exception):
    """Answered already, or meant for somebody else: roll back and say nothing."""


@dataclass(frozen=True, slots=True)
class House:
    """What answering needs besides the message; made by the composition root."""

    understanding: Callable[[], Reader]
    office: OfficeFacts
    chance: random.Random
    # whether a reply can travel in the answer to the request; by channel name
    at_once: Mapping[str, Callable[[Reply], bool]]
    # takes out of a message what could tell who wrote it
    masked: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back in the answer to the request (None: it is in the outbox), and the audit."""

    reply: Reply | None
    queued: bool = False
    # nothing could carry it: given to the person with the next answer
    kept: Reply | None = None
    # whose account it was found to be
    person_id: int | None = None


def answer(incoming: Incoming, *, unit: Unit, house: House, now: datetime, turn_id: str) -> Answer:
    """Answer one message. Raises DuplicateError for one that must not be answered (again)."""
    seen = SeenMessages(unit)
    now = now.astimezone(SHANGHAI)
    sender = Senders(unit).of(incoming.realm, incoming.account, now)
    asker = identify(unit, sender, incoming.realm, incoming.account)
    place = _place(unit, incoming)
    talk = Conversation.of(sender.talk, now)
    request = interpret(
        text=incoming.text,
        button=incoming.button,
        has_file=incoming.file is not None,
        asked=talk.open,
        read=lambda text: house.understanding().read(
            text, now=now, role=understood_as(asker.roles), context=context(talk)
        ),
        read_as=lambda text, name: house.understanding().read_as(text, name, now=now),
    )
    intent = registry.BY_NAME.get(request.intent, registry.BY_NAME["fallback"])
    turn = Turn(
        unit=unit,
        now=now,
        asker=asker,
        place=place,
        intent=request.intent,
        slots=Slots(request.slots),
        text=request.said or incoming.text,
        office=house.office,
        chance=house.chance,
        allowed=registry.allowed(asker),
        scope=scope_of(asker, intent),
        suggestions=request.suggestions,
        clear=request.clear,
        file=incoming.file,
        said=believed(incoming.said, now),
    )
    if is_for_somebody_else(unit, incoming, asker, turn.intent, turn.slots, now):
        raise DuplicateError
    stale = is_stale(incoming.said, now)
    too_late = stale and comes_too_late(intent, request, incoming.said, now)
    reply = too_late_words(incoming.said, now) if too_late else _done(intent, request, turn)
    if not stale:
        # what was said before the open question was asked leaves it as it is
        after = talk.after(request, reply, now, acting=intent.acting)
        if incoming.group is None:
            reply = remind(reply, talk, after)
        keep_talk(unit, (incoming.realm, incoming.account), sender.talk, after, now)
    if request.intent == "fallback" and "length" not in request.slots:
        keep_question(turn, house.masked)
    audit(intent, turn, reply, turn_id)
    promised = not seen.first(incoming.channel, incoming.message_id, now)
    if promised and not seen.keep(incoming.channel, incoming.message_id):
        raise DuplicateError
    released = note_heard(unit, house.office.ways, incoming, now)
    if too_late and incoming.group is not None:
        # days of a group told again after a reconnect would fill it with these words
        return Answer(Reply() if incoming.push_only else None, queued=released)
    said = _deliver(unit, house, incoming, intent, turn, reply, promised=promised)
    return replace(said, queued=said.queued or released, person_id=asker.person_id)


def _done(intent: Intent, request: Request, turn: Turn) -> Reply:
    """Let in and handled, and what else there is to say of it."""
    return with_second(with_said(enter(intent, turn), turn), request, turn)


def may_send_files(incoming: Incoming, unit: Unit, now: datetime) -> bool:
    """Whether this sender's file is opened at all; the turn itself asks the gate once more."""
    sender = Senders(unit).of(incoming.realm, incoming.account, now.astimezone(SHANGHAI))
    asker = identify(unit, sender, incoming.realm, incoming.account)
    return registry.may(asker, registry.BY_NAME[OF_A_FILE])


def _place(unit: Unit, incoming: Incoming) -> Place:
    if incoming.group is None:
        return Place()
    class_id = Groups(unit).class_of(incoming.realm, incoming.group)
    return Place(group=incoming.group, training_class_id=class_id)


def _deliver(
    unit: Unit,
    house: House,
    incoming: Incoming,
    intent: Intent,
    turn: Turn,
    reply: Reply,
    *,
    promised: bool,
) -> Answer:
    """Decide the way of the answer; whatever cannot travel at once is queued in this unit.

    A press that was refused did nothing: its card stays as it is (an empty reply says so).
    """
    at_once = house.at_once[incoming.channel]
    if incoming.group is not None and intent.privacy is Privacy.PERSONAL:
        if turn.asker.is_guest:
            return Answer(Reply(text=to_guest(intent, reply, incoming, house.office.ways)))
        way = private_way(unit, house.office.ways, incoming, turn)
        if way is None:
            # nothing here can write first: a promise of 已私信 would not be kept
            return Answer(Reply(text="这是个人的事，请私聊我再问一次，我不在群里回答。"))
        queue_answer(unit, way, incoming, reply, turn)
        return Answer(Reply(text=reply.in_group), queued=True)
    if promised or incoming.push_only or not at_once(reply):
        way = way_back(unit, house.office.ways, incoming, turn, short=at_once(reply))
        if way is None:
            return _no_way(house, incoming, reply, at_once, late=promised)
        queue_answer(unit, way, incoming, reply, turn)
        if incoming.push_only and reply.refused:
            return Answer(Reply(), queued=True)
        if incoming.group is None or way.place == GROUP or incoming.push_only:
            return Answer(None, queued=True)
        # the group is told where to look: a question that nobody answers looks like a broken bot
        return Answer(Reply(text="内容较多，已私信回复您。"), queued=True)
    return Answer(reply)


def _no_way(
    house: House, incoming: Incoming, reply: Reply, at_once: Callable[[Reply], bool], *, late: bool
) -> Answer:
    """Nothing may be queued that could never leave: what fits is said here, now or next time."""
    if incoming.group is not None and not at_once(reply):
        reply = Reply(text="内容较多，请私聊我再问一次。")
    said = what_fits(reply, incoming, house.office, at_once)
    if incoming.push_only:
        return Answer(Reply() if reply.refused else None, kept=said)
    return Answer(None, kept=said) if late else Answer(said)


def answer_plainly(
    unit: Unit, ways: Ways, incoming: Incoming, reply: Reply, now: datetime
) -> Answer:
    """Answer without a handler: a file that was not fetched, an apology.

    Raises DuplicateError for a message that was answered before. The empty reply of a pressed
    card says that the press was not done, so that its button stays as it is.
    """
    seen = SeenMessages(unit)
    promised = not seen.first(incoming.channel, incoming.message_id, now)
    if promised and not seen.keep(incoming.channel, incoming.message_id):
        raise DuplicateError
    note_heard(unit, ways, incoming, now)
    if promised or incoming.push_only:
        queued = late_answer(unit, ways, incoming, reply, now)
        said = Reply() if incoming.push_only else None
        return Answer(said, queued=queued, kept=None if queued else reply)
    return Answer(reply)


def late_answer(unit: Unit, ways: Ways, incoming: Incoming, reply: Reply, now: datetime) -> bool:
    """Queue a reply that was made after its request had been answered without it.

    False: no way leads to whoever asked.
    """
    sender = Senders(unit).of(incoming.realm, incoming.account, now)
    asker = identify(unit, sender, incoming.realm, incoming.account)
    turn = Turn(
        unit=unit,
        now=now,
        asker=asker,
        place=Place(),
        intent="",
        slots=Slots(),
        text="",
        office=OfficeFacts(ways=ways),
        chance=random.Random(0),  # noqa: S311 - draws nothing
    )
    way = way_back(unit, ways, incoming, turn)
    if way is None:
        return False
    queue_answer(unit, way, incoming, replace(reply), turn)
    return True
