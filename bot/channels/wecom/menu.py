"""The menu below the app's chat, kept equal to what the bot can do (wecom.md 2.9).

Made at start and only where it differs. Knows the platform's limits, not the intents: the
buttons are handed to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.app_menu import Button

# wecom.md 2.9, in bytes of UTF-8
BUTTONS, BELOW = 3, 5
NAME_BYTES, BELOW_NAME_BYTES, KEY_BYTES, URL_BYTES = 16, 40, 128, 1024
NO_MENU = 46003
Json = Mapping[str, Any]


def draw(buttons: Sequence[Button]) -> dict[str, Any]:
    """The body of menu/create; what does not fit the platform's limits is cut or left out.

    A key cannot be cut: an entry with too long a one is left out, and so is an empty button.
    """
    drawn = []
    for button in buttons:
        below = [
            {"type": "click", "name": _cut(entry.title, BELOW_NAME_BYTES), "key": entry.action}
            for entry in button.entries
            if entry.title and 0 < len(entry.action.encode()) <= KEY_BYTES
        ]
        if below and button.title:
            name = _cut(button.title, NAME_BYTES)
            drawn.append({"name": name, "sub_button": below[:BELOW]})
    return {"button": drawn[:BUTTONS]}


def same(one: Json, other: Json) -> bool:
    """Whether two menus are the same to whoever taps them; the platform adds empty fields."""
    return _plain(one) == _plain(other)


def _plain(menu: Json) -> list[Any]:
    return [
        (*_told(button), [_told(each) for each in _rows(button, "sub_button")])
        for button in _rows(menu, "button")
    ]


def _told(entry: Json) -> tuple[str, ...]:
    names = ("type", "name", "key", "url", "pagepath", "appid")
    return tuple(str(entry.get(name) or "") for name in names)


def _rows(value: Json, name: str) -> list[Json]:
    rows = value.get(name)
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def _cut(text: str, limit: int) -> str:
    """So many bytes of it, never half a character."""
    return text.encode()[:limit].decode(errors="ignore")
