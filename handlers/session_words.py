"""What is said of a session's sign-in: the numbers, the names, the question before it is done.

Values in, words out; opens and closes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.contract import Turn
from handlers.files import XLSX, workbook
from handlers.reply import File, Reply, action, ask_sure
from handlers.wording import local, span_words
from storage.attendance import Counts, Missing
from storage.windows import RunSession

MOST_NAMES = 20
COLUMNS = ("单位", "姓名", "工号")


def sure(turn: Turn, chosen: RunSession, what: str) -> Reply:
    """The message may have meant something else: name the session and wait for a yes."""
    when = span_words(chosen.starts_at, chosen.ends_at, turn.now.date())
    return ask_sure(
        f"您是要{what}吗？{chosen.class_name} {when}",
        what,
        action(turn.intent, session=str(chosen.id)),
    )


def numbers(counts: Counts) -> str:
    """Who should be there, who is, who is not."""
    absent = counts.trainees - counts.present
    return (
        f"应到 {counts.trainees} 人，已签 {counts.present} 人"
        f"（准时 {counts.on_time}，迟到 {counts.late}），未签 {absent} 人。"
    )


def names(missing: Sequence[Missing]) -> str:
    """Who has not signed in, as long as it is not too long."""
    if not missing:
        return "全员到齐。"
    if len(missing) > MOST_NAMES:
        return "名单较长，见文件。"
    return "未签到：" + "、".join(f"{each.name}（{each.organisation}）" for each in missing)


def file(chosen: RunSession, missing: Sequence[Missing]) -> tuple[File, ...]:
    """The names as a table where they are too many for a message."""
    if len(missing) <= MOST_NAMES:
        return ()
    rows = [(each.organisation, each.name, each.staff_number) for each in missing]
    name = f"未签到名单_{chosen.class_name}_{local(chosen.starts_at):%m%d_%H%M}.xlsx"
    return (File(name, workbook("未签到名单", COLUMNS, rows), XLSX),)
