"""What each message and event of an app means to us (wecom.md 1.6 and 1.7).

Fields in, a plain value out: what was said, sent, pressed or opened, what we cannot read, and
what concerns the operator or the roster. Sends nothing, keeps nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from bot.channels.wecom import cards
from bot.channels.wecom.messages import Fields, inner, listed, text
from handlers.reply import Action

NOT_READABLE = {
    "image": "图片我还看不懂，请用文字告诉我。要交的材料，请按通知里的办法交。",
    "voice": "语音我还听不懂，请打字告诉我（按住输入框里的话筒也能转成文字）。",
    "video": "视频我还看不懂，请用文字告诉我。",
    "location": "我不需要您的位置。想签到请发：签到 加签到码。",
    "link": "链接我打不开，请用文字告诉我。",
}
NOT_A_CODE = "这个码不是签到码。请扫现场公布的签到二维码，或直接发送：签到 加签到码。"
# Who opens the chat is greeted with what they can do here; the day makes it once a day.
GREETING = "chat.greet"
_SIGN_IN = "attendance.check_in"
# A sign-in code by itself, as 签到 CODE, or in an address (?code=…).
_CODE = re.compile(r"(?:签到码?[\s:：]*)?([0-9A-Za-z]{4})")
_PICTURES = frozenset({"pic_sysphoto", "pic_photo_or_album", "pic_weixin"})
_SILENT = frozenset({"LOCATION", "view", "view_miniprogram"}) | _PICTURES
# What the operator should know of, with the note it leaves; empty: a line of the log is enough.
OPERATORS = {
    "inactive_alert": "应用长时间没人使用，企业微信即将停用它，请让成员打开用一次",
    "close_inactive_agent": "应用因长时间没人使用已被企业微信停用，请在管理后台重新启用",
    "low_active_alert": "应用使用人数偏低，企业微信可能限制它，请提醒成员使用",
    "low_active": "应用使用人数偏低，已被企业微信限制，请在管理后台查看",
    "reopen_inactive_agent": "",
    "active_restored": "",
    "open_approval_change": "",
    "sys_approval_change": "",
    "share_agent_change": "",
    "share_chain_change": "",
}
# Those after which an earlier note no longer holds.
RECOVERED = frozenset({"reopen_inactive_agent", "active_restored"})


@dataclass(frozen=True, slots=True)
class Said:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file to be fetched."""

    media_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that we can only answer with these words; `passive`: in the answer itself."""

    words: str
    passive: bool = True


@dataclass(frozen=True, slots=True)
class Pressed:
    """An action without words. `caption`: what a card's button says from now on, if anything.

    `passive`: the platform shows what the answer to this event says (wecom.md 1.4).
    """

    action: Action
    caption: str = ""
    passive: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody opened the app, or may use it from now on."""

    new: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody may not use the app any longer."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """The directory changed (wecom.md 1.8)."""


@dataclass(frozen=True, slots=True)
class Job:
    """A batch job of the directory ended. Its code alone: the message may name people."""

    kind: str
    code: int


@dataclass(frozen=True, slots=True)
class ForOperator:
    """Something about the app itself."""

    event: str


Meaning = Said | SentFile | Unreadable | Pressed | Opened | Gone | Contacts | Job | ForOperator


def meaning(fields: Fields) -> Meaning | None:
    """What it is; None: nothing that concerns us, or nothing that we know."""
    kind = text(fields, "MsgType")
    if kind == "event":
        return _event(fields)
    if kind == "text":
        return Said(text(fields, "Content"))
    if kind == "file":
        return SentFile(text(fields, "MediaId"), text(fields, "FileName"))
    return Unreadable(NOT_READABLE[kind]) if kind in NOT_READABLE else None


def _event(fields: Fields) -> Meaning | None:
    event, key = text(fields, "Event"), text(fields, "EventKey")
    match event:
        case "click":
            return Pressed(cards.read_key(key)[0]) if key else None
        case "template_card_event" if key:
            # the answer may only update the card: what we say follows as a push
            action, caption = cards.read_key(key)
            return Pressed(_with_choices(action, fields), caption, passive=False)
        case "template_card_menu_event":
            return Pressed(cards.read_key(key)[0], passive=False) if key else None
        case "enter_agent" | "subscribe":
            return Opened(new=event == "subscribe")
        case "unsubscribe":
            return Gone()
        case "scancode_push" | "scancode_waitmsg":
            return _scanned(fields, passive=event == "scancode_waitmsg")
        case "location_select":
            return Unreadable(NOT_READABLE["location"], passive=False)
        case "change_contact":
            return Contacts()
        case "batch_job_result":
            return _job(fields)
    if event in _SILENT:
        return None
    return ForOperator(event) if event in OPERATORS else None


def _with_choices(action: Action, fields: Fields) -> Action:
    """What was selected on the card becomes slots: the question's key, and the chosen ids."""
    chosen: dict[str, str] = {}
    for item in listed(inner(fields, "SelectedItems"), "SelectedItem"):
        if not isinstance(item, Mapping):
            continue
        options = listed(inner(item, "OptionIds"), "OptionId")
        ids = [each for each in options if isinstance(each, str) and each]
        if (question := text(item, "QuestionKey")) and ids:
            chosen[question] = ",".join(ids)
    if not chosen:
        return action
    # what the button itself says was decided by us and cannot be overwritten
    return Action(action.intent, (*chosen.items(), *action.slots))


def _scanned(fields: Fields, *, passive: bool) -> Meaning:
    scanned = text(inner(fields, "ScanCodeInfo"), "ScanResult").strip()
    code = _sign_in_code(scanned)
    if code is None:
        return Unreadable(NOT_A_CODE, passive=passive)
    return Pressed(Action(_SIGN_IN, (("code", code),)), passive=passive)


def _sign_in_code(scanned: str) -> str | None:
    """The code in what was scanned: by itself, as a sentence, or in an address."""
    # a barcode is told with its kind in front: CODE_128,7K3M
    scanned = scanned.rpartition(",")[2].strip()
    if "://" in scanned:
        try:
            address = urlsplit(scanned)
        except ValueError:
            return None
        scanned = dict(parse_qsl(address.query)).get("code", "")
    found = _CODE.fullmatch(scanned)
    return found.group(1) if found else None


def _job(fields: Fields) -> Job:
    """Both shapes: the four fields inside BatchJob, or at top level."""
    job = inner(fields, "BatchJob") or fields
    code = text(job, "ErrCode")
    return Job(text(job, "JobType"), int(code) if code.lstrip("-").isdecimal() else -1)
