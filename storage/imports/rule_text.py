"""Adopts a credit rule set's text (rules.toml); what it says is checked by a function handed in."""

from __future__ import annotations

from sqlalchemy import select

from storage.imports.changes import Changes, Context, Finding, Line
from storage.imports.recorder import Recorder
from storage.imports.tree import Tree
from storage.readers.sheet_rows import Kind
from storage.tables import credit_rule_sets
from storage.unit import Unit


def plan_changes(unit: Unit, text: str, context: Context) -> Changes:
    """One more version for the whole office. A version is never rewritten."""
    checked = context.check_rules(text)
    if checked.problems:
        findings = tuple(Finding(None, problem) for problem in checked.problems)
        return Changes(Kind.RULES, "套规则", errors=findings)
    root = Tree.load(unit).root()
    owner = None if root is None else root.id
    column = credit_rule_sets.c.organisation_id
    same = unit.row(
        select(credit_rule_sets.c.body).where(
            credit_rule_sets.c.version == checked.version,
            column.is_(None) if owner is None else column == owner,
        )
    )
    if same is not None and same.body != text:
        clause = f"版本「{checked.version}」已经采用过，内容不同：请在文件里改一个新的版本号。"
        return Changes(Kind.RULES, "套规则", errors=(Finding(None, clause),))
    if same is not None:
        return Changes(Kind.RULES, "套规则", unchanged=1)

    def write(recorder: Recorder) -> None:
        recorder.insert(
            credit_rule_sets,
            [
                {
                    "organisation_id": owner,
                    "version": checked.version,
                    "body": text,
                    "adopted_at": context.now,
                }
            ],
        )

    adds = (Line(None, f"学分规则 {checked.version}"),)
    return Changes(Kind.RULES, "套规则", adds=adds, write=write)
