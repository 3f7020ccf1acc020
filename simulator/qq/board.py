"""Puts messages on people's screens: the only writer of the feeds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.common.screen import Button, Card, Kind, Shown
from simulator.qq.platform import Platform
from simulator.qq.records import Media


@dataclass(frozen=True, slots=True)
class Content:
    """What will be seen, without sender, receiver and time."""

    kind: Kind
    text: str = ""
    buttons: tuple[Button, ...] = ()
    media: Media | None = None


def show(
    platform: Platform,
    account: str,
    content: Content,
    *,
    message_id: str,
    chat: str,
    sender: str,
    mine: bool = False,
) -> None:
    """One more message at the end of a person's feed; their own is "sending" at first."""
    media, said = content.media, content.text
    card = Card("keyboard", text=said, buttons=content.buttons) if content.buttons else None
    shown = Shown(
        id=message_id,
        seq=0,
        changed=0,
        kind=Kind.CARD if card else content.kind,
        chat=chat,
        sender=sender,
        mine=mine,
        at=platform.now(),
        text=said,
        card=card,
        media_id=media.id if media else "",
        file_name=media.name if media else "",
        file_size=len(media.data) if media else 0,
        pending=mine,
    )
    platform.screens.add(account, shown)


def notice(platform: Platform, account: str, chat: str, said: str, message_id: str) -> None:
    """A grey line of the client itself."""
    content = Content(Kind.NOTICE, said)
    show(platform, account, content, message_id=message_id, chat=chat, sender="")


def visited(platform: Platform, account: str, message_id: str, key: str, label: str) -> None:
    """A button that was pressed shows its visited_label to whoever pressed it."""
    shown = platform.screens.find(account, message_id)
    if shown is None or shown.card is None or not label:
        return
    buttons = tuple(replace(b, text=label) if b.key == key else b for b in shown.card.buttons)
    platform.screens.put(account, replace(shown, card=replace(shown.card, buttons=buttons)))
