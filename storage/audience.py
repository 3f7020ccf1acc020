"""Whom a notice is for: people by class, branch, stage and subject, each of them once.

Guarded: `within` are the branches of the author's scope, and nobody outside them is ever counted
or named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from storage.scope import EVERY_BRANCH, TRAINEE, Scope, in_branches
from storage.tables import (
    accounts,
    enrolments,
    notice_recipients,
    organisations,
    people,
    programmes,
    reachability,
    roles,
    training_classes,
)
from storage.unit import Unit

ACTIVE = "active"
PROVIDER = "provider"
PRIVATE = "private"
_MANY, _AT_ONCE = 5000, 500


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody in `within` who meets each condition that is set; empty means no condition.

    `of_notice`: whom that notice (its id) was for, which is what a correction is for.
    """

    within: tuple[str, ...]
    classes: tuple[int, ...] = ()
    branches: tuple[str, ...] = ()
    school_stage: str | None = None
    subject: str | None = None
    of_notice: int | None = None

    @property
    def of_classes_only(self) -> bool:
        """Nothing but classes was named."""
        bare = Audience(self.within, self.classes)
        return bool(self.classes) and self == bare

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the notice."""
        return {
            "within": list(self.within),
            "classes": list(self.classes),
            "branches": list(self.branches),
            "stage": self.school_stage,
            "subject": self.subject,
            "of_notice": self.of_notice,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any], scope: Scope | None = None) -> Audience:
        """Read it back; `scope`: whose branches stand instead of what is written there."""
        return cls(
            tuple(body["within"] if scope is None else scope.branches),
            tuple(int(each) for each in body["classes"]),
            tuple(str(each) for each in body["branches"]),
            body["stage"],
            body["subject"],
            body.get("of_notice"),
        )


class Held(NamedTuple):
    """Somebody of an audience and one account; None where the person has none."""

    person_id: int
    realm: str | None
    account: str | None


class Known(NamedTuple):
    """What the records know of one account by one way. `refused`: why; empty: not."""

    account: str
    heard_at: datetime | None
    refused: str


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

    def size(self, audience: Audience) -> int:
        """How many people it is."""
        return int(self._unit.value(_people(audience, func.count()).order_by(None)))

    def held(self, audience: Audience, realms: Sequence[str]) -> Sequence[Held]:
        """Everybody, by id, with each account of these realms."""
        joined = _people(audience, people.c.id, accounts.c.channel, accounts.c.account).outerjoin(
            accounts,
            (accounts.c.person_id == people.c.id) & accounts.c.channel.in_(realms),
        )
        return [Held(*row) for row in self._unit.rows(joined)]

    def known(self, channel: str, among: Collection[str]) -> Iterator[Known]:
        """What is known of these accounts by one way; of very many, of whatever it knows at all.

        No join: a database without statistics (just imported) would plan it badly.
        """
        statement = select(
            reachability.c.account, reachability.c.heard_at, reachability.c.refused_why
        ).where(reachability.c.channel == channel, reachability.c.place == PRIVATE)
        if len(among) > _MANY:
            yield from (Known(*row) for row in self._unit.rows(statement))
            return
        wanted = list(among)
        for start in range(0, len(wanted), _AT_ONCE):
            few = statement.where(reachability.c.account.in_(wanted[start : start + _AT_ONCE]))
            yield from (Known(*row) for row in self._unit.rows(few))

    def holding(self, role: str) -> tuple[int, ...]:
        """Everybody in service who holds a role, by id."""
        rows = self._unit.rows(
            select(people.c.id)
            .where(
                people.c.status == ACTIVE,
                exists(
                    select(roles.c.id).where(roles.c.person_id == people.c.id, roles.c.role == role)
                ),
            )
            .order_by(people.c.id)
        )
        return tuple(row.id for row in rows)

    def is_whole(self, audience: Audience) -> bool:
        """Whether nobody of its classes is left out, because the author administers only some."""
        everybody = replace(audience, within=(EVERY_BRANCH,))
        return audience.of_classes_only and self.size(audience) == self.size(everybody)

    def classes(self, branches: Sequence[str]) -> tuple[AudienceClass, ...]:
        """Classes that have trainees in these branches."""
        members = exists(
            select(enrolments.c.id)
            .join(people, enrolments.c.person_id == people.c.id)
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .where(
                enrolments.c.training_class_id == training_classes.c.id,
                enrolments.c.role == TRAINEE,
                in_branches(branches),
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

    def subjects(self, branches: Sequence[str]) -> tuple[str, ...]:
        """The subjects that people of these branches teach, longer names first."""
        rows = self._unit.rows(
            select(people.c.subject)
            .join(organisations, people.c.organisation_id == organisations.c.id)
            .where(people.c.subject.is_not(None), in_branches(branches))
            .distinct()
        )
        return tuple(sorted((row.subject for row in rows), key=lambda name: (-len(name), name)))


def _people(audience: Audience, *columns: Any) -> Select[Any]:
    """A query over the people of an audience, by id."""
    source = people.join(organisations, people.c.organisation_id == organisations.c.id)
    conditions = [people.c.status == ACTIVE, in_branches(audience.within)]
    if audience.of_notice is not None:
        conditions.append(_was_told(audience.of_notice))
    elif audience.classes:
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


def _was_told(notice_id: int) -> ColumnElement[bool]:
    return exists(
        select(notice_recipients.c.id)
        .where(
            notice_recipients.c.person_id == people.c.id,
            notice_recipients.c.notice_id == notice_id,
        )
        .correlate(people)
    )


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
