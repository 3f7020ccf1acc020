"""The one door to everything a person can do: who is it, may they, whom does it concern, and what
is written down of it.

A message, a button, a page and the command line pass here; what differs between them ends where
an Asker and an intent are known. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers import registry
from handlers.contract import Asker, Intent, Turn
from handlers.permissions import Permission, Role, scope_for
from handlers.reply import Reply, action, ask_sure, refuse
from handlers.wording import binding_steps
from storage.journal import Audit, Outcome
from storage.people import People
from storage.scope import EVERY_BRANCH, EVERYTHING, Scope
from storage.senders import Sender
from storage.unit import Unit

# What a person may read about nobody but themselves leaves no entry.
_UNAUDITED = frozenset({Permission.OPEN_TO_ALL, Permission.RECORD_OWN, Permission.ACCOUNT_OWN})
# What an entry can be about, the most telling first: facts of a reply, or slots of a button.
_OBJECTS = ("notice", "import", "person", "class", "session", "deadline", "group")
COMMAND_LINE = "command"


def identify(unit: Unit, sender: Sender, channel: str, account: str) -> Asker:
    """Who writes: the person this account is bound to, with roles and scope, or a guest."""
    person = sender.person
    if person is None or not person.in_service:
        return Asker(channel=channel, account=account)
    return Asker(
        channel=channel,
        account=account,
        person_id=person.id,
        name=person.name,
        staff_number=person.staff_number,
        organisation_id=person.organisation_id,
        organisation=person.organisation,
        school_stage=person.school_stage,
        subject=person.subject,
        joined_on=person.joined_on,
        roles=frozenset({Role(each.role) for each in sender.roles} | {Role.TEACHER}),
        scope=_scope_of(unit, sender, person.id),
    )


def operator() -> Asker:
    """Whoever types commands on the machine: the database is in their hands anyway."""
    return Asker(channel=COMMAND_LINE, account="", scope=EVERYTHING)


def _scope_of(unit: Unit, sender: Sender, person_id: int) -> Scope:
    held: dict[str, list[str]] = {}
    for each in sender.roles:
        if each.organisation_path is not None:
            held.setdefault(each.role, []).append(each.organisation_path)
    offices = tuple(held.get(Role.COUNTY_ADMIN, ()))
    # an officer of all that stands at the top runs what belongs to no branch, too
    if any(_at_the_top(path) for path in offices) and set(People(unit).tops()) <= set(offices):
        offices = (EVERY_BRANCH,)
    return Scope(person_id, tuple(held.get(Role.SCHOOL_ADMIN, ())), offices)


def _at_the_top(path: str) -> bool:
    return len(path.strip("/").split("/")) == 1


def scope_of(asker: Asker, intent: Intent) -> Scope:
    """Whom this action may concern: what the asker holds in roles that grant its permission."""
    return scope_for(intent.permission, asker.scope)


def enter(intent: Intent, turn: Turn) -> Reply:
    """Refuse, or do it; what acts and was not asked for in so many words is echoed first."""
    refused = _refusal(intent, turn)
    if refused is not None:
        return refused
    assert intent.handle is not None
    if not intent.acting:
        return intent.handle(turn)
    if intent.echoes or turn.clear:
        before = turn.unit.changed
        reply = intent.handle(turn)
        # said politely as it may be, what changed no row was not done
        return replace(reply, nothing=True) if turn.unit.changed == before else reply
    slots = {name: value for name, value in turn.slots.items() if isinstance(value, str)}
    what = f"您是要「{intent.title}」吗？（{intent.help}）"
    return ask_sure(what, intent.title, action(intent.name, **slots))


def _refusal(intent: Intent, turn: Turn) -> Reply | None:
    """May this person do this? None, or the polite no."""
    if registry.may(turn.asker, intent):
        if intent.handle is None:
            return Reply(text=f"「{intent.title}」还没有开通。急事请发送「转人工」。", nothing=True)
        return None
    if turn.asker.is_guest:
        return refuse(binding_steps(turn.office), why="guest")
    if turn.file is not None:
        return refuse(
            f"「{turn.file.name}」我没有保存：在这里只有管理员能导入表格。\n"
            "作业和材料请按通知里的办法交，或者交给班主任。",
            why="permission",
        )
    return refuse(
        f"「{intent.title}」不在您的权限之内。如果工作需要，请联系师训部门开通。", why="permission"
    )


# -- what is written down --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry of the audit is about, besides who and when.

    detail: ids and counts, never anybody's words.
    """

    intent: str
    outcome: Outcome
    detail: Mapping[str, str | int]
    object: str = ""


def outcome_of(reply: Reply) -> Outcome:
    """What came of it: a no, a question back, nothing to do, or done."""
    if reply.refused:
        return Outcome.REFUSED
    if reply.question is not None:
        return Outcome.ASKED
    return Outcome.NOTHING if reply.nothing else Outcome.DONE


def audit(intent: Intent, turn: Turn, reply: Reply, turn_id: str) -> None:
    """Write down what was tried on others' behalf or data, and whatever changes something.

    Whose an account is stands in the audit whoever changed it: a guest who binds, too.
    """
    written = reply.refused or intent.acting or "account" in reply.audit
    if not written and intent.permission in _UNAUDITED:
        return
    about = {name: turn.slots.number(name) for name in _OBJECTS} | dict(reply.audit)
    note(
        turn.unit,
        turn.asker,
        Entry(intent.name, outcome_of(reply), reply.audit, _object(about)),
        turn.now,
        turn_id,
    )


def note(unit: Unit, asker: Asker, entry: Entry, now: datetime, turn_id: str) -> None:
    """Append one entry; for what is no turn of a conversation, too (a command, a page)."""
    Audit(unit).add(
        at=now,
        turn=turn_id,
        actor_id=asker.person_id,
        channel=asker.channel,
        account=asker.account,
        intent=entry.intent,
        outcome=entry.outcome,
        object=entry.object or _object(entry.detail),
        detail=entry.detail,
    )


def _object(facts: Mapping[str, str | int | None]) -> str:
    for name in _OBJECTS:
        number = facts.get(name)
        if isinstance(number, int):
            return f"{name}:{number}"
    return ""
