"""The door of the callbacks: constant work, replays, clocks that are wrong, sizes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom import door as wecom_door
from bot.channels.wecom.crypto import BadCallbackError, CallbackCrypto
from bot.channels.wecom.door import RETRIES, SKEW, WINDOW, Door
from bot.guard import BODY_BYTES
from simulator.clock import SimClock
from tests.bot.wecom_app_stage import AppStage, app_stage
from tests.bot.worlds import STAMP, World, message, outer

TOKEN, CORP = "tkVector1", "ww0123456789abcdef"
KEY = "hoFp++Fb8H6oAkD0knLzjXEaTayjtRh0I7G9pDUP5xU"
CRYPTO = CallbackCrypto(TOKEN, KEY, CORP)
NOW = datetime(2021, 7, 12, 8, 20, tzinfo=timezone(timedelta(hours=8)))


def told(
    stage: AppStage, *, at: datetime | None = None, number: int = 1
) -> tuple[dict[str, str], str]:
    """A callback that can be posted again, byte for byte."""
    sealed = stage.world.envelope.seal(message("zhangwei", "我的学分", number))
    query = stage.world.query(sealed)
    if at is not None:
        stamp = str(int(at.timestamp()))
        signature = stage.world.envelope.signature(stamp, query["nonce"], sealed)
        query |= {"timestamp": stamp, "msg_signature": signature}
    return query, outer(sealed)


# -- replays ---------------------------------------------------------------------------------------


async def test_a_retry_with_the_same_nonce_is_acknowledged_and_a_replay_is_not(
    world: World, log_lines: list[str]
) -> None:
    async with app_stage(world) as stage:
        query, body = told(stage)
        first = await world.post(query, body, bot=stage.bot)
        assert "62 学分" in first.words
        for _ in range(3):
            again = await world.post(query, body, bot=stage.bot)
            assert (again.status, again.body) == (200, b"")
        for wait in (RETRIES + timedelta(seconds=1), timedelta(minutes=100)):
            world.clock.advance(wait)
            replay = await world.post(query, body, bot=stage.bot)
            assert (replay.status, replay.body) == (403, b"")
        assert len([line for line in log_lines if '"reason": "replay"' in line]) == 2
        assert not [line for line in log_lines if query["msg_signature"] in line]


async def test_a_retry_sealed_afresh_is_one_reply(world: World) -> None:
    async with app_stage(world) as stage:
        await world.stage.fake.say("zhangwei", "我的学分", copies=3)
        await world.quiet()
        assert len(world.words("zhangwei")) == 1
        assert stage.bot.address


async def test_two_callbacks_that_share_a_nonce_by_chance_are_both_answered(world: World) -> None:
    """Only WeCom can sign; a nonce of ten digits meets itself in a busy morning."""
    async with app_stage(world) as stage:
        for number in (1, 2):
            sealed = world.envelope.seal(message("zhangwei", "我的学分", number))
            signature = world.envelope.signature(STAMP, "1234567890", sealed)
            query = {"msg_signature": signature, "timestamp": STAMP, "nonce": "1234567890"}
            assert "62 学分" in (await world.post(query, outer(sealed), bot=stage.bot)).words


async def test_a_replay_to_another_replica_is_answered_by_nobody(each_world: World) -> None:
    """Its memory is its own; the MsgId, which all replicas keep, ends it there."""
    world = each_world
    async with app_stage(world) as stage:
        query, body = told(stage)
        assert (await world.post(query, body, bot=stage.bot)).words
    await world.start_bot()
    async with app_stage(world) as other:
        world.clock.advance(timedelta(minutes=90))
        replay = await world.post(query, body, bot=other.bot)
        assert replay.body == b""


async def test_a_platforms_own_replays_are_dropped(world: World) -> None:
    async with app_stage(world):
        fake = world.stage.fake
        await fake.say("zhangwei", "我的学分")
        assert (await fake.redeliver(same_nonce=True)).ok
        assert (await fake.redeliver(same_nonce=False)).ok
        kept = await fake.redeliver(same_nonce=False)
        assert kept.ok
        world.clock.advance(timedelta(minutes=30))
        assert (await fake.redeliver(same_nonce=True)).status == 403
        await world.quiet()
        assert len(world.words("zhangwei")) == 1


# -- clocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_clock_that_is_a_little_wrong_is_reported_and_nothing_is_refused(
    world: World, sign: int, log_lines: list[str]
) -> None:
    async with app_stage(world) as stage:
        query, body = told(stage, at=world.clock.now() + sign * timedelta(minutes=90))
        assert (await world.post(query, body, bot=stage.bot)).words
        await asyncio.sleep(0.1)
        assert "90 分钟" in (await stage.channel.notes())["clock"]
        assert [line for line in log_lines if '"reason": "clock"' in line]
        query, body = told(stage, at=world.clock.now() + SKEW, number=2)
        assert (await world.post(query, body, bot=stage.bot)).words
        await asyncio.sleep(0.1)
        assert "clock" not in await stage.channel.notes(), "it is well again"


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_callback_of_another_time_is_refused(world: World, sign: int) -> None:
    async with app_stage(world) as stage:
        moment = world.clock.now() + sign * (WINDOW + timedelta(seconds=1))
        query, body = told(stage, at=moment)
        assert (await world.post(query, body, bot=stage.bot)).status == 403
        await asyncio.sleep(0.1)
        assert "2 小时" in (await stage.channel.notes())["clock"]
        query, body = told(stage, at=world.clock.now() + sign * WINDOW)
        assert (await world.post(query, body, bot=stage.bot)).words


async def test_the_fakes_skew_reaches_the_operator(world: World) -> None:
    async with app_stage(world) as stage:
        world.stage.fake.faults.callback_skew = 1200
        assert (await world.stage.fake.say("zhangwei", "我的学分")).ok
        await asyncio.sleep(0.1)
        assert "20 分钟" in (await stage.channel.notes())["clock"]


@given(st.text(max_size=14))
def test_any_timestamp_is_taken_or_refused(stamp: str) -> None:
    door = Door(CRYPTO, SimClock(NOW, frozen=True))
    sealed = CRYPTO.seal("x", stamp, "n")
    try:
        told = door._open(_request(sealed.signature, stamp), sealed.encrypt)
    except BadCallbackError:
        return
    assert told == "x"
    assert abs(int(stamp) - NOW.timestamp()) <= WINDOW.total_seconds()


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wecom_door, "REMEMBERED", 50)
    clock = SimClock(NOW, frozen=True)
    door = Door(CRYPTO, clock)
    stamp = str(int(NOW.timestamp()))
    for number in range(120):
        sealed = CRYPTO.seal("x", stamp, str(number))
        door._open(_request(sealed.signature, stamp, str(number)), sealed.encrypt)
    assert len(door._seen) == 50
    clock.advance(timedelta(hours=5))
    stamp = str(int(clock.now().timestamp()))
    sealed = CRYPTO.seal("x", stamp, "n")
    door._open(_request(sealed.signature, stamp), sealed.encrypt)
    assert len(door._seen) == 1, "what is older than any valid callback is forgotten"


def _request(signature: str, stamp: str, nonce: str = "n"):  # type: ignore[no-untyped-def]
    from yarl import URL  # noqa: PLC0415

    path = URL("/").with_query(msg_signature=signature, timestamp=stamp, nonce=nonce)
    return make_mocked_request("POST", path.raw_path_qs)


# -- constant work ---------------------------------------------------------------------------------


def test_a_bad_signature_costs_what_a_good_one_costs() -> None:
    """The best of many rounds, on a message where decrypting is most of the work."""
    good = CRYPTO.seal("学" * 60_000, "1", "n")

    def best(signature: str) -> float:
        times = []
        for _ in range(40):
            begun = time.perf_counter()
            with suppress(BadCallbackError):
                CRYPTO.open(signature, "1", "n", good.encrypt)
            times.append(time.perf_counter() - begun)
        return min(times)

    true, false = best(good.signature), best("0" * 40)
    assert 0.5 < false / true < 2


@pytest.mark.parametrize("sealed", ["", "A", "====", "QUJD", "我"])
def test_whatever_else_is_wrong_a_bad_signature_is_all_that_is_said(sealed: str) -> None:
    with pytest.raises(BadCallbackError, match="signature"):
        CRYPTO.open("0" * 40, "1", "n", sealed)


# -- sizes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/wecom/callback", "/wecom/aibot"])
@pytest.mark.parametrize("size", [BODY_BYTES + 1, 600 * 1024])
async def test_a_body_without_a_length_is_measured_too(world: World, path: str, size: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(0, size, 4096):
            yield b"x" * 4096

    url = world.bot.address + path
    async with world.http.post(url, params=world.query("x"), data=pieces()) as answer:
        assert answer.status == 413
        assert await answer.read() == b""
