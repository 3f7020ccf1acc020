"""Puts messages on people's screens: the only writer of the feeds."""

from __future__ import annotations

from dataclasses import replace

from simulator.common.screen import Card, Kind, Shown
from simulator.wecom.content import Content
from simulator.wecom.platform import Platform
from simulator.wecom.state import Corp


def show(
    platform: Platform,
    corp: Corp,
    userid: str,
    content: Content,
    *,
    message_id: str,
    chat: str,
    sender: str,
    mine: bool = False,
    pending: bool = False,
    done: bool = True,
) -> Shown:
    """One more message at the end of a person's feed."""
    media = content.media
    shown = Shown(
        id=message_id,
        seq=0,
        changed=0,
        kind=content.kind,
        chat=chat,
        sender=sender,
        mine=mine,
        at=platform.now(),
        text=content.text,
        title=content.title,
        card=content.card,
        media_id=media.media_id if media else "",
        file_name=media.name if media else "",
        file_size=len(media.data) if media else 0,
        pending=pending,
        done=done,
    )
    return corp.screens.add(userid, shown)


def notice(platform: Platform, corp: Corp, userid: str, chat: str, text: str) -> Shown:
    """A grey line of the client itself, such as a reply that could not be read."""
    content = Content(Kind.NOTICE, text)
    return show(
        platform, corp, userid, content, message_id=platform.next_id(), chat=chat, sender=""
    )


def put_card(corp: Corp, userid: str, message_id: str, card: Card) -> None:
    """Draws another card in the place of the one on the screen, if it is still there."""
    shown = corp.screens.find(userid, message_id)
    if shown is not None and shown.kind is Kind.CARD:
        corp.screens.put(userid, replace(shown, card=card, title=card.title, text=card.text))
