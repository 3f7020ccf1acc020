"""Template cards: how the client draws them, greys them and replaces them (protocol page 2.4).

Reads JSON cards and, after `from_xml`, the PascalCase copies of passive replies. Whether a card
may be sent is decided in card_checks.
"""

from __future__ import annotations

import re
from dataclasses import replace

from simulator.common.screen import Button, Card, Question, Row, Tone
from simulator.common.values import JsonObject, rows, table, text, whole

_TONES = {1: Tone.PRIMARY, 2: Tone.SECONDARY, 3: Tone.NEUTRAL, 4: Tone.DANGER}
_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_ODD_NAMES = {"KeyName": "keyname", "CheckBox": "checkbox", "AppId": "appid"}


def draw(card: JsonObject) -> Card:
    """The card as the client shows it; unknown blocks are left out."""
    emphasis = table(card, "emphasis_content")
    quote = table(card, "quote_area")
    picture = table(card, "image_text_area")
    title = table(card, "main_title")
    listed = [Row(text(r, "title"), text(r, "desc")) for r in rows(card, "vertical_content_list")]
    if picture:
        listed.append(Row(text(picture, "title"), text(picture, "desc"), text(picture, "url")))
    return Card(
        card_type=text(card, "card_type"),
        source=text(table(card, "source"), "desc"),
        title=text(title, "title"),
        desc=text(title, "desc"),
        emphasis=(text(emphasis, "title"), text(emphasis, "desc")),
        quote="\n".join(filter(None, (text(quote, "title"), text(quote, "quote_text")))),
        text=text(card, "sub_title_text"),
        image_url=text(table(card, "card_image"), "url") or text(picture, "image_url"),
        rows=tuple(
            Row(text(r, "keyname"), text(r, "value"), text(r, "url"))
            for r in rows(card, "horizontal_content_list")
        )
        + tuple(listed),
        links=tuple(Row(text(r, "title"), "", text(r, "url")) for r in rows(card, "jump_list")),
        questions=_questions(card),
        buttons=_buttons(card),
        menu=tuple(
            Button(text(r, "text"), text(r, "key"))
            for r in rows(table(card, "action_menu"), "action_list")
        ),
        url=text(table(card, "card_action"), "url"),
        task_id=text(card, "task_id"),
    )


def grey(card: Card, pressed: str, caption: str) -> Card:
    """The card after `replace_name`: the pressed button renamed, nothing left to press."""
    known = bool(pressed) and any(button.key == pressed for button in card.buttons)
    buttons = tuple(
        replace(b, enabled=bool(b.url), text=caption if b.key == pressed else b.text)
        for b in card.buttons
    )
    if not known:
        buttons = (Button(caption, "", enabled=False),)
    return replace(card, buttons=buttons, questions=_closed(card.questions))


def replaced(card: JsonObject) -> Card:
    """A card that takes another's place; `replace_text` makes it one grey button."""
    drawn = draw(card)
    caption = text(card, "replace_text")
    if not caption:
        return drawn
    shut = Button(caption, "", enabled=False)
    return replace(drawn, buttons=(shut,), questions=_closed(drawn.questions))


def calls_back(card: JsonObject) -> bool:
    """Whether a press on the card reaches the app: buttons, votes, selections, menus."""
    interactive = {"button_interaction", "vote_interaction", "multiple_interaction"}
    return text(card, "card_type") in interactive or bool(table(card, "action_menu"))


def from_xml(node: JsonObject) -> JsonObject:
    """`{"CardType": …, "MainTitle": {…}}` as `{"card_type": …, "main_title": {…}}`."""
    return {_snake(key): _from_xml(value) for key, value in node.items()}


def _from_xml(value: object) -> object:
    if isinstance(value, dict):
        return from_xml(value)
    return [_from_xml(item) for item in value] if isinstance(value, list) else value


def _snake(name: str) -> str:
    return _ODD_NAMES.get(name) or _WORD.sub("_", name).lower()


def _buttons(card: JsonObject) -> tuple[Button, ...]:
    made = [
        Button(
            text(r, "text"),
            text(r, "key"),
            tone=_TONES.get(whole(r, "style", 1), Tone.PRIMARY),
            url=text(r, "url") if whole(r, "type") == 1 else "",
        )
        for r in rows(card, "button_list")
    ]
    submit = table(card, "submit_button")
    if submit:
        caption = text(submit, "text") or "提交"
        made.append(Button(caption, text(submit, "key"), tone=Tone.PRIMARY))
    return tuple(made)


def _questions(card: JsonObject) -> tuple[Question, ...]:
    box = table(card, "checkbox")
    asked = [*rows(card, "select_list")]
    if table(card, "button_selection"):
        asked.append(table(card, "button_selection"))
    made = [_question(q, many=False) for q in asked]
    if box:
        made.append(_question(box, many=whole(box, "mode") == 1))
    return tuple(made)


def _question(block: JsonObject, *, many: bool) -> Question:
    options = rows(block, "option_list")
    ticked = tuple(
        text(o, "id") for o in options if str(o.get("is_checked", "")).lower() in ("true", "1")
    )
    selected = text(block, "selected_id")
    return Question(
        key=text(block, "question_key"),
        title=text(block, "title"),
        options=tuple((text(o, "id"), text(o, "text")) for o in options),
        chosen=(selected,) if selected else ticked,
        many=many,
        enabled=str(block.get("disable", "")).lower() not in ("true", "1"),
    )


def _closed(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    return tuple(replace(question, enabled=False) for question in questions)
