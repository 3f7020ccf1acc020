"""What I still have to hand in, finish or enrol for, over all programmes, and by when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher

from handlers.contract import Intent, Turn
from handlers.files import XLSX, workbook
from handlers.matching import bare, best, names_asked
from handlers.own_records import own
from handlers.permissions import Permission, Role
from handlers.reply import File, Reply
from handlers.rules.deadlines import in_order, is_past, left_in_words
from handlers.wording import ask_office, clock_words, day_words, local
from storage.deadlines import ENROLLED, PROVIDER, SCHOOL, TRAINEE, Deadline, Deadlines

MOST_SHOWN = 6
SHORTEST_NAME = 2
_ASIDE = re.compile(r"[(（].{0,200}?[)）]")
AUDIENCE_WORDS = {TRAINEE: "学员", SCHOOL: "学校", PROVIDER: "承办机构"}
# Who holds nothing but these is not among 全体学员.
_NO_TRAINEES = {Role.PROVIDER, Role.COUNTY_ADMIN}
COLUMNS = ("截止", "状态", "事项", "项目或班级", "对象", "说明", "后果", "链接")


@dataclass(frozen=True, slots=True)
class DueItem:
    """A deadline as handlers.rules.deadlines orders it."""

    deadline: Deadline
    due: date | datetime

    @property
    def title(self) -> str:
        """What is due."""
        return self.deadline.title

    @property
    def consequence(self) -> str:
        """What follows from missing it."""
        return self.deadline.consequence


def query(turn: Turn) -> Reply:
    """Everything undone, what is overdue first, then by date; done things are absent."""
    asker = turn.asker
    if asker.organisation_id is None:
        return Reply(text=f"名册里没有您的单位，{ask_office(turn.office)}补上。")
    found = Deadlines(turn.unit).open_for(
        asker.id, asker.organisation_id, asker.organisation, _audiences(asker.roles)
    )
    asked = names_asked(turn)
    chosen = best(asked, found, _names) if asked else found
    if asked and not chosen:
        return Reply(text="\n".join([f"没有找到和「{asked[0]}」有关的待办。", _rest(len(found))]))
    chosen = chosen if asked else _spoken_of(turn.text, chosen) or chosen
    items = [_item(deadline) for deadline in chosen]
    span = turn.slots.when()
    when = span is not None and (span.start is not None or span.end is not None)
    if span is not None and when:
        items = [item for item in items if span.covers(item.deadline.due_at)]
    if not items:
        return Reply(text="\n".join(_none(len(found), narrowed=when)))
    return _listed(turn, items, len(found) - len(items))


def _spoken_of(text: str, found: Sequence[Deadline]) -> tuple[Deadline, ...]:
    """What the words name by the better half of its title: 微课什么时候交 of 微课作品."""
    said = bare(text)
    ranked: dict[int, list[Deadline]] = {}
    for deadline in found:
        title = bare(_ASIDE.sub("", deadline.title))
        held = SequenceMatcher(None, said, title, autojunk=False).find_longest_match()
        if held.size >= SHORTEST_NAME and held.size * 2 >= len(title):
            ranked.setdefault(held.size, []).append(deadline)
    return tuple(ranked[max(ranked)]) if ranked else ()


def _audiences(roles: frozenset[Role]) -> frozenset[str]:
    # everybody is a teacher to the gate; who is an officer or a provider besides is no trainee
    # unless some class has them
    others = roles - {Role.TEACHER}
    held = {ENROLLED if others and others <= _NO_TRAINEES else TRAINEE}
    if Role.SCHOOL_ADMIN in roles:
        held.add(SCHOOL)
    if Role.PROVIDER in roles:
        held.add(PROVIDER)
    return frozenset(held)


def _item(deadline: Deadline) -> DueItem:
    day = local(deadline.due_at).date()
    return DueItem(deadline, day if deadline.whole_day else deadline.due_at)


def _none(total: int, *, narrowed: bool) -> list[str]:
    if narrowed:
        return ["这段时间里没有到期的待办。", _rest(total)]
    return ["目前没有待办，都完成了。"]


def _rest(total: int) -> str:
    return f"您一共还有 {total} 项没做，发送「还有什么没做」看全部。" if total else "目前没有待办。"


def _listed(turn: Turn, items: list[DueItem], others: int) -> Reply:
    ordered = in_order(items)
    past = [item for item in ordered if is_past(item.due, turn.now)]
    ahead = [item for item in ordered if not is_past(item.due, turn.now)]
    opening = f"{'您问的有' if others else '还有'} {len(items)} 项没做"
    if past:
        opening += f"，其中 {len(past)} 项已过期"
    shown = [*past, *ahead]
    lines = [f"{opening}："]
    for number, item in enumerate(shown[:MOST_SHOWN], 1):
        lines.append(f"{number}. {_line(item, turn)}")
    files: tuple[File, ...] = ()
    if len(shown) > MOST_SHOWN:
        lines.append(f"以上是前 {MOST_SHOWN} 项，全部在文件里。")
        rows = [_cells(item, turn) for item in shown]
        files = (File("待办事项.xlsx", workbook("待办事项", COLUMNS, rows), XLSX),)
    if others:
        lines.append(f"另外还有 {others} 项没做，发送「还有什么没做」看全部。")
    if past:
        lines.append(f"已经交过却还在这里的，{ask_office(turn.office)}核对提交记录。")
    return Reply(
        text="\n".join(lines), files=files, audit={"open": len(items), "overdue": len(past)}
    )


def _line(item: DueItem, turn: Turn) -> str:
    deadline = item.deadline
    mark = "【已过期】" if is_past(item.due, turn.now) else ""
    whose = deadline.class_name or deadline.programme
    head = f"{mark}{deadline.title}"
    if whose:
        head += f"（{whose}）"
    if deadline.audience != TRAINEE:
        head += f"〔{AUDIENCE_WORDS.get(deadline.audience, deadline.audience)}事项〕"
    parts = [f"{head}：{_due_words(item, turn)}，{left_in_words(item.due, turn.now)}"]
    if deadline.description:
        parts.append(f"   {deadline.description}")
    if deadline.consequence:
        parts.append(f"   逾期后果：{deadline.consequence}")
    if deadline.link:
        parts.append(f"   办理：{deadline.link}")
    return "\n".join(parts)


def _due_words(item: DueItem, turn: Turn) -> str:
    day = day_words(local(item.deadline.due_at).date(), turn.now.date())
    if item.deadline.whole_day:
        return f"{day}截止"
    return f"{day}{clock_words(item.deadline.due_at)} 截止"


def _cells(item: DueItem, turn: Turn) -> tuple[str, ...]:
    deadline = item.deadline
    due = local(deadline.due_at)
    return (
        f"{due:%Y-%m-%d}" if deadline.whole_day else f"{due:%Y-%m-%d %H:%M}",
        left_in_words(item.due, turn.now),
        deadline.title,
        deadline.class_name or deadline.programme or "",
        AUDIENCE_WORDS.get(deadline.audience, deadline.audience),
        deadline.description,
        deadline.consequence,
        deadline.link,
    )


def _names(item: Deadline) -> tuple[str, ...]:
    return (item.title, item.programme or "", item.class_name or "")


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="deadline.query",
        title="待办与截止",
        help="还有什么没交、没做，什么时候截止",
        permission=Permission.RECORD_OWN,
        handle=own(query),
        keywords=("截止", "还有什么没做", "还有什么没交", "什么时候交", "待办"),
        forms=("还有(?:什么|哪些)没[做交完]的?", "(?:我的)?待办", "截止时间", "什么时候截止"),
    ),
)
