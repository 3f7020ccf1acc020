"""Entries and rule sets for the tests of the credit rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from handlers.rules.credit_entries import Entry, EntryStatus, Level, Mode
from handlers.rules.credit_rules import CreditRuleSet
from handlers.rules.credit_toml import parse_rule_set

RULES = Path(__file__).parents[3] / "config" / "rules"

HEAD = """
region = "测试"
version = "1"
title = "测试规则"
source = "测试"
valid_from = 2021-01-01
[cycle]
years = 5
start = 2021-01-01
"""
TOTAL = """
[[threshold]]
name = "周期总学分"
per = "每周期"
min = 360
"""
ONE_TO_ONE = """
[[ratio]]
hours = 1
credits = 1
"""


def shipped(name: str) -> CreditRuleSet:
    """A rule set of config/rules."""
    return parse_rule_set((RULES / f"{name}.toml").read_text("utf-8"))


def rule_set(more: str = "", head: str = HEAD, total: str = "360") -> CreditRuleSet:
    """A small rule set: 360 in five years, 1 hour = 1 credit, and what the test adds."""
    return parse_rule_set(head + TOTAL.replace("360", total) + ONE_TO_ONE + more)


def entry(
    number: int,
    hours: str,
    *,
    year: int = 2021,
    level: Level = Level.COUNTY,
    mode: Mode = Mode.FACE_TO_FACE,
    recorded: str | None = None,
    status: EntryStatus = EntryStatus.RECOGNISED,
    programme: str = "",
    day: date | None = None,
    reason: str = "",
    accredited: bool = True,
) -> Entry:
    """One entry with only what the test is about."""
    return Entry(
        id=number,
        year=year,
        programme=programme or f"项目{number}",
        level=level,
        mode=mode,
        class_hours=Decimal(hours),
        credits=None if recorded is None else Decimal(recorded),
        status=status,
        reason=reason,
        occurred_on=day,
        accredited=accredited,
    )


def school(number: int, hours: str, *, year: int = 2021, day: date | None = None) -> Entry:
    """A recognised school-based entry."""
    return entry(number, hours, year=year, level=Level.SCHOOL, mode=Mode.SCHOOL_BASED, day=day)
