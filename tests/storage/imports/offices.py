"""Helpers of the import tests: contexts, small sheets as CSV bytes, the demo office."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from handlers.rules.plan_tags import tag_plan_row
from storage.imports.changes import Changes, CheckedRules, Context, ImportResult
from storage.imports.loaders import plan_file
from storage.imports.office import load_office
from storage.imports.saving import save
from storage.readers.office import read_office
from storage.readers.reading import read_file
from storage.readers.sheet_rows import Kind
from storage.readers.values import ZONE
from storage.scope import EVERYTHING, Scope
from storage.unit import Unit

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
NOW = datetime(2021, 7, 12, 8, 20, tzinfo=ZONE)


def context(
    now: datetime = NOW,
    *,
    by: int | None = None,
    school: str | None = None,
    leavers: bool = False,
) -> Context:
    """`school`: the branch whose administrator brings the file; without one, the office itself."""
    scope = EVERYTHING if school is None else Scope(schools=(school,))
    return Context(now, tag_plan_row, _check_rules, by, scope, leavers)


def _check_rules(text: str) -> CheckedRules:
    if "version" not in text:
        return CheckedRules("", ("没有写版本号。",))
    return CheckedRules(text.split("=")[1].strip().strip('"'))


def csv(text: str) -> bytes:
    return text.encode()


def plan(unit: Unit, kind: Kind, text: str, given: Context | None = None) -> Changes:
    return plan_file(unit, read_file(csv(text), f"{kind.value}.csv", kind), given or context())


def bring_in(unit: Unit, kind: Kind, text: str, given: Context | None = None) -> ImportResult:
    used = given or context()
    return save(unit, plan(unit, kind, text, used), f"{kind.value}.csv", "", used)


def load_demo(unit: Unit) -> None:
    load_office(unit, read_office(DEMO), context())
