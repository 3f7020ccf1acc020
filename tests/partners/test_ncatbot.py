"""Our OneBot channel against a stateful mock of NapCat that others wrote (ncatbot5; qq.md B8).

Its known faults are its own: ids are texts, an unknown action is answered ok, the time of its
lifecycle event is no time, and its token mode refuses everybody (which is one of NapCat's
manners, so it is tested too).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from handlers.reply import Card, Choice, File, Reply, action
from simulator.common.values import JsonObject
from storage.outbox_values import Result
from tests.bot.onebot_partner import TIMED_OUT, Partner
from tests.bot.onebot_talk import FAST, Talk, make, only
from tests.partners.stage import Mock, mock

US, TEACHER, CLASS = 123456789, 100001, 200001
# the mock waits 0.1 s after each event, and a process is started for it
PATIENT = replace(FAST, dial=5.0, words=5.0, media=5.0, aside=5.0)


@asynccontextmanager
async def met() -> AsyncIterator[tuple[Mock, Talk]]:
    """The mock, and our channel connected to it."""
    async with mock() as server:
        talk = make(server.url, Partner(), PATIENT)
        talk.channel.routes(talk.receive)
        await talk.channel.start()
        try:
            await talk.up()
            yield server, talk
        finally:
            await talk.channel.close()


def text(words: str) -> JsonObject:
    """A text segment."""
    return {"type": "text", "data": {"text": words}}


def test_it_hears_and_answers() -> None:
    async def play() -> None:
        async with met() as (server, talk):
            assert not talk.channel.problem()
            await server.private(TEACHER, "我的学分")
            await server.group(CLASS, TEACHER, "今天吃什么")
            await server.group(
                CLASS, TEACHER, [{"type": "at", "data": {"qq": str(US)}}, text(" 课表")]
            )
            await talk.quiet()
            assert [(each.text, each.group) for each in talk.heard] == [
                ("我的学分", None),
                ("课表", str(CLASS)),
            ]
            assert await server.calls("send_private_msg") == [
                {"user_id": TEACHER, "message": [text("听到：我的学分")]}
            ]
            (said,) = await server.calls("send_group_msg")
            assert said["group_id"] == CLASS

    asyncio.run(play())


def test_it_pushes_and_takes_back() -> None:
    async def play() -> None:
        async with met() as (server, talk):
            card = Card("明天集中", choices=(Choice("收到", action("x")),))
            outcome = await talk.send(Reply(text="通知", card=card), str(CLASS), group=True)
            assert only(outcome).result is Result.SENT
            assert outcome.platform_id
            assert not await talk.channel.recall({}, outcome.platform_id)
            assert [str(each["message_id"]) for each in await server.calls("delete_msg")] == [
                outcome.platform_id
            ]
            private = await talk.send("通知", str(TEACHER))
            assert only(private).result is Result.SENT
            # it knows who its friends and its groups are
            assert only(await talk.send("通知", "999999")).result is Result.PARKED
            assert only(await talk.send("通知", "999999", group=True)).result is Result.REJECTED

    asyncio.run(play())


def test_it_sends_pictures_and_files() -> None:
    async def play() -> None:
        async with met() as (server, talk):
            files = (File("图.png", b"png", picture=True), File("名册.xlsx", b"rows"))
            outcome = await talk.send(Reply(text="见附件", files=files), str(CLASS), group=True)
            assert only(outcome).result is Result.SENT
            (said,) = await server.calls("send_group_msg")
            assert isinstance(said["message"], list)
            assert len(said["message"]) == 2
            file = "base64://" + base64.b64encode(b"rows").decode()
            assert await server.calls("upload_group_file") == [
                {"group_id": CLASS, "file": file, "name": "名册.xlsx"}
            ]

    asyncio.run(play())


def test_what_napcat_words_as_a_timeout_is_never_sent_again() -> None:
    async def play() -> None:
        async with met() as (server, talk):
            await server.respond("send_group_msg", TIMED_OUT)
            for _ in range(3):
                outcome = await talk.send("通知", str(CLASS), group=True)
                assert only(outcome).result is Result.UNKNOWN
            assert outcome.cause.startswith("QQ群疑似被风控")
            assert len(await server.calls("send_group_msg")) == 3

    asyncio.run(play())


def test_the_account_goes_down() -> None:
    async def play() -> None:
        async with met() as (server, talk):
            told: JsonObject = {"status": "ok", "retcode": 0, "data": {"online": False}}
            await server.respond("get_status", told)
            offline = {"post_type": "notice", "notice_type": "bot_offline", "user_id": US}
            await server.event(offline)
            await talk.partner.until(lambda: "QQ 号已掉线" in talk.channel.problem())
            assert talk.channel.requests(talk.outgoing("通知", str(TEACHER))) == []

    asyncio.run(play())
