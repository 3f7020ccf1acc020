"""The JSON that the chat page gets: screens, people, chats and the clock. Knows no HTTP."""

from __future__ import annotations

from simulator.clock import SimClock
from simulator.common.acting import Delivery
from simulator.common.rates import OFFICE_ZONE
from simulator.common.screen import Card, Shown
from simulator.common.values import JsonObject
from simulator.page.sides import Chat, Side, ident
from simulator.page.world import World


def shown_view(side: Side, shown: Shown) -> JsonObject:
    media = side.media(shown.media_id) if shown.media_id else None
    return {
        "id": ident(side, shown.id),
        "seq": shown.seq,
        "changed": shown.changed,
        "kind": shown.kind.value,
        "chat": side.chat_id(shown.chat),
        "sender": side.sender(shown.sender),
        "mine": shown.mine,
        "at": shown.at.astimezone(OFFICE_ZONE).strftime("%Y-%m-%dT%H:%M"),
        "text": shown.text,
        "title": shown.title,
        "card": _card_view(shown.card) if shown.card else None,
        "media": ident(side, shown.media_id),
        "picture": bool(media and media.content_type.startswith("image/")),
        "file_name": shown.file_name,
        "file_size": shown.file_size,
        "failure": shown.failure,
        "pending": shown.pending,
        "done": shown.done,
    }


def _card_view(card: Card) -> JsonObject:
    return {
        "type": card.card_type,
        "source": card.source,
        "title": card.title,
        "desc": card.desc,
        "emphasis": list(card.emphasis),
        "quote": card.quote,
        "text": card.text,
        "image": card.image_url,
        "rows": [{"name": r.name, "value": r.value, "url": r.url} for r in card.rows],
        "links": [{"name": r.name, "url": r.url} for r in card.links],
        "questions": [
            {
                "key": q.key,
                "title": q.title,
                "options": [{"id": ident, "text": caption} for ident, caption in q.options],
                "chosen": list(q.chosen),
                "many": q.many,
                "enabled": q.enabled,
            }
            for q in card.questions
        ],
        "buttons": [
            {"text": b.text, "key": b.key, "enabled": b.enabled, "tone": b.tone, "url": b.url}
            for b in card.buttons
        ],
        "menu": [{"text": b.text, "key": b.key} for b in card.menu],
        "url": card.url,
    }


def chat_view(chat: Chat) -> JsonObject:
    return {
        "id": chat.id,
        "name": chat.name,
        "badge": chat.badge,
        "group": chat.group,
        "bot": chat.bot,
        "ways": [way.value for way in chat.ways],
        "menu": list(chat.menu),
        "pushes": chat.pushes,
    }


def state_view(name: str, world: World, clock: SimClock) -> JsonObject:
    """Everything the page needs once: name of the bot, people, hints, clock."""
    return {
        "name": name,
        "first": world.first(),
        "people": [
            {"userid": p.userid, "name": p.name, "role": p.role_label, "unit": p.unit}
            for p in world.people()
        ],
        "hints": list(world.hints()),
        "clock": clock_view(clock),
    }


def clock_view(clock: SimClock) -> JsonObject:
    """`now` in milliseconds since 1970 and in words of the office's zone."""
    now = clock.now()
    return {
        "now": int(now.timestamp() * 1000),
        "local": now.astimezone(OFFICE_ZONE).strftime("%Y-%m-%dT%H:%M"),
        "frozen": clock.frozen,
        "real": clock.real,
    }


def delivery_view(delivery: Delivery | None) -> JsonObject:
    """`message`: the id of the message that it was about, on which a failure is marked."""
    if delivery is None:
        return {"ok": True, "status": 0, "attempts": 0, "reason": "", "message": ""}
    return {
        "ok": delivery.ok,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "reason": delivery.reason,
        "message": delivery.message_id,
        "seconds": round(delivery.seconds, 3),
    }
