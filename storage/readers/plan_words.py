"""What is odd within the words of one plan row: numbers that do not multiply, names that disagree.

Each check reads one item and yields a code and a Chinese clause; none changes anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from storage.readers.plan_model import Draft, Field, PlanItem
from storage.readers.plan_notice import Notice
from storage.readers.plan_table import PlanTable
from storage.readers.plan_values import MODE_WORDS
from storage.readers.problems import Problem, ProblemCode, place
from storage.readers.values import plain

Finding = tuple[ProblemCode, str]
_CHINESE = {mark: value for value, mark in enumerate("零一二三四五六七八九十")} | {"两": 2}
_UNITS_COUNTED = re.compile(r"(?<!\d)(\d{1,9})\s*(支|个学科|个县|个|所|县|校|期|班|组)")
_PER_UNIT = re.compile(r"(每[^,，。;；\d]{0,8}?|各[^,，。;；\d]{0,4}?)(\d{1,9})\s*人")
_PEOPLE = re.compile(r"(?<!\d)(\d{1,9})\s*人")
_LISTED = re.compile(
    r"(?<!\d)(\d{1,9})\s*(支|个学科|个)\s*[(（]([^)、）]{0,200}、[^)）]{0,200})[)）]"
)
_SUBJECTS_NAMED = re.compile(r"([一二两三四五六七八九十]|(?<!\d)\d{1,9})(?:大|个)?学科")
_ACTIVITY = re.compile(r".*(培训|培训班|研修|研修班|活动)")
_IT = re.compile(r"信息技术|信息化|融合")
_SPACE_INSIDE = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_OFFICE = re.compile(r"局[\u4e00-\u9fff]{2,6}")
_OFFICE_END = re.compile(r".*(科|室|处|办|股|中心|院|站|队|会|校|部)")


def check_words(table: PlanTable, items: tuple[PlanItem, ...], notice: Notice) -> Iterator[Problem]:
    """The problems of every row, in file order."""
    it_topics = any(_IT.search(item.topic) or "信息" in item.topic for item in items)
    for draft, item in zip(table.drafts, items, strict=True):
        for check in _CHECKS:
            for code, clause in check(item, draft):
                yield _problem(draft, item, code, clause)
        if it_topics and Field.NAME not in draft.filled:
            for code, clause in _other_topic(item):
                yield _problem(draft, item, code, clause)
    yield from _unlisted(table, items, notice)


def _problem(draft: Draft, item: PlanItem, code: ProblemCode, clause: str) -> Problem:
    return Problem(draft.number, code, f"{place(draft.number, item.seq)}：{clause}。")


def _multiplied(item: PlanItem, _draft: Draft) -> Iterator[Finding]:
    text = plain(item.audience)
    counted, each = _UNITS_COUNTED.search(text), _PER_UNIT.search(text)
    if not counted or not each or item.headcount is None or not each[1].startswith("每"):
        return
    product = int(counted[1]) * int(each[2])
    if product != item.headcount:
        clause = f"{counted[1]}{counted[2]}、每份 {each[2]} 人应是 {product} 人，"
        clause += f"培训人数写的是 {item.headcount}，请核对"
        yield ProblemCode.ARITHMETIC_MISMATCH, clause


def _counts(item: PlanItem, _draft: Draft) -> Iterator[Finding]:
    text = plain(item.audience)
    listed = _LISTED.search(text)
    if listed:
        names = [name for name in re.split("[、,，]", listed[3]) if name.strip()]
        if len(names) != int(listed[1]):
            clause = f"培训对象写 {listed[1]} {listed[2]}，括号里列了 {len(names)} 个，请核对"
            yield ProblemCode.COUNT_MISMATCH, clause
    in_name, in_text = (
        _SUBJECTS_NAMED.search(plain(item.name)),
        _SUBJECTS_NAMED.search(text.replace(" ", "")),
    )
    if in_name and in_text and _number(in_name[1]) != _number(in_text[1]):
        clause = f"项目名称说「{in_name[0]}」，培训对象说「{in_text[0]}」，请核对"
        yield ProblemCode.COUNT_MISMATCH, clause


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _CHINESE[text]


def _audience(item: PlanItem, draft: Draft) -> Iterator[Finding]:
    if Field.AUDIENCE in draft.filled:
        return
    text = re.sub(r"\([^)]{0,200}\)", "", plain(item.audience))
    if item.audience and item.audience == item.name:
        yield ProblemCode.AUDIENCE_DOUBTFUL, "培训对象与项目名称完全相同，请核对"
    elif _ACTIVITY.fullmatch(text):
        clause = f"培训对象「{item.audience}」像是活动名称，请核对"
        yield ProblemCode.AUDIENCE_DOUBTFUL, clause
    people = [int(found[1]) for found in _PEOPLE.finditer(plain(item.audience))]
    if item.headcount is not None and any(number > item.headcount for number in people):
        clause = f"培训对象里写 {max(people)} 人，培训人数写的是 {item.headcount}，请核对"
        yield ProblemCode.AUDIENCE_DOUBTFUL, clause


def _mode(item: PlanItem, draft: Draft) -> Iterator[Finding]:
    offline = [mode for mode in item.mode if mode != "online"]
    if "网络" in item.name and offline and Field.NAME not in draft.filled:
        form = "+".join(MODE_WORDS[mode] for mode in item.mode)
        clause = f"项目名称说是网络培训，培训形式写的是 {form}，请核对"
        yield ProblemCode.MODE_MISMATCH, clause


def _stage(item: PlanItem, draft: Draft) -> Iterator[Finding]:
    topic = item.topic
    early = re.search("学前|幼儿", topic) and not re.search("幼|园|学前", item.name + item.audience)
    higher = "义务教育" in topic and bool(re.search("高中|幼儿园", item.name + item.audience))
    late = higher and not re.search("小学|初中|中小学|义务", item.name + item.audience)
    if (early and re.search("中学|小学|高中|初中", item.name + item.audience)) or late:
        doubt = "（专题是从上一行补的）" if Field.TOPIC in draft.filled else ""
        clause = (
            f"专题是「{topic}」{doubt}，而项目「{item.name}」的对象是「{item.audience}」，请核对"
        )
        yield ProblemCode.TOPIC_MISMATCH, clause


def _other_topic(item: PlanItem) -> Iterator[Finding]:
    """An IT programme under another topic, in a plan that has a topic for IT."""
    if item.topic and _IT.search(item.name) and "信息" not in item.topic:
        clause = f"项目「{item.name}」像是信息技术类，专题写的是「{item.topic}」，请核对"
        yield ProblemCode.TOPIC_MISMATCH, clause


def _spelling(item: PlanItem, draft: Draft) -> Iterator[Finding]:
    for name, text in ((Field.TOPIC, item.topic), (Field.UNIT, item.unit)):
        if name not in draft.filled and _SPACE_INSIDE.search(text):
            yield ProblemCode.STRAY_SPACE, f"「{text}」中间有空格，已按原样保留"
    if Field.UNIT in draft.filled:
        return
    if _OFFICE.fullmatch(item.unit) and not _OFFICE_END.fullmatch(item.unit):
        clause = f"项目申请单位「{item.unit}」像是没有写完，已按原样保留，请核对"
        yield ProblemCode.NAME_TRUNCATED, clause


def _unlisted(table: PlanTable, items: tuple[PlanItem, ...], notice: Notice) -> Iterator[Problem]:
    if not notice.categories:
        return
    listed = {_bare(name) for name in notice.categories}
    topics: dict[str, int] = {}
    for draft, item in zip(table.drafts, items, strict=True):
        if item.topic and _bare(item.topic) not in listed:
            topics.setdefault(item.topic, draft.number)
    if topics:
        names = "、".join(f"「{topic}」（第 {row} 行起）" for topic, row in topics.items())
        text = f"第 {notice.categories_row} 行（正文）列出 {len(notice.categories)} 个类别，"
        text += f"表中的专题 {names}不在其中，已按原样保留，请核对。"
        yield Problem(notice.categories_row, ProblemCode.TOPIC_UNLISTED, text)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


_CHECKS: tuple[Callable[[PlanItem, Draft], Iterator[Finding]], ...] = (
    _multiplied,
    _counts,
    _audience,
    _mode,
    _stage,
    _spelling,
)
