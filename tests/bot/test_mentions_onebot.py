"""@ in a notice for a QQ group: from the officer's words to the segments that members see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from bot.channels.onebot.messages import parts
from handlers.reply import Mention, Reply
from simulator.onebot import Role
from storage.groups import Groups
from tests.bot.onebot_partner import TIMED_OUT, failed
from tests.bot.onebot_talk import talking
from tests.bot.test_onebot_office import REALM, Office, open_office
from tests.simulator.onebot_scene import BOT, CHEN, GROUP, LI, STRANGER, ZHANG

HEAD = "在信息技术1班群里通知："
CALLED = Reply(
    "@所有人 @张伟 @李娜 [CQ:at,qq=all] @张伟东 到",
    mentions=(
        Mention("@张伟", (("wecom", "zw"), ("onebot", "20001"))),
        Mention("@李娜", (("onebot", "20002"),)),
        Mention("@王芳", (("wecom", "wf"),)),
        Mention("@所有人", everybody=True),
    ),
)


@pytest.fixture
def office(runner: asyncio.Runner, office_url: str) -> Iterator[Office]:
    """The demo office on QQ."""
    exits = AsyncExitStack()
    runner.run(exits.__aenter__())
    try:
        made = runner.run(open_office(exits, office_url))
        with made.application.database.unit() as unit:
            groups = Groups(unit)
            number = groups.class_of(REALM, str(GROUP))
            assert number is not None
            # the list of classes names a group in which nobody has let the account
            for channel, chat, _ in groups.of_class(number):
                if chat != str(GROUP):
                    groups.unbind(number, channel, chat)
        yield made
    finally:
        runner.run(exits.aclose())


async def published(office: Office, body: str) -> str:
    """A notice for the group, from the officer's words to its confirmation; the preview."""
    (shown,) = await office.say(CHEN, HEAD + body)
    (sent,) = await office.say(CHEN, "确认发送")
    assert "已批准" in sent
    return shown


def called(office: Office) -> list[list[str]]:
    """Whom each message of ours in the group calls."""
    said = office.fake.platform.world.messages.values()
    return [each.mentions for each in said if each.group == GROUP and each.sender == BOT]


async def test_members_are_called_by_their_numbers(office: Office) -> None:
    shown = await published(office, "@张伟 @李娜 明天带U盘")
    assert "会 @ 到本人：@张伟、@李娜" in shown
    assert called(office) == [[str(ZHANG), str(LI)]]
    (words,) = office.read(LI, chat=GROUP)
    assert "@张伟" in words
    assert "@李娜" in words
    assert "明天带U盘" in words


async def test_who_has_left_the_group_is_only_named(office: Office) -> None:
    await office.fake.leave(str(LI), str(GROUP))
    await office.quiet()
    await published(office, "@张伟 @李娜 明天带U盘")
    assert called(office) == [[str(ZHANG)]]
    assert "@李娜" in office.read(ZHANG, chat=GROUP)[0]


async def test_everybody_is_called_where_the_account_may(office: Office) -> None:
    shown = await published(office, "@所有人明天停课")
    assert "会 @所有人（平台不允许时按文字显示）" in shown
    assert called(office) == [["all"]]


async def test_where_it_may_not_everybody_is_only_named(office: Office) -> None:
    group = office.fake.platform.world.groups[GROUP]
    group.members[BOT].role = Role.MEMBER
    office.fake.faults.at_all_times_out = True
    await published(office, "@所有人 明天停课")
    assert called(office) == [[]]
    assert "@所有人 明天停课" in office.read(ZHANG, chat=GROUP)[0]


@pytest.mark.parametrize("mark", ["[CQ:at,qq=all]", "<@all>", f"[CQ:at,qq={STRANGER}]"])
async def test_what_looks_like_a_code_calls_nobody(office: Office, mark: str) -> None:
    shown = await published(office, f"{mark} 明天停课")
    assert "· " not in shown
    assert called(office) == [[]]
    assert mark in office.read(ZHANG, chat=GROUP)[0]


def test_only_a_group_is_called() -> None:
    assert parts(CALLED) == [{"text": CALLED.text}]
    assert parts(CALLED, (), "700") == [
        {"text": CALLED.text, "calls": {"@张伟": "20001", "@李娜": "20002", "@所有人": "all"}}
    ]
    odd = Reply("@张伟 到", mentions=(Mention("@张伟", (("onebot", "1] [CQ:at"),)),))
    assert parts(odd, (), "700") == [{"text": "@张伟 到"}]


async def test_everybody_is_asked_for_and_others_looked_up() -> None:
    async with talking() as talk:
        left = {"remain_at_all_count_for_group": 3, "remain_at_all_count_for_uin": 1}
        talk.partner.facts["get_group_at_all_remain"] = {"can_at_all": True, **left}
        talk.partner.facts["get_group_member_list"] = [{"user_id": 20001}, {"user_id": 20003}]
        await talk.send(CALLED, "700", group=True)
        (send,) = talk.partner.sends()
        assert send["message"] == [
            {"type": "at", "data": {"qq": "all"}},
            {"type": "text", "data": {"text": " "}},
            {"type": "at", "data": {"qq": "20001"}},
            {"type": "text", "data": {"text": " @李娜 [CQ:at,qq=all] @张伟东 到"}},
        ]


@pytest.mark.parametrize(
    "answer",
    [
        {"can_at_all": False, "remain_at_all_count_for_group": 3},
        {"can_at_all": True, "remain_at_all_count_for_group": 3, "remain_at_all_count_for_uin": 0},
        {"can_at_all": True},
        None,
    ],
)
async def test_without_the_right_everybody_stays_words(answer: dict[str, object] | None) -> None:
    async with talking() as talk:
        talk.partner.facts["get_group_at_all_remain"] = answer
        await talk.send(CALLED, "700", group=True)
        (send,) = talk.partner.sends()
        assert send["message"] == [{"type": "text", "data": {"text": CALLED.text}}]


async def test_what_is_not_answered_stays_words() -> None:
    async with talking() as talk:
        for action in ("get_group_at_all_remain", "get_group_member_list"):
            talk.partner.plan(action, failed(1404), TIMED_OUT, None)
        for _ in range(3):
            await talk.send(CALLED, "700", group=True)
        assert talk.partner.words() == [CALLED.text] * 3
