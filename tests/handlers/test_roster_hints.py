"""What an officer is told of the directory's changes, and who is told what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.reply import Reply
from handlers.roster_hints import INTENTS, MOST_SHOWN
from storage.roster_hints import HintKind, RosterHints
from storage.scope import EVERYTHING
from storage.unit import Unit
from tests.handlers import turns
from tests.handlers.turns import MONDAY

SHOW, DONE = INTENTS


def ask(unit: Unit, name: str) -> Reply:
    """The list, as somebody sees it."""
    return turns.ask(unit, name, SHOW)


def settle(unit: Unit, name: str, since: str = "", until: str = "") -> Reply:
    """Say that it is dealt with."""
    return turns.ask(unit, name, DONE, since=since, until=until)


@pytest.fixture
def hints(unit: Unit) -> RosterHints:
    """An office without hints."""
    turns.seed_people(unit)
    return RosterHints(unit)


def test_without_changes_that_is_said(unit: Unit, hints: RosterHints) -> None:
    assert "没有" in ask(unit, "李国强").text
    assert "没有要处理" in settle(unit, "李国强").text
    assert hints.count(EVERYTHING) == 0


WORDS = [
    (HintKind.CREATED, "new", {"name": "何静"}, ["新增成员 何静", "同名", "城东中学"]),
    (HintKind.CREATED, "new", {"name": "赵敏"}, ["新增成员 赵敏", "名册上没有"]),
    (HintKind.CREATED, "new", {}, ["新增成员 new", "还没有绑定"]),
    (HintKind.CREATED, "10001", {}, ["已经绑定 张伟"]),
    (HintKind.DEPARTMENTS, "10001", {"departments": "3,7"}, ["张伟", "城关小学", "3、7"]),
    (HintKind.DELETED, "10001", {}, ["张伟", "已从通讯录删除", "还在职", "发不到"]),
    (HintKind.HIDDEN, "10001", {}, ["张伟", "可见范围", "发不到"]),
    (HintKind.REUSED, "old", {"name": "张薇"}, ["删除后又新建", "张薇", "重新绑定"]),
    (HintKind.PARTY_CREATED, "", {"id": "4", "name": "夜班组"}, ["新增部门「夜班组」", "4"]),
    (HintKind.PARTY_CHANGED, "", {"id": "4", "name": "早班组"}, ["改名为「早班组」"]),
    (HintKind.PARTY_CHANGED, "", {"id": "4", "parent": "2"}, ["换了上级部门"]),
    (HintKind.PARTY_DELETED, "", {"id": "4"}, ["删除了部门", "4"]),
]


@pytest.mark.parametrize(("kind", "account", "detail", "words"), WORDS, ids=range(len(WORDS)))
def test_each_change_is_told_in_words(
    unit: Unit,
    hints: RosterHints,
    kind: HintKind,
    account: str,
    detail: dict[str, str],
    words: list[str],
) -> None:
    hints.add(kind, "wecom", account, MONDAY, detail=detail)
    reply = ask(unit, "李国强")
    assert [word for word in words if word not in reply.text] == []
    assert reply.audit == {"count": 1}


def test_a_renamed_account_is_told_with_its_person(unit: Unit, hints: RosterHints) -> None:
    hints.add(HintKind.RENAMED, "wecom", "zw", MONDAY, new_account="10001")
    hints.add(HintKind.RENAMED, "wecom", "nobody", MONDAY, new_account="nobody2")
    hints.add(HintKind.RENAME_TAKEN, "wecom", "10001", MONDAY, new_account="10002")
    text = ask(unit, "李国强").text
    assert "张伟（城关小学），账号 zw 改成了 10001" in text
    assert "账号 nobody 改成了 nobody2" in text
    assert "10001 改成了 10002，但这个新账号已经绑定了别人" in text


def test_a_school_sees_its_own_people_only(unit: Unit, hints: RosterHints) -> None:
    hints.add(HintKind.DELETED, "wecom", "10001", MONDAY)
    hints.add(HintKind.DELETED, "wecom", "10003", MONDAY)
    hints.add(HintKind.CREATED, "wecom", "new", MONDAY, detail={"name": "赵敏"})
    own = ask(unit, "孙丽").text
    assert "张伟" in own
    assert "王芳" not in own
    assert "赵敏" not in own
    assert "1 条" in settle(unit, "孙丽").text
    assert hints.count(EVERYTHING) == 2
    settle(unit, "吴军", since="1", until="99")
    assert hints.count(EVERYTHING) == 1, "the new member is nobody's yet"
    assert "赵敏" in ask(unit, "李国强").text


def test_the_button_deals_with_what_was_listed_and_nothing_newer(
    unit: Unit, hints: RosterHints
) -> None:
    for number in range(MOST_SHOWN + 5):
        hints.add(HintKind.PARTY_DELETED, "wecom", "", MONDAY, detail={"id": str(number)})
    reply = ask(unit, "李国强")
    assert f"{MOST_SHOWN + 5} 条" in reply.text
    assert reply.card is not None
    slots = dict(reply.card.choices[0].action.slots)
    hints.add(HintKind.PARTY_DELETED, "wecom", "", MONDAY + timedelta(1), detail={"id": "99"})
    told = settle(unit, "李国强", **slots)
    assert f"{MOST_SHOWN} 条已标为处理完" in told.text
    assert "还有 6 条" in told.text
    assert "99" in ask(unit, "李国强").text
    assert "没有要处理" in settle(unit, "李国强", **slots).text, "pressed twice"


@pytest.mark.parametrize("odd", ["9" * 30, "²", "-1", "x", ""])
def test_a_number_that_nobody_made_is_harmless(unit: Unit, hints: RosterHints, odd: str) -> None:
    hints.add(HintKind.DELETED, "wecom", "10001", MONDAY)
    assert settle(unit, "李国强", since=odd, until=odd).text


def test_nothing_of_it_changes_the_roster(unit: Unit, hints: RosterHints) -> None:
    hints.add(HintKind.DELETED, "wecom", "10001", MONDAY)
    ask(unit, "李国强")
    settle(unit, "李国强")
    assert turns.asker(unit, "张伟").name == "张伟"
