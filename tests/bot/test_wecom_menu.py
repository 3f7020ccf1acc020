"""The menu below the chat: out of the registry, within the limits, made only where it differs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom import app as wecom_app
from bot.channels.wecom import menu
from handlers import registry
from handlers.app_menu import Button, Entry, app_menu
from simulator.common.acting import NotOnScreenError
from simulator.wecom.directory import create_menu
from simulator.wecom.state import App
from tests.bot.wecom_app_stage import app_stage
from tests.bot.worlds import World

OURS = app_menu(registry.INTENTS)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MENUS = st.lists(
    st.builds(
        Button,
        WORDS,
        st.lists(st.builds(Entry, WORDS, st.text("abc._?=%", max_size=200)), max_size=8).map(tuple),
    ),
    max_size=6,
).map(tuple)


@given(MENUS)
def test_whatever_is_drawn_keeps_to_the_limits(buttons: tuple[Button, ...]) -> None:
    """wecom.md 2.9, in bytes; the platform itself is asked too."""
    drawn = menu.draw(buttons)
    assert len(drawn["button"]) <= menu.BUTTONS
    for button in drawn["button"]:
        assert 0 < len(button["name"].encode()) <= menu.NAME_BYTES
        assert 1 <= len(button["sub_button"]) <= menu.BELOW
        for entry in button["sub_button"]:
            assert 0 < len(entry["name"].encode()) <= menu.BELOW_NAME_BYTES
            assert 0 < len(entry["key"].encode()) <= menu.KEY_BYTES
    if drawn["button"]:
        create_menu(App(1, "助手", "s", "t", "k", ""), drawn)


def test_ours_is_drawn_whole() -> None:
    drawn = menu.draw(OURS)
    told = [(b["name"], [e["name"] for e in b["sub_button"]]) for b in drawn["button"]]
    assert told == [(b.title, [e.title for e in b.entries]) for b in OURS]


def test_what_the_platform_adds_makes_no_difference() -> None:
    drawn = menu.draw(OURS)
    told: dict[str, Any] = {"errcode": 0, "errmsg": "ok", "button": []}
    for button in drawn["button"]:
        below = [{**entry, "sub_button": [], "url": ""} for entry in button["sub_button"]]
        told["button"].append({"type": "", "key": "", **button, "sub_button": below})
    assert menu.same(told, drawn)
    told["button"][0]["sub_button"][0]["key"] = "other"
    assert not menu.same(told, drawn)
    for odd in ({}, {"button": None}, {"button": [None, 1]}, {"button": "x"}):
        assert not menu.same(odd, drawn)


@pytest.fixture
def bare(world: World) -> World:
    """An app that has no menu, as on its first day."""
    world.stage.app.menu = []
    return world


async def test_the_application_makes_it_at_start(world: World) -> None:
    assert world.stage.app.menu == menu.draw(OURS)["button"]
    assert world.stage.fake.calls.count("menu/create") == 1


async def test_it_is_made_at_start_and_then_left_alone(bare: World) -> None:
    fake, app = bare.stage.fake, bare.stage.app
    before = fake.calls.count("menu/create")
    async with app_stage(bare) as stage:
        await stage.channel.quiet()
        assert app.menu == menu.draw(OURS)["button"]
        assert fake.calls.count("menu/create") == before + 1
        assert "menu" not in await stage.channel.notes()
    async with app_stage(bare) as stage:
        await stage.channel.quiet()
        assert fake.calls.count("menu/create") == before + 1
        app.menu[0]["name"] = "改过的"
        await stage.channel.start()
        await stage.channel.quiet()
        assert fake.calls.count("menu/create") == before + 2


async def test_every_entry_can_be_tapped_by_everybody(world: World) -> None:
    async with app_stage(world) as stage:
        await stage.channel.quiet()
        for button in OURS:
            for entry in button.entries:
                for account in ("zhangwei", "newcomer1"):
                    before = len(world.words(account))
                    delivery = await world.stage.fake.click_menu(account, entry.action)
                    await world.quiet()
                    assert delivery.ok
                    assert len(world.words(account)) > before, (entry, account)
        with pytest.raises(NotOnScreenError):
            await world.stage.fake.click_menu("zhangwei", "nothing.here")


@pytest.mark.parametrize("path", ["menu/get", "menu/create"])
@pytest.mark.parametrize("code", [48002, 301002, -1])
async def test_a_menu_that_cannot_be_made_is_noted_and_stops_nothing(
    bare: World, path: str, code: int, log_lines: list[str]
) -> None:
    bare.stage.fake.faults.fail(code, path=path)
    async with app_stage(bare) as stage:
        await stage.channel.quiet()
        assert str(code) in (await stage.channel.notes())["menu"]
        assert [line for line in log_lines if "menu not made" in line]
        assert stage.channel.problem() == ""
        await bare.say("zhangwei", "我的学分")
        assert "62 学分" in bare.words("zhangwei")[-1]
        await stage.channel.start()
        await stage.channel.quiet()
        assert "menu" not in await stage.channel.notes()


async def test_closing_does_not_wait_for_a_platform_that_is_silent(world: World) -> None:
    fake = world.stage.fake
    fake.faults.stalls, fake.faults.stall_path = 1, "menu/get"
    loop = asyncio.get_running_loop()
    async with app_stage(world):
        await asyncio.sleep(0.2)
        begun = loop.time()
    assert loop.time() - begun < 2


async def test_a_platform_that_was_not_there_at_start_gets_it_later(
    bare: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wecom_app, "MENU_AGAIN", 0.05)
    bare.stage.fake.faults.fail(-1, 2, path="menu/get")
    async with app_stage(bare) as stage:
        async with asyncio.timeout(5):
            while not bare.stage.app.menu:  # noqa: ASYNC110 - polling is an onlooker's way
                await asyncio.sleep(0.02)
        await stage.channel.quiet()
        assert "menu" not in await stage.channel.notes()
