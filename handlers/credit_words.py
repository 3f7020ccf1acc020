"""How a credit standing is said: totals, years, categories and gaps as Chinese lines.

Knows standings and their parts, no tables and no turn.
"""

from __future__ import annotations

from decimal import Decimal

from handlers.rules.amounts import plain
from handlers.rules.credit_entries import Entry, EntryStatus, Level, Mode, category_word
from handlers.rules.credit_rules import Measure, Period
from handlers.rules.credit_trace import (
    EntryLine,
    Standing,
    ThresholdStanding,
    YearStanding,
)

NOTHING = Decimal(0)


def cycle_words(standing: Standing) -> str:
    """2021—2025 年."""
    years = standing.cycle.years
    return f"{years[0]}—{standing.rules.cycle.year_word(years[-1])}"


def basis_line(standing: Standing) -> str:
    """As of when and under which rule version."""
    rules, day = standing.rules, standing.as_of
    over = ""
    if not rules.valid_on(day) and rules.valid_to is not None:
        over = f"（该规则有效期到 {rules.valid_to.isoformat()}，尚无新规则）"
    return (
        f"截至 {day.year}年{day.month}月{day.day}日，"
        f"按「{rules.title}」{rules.version} 版计算{over}。"
    )


def total_lines(standing: Standing) -> list[str]:
    """The cycle first, then this year, the years, the categories and the other requirements."""
    unit = standing.rules.unit_word
    opening = f"您本周期（{cycle_words(standing)}）共计 {plain(standing.total)} {unit}"
    head = standing.headline
    lines = [f"{opening}{_against(head, standing)}。" if head else f"{opening}。"]
    now = standing.current_year
    if now is not None:
        lines.append(_year_line(now, standing))
    earlier = [y for y in standing.by_year if y is not now and (y.registered or y.over)]
    if earlier:
        words = "、".join(f"{year.word} {plain(year.counted)}" for year in earlier)
        lines.append(f"其他年度：{words}")
    if standing.by_category:
        words = "、".join(
            f"{item.word} {plain(item.counted)}" for item in standing.by_category if item.registered
        )
        lines.append(f"分类：{words}" if words else "分类：没有计入的记录")
    lines += _structure_lines(standing)
    cut = sum((item.registered - item.counted for item in standing.by_category), NOTHING)
    if cut > 0:
        lines.append(f"另有 {plain(cut)} {unit}按规则没有计入，发送「为什么」看原因。")
    return lines


def year_lines(standing: Standing, year: int) -> list[str]:
    """One credit year; one outside the cycle is said to be so, with what is registered."""
    found = next((item for item in standing.by_year if item.year == year), None)
    word = standing.rules.cycle.year_word(year)
    unit = standing.rules.unit_word
    if found is not None and year in standing.cycle.years:
        lines = [_year_line(found, standing)]
        of_year = [line for line in standing.lines if line.entry.year == year and line.counts]
        words = _by_category(of_year)
        if words:
            lines.append(f"分类：{words}")
    else:
        registered = [
            line
            for line in standing.lines
            if line.entry.year == year and line.entry.status is EntryStatus.RECOGNISED
        ]
        total = sum((line.registered for line in registered), NOTHING)
        lines = [
            f"{word}登记了 {plain(total)} {unit}（{len(registered)} 条），"
            f"不在本周期（{cycle_words(standing)}）内，不计入本周期。"
        ]
    lines.append(f"本周期共计 {plain(standing.total)} {unit}。")
    return lines


def category_lines(
    standing: Standing, year: int | None, level: Level | None, mode: Mode | None
) -> list[str]:
    """What counts of some level or mode, in the cycle or in one year of it."""
    unit = standing.rules.unit_word
    which = selection_words(standing, year, level, mode)
    lines = [line for line in standing.lines if fits(line.entry, year, level, mode)]
    counting = [line for line in lines if line.counts]
    counted = sum((line.counted for line in counting), NOTHING)
    registered = sum((line.registered for line in counting), NOTHING)
    opening = f"{which}计入 {plain(counted)} {unit}（{len(counting)} 条）"
    if registered > counted:
        opening += f"，登记 {plain(registered)}，按规则有 {plain(registered - counted)} 没有计入"
    found = [f"{opening}。"]
    found.append(f"本周期（{cycle_words(standing)}）各类共计 {plain(standing.total)} {unit}。")
    return found


def gap_lines(
    standing: Standing, year: int | None, level: Level | None, mode: Mode | None
) -> list[str]:
    """Each requirement and what it lacks: the year (asked or present), then cycle and structure."""
    now = standing.rules.cycle.year_of(standing.as_of)
    wanted = year if year is not None else now
    found = next((item for item in standing.by_year if item.year == wanted), None)
    lines = []
    if found is None or wanted not in standing.cycle.years:
        word = standing.rules.cycle.year_word(wanted)
        lines.append(f"{word}不在本周期（{cycle_words(standing)}）内，没有本周期的年度要求。")
    elif found.headline is None:
        lines.append(f"{found.word}没有年度要求，已计 {plain(found.counted)}。")
    else:
        lines.append(_year_gap(found, standing))
    head = standing.headline
    if head is not None:
        lines.append(f"本周期（{cycle_words(standing)}）：{_threshold_words(head, standing)}")
    lines += _structure_lines(standing)
    if level is not None or mode is not None:
        lines.insert(0, category_lines(standing, year, level, mode)[0])
    return lines


def waiting_lines(standing: Standing) -> list[str]:
    """What the audit has still to decide, and what it refused."""
    unit = standing.rules.unit_word
    lines = []
    if standing.pending:
        lines.append(
            f"待审核 {plain(standing.pending_total)} {unit}（{len(standing.pending)} 条），"
            "通过后才计入。"
        )
    if standing.rejected:
        lines.append(f"已驳回 {len(standing.rejected)} 条，发送「为什么」看原因。")
    return lines


def fits(entry: Entry, year: int | None, level: Level | None, mode: Mode | None) -> bool:
    """Whether an entry is among those asked about; 校本 is a level to some and a mode to others."""
    if year is not None and entry.year != year:
        return False
    if level is Level.SCHOOL:
        if entry.level is not Level.SCHOOL and entry.mode is not Mode.SCHOOL_BASED:
            return False
    elif level is not None and entry.level is not level:
        return False
    return mode is None or entry.mode is mode


def selection_words(
    standing: Standing, year: int | None, level: Level | None, mode: Mode | None
) -> str:
    """What was asked about, before a noun: 2021 年国培网络."""
    when = f"{standing.rules.cycle.year_word(year)}" if year is not None else ""
    return f"{when}{level.word if level else ''}{mode.word if mode else ''}"


def _year_line(year: YearStanding, standing: Standing) -> str:
    head = year.headline
    return f"{year.word}：计 {plain(year.counted)}{_against(head, standing) if head else ''}。"


def _year_gap(year: YearStanding, standing: Standing) -> str:
    head = year.headline
    assert head is not None
    unit = _unit(head, standing)
    if head.met:
        return f"{year.word}已达标：计 {plain(head.counted)}，要求 {plain(head.required)} {unit}。"
    verb = "差" if year.over else "还差"
    text = (
        f"{year.word}{verb} {plain(head.missing)} {unit}"
        f"（已计 {plain(head.counted)}，要求 {plain(head.required)}）。"
    )
    return f"{text}未达标的后果：{year.consequence}" if year.consequence else text


def _against(item: ThresholdStanding, standing: Standing) -> str:
    """，要求 72，还差 38."""
    unit = "" if item.measure is Measure.CREDIT else _unit(item, standing)
    state = "已达标" if item.met else f"{'差' if item.over else '还差'} {plain(item.missing)}"
    return f"，要求 {plain(item.required)}{unit}，{state}"


def _structure_lines(standing: Standing) -> list[str]:
    """Requirements on parts, of the cycle and of the present year, that are not the headlines."""
    now = standing.current_year
    year = now.year if now else None
    heads = (standing.headline, now.headline if now else None)
    lines = []
    for item in standing.thresholds:
        current = item.year in (None, year) and item.per is not Period.PROBATION
        if item in heads or not (current or (item.per is Period.PROBATION and not item.met)):
            continue
        lines.append(f"{threshold_name(item, standing)}：{_threshold_words(item, standing)}")
    return lines


def threshold_name(item: ThresholdStanding, standing: Standing) -> str:
    """2021 年年度学分; a cycle's without a year."""
    when = f"{standing.rules.cycle.year_word(item.year)}" if item.year is not None else ""
    return f"{when}{item.name}"


def _threshold_words(item: ThresholdStanding, standing: Standing) -> str:
    unit = _unit(item, standing)
    figures = f"已计 {plain(item.counted)}，要求 {plain(item.required)} {unit}"
    if item.met:
        return f"{figures}，已达标。"
    text = f"{figures}，还差 {plain(item.missing)}。"
    return f"{text}未达标的后果：{item.consequence}" if item.consequence else text


def _unit(item: ThresholdStanding, standing: Standing) -> str:
    return "学时" if item.measure is Measure.CLASS_HOUR else standing.rules.unit_word


def _by_category(lines: list[EntryLine]) -> str:
    sums: dict[str, Decimal] = {}
    for line in lines:
        word = category_word(line.entry.level, line.entry.mode)
        sums[word] = sums.get(word, NOTHING) + line.counted
    return "、".join(f"{word} {plain(amount)}" for word, amount in sums.items())
