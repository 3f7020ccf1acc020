"""What a person can do in their client: where a chat leads, which buttons can be pressed."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.files import sniff
from simulator.common.screen import Shown
from simulator.common.values import JsonObject, rows, text
from simulator.wecom import sending
from simulator.wecom.delivery import AppCallbacks, Press
from simulator.wecom.platform import Platform
from simulator.wecom.state import AiBot, App, Corp, Media, Member


@dataclass(frozen=True, slots=True)
class Place:
    """A chat as one person has it open; `app` and `bot` both None in a group without an AI bot."""

    corp: Corp
    member: Member
    chat: str
    viewers: tuple[str, ...]
    app: App | None = None
    bot: AiBot | None = None
    group_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A button that can be pressed; `menu` for an entry of the card's corner menu."""

    shown: Shown
    key: str
    menu: bool


def place_of(platform: Platform, corp: Corp, userid: str, chat: str | None) -> Place:
    """NotOnScreenError when this person has no such chat."""
    member = corp.need_member(userid)
    own = (member.userid,)
    group = corp.groups.get(chat or "")
    if group is not None:
        if not corp.in_group(group, userid):
            raise NotOnScreenError(f"{member.name}不在群“{group.name}”里")
        bot = corp.aibots[group.aibots[0]] if group.aibots else None
        viewers = tuple(group.members)
        return Place(corp, member, group.chat_id, viewers, bot=bot, group_id=group.chat_id)
    for bot in corp.aibots.values():
        if chat in (corp.bot_chat_name(bot), f"bot:{bot.bot_id}"):
            return Place(corp, member, corp.bot_chat_name(bot), own, bot=bot)
    for app in corp.apps.values():
        if chat in (None, corp.chat_name(app), f"app:{app.agent_id}"):
            if not corp.sees(app, member):
                raise NotOnScreenError(f"{app.name}不在{member.name}的可见范围内")
            return Place(corp, member, corp.chat_name(app), own, app=app)
    raise NotOnScreenError(f"没有这个对话：{chat}")


def with_mention(place: Place, said: str) -> str:
    """In a group the text as the client sends it, with the @ of the bot in front (4.2)."""
    if place.bot is None or not place.group_id or f"@{place.bot.name}" in said:
        return said
    return f"@{place.bot.name} {said}"


def find_button(corp: Corp, userid: str, message_id: str | None, button: str) -> Found:
    """By caption or key, on one message or on the latest card that can be pressed there."""
    feed = corp.screens.feed(userid)
    candidates = [s for s in feed if s.card and message_id in (None, s.id)]
    greyed = False
    for shown in reversed(candidates):
        card = shown.card
        for entry in (*card.buttons, *card.menu) if card else ():
            if button not in (entry.text, entry.key):
                continue
            if entry.enabled and not entry.url:
                return Found(shown, entry.key, bool(card and entry in card.menu))
            greyed = True
    if greyed:
        raise NotOnScreenError(f"按钮“{button}”是灰色的，不能再按")
    raise NotOnScreenError(f"没有按钮“{button}”")


def choose(shown: Shown, choices: dict[str, list[str]]) -> dict[str, list[str]]:
    """The ids chosen in each selection of a card: as given, else as the card stands."""
    questions = shown.card.questions if shown.card else ()
    known = {question.key: {ident for ident, _ in question.options} for question in questions}
    for key, ids in choices.items():
        if key not in known or not set(ids) <= known[key]:
            raise NotOnScreenError(f"卡片上没有这个选项：{key}")
    merged = {q.key: choices.get(q.key, list(q.chosen)) for q in questions}
    return {key: ids for key, ids in merged.items() if ids}


async def press_app_card(
    platform: Platform,
    callbacks: AppCallbacks,
    place: Place,
    *,
    found: Found,
    chosen: dict[str, list[str]],
) -> Delivery:
    """The template_card_event (or template_card_menu_event) of 1.7, with a new ResponseCode."""
    card, app = found.shown.card, place.app
    if card is None or app is None:
        raise NotOnScreenError("这条消息不是应用的卡片")
    code = sending.new_response_code(platform, place.corp, app, found.shown.id, found.key)
    event: dict[str, object] = {
        "Event": "template_card_menu_event" if found.menu else "template_card_event",
        "EventKey": found.key,
        "TaskId": card.task_id,
        "CardType": card.card_type,
        "ResponseCode": code,
    }
    if chosen:
        items = [{"QuestionKey": k, "OptionIds": {"OptionId": ids}} for k, ids in chosen.items()]
        event["SelectedItems"] = {"SelectedItem": items}
    press = Press(found.shown.id, found.key)
    return await callbacks.event(place.corp, app, place.member, event, press)


def person_media(platform: Platform, kind: str, name: str, data: bytes, media_id: str) -> Media:
    """What a person's client has uploaded."""
    return Media(media_id, kind, name, sniff(data), data, platform.now())


def file_fields(platform: Platform, media: Media) -> dict[str, object]:
    """The part of an app's callback for a file; `FileName` is what the field reports show."""
    if media.kind == "image":
        url = f"{platform.base_url}/picture/{media.media_id}"
        return {"MsgType": "image", "PicUrl": url, "MediaId": media.media_id}
    if media.kind == "video":
        thumb = media.media_id  # the fake makes no picture of it
        return {"MsgType": "video", "MediaId": media.media_id, "ThumbMediaId": thumb}
    return {"MsgType": "file", "MediaId": media.media_id, "FileName": media.name}


def menu_entry(app: App, key: str) -> JsonObject | None:
    """The entry of the app's menu with this key, address or page."""
    entries = [*app.menu, *(sub for top in app.menu for sub in rows(top, "sub_button"))]
    for entry in entries:
        if key and key in (text(entry, "key"), text(entry, "url"), text(entry, "pagepath")):
            return entry
    return None
