"""Loads a plan table: one programme for each serial number and name, one phase for each row.

Figures stay as the table has them; every irregularity is a note with its row. Which school
stages and subjects a row is for is read by a rule that is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from storage.imports.changes import Changes, Context, Finding, Line, of_problems
from storage.imports.recorder import Recorder, Update, select_in
from storage.imports.tree import fold
from storage.readers.plan_model import Plan, PlanItem
from storage.readers.problems import Problem, ProblemCode
from storage.readers.sheet_rows import Kind
from storage.tables import programme_phases, programmes
from storage.unit import AnyRow, Unit

Columns = dict[str, Any]
_PHASE_COLUMNS = tuple(
    column.name for column in programme_phases.c if column.name not in {"id", "programme_id"}
)

_FIRST = (
    ProblemCode.TOTAL_MISMATCH,
    ProblemCode.STATED_TOTALS_DISAGREE,
    ProblemCode.COLUMN_SHIFT,
    ProblemCode.SERIAL_DUPLICATE,
    ProblemCode.SERIAL_MISSING,
    ProblemCode.MIXED_UNITS,
    ProblemCode.PROGRAMME_COUNT_MISMATCH,
    ProblemCode.JOINT_COUNT_MISMATCH,
    ProblemCode.ARITHMETIC_MISMATCH,
    ProblemCode.COUNT_MISMATCH,
    ProblemCode.DUPLICATE_NAME,
)


@dataclass(slots=True)
class _Programme:
    columns: Columns
    phases: list[Columns] = field(default_factory=list)
    row: int | None = None
    saved: AnyRow | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.columns["document"], self.columns["seq"], fold(self.columns["name"])


def plan_changes(unit: Unit, plan: Plan, context: Context, filename: str = "") -> Changes:
    """New and changed programmes. A programme that a class list named before is completed."""
    if not plan.items:
        return Changes(Kind.PLAN, "个项目", errors=of_problems(plan.problems, notes=False))
    # each irregularity is named, none keeps its row out: the table is imported as it stands
    notes = [Finding(p.row, p.message) for p in sorted(plan.problems, key=_weight)]
    year = plan.year
    if year is None:
        year = context.now.year
        notes.append(Finding(None, f"文件里没有写年度，按 {year} 年导入，请核对。"))
    drafts = _programmes(plan, year, plan.document_number or plan.title or filename, context)
    saved = _saved(unit, year)
    phases = _saved_phases(unit, [row.id for row in saved.values()])
    adds: list[_Programme] = []
    changed: list[_Programme] = []
    for draft in drafts:
        draft.saved = saved.get(draft.key) or saved.get(("", "", draft.key[2]))
        if draft.saved is None:
            adds.append(draft)
        elif _differs(draft, phases.get(draft.saved.id, [])):
            changed.append(draft)
    return Changes(
        kind=Kind.PLAN,
        unit_word="个项目",
        adds=tuple(_line(draft) for draft in adds),
        changes=tuple(_line(draft) for draft in changed),
        unchanged=len(drafts) - len(adds) - len(changed),
        notes=tuple(notes),
        write=lambda recorder: _write(recorder, adds, changed, phases),
    )


def _weight(problem: Problem) -> tuple[int, int]:
    """What an officer must see first: the sums, then rows out of place, then all else by row."""
    found = _FIRST.index(problem.code) if problem.code in _FIRST else len(_FIRST)
    is_minor = problem.is_note and found == len(_FIRST)
    return found + is_minor, problem.row or 0


def _programmes(plan: Plan, year: int, document: str, context: Context) -> list[_Programme]:
    found: dict[tuple[str, str, str], _Programme] = {}
    for item in plan.items:
        tags = context.tagger(
            name=item.name,
            topic=item.topic,
            audience=item.audience,
            sponsor=item.unit,
            provider=item.provider,
            title=f"{plan.issuer or ''} {plan.title}",
        )
        draft = _Programme(
            {
                "year": year,
                "seq": item.seq,
                "name": item.name,
                "topic": item.topic,
                "sponsor_unit": item.unit,
                "level": tags.level,
                "document": document[:120],
                "aliases": [],
            },
            row=item.source_rows[0] if item.source_rows else None,
        )
        draft = found.setdefault(draft.key, draft)
        draft.phases.append(_phase(item, len(draft.phases), tags.school_stages, tags.subjects))
    return list(found.values())


def _phase(
    item: PlanItem, position: int, stages: Sequence[str], subjects: Sequence[str]
) -> Columns:
    return {
        "position": position,
        "modes": list(item.mode),
        "audience": item.audience,
        "school_stages": list(stages),
        "subjects": list(subjects),
        "duration": item.duration_value,
        "duration_unit": item.duration_unit,
        "enrolment_count": item.headcount,
        "provider": item.provider,
        "starts_on": item.start,
        "ends_on": item.end,
        "source_rows": list(item.source_rows),
    }


def _saved(unit: Unit, year: int) -> dict[tuple[str, str, str], AnyRow]:
    # a programme that only a class list named has no document yet, and its year was a guess
    named = or_(programmes.c.year == year, programmes.c.document == "")
    rows = unit.rows(select(programmes).where(named))
    return {(row.document, row.seq, fold(row.name)): row for row in rows}


def _saved_phases(unit: Unit, ids: Sequence[int]) -> dict[int, list[AnyRow]]:
    statement = select(programme_phases).order_by(programme_phases.c.position)
    found: dict[int, list[AnyRow]] = {}
    for row in select_in(unit, statement, programme_phases.c.programme_id, ids):
        found.setdefault(row.programme_id, []).append(row)
    return found


def _differs(draft: _Programme, phases: Sequence[AnyRow]) -> bool:
    saved = [{name: getattr(row, name) for name in _PHASE_COLUMNS} for row in phases]
    return bool(saved != draft.phases or _new_columns(draft))


def _new_columns(draft: _Programme) -> Columns:
    kept = {"aliases"}
    return {
        name: value
        for name, value in draft.columns.items()
        if name not in kept and getattr(draft.saved, name) != value
    }


def _line(draft: _Programme) -> Line:
    seq = f"{draft.columns['seq']}. " if draft.columns["seq"] else ""
    return Line(draft.row, f"{seq}{draft.columns['name']}")


def _write(
    recorder: Recorder,
    adds: Sequence[_Programme],
    changed: Sequence[_Programme],
    phases: dict[int, list[AnyRow]],
) -> None:
    rows = [draft.columns | {"import_id": recorder.import_id} for draft in adds]
    ids = recorder.insert(programmes, rows)
    updates: list[Update] = []
    old: list[int] = []
    for draft in changed:
        assert draft.saved is not None
        after = _new_columns(draft)
        if after:
            before = {name: getattr(draft.saved, name) for name in after}
            updates.append(Update(draft.saved.id, before, after))
        old += [row.id for row in phases.get(draft.saved.id, [])]
        ids.append(draft.saved.id)
    recorder.update(programmes, updates)
    recorder.remove(programme_phases, old)
    recorder.insert(
        programme_phases,
        [
            phase | {"programme_id": number}
            for number, draft in zip(ids, [*adds, *changed], strict=True)
            for phase in draft.phases
        ],
    )
