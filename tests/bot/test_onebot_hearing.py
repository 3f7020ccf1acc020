"""What a QQ account hears: both formats, mentions, when it is spoken to, files, notices."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import fetching
from bot.channels.base import FileRefusedError, Noted
from bot.channels.onebot.cq import Segment
from bot.channels.onebot.events import read_message, said, segments_of
from simulator.stage import free_port
from storage.outbox_values import Result
from tests.bot.onebot_partner import SELF
from tests.bot.onebot_talk import only, talking

TEACHER, GROUP = 20001, 700
US = {"type": "at", "data": {"qq": str(SELF)}}


def words(text: str) -> dict[str, Any]:
    """A text segment."""
    return {"type": "text", "data": {"text": text}}


def at(qq: object, **more: str) -> dict[str, Any]:
    """A mention."""
    return {"type": "at", "data": {"qq": qq, **more}}


# -- private --------------------------------------------------------------------------------------


async def test_a_private_message() -> None:
    async with talking() as talk:
        await talk.say(TEACHER, "我的学分")
        (heard,) = talk.heard
        assert heard.text == "我的学分"
        assert (heard.channel, heard.realm, heard.account) == ("onebot", "onebot", "20001")
        assert heard.group is None
        assert heard.push_channel == "onebot"
        assert heard.at == talk.clock.now()
        (send,) = talk.partner.sends()
        assert send == {"user_id": TEACHER, "message": [words("听到：我的学分")]}


async def test_a_string_message_is_read_and_the_raw_one_is_not() -> None:
    """raw_message says 紧急停发 in every event of the partner."""
    async with talking() as talk:
        await talk.partner.event(
            "message",
            message_type="private",
            sub_type="friend",
            message_id=-7,
            user_id=TEACHER,
            message="[CQ:reply,id=-123]签到 &#91;1&#93; &amp; 好[CQ:face,id=178]",
            raw_message="紧急停发",
        )
        await talk.quiet()
        assert talk.heard[0].text == "签到 [1] & 好"


@pytest.mark.parametrize("number", ["20001", 20001])
async def test_ids_may_be_texts(number: Any) -> None:
    async with talking() as talk:
        await talk.say(number, "你好", message_id="-5", self_id=str(SELF))
        assert talk.heard[0].account == "20001"
        assert talk.partner.sends()[0]["user_id"] == 20001


async def test_our_own_words_are_not_answered() -> None:
    async with talking() as talk:
        await talk.say(SELF, "我自己")
        await talk.partner.event(
            "message_sent", message_type="private", user_id=SELF, message_id=1, message="我自己"
        )
        await talk.quiet()
        assert not talk.heard


async def test_the_same_message_has_the_same_name_and_another_another() -> None:
    """Events have no ids: account, number and time name a message (B3)."""
    async with talking() as talk:
        await talk.say(TEACHER, "一", message_id=5)
        await talk.say(TEACHER, "一", message_id=5)
        await talk.say(TEACHER, "一", message_id=6)
        # numbers begin anew when the implementation restarts
        await talk.say(TEACHER, "一", message_id=5, time=1626049300)
        names = [each.message_id for each in talk.heard]
        assert names[0] == names[1]
        assert len(set(names)) == 3
        assert all(str(SELF) in name for name in names)


async def test_one_persons_messages_stay_in_order() -> None:
    async with talking() as talk:
        for number in range(20):
            await talk.partner.say(TEACHER, str(number))
        await talk.quiet()
        assert [each.text for each in talk.heard] == [str(number) for number in range(20)]


@pytest.mark.parametrize("kind", ["record", "video", "json", "music", "face", "image"])
async def test_what_cannot_be_read_is_said_so(kind: str) -> None:
    async with talking() as talk:
        await talk.say(TEACHER, [{"type": kind, "data": {"id": "1", "file": "abc.amr"}}])
        assert not talk.heard
        assert "请打字告诉我" in talk.partner.words()[0]


async def test_a_temporary_talk_is_answered_through_its_group() -> None:
    async with talking() as talk:
        await talk.say(30001, "绑定", sub_type="group", group_id=701, temp_source=0)
        assert talk.heard[0].group is None
        assert talk.partner.sends()[0] == {
            "user_id": 30001,
            "group_id": 701,
            "message": [words("听到：绑定")],
        }
        assert only(await talk.send("通知", "30001")).result is Result.SENT
        assert talk.partner.sends()[1]["group_id"] == 701


async def test_the_group_of_a_temporary_talk_is_not_known() -> None:
    """NapCat names a placeholder then (B3)."""
    async with talking() as talk:
        await talk.say(30001, "绑定", sub_type="group", group_id=284840486)
        assert "group_id" not in talk.partner.sends()[0]


# -- groups ---------------------------------------------------------------------------------------

SPOKEN_TO: list[tuple[Any, str]] = [
    ([US, words(" 今天课表")], "今天课表"),
    ([US, words("今天课表")], "今天课表"),
    ([at(SELF), words(" 今天课表")], "今天课表"),
    ([words("请问 "), US, words(" 今天课表")], "请问 今天课表"),
    ([{"type": "reply", "data": {"id": "5"}}, US, words(" 收到")], "收到"),
    ([US, at(20002), words(" 的学分")], "@20002 的学分"),
    ([US, words(" "), at(20002, name="李老师"), words(" 的学分")], "@李老师 的学分"),
    (f"[CQ:at,qq={SELF}] 今天课表", "今天课表"),
    ("师训助手 今天课表", "今天课表"),
    ("@师训助手 今天课表", "今天课表"),
    ("签到 7K3M", "签到 7K3M"),
    ("收到", "收到"),
    ("收到N37", "收到N37"),
    ([US], ""),
]


@pytest.mark.parametrize(("message", "text"), SPOKEN_TO)
async def test_it_answers_when_it_is_spoken_to(message: Any, text: str) -> None:
    async with talking() as talk:
        await talk.say(TEACHER, message, GROUP)
        (heard,) = talk.heard
        assert heard.text == text
        assert (heard.account, heard.group) == ("20001", "700")
        (send,) = talk.partner.sends()
        assert send["group_id"] == GROUP
        # the message is quoted, its author is not named: nothing personal in a group
        assert [each["type"] for each in send["message"]] == ["reply", "text"]
        assert send["message"][0]["data"] == {"id": str(talk.partner.messages - 1)}
        assert "20001" not in str(send["message"])


@pytest.mark.parametrize(
    "message",
    [
        "今天中午吃什么",
        "7K3M",
        "师训助手们都很好",
        "大家收到请回复",
        [at("all"), words(" 明天开会")],
        [at("all"), words(" 签到 7K3M")],
        [at(20002), words(" 收到")],
        [at(20002), words(" 你好")],
        [at(f"{SELF}0"), words(" 你好")],
        "[CQ:at,qq=all] 收到请回复",
        [{"type": "image", "data": {"file": "a.jpg", "url": "http://127.0.0.1:1/a.jpg"}}],
        [{"type": "file", "data": {"file": "名册.xlsx", "url": "http://127.0.0.1:1/a"}}],
        [{"type": "record", "data": {"file": "a.amr"}}],
    ],
)
async def test_else_it_is_silent_and_keeps_nothing(message: Any, log_lines: list[str]) -> None:
    async with talking() as talk:
        await talk.say(TEACHER, message, GROUP)
        assert not talk.heard
        assert not talk.partner.sends()
        assert not talk.noted
        assert not any("20001" in line or "开会" in line for line in log_lines)


async def test_anonymous_members_and_hints_are_nobody() -> None:
    async with talking() as talk:
        hidden = {"id": 1, "name": "匿名", "flag": "x"}
        await talk.say(80000000, "收到", GROUP, sub_type="anonymous", anonymous=hidden)
        await talk.say(TEACHER, "收到", GROUP, sub_type="notice")
        assert not talk.heard


async def test_a_file_uploaded_to_a_group_is_for_the_group() -> None:
    async with talking() as talk:
        file = {"id": "/f", "name": "名册.xlsx", "size": 9, "busid": 102}
        await talk.partner.notice("group_upload", group_id=GROUP, user_id=TEACHER, file=file)
        await talk.quiet()
        assert not talk.heard
        assert not talk.partner.sends()


# -- files ----------------------------------------------------------------------------------------


@asynccontextmanager
async def store(content: bytes, status: int = 200) -> AsyncIterator[str]:
    """An address where one file is."""
    app = web.Application()

    async def give(_request: web.Request) -> web.Response:
        return web.Response(body=content, status=status)

    app.router.add_get("/file", give)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    bound = free_port("127.0.0.1")
    await web.SockSite(runner, bound).start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/file"
    finally:
        await runner.cleanup()


async def test_a_file_with_its_address() -> None:
    async with talking() as talk, store(b"rows") as url:
        data = {"file": "名册.xlsx", "file_id": "/x", "file_size": "4", "url": url}
        await talk.say(TEACHER, [{"type": "file", "data": data}])
        file = talk.heard[0].file
        assert file is not None
        assert (file.name, file.data) == ("名册.xlsx", b"rows")


async def test_a_file_whose_address_must_be_asked_for() -> None:
    async with talking() as talk, store(b"rows") as url:
        talk.partner.facts["get_private_file_url"] = {"url": url}
        await talk.say(TEACHER, [{"type": "file", "data": {"file": "名册.xlsx", "file_id": "/x"}}])
        file = talk.heard[0].file
        assert file is not None
        assert file.data == b"rows"
        assert talk.partner.of("get_private_file_url") == [{"file_id": "/x"}]


async def test_a_file_in_a_group_for_us() -> None:
    async with talking() as talk, store(b"rows") as url:
        talk.partner.facts["get_group_file_url"] = {"url": url}
        file = {"type": "file", "data": {"file": "名册.xlsx", "file_id": "/x"}}
        await talk.say(TEACHER, [US, file], GROUP)
        assert talk.heard[0].file is not None
        assert talk.partner.of("get_group_file_url") == [{"group_id": GROUP, "file_id": "/x"}]


async def test_a_file_as_a_notice() -> None:
    async with talking() as talk, store(b"rows") as url:
        file = {"name": "名册.xlsx", "size": 4, "url": url}
        await talk.partner.notice("offline_file", user_id=TEACHER, file=file)
        await talk.quiet()
        assert talk.heard[0].file is not None


async def test_a_picture_has_a_name_of_ours() -> None:
    async with talking() as talk, store(b"jpg") as url:
        await talk.say(TEACHER, [{"type": "image", "data": {"file": "{9-F}.image", "url": url}}])
        file = talk.heard[0].file
        assert file is not None
        assert file.name == "图片.jpg"


async def test_words_beside_a_picture_are_what_counts() -> None:
    async with talking() as talk:
        picture = {"type": "image", "data": {"file": "a", "url": "http://127.0.0.1:1/"}}
        await talk.say(TEACHER, [words("这是什么"), picture])
        assert talk.heard[0].text == "这是什么"
        assert talk.heard[0].file is None


@pytest.mark.parametrize("how", ["gone", "too large", "no address", "nobody there"])
async def test_a_file_that_cannot_be_had(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FILE_BYTES", 10)
    content, status = (b"x" * 11, 200) if how == "too large" else (b"x", 404)
    async with talking() as talk, store(content, status) as url:
        refusals: list[str] = []
        receive = talk.receive

        async def asked(incoming: Any) -> Any:
            try:
                return await receive(incoming)
            except FileRefusedError as refusal:
                refusals.append(str(refusal))

        talk.channel.routes(asked)
        address = {"no address": "", "nobody there": "http://127.0.0.1:1/x"}.get(how, url)
        data = {"file": "名册.xlsx", "file_id": "/x", "url": address}
        await talk.say(TEACHER, [{"type": "file", "data": data}])
        assert "没有取到" in refusals[0]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "/etc/passwd", "ftp://x/y", "base64://eA=="])
def test_only_web_addresses_are_fetched(url: str) -> None:
    frame = {
        "message_type": "private",
        "user_id": 1,
        "message_id": 1,
        "message": [{"type": "file", "data": {"file": "x", "url": url}}],
    }
    message = read_message(frame, str(SELF))
    assert message is not None
    assert message.media is None


# -- requests and notices -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["friend", "group"])
async def test_strangers_are_never_let_in(kind: str) -> None:
    async with talking() as talk:
        sub_type = {"sub_type": "invite"} if kind == "group" else {}
        await talk.partner.event(
            "request", request_type=kind, user_id=5, group_id=9, comment="?", flag="f", **sub_type
        )
        await talk.quiet()
        assert not [call for call in talk.partner.calls if not call["action"].startswith("get_")]


@pytest.mark.parametrize("sub_type", ["kick_me", "leave", "disband"])
async def test_a_group_that_is_gone_and_comes_back(sub_type: str) -> None:
    async with talking() as talk:
        who = {"group_id": GROUP, "operator_id": 5}
        mine = {"user_id": 5 if sub_type == "disband" else SELF}
        await talk.partner.notice("group_decrease", sub_type=sub_type, **who, **mine)
        await talk.quiet()
        assert talk.noted == [Noted("group", "700", "机器人不在这个群里")]
        outcome = await talk.send("通知", "700", group=True)
        assert only(outcome).result is Result.REJECTED
        assert not talk.partner.sends()
        await talk.partner.notice("group_increase", sub_type="invite", **who, user_id=SELF)
        await talk.quiet()
        assert talk.noted[-1] == Noted("group", "700")
        assert only(await talk.send("通知", "700", group=True)).result is Result.SENT


async def test_who_else_comes_and_goes_changes_nothing() -> None:
    async with talking() as talk:
        for kind, sub_type in (("group_decrease", "leave"), ("group_decrease", "kick")):
            await talk.partner.notice(
                kind, sub_type=sub_type, group_id=GROUP, user_id=5, operator_id=5
            )
        await talk.quiet()
        assert not talk.noted
        assert only(await talk.send("通知", "700", group=True)).result is Result.SENT


async def test_a_group_it_never_was_in() -> None:
    async with talking() as talk:
        assert only(await talk.send("通知", "999", group=True)).result is Result.REJECTED
        assert talk.noted == [Noted("group", "999", "机器人不在这个群里")]


async def test_a_stranger_waits_until_they_are_a_friend() -> None:
    """Private messages to people who are no friends are a trigger of risk control (B9)."""
    async with talking() as talk:
        outcome = only(await talk.send("通知", "40001"))
        assert outcome.result is Result.PARKED
        assert not talk.partner.sends()
        assert talk.noted == [Noted("private", "40001", "还不是机器人的好友")]
        await talk.partner.notice("friend_add", user_id=40001)
        await talk.quiet()
        assert talk.noted[-1] == Noted("private", "40001")
        assert only(await talk.send("通知", "40001")).result is Result.SENT


async def test_who_spoke_in_a_group_can_be_answered_in_private() -> None:
    async with talking() as talk:
        await talk.say(40001, [US, words(" 我的学分")], GROUP)
        assert only(await talk.send("您的学分", "40001")).result is Result.SENT
        assert talk.partner.sends()[-1]["group_id"] == GROUP
        assert talk.partner.sends()[-1]["user_id"] == 40001


async def test_the_records_are_told_once_that_somebody_may_be_written_to() -> None:
    async with talking() as talk:
        for _ in range(3):
            await talk.say(TEACHER, "你好")
            await talk.say(TEACHER, [US, words(" 你好")], GROUP)
        assert talk.noted == [Noted("private", "20001"), Noted("group", "700")]


async def test_friends_that_are_not_known_forbid_nothing() -> None:
    """An implementation that does not tell its friends."""

    def shy(made: Any) -> None:
        made.plan("get_friend_list", {"status": "failed", "retcode": 1404})
        made.plan("get_group_list", None)

    async with talking(prepare=shy) as talk:
        assert only(await talk.send("通知", "40001")).result is Result.SENT
        assert only(await talk.send("通知", "999", group=True)).result is Result.SENT


# -- pure -----------------------------------------------------------------------------------------

# values of every kind, small: what matters is that each can stand where another is expected
PLAIN = [None, True, 0, -1, 5, 10**30, float("inf"), "", "5", "private", "group", "[CQ:at,qq=5]"]
NESTED = [
    [],
    {},
    [1],
    {"data": 1},
    [{"type": 1}],
    [{"type": "text", "data": [1]}],
    [{"type": "at", "data": {"qq": 5}}, {"type": "file", "data": {"file_id": None}}],
]
ODD = st.sampled_from([*PLAIN, *NESTED]) | st.text(max_size=5)
FIELDS = ("message_type", "sub_type", "user_id", "group_id", "message_id", "message", "sender")


@given(st.dictionaries(st.sampled_from(FIELDS), ODD))
def test_anything_can_be_read(frame: dict[str, Any]) -> None:
    message = read_message(frame, str(SELF))
    if message is not None:
        assert re.fullmatch("[0-9]+", message.account)
        message.text.encode()


PIECES = st.lists(
    st.builds(lambda text: Segment("text", {"text": text}), st.text(max_size=5))
    | st.builds(lambda qq: Segment("at", {"qq": qq}), st.sampled_from(["10001", "7", "all"])),
    max_size=6,
)


@given(PIECES)
def test_a_mention_of_us_is_one_and_is_cut_out(segments: list[Segment]) -> None:
    text, mentioned = said(segments, "10001")
    assert mentioned is (Segment("at", {"qq": "10001"}) in segments)
    if not any("@" in each.data.get("text", "") for each in segments):
        assert "@10001" not in text
        assert text.count("@全体成员") == segments.count(Segment("at", {"qq": "all"}))


def test_a_single_segment_and_both_formats_are_the_same() -> None:
    """Some implementations send one segment without the array around it."""
    assert segments_of(words("你好")) == segments_of([words("你好")]) == segments_of("你好")
