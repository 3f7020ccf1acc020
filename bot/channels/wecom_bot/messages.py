"""The AI bot's JSON on one side, plain values and replies on the other (wecom.md 4.2 to 4.7).

Reading never raises: a field that is missing or of another kind is empty. Knows no socket.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.channels.addressing import without_calls
from bot.channels.rendering import numbered, split_bytes, unmarked
from bot.channels.wecom import cards
from handlers.reply import Action, Card, Choice, Reply
from storage.outbox_values import Json, Result

CONTENT_BYTES = 20_480
PRIVATE, GROUP = 1, 2
# The one button of a pressed card: it does nothing.
PRESSED_KEY = "shixun.pressed"
_OPEN_ID_LENGTH = 32
_MOST_ID = 128
_GAP = " \u2005\u00a0\u3000\t\n"

# What an errcode means for a message (wecom.md 4.7 and 5.2); any other code: refused for good.
STREAM_OVER = 846608
EXPIRED = frozenset({846605, STREAM_OVER})  # the place of the answer is gone: send it as a message
NO_STREAM_HERE = 600039
TOO_MUCH = 45009
# Nobody has written to the bot there yet; the only reason for which a push waits for them.
NOT_TALKED = 40050
SILENT_YET = "对方还没有和机器人说过话，等对方先开口"
WAIT_AFTER_TOO_MUCH = timedelta(seconds=60)
# the last two are the link's business: the message itself was not looked at
TRANSIENT = frozenset({-1, 6000, 45033, 846609, 853000, 93019})
CARD_REFUSED = frozenset({40008, *range(42_014, 42_020), *range(42_040, 42_050)})


@dataclass(frozen=True, slots=True)
class Chat:
    """Where something is said: a person's private chat (id: the account) or a group."""

    id: str
    kind: int

    @property
    def key(self) -> str:
        """What its limits are counted by."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Media:
    """An address of something a person sent; lives five minutes, encrypted with its own key."""

    url: str
    aes_key: str
    name: str


# -- theirs to ours -------------------------------------------------------------------------------


def at(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An inner object, or an empty one."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def words(value: Mapping[str, Any], name: str) -> str:
    """A text field; half a surrogate pair, which JSON can name, becomes a question mark."""
    text = value.get(name)
    return text.encode(errors="replace").decode() if isinstance(text, str) else ""


def account_of(body: Json) -> str:
    """Who writes; ids differ in letter case, except encrypted ones, where it counts (4.6)."""
    userid = words(at(body, "from"), "userid")
    encrypted = userid.startswith("wo") and len(userid) == _OPEN_ID_LENGTH
    return userid if encrypted else userid.casefold()


def id_of(body: Json) -> str:
    """The message's id; empty for one that has none: a number, or more than ids have, is none."""
    found = words(body, "msgid").strip()
    return found if len(found) <= _MOST_ID else ""


# whose account an id is that this bot was told
AccountOf = Callable[[str], Awaitable[str]]


async def account_as_told(userid: str) -> str:
    """Where no app is there to ask, an encrypted id is an account like any other."""
    return userid


def group_of(body: Json) -> str | None:
    """The group it was said in."""
    return words(body, "chatid") or None if body.get("chattype") == "group" else None


def chat_of(body: Json) -> Chat:
    """Where the answer belongs."""
    group = group_of(body)
    return Chat(group, GROUP) if group else Chat(account_of(body), PRIVATE)


def spoken(content: str, name: str) -> str:
    """What was said in a group without the mention of the bot (4.2).

    A mention that does not have our name (it was renamed in the console) is the first word.
    """
    before, found, after = content.partition(f"@{name}")
    if found:
        return without_calls(f"{before.strip()} {after.strip(_GAP)}".strip())
    content = content.strip(_GAP)
    if not content.startswith("@"):
        return content
    gap = min((content.find(each) for each in _GAP if each in content), default=len(content))
    return content[gap:].strip(_GAP)


def said(body: Json, name: str) -> str:
    """The words of a text, a voice message (WeCom has transcribed it) or a mixed one."""
    match body.get("msgtype"):
        case "text":
            text = words(at(body, "text"), "content")
        case "voice":
            text = words(at(body, "voice"), "content")
        case "mixed":
            items = [item for item in _items(body) if item.get("msgtype") == "text"]
            text = "\n".join(words(at(item, "text"), "content") for item in items)
        case _:
            text = ""
    return spoken(text, name) if group_of(body) else text.strip()


def media_of(body: Json) -> Media | None:
    """The file or picture of a message, the first of several."""
    match body.get("msgtype"):
        case "file":
            return _media(at(body, "file"), "文件")
        case "image":
            return _media(at(body, "image"), "图片.jpg")
        case "mixed":
            found = (_media(at(item, "image"), "图片.jpg") for item in _items(body))
            return next((media for media in found if media is not None), None)
    return None


def _items(body: Json) -> list[Mapping[str, Any]]:
    items = at(body, "mixed").get("msg_item")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _media(value: Mapping[str, Any], name: str) -> Media | None:
    url = words(value, "url")
    return Media(url, words(value, "aeskey"), name) if url else None


# -- ours to theirs -------------------------------------------------------------------------------


def parts(reply: Reply, *, task_id: str, source: str, files: Sequence[int] = ()) -> list[Json]:
    """One reply as messages, in order; `files`: attachment ids, uploaded when it is sent.

    A card carries its words beside it (`instead`) for a platform that refuses the card.
    """
    card, text = reply.card, unmarked(reply.text)
    drawn = card is not None and cards.fits(card)
    if card is not None and not drawn:
        shown = unmarked(numbered(card))
        text = f"{text}\n\n{shown}" if text else shown
    made: list[Json] = [markdown(part) for part in split_bytes(text, CONTENT_BYTES)] if text else []
    if card is not None and drawn:
        made.append(
            {
                "msgtype": "template_card",
                "template_card": cards.draw(card, task_id, source),
                "instead": unmarked(numbered(card)),
            }
        )
    for file, attachment in zip(reply.files, files, strict=False):
        made.append({"msgtype": "image" if file.picture else "file", "attachment": attachment})
    return made


def markdown(content: str) -> Json:
    """Words as a message."""
    return {"msgtype": "markdown", "markdown": {"content": content}}


def stream(stream_id: str, content: str, *, finish: bool) -> Json:
    """Words as an answer that may still grow; each frame replaces the whole bubble (4.7)."""
    return {
        "msgtype": "stream",
        "stream": {"id": stream_id, "finish": finish, "content": content},
    }


def card_update(body: Json, card: Card, task_id: str, source: str, caption: str) -> Json:
    """The answer to a pressed button (`body`): the card with one button, which says so.

    There is no other way to grey a button (4.4). In a group the others keep the card as it was.
    """
    one = Choice(caption, Action(PRESSED_KEY), quiet=True)
    drawn = cards.draw(Card(card.title, card.description, card.facts, (one,)), task_id, source)
    drawn["button_list"][0]["key"] = PRESSED_KEY
    update: dict[str, Any] = {"response_type": "update_template_card", "template_card": drawn}
    if group_of(body):
        update["userids"] = [words(at(body, "from"), "userid")]
    return update


def result_of(errcode: int) -> Result:
    """What became of a message that was answered so."""
    if errcode == 0:
        return Result.SENT
    if errcode == NOT_TALKED:
        return Result.PARKED
    return Result.RETRY if errcode in TRANSIENT | {TOO_MUCH} else Result.REJECTED
