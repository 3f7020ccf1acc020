"""An office with every kind of way to people, and talks in it, for the tests of planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert

from handlers import broadcast, notice, sending, stop_switch
from handlers.contract import Intent, OfficeFacts, Place, Turn
from handlers.reply import Action, Reply
from handlers.slots import Slots, SlotValue
from handlers.ways import GROUP, PRIVATE, Capabilities, ReplyWindow, Ways
from storage.outbox import Outbox
from storage.outbox_values import FrozenRequest, Outcome, Queued, Result
from storage.tables import accounts, class_groups
from storage.unit import Unit
from tests.handlers.turns import MONDAY, OFFICE, WECOM, person_id, turn

DRAFT, APPROVE, ADJUST = broadcast.INTENTS
LIST, CONFIRM, BOARD = notice.INTENTS
(STATE,) = sending.INTENTS
(STOP,) = stop_switch.INTENTS
ALL = (*broadcast.INTENTS, *notice.INTENTS, *sending.INTENTS, *stop_switch.INTENTS)

_GROUPS_OF_QQ = ReplyWindow(timedelta(minutes=5), 5)
WAYS: Ways = {
    "wecom": WECOM,
    "wecom_socket": Capabilities(
        push=True,
        groups=True,
        buttons=6,
        text_bytes=20_480,
        files=True,
        title="企业微信智能机器人",
        realm="wecom",
        group_push=True,
        needs_talk=True,
        per_receiver=30,
    ),
    "wecom_robot": Capabilities(
        push=False,
        groups=False,
        buttons=0,
        text_bytes=2048,
        files=True,
        title="企业微信群机器人",
        group_push=True,
        mention_realm="wecom",
        mention_all=True,
        per_receiver=20,
    ),
    "qq": Capabilities(
        push=True,
        groups=True,
        buttons=0,
        text_bytes=120,
        files=True,
        title="QQ机器人",
        realm="qq",
        group_push=True,
        mention_realm="qq_group",
        mentions_by_leave=True,
        may_refuse=True,
        recall=timedelta(minutes=2),
        reply_windows={PRIVATE: ReplyWindow(timedelta(hours=1), 4), GROUP: _GROUPS_OF_QQ},
        per_minute=30,
    ),
    "onebot": Capabilities(
        push=True,
        groups=True,
        buttons=0,
        text_bytes=3000,
        files=True,
        title="QQ（OneBot）",
        realm="onebot",
        group_push=True,
        mention_realm="onebot",
        mention_all=True,
        mentions_by_leave=True,
        per_minute=30,
    ),
}
EVERYWHERE = replace(OFFICE, ways=WAYS)


def bind(unit: Unit, name: str, realm: str, account: str) -> None:
    """Give somebody one more account."""
    unit.add(
        insert(accounts),
        {
            "channel": realm,
            "account": account,
            "person_id": person_id(unit, name),
            "bound_at": MONDAY,
        },
    )


def bind_group(unit: Unit, class_id: int, channel: str, chat: str) -> None:
    """Tie a group chat to a class."""
    unit.add(
        insert(class_groups),
        {
            "training_class_id": class_id,
            "channel": channel,
            "chat": chat,
            "name": "班群",
            "bound_at": MONDAY,
        },
    )


def say(
    unit: Unit,
    intent: Intent,
    text: str = "",
    *,
    name: str = "李国强",
    now: datetime = MONDAY,
    office: OfficeFacts = EVERYWHERE,
    place: Place | None = None,
    **slots: SlotValue,
) -> Reply:
    """What somebody is answered in this office."""
    assert intent.handle is not None
    return intent.handle(_turn(unit, intent, text, name, now, office, place, slots))


def press(
    unit: Unit,
    reply: Reply,
    label: str,
    *,
    name: str = "李国强",
    now: datetime = MONDAY,
    office: OfficeFacts = EVERYWHERE,
) -> Reply:
    """Press a button of a card; it must be there."""
    assert reply.card is not None
    (choice,) = (each for each in reply.card.choices if each.label == label)
    return act(unit, choice.action, name=name, now=now, office=office)


def fill(unit: Unit, action: Action, **words: str) -> Reply:
    """Answer a question with free text, as handlers.dialogue hands it on."""
    return act(unit, Action(action.intent, (*action.slots, *words.items())))


def act(
    unit: Unit,
    action: Action,
    *,
    name: str = "李国强",
    now: datetime = MONDAY,
    office: OfficeFacts = EVERYWHERE,
) -> Reply:
    """Do what a button does."""
    (intent,) = (each for each in ALL if each.name == action.intent)
    slots: dict[str, SlotValue] = dict(action.slots)
    return intent.handle(  # type: ignore[misc]
        _turn(unit, intent, "", name, now, office, None, slots)
    )


def _turn(
    unit: Unit,
    intent: Intent,
    text: str,
    name: str,
    now: datetime,
    office: OfficeFacts,
    place: Place | None,
    slots: Mapping[str, SlotValue],
) -> Turn:
    made = turn(unit, name, intent, text, now=now, place=place)
    return replace(made, office=office, slots=Slots(slots))


def send(
    unit: Unit,
    channel: str,
    result: Result = Result.SENT,
    *,
    error: str = "",
    now: datetime = MONDAY,
) -> list[Queued]:
    """Let one channel's outbox run once; what it called with."""

    def group(rows: list[Queued]) -> list[FrozenRequest]:
        return [FrozenRequest({"to": r.account}, (r.id,)) for r in rows]

    box = Outbox(unit)
    made: list[Queued] = []
    for batch in box.freeze(
        channel,
        "test",
        now,
        lease=timedelta(minutes=1),
        limit=99,
        group=group,  # type: ignore[arg-type]
    ):
        assert box.called(batch.id, "test", now)
        box.settle(batch.id, "test", [Outcome(r.id, result, error) for r in batch.deliveries], now)
        made += batch.deliveries
    return made
