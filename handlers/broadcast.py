"""Sending a notice: draft, preview, what may still be changed, approval.

Approval by two, ladders, chasing and recall are topics of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from handlers.contract import Intent, Turn
from handlers.dispatch import dispatch
from handlers.notice_card import notice_number
from handlers.permissions import Permission
from handlers.planning import plan
from handlers.preview import draft_preview, preview
from handlers.recipients import Found, describe, find
from handlers.reply import Action, Choice, Question, Reply, action, refuse
from handlers.wishes import NO, Wishes
from handlers.wording import moment_words, numbered
from nlp.normalise import as_written, tidy
from nlp.spelling import NAME
from storage.audience import Audience
from storage.notices import DRAFT, Notice, Notices
from storage.people import People

DRAFTS_KEPT = timedelta(hours=24)
MOST_CHOICES = 8
# not the colon of a clock: 8:30
_AFTER_COLON = re.compile(r"[^:：]*?(?:：|(?<!\d):|:(?!\d))\s*(.{2,})", re.DOTALL)
_TO_SOMEBODY = re.compile(rf"(?:给|通知|告诉)({NAME}{{2,40}}?)(?:老师)?(?:发|[:：,，])")
_TEXT_STARTS = re.compile(r"[:：“「『\n]")


def draft(turn: Turn) -> Reply:
    """Make a draft out of words and an audience; ask for what is missing, then preview."""
    if turn.slots.text("status") is not None:
        return refuse(
            "还不能按「没签到、没确认、没交」这样的状态选人发通知，没有起草。\n"
            "可以按班级、单位、学段、学科来发。",
            why="status filter",
        )
    message = turn.slots.text("body") or _passed_on(turn) or _after_colon(turn)
    audience = _given(turn)
    if audience is not None:
        return _with_text(turn, audience, message, _wishes(turn, ""), "")
    head = _head(turn, message)
    wishes = _wishes(turn, head)
    found = find(turn, head, message or "")
    if found.audience is None and (one := _one_person(turn)):
        return refuse(
            f"还不能只给一个人（{one}）发通知，没有起草。\n可以按班级、单位、学段、学科来发。",
            why="one person",
        )
    if found.audience is None:
        return _ask_audience(turn, found, message, wishes)
    remarks = [found.remark] if found.remark else []
    return _with_text(turn, found.audience, message, wishes, "\n".join(remarks))


def _wishes(turn: Turn, head: str) -> Wishes:
    """How it is to leave: said in an earlier step, or in the words that name the audience."""
    said, here = Wishes.from_slots(turn.slots), Wishes.of_words(head)
    groups = here.groups if said.groups == NO else said.groups
    return Wishes(groups, said.urgent or here.urgent, said.call_all or here.call_all)


def _one_person(turn: Turn) -> str | None:
    """The name of somebody whom the words name as the audience: 给张伟发通知."""
    found = _TO_SOMEBODY.search(tidy(turn.text))
    name = turn.slots.text("person") or (found[1] if found is not None else "")
    return name if name and People(turn.unit).named(name, turn.scope) else None


def _passed_on(turn: Turn) -> str | None:
    """What the understanding took for the notice's own words, as they were typed."""
    message = turn.slots.text("message")
    return None if message is None else as_written(turn.text, message)


def _after_colon(turn: Turn) -> str | None:
    """The text of 「通知某某：…」 where the understanding did not tell it from the audience."""
    answering = {"audience", "to"} & set(turn.slots)
    written = None if answering else _AFTER_COLON.fullmatch(turn.text.strip())
    return None if written is None else written[1]


def _head(turn: Turn, message: str | None) -> str:
    """The words that name the audience: an answer to our question, or what precedes the text."""
    answer = turn.slots.text("audience")
    if answer is not None:
        return answer
    if message is None:
        return turn.text
    place = turn.text.find(message)
    return turn.text[:place] if place >= 0 else _TEXT_STARTS.split(turn.text)[0]


def _given(turn: Turn) -> Audience | None:
    """An audience that was settled in an earlier step; the scope is always today's own."""
    text = turn.slots.text("to")
    if text is None:
        return None
    try:
        body: Mapping[str, Any] = json.loads(text)
        return Audience.from_json(body, turn.scope)
    except (ValueError, KeyError, TypeError):  # not written by us: ask as if nothing was said
        return None


def _packed(audience: Audience) -> str:
    return json.dumps(audience.to_json(), ensure_ascii=False)


def _ask_audience(turn: Turn, found: Found, message: str | None, wishes: Wishes) -> Reply:
    kept = wishes.slots() | ({} if message is None else {"body": message})
    fill = Action("notice.draft", tuple(kept.items()))
    if found.several:
        choices = tuple(
            Choice(name, action("notice.draft", to=_packed(audience), **kept))
            for name, audience in found.several[:MOST_CHOICES]
        )
        asked = "您说的是哪一个？\n" + numbered(choice.label for choice in choices)
        return Reply(text=asked, question=Question(choices, fill=fill, slot="audience"))
    everybody = Choice(
        "全体教师", action("notice.draft", to=_packed(Audience(turn.scope.branches)), **kept)
    )
    opening = f"您管理的范围内没有找到「{found.unknown}」。" if found.unknown else ""
    return Reply(
        text=f"{opening}这条通知发给谁？\n可以直接说班级、学校、片区或学段学科，"
        "如「信息技术1班」「城关小学」「小学语文老师」；回复 1 发给全体教师。",
        question=Question((everybody,), fill=fill, slot="audience"),
    )


def _with_text(
    turn: Turn, audience: Audience, message: str | None, wishes: Wishes, remark: str
) -> Reply:
    """The preview, or the question for the notice's own words."""
    words = describe(turn, audience)
    if message is not None:
        return draft_preview(turn, message, audience, words, wishes=wishes, remark=remark)
    return Reply(
        text=f"发给：{words}。\n请把通知的原文发给我，我会先给您看预览，确认后才发送。",
        question=Question(
            fill=action("notice.draft", to=_packed(audience), **wishes.slots()),
            slot="body",
            verbatim=True,
            minutes=30,
        ),
    )


def _found_draft(turn: Turn) -> Notice | Reply:
    """The notice that is meant, drafted or sent; or why there is none."""
    number = notice_number(turn.slots.text("code"))
    table = Notices(turn.unit)
    if number is None:
        notice = table.latest_draft(turn.asker.id, turn.now - DRAFTS_KEPT)
        if notice is None:
            return refuse("您没有待发送的通知。要起草，说「给某某班发通知：……」。", why="no draft")
    else:
        notice = table.numbered(number)
        if notice is None or not _may_approve(turn, notice):
            return refuse(f"没有找到通知 N{number}。", why="no such notice")
    if notice.status != DRAFT:
        assert notice.approved_at is not None
        when = moment_words(notice.approved_at, turn.now.date())
        return Reply(text=f"N{notice.number} 已经在 {when} 批准发送，不会重复发。")
    return notice


def adjust(turn: Turn) -> Reply:
    """Change how a draft leaves, or see it as each way shows it; nothing is sent."""
    notice = _found_draft(turn)
    if isinstance(notice, Reply):
        return notice
    audience = Audience.from_json(notice.audience)
    planned = plan(turn.unit, audience, turn.office.ways, turn.now)
    groups = turn.slots.text("groups")
    for said, meant in (("also", "also"), ("only", "only"), ("no_group", NO)):
        groups = meant if turn.slots.text(said) is not None else groups
    remark = ""
    if groups is not None and groups != NO and not planned.groups:
        remark, groups = "这条通知没有可以发的班级群。", None
    if groups is not None:
        changed = Wishes.from_json(notice.audience).in_groups(groups)
        notice = _redrawn(turn, notice, len(planned.people), changed)
    return preview(
        turn, notice, planned, remark=remark, in_full=turn.slots.text("look") is not None
    )


def _redrawn(turn: Turn, notice: Notice, people: int, wishes: Wishes) -> Notice:
    """The draft with its people counted anew and these wishes."""
    audience = Audience.from_json(notice.audience)
    kept = {**audience.to_json(), "people": people, **wishes.to_json()}
    Notices(turn.unit).redraw(notice.id, kept)
    return replace(notice, audience=kept)


def approve(turn: Turn) -> Reply:
    """Send a draft: at once where its author names it, else after another look."""
    notice = _found_draft(turn)
    if isinstance(notice, Reply):
        return notice
    wishes = Wishes.from_json(notice.audience)
    at_once = turn.slots.text("at_once") is not None
    planned = plan(turn.unit, Audience.from_json(notice.audience), turn.office.ways, turn.now)
    people, before = len(planned.people), notice.audience["people"]
    if at_once or people != before:
        wishes = replace(wishes, urgent=wishes.urgent or at_once)
        notice = _redrawn(turn, notice, people, wishes)
    if people != before:
        changed = f"起草后人数有变化（原 {before} 人），请再看一遍。"
        return preview(turn, notice, planned, remark=changed)
    own = turn.clear and notice.author_id == turn.asker.id
    named = own and notice_number(turn.slots.text("code")) is not None
    if not named and turn.slots.text("sure") is None:
        return preview(turn, notice, planned)
    return dispatch(turn, notice, planned, wishes)


def _may_approve(turn: Turn, notice: Notice) -> bool:
    return notice.author_id == turn.asker.id or turn.scope.covers(notice.author_path)


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="notice.draft",
        title="发通知",
        help="给班级、学校或学段学科的老师发通知，先预览再发送",
        permission=Permission.NOTICE_SEND,
        handle=draft,
        acting=True,
        echoes=True,
        keywords=("发通知", "发个通知", "群发", "通知一下", "告知", "发一条"),
        forms=("发通知", "起草通知"),
    ),
    Intent(
        name="notice.approve",
        title="批准发送",
        help="批准发送一条预览过的通知，如「批准发送 N37」",
        permission=Permission.NOTICE_SEND,
        handle=approve,
        acting=True,
        echoes=True,
        keywords=("批准发送", "准发", "可以发了", "确认发送"),
        forms=(
            r"(?:批准发送|批准|确认发送|准发|发送)[ :：]*(?P<code>[Nn]\d{1,6})?",
            r"(?P<at_once>现在就发|马上发|立刻发|立即发)[ :：]*(?P<code>[Nn]\d{1,6})?",
        ),
        in_menu=False,
    ),
    Intent(
        name="notice.adjust",
        title="调整通知",
        help="改一条没发的通知怎么发，或看它在各渠道的样子",
        permission=Permission.NOTICE_SEND,
        handle=adjust,
        acting=True,
        echoes=True,
        keywords=("预览各渠道", "也发到班级群"),
        forms=(
            r"(?P<look>预览各渠道|各渠道预览|看(?:看|一下)?各渠道的?(?:样子|预览|效果)?)(?P<code>[Nn]\d{1,6})?",
            r"(?P<also>(?:也|同时|群里和个人都)发(?:到|进|在)?(?:班级?|微信|企微)?群?里?)",
            r"(?P<only>(?:只|就|改)?(?:发到|发进|发在)(?:班级?|微信|企微)?群里?|只发(?:班级?)?群里?)",
            r"(?P<no_group>不(?:用|要)?(?:发|发到)(?:班级?)?群里?|只发(?:给)?个人)",
        ),
        in_menu=False,
        exact_only=True,
    ),
)
