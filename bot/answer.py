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
from bot.talking import context, keep_talk, with_said, with_second
from bot.way_back import note_heard, private_way, queue_answer, way_back
from handlers import registry
from handlers.contract import SHANGHAI, Asker, Intent, OfficeFacts, Place, Privacy, Turn
from handlers.conversation import Conversation, remind
from handlers.dialogue import OF_A_FILE, interpret
from handlers.permissions import Permission, Role, understood_as
from handlers.questions import keep_question
from handlers.reply import Reply, action, ask_sure, refuse
from handlers.slots import Slots, SlotValue
from handlers.ways import GROUP, Ways
from handlers.wording import binding_steps
from nlp.vocabulary import Context, Meaning
from storage.groups import Groups
from storage.journal import Audit, SeenMessages
from storage.senders import Sender, Senders
from storage.unit import Unit

# What a person may read about nobody but themselves leaves no audit entry unless refused.
_UNAUDITED = frozenset({Permission.OPEN_TO_ALL, Permission.RECORD_OWN, Permission.ACCOUNT_OWN})


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


def answer(incoming: Incoming, *, unit: Unit, house: House, now: datetime, turn_id: str) -> Answer:
    """Answer one message. Raises DuplicateError for one that must not be answered (again)."""
    seen = SeenMessages(unit)
    now = now.astimezone(SHANGHAI)
    sender = Senders(unit).of(incoming.realm, incoming.account, now)
    asker = identify(sender, incoming)
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
        suggestions=request.suggestions,
        clear=request.clear,
        file=incoming.file,
    )
    if is_for_somebody_else(unit, incoming, asker, turn.intent, turn.slots, now):
        raise DuplicateError
    intent = registry.BY_NAME.get(request.intent, registry.BY_NAME["fallback"])
    reply = gate(intent, turn) or _handle(intent, turn)
    reply = with_second(with_said(reply, turn), request, turn)
    after = talk.after(request, reply, now, acting=intent.acting)
    if incoming.group is None:
        reply = remind(reply, talk, after)
    keep_talk(unit, (incoming.realm, incoming.account), sender.talk, after, now)
    if request.intent == "fallback":
        keep_question(turn, house.masked)
    _audit(unit, intent, turn, reply, turn_id)
    promised = not seen.first(incoming.channel, incoming.message_id, now)
    if promised and not seen.keep(incoming.channel, incoming.message_id):
        raise DuplicateError
    released = note_heard(unit, house.office.ways, incoming, now)
    said = _deliver(unit, house, incoming, intent, turn, reply, promised=promised)
    return replace(said, queued=True) if released and not said.queued else said


def identify(sender: Sender, incoming: Incoming) -> Asker:
    """Who writes: the person this account is bound to, with roles and scope, or a guest."""
    person, held = sender.person, sender.roles
    if person is None or not person.in_service:
        return Asker(channel=incoming.realm, account=incoming.account)
    roles = {Role(each.role) for each in held} | {Role.TEACHER}
    scopes = tuple(
        each.organisation_path
        for each in held
        if each.organisation_path is not None
        and each.role in (Role.SCHOOL_ADMIN, Role.COUNTY_ADMIN, Role.PROVIDER)
    )
    return Asker(
        channel=incoming.realm,
        account=incoming.account,
        person_id=person.id,
        name=person.name,
        staff_number=person.staff_number,
        organisation_id=person.organisation_id,
        organisation=person.organisation,
        school_stage=person.school_stage,
        subject=person.subject,
        joined_on=person.joined_on,
        roles=frozenset(roles),
        scopes=scopes,
    )


def may_send_files(incoming: Incoming, unit: Unit, now: datetime) -> bool:
    """Whether this sender's file is opened at all; the turn itself asks the gate once more."""
    sender = Senders(unit).of(incoming.realm, incoming.account, now.astimezone(SHANGHAI))
    return registry.may(identify(sender, incoming), registry.BY_NAME[OF_A_FILE])


def gate(intent: Intent, turn: Turn) -> Reply | None:
    """May this person do this? None, or the polite no."""
    if registry.may(turn.asker, intent):
        if intent.handle is None:
            return Reply(text=f"「{intent.title}」还没有开通。急事请发送「转人工」。")
        return None
    if turn.asker.is_guest:
        return refuse(binding_steps(turn.office), why="guest")
    if intent.permission is Permission.ACCOUNT_BIND:
        return None
    if turn.file is not None:
        return refuse(
            f"「{turn.file.name}」我没有保存：在这里只有管理员能导入表格。\n"
            "作业和材料请按通知里的办法交，或者交给班主任。",
            why="permission",
        )
    return refuse(
        f"「{intent.title}」不在您的权限之内。如果工作需要，请联系师训部门开通。", why="permission"
    )


def _handle(intent: Intent, turn: Turn) -> Reply:
    """Do it; what acts and was not asked for in so many words is echoed first."""
    assert intent.handle is not None
    if not intent.acting or intent.echoes or turn.clear:
        return intent.handle(turn)
    slots = {name: value for name, value in turn.slots.items() if isinstance(value, str)}
    what = f"您是要「{intent.title}」吗？（{intent.help}）"
    return ask_sure(what, intent.title, action(intent.name, **slots))


def _place(unit: Unit, incoming: Incoming) -> Place:
    if incoming.group is None:
        return Place()
    class_id = Groups(unit).class_of(incoming.realm, incoming.group)
    return Place(group=incoming.group, training_class_id=class_id)


def _audit(unit: Unit, intent: Intent, turn: Turn, reply: Reply, turn_id: str) -> None:
    if not (reply.refused or intent.acting or intent.permission not in _UNAUDITED):
        return
    Audit(unit).add(
        at=turn.now,
        turn=turn_id,
        actor_id=turn.asker.person_id,
        channel=turn.asker.channel,
        intent=intent.name,
        outcome="refused" if reply.refused else "done",
        detail=dict(reply.audit),
    )


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
            return Answer(Reply(text="内容较多，请私聊我再问一次。"))
        queue_answer(unit, way, incoming, reply, turn)
        if incoming.push_only and reply.refused:
            return Answer(Reply(), queued=True)
        if incoming.group is None or way.place == GROUP or incoming.push_only:
            return Answer(None, queued=True)
        # the group is told where to look: a question that nobody answers looks like a broken bot
        return Answer(Reply(text="内容较多，已私信回复您。"), queued=True)
    return Answer(reply)


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
        late_answer(unit, ways, incoming, reply, now)
        return Answer(Reply() if incoming.push_only else None, queued=True)
    return Answer(reply)


def late_answer(unit: Unit, ways: Ways, incoming: Incoming, reply: Reply, now: datetime) -> None:
    """Queue a reply that was made after its request had been answered without it."""
    sender = Senders(unit).of(incoming.realm, incoming.account, now)
    asker = identify(sender, incoming)
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
    if way is not None:
        queue_answer(unit, way, incoming, replace(reply), turn)
