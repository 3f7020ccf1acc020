"""The Chinese sentence of each step of an evaluation, and the step itself.

Wording only: what is cut and how much is decided in `credit`.
"""

from __future__ import annotations

from decimal import Decimal

from handlers.rules.amounts import plain
from handlers.rules.credit_entries import Entry, category_word
from handlers.rules.credit_rules import (
    Cap,
    CapPer,
    CreditRuleSet,
    CycleStart,
    Exclusion,
    Offset,
    Ratio,
    RoundingMode,
)
from handlers.rules.credit_trace import NOTHING, CycleSpan, Step, StepKind

_CAP_WORDS = {
    CapPer.ENTRY: "每条",
    CapPer.PROGRAMME: "每项",
    CapPer.YEAR: "每年",
    CapPer.CYCLE: "每个周期",
}
_ROUNDING_WORDS = {
    RoundingMode.HALF_UP: "四舍五入",
    RoundingMode.HALF_EVEN: "四舍六入五成双",
    RoundingMode.DOWN: "舍去尾数",
    RoundingMode.UP: "有尾数即进一",
}


def recorded_step(
    entry: Entry, computed: Decimal, recorded: Decimal, ratio: Ratio, rules: CreditRuleSet
) -> Step:
    """The ledger's credits differ from hours × ratio: the ledger's stand, the gap is named."""
    change = recorded - computed
    word = "多" if change > 0 else "少"
    text = (
        f"「{entry.programme}」按 {plain(entry.class_hours)} 学时折算是 {plain(computed)} "
        f"{rules.unit_word}，登记的是 {plain(recorded)}，{word} {plain(abs(change))}，"
        "以登记的为准。"
    )
    return _of_entry(StepKind.RECORDED, entry, change, text, rule="登记", clause=ratio.clause)


def rounded_step(entry: Entry, change: Decimal, rules: CreditRuleSet) -> Step:
    """An entry's converted credits were brought to the rule's places."""
    text = f"「{entry.programme}」折算后{_rounding_words(rules)}，{_change_words(change)}。"
    return _of_entry(StepKind.ROUNDED, entry, change, text, rule="取整")


def total_rounded_step(change: Decimal, rules: CreditRuleSet) -> Step:
    """The cycle's sum was brought to the rule's places."""
    text = f"合计{_rounding_words(rules)}，{_change_words(change)}。"
    return Step(StepKind.ROUNDED, change, text, "取整")


def no_ratio_step(entry: Entry) -> Step:
    """Neither the ledger nor the rules say how many credits these hours are."""
    text = (
        f"「{entry.programme}」没有登记学分，规则也没有给出"
        f"{category_word(entry.level, entry.mode)}的折算办法，暂计 0。"
    )
    return _of_entry(StepKind.NO_RATIO, entry, NOTHING, text, rule="折算")


def out_of_cycle_step(
    entry: Entry, registered: Decimal, cycle: CycleSpan, rules: CreditRuleSet
) -> Step:
    """The entry belongs to a year outside the current cycle."""
    word = rules.cycle.year_word
    text = (
        f"「{entry.programme}」登记在 {word(entry.year)}，不在本周期"
        f"（{cycle.years[0]}—{word(cycle.years[-1])}）内，"
        f"{plain(registered)} {rules.unit_word}不计。"
    )
    return _of_entry(StepKind.OUT_OF_CYCLE, entry, -registered, text, rule="周期")


def rejected_step(entry: Entry, registered: Decimal, rules: CreditRuleSet) -> Step:
    """The audit refused the entry."""
    reason = entry.reason or "未写原因"
    text = f"「{entry.programme}」{plain(registered)} {rules.unit_word}已驳回：{reason}。"
    return _of_entry(StepKind.REJECTED, entry, -registered, text.replace("。。", "。"), rule="审核")


def pending_step(entry: Entry, registered: Decimal, rules: CreditRuleSet) -> Step:
    """The audit has not looked at the entry."""
    text = f"「{entry.programme}」{plain(registered)} {rules.unit_word}待审核，通过后才计。"
    return _of_entry(StepKind.PENDING, entry, -registered, text, rule="审核")


def excluded_step(
    entry: Entry, registered: Decimal, exclusion: Exclusion, rules: CreditRuleSet
) -> Step:
    """The rules do not count such entries."""
    text = (
        f"「{entry.programme}」{plain(registered)} {rules.unit_word}不计：{exclusion.name}不计入。"
    )
    return _of_entry(
        StepKind.EXCLUDED, entry, -registered, text, rule=exclusion.name, clause=exclusion.clause
    )


def probation_step(entry: Entry, registered: Decimal, rules: CreditRuleSet) -> Step:
    """Done in the probation, which the rules keep outside the cycle."""
    text = (
        f"「{entry.programme}」在试用期内完成，{plain(registered)} {rules.unit_word}"
        "算试用期培训，不计入周期。"
    )
    clause = rules.probation.clause if rules.probation else ""
    return _of_entry(StepKind.EXCLUDED, entry, -registered, text, rule="试用期", clause=clause)


def undated_step(entry: Entry) -> Step:
    """It cannot be told whether the entry falls into the probation."""
    text = f"「{entry.programme}」没有日期，看不出是否在试用期内，按不在试用期内计。"
    return _of_entry(StepKind.REMARK, entry, NOTHING, text, rule="试用期")


def no_joining_date_step(rules: CreditRuleSet) -> Step | None:
    """The cycle should run from the joining date, which is not known."""
    if rules.cycle.begins is CycleStart.FIXED:
        return None
    text = f"没有登记入职年月，周期暂从 {rules.cycle.start.isoformat()} 算起。"
    return Step(StepKind.REMARK, NOTHING, text, "周期")


def entry_cap_step(cap: Cap, entry: Entry, cut: Decimal, rules: CreditRuleSet) -> Step:
    """What a cap took from one entry."""
    text = f"{_limit_words(cap, rules)}，「{entry.programme}」超出的 {plain(cut)} 不计。"
    return _of_entry(StepKind.CAP, entry, -cut, text, rule=cap.name, clause=cap.clause)


def group_cap_step(
    cap: Cap, first: Entry, arrived: Decimal, cut: Decimal, rules: CreditRuleSet
) -> Step:
    """What a cap took from all entries of one entry, programme, year or cycle."""
    where = {
        CapPer.ENTRY: f"「{first.programme}」",
        CapPer.PROGRAMME: f"「{first.programme}」",
        CapPer.YEAR: f"{rules.cycle.year_word(first.year)}",
        CapPer.CYCLE: "本周期",
    }[cap.per]
    text = f"{_limit_words(cap, rules)}，{where}已登记 {plain(arrived)}，多出的 {plain(cut)} 不计。"
    single = cap.per in (CapPer.ENTRY, CapPer.PROGRAMME)
    entry_id = first.id if cap.per is CapPer.ENTRY else None
    year = None if cap.per is CapPer.CYCLE else first.year
    programme = first.programme if single else ""
    return Step(StepKind.CAP, -cut, text, cap.name, cap.clause, entry_id, year, programme)


def offset_step(offset: Offset, amount: Decimal, year: int | None, rules: CreditRuleSet) -> Step:
    """The surplus of one threshold fills a gap in another; the total stays as it is."""
    when = f"{rules.cycle.year_word(year)}" if year is not None else ""
    text = f"{when}{offset.source}超出要求的部分，冲抵{offset.target} {plain(amount)}。"
    rule = f"{offset.source}冲抵{offset.target}"
    return Step(StepKind.OFFSET, amount, text, rule, offset.clause, None, year)


def _limit_words(cap: Cap, rules: CreditRuleSet) -> str:
    return f"{cap.name}{_CAP_WORDS[cap.per]}最多计 {plain(cap.maximum)} {rules.unit_word}"


def _rounding_words(rules: CreditRuleSet) -> str:
    places = rules.rounding.places
    kept = f"保留 {places} 位小数" if places else "取整数"
    return f"{kept}（{_ROUNDING_WORDS[rules.rounding.mode]}）"


def _change_words(change: Decimal) -> str:
    return f"{'多' if change > 0 else '少'}计 {plain(abs(change))}"


def _of_entry(
    kind: StepKind, entry: Entry, amount: Decimal, text: str, *, rule: str, clause: str = ""
) -> Step:
    return Step(kind, amount, text, rule, clause, entry.id, entry.year, entry.programme)
