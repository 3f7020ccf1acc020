"""Training programmes and their phases as plans state them; what is left out is None or empty.

Public data: nothing here belongs to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from storage.tables import programme_phases, programmes, training_classes
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase (a row of the plan). duration_unit: day or class_hour; enrolments are 人次."""

    position: int
    modes: tuple[str, ...]
    audience: str
    school_stages: tuple[str, ...]
    subjects: tuple[str, ...]
    duration: Decimal | None
    duration_unit: str | None
    enrolment_count: int | None
    provider: str
    starts_on: date | None
    ends_on: date | None
    source_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme; `document` is the number or name of the plan it stands in, empty if none."""

    id: int
    year: int
    seq: str
    name: str
    topic: str
    sponsor_unit: str
    level: str | None
    document: str
    aliases: tuple[str, ...]
    classes: tuple[str, ...]
    phases: tuple[Phase, ...]


_PROGRAMMES = select(
    programmes.c.id,
    programmes.c.year,
    programmes.c.seq,
    programmes.c.name,
    programmes.c.topic,
    programmes.c.sponsor_unit,
    programmes.c.level,
    programmes.c.document,
    programmes.c.aliases,
).order_by(programmes.c.year.desc(), programmes.c.id)
_PHASES = select(
    programme_phases.c.programme_id,
    programme_phases.c.position,
    programme_phases.c.modes,
    programme_phases.c.audience,
    programme_phases.c.school_stages,
    programme_phases.c.subjects,
    programme_phases.c.duration,
    programme_phases.c.duration_unit,
    programme_phases.c.enrolment_count,
    programme_phases.c.provider,
    programme_phases.c.starts_on,
    programme_phases.c.ends_on,
    programme_phases.c.source_rows,
).order_by(programme_phases.c.programme_id, programme_phases.c.position)
_CLASSES = select(training_classes.c.programme_id, training_classes.c.name).order_by(
    training_classes.c.id
)


class Programmes:
    """Reading the plan. A plan is some hundred rows, so searching is done on all of them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def all(self) -> tuple[Programme, ...]:
        """Every programme with its phases, the newest year first, in the order of the plan."""
        phases: dict[int, list[Phase]] = {}
        for row in self._unit.rows(_PHASES):
            phases.setdefault(row.programme_id, []).append(
                Phase(
                    position=row.position,
                    modes=tuple(row.modes),
                    audience=row.audience,
                    school_stages=tuple(row.school_stages),
                    subjects=tuple(row.subjects),
                    duration=row.duration,
                    duration_unit=row.duration_unit,
                    enrolment_count=row.enrolment_count,
                    provider=row.provider,
                    starts_on=row.starts_on,
                    ends_on=row.ends_on,
                    source_rows=tuple(row.source_rows),
                )
            )
        classes: dict[int, list[str]] = {}
        for programme_id, name in self._unit.rows(_CLASSES):
            classes.setdefault(programme_id, []).append(name)
        return tuple(
            Programme(
                id=row.id,
                year=row.year,
                seq=row.seq,
                name=row.name,
                topic=row.topic,
                sponsor_unit=row.sponsor_unit,
                level=row.level,
                document=row.document,
                aliases=tuple(row.aliases),
                classes=tuple(classes.get(row.id, ())),
                phases=tuple(phases.get(row.id, ())),
            )
            for row in self._unit.rows(_PROGRAMMES)
        )
