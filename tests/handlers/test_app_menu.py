"""The menu below the chat is the registry, for everybody alike."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from handlers import registry
from handlers.app_menu import BELOW, DO, LOOK, MORE, app_menu
from handlers.contract import Asker, Intent
from handlers.permissions import Role

OURS = app_menu(registry.INTENTS)
PLAIN = Asker(channel="wecom", account="a", person_id=1, roles=frozenset({Role.TEACHER}))


def test_it_has_three_buttons_with_what_is_asked_most() -> None:
    menu = {button.title: [entry.action for entry in button.entries] for button in OURS}
    assert list(menu) == [LOOK, DO, MORE]
    assert menu[LOOK][:3] == ["credit.summary", "schedule.query", "deadline.query"]
    assert "attendance.check_in" in menu[DO]
    assert "account.bind" in menu[DO]
    assert {"menu.show", "chat.handoff"} <= set(menu[MORE])


def test_everything_in_it_is_built_and_allowed_to_everybody_who_is_bound() -> None:
    for button in OURS:
        assert 1 <= len(button.entries) <= BELOW
        for entry in button.entries:
            intent = registry.BY_NAME[entry.action]
            assert intent.handle is not None
            assert registry.may(PLAIN, intent)
            assert entry.title == intent.title


def test_nothing_stands_in_it_twice() -> None:
    actions = [entry.action for button in OURS for entry in button.entries]
    assert len(set(actions)) == len(actions)


@given(st.lists(st.sampled_from(registry.INTENTS), unique_by=lambda each: each.name))
def test_of_any_registry_a_menu_can_be_made(intents: list[Intent]) -> None:
    made = app_menu(intents)
    names = [each.name for each in intents]
    assert len(made) <= 3
    for button in made:
        assert 1 <= len(button.entries) <= BELOW
        assert all(entry.action in names for entry in button.entries)


def test_what_is_not_built_stands_nowhere() -> None:
    assert app_menu([replace(each, handle=None) for each in registry.INTENTS]) == ()
