"""Questions about one's own record that name somebody else: they are told so, never misanswered.

Knows names of the roster; no topic.
"""

from __future__ import annotations

import re
from functools import wraps

from handlers.contract import Handler, Turn
from handlers.permissions import Permission
from handlers.reply import Reply, refuse
from nlp.normalise import tidy
from nlp.spelling import NAME
from storage.people import People

_SELF = re.compile(r"[我俺咱]|本人|自己")
_NAMED = re.compile(
    rf"(?:请|麻烦)?(?:帮忙)?(?:查(?:一?下|询)?|看(?:一?下|看)?)?(?P<name>{NAME}{{2,40}}?)"
    r"(?:老师|同志)?(?:的|还|今|本|去|现|有|怎|为什么|什么时候|在|明|后|下|上|学分|考勤|课表)"
)


def about_another(turn: Turn) -> Reply | None:
    """The answer where the message asks about somebody else of the roster, else None."""
    if _SELF.search(turn.text) is not None:
        return None
    found = _NAMED.match(tidy(turn.text))
    name = turn.slots.text("person") or (found["name"] if found is not None else None)
    if name is None or name == turn.asker.name or not People(turn.unit).is_named(name):
        return None
    if turn.asker.may(Permission.DATA_EXPORT):
        rest = "您管理范围内的记录可以导出成表格，比如发送「导出学分」「导出名册」。"
    else:
        rest = f"请{name}老师本人来问我。"
    return refuse(f"我在这里只回答您本人的情况，查不了{name}老师的。\n{rest}", why="another person")


def own(handle: Handler) -> Handler:
    """A handler of one's own record that does not answer about the asker who asked of others."""

    @wraps(handle)
    def guarded(turn: Turn) -> Reply:
        return about_another(turn) or handle(turn)

    return guarded
