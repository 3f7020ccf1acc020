"""What the person who asked for a class's group chat is told once it is there, or why it is not.

Called by the shell when the platform has answered; puts the words into the outbox.
"""

from __future__ import annotations

from datetime import datetime

from handlers.reach import routes_to
from handlers.reply import Reply
from handlers.reply_json import reply_to_json
from handlers.rules.routing import Standing
from handlers.ways import Ways
from storage.app_chats import AppChat, AppChats
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.unit import Unit

PURPOSE = "group"


def made(unit: Unit, wanted: AppChat, chat: str, ways: Ways, now: datetime) -> bool:
    """The chat is there under this id: keep it and say so. False: that was noted before."""
    if not AppChats(unit).created(wanted, chat, now):
        return False
    text = (
        f"「{wanted.class_name}」的企业微信群已经建好，共 {len(wanted.members)} 人。\n"
        "群里说的话我听不到；本班的通知可以发到群里，名单变了群成员会跟着变。"
    )
    tell(unit, wanted.asked_by, text, f"appchat:{wanted.chat}", ways, now)
    return True


def not_made(unit: Unit, wanted: AppChat, why: str, ways: Ways, now: datetime) -> bool:
    """The platform refuses for good: forget the wish and say why, in Chinese."""
    if not AppChats(unit).give_up(wanted):
        return False
    text = f"「{wanted.class_name}」的企业微信群没有建成：{why}"
    tell(unit, wanted.asked_by, text, f"appchat:{wanted.chat}", ways, now)
    return True


def tell(unit: Unit, person_id: int | None, text: str, key: str, ways: Ways, now: datetime) -> bool:
    """A short private message to one person; False where nothing reaches them."""
    if person_id is None:
        return False
    best = next(iter(routes_to(unit, person_id, ways, now)), None)
    if best is None or best.standing is Standing.CLOSED:
        return False
    return bool(
        Outbox(unit).enqueue(
            [
                NewDelivery(
                    unique_key=key[:160],
                    channel=best.channel,
                    account=best.account,
                    purpose=PURPOSE,
                    body=reply_to_json(unit, Reply(text=text), now),
                    not_before=now,
                    person_id=person_id,
                )
            ],
            now,
        )
    )
