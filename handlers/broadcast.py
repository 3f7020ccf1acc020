"""Sending a notice: draft, preview, approval.

Approval by two, ladders, chasing and recall are topics of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from handlers.contract import Intent, Turn
from handlers.notice_card import notice_number, notice_reply
from handlers.permissions import Permission
from handlers.recipients import Found, describe, find
from handlers.reply import Action, Card, Choice, Question, Reply, action, refuse
from handlers.reply_json import reply_to_json
from handlers.wording import moment_words, numbered
from storage.audience import Audience, Audiences, Recipient
from storage.confirmations import PURPOSE
from storage.notices import DRAFT, Notice, Notices
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.people import People
from storage.sending import Sending

LONGEST = 1500
DRAFTS_KEPT = timedelta(hours=24)
MOST_CHOICES = 8
# not the colon of a clock: 8:30
_AFTER_COLON = re.compile(r"[^:：]*?(?:：|(?<!\d):|:(?!\d))\s*(.{2,})", re.DOTALL)
_TO_SOMEBODY = re.compile(r"(?:给|通知|告诉)([\u4e00-\u9fff·]{2,4}?)(?:老师)?(?:发|[:：,，])")
_TEXT_STARTS = re.compile(r"[:：“「『\n]")


def draft(turn: Turn) -> Reply:
    """Make a draft out of words and an audience; ask for what is missing, then preview."""
    if turn.slots.text("status") is not None:
        return refuse(
            "还不能按「没签到、没确认、没交」这样的状态选人发通知，没有起草。\n"
            "可以按班级、单位、学段、学科来发。",
            why="status filter",
        )
    message = turn.slots.text("body") or turn.slots.text("message") or _after_colon(turn)
    audience = _given(turn)
    if audience is None:
        found = find(turn, _head(turn, message), message or "")
        if found.audience is None and (one := _one_person(turn)):
            return refuse(
                f"还不能只给一个人（{one}）发通知，没有起草。\n可以按班级、单位、学段、学科来发。",
                why="one person",
            )
        if found.audience is None:
            return _ask_audience(turn, found, message)
        return _preview_new(turn, found.audience, message, found.remark)
    return _preview_new(turn, audience, message, "")


def _one_person(turn: Turn) -> str | None:
    """The name of somebody whom the words name as the audience: 给张伟发通知."""
    found = _TO_SOMEBODY.search(turn.text)
    name = turn.slots.text("person") or (found[1] if found is not None else "")
    return name if name and People(turn.unit).named(name, turn.asker.scopes) else None


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
        return Audience.from_json(body, within=turn.asker.scopes)
    except (ValueError, KeyError, TypeError):  # not written by us: ask as if nothing was said
        return None


def _packed(audience: Audience) -> str:
    return json.dumps(audience.to_json(), ensure_ascii=False)


def _ask_audience(turn: Turn, found: Found, message: str | None) -> Reply:
    kept = {} if message is None else {"body": message}
    fill = Action("notice.draft", tuple(kept.items()))
    if found.several:
        choices = tuple(
            Choice(name, action("notice.draft", to=_packed(audience), **kept))
            for name, audience in found.several[:MOST_CHOICES]
        )
        asked = "您说的是哪一个？\n" + numbered(choice.label for choice in choices)
        return Reply(text=asked, question=Question(choices, fill=fill, slot="audience"))
    everybody = Choice(
        "全体教师", action("notice.draft", to=_packed(Audience(turn.asker.scopes)), **kept)
    )
    opening = f"您管理的范围内没有找到「{found.unknown}」。" if found.unknown else ""
    return Reply(
        text=f"{opening}这条通知发给谁？\n可以直接说班级、学校、片区或学段学科，"
        "如「信息技术1班」「城关小学」「小学语文老师」；回复 1 发给全体教师。",
        question=Question((everybody,), fill=fill, slot="audience"),
    )


def _preview_new(turn: Turn, audience: Audience, message: str | None, remark: str) -> Reply:
    words = describe(turn, audience)
    if message is None:
        return Reply(
            text=f"发给：{words}。\n请把通知的原文发给我，我会先给您看预览，确认后才发送。",
            question=Question(
                fill=action("notice.draft", to=_packed(audience)),
                slot="body",
                verbatim=True,
                minutes=30,
            ),
        )
    if len(message) > LONGEST:
        return refuse(
            f"通知有 {len(message)} 个字，最多 {LONGEST} 个字，没有起草。请精简后再发。",
            why="too long",
        )
    size = Audiences(turn.unit).size(audience)
    if not size.people:
        return refuse(f"「{words}」里没有在职人员，没有起草。请换一个范围。", why="nobody")
    kept = {**audience.to_json(), "people": size.people}
    number = Notices(turn.unit).draft(turn.asker.id, message, kept, words, turn.now)
    notice = Notices(turn.unit).numbered(number)
    assert notice is not None
    return _preview(turn, notice, audience, remark)


def _preview(turn: Turn, notice: Notice, audience: Audience, remark: str = "") -> Reply:
    """What will be sent, word for word, and to how many."""
    size = Audiences(turn.unit).size(audience)
    code = f"N{notice.number}"
    unbound = f"，其中 {size.unbound} 人没有绑定账号、收不到" if size.unbound else ""
    lines = [
        f"通知 {code} 待确认：发给 {notice.audience_words}，共 {size.people} 人{unbound}。",
        *([remark] if remark else []),
        "———",
        notice.body,
        "———",
        "确认后立即发送：点「确认发送」或回复「确认」。不发请回复「取消」。",
    ]
    send = action("notice.approve", code=code, sure="1")
    choices = (
        Choice("确认发送", send),
        Choice("取消", action("flow.cancel", draft=code), quiet=True),
    )
    return Reply(
        text="\n".join(lines),
        card=Card(
            title=f"通知 {code} 待确认",
            facts=(("人数", f"{size.people} 人"), ("收不到", f"{size.unbound} 人")),
            choices=choices,
        ),
        question=Question(choices, confirm=send, minutes=30),
        audit={"notice": notice.number, "people": size.people, "unbound": size.unbound},
    )


def approve(turn: Turn) -> Reply:
    """Send a draft: at once where its author names it, else after another look."""
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
    audience = Audience.from_json(notice.audience)
    size = Audiences(turn.unit).size(audience)
    if size.people != notice.audience["people"]:
        table.redraw(notice.id, {**audience.to_json(), "people": size.people})
        changed = f"起草后人数有变化（原 {notice.audience['people']} 人），请再看一遍。"
        return _preview(turn, notice, audience, changed)
    named = turn.clear and number is not None and notice.author_id == turn.asker.id
    if not named and turn.slots.text("sure") is None:
        return _preview(turn, notice, audience)
    return _send(turn, notice, audience)


def _may_approve(turn: Turn, notice: Notice) -> bool:
    return notice.author_id == turn.asker.id or any(
        notice.author_path.startswith(path) for path in turn.asker.scopes
    )


def _send(turn: Turn, notice: Notice, audience: Audience) -> Reply:
    people = Audiences(turn.unit).recipients(audience)
    if not people:
        return refuse(f"N{notice.number} 的范围里现在没有在职人员，没有发送。", why="nobody")
    table = Notices(turn.unit)
    if not table.approve(notice.id, turn.asker.id, [each.person_id for each in people], turn.now):
        return Reply(text=f"N{notice.number} 刚刚已经批准发送，不会重复发。")
    queued = Outbox(turn.unit).enqueue(_deliveries(turn, notice, people), turn.now)
    code = f"N{notice.number}"
    unbound = len(people) - queued
    lines = [f"{code} 已批准，正在发给 {queued} 人。"]
    if unbound:
        lines.append(f"另有 {unbound} 人没有绑定账号，需要另行通知。")
    if Sending(turn.unit).stopped():
        lines.append("注意：目前是紧急停发状态，恢复发送以后才会送出。")
    lines.append(f"想看确认情况，发送「{code} 谁没确认」。")
    return Reply(
        text="\n".join(lines),
        card=Card(
            title=f"通知 {code} 已批准",
            choices=(Choice("谁还没确认", action("notice.status", code=code)),),
        ),
        audit={"notice": notice.number, "people": len(people), "queued": queued},
    )


def _deliveries(turn: Turn, notice: Notice, people: tuple[Recipient, ...]) -> list[NewDelivery]:
    """One message for each person who has an account, each with a key of its own."""
    body = reply_to_json(turn.unit, notice_reply(notice.number, notice.body, turn.office), turn.now)
    return [
        NewDelivery(
            unique_key=f"notice:{notice.number}:{each.person_id}",
            channel=each.channel,
            account=each.account,
            person_id=each.person_id,
            notice_id=notice.id,
            purpose=PURPOSE,
            body=body,
            not_before=turn.now,
        )
        for each in people
        if each.channel is not None and each.account is not None
    ]


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
        forms=(r"(?:批准发送|批准|确认发送|准发|发送)[ :：]*(?P<code>[Nn]\d{1,6})?",),
        in_menu=False,
    ),
)
