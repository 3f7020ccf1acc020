"""Whom a notice is for: people by class, branch, stage and subject, each of them once.

Guarded: `within` is what the author administers, and nobody outside it is ever counted or named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from storage.people import in_branches
from storage.tables import (
    accounts,
    enrolments,
    organisations,
    people,
    programmes,
    roles,
    training_classes,
)
from storage.unit import Unit

TRAINEE = "trainee"
ACTIVE = "active"
PROVIDER = "provider"
# Where a person is written to when there are several accounts: channels that may write first,
# the best one first. A channel that is not named here cannot push.
PUSH_ORDER = ("wecom", "onebot", "qq", "chat")


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody in `within` who meets each condition that is set; empty means no condition."""

    within: tuple[str, ...]
    classes: tuple[int, ...] = ()
    branches: tuple[str, ...] = ()
    school_stage: str | None = None
    subject: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the notice."""
        return {
            "within": list(self.within),
            "classes": list(self.classes),
            "branches": list(self.branches),
            "stage": self.school_stage,
            "subject": self.subject,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any], within: Sequence[str] | None = None) -> Audience:
        """Read it back; `within` replaces a scope that must not be taken from the text."""
        return cls(
            tuple(body["within"] if within is None else within),
            tuple(int(each) for each in body["classes"]),
            tuple(str(each) for each in body["branches"]),
            body["stage"],
            body["subject"],
        )


@dataclass(frozen=True, slots=True)
class AudienceSize:
    """How many people, and how many of them have no account that we may write to."""

    people: int
    unbound: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person and the one account to write to; None where there is none."""

    person_id: int
    channel: str | None
    account: str | None


@dataclass(frozen=True, slots=True)
class AudienceClass:
    """A class with trainees in the author's scope."""

    id: int
    name: str
    programme: str
    aliases: tuple[str, ...]


class Audiences:
    """Counting and naming the people of an audience."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def size(self, audience: Audience) -> AudienceSize:
        """The audience in numbers."""
        reachable = exists(
            select(accounts.c.id)
            .where(accounts.c.person_id == people.c.id, accounts.c.channel.in_(PUSH_ORDER))
            .correlate(people)
        )
        row = self._unit.row(
            _people(audience, func.count(), func.count().filter(reachable)).order_by(None)
        )
        assert row is not None
        return AudienceSize(row[0], row[0] - row[1])

    def recipients(self, audience: Audience) -> tuple[Recipient, ...]:
        """Everybody once, by id, with the account that comes first in PUSH_ORDER."""
        rows = self._unit.rows(
            _people(audience, people.c.id, accounts.c.channel, accounts.c.account, joined=True)
        )
        best: dict[int, Recipient] = {}
        for person_id, channel, account in rows:
            known = best.get(person_id)
            if known is None or _place(channel) < _place(known.channel):
                best[person_id] = Recipient(person_id, channel, account)
        return tuple(best.values())

    def classes(self, within: Sequence[str]) -> tuple[AudienceClass, ...]:
        """Classes that have trainees in these branches."""
        members = exists(
            select(enrolments.c.id)
            .join(people, enrolments.c.person_id == people.c.id)
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .where(
                enrolments.c.training_class_id == training_classes.c.id,
                enrolments.c.role == TRAINEE,
                in_branches(within),
            )
            .correlate(training_classes)
        )
        rows = self._unit.rows(
            select(
                training_classes.c.id,
                training_classes.c.name,
                programmes.c.name,
                programmes.c.aliases,
            )
            .join(programmes, training_classes.c.programme_id == programmes.c.id)
            .where(members)
            .order_by(training_classes.c.name)
        )
        return tuple(AudienceClass(row[0], row[1], row[2], tuple(row[3])) for row in rows)

    def subjects(self, within: Sequence[str]) -> tuple[str, ...]:
        """The subjects that people of these branches teach, longer names first."""
        rows = self._unit.rows(
            select(people.c.subject)
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .where(people.c.subject.is_not(None), in_branches(within))
            .distinct()
        )
        return tuple(sorted((row.subject for row in rows), key=lambda name: (-len(name), name)))


def _people(audience: Audience, *columns: Any, joined: bool = False) -> Select[Any]:
    """A query over the people of an audience, by id; `joined`: with their accounts."""
    source = people.join(organisations, people.c.organisation_id == organisations.c.id)
    if joined:
        source = source.outerjoin(
            accounts,
            and_(accounts.c.person_id == people.c.id, accounts.c.channel.in_(PUSH_ORDER)),
        )
    conditions = [people.c.status == ACTIVE, in_branches(audience.within)]
    if audience.classes:
        conditions.append(_attends(audience.classes))
    else:
        conditions.append(_of_a_school())
    if audience.branches:
        conditions.append(in_branches(audience.branches))
    if audience.school_stage is not None:
        conditions.append(people.c.school_stage == audience.school_stage)
    if audience.subject is not None:
        conditions.append(people.c.subject == audience.subject)
    return select(*columns).select_from(source).where(*conditions).order_by(people.c.id)


def _attends(classes: Sequence[int]) -> ColumnElement[bool]:
    return exists(
        select(enrolments.c.id)
        .where(
            enrolments.c.person_id == people.c.id,
            enrolments.c.training_class_id.in_(classes),
            enrolments.c.role == TRAINEE,
        )
        .correlate(people)
    )


def _of_a_school() -> ColumnElement[bool]:
    """Not somebody who is a provider's and nothing else."""
    held = select(roles.c.id).where(roles.c.person_id == people.c.id)
    other = held.where(roles.c.role != PROVIDER).correlate(people)
    return or_(~exists(held.correlate(people)), exists(other))


def _place(channel: str | None) -> int:
    return PUSH_ORDER.index(channel) if channel in PUSH_ORDER else len(PUSH_ORDER)
