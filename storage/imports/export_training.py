"""Rows of classes, sessions, deadlines, credits and attendance for `export`, within a scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from storage.readers.plan_model import PlanItem
from storage.readers.sheet_rows import (
    AttendanceRow,
    ClassRow,
    CreditRow,
    DeadlineRow,
    SubmissionRow,
    TimetableRow,
)
from storage.readers.values import ZONE
from storage.scope import TRAINEE, Scope, in_branches
from storage.tables import (
    attendance,
    class_groups,
    credit_entries,
    deadlines,
    enrolments,
    organisations,
    people,
    programme_phases,
    programmes,
    sessions,
    submissions,
    training_classes,
)
from storage.unit import AnyRow, Unit


def _enrolled() -> Select[Any]:
    return (
        select(
            training_classes.c.id,
            training_classes.c.name.label("training_class"),
            programmes.c.name.label("programme"),
            people.c.name,
            people.c.staff_number,
            enrolments.c.role,
        )
        .select_from(enrolments)
        .join(training_classes, enrolments.c.training_class_id == training_classes.c.id)
        .join(programmes, training_classes.c.programme_id == programmes.c.id)
        .join(people, enrolments.c.person_id == people.c.id)
        .join(organisations, people.c.organisation_id == organisations.c.id)
        .order_by(training_classes.c.name, enrolments.c.id)
    )


def _of_class(statement: Select[Any], class_id: int | None) -> Select[Any]:
    return statement if class_id is None else statement.where(training_classes.c.id == class_id)


def classes_rows(unit: Unit, scope: Scope, class_id: int | None) -> Sequence[ClassRow]:
    rows = unit.rows(_of_class(_enrolled().where(scope.members()), class_id))
    chats: dict[tuple[int, str], str] = {}
    for group in unit.rows(select(class_groups)):
        chats.setdefault((group.training_class_id, group.channel), group.chat)
    return [
        ClassRow(
            0,
            r.training_class,
            r.programme,
            r.name,
            r.staff_number,
            r.role,
            chats.get((r.id, "wecom")),
            chats.get((r.id, "onebot")),
        )
        for r in rows
    ]


def timetable_rows(unit: Unit, scope: Scope, class_id: int | None) -> Sequence[TimetableRow]:
    statement = select(sessions, training_classes.c.name.label("training_class")).join(
        training_classes, sessions.c.training_class_id == training_classes.c.id
    )
    rows = unit.rows(
        _of_class(statement.where(scope.classes()), class_id).order_by(
            training_classes.c.name, sessions.c.starts_at
        )
    )
    found = []
    for row in rows:
        start, end = row.starts_at.astimezone(ZONE), row.ends_at.astimezone(ZONE)
        found.append(
            TimetableRow(
                0,
                row.training_class,
                start.date(),
                start.time(),
                end.time(),
                row.place or None,
                row.topic or None,
                row.lecturer or None,
                row.check_out,
            )
        )
    return found


def deadlines_rows(unit: Unit) -> Sequence[DeadlineRow]:
    statement = (
        select(
            deadlines,
            programmes.c.name.label("programme"),
            training_classes.c.name.label("training_class"),
        )
        .outerjoin(programmes, deadlines.c.programme_id == programmes.c.id)
        .outerjoin(training_classes, deadlines.c.training_class_id == training_classes.c.id)
    )
    found = []
    for row in unit.rows(statement.order_by(deadlines.c.due_at, deadlines.c.id)):
        due = row.due_at.astimezone(ZONE)
        found.append(
            DeadlineRow(
                row=0,
                item=row.title,
                due_date=due.date(),
                due_time=None if row.whole_day else due.time(),
                programme=row.programme,
                training_class=row.training_class,
                audience=row.audience,
                note=row.description or None,
                link=row.link or None,
                consequence=row.consequence or None,
            )
        )
    return found


def credits_rows(unit: Unit, scope: Scope) -> Sequence[CreditRow]:
    statement = (
        select(credit_entries, people.c.staff_number, people.c.name)
        .join(people, credit_entries.c.person_id == people.c.id)
        .join(organisations, people.c.organisation_id == organisations.c.id)
        .order_by(people.c.staff_number, credit_entries.c.year, credit_entries.c.id)
    )
    return [
        CreditRow(
            row=0,
            staff_number=r.staff_number,
            name=r.name,
            credit_year=r.year,
            programme=r.programme,
            level=r.level,
            mode=r.mode,
            class_hours=r.class_hours,
            credit=r.credits,
            status=r.status,
            evidence=r.basis or None,
            day=r.occurred_on,
        )
        for r in unit.rows(statement.where(in_branches(scope.branches)))
    ]


def submissions_rows(unit: Unit, scope: Scope) -> Sequence[SubmissionRow]:
    statement = (
        select(submissions.c.at, deadlines.c.title, people.c.staff_number)
        .select_from(submissions)
        .join(deadlines, submissions.c.deadline_id == deadlines.c.id)
        .join(people, submissions.c.person_id == people.c.id)
        .join(organisations, people.c.organisation_id == organisations.c.id)
        .order_by(deadlines.c.id, people.c.staff_number)
    )
    return [
        SubmissionRow(0, r.title, r.staff_number, r.at.astimezone(ZONE) if r.at else None)
        for r in unit.rows(statement.where(in_branches(scope.branches)))
    ]


def attendance_rows(unit: Unit, scope: Scope, class_id: int | None) -> Sequence[AttendanceRow]:
    """One line a trainee and session: those without a sign-in stand there with empty times."""
    trainees = unit.rows(
        _of_class(_enrolled().where(scope.members(), enrolments.c.role == TRAINEE), class_id)
    )
    held = unit.rows(
        _of_class(
            select(sessions.c.id, sessions.c.starts_at, training_classes.c.id.label("class_id"))
            .join(training_classes, sessions.c.training_class_id == training_classes.c.id)
            .where(scope.classes())
            .order_by(sessions.c.starts_at),
            class_id,
        )
    )
    marks = {
        (row.session_id, row.staff_number, row.kind): row
        for row in unit.rows(
            select(attendance, people.c.staff_number)
            .join(people, attendance.c.person_id == people.c.id)
            .where(attendance.c.session_id.in_([session.id for session in held]))
        )
    }
    found = []
    for session in held:
        start = session.starts_at.astimezone(ZONE)
        for who in trainees:
            if who.id == session.class_id:
                came = marks.get((session.id, who.staff_number, "check_in"))
                went = marks.get((session.id, who.staff_number, "check_out"))
                found.append(_attendance_row(who, start, came, went))
    return found


def _attendance_row(
    who: AnyRow, start: Any, came: AnyRow | None, went: AnyRow | None
) -> AttendanceRow:
    note = f"{start:%H:%M} 的课"
    if came is None:
        note += "，未签到"
    elif came.judgement == "late":
        note += "，迟到"
    return AttendanceRow(
        row=0,
        training_class=who.training_class,
        day=start.date(),
        staff_number=who.staff_number,
        name=who.name,
        check_in=came.at.astimezone(ZONE).time().replace(microsecond=0) if came else None,
        check_out=went.at.astimezone(ZONE).time().replace(microsecond=0) if went else None,
        note=note,
    )


def plan_items(unit: Unit) -> list[PlanItem]:
    """The rows of the plan as they were imported."""
    rows = unit.rows(
        select(programme_phases, programmes.c.seq, programmes.c.name, programmes.c.topic)
        .add_columns(programmes.c.sponsor_unit)
        .join(programmes, programme_phases.c.programme_id == programmes.c.id)
        .order_by(programmes.c.id, programme_phases.c.position)
    )
    return [
        PlanItem(
            seq=r.seq,
            unit=r.sponsor_unit,
            topic=r.topic,
            name=r.name,
            mode=tuple(r.modes),
            audience=r.audience,
            duration_value=r.duration,
            duration_unit=r.duration_unit,
            headcount=r.enrolment_count,
            provider=r.provider,
            codes=(),
            start=r.starts_on,
            end=r.ends_on,
            source_rows=tuple(r.source_rows),
        )
        for r in rows
    ]
