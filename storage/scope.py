"""Who may see whom: one value, made where a person is identified (handlers.gate), taken by every
repository that returns people's data.

A scope is data and conditions only. Which of its parts counts for an action is decided by the
gate, which narrows it to what the action's permission was granted for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, true

from storage.tables import enrolments, organisations, people, training_classes

TRAINEE = "trainee"
# Every path of the organisation tree begins so.
EVERY_BRANCH = "/"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data somebody may see, as branches of the organisation tree ("/1/4/").

    person_id: the classes that this person leads, and whoever attends them. schools: branches
    whose people they look after as a school's administrator. offices: branches that they run as
    an officer, with the classes that people of these branches attend; "/" is the whole office.
    """

    person_id: int | None = None
    schools: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()

    @property
    def branches(self) -> tuple[str, ...]:
        """The branches whose people they look after, as whatever."""
        return self.offices + self.schools

    @property
    def everything(self) -> bool:
        """The whole office, with what belongs to no branch of it."""
        return EVERY_BRANCH in self.offices

    def narrowed(self, *, classes: bool, schools: bool, offices: bool) -> Scope:
        """Without what is held by leading classes, as a school's administrator, or an officer."""
        return replace(
            self,
            person_id=self.person_id if classes else None,
            schools=self.schools if schools else (),
            offices=self.offices if offices else (),
        )

    def covers(self, path: str | None) -> bool:
        """Whether a unit lies in these branches; None: one that is not saved yet."""
        if path is None:
            return self.everything
        return bool(self.branches) and path.startswith(self.branches)

    def people(self) -> ColumnElement[bool]:
        """A condition on people (joined with their organisation): those of the branches, and the
        trainees of the classes that are led."""
        return self._or_led(
            exists(
                self._led(enrolments.alias("led"), enrolments.c.training_class_id)
                .where(enrolments.c.person_id == people.c.id, enrolments.c.role == TRAINEE)
                .correlate(people)
            )
        )

    def members(self) -> ColumnElement[bool]:
        """A condition on enrolments (joined with people and organisation): everybody of a class
        that is led, of other classes the people of the branches."""
        led = self._led(enrolments.alias("led"), enrolments.c.training_class_id)
        return self._or_led(exists(led.correlate(enrolments)))

    def classes(self, class_id: ColumnElement[int] = training_classes.c.id) -> ColumnElement[bool]:
        """A condition on what has a class: led, or attended by people whom an officer runs."""
        if self.everything:
            return true()
        led = self._leads(class_id)
        if not self.offices:
            return led
        return or_(led, _attended(class_id, in_branches(self.offices)))

    def whole_classes(
        self, class_id: ColumnElement[int] = training_classes.c.id
    ) -> ColumnElement[bool]:
        """As `classes`, but led, or attended by nobody whom the officer does not run.

        What concerns a class as a whole, such as its group chat, needs this.
        """
        if self.everything:
            return true()
        led = self._leads(class_id)
        if not self.offices:
            return led
        inside = in_branches(self.offices)
        return or_(led, _attended(class_id, inside) & ~_attended(class_id, ~inside))

    def _or_led(self, led: ColumnElement[bool]) -> ColumnElement[bool]:
        if self.person_id is None:
            return in_branches(self.branches)
        return or_(in_branches(self.branches), led) if self.branches else led

    def _led(self, led: Any, class_id: ColumnElement[int]) -> Any:
        return select(led.c.id).where(
            led.c.training_class_id == class_id,
            led.c.person_id == self.person_id,
            led.c.role != TRAINEE,
        )

    def _leads(self, class_id: ColumnElement[int]) -> ColumnElement[bool]:
        led = enrolments.alias("led")
        return exists(self._led(led, class_id).correlate_except(led))


# Whoever has the machine and its database in hand: the command line.
EVERYTHING = Scope(offices=(EVERY_BRANCH,))
NOBODY = Scope()


def in_branches(paths: Sequence[str]) -> ColumnElement[bool]:
    """A condition: the person's organisation lies in one of these branches (none: nobody)."""
    if not paths:
        return people.c.id.is_(None)
    if EVERY_BRANCH in paths:
        return true()
    return or_(*(organisations.c.path.startswith(path, autoescape=True) for path in paths))


def _attended(class_id: ColumnElement[int], by: ColumnElement[bool]) -> ColumnElement[bool]:
    """The class has trainees of whom `by` is true."""
    members = (
        select(enrolments.c.id)
        .join(people, enrolments.c.person_id == people.c.id)
        .join(organisations, people.c.organisation_id == organisations.c.id)
        .where(enrolments.c.training_class_id == class_id, enrolments.c.role == TRAINEE, by)
    )
    return exists(members.correlate_except(enrolments, people, organisations))
