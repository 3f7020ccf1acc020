"""Reads the plan table of a notice: every row an item, every irregularity named by its row.

Accepts text with tabs, .csv and .xlsx with merged cells, in any column order. Nothing is repaired
silently: what is filled, realigned or inferred is a problem, and the printed totals stay beside
the counted ones: an office must see where its own plan disagrees with itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from storage.readers.plan_checks import check_rows, check_totals, count, table_total
from storage.readers.plan_fill import fill
from storage.readers.plan_items import build_items
from storage.readers.plan_model import Plan, PlanItem, PlanTotals
from storage.readers.plan_notice import Notice, read_notice
from storage.readers.plan_table import PlanTable, find_table
from storage.readers.plan_words import check_words
from storage.readers.problems import Problem, ProblemCode

__all__ = ["Plan", "PlanItem", "PlanTotals", "plan_json", "read_plan"]

JsonValue: TypeAlias = "str | int | float | list[JsonValue] | dict[str, JsonValue] | None"


def read_plan(data: bytes, filename: str) -> Plan:
    """Read a plan; the file is known by its bytes, its name only lends a year.

    Raises ReadError (a Chinese sentence) for a file that is no text and no workbook. A file
    without a plan table gives a plan without items and the problem header_missing.
    """
    table = find_table(data)
    if table is None:
        text = "没有找到培训计划表：表头至少要有“项目名称”和“培训人数”等列。"
        problem = Problem(None, ProblemCode.HEADER_MISSING, text)
        nothing = PlanTotals()
        return Plan("", None, None, None, (), (problem,), nothing, nothing, ())
    notice = read_notice(table.prose, filename)
    fill(table)
    items = build_items(table, notice.year)
    computed = count(table, items)
    stated = _stated(table, notice)
    problems = [
        *table.problems,
        *check_rows(table, items),
        *check_words(table, items, notice),
        *check_totals(table, notice, computed),
    ]
    if not items:
        text = f"第 {table.header_row} 行（表头）下面没有项目。"
        problems.append(Problem(table.header_row, ProblemCode.NO_ROWS, text))
    return Plan(
        title=notice.title,
        document_number=notice.document_number,
        year=notice.year,
        issuer=notice.issuer,
        items=items,
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
        stated=stated,
        computed=computed,
        source=tuple(table.source),
    )


def _stated(table: PlanTable, notice: Notice) -> PlanTotals:
    total = table_total(table)
    printed = notice.headcount or total
    return PlanTotals(
        headcount=printed.value if printed else None,
        subtotal=total.value if total else None,
        programmes=notice.programmes.value if notice.programmes else None,
        national_joint=notice.national_joint.value if notice.national_joint else None,
        county_joint=notice.county_joint.value if notice.county_joint else None,
    )


def plan_json(plan: Plan) -> dict[str, JsonValue]:
    """The shape that `import plan --dry-run --json` prints (product.md, fixed names)."""
    return {
        "items": [_item_json(item) for item in plan.items],
        "problems": [
            {"row": problem.row, "code": problem.code.value, "message": problem.message}
            for problem in plan.problems
        ],
        "totals": {"stated": _totals_json(plan.stated), "computed": _totals_json(plan.computed)},
    }


def _item_json(item: PlanItem) -> dict[str, JsonValue]:
    return {
        "seq": item.seq,
        "unit": item.unit,
        "topic": item.topic,
        "name": item.name,
        "mode": list(item.mode),
        "audience": item.audience,
        "duration": {"value": _number(item.duration_value), "unit": item.duration_unit},
        "headcount": item.headcount,
        "provider": item.provider,
        "codes": list(item.codes),
        "start": item.start.isoformat() if item.start else None,
        "end": item.end.isoformat() if item.end else None,
        "source_rows": list(item.source_rows),
    }


def _number(value: Decimal | None) -> JsonValue:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _totals_json(totals: PlanTotals) -> dict[str, JsonValue]:
    return {
        "headcount": totals.headcount,
        "subtotal": totals.subtotal,
        "programmes": totals.programmes,
        "national_joint": totals.national_joint,
        "county_joint": totals.county_joint,
        "rows": totals.rows,
    }
