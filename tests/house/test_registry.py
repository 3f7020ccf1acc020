"""What every intent keeps to, whoever declares it: derived from the registry, never listed."""

from __future__ import annotations

import random
import re
import time
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from bot.answer import House, answer
from bot.channels.base import Incoming
from bot.reading import intent_words
from handlers import registry
from handlers.contract import Asker, Intent, OfficeFacts, Privacy
from handlers.permissions import GRANTS, Permission, Role
from handlers.reply import Reply
from handlers.rules.masking import Masker
from nlp.understanding import Understanding
from nlp.vocabulary import Vocabulary
from storage import schema
from storage.database import Database
from storage.tables import deliveries
from tests.handlers import turns

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BY_NAME = pytest.mark.parametrize("intent", registry.INTENTS, ids=lambda intent: intent.name)


# What the page names and nothing here can do or understand yet. Whoever builds one strikes it out.
TO_COME = frozenset(
    {
        "record.dispute",
        "ticket.list",
        "ticket.answer",
        "submission.done",
        "submission.pending",
        "application.withdraw",
        "enrolment.select",
        "enrolment.object",
        "enrolment.answer",
        "certificate.issue",
        "certificate.verify",
        "class.close",
        "integrity.query",
        "integrity.decide",
        "document.propose",
        "rules.query",
        "readiness.show",
    }
)


def pages_intents(shared: Path) -> list[str]:
    """The names of the table of nlu/intents.md."""
    text = (shared / "nlu" / "intents.md").read_text(encoding="utf-8")
    table = text.partition("## Intents")[2].partition("## ")[0]
    return re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE)


def test_every_intent_of_the_page_is_declared_exactly_once(shared: Path) -> None:
    wanted = pages_intents(shared)
    assert len(wanted) > 50
    declared = [intent.name for intent in registry.INTENTS]
    assert {each for each in wanted if declared.count(each) != 1} <= TO_COME
    assert not TO_COME.intersection(declared), "built: strike it out"


def test_every_topic_is_held_to_be_independent() -> None:
    """A new topic must be added to the contract of pyproject.toml that keeps topics apart."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (apart,) = (each["modules"] for each in contracts if each["name"].startswith("Topics do not"))
    declaring = {
        f"handlers.{path.stem}"
        for path in (ROOT / "handlers").glob("*.py")
        if re.search(r"^INTENTS\b", path.read_text(encoding="utf-8"), re.MULTILINE)
        and path.stem != "registry"
    }
    assert set(apart) == declaring


# Roles are facts there: in which words somebody is read, what a deadline is addressed to, what one
# is called. What somebody may is asked of permissions, whom they may see of a scope.
ROLES_AS_FACTS = {"account", "contract", "deadline", "gate", "questions", "registry"}


def test_no_handler_asks_for_a_role() -> None:
    asking = {
        path.stem
        for path in (ROOT / "handlers").rglob("*.py")
        if re.search(r"asker\.roles\b", path.read_text(encoding="utf-8"))
    }
    assert asking <= ROLES_AS_FACTS


# -- the declaration ------------------------------------------------------------------------------


@BY_NAME
def test_the_declaration_is_whole(intent: Intent) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?", intent.name)
    assert CHINESE.search(intent.title)
    assert 2 <= len(intent.title) <= 10, "it must fit a button of a card"
    assert CHINESE.search(intent.help)
    assert len(intent.help) <= 40, "one line of the menu"
    assert not intent.help.endswith(("。", "！"))
    assert isinstance(intent.permission, Permission)
    assert isinstance(intent.privacy, Privacy)
    assert any(intent.permission in granted for granted in GRANTS.values())
    if intent.in_menu:
        assert intent.handle is not None, "the menu offers only what can be done"


@BY_NAME
def test_it_can_be_reached_by_words(intent: Intent) -> None:
    if intent.name == "fallback":
        assert not intent.keywords
        assert not intent.forms
    elif intent.exact_only:
        assert intent.handle is not None
    else:
        assert intent.keywords
    for keyword in intent.keywords:
        assert keyword == keyword.strip()
        assert len(keyword) >= 2 or not CHINESE.search(keyword)
    assert len(set(intent.keywords)) == len(intent.keywords)


def test_titles_are_told_apart() -> None:
    titles = [intent.title for intent in registry.INTENTS]
    assert len(set(titles)) == len(titles)


def test_keywords_belong_to_one_intent() -> None:
    owners: dict[str, list[str]] = {}
    for intent in registry.INTENTS:
        for keyword in intent.keywords:
            owners.setdefault(keyword, []).append(intent.name)
    assert not {word: names for word, names in owners.items() if len(names) > 1}


@BY_NAME
def test_its_forms_compile_and_never_run_away(intent: Intent) -> None:
    """A message of 2,000 characters costs a form milliseconds, whatever it holds."""
    bait = ("a", "1", "签到", "我", " ", "绑定 ", "，", "通知", "1a签 ", "-", "到到到，")
    for form in intent.forms:
        pattern = re.compile(form)
        for piece in bait:
            text = (piece * 2000)[:2000] + "!"
            begun = time.perf_counter()
            pattern.fullmatch(text)
            pattern.search(text)
            assert time.perf_counter() - begun < 0.5, (form, piece)


# -- through the gate -----------------------------------------------------------------------------

ROLES = {
    None: "guest",
    "张伟": "teacher",
    "周明": "class tutor",
    "钱进": "provider",
    "孙丽": "school admin",
    "李国强": "county admin",
}


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    """The real one, without an office's names."""
    return Understanding(Vocabulary(intent_words()))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """People with roles, and nothing else: no class, no programme, no credit entry."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('registry') / 'office.sqlite'}")
    schema.upgrade(database)
    with database.unit() as unit:
        turns.seed_people(unit)
    return database


def ask(
    database: Database,
    understanding: Understanding,
    name: str | None,
    *,
    button: str | None = None,
    text: str = "",
    group: str | None = None,
) -> tuple[Reply | None, list[str]]:
    """The reply in the answer and the texts that were queued; everything is undone after."""
    house = House(
        understanding=lambda: understanding,
        office=OfficeFacts(),
        chance=random.Random(7),
        at_once={"wecom": lambda _reply: True},
        masked=Masker().masked,
    )
    unit = database.open_unit()
    try:
        account = "stranger" if name is None else turns.asker(unit, name).account
        incoming = Incoming(
            channel="wecom",
            realm="wecom",
            account=account,
            message_id="m1",
            at=turns.MONDAY,
            text=text,
            button=button,
            group=group,
            push_channel="wecom",
        )
        now = turns.MONDAY + timedelta(minutes=1)
        made = answer(incoming, unit=unit, house=house, now=now, turn_id="0" * 8)
        return made.reply, [row.body["text"] for row in unit.rows(deliveries.select())]
    finally:
        unit.release(keep=False)


def words(reply: Reply | None) -> str:
    """What is seen of a reply."""
    return "" if reply is None else turns.seen(reply)


@BY_NAME
@pytest.mark.parametrize("name", ROLES, ids=ROLES.values())
def test_everybody_gets_a_polite_answer_everywhere(
    office: Database, understanding: Understanding, intent: Intent, name: str | None
) -> None:
    reply, _ = ask(office, understanding, name, button=intent.name)
    said = words(reply)
    assert said.strip(), "something is said"
    assert CHINESE.search(said)
    with office.unit() as unit:
        asker = turns.asker(unit, name)
    allowed = registry.may(asker, intent)
    bound_may_bind = intent.permission is Permission.ACCOUNT_BIND and name is not None
    if not allowed and not bound_may_bind:
        assert reply is not None
        assert reply.refused
        assert reply.card is None
        assert not reply.files
    here, queued = ask(office, understanding, name, button=intent.name, group="wr-1")
    assert words(here).strip(), "the group hears something"
    if intent.privacy is Privacy.PERSONAL:
        assert reply is not None
        assert words(here) in (reply.in_group, "请先私聊我，按提示绑定身份后再查询。")
        assert name is None or len(queued) == 1
    else:
        assert not queued or not words(here)


@BY_NAME
def test_a_guest_never_gets_data(
    office: Database, understanding: Understanding, intent: Intent
) -> None:
    with office.unit() as unit:
        names = [turns.asker(unit, each).name for each in ROLES if each]
        numbers = [turns.asker(unit, each).staff_number for each in ROLES if each]
    for keyword in ("", *intent.keywords[:3]):
        button = None if keyword else intent.name
        reply, queued = ask(office, understanding, None, button=button, text=keyword)
        said = words(reply) + "".join(queued)
        # the one name in the explanation of binding is made up and known to everybody
        said = said.replace("绑定 张伟 K7M2P9QX", "")
        assert not [each for each in (*names, *numbers) if each in said], said


@pytest.mark.parametrize("role", Role)
def test_the_menu_is_what_the_gate_allows(role: Role) -> None:
    asker = Asker(channel="wecom", account="a", person_id=1, roles=frozenset({role}))
    assert [i.name for i in registry.allowed(asker)] == [
        i.name for i in registry.INTENTS if registry.may(asker, i)
    ]


@pytest.mark.parametrize(
    "button", ["", "?", "nothing.here", "credit.summary?year=x&year=y", "a" * 999]
)
def test_a_button_that_nobody_made_is_harmless(
    office: Database, understanding: Understanding, button: str
) -> None:
    reply, _ = ask(office, understanding, "张伟", button=button)
    assert words(reply)
