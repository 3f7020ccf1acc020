"""The AI bot by URL callback: what it can read besides words, and whose an encrypted id is."""

from __future__ import annotations

from bot.channels.wecom_bot.callback import ONLY_WORDS, WeComBot, WeComBotChannel
from storage.accounts import Accounts
from tests.bot.worlds import GROUP, World

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


async def test_a_file_is_fetched_with_the_bots_own_key(world: World) -> None:
    fake = world.stage.fake
    table = "姓名,工号\n甲,1\n".encode()
    assert (await fake.send_file("liguoqiang", "名单.csv", table, "bot")).ok
    await world.quiet()
    said = "\n".join(world.words("liguoqiang"))
    assert said
    assert "没有取到" not in said


async def test_a_file_of_somebody_who_may_not_import_is_refused_by_its_name(world: World) -> None:
    await world.stage.fake.send_file("zhangwei", "作业.docx", b"PK\x03\x04 words", "bot")
    await world.quiet()
    assert "作业.docx" in "\n".join(world.words("zhangwei")) or world.words("zhangwei")
    assert "没有保存" in "\n".join(world.words("zhangwei"))


async def test_of_words_with_pictures_the_words_are_answered(world: World) -> None:
    await world.stage.fake.send_mixed("zhangwei", "我的学分", [PNG])
    await world.quiet()
    assert "62 学分" in "\n".join(world.words("zhangwei", "bot"))


async def test_in_a_group_too_and_in_private_only(world: World) -> None:
    await world.stage.fake.send_mixed("zhangwei", "我的学分", [PNG], GROUP)
    await world.quiet()
    assert "62" not in "\n".join(world.words("lina", GROUP))
    assert "62 学分" in "\n".join(world.words("zhangwei", "app"))


async def test_pictures_alone_are_refused_politely(world: World) -> None:
    await world.stage.fake.send_file("zhangwei", "照片.png", PNG, "bot")
    await world.stage.fake.send_mixed("zhangwei", "", [PNG])
    await world.quiet()
    assert world.words("zhangwei", "bot") == [ONLY_WORDS] * 2


async def test_a_voice_message_is_its_words(world: World) -> None:
    await world.stage.fake.speak("zhangwei", "我的学分", "bot")
    await world.quiet()
    assert "62 学分" in "\n".join(world.words("zhangwei", "bot"))


async def test_an_encrypted_id_is_answered_as_its_person(world: World) -> None:
    """The creator of the bot is no super admin (wecom.md 4.6); the app can tell who it is."""
    world.stage.bot.plain_userids = False
    await world.say("zhangwei", "我的学分", "bot")
    assert "62 学分" in world.words("zhangwei", "bot")[-1]
    await world.say("ZhangWei", "我的学分", "bot")
    assert world.stage.fake.calls.count("batch/openuserid_to_userid", 0) == 1


async def test_without_an_app_an_encrypted_id_is_bound_by_code_like_any_other(world: World) -> None:
    world.stage.bot.plain_userids = False
    member = world.stage.corp.member("newcomer1")
    assert member is not None
    with world.application.database.unit() as unit:
        person = Accounts(unit).holder("wecom", "zhangwei")
        assert person is not None
        Accounts(unit).bind("wecom", member.open_userid, person.id, world.clock.now())
    await world.say("newcomer1", "我的学分", "bot")
    assert "62 学分" in world.words("newcomer1", "bot")[-1]


def test_the_channel_never_writes_first(world: World) -> None:
    channel = WeComBotChannel(
        WeComBot("助手", world.keys.bot_token, world.keys.bot_aes_key),
        world.clock,
        push_channel="",
    )
    assert not channel.capabilities.push
    assert channel.repeats({}) is None
