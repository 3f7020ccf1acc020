"""The access token: one fetch for everybody, renewed in time, honest about why there is none."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.channels.qq.token import Token, TokenError
from handlers.reply import Reply
from simulator.clock import SimClock
from storage.outbox_values import Result
from tests.bot.qq_world import NOW, loopback, qq_world


class Desk:
    """A token endpoint that answers what a test wants."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[object] = []
        self.clock = SimClock(NOW, frozen=True)
        self.http: aiohttp.ClientSession
        self.token: Token

    async def answer(self, request: web.Request) -> web.Response:
        """The next answer, the last one for ever."""
        self.asked.append(await request.json())
        await asyncio.sleep(0.02)
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(told, int):
            return web.Response(status=told, text="<html>")
        return web.json_response(told)

    async def get(self, stale: str = "") -> str:
        """The token."""
        return await self.token.get(self.http, stale=stale)


def issued(name: str, life: object = "7200") -> dict[str, object]:
    """A good answer."""
    return {"access_token": name, "expires_in": life}


@asynccontextmanager
async def desk(*answers: object) -> AsyncIterator[Desk]:
    """An endpoint on loopback and a token that asks it."""
    made, app, bound = Desk(*answers), web.Application(), loopback()
    app.router.add_post("/t", made.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/t"
    async with aiohttp.ClientSession() as made.http:
        made.token = Token(url, "app", "s3cret", made.clock, random.Random(1))
        yield made
    await runner.cleanup()


async def test_everybody_waits_for_one_fetch() -> None:
    async with desk(issued("t1")) as made:
        assert set(await asyncio.gather(*(made.get() for _ in range(50)))) == {"t1"}
        assert made.asked == [{"appId": "app", "clientSecret": "s3cret"}]


async def test_a_token_that_died_is_fetched_once_however_many_noticed() -> None:
    async with desk(issued("t1"), issued("t2")) as made:
        await made.get()
        assert set(await asyncio.gather(*(made.get("t1") for _ in range(50)))) == {"t2"}
        assert len(made.asked) == 2


@pytest.mark.parametrize("life", ["7200", 7200, "99999", 7200.0])
async def test_it_is_renewed_before_it_ends(life: object) -> None:
    async with desk(issued("t1", life), issued("t2")) as made:
        await made.get()
        made.clock.advance(timedelta(seconds=7200 - 331))
        assert await made.get() == "t1"
        made.clock.advance(timedelta(seconds=32))
        assert await made.get() == "t2"


async def test_a_short_rest_is_used_for_two_thirds() -> None:
    """In its last minutes the platform hands out the same token with what is left of its life."""
    async with desk(issued("t1", "90"), issued("t2")) as made:
        await made.get()
        made.clock.advance(timedelta(seconds=44))
        assert await made.get() == "t1"
        made.clock.advance(timedelta(seconds=17))
        assert await made.get() == "t2"


async def test_a_renewal_that_fails_harms_nobody_while_the_old_one_lives() -> None:
    async with desk(issued("t1"), 500, {"code": 100017}, issued("t2")) as made:
        await made.get()
        made.clock.advance(timedelta(seconds=7000))
        assert [await made.get() for _ in range(3)] == ["t1", "t1", "t2"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"code": 100007, "message": "appid invalid"}, "100007"),
        ({"code": 11253, "message": "no privilege"}, "11253"),
        ({}, "无"),
        ({"access_token": "", "expires_in": "7200"}, "无"),
        ({"access_token": "t", "expires_in": "soon"}, "无"),
        ({"access_token": "t", "expires_in": True}, "无"),
        ({"access_token": 5, "expires_in": 7200}, "无"),
        ([], "HTTP 200"),
        (502, "JSON"),
    ],
)
async def test_what_is_no_token_is_said_in_chinese_and_asked_again(
    answer: object, words: str
) -> None:
    async with desk(answer, issued("t1")) as made:
        with pytest.raises(TokenError, match="QQ.*" + words) as refusal:
            await made.get()
        assert not refusal.value.for_good
        assert await made.get() == "t1"


@pytest.mark.parametrize("code", [100001, 100017])
async def test_too_often_says_how_long_to_wait(code: int) -> None:
    async with desk({"code": code}) as made:
        with pytest.raises(TokenError) as refusal:
            await made.get()
        assert refusal.value.wait >= 60


async def test_a_wrong_secret_is_asked_once_and_never_again() -> None:
    async with desk({"code": 100016, "message": "invalid appid or secret"}) as made:
        for _ in range(3):
            with pytest.raises(TokenError, match="AppSecret") as refusal:
                await made.get()
            assert refusal.value.for_good
        assert len(made.asked) == 1


async def test_nobody_there() -> None:
    async with desk(issued("t1")) as made:
        made.token = Token("http://127.0.0.1:9/t", "a", "b", made.clock, random.Random(1))
        with pytest.raises(TokenError, match="连不上"):
            await made.get()


# -- on the platform ----------------------------------------------------------------------------


async def test_a_dead_token_costs_one_more_call() -> None:
    async with qq_world() as world:
        await world.say("你好")
        world.fake.invalidate_tokens()
        await world.say("还在吗")
        assert world.words() == ["好的", "好的"]
        assert world.fake.calls.count("getAppAccessToken") == 2


async def test_a_storm_of_401_ends_after_one_repeat() -> None:
    async with qq_world() as world:
        world.fake.faults.token_storm = 100
        before = world.calls()
        outcome = await world.send(Reply("通知"))
        assert world.calls() == before + 2
        assert outcome.pause
        assert "凭证" in outcome.cause
        assert outcome.outcomes[0].result is Result.RETRY


async def test_a_long_day_never_meets_a_dead_token() -> None:
    async with qq_world(webhook=True) as world:
        for _ in range(30):
            world.fake.clock.advance(timedelta(minutes=21))
            await world.say("你好")
        assert world.fake.calls.count("users/messages") == 30
