"""Replies and open questions as JSON, for the outbox and for questions that outlive a restart.

Files are kept as attachments and named by their ids; everything else stands in the JSON itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.reply import Action, Card, Choice, File, Mention, Question, Reply
from storage.attachments import Attachments
from storage.unit import Unit

Json = Mapping[str, Any]


def reply_to_json(unit: Unit, reply: Reply, now: datetime) -> dict[str, Any]:
    """What a delivery's body holds; the reply's files are kept as attachments."""
    keep = Attachments(unit)
    return {
        "text": reply.text,
        "card": None if reply.card is None else _card_to_json(reply.card),
        "files": [
            {
                "id": keep.add(file.name, file.media_type, file.data, now),
                "name": file.name,
                "media_type": file.media_type,
                "picture": file.picture,
            }
            for file in reply.files
        ],
        "mentions": [
            {"said": each.said, "accounts": each.accounts, "everybody": each.everybody}
            for each in reply.mentions
        ],
    }


def reply_from_json(unit: Unit, body: Json) -> Reply:
    """The reply to render, with the bytes of its files; one that is gone is named in the text."""
    keep = Attachments(unit)
    files: list[File] = []
    text: str = body["text"]
    for each in body["files"]:
        data = keep.bytes_of(each["id"])
        if data is None:
            text += f"\n（文件「{each['name']}」已过期，请重新索取。）"
        else:
            files.append(File(each["name"], data, each["media_type"], each["picture"]))
    card = body.get("card")
    return Reply(
        text=text,
        card=None if card is None else _card_from_json(card),
        files=tuple(files),
        # bodies of older releases know nothing of them
        mentions=tuple(_mention_from_json(each) for each in body.get("mentions", ())),
    )


def attachments_of(body: Json) -> tuple[int, ...]:
    """The attachment ids of the reply's files, in order."""
    return tuple(int(each["id"]) for each in body["files"])


def question_to_json(question: Question) -> dict[str, Any]:
    """An open question as it is kept."""
    return {
        "choices": [_choice_to_json(choice) for choice in question.choices],
        "confirm": None if question.confirm is None else question.confirm.key(),
        "fill": None if question.fill is None else question.fill.key(),
        "slot": question.slot,
        "verbatim": question.verbatim,
        "minutes": question.minutes,
        "said": question.said,
    }


def question_from_json(body: Json) -> Question:
    """Read an open question back."""
    return Question(
        choices=tuple(_choice_from_json(each) for each in body["choices"]),
        confirm=Action.parse(body["confirm"]) if body["confirm"] else None,
        fill=Action.parse(body["fill"]) if body["fill"] else None,
        slot=body["slot"],
        verbatim=body["verbatim"],
        minutes=body["minutes"],
        said=body.get("said", ""),
    )


def _card_to_json(card: Card) -> dict[str, Any]:
    return {
        "title": card.title,
        "description": card.description,
        "facts": [list(fact) for fact in card.facts],
        "choices": [_choice_to_json(choice) for choice in card.choices],
    }


def _card_from_json(body: Json) -> Card:
    return Card(
        title=body["title"],
        description=body["description"],
        facts=tuple((name, value) for name, value in body["facts"]),
        choices=tuple(_choice_from_json(each) for each in body["choices"]),
    )


def _mention_from_json(body: Json) -> Mention:
    accounts = tuple((realm, account) for realm, account in body["accounts"])
    return Mention(body["said"], accounts, body["everybody"])


def _choice_to_json(choice: Choice) -> dict[str, Any]:
    return {
        "label": choice.label,
        "key": choice.action.key(),
        "quiet": choice.quiet,
        "done": choice.done,
    }


def _choice_from_json(body: Json) -> Choice:
    return Choice(body["label"], Action.parse(body["key"]), body["quiet"], body["done"])
