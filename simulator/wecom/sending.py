"""message/send, message/update_template_card and message/recall (protocol page 2.2 to 2.5)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from simulator.common.rates import DAY, Rate
from simulator.common.values import JsonObject, table, text, whole, words
from simulator.wecom import board
from simulator.wecom.card_checks import check_card
from simulator.wecom.cards import calls_back, grey, replaced
from simulator.wecom.content import APP_TYPES, Content, read_content
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import App, Corp, Member, ResponseCode, SentMessage

_NAMES = re.compile(r"\$(userName|departmentName)=([^$]+)\$")


@dataclass(slots=True)
class Receivers:
    """Who gets it, each once, and which ids were not valid (lower-cased, as WeCom answers)."""

    members: dict[str, Member] = field(default_factory=dict)
    users: list[str] = field(default_factory=list)
    parties: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    unlicensed: list[str] = field(default_factory=list)


def send(platform: Platform, corp: Corp, app: App, body: JsonObject) -> JsonObject:
    """Delivers to every valid receiver within the limits; the answer of message/send."""
    check_agent(app, body)
    key = _duplicate_key(app, body)
    earlier = _earlier(platform, corp, key, body)
    if earlier is not None:
        return earlier
    content = _named(corp, body, read_content(platform, corp, body, APP_TYPES))
    card = table(body, "template_card")
    _check_interactive(corp, app, card)
    receivers = _receivers(platform, corp, app, body)
    now = platform.now()
    quota = (Rate(len(corp.members) * platform.limits.send_per_account, DAY),)
    if not corp.counters.take(f"send:{app.agent_id}", quota, now, len(receivers.members)):
        raise ApiError(45009)
    sent = SentMessage(made_up("MSG"), app.agent_id, now, [])
    corp.sent[sent.msgid] = sent
    if card and calls_back(card):
        corp.task_ids.add((app.agent_id, text(card, "task_id")))
    for member in receivers.members.values():
        _deliver(platform, corp, app, member, content=content, sent=sent)
    answer: JsonObject = {"msgid": sent.msgid}
    for name, ids in (
        ("invaliduser", receivers.users),
        ("invalidparty", receivers.parties),
        ("invalidtag", receivers.tags),
        ("unlicenseduser", receivers.unlicensed),
    ):
        if ids:
            answer[name] = "|".join(ids)
    if card and calls_back(card):
        answer["response_code"] = new_response_code(platform, corp, app, sent.msgid)
    if whole(body, "enable_duplicate_check") == 1:
        corp.duplicates[key] = (now, answer)
    return answer


def update_card(platform: Platform, corp: Corp, app: App, body: JsonObject) -> JsonObject:
    """Greys a button or replaces a card; uses up the response_code (60140 when it is no good)."""
    check_agent(app, body)
    code = corp.response_codes.get(text(body, "response_code"))
    life = platform.limits.response_code_life
    if code is None or platform.now() - code.made > life:
        raise ApiError(60140)
    if code.agent_id != app.agent_id:
        raise ApiError(42015)
    card = table(body, "template_card")
    caption = text(table(body, "button"), "replace_name")
    if card:
        check_card(card, update=True)
    elif not caption:
        raise ApiError(40058, "button or template_card")
    receivers = update_receivers(corp, app, body)
    del corp.response_codes[code.code]
    for member in receivers.members.values():
        apply_update(corp, member.userid, code.msgid, card, caption=caption, pressed=code.pressed)
    return {"invaliduser": receivers.users} if receivers.users else {}


def apply_update(
    corp: Corp, userid: str, msgid: str, card: JsonObject, *, caption: str, pressed: str
) -> None:
    """What one person sees after an update, by the API or by a passive reply."""
    shown = corp.screens.find(userid, msgid)
    if shown is None or shown.card is None:
        return
    drawn = replaced(card) if card else grey(shown.card, pressed, caption)
    board.put_card(corp, userid, msgid, drawn)


def recall(platform: Platform, corp: Corp, app: App, body: JsonObject) -> JsonObject:
    """40058 for another app's message, 42052 after 24 hours (2.5)."""
    sent = corp.sent.get(text(body, "msgid"))
    if sent is None or sent.agent_id != app.agent_id:
        raise ApiError(40058, "msgid")
    if platform.now() - sent.sent > platform.limits.recall_within:
        raise ApiError(42052)
    sent.recalled = True
    for userid in sent.receivers:
        corp.screens.recall(userid, sent.msgid)
    return {}


def new_response_code(
    platform: Platform, corp: Corp, app: App, msgid: str, pressed: str = ""
) -> str:
    code = ResponseCode(made_up("RC"), app.agent_id, msgid, platform.now(), pressed)
    corp.response_codes[code.code] = code
    return code.code


def check_agent(app: App, body: JsonObject) -> None:
    """301002 when the token belongs to another app than `agentid` names."""
    if "agentid" not in body:
        raise ApiError(41011)
    if whole(body, "agentid", -1) != app.agent_id:
        raise ApiError(301002)


def update_receivers(corp: Corp, app: App, body: JsonObject) -> Receivers:
    """The array notation of update_template_card (2.5)."""
    found = Receivers()
    if whole(body, "atall") == 1:
        _add(corp, app, found, corp.members)
    _add(corp, app, found, words(body, "userids"))
    for department in words(body, "partyids"):
        _add(corp, app, found, (m.userid for m in _party(corp, department)))
    for tag in words(body, "tagids"):
        known = corp.tags.get(int(tag)) if tag.isdecimal() else None
        _add(corp, app, found, (m.userid for m in corp.tagged(known)) if known else ())
    if not found.members:
        raise ApiError(81013)
    return found


def _check_interactive(corp: Corp, app: App, card: JsonObject) -> None:
    if not card or not calls_back(card):
        return
    if not app.callback_url:
        raise ApiError(43012)
    if (app.agent_id, text(card, "task_id")) in corp.task_ids:
        raise ApiError(42014, "task_id repeated")


def _receivers(platform: Platform, corp: Corp, app: App, body: JsonObject) -> Receivers:
    users, parties, tags = (
        [part.strip() for part in text(body, name).split("|") if part.strip()]
        for name in ("touser", "toparty", "totag")
    )
    found = Receivers()
    if users == ["@all"]:
        _add(corp, app, found, corp.members)
        return found
    if len(users) > platform.limits.receivers:
        raise ApiError(40032)
    if max(len(parties), len(tags)) > platform.limits.parties:
        raise ApiError(40058, "toparty or totag")
    _add(corp, app, found, users)
    for party in parties:
        if party.isdecimal() and int(party) in corp.departments:
            inside = corp.in_department(int(party))
            _add(corp, app, found, (m.userid for m in inside if corp.sees(app, m)))
        else:
            found.parties.append(party)
    for tag in tags:
        known = corp.tags.get(int(tag)) if tag.isdecimal() else None
        if known is None:
            found.tags.append(tag)
            continue
        inside = corp.tagged(known)
        _add(corp, app, found, (m.userid for m in inside if corp.sees(app, m)))
    if not found.members:
        raise ApiError(81013)
    return found


def _party(corp: Corp, ident: str) -> list[Member]:
    return corp.in_department(int(ident)) if ident.isdecimal() else []


def _add(corp: Corp, app: App, found: Receivers, userids: Iterable[str]) -> None:
    for userid in userids:
        member = corp.member(userid)
        if member is not None and corp.sees(app, member) and not member.licensed:
            found.unlicensed.append(member.userid)
        elif member is not None and corp.sees(app, member):
            found.members[member.userid.casefold()] = member
        else:
            found.users.append(userid.lower())


def _deliver(
    platform: Platform,
    corp: Corp,
    app: App,
    member: Member,
    *,
    content: Content,
    sent: SentMessage,
) -> None:
    # Beyond the limit of one member the message is dropped without any error (5.1).
    key = f"member:{app.agent_id}:{member.userid.casefold()}"
    if not corp.counters.take(key, platform.limits.member_from_app, sent.sent):
        platform.drop("member_from_app", member.userid, content.text or content.title)
        return
    sent.receivers.append(member.userid)
    board.show(
        platform,
        corp,
        member.userid,
        content,
        message_id=sent.msgid,
        chat=corp.chat_name(app),
        sender=app.name,
    )


def _duplicate_key(app: App, body: JsonObject) -> str:
    canonical = json.dumps([app.agent_id, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _earlier(platform: Platform, corp: Corp, key: str, body: JsonObject) -> JsonObject | None:
    """The answer given to the same request inside the interval, when that is to be checked."""
    if whole(body, "enable_duplicate_check") != 1 or key not in corp.duplicates:
        return None
    usual = int(platform.limits.duplicate_default.total_seconds())
    asked = timedelta(seconds=whole(body, "duplicate_check_interval", usual))
    at, answer = corp.duplicates[key]
    inside = platform.now() - at < min(asked, platform.limits.duplicate_most)
    return answer if inside else None


def _named(corp: Corp, body: JsonObject, content: Content) -> Content:
    """enable_id_trans: `$userName=ID$` becomes the member's name."""
    if whole(body, "enable_id_trans") != 1 or not content.text:
        return content

    def name(match: re.Match[str]) -> str:
        if match[1] == "userName":
            member = corp.member(match[2])
            return member.name if member else match[0]
        known = corp.departments.get(int(match[2])) if match[2].isdecimal() else None
        return known.name if known else match[0]

    return replace(content, text=_NAMES.sub(name, content.text))
