"""Reads a credit rule set from TOML text and reports every mistake at once, in Chinese.

The format is described for officers in docs/rules.md. Reads no file: the caller hands in the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import TypeVar

from handlers.rules.credit_checks import contradictions
from handlers.rules.credit_entries import EVERYTHING, Cells, Level, Mode
from handlers.rules.credit_rules import (
    Cap,
    CapPer,
    CreditRuleSet,
    CycleRule,
    CycleStart,
    Exclusion,
    Measure,
    Offset,
    Period,
    Probation,
    Ratio,
    Rounding,
    RoundingAt,
    RoundingMode,
    Threshold,
    YearKind,
)
from handlers.rules.toml_reader import TableReader, choices, parse_toml

LEVEL_WORDS: Mapping[str, Level] = {
    **{level.word: level for level in Level},
    **{level.value: level for level in Level},
    "校培": Level.SCHOOL,
}
MODE_WORDS: Mapping[str, Mode] = {
    **{mode.word: mode for mode in Mode},
    **{mode.value: mode for mode in Mode},
    "集中培训": Mode.FACE_TO_FACE,
    "网络研修": Mode.ONLINE,
    "校本研修": Mode.SCHOOL_BASED,
    "混合式": Mode.BLENDED,
    "学历进修": Mode.DEGREE_STUDY,
}
_PERIODS = {"每年": "year", "每周期": "cycle", "试用期": "probation"}
_CAP_PERIODS = {"每条": "entry", "每项": "programme", "每年": "year", "每周期": "cycle"}
_MEASURES = {"学分": "credit", "学时": "class_hour"}
_YEARS = {"公历年": "calendar", "学年": "school"}
_BEGINS = {"统一": "fixed", "入职当年": "joining_year", "入职次年": "year_after_joining"}
_ROUNDINGS = {
    "四舍五入": "half_up",
    "四舍六入五成双": "half_even",
    "舍去": "down",
    "进一": "up",
}
_ROUNDED_AT = {"每条": "entry", "合计": "total"}
_NO_DAY = date(2000, 1, 1)

_Word = TypeVar("_Word", Level, Mode)


class RuleSetError(ValueError):
    """A rule set that cannot be used; `problems` names every mistake in Chinese."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def parse_rule_set(text: str) -> CreditRuleSet:
    """The rule set that the TOML text declares. Raises RuleSetError with all its mistakes."""
    table, broken = parse_toml(text)
    if broken:
        raise RuleSetError((broken,))
    problems: list[str] = []
    rules = _rule_set(TableReader(table, "", problems))
    problems = problems or list(contradictions(rules))
    if problems:
        raise RuleSetError(tuple(problems))
    return rules


def _rule_set(reader: TableReader) -> CreditRuleSet:
    rules = CreditRuleSet(
        region=reader.text("region"),
        version=reader.text("version"),
        title=reader.text("title"),
        source=reader.text("source"),
        valid_from=reader.day("valid_from") or _NO_DAY,
        valid_to=reader.optional_day("valid_to"),
        unit_word=reader.text("unit_word", "学分"),
        absence_limit=reader.share("absence_limit"),
        not_given=reader.texts("not_given"),
        cycle=_cycle(reader.table("cycle", required=True)),
        rounding=_rounding(reader.table("rounding")),
        probation=_probation(reader.table("probation")),
        ratios=tuple(_ratio(item) for item in reader.tables("ratio")),
        caps=tuple(_cap(item) for item in reader.tables("cap")),
        thresholds=tuple(_threshold(item) for item in reader.tables("threshold")),
        offsets=tuple(_offset(item) for item in reader.tables("offset")),
        exclusions=tuple(_exclusion(item) for item in reader.tables("exclude")),
    )
    reader.finish()
    return rules


def _words(words: Mapping[str, str]) -> dict[str, str]:
    """Chinese words and the identifiers themselves are both understood."""
    return {**words, **{value: value for value in words.values()}}


def _cycle(reader: TableReader | None) -> CycleRule:
    if reader is None:
        return CycleRule(1, _NO_DAY)
    cycle = CycleRule(
        years=reader.whole("years", 1, 20),
        start=reader.day("start") or _NO_DAY,
        begins=CycleStart(reader.choice("begins", _words(_BEGINS), "fixed")),
        year_kind=YearKind(reader.choice("year", _words(_YEARS), "calendar")),
    )
    reader.finish()
    return cycle


def _rounding(reader: TableReader | None) -> Rounding:
    if reader is None:
        return Rounding()
    rounding = Rounding(
        mode=RoundingMode(reader.choice("mode", _words(_ROUNDINGS), "half_up")),
        places=reader.whole("places", 0, 6, 2),
        at=RoundingAt(reader.choice("at", _words(_ROUNDED_AT), "entry")),
    )
    reader.finish()
    return rounding


def _probation(reader: TableReader | None) -> Probation | None:
    if reader is None:
        return None
    probation = Probation(
        months=reader.whole("months", 1, 120),
        in_cycle=reader.flag("in_cycle"),
        clause=reader.text("clause", ""),
    )
    reader.finish()
    return probation


def _ratio(reader: TableReader) -> Ratio:
    ratio = Ratio(
        cells=_cells(reader),
        hours=reader.amount("hours"),
        credits=reader.amount("credits", positive=False),
        clause=reader.text("clause", ""),
    )
    reader.finish()
    return ratio


def _cap(reader: TableReader) -> Cap:
    cap = Cap(
        name=reader.text("name"),
        per=CapPer(reader.choice("per", _words(_CAP_PERIODS))),
        maximum=reader.amount("max", positive=False),
        cells=_cells(reader),
        clause=reader.text("clause", ""),
    )
    reader.finish()
    return cap


def _threshold(reader: TableReader) -> Threshold:
    threshold = Threshold(
        name=reader.text("name"),
        per=Period(reader.choice("per", _words(_PERIODS))),
        minimum=reader.amount("min"),
        cells=_cells(reader),
        measure=Measure(reader.choice("measure", _words(_MEASURES), "credit")),
        consequence=reader.text("consequence", ""),
        clause=reader.text("clause", ""),
    )
    reader.finish()
    return threshold


def _offset(reader: TableReader) -> Offset:
    offset = Offset(
        source=reader.text("from"),
        target=reader.text("to"),
        maximum=reader.optional_amount("max"),
        clause=reader.text("clause", ""),
    )
    reader.finish()
    return offset


def _exclusion(reader: TableReader) -> Exclusion:
    exclusion = Exclusion(
        name=reader.text("name"),
        cells=_cells(reader),
        unaccredited_only=reader.flag("unaccredited_only"),
        clause=reader.text("clause", ""),
    )
    reader.finish()
    return exclusion


def _cells(reader: TableReader) -> Cells:
    """The categories of `levels` and `modes` (all by default), or of any of the tables `any`."""
    parts = reader.tables("any")
    if not parts:
        return _conjunction(reader)
    if reader.has("levels") or reader.has("modes"):
        reader.note("any 与 levels、modes 只能用一种")
        _conjunction(reader)
    cells: Cells = frozenset()
    for part in parts:
        cells |= _conjunction(part)
        part.finish()
    return cells


def _conjunction(reader: TableReader) -> Cells:
    levels = _known(reader, "levels", LEVEL_WORDS)
    modes = _known(reader, "modes", MODE_WORDS)
    return EVERYTHING & frozenset(product(levels or Level, modes or Mode))


def _known(reader: TableReader, key: str, words: Mapping[str, _Word]) -> list[_Word]:
    found: list[_Word] = []
    for word in reader.texts(key):
        if word in words:
            found.append(words[word])
        else:
            reader.note(f"{key} 不认识「{word}」，可以写：{choices(words)}")
    return found
