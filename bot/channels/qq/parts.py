"""A reply as QQ messages: words, markdown with buttons, files (qq.md A7, A8).

Each message is one of few that may answer a question, so words and card travel together. Knows
what may be drawn and nothing of how it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.channels.qq.words import TEXT_CHARACTERS, cut, literal, passable
from bot.channels.rendering import as_text, in_words, pieces, shorten
from handlers.reply import Card, Choice, Reply
from storage.outbox_values import Json

ROWS, IN_A_ROW = 5, 5
BUTTONS = ROWS * IN_A_ROW
LABEL = 20  # characters; no number is published, longer ones are cut on the screen
DATA_BYTES = 1024
REALM = "qq_group"  # of the accounts that can be called: each is one group's own
NOBODY: Mapping[str, str] = MappingProxyType({})
_MEMBER = re.compile(r"[\w-]{1,128}", re.ASCII)
TIPS = "请发送：{label}"
FILE_BYTES = 5 * 1024 * 1024  # more must be sent in pieces (qq.md A7), which none of ours needs
TOO_LARGE = "（文件 {name} 太大，QQ 里发不了，请用别的方式向我要。）"
NO_ROOM = "（文件 {name} 这次放不下，请再问我一次。）"
TEXT, MARKDOWN, MEDIA = 0, 2, 7
_IMAGE, _FILE = 1, 4
_EVERYBODY, _CALLBACK, _BLUE, _GREY = 2, 1, 1, 0
_NARROW, _MIDDLE = 4, 9  # characters of a label of which four, or two, fit side by side


def parts(
    reply: Reply,
    *,
    most: int,
    buttons: bool,
    files: Sequence[int] = (),
    calls: Mapping[str, str] = NOBODY,
) -> list[Json]:
    """One reply as at most `most` messages, in order; `files`: attachment ids.

    `calls`: what stands in the text, and the member that it calls there in markdown.
    A drawn card carries its words beside it (`instead`) for a platform that refuses the card.
    """
    named = list(zip(reply.files, files, strict=False))
    large = [file.name for file, _ in named if len(file.data) > FILE_BYTES]
    small = [(file, attachment) for file, attachment in named if len(file.data) <= FILE_BYTES]
    words = in_words(reply) if files else as_text(reply)
    # words take one message at least, and so does the hint that a file does not fit
    room = most - 1 if words or large or len(small) > most else most
    left_out = [TOO_LARGE.format(name=name) for name in large]
    left_out += [NO_ROOM.format(name=file.name) for file, _ in small[room:]]
    small = small[:room]
    said = passable("\n".join(each for each in (words, *left_out) if each))
    made = [{"text": each} for each in cut(said, max(most - len(small), 1))] if said else []
    drawn = None
    if len(made) == 1 and not left_out:
        drawn = (_drawn(reply, calls) if buttons else None) or _calling(words, calls)
    if drawn is not None:
        made = [{**drawn, "instead": said}]
    media: list[Json] = [
        {
            "attachment": attachment,
            "file_type": _IMAGE if file.picture else _FILE,
            "name": file.name,
        }
        for file, attachment in small
    ]
    return [*made, *media]


def calls_in(reply: Reply, group: str) -> dict[str, str]:
    """Whom a reply calls in this group: what stands in the text, and the member's id."""
    found = {each.said: each.account(REALM, group) for each in reply.mentions}
    return {said: member for said, member in found.items() if _MEMBER.fullmatch(member)}


def _calling(words: str, calls: Mapping[str, str]) -> dict[str, Any] | None:
    """Words as markdown, because only there somebody can be called; None: nobody is."""
    content = _marked(words, calls)
    called = any(piece in calls for piece in pieces(passable(words), calls))
    return {"markdown": content} if called and len(content) <= TEXT_CHARACTERS else None


def _marked(words: str, calls: Mapping[str, str]) -> str:
    """Words inside markdown: nothing in them is a mark, but who is called there is called."""
    return "".join(
        f'<qqbot-at-user id="{calls[each]}" />' if each in calls else literal(each)
        for each in pieces(passable(words), calls)
    )


def _drawn(reply: Reply, calls: Mapping[str, str]) -> dict[str, Any] | None:
    """Words and card as one markdown message with buttons, where everything fits."""
    card = reply.card
    if card is None or not fits(card):
        return None
    lines = [_marked(reply.text, calls), ""] if reply.text else []
    lines += [f"**{literal(passable(card.title))}**"]
    lines += [literal(passable(card.description))] if card.description else []
    lines += [
        f"{literal(passable(name))}：{literal(passable(value))}" for name, value in card.facts
    ]
    content = "\n".join(lines)
    if len(content) > TEXT_CHARACTERS:
        return None
    return {"markdown": content, "keyboard": keyboard(card.choices)}


def fits(card: Card) -> bool:
    """Whether its buttons can be drawn without losing any."""
    return (
        0 < len(card.choices) <= BUTTONS
        and all(len(each.action.key().encode()) <= DATA_BYTES for each in card.choices)
        and all(len(each.label) <= LABEL for each in card.choices)
        and len(rows(card.choices)) <= ROWS
    )


def keyboard(choices: Sequence[Choice]) -> Json:
    """Buttons that call us back. What they carry is checked like a sentence, whoever presses."""
    numbered = [
        [_button(choice, f"b{row}{column}") for column, choice in enumerate(line)]
        for row, line in enumerate(rows(choices))
    ]
    return {"rows": [{"buttons": line} for line in numbered]}


def rows(choices: Sequence[Choice]) -> list[Sequence[Choice]]:
    """As many side by side as their labels allow, more where the rows would not do."""
    longest = max((len(each.label) for each in choices), default=0)
    wide = 4 if longest <= _NARROW else 2 if longest <= _MIDDLE else 1
    wide = min(max(wide, -(-len(choices) // ROWS)), IN_A_ROW)
    return [choices[start : start + wide] for start in range(0, len(choices), wide)]


def _button(choice: Choice, number: str) -> Json:
    label = passable(choice.label)
    return {
        "id": number,
        "render_data": {
            "label": label,
            "visited_label": shorten(choice.done or label, LABEL),
            "style": _GREY if choice.quiet else _BLUE,
        },
        "action": {
            "type": _CALLBACK,
            "permission": {"type": _EVERYBODY},
            "data": choice.action.key(),
            "unsupport_tips": TIPS.format(label=label),
        },
    }


def body(part: Json, *, plain: bool) -> Json:
    """The message itself, without what it replies to. `plain`: nothing may be drawn there."""
    if "markdown" in part and not plain:
        return {
            "msg_type": MARKDOWN,
            "markdown": {"content": part["markdown"]},
            **({"keyboard": {"content": part["keyboard"]}} if "keyboard" in part else {}),
        }
    return {"msg_type": TEXT, "content": part["instead"] if "markdown" in part else part["text"]}


def media(file_info: str) -> Json:
    """A file that was uploaded; the words must not be empty (qq.md A7)."""
    return {"msg_type": MEDIA, "content": " ", "media": {"file_info": file_info}}
