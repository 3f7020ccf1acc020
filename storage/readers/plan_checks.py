"""What does not agree between the rows of a plan: serials, repeats, spellings, totals.

Looks at all rows together; what is odd within the words of one row is in `plan_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

from storage.readers.plan_model import Draft, Field, PlanItem, PlanTotals
from storage.readers.plan_notice import Notice, Stated
from storage.readers.plan_table import LABELS, PlanTable
from storage.readers.plan_values import UNIT_WORDS
from storage.readers.problems import Problem, ProblemCode, place
from storage.readers.values import plain

_NOT_A_TYPO = frozenset("一二三四五六七八九十0123456789东西南北中上下前后小大初高老新")
_MIN_SPELLING = 3
Rows = list[tuple[Draft, PlanItem]]


def check_rows(table: PlanTable, items: tuple[PlanItem, ...]) -> Iterator[Problem]:
    """Problems between rows."""
    rows = list(zip(table.drafts, items, strict=True))
    yield from _serials(table)
    yield from _groups(rows)
    yield from _same_names(rows)
    yield from _same_rows(rows)
    for name in (Field.UNIT, Field.PROVIDER):
        yield from _spellings(table, name)


def _serials(table: PlanTable) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    numbers: list[tuple[int, int]] = []
    for draft in table.drafts:
        serial = draft.text(Field.SEQ)
        if not draft.starts or not serial:
            continue
        if serial in seen:
            text = f"{place(draft.number, serial)}：序号 {serial} 在第 {seen[serial]} 行已经用过，"
            text += "按两个项目分别保留，请核对。"
            yield Problem(draft.number, ProblemCode.SERIAL_DUPLICATE, text)
        seen.setdefault(serial, draft.number)
        found = re.search(r"\d+", plain(serial))
        if found:
            numbers.append((int(found[0]), draft.number))
    for (before, _), (after, row) in pairwise(numbers):
        if after not in {before, before + 1}:
            text = f"{place(row, str(after))}：序号从 {before} 跳到 {after}，"
            text += "中间可能少了项目，请核对。"
            yield Problem(row, ProblemCode.SERIAL_GAP, text)


def _groups(rows: Rows) -> Iterator[Problem]:
    groups: dict[int, Rows] = {}
    for draft, item in rows:
        groups.setdefault(draft.group, []).append((draft, item))
    for members in groups.values():
        names = list(dict.fromkeys(item.name for _, item in members))
        first, item = members[0]
        if len(names) > 1:
            shown = "、".join(f"「{name}」" for name in names)
            text = (
                f"{place(first.number, item.seq)}：这个序号下有 {len(names)} 个项目名称：{shown}。"
            )
            yield Problem(first.number, ProblemCode.NAMES_IN_SERIAL, text)
        elif {"day", "class_hour"} <= {other.duration_unit for _, other in members}:
            yield _two_phases(members)


def _two_phases(members: Rows) -> Problem:
    first, item = members[0]
    parts = "，".join(
        f"第 {draft.number} 行 {other.duration_value} {UNIT_WORDS[other.duration_unit or 'day']}"
        f" {other.headcount if other.headcount is not None else '未写'} 人"
        for draft, other in members
        if other.duration_unit
    )
    text = f"{place(first.number, item.seq)}：分面授和网络两个阶段（{parts}），"
    text += "人数按人次分别计入，不是两批人。"
    return Problem(first.number, ProblemCode.TWO_PHASES, text)


def _same_names(rows: Rows) -> Iterator[Problem]:
    seen: dict[str, tuple[Draft, PlanItem]] = {}
    for draft, item in rows:
        if not item.name:
            continue
        first, other = seen.setdefault(item.name, (draft, item))
        if first.group != draft.group and Field.NAME not in draft.filled:
            text = f"{place(draft.number, item.seq)}：项目名称「{item.name}」与第 {first.number} 行"
            text += f"（序号 {other.seq or '空'}）相同，按不同项目保留，请核对。"
            yield Problem(draft.number, ProblemCode.DUPLICATE_NAME, text)


def _same_rows(rows: Rows) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], Draft] = {}
    for draft, item in rows:
        key = (
            item.unit,
            item.topic,
            item.name,
            item.mode,
            item.audience,
            item.duration_value,
            item.headcount,
            item.provider,
            item.start,
        )
        first = seen.setdefault(key, draft)
        if first is not draft:
            text = f"{place(draft.number, item.seq)}：与第 {first.number} 行内容完全相同，"
            text += "可能是两期，也可能是重复，两行都已保留，请核对。"
            yield Problem(draft.number, ProblemCode.DUPLICATE_ROW, text)


def _spellings(table: PlanTable, name: Field) -> Iterator[Problem]:
    """Units or providers that differ by one character: 局基教科 and 局基教教科."""
    first: dict[str, Draft] = {}
    counts: dict[str, int] = {}
    for draft in table.drafts:
        for part in _parts(draft.text(name)):
            first.setdefault(part, draft)
            counts[part] = counts.get(part, 0) + (name not in draft.filled)
    for one, other in combinations(first, 2):
        if min(len(one), len(other)) < _MIN_SPELLING or not _one_apart(one, other):
            continue
        rare, usual = sorted((other, one), key=lambda text: counts[text])
        draft = first[rare]
        text = f"{place(draft.number, draft.text(Field.SEQ))}：“{LABELS[name]}”写的是「{rare}」，"
        text += f"第 {first[usual].number} 行写的是「{usual}」，可能是同一个单位，"
        text += "已按原样保留，请核对。"
        yield Problem(draft.number, ProblemCode.NEAR_DUPLICATE, text)


def _parts(text: str) -> list[str]:
    bare = re.sub(r"\([^)]{0,200}\)", "", plain(text))
    return [part.strip() for part in re.split(r"[+、,;/]", bare) if part.strip()]


def _one_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
        return len(differing) == 1 and not set(differing[0]) & _NOT_A_TYPO
    short, long = sorted((one, other), key=len)
    return any(
        long[:at] + long[at + 1 :] == short and long[at] not in _NOT_A_TYPO
        for at in range(len(long))
    )


def count(table: PlanTable, items: tuple[PlanItem, ...]) -> PlanTotals:
    """The totals as counted from the rows."""
    rows = list(zip(table.drafts, items, strict=True))
    programmes = sum(draft.numbered for draft in table.drafts)
    return PlanTotals(
        headcount=sum(item.headcount or 0 for item in items),
        programmes=programmes,
        national_joint=len({draft.group for draft, item in rows if "国培" in _words(item)}),
        county_joint=len({draft.group for draft, item in rows if "市县联合" in _words(item)}),
        rows=len(items),
    )


def _words(item: PlanItem) -> str:
    return " ".join((item.unit, item.topic, item.name, item.provider))


def check_totals(table: PlanTable, notice: Notice, computed: PlanTotals) -> Iterator[Problem]:
    """Problems between what is printed and what is counted; both figures stay."""
    total = table_total(table)
    moved = [problem for problem in table.problems if problem.code is ProblemCode.COLUMN_SHIFT]
    remark = "".join(f"，第 {problem.row} 行按挪正后的人数计" for problem in moved)
    if total and total.value != computed.headcount:
        yield _differs(total, "表中合计", computed, remark)
    if notice.headcount:
        if notice.headcount.value != computed.headcount:
            yield _differs(notice.headcount, "正文", computed, remark)
        if total and total.value != notice.headcount.value:
            text = f"第 {notice.headcount.row} 行（正文）写 {notice.headcount.value:,} 人次，"
            text += f"第 {total.row} 行（合计）写 {total.value:,} 人次，两处不一致，请核对。"
            row = notice.headcount.row
            yield Problem(row, ProblemCode.STATED_TOTALS_DISAGREE, text)
    yield from _programmes(table, notice.programmes, computed)
    joint = ProblemCode.JOINT_COUNT_MISMATCH
    pairs = (
        (notice.national_joint, computed.national_joint, "国培省市联合立项项目"),
        (notice.county_joint, computed.county_joint, "市县联合立项项目"),
    )
    for said, counted, what in pairs:
        if said and said.value != counted:
            text = f"第 {said.row} 行（正文）：写{what} {said.value} 个，表中数到 {counted} 个，"
            text += "两个数字都保留，请核对。"
            yield Problem(said.row, joint, text)


def _differs(said: Stated, where: str, computed: PlanTotals, remark: str) -> Problem:
    difference = abs(said.value - (computed.headcount or 0))
    text = f"第 {said.row} 行（{where}）：写 {said.value:,} 人次，逐行相加是 "
    text += f"{computed.headcount:,} 人次，相差 {difference:,}{remark}；两个数字都保留，请核对。"
    return Problem(said.row, ProblemCode.TOTAL_MISMATCH, text)


def _programmes(table: PlanTable, said: Stated | None, computed: PlanTotals) -> Iterator[Problem]:
    if said is None or said.value == computed.programmes:
        return
    unnumbered = [draft.number for draft in table.drafts if draft.starts and not draft.numbered]
    text = (
        f"第 {said.row} 行（正文）：写 {said.value} 个项目，表中按序号数到 {computed.programmes} 个"
    )
    if unnumbered:
        rows = "、".join(str(row) for row in unnumbered)
        text += f"（另有第 {rows} 行没有序号，没有计入）"
    yield Problem(
        said.row, ProblemCode.PROGRAMME_COUNT_MISMATCH, f"{text}，两个数字都保留，请核对。"
    )


def table_total(table: PlanTable) -> Stated | None:
    """The total that the table prints: its 合计 line, else the sum of its 小计 lines."""
    lines = [line for line in table.totals if line.headcount is not None]
    if not lines:
        return None
    grand = [line for line in lines if not line.label.startswith("小")]
    if grand:
        return Stated(grand[-1].headcount or 0, grand[-1].row)
    return Stated(sum(line.headcount or 0 for line in lines), lines[-1].row)
