"""Groups full of people: 收到 that is for somebody else, and what one sees of a stranger's answer.

Decides only what is ours and what may be seen; answering is the handlers' matter.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.channels.base import Incoming
from handlers.contract import Asker, Intent
from handlers.reply import Reply
from handlers.slots import Slots
from handlers.ways import Ways
from storage.notices import Notices
from storage.unit import Unit

CONFIRM = "notice.confirm"
# for so long after a notice in a group its 收到 is likely to be the notice's
REMEMBERED = timedelta(days=7)


def is_for_somebody_else(
    unit: Unit, incoming: Incoming, asker: Asker, intent: str, slots: Slots, now: datetime
) -> bool:
    """Whether this 收到 confirms nothing: no number, and nothing waits for it; or it answers a
    message that is not one of ours.

    A stranger's is ours only where a notice went into this group: whoever believes to have
    confirmed it must hear that it did not count.
    """
    if not incoming.overheard or incoming.group is None:
        return False
    if incoming.quotes and not _is_ours(unit, incoming, now):
        return True
    if intent != CONFIRM:
        return False
    if slots.text("code") is not None:
        return False
    table = Notices(unit)
    if asker.person_id is None:
        return not table.went_into(incoming.channel, incoming.group, now - REMEMBERED)
    return not table.unconfirmed(asker.person_id)


def _is_ours(unit: Unit, incoming: Incoming, now: datetime) -> bool:
    since = now - REMEMBERED
    return Notices(unit).sent_as(incoming.channel, incoming.group or "", incoming.quotes, since)


def to_guest(intent: Intent, reply: Reply, incoming: Incoming, ways: Ways) -> str:
    """What a group sees of an answer to somebody we do not know, or did not until now.

    Where accounts are of one group only, they may be known in private: they must bind here.
    """
    if intent.name == "account.bind" and reply.refused:
        return "没有绑定成功：请核对姓名和绑定码，或私聊我再试一次。"
    if intent.name == "account.bind" and "person" in reply.audit:
        return reply.in_group
    can = ways.get(incoming.channel)
    if can is not None and can.realm not in ("", incoming.realm):
        return (
            "您在本群的账号还没有绑定（QQ 群里和私聊里是两个账号）。个人的事请先私聊我。\n"
            "要在群里签到、确认，请再要一个绑定码，在这个群里 @我 发送「绑定 姓名 绑定码」。"
        )
    return "请先私聊我，按提示绑定身份后再查询。"
