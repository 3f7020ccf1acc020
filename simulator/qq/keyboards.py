"""The buttons under a markdown message: what is accepted, and how it is drawn (A8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from simulator.common.screen import Button, Tone
from simulator.common.values import JsonObject, rows, table, text, whole
from simulator.qq.errors import ApiError
from simulator.qq.platform import Platform
from simulator.qq.records import Bot
from simulator.qq.wording import check_links


class Action(IntEnum):
    """`action.type`."""

    LINK = 0
    CALLBACK = 1
    COMMAND = 2


class Pressers(IntEnum):
    """`action.permission.type`, of those that exist outside channels."""

    LISTED = 0
    ADMINS = 1
    EVERYONE = 2


@dataclass(frozen=True, slots=True)
class Keyboard:
    """As drawn, and as sent by id."""

    drawn: tuple[Button, ...] = ()
    sent: dict[str, JsonObject] | None = None


def read(platform: Platform, bot: Bot, body: JsonObject) -> Keyboard:
    """304037 no permission, 304038 no such template, 40034029 too many or ids twice, 304040."""
    part = table(body, "keyboard")
    if not part:
        return Keyboard()
    if not bot.keyboard:
        raise ApiError(304037)
    template = text(part, "id")
    if template and template not in bot.keyboards:
        raise ApiError(304038)
    content = bot.keyboards[template] if template else table(part, "content")
    lines = [rows(line, "buttons") for line in rows(content, "rows")]
    if not lines or not all(lines):
        raise ApiError(304040, "rows")
    limits = platform.limits
    if len(lines) > limits.keyboard_rows or max(map(len, lines)) > limits.keyboard_columns:
        raise ApiError(40034029)
    sent: dict[str, JsonObject] = {}
    for number, button in enumerate((one for line in lines for one in line), start=1):
        ident = text(button, "id") or str(number)
        if ident in sent:
            raise ApiError(40034029, ident)
        _check(platform, bot, button)
        sent[ident] = button
    return Keyboard(tuple(_draw(ident, button) for ident, button in sent.items()), sent)


def action_of(button: JsonObject) -> Action:
    return Action(whole(table(button, "action"), "type", Action.CALLBACK))


def _check(platform: Platform, bot: Bot, button: JsonObject) -> None:
    action, limits = table(button, "action"), platform.limits
    if not text(table(button, "render_data"), "label"):
        raise ApiError(304040, "label")
    if whole(action, "type", -1) not in tuple(Action):
        raise ApiError(304040, "action.type")
    if whole(table(action, "permission"), "type", -1) not in (*Pressers, 3):
        raise ApiError(304040, "action.permission")
    if not text(action, "unsupport_tips"):
        raise ApiError(304040, "action.unsupport_tips")
    modal = table(action, "modal")
    if len(text(modal, "content")) > limits.modal_chars:
        raise ApiError(304040, "modal.content")
    if max(len(text(modal, key)) for key in ("confirm_text", "cancel_text")) > (
        limits.modal_button_chars
    ):
        raise ApiError(304040, "modal")
    if whole(action, "type") == Action.LINK:
        check_links(bot, text(action, "data"))


def _draw(ident: str, button: JsonObject) -> Button:
    look, action = table(button, "render_data"), table(button, "action")
    tone = Tone.PRIMARY if whole(look, "style") == 1 else Tone.NEUTRAL
    url = text(action, "data") if action_of(button) is Action.LINK else ""
    return Button(text(look, "label"), ident, tone=tone, url=url)
