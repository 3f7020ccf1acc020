"""Notices that reached me, my confirmation, and for those in charge who has not confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.contract import Intent, Turn
from handlers.files import XLSX, workbook
from handlers.matching import best, names_asked
from handlers.notice_card import notice_number, snippet
from handlers.permissions import Permission
from handlers.recall_words import status_line
from handlers.reply import File, Reply, action, ask_sure, refuse
from handlers.watching import sent_words
from handlers.wording import moment_words
from storage.confirmations import ConfirmationBoard, Confirmations, Unconfirmed
from storage.notices import DRAFT, Notice, Notices, Received
from storage.people import People
from storage.withdrawals import Withdrawals

MOST_SHOWN = 6
MOST_KEPT = 60
MOST_NAMES = 20
MOST_UNITS = 8
MOST_AUTHORED = 3
COLUMNS = ("单位", "姓名", "工号")


def confirm(turn: Turn) -> Reply:
    """收到: confirmed once. Without a number the latest that is still to be confirmed."""
    table = Notices(turn.unit)
    number = notice_number(turn.slots.text("code"))
    if number is None:
        waiting = table.unconfirmed(turn.asker.id)
        if not waiting:
            return Reply(text="好的。您没有待确认的通知。")
        chosen, others = waiting[0], waiting[1:]
    else:
        found = table.received_as(turn.asker.id, number)
        if found is None:
            return refuse(
                f"没有发给您的通知 N{number}。想看通知，发送「我的通知」。", why="not sent"
            )
        chosen, others = found, ()
    if chosen.recalled_at is not None:
        return _withdrawn(turn, chosen)
    if not turn.clear:
        return ask_sure(
            f"您是要确认收到 N{chosen.number} 吗？内容：{snippet(chosen.body)}",
            "确认收到",
            action("notice.confirm", code=f"N{chosen.number}"),
        )
    if not table.confirm(chosen.id, turn.asker.id, turn.asker.channel, turn.now):
        again = table.received_as(turn.asker.id, chosen.number)
        assert again is not None
        assert again.confirmed_at is not None
        when = moment_words(again.confirmed_at, turn.now.date())
        return Reply(
            text=f"N{chosen.number} 您在 {when} 已经确认过了，不用再回复。",
            audit={"notice": chosen.number, "repeat": 1},
        )
    lines = [f"已确认收到 N{chosen.number}：{snippet(chosen.body)}"]
    if others:
        codes = "、".join(f"N{each.number}" for each in others)
        lines.append(
            f"还有 {len(others)} 条没有确认：{codes}，可以回复「收到N{others[0].number}」。"
        )
    return Reply(text="\n".join(lines), audit={"notice": chosen.number})


def _withdrawn(turn: Turn, notice: Received) -> Reply:
    """A notice that counts no more is not confirmed; what corrects it is named."""
    better = [
        each
        for each in Withdrawals(turn.unit).corrections(notice.id)
        if Notices(turn.unit).received_as(turn.asker.id, each) is not None
    ]
    now = f"请以更正 N{better[0]} 为准。" if better else "如有更正会另行通知。"
    return refuse(
        f"N{notice.number} 已经撤回、内容作废，不用确认。{now}",
        notice=notice.number,
        withdrawn=1,
    )


def list_(turn: Turn) -> Reply:
    """My notices, the latest first, with what is still to be confirmed."""
    span = turn.slots.when()
    mine = Notices(turn.unit).received(turn.asker.id, MOST_KEPT)
    if span is not None:
        mine = tuple(each for each in mine if span.covers(each.approved_at))
    lines = [_opening(mine, limited=span is not None)]
    for each in mine[:MOST_SHOWN]:
        state = _state(each)
        when = moment_words(each.approved_at, turn.now.date())
        lines.append(f"N{each.number} {when} {snippet(each.body)}（{state}）")
    if any(_state(each) == "待确认" for each in mine[:MOST_SHOWN]):
        lines.append("回复「收到」加编号即可确认，如「收到N37」。")
    if turn.asker.may(Permission.NOTICE_SEND):
        lines += _authored(turn)
    return Reply(text="\n".join(lines))


def _state(each: Received) -> str:
    if each.recalled_at is not None:
        return "已撤回"
    return "待确认" if each.confirmed_at is None else "已确认"


def _opening(mine: Sequence[Received], *, limited: bool) -> str:
    if not mine:
        return "这段时间没有发给您的通知。" if limited else "还没有发给您的通知。"
    waiting = sum(_state(each) == "待确认" for each in mine)
    shown = f"，最近 {MOST_SHOWN} 条" if len(mine) > MOST_SHOWN else ""
    return f"您收到 {len(mine)} 条通知，{waiting} 条待确认{shown}："


def _authored(turn: Turn) -> list[str]:
    found = Notices(turn.unit).authored(turn.asker.id, MOST_AUTHORED)
    if not found:
        return []
    lines = ["我发出的："]
    for each in found:
        state = "草稿，没有发送" if each.status == DRAFT else "已发送"
        state = state if each.recalled_at is None else "已撤回"
        lines.append(f"N{each.number} {each.audience_words} {snippet(each.body)}（{state}）")
    return lines


def status(turn: Turn) -> Reply:
    """How far a notice is: counts for all to hear, names for whoever is in charge of them."""
    number = notice_number(turn.slots.text("code"))
    board = ConfirmationBoard(turn.unit)
    notice = board.watched(turn.scope, number)
    if notice is None:
        draft = None if number is None else Notices(turn.unit).numbered(number)
        if draft is not None and draft.author_id == turn.asker.id and draft.status == DRAFT:
            return Reply(text=f"N{number} 还没有批准发送。要发送，回复「批准发送 N{number}」。")
        what = "已发送的通知" if number is None else f"通知 N{number}"
        return refuse(f"没有找到{what}（只能看发给您所管人员的）。", why="no such notice")
    branch, unknown = _branch(turn)
    if unknown:
        return refuse(f"您管理的范围内没有找到「{unknown}」。", why="no such unit")
    units = board.confirmations(notice.id, turn.scope, branch)
    if not units:
        return Reply(text=f"N{notice.number} 没有发给这个单位的人。")
    reply = _board(notice, units, board.missing(notice.id, turn.scope, branch))
    if notice.recalled_at is None:
        return reply
    return replace(reply, text=f"{status_line(turn, notice)}\n{reply.text}")


def _branch(turn: Turn) -> tuple[str | None, str]:
    """The one organisation that was asked about, or its name where there is none."""
    asked = names_asked(turn, "school") or names_asked(turn, "region")
    if not asked:
        return None, ""
    everywhere = People(turn.unit).organisations()
    found = best(asked, everywhere, lambda each: (each.name, *each.aliases))
    return (found[0].path, "") if found else (None, asked[0])


def _board(notice: Notice, units: Sequence[Confirmations], missing: Sequence[Unconfirmed]) -> Reply:
    people = sum(each.people for each in units)
    confirmed = sum(each.confirmed for each in units)
    counts = f"N{notice.number}：共 {people} 人，已确认 {confirmed} 人，未确认 {len(missing)} 人。"
    lines = [counts, f"内容：{snippet(notice.body)}", sent_words(notice, units)]
    behind = sorted(units, key=lambda each: each.confirmed - each.people)
    if len(units) > 1:
        shown = "、".join(
            f"{each.organisation} {each.confirmed}/{each.people}" for each in behind[:MOST_UNITS]
        )
        rest = f" 等 {len(units)} 个单位" if len(units) > MOST_UNITS else ""
        lines.append(f"各单位已确认：{shown}{rest}")
    files: tuple[File, ...] = ()
    if len(missing) > MOST_NAMES:
        lines.append("未确认名单较长，见文件。")
        rows = [(each.organisation, each.name, each.staff_number) for each in missing]
        name = f"N{notice.number}未确认名单.xlsx"
        files = (File(name, workbook("未确认名单", COLUMNS, rows), XLSX),)
    elif missing:
        names = "、".join(f"{each.name}（{each.organisation}）" for each in missing)
        lines.append(f"未确认：{names}")
    else:
        lines.append("全部确认了。")
    return Reply(
        text="\n".join(lines),
        files=files,
        in_group=counts,
        audit={"notice": notice.number, "people": people, "confirmed": confirmed},
    )


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="notice.list",
        title="我的通知",
        help="最近收到的通知和确认情况",
        permission=Permission.RECORD_OWN,
        handle=list_,
        keywords=("有什么通知", "我的通知", "最近通知", "通知列表"),
        forms=("(?:我的)?通知", "有什么通知", "最近有什么通知"),
    ),
    Intent(
        name="notice.confirm",
        title="确认收到",
        help="回复「收到」确认通知",
        permission=Permission.RECORD_OWN,
        handle=confirm,
        acting=True,
        echoes=True,
        keywords=("收到", "已收到", "知道了"),
        forms=(
            r"(?:已?收到|确认收到)[ ,，:：]*(?P<code>[Nn]\d{1,6})?[。.!！~]*",
            # 好的收到，准时参加: whatever follows is courtesy, unless it asks or turns round
            r"(?:嗯+|好的?|均?已)?[，, ]*收到[了啦]*(?:[，,。！!、 ](?!.*(?:[?？]|吗|但|可是|不过|"
            r"[不没别]|撤|取消)).{1,40})?",
        ),
        in_menu=False,
    ),
    Intent(
        name="notice.status",
        title="通知确认情况",
        help="一条通知谁还没确认，如「N37 谁没确认」",
        permission=Permission.NOTICE_WATCH,
        handle=status,
        keywords=("谁还没确认", "谁没确认", "确认情况", "未确认名单", "谁没回收到"),
        forms=(r"(?P<code>[Nn]\d{1,6})?[ ]*(?:还有)?(?:谁还?没(?:有)?确认|未确认名单|确认情况)",),
    ),
)
