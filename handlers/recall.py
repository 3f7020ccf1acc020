"""Taking a notice back, and putting right what it said.

What waits is cancelled at once; what left is asked back where the platform can, and told plainly
where it cannot. A correction is a notice like any other, to the same people.
"""

from __future__ import annotations

import re

from handlers import recall_words as words
from handlers.contract import Intent, Turn
from handlers.files import XLSX, workbook
from handlers.notice_card import notice_number, snippet
from handlers.permissions import Permission
from handlers.preview import draft_preview
from handlers.reply import Card, Choice, File, Question, Reply, action, ask_sure, refuse
from handlers.wishes import NO, Wishes
from handlers.wording import moment_words
from storage.audience import Audience
from storage.confirmations import ConfirmationBoard
from storage.notices import DRAFT, Notice, Notices
from storage.recalls import Recalls
from storage.withdrawals import Misled, Withdrawals

MOST_NAMES = 20
COLUMNS = ("单位", "姓名", "工号", "确认了错误的一版", "确认更正")
# what stands before the text of a correction: 更正 N37：
_HEAD = re.compile(r"(?<!\s)\s*(?:发布?)?更正(?:通知)?[\s:：]*+[Nn]?\s*+\d{1,6}\s*+号?[\s:：，,]*")


def recall(turn: Turn) -> Reply:
    """Show what can be taken back and what cannot; after a yes do it."""
    notice = _found(turn)
    if isinstance(notice, Reply):
        return notice
    code = f"N{notice.number}"
    if notice.status == DRAFT:
        return Reply(text=f"{code} 还是草稿，没有发送，不用撤回。")
    if notice.recalled_at is not None:
        when = moment_words(notice.recalled_at, turn.now.date())
        return Reply(
            text=f"{code} 在 {when} 已经撤回过了。想看结果，发送「{code} 撤回情况」。",
            audit={"notice": notice.number, "repeat": 1},
        )
    outlook = words.outlook(turn, notice)
    if turn.slots.text("sure") is None:
        return ask_sure(
            f"要撤回 {code} 吗？内容：{snippet(notice.body)}\n" + "\n".join(outlook.lines),
            "撤回通知",
            action("notice.recall", code=code, sure="1"),
        )
    if not Withdrawals(turn.unit).withdraw(notice.id, turn.asker.id, turn.now):
        return Reply(text=f"{code} 刚刚已经撤回了。")
    return _take_back(turn, notice, outlook)


def _take_back(turn: Turn, notice: Notice, outlook: words.Outlook) -> Reply:
    calls = Recalls(turn.unit)
    dropped = calls.drop_waiting(notice.id, turn.now)
    wanted = 0
    for channel in outlook.back:
        span = turn.office.ways[channel].recall
        assert span is not None
        wanted += calls.want(notice.id, channel, turn.now - span)
    code = f"N{notice.number}"
    lines = [f"{code} 已撤回。"]
    if dropped:
        lines.append(f"没有送出的 {dropped} 条已取消。")
    if wanted:
        lines.append(f"正在从 {words.by_way(turn, outlook.back)}收回。")
    if outlook.kept:
        lines.append(
            f"收不回：{words.by_way(turn, outlook.kept)}（{words.why_kept(turn, outlook)}）。"
        )
    lines.append("之后再有人确认它，我会告诉 TA 已经撤回。")
    lines.append(f"要告诉大家更正后的内容，发送「更正 {code}：新的内容」。")
    return Reply(
        text="\n".join(lines),
        card=Card(
            title=f"通知 {code} 已撤回",
            choices=(
                Choice("发更正", action("notice.correct", code=code)),
                Choice("撤回情况", action("notice.recalled", code=code), quiet=True),
            ),
        ),
        audit={
            "notice": notice.number,
            "cancelled": dropped,
            "asked_back": wanted,
            "kept": sum(outlook.kept.values()),
        },
    )


def _found(turn: Turn) -> Notice | Reply:
    """The notice that is meant: by its number, else the last one that the asker sent."""
    number = notice_number(turn.slots.text("code"))
    if number is None:
        latest = Withdrawals(turn.unit).latest_sent(turn.asker.id)
        return latest or refuse("没有找到您发出的通知。请说编号，如「撤回 N37」。", why="none")
    notice = Notices(turn.unit).numbered(number)
    if notice is None or not _may(turn, notice):
        return refuse(f"没有找到通知 N{number}。", why="no such notice")
    return notice


def _may(turn: Turn, notice: Notice) -> bool:
    """Its author, or an officer above."""
    return notice.author_id == turn.asker.id or turn.scope.covers(notice.author_path)


def correct(turn: Turn) -> Reply:
    """A new draft for the same people, which goes the way of every notice and is confirmed anew."""
    if turn.slots.text("code") is None:
        latest = Withdrawals(turn.unit).latest_withdrawn(turn.asker.id)
        if latest is None:
            return refuse("要更正哪一条？请说编号，如「更正 N37：新的内容」。", why="none")
        notice: Notice | Reply = latest
    else:
        notice = _found(turn)
    if isinstance(notice, Reply):
        return notice
    code = f"N{notice.number}"
    if notice.status == DRAFT:
        return refuse(f"{code} 还没有发送，不用更正：重新起草一条就行。", why="draft")
    text = (turn.slots.text("body") or _HEAD.sub("", turn.text, count=1)).strip()
    if turn.slots.text("body") is None and not _HEAD.match(turn.text):
        text = ""  # a button, or 发更正
    if not text:
        return Reply(
            text=f"请把 {code} 更正后的内容发给我，会发给原来的那些人，先给您看预览。",
            question=Question(
                fill=action("notice.correct", code=code), slot="body", verbatim=True, minutes=30
            ),
        )
    return _draft(turn, notice, text)


def _draft(turn: Turn, notice: Notice, text: str) -> Reply:
    code = f"N{notice.number}"
    wishes = Wishes.from_json(notice.audience)
    if wishes.groups == NO:
        audience = Audience(turn.scope.branches, of_notice=notice.id)
    else:  # whoever reads the group reads the correction there
        audience = Audience.from_json(notice.audience, turn.scope)
    still = notice.recalled_at is None
    reply = draft_preview(
        turn,
        f"【更正】{code} 的内容有误，以这条为准：\n{text}",
        audience,
        f"{code} 的收件人（{notice.audience_words}）",
        wishes=wishes,
        remark=f"{code} 还没有撤回；要先撤回，发送「撤回 {code}」。" if still else "",
    )
    drafted = reply.audit.get("notice")
    if not reply.refused and isinstance(drafted, int):
        Withdrawals(turn.unit).correct(drafted, notice.id)
    return reply


def report(turn: Turn) -> Reply:
    """How far the recall is, and who had confirmed what was wrong."""
    number = notice_number(turn.slots.text("code"))
    if number is None:
        latest = Withdrawals(turn.unit).latest_withdrawn(turn.asker.id)
        number = None if latest is None else latest.number
    notice = None if number is None else ConfirmationBoard(turn.unit).watched(turn.scope, number)
    if notice is None:
        which = "您撤回过的通知" if number is None else f"通知 N{number}"
        return refuse(f"没有找到{which}（只能看发给您所管人员的）。", why="no such notice")
    if notice.recalled_at is None:
        return Reply(text=f"N{notice.number} 没有撤回。")
    misled = Withdrawals(turn.unit).misled(notice.id, turn.scope)
    head = words.headline(turn, notice)
    lines = [head, *words.progress(turn, notice), *words.misled(turn, notice, misled, MOST_NAMES)]
    return Reply(
        text="\n".join(lines),
        files=_file(notice, misled),
        in_group=f"{head}撤回前 {len(misled)} 人确认过。",
        audit={"notice": notice.number, "misled": len(misled)},
    )


def _file(notice: Notice, misled: tuple[Misled, ...]) -> tuple[File, ...]:
    if len(misled) <= MOST_NAMES:
        return ()
    rows = [
        (
            each.organisation,
            each.name,
            each.staff_number,
            moment_words(each.confirmed_at),
            words.corrected(each),
        )
        for each in misled
    ]
    name = f"N{notice.number}撤回前已确认名单.xlsx"
    return (File(name, workbook("撤回前已确认", COLUMNS, rows), XLSX),)


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="notice.recall",
        title="撤回通知",
        help="撤回发错的通知，如「撤回 N37」；再发更正",
        permission=Permission.NOTICE_SEND,
        handle=recall,
        acting=True,
        echoes=True,
        keywords=("撤回通知", "撤回刚才", "撤回"),
        forms=(
            r"(?:撤回|撤掉|撤销|收回)[\s:：]*+(?:通知[\s:：]*)?(?P<code>[Nn]\d{1,6})号?(?:通知)?",
            "撤回(?:通知)?",
        ),
        in_menu=False,
    ),
    Intent(
        name="notice.correct",
        title="发更正",
        help="给收到的人发更正，如「更正 N37：新的内容」",
        permission=Permission.NOTICE_SEND,
        handle=correct,
        acting=True,
        echoes=True,
        keywords=("发更正",),
        forms=(
            r"(?s)(?:发布?)?更正(?:通知)?[\s:：]*(?P<code>[Nn]\d{1,6})号?(?:[\s:：，,].*)?",
            "发(?:布|个|一条)?更正(?:通知)?",
        ),
        in_menu=False,
        exact_only=True,
    ),
    Intent(
        name="notice.recalled",
        title="撤回情况",
        help="撤回了多少、谁确认过错的，如「N37 撤回情况」",
        permission=Permission.NOTICE_WATCH,
        handle=report,
        keywords=("撤回情况",),
        forms=(r"(?P<code>[Nn]\d{1,6})?[\s:：]*的?撤回(?:情况|结果|报告|进度)",),
        in_menu=False,
        exact_only=True,
    ),
)
