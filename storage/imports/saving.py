"""Saves a planned import as one numbered entry, and takes a saved one back within a day.

Whoever calls this has confirmed it. Knows no kind of file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from storage.imports.changes import Changes, Context, ImportResult
from storage.imports.recorder import Recorder, batches, delete_in, select_in, unpack, unranged
from storage.tables import imports, metadata
from storage.unit import AnyRow, Unit

UNDO_WITHIN = timedelta(hours=24)


class UndoRefusedError(Exception):
    """The import stays; the message is a Chinese sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class SavedImport:
    """One entry of the list of imports."""

    id: int
    kind: str
    file_name: str
    imported_by: int | None
    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class UndoResult:
    """How many rows were taken back; `kept`: rows that somebody has changed since."""

    removed: int
    restored: int
    kept: int


def save(
    unit: Unit, changes: Changes, filename: str, digest: str, context: Context
) -> ImportResult:
    """Write what was planned, in this unit, with the record that undoes it.

    digest: SHA-256 of the file, empty where many files came together.
    """
    number = unit.add(
        insert(imports),
        {
            "kind": changes.kind.value,
            "file_name": filename[:200],
            "file_hash": digest,
            "imported_by_id": context.by,
            "at": context.now,
            "status": "saved",
            "undo": {"steps": []},
        },
    )
    recorder = Recorder(unit, number)
    changes.write(recorder)
    if context.leavers:
        changes.write_leavers(recorder)
    unit.run(update(imports).where(imports.c.id == number).values(undo=recorder.record()))
    return ImportResult(
        import_id=number,
        kind=changes.kind,
        unit_word=changes.unit_word,
        added=len(changes.adds),
        changed=len(changes.changes),
        left=len(changes.leavers) if context.leavers else 0,
        unchanged=changes.unchanged,
        errors=changes.errors,
        notes=changes.notes,
    )


class Imports:
    """The list of imports."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def by_id(self, number: int) -> SavedImport | None:
        """One import."""
        row = self._unit.row(_LIST.where(imports.c.id == number))
        return None if row is None else SavedImport(*row)

    def latest(self, imported_by: int | None, since: datetime) -> SavedImport | None:
        """The newest that can still be undone; `imported_by` None: anybody's."""
        statement = _LIST.where(imports.c.status == "saved", imports.c.at > since)
        if imported_by is not None:
            statement = statement.where(imports.c.imported_by_id == imported_by)
        row = self._unit.row(statement.order_by(imports.c.id.desc()).limit(1))
        return None if row is None else SavedImport(*row)


_LIST = select(
    imports.c.id,
    imports.c.kind,
    imports.c.file_name,
    imports.c.imported_by_id,
    imports.c.at,
    imports.c.status,
)


def undo(unit: Unit, import_id: int, now: datetime) -> UndoResult:
    """Take an import back; raises UndoRefusedError, with nothing written, after 24 hours or where
    it is built upon."""
    unit.lock()
    row = unit.row(select(imports).where(imports.c.id == import_id))
    if row is None or row.status != "saved" or row.at <= now - UNDO_WITHIN:
        raise UndoRefusedError(_why_not(row))
    steps = [_still_there(unit, each) for each in reversed(row.undo["steps"])]
    _check_untouched(unit, import_id, steps)
    _check_unused(unit, steps)
    taken = unit.run(
        update(imports)
        .where(imports.c.id == import_id, imports.c.status == "saved")
        .values(status="undone", undone_at=now)
    )
    if not taken:  # somebody else was faster
        raise UndoRefusedError("这次导入已经撤销过了。")
    restored = kept = removed = 0
    for step in steps:
        table = metadata.tables[step["table"]]
        if step["do"] == "add":
            removed += delete_in(unit, table, unranged(step["ids"]))
        elif step["do"] == "drop":
            rows = [unpack(table, values) for values in step["rows"]]
            for some in batches(rows):
                unit.run(insert(table), some)
            restored += len(rows)
        else:
            done = _restore(unit, step)
            restored += done
            kept += len(step["rows"]) - done
    return UndoResult(removed, restored, kept)


def _why_not(row: AnyRow | None) -> str:
    if row is None:
        return "没有找到这次导入。"
    if row.status == "undone":
        return "这次导入已经撤销过了。"
    return "导入已超过 24 小时，不能撤销；如需更正，请重新导入正确的表。"


def _added(steps: Sequence[dict[str, Any]]) -> dict[str, set[int]]:
    added: dict[str, set[int]] = {}
    for step in steps:
        if step["do"] == "add":
            added.setdefault(step["table"], set()).update(unranged(step["ids"]))
    return added


def _still_there(unit: Unit, step: dict[str, Any]) -> dict[str, Any]:
    """A step whose added rows are only those that still are what the import wrote."""
    if step["do"] != "add" or "rows" not in step:
        return step
    table = metadata.tables[step["table"]]
    written = {number: unpack(table, values) for number, values in step["rows"]}
    now = {row.id: row for row in select_in(unit, select(table), table.c.id, list(written))}
    ids = [
        number
        for number, values in written.items()
        if number in now and all(getattr(now[number], k) == v for k, v in values.items())
    ]
    return {**step, "ids": [[number, number] for number in ids]}


def _check_untouched(unit: Unit, import_id: int, steps: Sequence[dict[str, Any]]) -> None:
    """No later import took away a row of this one (SQLite may have given its number again)."""
    added = _added(steps)
    later = unit.rows(
        select(imports.c.id, imports.c.undo).where(
            imports.c.id > import_id, imports.c.status == "saved"
        )
    )
    for row in later:
        for step in row.undo["steps"]:
            gone = {each["id"] for each in step["rows"]} if step["do"] == "drop" else set()
            if gone & added.get(step["table"], set()):
                raise UndoRefusedError(
                    f"之后的导入（编号 {row.id}）又改了这批数据，请先撤销编号 {row.id}。"
                )


def _check_unused(unit: Unit, steps: Sequence[dict[str, Any]]) -> None:
    """Rows that came with the import may be referred to only by rows that came with it too."""
    added = _added(steps)
    for name, ids in added.items():
        for table in metadata.sorted_tables:
            for column in table.c:
                if not any(key.column is metadata.tables[name].c.id for key in column.foreign_keys):
                    continue
                own = added.get(table.name, set())
                for some in batches(sorted(ids)):
                    keys = list(table.primary_key.columns)
                    rows = unit.rows(select(keys[0]).where(column.in_(some)))
                    if any(row[0] not in own for row in rows):
                        raise UndoRefusedError(
                            "导入的数据已经被用到（如签到、学分或账号绑定），不能整批撤销；"
                            "如需更正，请重新导入正确的表。"
                        )


def _restore(unit: Unit, step: dict[str, Any]) -> int:
    """Put changed columns back where nobody has changed them since."""
    table = metadata.tables[step["table"]]
    done = 0
    for number, before, after in step["rows"]:
        old, new = unpack(table, before), unpack(table, after)
        statement = update(table).where(table.c.id == number)
        for name, value in new.items():
            if isinstance(value, list | dict):  # JSON does not compare alike on both engines
                continue
            column = table.c[name]
            statement = statement.where(column.is_(None) if value is None else column == value)
        done += unit.run(statement.values(old))
    return done


def forget_undo_before(unit: Unit, moment: datetime) -> int:
    """Drop the records of imports that can no longer be undone: they hold personal data."""
    return unit.run(
        update(imports)
        .where(imports.c.at < moment, imports.c.status == "saved")
        .values(undo={"steps": []}, status="final")
    )
