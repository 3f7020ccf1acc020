"""Yes and no to what we asked. With no open question there is nothing to confirm or cancel."""

from __future__ import annotations

import re

from handlers.contract import Intent, Turn
from handlers.permissions import Permission
from handlers.reply import Reply

_DRAFT = re.compile(r"N\d{1,6}")


def confirm(turn: Turn) -> Reply:
    """A yes that no question waits for; one that waits is answered before it gets here.

    `unclear`: something waits, but the words may have meant something else.
    """
    if turn.slots.text("unclear") is not None:
        return Reply(text="刚才的事还等您一句准话：要办请回复「确认」，不办请回复「取消」。")
    if "确" in turn.text:
        return Reply(text="现在没有需要您确认的事。发送「菜单」看我能做什么。")
    return Reply(text="好的。（现在没有等您确认的事。）")


def cancel(turn: Turn) -> Reply:
    """Whatever was asked is forgotten (bot.answer drops the open question); a draft is kept."""
    draft = turn.slots.text("draft") or ""
    if _DRAFT.fullmatch(draft):
        return Reply(
            text=f"好的，已取消，没有发送。草稿 {draft} 保留，要发时回复「批准发送 {draft}」。"
        )
    return Reply(text="好的，已取消。")


INTENTS: tuple[Intent, ...] = (
    Intent(
        name="flow.confirm",
        title="确认",
        help="对刚才的问题回答“是”",
        permission=Permission.OPEN_TO_ALL,
        handle=confirm,
        keywords=("确认", "确定", "是的", "好的"),
        forms=("确认", "确定", "是", "是的", "对", "好", "好的", "行", "可以", "嗯", "ok", "OK"),
        in_menu=False,
    ),
    Intent(
        name="flow.cancel",
        title="取消",
        help="放弃刚才的问题",
        permission=Permission.OPEN_TO_ALL,
        handle=cancel,
        keywords=("取消", "算了", "不用了", "不弄了"),
        forms=("取消", "算了", "不用了", "不要了", "返回", "退出", "不", "否", "不是", "不对"),
        in_menu=False,
    ),
)
