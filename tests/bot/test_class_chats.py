"""Chats that the app makes for classes: made when wished for, kept equal to the class."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.class_chats import ClassChats
from handlers.ways import Ways
from storage.app_chats import AppChats
from storage.tables import class_groups, people, training_classes
from tests.bot.wecom_chats import Chats
from tests.bot.worlds import World


@pytest.fixture
def chats(runner: asyncio.Runner, world: World) -> Iterator[Chats]:
    """The channel of app chats."""
    made = Chats(world)
    yield made
    runner.run(made.channel.close())


def wish(world: World) -> int:
    """An officer asks for a chat of the first class; the class's id."""
    with world.application.database.unit() as unit:
        class_id = int(unit.value(training_classes.select().order_by(training_classes.c.id)))
        person_id = int(unit.value(people.select().order_by(people.c.id)))
        assert AppChats(unit).want(class_id, "shixun1x", "一班", person_id)
    return class_id


def job(chats: Chats) -> ClassChats:
    """The periodic work, with the ways of the application."""
    application = chats.world.application
    ways: Ways = {
        **{name: each.capabilities for name, each in application.channels.items()},
        "wecom_appchat": chats.channel.capabilities,
    }
    return ClassChats(chats.channel, application.leasing, ways, application.postman.kick)


async def test_a_class_gets_its_chat_and_the_chat_its_members(chats: Chats) -> None:
    world, work = chats.world, job(chats)
    class_id = wish(world)
    await work.make()
    group = world.stage.corp.groups["shixun1x"]
    with world.application.database.unit() as unit:
        members = AppChats(unit).members(class_id)
    assert sorted(group.members) == sorted(members)
    group.members = group.members[:2]
    await work.make()
    await work.keep()
    assert sorted(group.members) == sorted(members)
    assert world.stage.fake.calls.count("appchat/create") == 1


async def test_a_chat_that_cannot_be_made_is_given_up_but_not_for_a_busy_platform(
    chats: Chats,
) -> None:
    world, work = chats.world, job(chats)
    wish(world)
    world.stage.fake.faults.fail(-1, path="appchat/create")
    await work.make()
    with world.application.database.unit() as unit:
        assert len(AppChats(unit).wanted()) == 1
    world.stage.app.visible = {"zhangwei"}
    await work.make()
    with world.application.database.unit() as unit:
        assert AppChats(unit).wanted() == ()
        assert not [row for row in unit.rows(class_groups.select()) if row.chat == "shixun1x"]
