"""What the bot hears and how it behaves: private chats, groups, presses, coming and going."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.channels.base import FileRefusedError, Incoming, Noted
from bot.channels.qq.ears import FRIEND_LEFT, GROUP_LEFT, ONLY_WORDS, REJECTED
from handlers.reply import Reply
from handlers.ways import GROUP as IN_GROUP
from handlers.ways import PRIVATE
from simulator.qq.records import Hears
from tests.bot.qq_world import APPID, GROUP, NAME, NOTICE, QQWorld, qq_world, until

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


async def silent(world: QQWorld) -> None:
    """Nothing was handed on, said or kept."""
    await world.quiet()
    assert not world.office.heard
    assert world.calls() == 0


# -- who and where ------------------------------------------------------------------------------


async def test_a_private_message_is_somebodys_of_the_bot() -> None:
    async with qq_world() as world:
        heard = await world.say("  我的学分 ")
        assert heard.text == "我的学分"
        assert (heard.channel, heard.realm, heard.account) == ("qq", "qq", world.user)
        assert heard.group is None
        assert (heard.reply_to, heard.reply_is_event) == (heard.message_id, False)
        assert heard.push_channel == "qq"


async def test_in_a_group_a_person_is_another_one_in_each_group() -> None:
    async with qq_world() as world:
        world.fake.add_group("语文2班", ["zhangwei", "lina"], chat="group2", proactive=True)
        first = await world.say("明天几点", GROUP)
        second = await world.say("明天几点", "group2")
        assert first.realm == second.realm == "qq_group"
        assert first.account == f"{world.group}:{world.fake.member_openid('zhangwei', GROUP)}"
        assert first.account != second.account
        assert (first.group, first.text) == (world.group, "明天几点")
        # there is no way from a group's member to the person: nothing personal can be pushed
        assert first.push_channel == ""


async def test_ids_keep_their_letters() -> None:
    async with qq_world() as world:
        account = (await world.say("你好")).account
        assert account != account.casefold()


# -- groups that are heard whole ----------------------------------------------------------------


@pytest.mark.parametrize("hears", [Hears.MENTION, Hears.ALL])
@pytest.mark.parametrize("said", ["明天几点", f"@{NAME} 明天几点"])
async def test_a_mention_is_heard_under_both_names_of_the_event(hears: Hears, said: str) -> None:
    async with qq_world() as world:
        world.fake.set_hears(GROUP, hears)
        assert (await world.say(said, GROUP)).text == "明天几点"
        assert world.words("lina") == ["好的"]


async def test_where_it_hears_everything_it_is_silent() -> None:
    async with qq_world() as world:
        world.fake.set_hears(GROUP, Hears.ALL)
        for said in ("明天几点集合？", "@李娜 你知道吗", "@全体成员 通知", "我的学分", "7K3M"):
            await world.fake.say("zhangwei", said, GROUP, mention=False)
        await world.fake.send_file("zhangwei", "教案.xlsx", b"PK\x03\x04", GROUP)
        await world.fake.send_file("zhangwei", "照片.png", PNG, GROUP)
        await world.fake.speak("zhangwei", "我的学分", GROUP)
        await silent(world)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("签到 7K3M", "签到 7K3M"),
        ("收到", "收到"),
        ("收到N37", "收到N37"),
        (f"{NAME}，菜单", "菜单"),
    ],
)
async def test_where_it_hears_everything_it_answers_when_spoken_to(said: str, text: str) -> None:
    async with qq_world() as world:
        world.fake.set_hears(GROUP, Hears.ALL)
        await world.fake.say("zhangwei", said, GROUP, mention=False)
        await world.quiet()
        assert [each.text for each in world.office.heard] == [text]


# -- what is sent along -------------------------------------------------------------------------


async def test_a_voice_is_words() -> None:
    async with qq_world() as world:
        await world.fake.speak("zhangwei", "我的学分")
        await world.quiet()
        assert [each.text for each in world.office.heard] == ["我的学分"]


async def test_a_file_is_fetched_when_the_desk_asks_for_it() -> None:
    async with qq_world() as world:
        await world.fake.send_file("zhangwei", "学员.xlsx", b"PK\x03\x04 rows")
        await world.quiet()
        (heard,) = world.office.heard
        assert heard.fetch is not None
        received = await heard.fetch()
        assert (received.name, received.data) == ("学员.xlsx", b"PK\x03\x04 rows")
        world.fake.platform.media.clear()
        with pytest.raises(FileRefusedError, match="再发一次"):
            await heard.fetch()


async def test_a_file_that_is_too_large_is_not_fetched() -> None:
    async with qq_world() as world:
        await world.fake.send_file("zhangwei", "大.bin", bytes(21 * 1024 * 1024))
        await world.quiet()
        fetch = world.office.heard[0].fetch
        assert fetch is not None
        with pytest.raises(FileRefusedError, match="20 MB"):
            await fetch()


async def test_pictures_are_not_understood() -> None:
    async with qq_world() as world:
        await world.fake.send_file("zhangwei", "照片.png", PNG)
        await world.quiet()
        assert not world.office.heard
        assert world.words() == [ONLY_WORDS]


# -- buttons ------------------------------------------------------------------------------------


async def pressed(world: QQWorld, chat: str | None) -> Incoming:
    """A card in a chat, and its button pressed."""
    world.office.answer = lambda _: Reply(card=NOTICE)
    await world.say("有什么通知", chat)
    world.office.answer = lambda _: Reply("已收到")
    assert (await world.fake.press("zhangwei", None, "收到")).ok
    await world.quiet()
    return world.office.heard[-1]


@pytest.mark.parametrize("chat", [None, GROUP])
async def test_a_press_is_acknowledged_and_answered(chat: str | None) -> None:
    async with qq_world() as world:
        heard = await pressed(world, chat)
        assert heard.button == "notice.confirm?code=N37"
        assert heard.group == (None if chat is None else world.group)
        assert heard.reply_is_event
        assert world.fake.interactions[0].in_time
        assert world.words()[-1] == "已收到"
        # a reply to the press itself, not an active message
        assert world.fake.platform.sent[world.seen()[-1].id].passive


async def test_an_event_is_quoted_by_its_other_id_where_that_is_the_one() -> None:
    async with qq_world() as world:
        world.bot.event_data_ids = True
        world.bot.pushes = False
        await pressed(world, None)
        assert world.words()[-1] == "已收到"
        assert world.fake.calls.count("users/messages", 40034025) == 1


async def test_a_slow_answer_does_not_keep_the_press_waiting() -> None:
    async with qq_world() as world:
        world.office.answer = lambda _: Reply(card=NOTICE)
        await world.say("有什么通知")
        world.office.held = asyncio.Event()
        await world.fake.press("zhangwei", None, "收到")
        await until(lambda: world.fake.interactions[0].after is not None)
        assert world.fake.interactions[0].in_time
        world.office.held.set()
        await world.quiet()


async def test_a_press_that_came_twice_counts_once() -> None:
    async with qq_world() as world:
        await pressed(world, None)
        count = len(world.office.heard)
        await world.fake.redeliver()
        await world.quiet()
        assert len(world.office.heard) == count


# -- coming and going ---------------------------------------------------------------------------


async def test_a_new_friend_is_welcomed() -> None:
    async with qq_world() as world:
        world.bot.pushes = False
        world.bot.friends.discard("lina")
        await world.fake.add_friend("lina")
        await world.quiet()
        assert "绑定" in world.words("lina")[0]
        openid = world.fake.user_openid("lina")
        await world.fake.remove_friend("lina")
        await world.quiet()
        assert world.office.notes == [Noted(PRIVATE, openid), Noted(PRIVATE, openid, FRIEND_LEFT)]


async def test_a_new_group_is_told_how_to_begin() -> None:
    async with qq_world() as world:
        world.bot.pushes = False
        group = world.group
        await world.fake.remove_robot(GROUP, "zhouming")
        await world.fake.add_robot(GROUP, "zhouming")
        await world.quiet()
        welcome = world.words("lina")[0]
        assert "班级群码 班名" in welcome, "the command that gives the code"
        assert "绑定班级 群码" in welcome
        assert "「绑定 姓名 绑定码」" in welcome, "an account of this group is not the private one"
        assert world.office.notes == [Noted(IN_GROUP, group, GROUP_LEFT), Noted(IN_GROUP, group)]


async def test_active_messages_are_turned_off_and_on() -> None:
    async with qq_world() as world:
        await world.fake.reject_active("zhangwei")
        await world.fake.receive_active("zhangwei")
        await world.fake.reject_group(GROUP, "zhouming")
        await world.fake.receive_group(GROUP, "zhouming")
        await world.quiet()
        assert world.office.notes == [
            Noted(PRIVATE, world.user, REJECTED),
            Noted(PRIVATE, world.user),
            Noted(IN_GROUP, world.group, REJECTED),
            Noted(IN_GROUP, world.group),
        ]


@pytest.mark.parametrize("name", ["GROUP_MEMBER_REMOVE", "GROUP_MEMBER_QUIT"])
async def test_members_come_and_go_in_silence(name: str) -> None:
    async with qq_world() as world:
        assert (await world.fake.leave(GROUP, "lina", name=name))[0].ok
        assert (await world.fake.join(GROUP, "lina"))[0].ok
        await silent(world)
        assert not world.office.notes


# -- a desk that fails or says nothing ----------------------------------------------------------


async def test_a_desk_that_says_nothing_is_silence() -> None:
    async with qq_world() as world:
        world.office.answer = lambda _: None
        await world.say("你好")
        assert world.calls() == 0


async def test_a_desk_that_breaks_does_not_make_it_deaf() -> None:
    def broken(incoming: Incoming) -> Reply:
        raise RuntimeError(incoming.message_id)

    async with qq_world() as world:
        world.office.answer = broken
        await world.fake.say("zhangwei", "你好")
        await world.quiet()
        world.office.answer = lambda _: Reply("好的")
        await world.say("还在吗")
        assert world.words() == ["好的"]


async def test_an_answer_in_the_clear_of_a_dead_token_is_given_all_the_same() -> None:
    async with qq_world() as world:
        world.fake.faults.token_storm = 1
        await world.say("你好")
        assert world.words() == ["好的"]


async def test_other_bots_are_not_talked_to() -> None:
    async with qq_world() as world:
        data: dict[str, object] = {
            "id": "ROBOT1.0_x",
            "group_openid": world.group,
            "content": "你好",
            "author": {"member_openid": "B1", "bot": True},
            "mentions": [{"is_you": True}],
        }
        await world.fake.send_event("GROUP_MESSAGE_CREATE", data)
        await silent(world)


async def test_what_was_seen_long_ago_is_forgotten_here_and_kept_by_the_desk() -> None:
    """The records drop it then: this memory only keeps the next minutes away from them."""
    async with qq_world(webhook=True) as world:
        await world.say("你好")
        world.fake.clock.advance(timedelta(minutes=10))
        await world.fake.redeliver()
        await world.quiet()
        assert len(world.office.heard) == 1
        assert world.bot.appid == APPID
