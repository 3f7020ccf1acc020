"""Every command that takes a name takes every name: four-byte characters, dots, long ones, and
people who are called like a command. A contract over all intents, derived from the registry."""

from __future__ import annotations

import pytest

from bot.reading import intent_words
from handlers import registry
from handlers.rules.calling import called, stands
from nlp.normalise import tidy
from nlp.slots.uses import USES
from nlp.spelling import DOTS
from nlp.understanding import Understanding
from nlp.vocabulary import Name, Names, Vocabulary
from storage import person_names
from storage.person_names import spelled
from tests.nlp.vocabulary import NOW
from tests.nlp.vocabulary import reader as plain_reader

LONG = "阿卜杜热合曼·阿卜杜拉·买买提·托合提·肉孜"
FOUND = ("何𬱖", "王𬱖", "𠮷田", "阿依古丽·买买提", "买买提·阿", LONG, "张伟", "欧阳海燕")
# people may be called so; the bare word still orders
COMMANDS = ("取消", "菜单", "签到", "确认", "不是我", "绑定", "收到", "解绑")
# one message for each intent that reads a person; more where a form of its own does
SAYINGS: dict[str, tuple[str, ...]] = {
    "account.bind": ("绑定 {} K7M2P9QX", "绑定{}K7M2P9QX", "绑定 {}，K7M2P9QX"),
    "account.invite": ("绑定码 {}", "给{}发绑定码", "{}的绑定码", "补发绑定码 {}"),
    "account.unbind": ("解绑 {}", "把{}的账号解绑", "解除{}的绑定", "解绑{}的账号"),
    "session.mark": ("把{}记为迟到", "{}老师到了，补签一下"),
    "review.decide": ("同意{}的请假", "驳回{}老师的请假"),
    "credit.record": ("给{}加 2 个学时",),
    "audit.query": ("{}的学分是谁改的",),
    "class.info": ("我们班有{}吗", "{}是不是我们班的"),
}
# where the message says a name and nothing else could stand
ASKED_FOR = ("绑定 {} K7M2P9QX", "绑定码 {}", "给{}发绑定码", "把{}记为迟到", "同意{}的请假")


@pytest.fixture(scope="module")
def reader() -> Understanding:
    people = tuple(Name(each) for each in (*FOUND, *COMMANDS))
    return Understanding(Vocabulary(intent_words(), Names(people=people)))


def test_every_intent_that_reads_a_person_is_tried() -> None:
    by_form = {
        each.name for each in registry.INTENTS if any("?P<person>" in form for form in each.forms)
    }
    by_reading = {name for name, slots in USES.items() if "person" in slots}
    assert by_form | by_reading == set(SAYINGS)


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize(
    ("intent", "saying"), [(each, one) for each, all_ in SAYINGS.items() for one in all_]
)
def test_the_person_is_found(reader: Understanding, intent: str, saying: str, name: str) -> None:
    read = reader.read(saying.format(name), now=NOW, role="officer")
    assert read.slots.get("person") == name, (read.intent, read.slots)
    if intent.startswith("account."):
        assert read.intent == intent


@pytest.mark.parametrize("dot", DOTS)
def test_the_dot_may_be_typed_in_any_way(reader: Understanding, dot: str) -> None:
    for saying in (one for all_ in SAYINGS.values() for one in all_):
        read = reader.read(saying.format(f"阿依古丽{dot}买买提"), now=NOW, role="officer")
        assert read.slots.get("person") == "阿依古丽·买买提", saying


@pytest.mark.parametrize("name", COMMANDS)
def test_a_name_that_is_a_command_orders_what_it_always_did(
    reader: Understanding, name: str
) -> None:
    for word in (name, f"{name}。", f"我要{name}"):
        here = reader.read(word, now=NOW, role="officer")
        without = plain_reader().read(word, now=NOW, role="officer")
        assert (here.intent, here.slots) == (without.intent, without.slots)


@pytest.mark.parametrize("name", [each for each in COMMANDS if each != "绑定"])
@pytest.mark.parametrize("saying", ASKED_FOR)
def test_whoever_is_called_like_a_command_is_found_where_a_name_is_asked_for(
    reader: Understanding, saying: str, name: str
) -> None:
    read = reader.read(saying.format(name), now=NOW, role="officer")
    assert read.slots.get("person") == name


def test_records_and_messages_spell_alike() -> None:
    assert set(person_names.DOTS) == set(DOTS)
    for dot in DOTS:
        assert tidy(f"买买提{dot}阿") == spelled(f"买买提{dot}阿") == "买买提·阿"


@pytest.mark.parametrize("name", FOUND)
def test_a_notice_calls_them_by_name(name: str) -> None:
    assert called(f"@{name} 明天带U盘") == (f"@{name}",)
    assert stands(f"@{name}", f"请 @{name}老师 到")


def test_a_dot_typed_in_another_way_calls_them_too() -> None:
    assert called("@买买提•阿 到") == ("@买买提•阿",)
