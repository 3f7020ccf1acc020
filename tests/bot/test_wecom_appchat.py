"""App group chats on the wire: made, kept equal, written into, within their limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest

from bot.channels.base import Noted, Outgoing
from bot.channels.wecom.chat_members import FEW, ROOT_RULE, ChatRefusedError, Kept
from handlers.reply import Card, Choice, File, Mention, Reply, action
from simulator.common.screen import Kind
from storage.outbox_values import DeliveryStatus
from storage.pauses import Pauses
from tests.bot.wecom_chats import Chats
from tests.bot.worlds import World

PEOPLE = ("zhangwei", "lina", "wangfang")


@pytest.fixture
def chats(runner: asyncio.Runner, world: World) -> Iterator[Chats]:
    """The channel of app chats."""
    made = Chats(world)
    yield made
    runner.run(made.channel.close())


# -- making and keeping --------------------------------------------------------------------------


async def test_a_chat_is_made_once(chats: Chats) -> None:
    create = chats.channel.create
    chat = await create("信息技术1班", "Lina", PEOPLE, "shixun1x")
    assert chat == "shixun1x"
    group = chats.world.stage.corp.groups[chat]
    assert (group.name, group.owner, group.members) == ("信息技术1班", "lina", list(PEOPLE))
    assert await create("信息技术1班", "lina", PEOPLE[:2], "shixun1x") == chat, "the same one"
    assert group.members == list(PEOPLE[:2])
    other = await create("名" * 80, "nobody", PEOPLE)
    assert chats.world.stage.corp.groups[other].name == "名" * 50
    assert chats.world.stage.corp.groups[other].owner == PEOPLE[0]


async def test_who_is_unknown_to_the_platform_is_left_out(chats: Chats) -> None:
    chat = await chats.channel.create("一班", "zhangwei", [*PEOPLE, "nobody"], "shixun1x")
    assert chats.world.stage.corp.groups[chat].members == list(PEOPLE)
    with pytest.raises(ChatRefusedError, match=FEW):
        await chats.channel.create("二班", "zhangwei", ["zhangwei", "nobody"])
    with pytest.raises(ChatRefusedError, match=FEW):
        await chats.channel.create("二班", "zhangwei", ["zhangwei", "ZhangWei"])


async def test_members_are_kept_equal_with_as_few_calls_as_possible(chats: Chats) -> None:
    chat = await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    calls = chats.world.stage.fake.calls
    keep, group = chats.channel.keep_equal, chats.world.stage.corp.groups[chat]
    assert await keep(chat, ["ZhangWei", "lina", "wangfang"]) == Kept()
    assert calls.count("appchat/update") == 0
    kept = await keep(chat, ["lina", "wangfang", "liuyang", "nobody"])
    assert kept == Kept(("liuyang",), ("zhangwei",), ("nobody",))
    assert sorted(group.members) == ["lina", "liuyang", "wangfang"]
    assert group.owner == "lina", "the owner left"
    made = calls.count("appchat/update")
    assert await keep(chat, ["lina", "wangfang", "liuyang", "nobody"]) == Kept()
    assert calls.count("appchat/update") == made, "a stranger is not asked about each time"
    assert await keep(chat, ["lina"]) == Kept(), "a chat of one is none"
    await chats.channel.rename(chat, "新名字")
    assert group.name == "新名字"


@pytest.mark.parametrize("call", ["create", "keep", "rename"])
async def test_the_rule_of_the_root_department_is_explained(chats: Chats, call: str) -> None:
    channel = chats.channel
    chat = await channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    chats.world.stage.app.visible = {"zhangwei", "lina", "wangfang"}
    work: dict[str, Callable[[], Awaitable[object]]] = {
        "create": lambda: channel.create("二班", "zhangwei", PEOPLE),
        "keep": lambda: channel.keep_equal(chat, PEOPLE),
        "rename": lambda: channel.rename(chat, "新"),
    }
    with pytest.raises(ChatRefusedError) as refused:
        await work[call]()
    assert str(refused.value) == ROOT_RULE
    assert not refused.value.for_now


@pytest.mark.parametrize(
    ("code", "for_now", "gone"),
    [(-1, True, False), (45009, True, False), (86003, False, True), (86008, False, True)],
)
async def test_what_may_help_later_is_told_from_what_will_not(
    chats: Chats, code: int, for_now: bool, gone: bool
) -> None:
    chat = await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    chats.world.stage.fake.faults.fail(code, path="appchat/get")
    with pytest.raises(ChatRefusedError) as refused:
        await chats.channel.keep_equal(chat, PEOPLE[:2])
    assert (refused.value.for_now, refused.value.gone) == (for_now, gone)
    faults = chats.world.stage.fake.faults
    faults.drop_path, faults.drop_answers = "appchat/get", 5  # a GET is asked again
    with pytest.raises(ChatRefusedError, match="没有回应"):
        await chats.channel.keep_equal(chat, PEOPLE[:2])


async def test_no_more_chats_a_day_than_are_allowed(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.channels.limits import Rate  # noqa: PLC0415
    from bot.channels.wecom import chat_members as module  # noqa: PLC0415 - only its figure

    monkeypatch.setattr(module, "WECOM_CHAT_CREATE", (Rate(2, timedelta(days=1)),))
    for number in range(2):
        await chats.channel.create("一班", "zhangwei", PEOPLE, f"shixun{number}x")
    with pytest.raises(ChatRefusedError) as refused:
        await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun3x")
    assert refused.value.for_now
    assert chats.world.stage.fake.calls.count("appchat/create") == 2


# -- writing -------------------------------------------------------------------------------------


async def test_every_kind_of_message(chats: Chats) -> None:
    chat = await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    card = Card("明天集中", "八点半", choices=(Choice("收到", action("notice.confirm")),))
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 60
    files = (
        File("合影.png", png, "image/png", picture=True),
        File("名单.csv", "姓名\n张伟\n".encode(), "text/csv"),
    )
    called = (Mention("@李娜", (("wecom", "lina"),)),)
    await chats.say(chat, Reply("请 @李娜 看 <@lina>", card, files, mentions=called))
    shown = chats.shown("zhangwei", chat)
    assert [each.kind for each in shown] == [Kind.TEXT, Kind.MARKDOWN, Kind.IMAGE, Kind.FILE]
    assert shown[0].words == "请 @李娜 看 ＜@lina＞\n @李娜"
    assert chats.statuses() == [(DeliveryStatus.SENT, "")]
    assert chats.shown("liuyang", chat) == []
    can = chats.channel.capabilities
    assert (can.push, can.group_push, can.buttons, can.recall) == (False, True, 0, None)
    (refused,) = chats.channel.requests([Outgoing(1, "zhangwei", Reply(text="一"))])
    assert "只能发到群里" in f"{refused}"


async def test_nothing_is_dropped_in_silence(chats: Chats) -> None:
    fake = chats.world.stage.fake
    first = await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    second = await chats.channel.create("二班", "zhangwei", PEOPLE[:2], "shixun2x")
    for chat in (first, second):
        await chats.say(chat, *(Reply(text=f"第 {number} 条") for number in range(105)))
    for _ in range(3):
        chats.world.clock.advance(timedelta(minutes=1, seconds=10))
        await chats.postman.run_due()
    assert len(chats.shown("wangfang", first)) == 105
    assert len(chats.shown("zhangwei", second)) == 105
    assert fake.drops == []


async def test_a_chat_that_is_gone_is_noted(chats: Chats) -> None:
    chat = await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    del chats.world.stage.corp.groups[chat]
    await chats.say(chat, Reply(text="一"))
    assert chats.notes == [Noted("group", chat, "应用群已经不在了")]
    assert chats.statuses() == [(DeliveryStatus.REJECTED, "应用群已经不在了")]


async def test_without_the_root_department_it_waits_and_says_why(chats: Chats) -> None:
    chat = await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    chats.world.stage.app.visible = {"zhangwei"}
    await chats.say(chat, Reply(text="一"))
    with chats.world.application.database.unit() as unit:
        (pause,) = Pauses(unit).now(chats.world.clock.now())
    assert (pause.channel, pause.cause) == ("wecom_appchat", ROOT_RULE)
    chats.world.stage.app.visible = None
    chats.world.clock.advance(timedelta(minutes=11))
    await chats.postman.run_due()
    assert [each.words for each in chats.shown("zhangwei", chat)] == ["一"]


async def test_a_lost_answer_is_unknown_and_not_sent_again(chats: Chats) -> None:
    chat = await chats.channel.create("一班", "zhangwei", PEOPLE, "shixun1x")
    faults = chats.world.stage.fake.faults
    faults.drop_path, faults.drop_answers = "appchat/send", 1
    await chats.say(chat, Reply(text="一"))
    for _ in range(3):
        chats.world.clock.advance(timedelta(minutes=10))
        await chats.postman.run_due()
    assert [each.words for each in chats.shown("zhangwei", chat)] == ["一"]
    assert chats.statuses() == [(DeliveryStatus.UNKNOWN, "no answer")]


def test_limits_are_those_of_the_simulator() -> None:
    """Two people read the page: they must have read the same."""
    from bot.channels import limits as ours  # noqa: PLC0415
    from simulator.wecom import limits as theirs  # noqa: PLC0415

    published = theirs.Limits()
    for mine, other in (
        (ours.WECOM_MEMBER, published.member_from_app),
        (ours.WECOM_API, published.each_api),
        (ours.WECOM_CHAT_PERSON_TIMES, published.chat_person_times),
        (ours.WECOM_CHAT_MEMBER, published.member_from_chats),
        (ours.WECOM_CHAT_CREATE, published.chat_create),
        (ours.WECOM_CHAT_UPDATE, published.chat_update),
        (ours.WECOM_ROBOT, published.webhook),
        (ours.AIBOT_CHAT, published.bot_chat),
        (ours.AIBOT_UPLOADS, published.bot_uploads),
    ):
        assert [(each.count, each.window) for each in mine] == [
            (each.count, each.window) for each in other
        ]
