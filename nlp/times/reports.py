"""Whether a message looks back: then a month without a year is the last one, not the coming one.

For callers that do not know the intent (`run_bot.py when`); with an intent, ask that instead.
"""

from __future__ import annotations

import re

# Records and what is done with them, or a verb that is over.
_BACK = re.compile(
    r"签到(?:表|记录|情况|名单|率|册)|考勤|出勤|台账|流水|日志|记录|明细|汇总|统计|报表"
    r"|导出|打印成?册"
    r"|谁[^，。]{0,6}过|[改查动登发看下补]过|参加过|上过|学过|(?:参训|完成|合格|到课"
    r"|签到)率|算成|记成|旷课|缺勤"
    r"|(?:得|拿|修|挣|攒|登记?|记|扣|少|缺|迟到|请|签|批|发|交)了(?!吗?没?有?$)|了没|了吗"
    r"|到过|那[次期回场]"
    r"|为什么|为啥|怎么(?:少|没|只|变|扣|不算)|已经|谁没|没来|没签|记上没|办过|开过|搞过|组织过"
)
_AHEAD = re.compile(
    r"请.{0,4}假|要|想|打算|准备|安排|计划|将|会不会|能不能|可以|有没有|有哪些|有什么|哪些"
    r"|什么时候|几点|改到|挪到|调到"
    r"|推迟|提醒|通知|截止|之前|前交|报名"
)


def looks_back(text: str) -> bool:
    """True where the words are those of a report and none is of a plan or a wish."""
    return _BACK.search(text) is not None and _AHEAD.search(text) is None
