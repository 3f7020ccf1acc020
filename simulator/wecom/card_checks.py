"""Which template cards the platform refuses, and with which error code (protocol page 2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from simulator.common.values import JsonObject, byte_length, rows, table, text, whole
from simulator.wecom.errors import ApiError

_TYPES = {
    "text_notice",
    "news_notice",
    "button_interaction",
    "vote_interaction",
    "multiple_interaction",
}
_NOTICES = {"text_notice", "news_notice"}
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
_KEY_BYTES = 1024
_OPTION_ID_BYTES = 128
_MOST_ROWS, _MOST_LINES, _MOST_LINKS, _MOST_BUTTONS, _MOST_MENU = 6, 4, 3, 6, 3
_MOST_OPTIONS, _MOST_TICKS, _MOST_SELECTORS = 10, 20, 3
_URL, _MINIPROGRAM_OR_FILE, _MEMBER = 1, 2, 3
_QUESTION = 3  # of a jump_list: asks the AI bot
_QUESTION_BYTES = 200


def check_card(card: JsonObject, *, update: bool = False, aibot: bool = False) -> None:
    """Raises ApiError for what WeCom refuses; an update needs no task_id of its own.

    aibot: cards of an AI bot have no file rows, and links that ask a question.
    """
    kind = text(card, "card_type")
    if kind not in _TYPES:
        raise ApiError(42031)
    _check_task(card, kind, update=update)
    _check_title(card, kind)
    _check_lists(card, aibot=aibot)
    if kind in _NOTICES:
        _check_action(table(card, "card_action"))
    if kind == "news_notice" and not (
        text(table(card, "card_image"), "url") or text(table(card, "image_text_area"), "image_url")
    ):
        raise ApiError(42044)
    if kind == "button_interaction":
        _check_buttons(card, update=update)
    if kind == "vote_interaction":
        _check_options(table(card, "checkbox"), _MOST_TICKS)
        _check_submit(card, update=update)
    if kind == "multiple_interaction":
        _check_selectors(card)
        _check_submit(card, update=update)


def _check_task(card: JsonObject, kind: str, *, update: bool) -> None:
    task_id = text(card, "task_id")
    menu = table(card, "action_menu")
    needed = (kind not in _NOTICES or bool(menu)) and not update
    if (needed or task_id) and not _TASK_ID.fullmatch(task_id):
        raise ApiError(42014)
    if not menu:
        return
    entries = rows(menu, "action_list")
    if not 1 <= len(entries) <= _MOST_MENU:
        raise ApiError(40058, "action_list size")
    keys = [text(entry, "key") for entry in entries]
    if len(set(keys)) != len(keys) or not all(keys):
        raise ApiError(42051)


def _check_title(card: JsonObject, kind: str) -> None:
    title = text(table(card, "main_title"), "title")
    if not title and not (kind == "text_notice" and text(card, "sub_title_text")):
        raise ApiError(42033, "main_title.title")


def _check_lists(card: JsonObject, *, aibot: bool) -> None:
    pairs = rows(card, "horizontal_content_list")
    if len(pairs) > _MOST_ROWS:
        raise ApiError(42035)
    for pair in pairs:
        _check_pair(pair)
        if aibot and whole(pair, "type") == _MINIPROGRAM_OR_FILE:
            raise ApiError(40058, "horizontal_content_list.type")
    lines = rows(card, "vertical_content_list")
    if len(lines) > _MOST_LINES:
        raise ApiError(42036)
    links = rows(card, "jump_list")
    if len(links) > _MOST_LINKS:
        raise ApiError(42042)
    if not all(text(line, "title") for line in (*lines, *links)):
        raise ApiError(42033)
    for link in links:
        if whole(link, "type") == _URL and not text(link, "url"):
            raise ApiError(42028, "jump_list")
        if whole(link, "type") == _MINIPROGRAM_OR_FILE and not text(link, "appid"):
            raise ApiError(42030, "jump_list")
        asked = text(link, "question")
        if whole(link, "type") == _QUESTION and not (aibot and _fit([asked], _QUESTION_BYTES)):
            raise ApiError(40058, "jump_list.question")


def _check_pair(pair: JsonObject) -> None:
    if not text(pair, "keyname"):
        raise ApiError(42027)
    kind = whole(pair, "type")
    if kind == _URL and not text(pair, "url"):
        raise ApiError(42028, "horizontal_content_list")
    if kind == _MINIPROGRAM_OR_FILE and not text(pair, "media_id"):
        raise ApiError(42029)
    if kind == _MEMBER and not text(pair, "userid"):
        raise ApiError(42050)


def _check_action(action: JsonObject) -> None:
    kind = whole(action, "type")
    if kind not in (_URL, _MINIPROGRAM_OR_FILE):
        raise ApiError(42045)
    if kind == _URL and not text(action, "url"):
        raise ApiError(42028, "card_action")
    if kind == _MINIPROGRAM_OR_FILE and not text(action, "appid"):
        raise ApiError(42030, "card_action")


def _check_buttons(card: JsonObject, *, update: bool) -> None:
    buttons = rows(card, "button_list")
    closed = update and bool(text(card, "replace_text"))
    if len(buttons) > _MOST_BUTTONS or not (buttons or closed):
        raise ApiError(42038, "button_list size")
    if not all(text(button, "text") for button in buttons):
        raise ApiError(42038)
    calling = [button for button in buttons if whole(button, "type") != _URL]
    keys = [text(button, "key") for button in calling]
    if len(set(keys)) != len(keys) or not _fit(keys, _KEY_BYTES):
        raise ApiError(42039)
    if any(not text(b, "url") for b in buttons if whole(b, "type") == _URL):
        raise ApiError(42028, "button_list")
    if table(card, "button_selection"):
        _check_options(table(card, "button_selection"), _MOST_OPTIONS)


def _check_selectors(card: JsonObject) -> None:
    selectors = rows(card, "select_list")
    if not 1 <= len(selectors) <= _MOST_SELECTORS:
        raise ApiError(42047)
    for selector in selectors:
        _check_options(selector, _MOST_OPTIONS)


def _check_options(block: JsonObject, most: int) -> None:
    if not text(block, "question_key"):
        raise ApiError(42043)
    options = rows(block, "option_list")
    if not 1 <= len(options) <= most:
        raise ApiError(42037)
    ids = [text(option, "id") for option in options]
    if len(set(ids)) != len(ids) or not _fit(ids, _OPTION_ID_BYTES):
        raise ApiError(42040)
    if not all(text(option, "text") for option in options):
        raise ApiError(42041)


def _check_submit(card: JsonObject, *, update: bool) -> None:
    if update and text(card, "replace_text"):
        return
    key = text(table(card, "submit_button"), "key")
    if not _fit([key], _KEY_BYTES):
        raise ApiError(42046)


def _fit(keys: Iterable[str], most: int) -> bool:
    return all(key and byte_length(key) <= most for key in keys)
