"""What is due for a person, and what of it is handed in already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, or_, select

from storage.tables import (
    deadlines,
    enrolments,
    people,
    programme_phases,
    programmes,
    submissions,
    training_classes,
)
from storage.unit import Unit

TRAINEE, SCHOOL, PROVIDER = "trainee", "school", "provider"
# somebody who is no teacher, but may sit in a class: without what all trainees have to do
ENROLLED = "enrolled"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that is due. `due_at` is aware; with `whole_day` only its day is meant."""

    id: int
    title: str
    due_at: datetime
    whole_day: bool
    programme: str | None
    class_name: str | None
    audience: str
    description: str
    link: str
    consequence: str


# an alias of its own: the outer query joins training_classes too, and must not be meant here
_class = training_classes.alias("inner_class")
_class_programme = select(_class.c.programme_id).where(_class.c.id == deadlines.c.training_class_id)
_attends_class = exists().where(
    enrolments.c.training_class_id == deadlines.c.training_class_id,
    enrolments.c.person_id == bindparam("person_id"),
    enrolments.c.role == TRAINEE,
)
_attends_programme = exists().where(
    enrolments.c.training_class_id == _class.c.id,
    _class.c.programme_id == deadlines.c.programme_id,
    enrolments.c.person_id == bindparam("person_id"),
    enrolments.c.role == TRAINEE,
)
_runs_class = exists().where(
    enrolments.c.training_class_id == deadlines.c.training_class_id,
    enrolments.c.person_id == bindparam("person_id"),
    enrolments.c.role != TRAINEE,
)
# The plan names a provider in words, alone or joined to others: 湘南学院+奥鹏教育.
_provides_programme = exists().where(
    programme_phases.c.provider.contains(bindparam("organisation"), escape="/"),
    or_(
        programme_phases.c.programme_id == deadlines.c.programme_id,
        programme_phases.c.programme_id.in_(_class_programme),
    ),
)
_for_everybody = and_(deadlines.c.programme_id.is_(None), deadlines.c.training_class_id.is_(None))
_handed_in = exists().where(
    submissions.c.deadline_id == deadlines.c.id,
    submissions.c.person_id == bindparam("person_id"),
)
# For a school or a provider anybody of the same organisation may have handed it in.
_handed_in_by_unit = exists().where(
    submissions.c.deadline_id == deadlines.c.id,
    submissions.c.person_id == people.c.id,
    people.c.organisation_id == bindparam("organisation_id"),
)
_DEADLINES = (
    select(
        deadlines.c.id,
        deadlines.c.title,
        deadlines.c.due_at,
        deadlines.c.whole_day,
        programmes.c.name,
        training_classes.c.name,
        deadlines.c.audience,
        deadlines.c.description,
        deadlines.c.link,
        deadlines.c.consequence,
    )
    .outerjoin(training_classes, deadlines.c.training_class_id == training_classes.c.id)
    .outerjoin(
        programmes,
        or_(
            programmes.c.id == deadlines.c.programme_id,
            programmes.c.id == training_classes.c.programme_id,
        ),
    )
    .order_by(deadlines.c.due_at, deadlines.c.id)
)
_OPEN = {
    TRAINEE: _DEADLINES.where(
        deadlines.c.audience == TRAINEE,
        or_(_for_everybody, _attends_class, _attends_programme),
        ~_handed_in,
    ),
    ENROLLED: _DEADLINES.where(
        deadlines.c.audience == TRAINEE, or_(_attends_class, _attends_programme), ~_handed_in
    ),
    SCHOOL: _DEADLINES.where(deadlines.c.audience == SCHOOL, ~_handed_in_by_unit),
    PROVIDER: _DEADLINES.where(
        deadlines.c.audience == PROVIDER,
        or_(_for_everybody, _runs_class, _provides_programme),
        ~_handed_in_by_unit,
    ),
}


class Deadlines:
    """Reading what is due; every question is about one person's own duties."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def open_for(
        self, person_id: int, organisation_id: int, organisation: str, audiences: frozenset[str]
    ) -> tuple[Deadline, ...]:
        """What this person has not handed in, in the roles they hold, whether past or to come.

        A trainee's are those of the own classes and their programmes and those for everybody; a
        school's are all of schools; a provider's those of the classes it runs or the plan gives it.
        """
        given = {
            "person_id": person_id,
            "organisation_id": organisation_id,
            "organisation": re.sub(r"([/%_])", r"/\1", organisation),
        }
        found: dict[int, Deadline] = {}
        for audience in sorted(audiences & _OPEN.keys()):
            for row in self._unit.rows(_OPEN[audience], given):
                found[row[0]] = Deadline(*row)
        return tuple(found.values())
