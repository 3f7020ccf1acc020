"""The JSON that the chat page gets: screens, people, chats and the clock. Knows no HTTP."""

from __future__ import annotations

from simulator.clock import SimClock
from simulator.page.world import World
from simulator.wecom.courier import Delivery
from simulator.wecom.limits import OFFICE_ZONE
from simulator.wecom.screen import Card, Shown
from simulator.wecom.state import App, Corp
from simulator.wecom.values import JsonObject, rows, text


def shown_view(corp: Corp, shown: Shown) -> JsonObject:
    member = corp.member(shown.sender)
    media = corp.media.get(shown.media_id)
    return {
        "id": shown.id,
        "seq": shown.seq,
        "changed": shown.changed,
        "kind": shown.kind.value,
        "chat": shown.chat,
        "sender": member.name if member else shown.sender,
        "mine": shown.mine,
        "at": shown.at.astimezone(OFFICE_ZONE).strftime("%Y-%m-%dT%H:%M"),
        "text": shown.text,
        "title": shown.title,
        "card": _card_view(shown.card) if shown.card else None,
        "media": shown.media_id,
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


def state_view(corp: Corp, world: World, clock: SimClock) -> JsonObject:
    """Everything the page needs once: people, chats, menu, hints, clock."""
    app = next(iter(corp.apps.values()), None)
    bot = next(iter(corp.aibots.values()), None)
    return {
        "app": {"name": app.name, "chat": "app", "menu": _menu(app)} if app else None,
        "bot": {"name": bot.name, "chat": "bot"} if bot else None,
        "others": [
            *(
                {"id": corp.chat_name(a), "name": a.name}
                for a in corp.apps.values()
                if a is not app
            ),
            *(
                {"id": corp.bot_chat_name(b), "name": b.name}
                for b in corp.aibots.values()
                if b is not bot
            ),
        ],
        "people": [
            {"userid": p.userid, "name": p.name, "role": p.role_label, "unit": p.unit}
            for p in world.people()
        ],
        "groups": [
            {
                "id": group.chat_id,
                "name": group.name,
                "members": [userid.casefold() for userid in group.members],
                "bot": corp.aibots[group.aibots[0]].name if group.aibots else "",
            }
            for group in corp.groups.values()
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
    if delivery is None:
        return {"ok": True, "status": 0, "attempts": 0, "reason": ""}
    return {
        "ok": delivery.ok,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "reason": delivery.reason,
        "seconds": round(delivery.seconds, 3),
    }


def _menu(app: App) -> list[JsonObject]:
    """The menu as a flat list of columns with their click and view entries."""
    return [
        {
            "name": text(top, "name"),
            "key": text(top, "key"),
            "url": text(top, "url"),
            "entries": [
                {"name": text(e, "name"), "key": text(e, "key"), "url": text(e, "url")}
                for e in rows(top, "sub_button")
            ],
        }
        for top in app.menu
    ]
