"""What an AI bot is told: the same bodies by URL callback and on its long connection (4.2, 4.3)."""

from __future__ import annotations

from simulator.common.screen import Shown
from simulator.common.values import JsonObject
from simulator.wecom.aibot_replies import Talk
from simulator.wecom.platform import Platform
from simulator.wecom.state import AiBot, Corp, Member


def talk_of(platform: Platform, corp: Corp, bot: AiBot, member: Member, chat_id: str = "") -> Talk:
    """A conversation with a bot: in the group `chat_id`, or private when empty."""
    if not chat_id:
        chat = corp.bot_chat_name(bot)
        return Talk(corp, bot, member, chat, (member.userid,), False, platform.next_id())
    viewers = tuple(corp.groups[chat_id].members)
    return Talk(corp, bot, member, chat_id, viewers, True, platform.next_id())


def head(talk: Talk, message_id: str) -> JsonObject:
    """The part that every body has: who, where, which message."""
    begun: JsonObject = {"msgid": message_id, "aibotid": talk.bot.bot_id}
    if talk.group:
        begun |= {"chatid": talk.chat, "chattype": "group"}
    else:
        begun["chattype"] = "single"
    return begun | {"from": {"userid": bot_userid(talk.bot, talk.member)}}


def event(platform: Platform, talk: Talk, kind: str, detail: JsonObject) -> JsonObject:
    """An event's body (4.3)."""
    told: JsonObject = {"eventtype": kind, kind: detail}
    return head(talk, platform.next_id()) | {
        "create_time": platform.stamp(),
        "msgtype": "event",
        "event": told,
    }


def pressed(shown: Shown, key: str, choices: dict[str, list[str]]) -> JsonObject:
    """The detail of a template_card_event; it has no response_code."""
    card = shown.card
    selected = [
        {"question_key": question, "option_ids": {"option_id": ids}}
        for question, ids in choices.items()
    ]
    return {
        "card_type": card.card_type if card else "",
        "event_key": key,
        "task_id": card.task_id if card else "",
        "selected_items": {"selected_item": selected},
    }


def quoted(shown: Shown) -> JsonObject:
    """A quoted message: its content, without its msgid (4.2)."""
    return {"msgtype": "text", "text": {"content": shown.text or shown.title or shown.file_name}}


def bot_userid(bot: AiBot, member: Member) -> str:
    """Plain only for a bot made by a super admin (4.6)."""
    return member.userid if bot.plain_userids else member.open_userid
