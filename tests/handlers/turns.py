"""A small invented office in a real database, and turns of its people, for handler tests."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select

from handlers import registry
from handlers.contract import SHANGHAI, Asker, Intent, OfficeFacts, Place, Received, Turn
from handlers.gate import identify, scope_of
from handlers.permissions import permissions_of
from handlers.reply import Action, Reply
from handlers.slots import Slots, SlotValue
from handlers.ways import Capabilities
from storage.accounts import Account, Accounts
from storage.senders import Senders
from storage.tables import (
    accounts,
    enrolments,
    organisations,
    people,
    programmes,
    roles,
    sessions,
    training_classes,
)
from storage.unit import Unit

MONDAY = datetime(2021, 7, 12, 8, 25, tzinfo=SHANGHAI)
# the one way to people that the invented office has; tests of several bring their own
WECOM = Capabilities(
    push=True,
    groups=False,
    buttons=6,
    text_bytes=2048,
    files=True,
    recipients=1000,
    title="企业微信应用",
    realm="wecom",
    recall=timedelta(hours=24),
    per_minute=10_000,
    per_receiver=30,
)
OFFICE = OfficeFacts(name="云溪县师训股", contact="0731-0000000", ways={"wecom": WECOM})

# numbered from 1 in an empty database, by the order in which they are written
_ORGANISATIONS = (
    (1, None, "云溪县教育局", "county", "/1/"),
    (2, 1, "城关片区", "district", "/1/2/"),
    (3, 2, "城关小学", "school", "/1/2/3/"),
    (4, 2, "城东中学", "school", "/1/2/4/"),
    (5, 1, "湘江师训中心", "institution", "/1/5/"),
)
_PEOPLE = (
    (1, "10001", "张伟", 3, ("teacher",)),
    (2, "10002", "李娜", 3, ("teacher",)),
    (3, "10003", "王芳", 4, ("teacher",)),
    (4, "10004", "周明", 4, ("teacher", "class_tutor")),
    (5, "10005", "孙丽", 3, ("school_admin",)),
    (6, "10006", "李国强", 1, ("county_admin",)),
    (7, "10007", "何静", 4, ("teacher",)),
    (8, "10008", "钱进", 5, ("provider",)),
    (9, "10009", "吴军", 4, ("school_admin",)),
)
_UNBOUND = ("何静",)


def seed_people(unit: Unit) -> None:
    """Organisations, people with roles, and a WeCom account for everybody but 何静."""
    unit.run(
        insert(organisations),
        [
            {"parent_id": parent, "name": name, "kind": kind, "path": path, "aliases": []}
            for _, parent, name, kind, path in _ORGANISATIONS
        ],
    )
    unit.run(
        insert(people),
        [
            {
                "staff_number": number,
                "name": name,
                "organisation_id": organisation,
                "school_stage": "primary",
                "subject": "语文",
                "status": "active",
                "joined_on": date(2010, 9, 1),
            }
            for _, number, name, organisation, _ in _PEOPLE
        ],
    )
    unit.run(
        insert(roles),
        [
            {"person_id": i, "role": role, "organisation_id": organisation}
            for i, _, _, organisation, held in _PEOPLE
            for role in held
        ],
    )
    unit.run(
        insert(accounts),
        [
            {"channel": "wecom", "account": number, "person_id": i, "bound_at": MONDAY}
            for i, number, name, _, _ in _PEOPLE
            if name not in _UNBOUND
        ],
    )


def seed_class(
    unit: Unit,
    name: str = "信息技术1班",
    *,
    programme: str = "信息技术应用能力提升",
    members: Mapping[str, str] | None = None,
) -> int:
    """A programme with one class; members: name → role of the enrolment. The class's id."""
    programme_id = unit.add(
        insert(programmes),
        {
            "year": 2021,
            "seq": "1",
            "name": programme,
            "topic": "教育信息化",
            "sponsor_unit": "云溪县教育局",
            "level": "county",
            "document": "",
            "aliases": [],
        },
    )
    class_id = unit.add(insert(training_classes), {"programme_id": programme_id, "name": name})
    chosen = members or {"张伟": "trainee", "李娜": "trainee", "周明": "class_tutor"}
    for member, role in chosen.items():
        unit.add(
            insert(enrolments),
            {"training_class_id": class_id, "person_id": person_id(unit, member), "role": role},
        )
    return class_id


def seed_session(
    unit: Unit, class_id: int, starts_at: datetime, *, hours: float = 3, topic: str = "数据素养"
) -> int:
    """One session of a class; its id."""
    return unit.add(
        insert(sessions),
        {
            "training_class_id": class_id,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=hours),
            "place": "教师进修学校机房",
            "topic": topic,
            "lecturer": "赵老师",
            "check_out": False,
        },
    )


def person_id(unit: Unit, name: str) -> int:
    """The id of somebody of the invented office."""
    return int(unit.value(select(people.c.id).where(people.c.name == name)))


def asker(unit: Unit, name: str | None, *, account: str = "stranger") -> Asker:
    """Somebody of the office as the gate introduces them; None: a guest."""
    if name is not None:
        person = person_id(unit, name)
        (account, *_) = (each.account for each in _bound(unit, person))
    return identify(unit, Senders(unit).of("wecom", account, MONDAY), "wecom", account)


def _bound(unit: Unit, person: int) -> tuple[Account, ...]:
    """A person's WeCom accounts, of which a test that speaks as them needs one."""
    held = Accounts(unit)
    if not any(each.channel == "wecom" for each in held.of_person(person)):
        held.bind("wecom", f"account-{person}", person, MONDAY)
    return tuple(each for each in held.of_person(person) if each.channel == "wecom")


def turn(
    unit: Unit,
    name: str | None,
    intent: Intent | str,
    text: str = "",
    *,
    now: datetime = MONDAY,
    account: str = "stranger",
    place: Place | None = None,
    chance: random.Random | None = None,
    file: Received | None = None,
    **slots: SlotValue,
) -> Turn:
    """A message of one person with its slots."""
    who = asker(unit, name, account=account)
    declared = registry.BY_NAME[intent if isinstance(intent, str) else intent.name]
    return Turn(
        unit=unit,
        now=now,
        asker=who,
        scope=scope_of(who, declared),
        place=place or Place(),
        intent=declared.name,
        slots=Slots(slots),
        text=text,
        office=OFFICE,
        chance=chance or random.Random(7),
        file=file,
    )


def ask(
    unit: Unit, name: str | None, intent: Intent, /, *, now: datetime = MONDAY, **slots: SlotValue
) -> Reply:
    """What the intent's handler answers to a person's message with these slots."""
    assert intent.handle is not None
    return intent.handle(replace(turn(unit, name, intent, now=now), slots=Slots(slots)))


def allowed(unit: Unit, name: str | None, intent: Intent) -> bool:
    """What the gate says to this person about this intent."""
    return intent.permission in permissions_of(asker(unit, name).roles)


def press(
    unit: Unit, name: str | None, intents: tuple[Intent, ...], action: Action, **more: object
) -> Reply:
    """Press a button: its action's handler, from among `intents`, with the action's slots."""
    chosen = next(item for item in intents if item.name == action.intent)
    assert chosen.handle is not None
    return chosen.handle(turn(unit, name, chosen, **dict(action.slots), **more))  # type: ignore[arg-type]


def seen(reply: Reply) -> str:
    """All words that a person sees of a reply."""
    words = [reply.text]
    if reply.card is not None:
        words += [reply.card.title, reply.card.description]
        words += [f"{label} {value}" for label, value in reply.card.facts]
        words += [choice.label for choice in reply.card.choices]
    return "\n".join(words)
