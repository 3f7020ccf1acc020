"""The webhook on the wire: what is let in, what is refused, what comes twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from bot.channels.qq.ears import MOST_AT_ONCE
from bot.channels.qq.signature import key
from bot.guard import BODY_BYTES
from handlers.reply import Reply
from simulator.qq.signing import sign
from tests.bot.qq_world import APPID, FAST, GROUP, NOTICE, QUICK, SECRET, QQWorld, qq_world, until
from tests.bot.test_qq_signature import VECTORS, vectors

ACK = {"op": 12, "d": 0}


def event(number: int = 1, **d: Any) -> dict[str, Any]:
    """A private message's payload."""
    inner = {"id": f"ROBOT1.0_{number}", "author": {"user_openid": "U1"}, "content": "你好", **d}
    return {"op": 0, "id": f"C2C:{number}", "t": "C2C_MESSAGE_CREATE", "d": inner}


async def post(
    world: QQWorld,
    body: object,
    *,
    age: int = 0,
    headers: dict[str, str] | None = None,
    secret: str = SECRET,
) -> tuple[int, Any]:
    """A callback signed now, unless the headers say otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(world.fake.clock.now().timestamp()) - age)
    signed = {
        "X-Bot-Appid": APPID,
        "X-Signature-Timestamp": stamp,
        "X-Signature-Ed25519": sign(secret, stamp, raw),
        **(headers or {}),
    }
    signed = {name: value for name, value in signed.items() if value != "-"}
    async with world.http.post(f"{world.address}/qq/webhook", data=raw, headers=signed) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if answer.status == 200 else text


async def test_a_conversation() -> None:
    async with qq_world(webhook=True) as world:
        assert (await world.fake.verify_url()).ok
        assert (await world.fake.webhooks.heartbeat(world.bot, 7)).ok
        incoming = await world.say("我的学分")
        assert (incoming.text, incoming.account, incoming.realm) == ("我的学分", world.user, "qq")
        assert world.words() == ["好的"]
        assert (await world.say("明天几点", GROUP)).group == world.group
        assert not world.channel.problem()


async def test_the_answer_to_the_platform_does_not_wait_for_ours() -> None:
    async with qq_world(webhook=True, limits=replace(QUICK, webhook_seconds=0.2)) as world:
        world.office.waits = 0.5
        delivery = await world.fake.say("zhangwei", "慢慢来")
        assert (delivery.ok, delivery.attempts) == (True, 1)
        await world.quiet()
        assert world.words() == ["好的"]


async def test_a_press_is_acknowledged_before_it_is_worked_on() -> None:
    async with qq_world(webhook=True) as world:
        world.office.answer = lambda _: Reply(card=NOTICE)
        await world.say("有什么通知")
        world.office.waits = 1.0
        await world.fake.press("zhangwei", None, "收到")
        await until(lambda: world.fake.interactions[0].after is not None)
        assert world.fake.interactions[0].in_time
        assert world.fake.interactions[0].code == 0
        await world.quiet()


# -- the published vectors ----------------------------------------------------------------------


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are absent")
async def test_the_address_check_is_answered_as_published() -> None:
    case = vectors()["public"][0]
    async with qq_world(webhook=True, secret=case["secret"], dials=False) as world:
        status, body = await post(
            world, case["request_body"].encode(), headers={"X-Signature-Ed25519": "-"}
        )
        assert (status, body) == (200, case["response"])


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are absent")
async def test_the_address_check_is_no_signing_oracle() -> None:
    attack = vectors()["signing_oracle"]
    async with qq_world(webhook=True, secret=attack["secret"], dials=False) as world:
        status, body = await post(world, attack["attack_request"], secret=attack["secret"])
        assert status == 400
        assert attack["signature_a_naive_handler_would_leak"][:16] not in body


@cache
def negatives() -> list[Any]:
    """The cases that must be rejected."""
    return [pytest.param(each, id=each["name"]) for each in vectors().get("negative", ())]


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are absent")
@pytest.mark.parametrize("case", negatives())
async def test_what_must_be_rejected_is_rejected_on_the_wire(case: dict[str, Any]) -> None:
    async with qq_world(webhook=True, secret=case["secret"], dials=False) as world:
        world.fake.clock.set(world.fake.clock.now().fromtimestamp(1760000001).astimezone())
        headers = {
            "X-Signature-Timestamp": case["timestamp"],
            "X-Signature-Ed25519": case["signature"] or "-",
        }
        status, _ = await post(world, case["body"].encode(), headers=headers)
        assert status == 401
        assert not world.office.heard


# -- the door -----------------------------------------------------------------------------------


async def test_the_door() -> None:
    async with qq_world(webhook=True, dials=False) as world:
        for wrong in (
            {"X-Signature-Ed25519": "-"},
            {"X-Signature-Timestamp": "-"},
            {"X-Signature-Timestamp": "x"},
            {"X-Signature-Timestamp": "1" * 30},
            {"X-Signature-Ed25519": "zz"},
            {"X-Signature-Ed25519": "00" * 64},
            {"X-Bot-Appid": "999"},
            {"X-Bot-Appid": "\udcff"},
            {"X-Signature-Timestamp": "１"},
        ):
            assert (await post(world, event(), headers=wrong))[0] == 401, wrong
        assert (await post(world, event(), secret="another"))[0] == 401
        assert (await post(world, event(), age=301))[0] == 401
        assert (await post(world, event(), age=-301))[0] == 401
        assert not world.office.heard
        assert (await post(world, event(), age=299)) == (200, ACK)
        # the signature is what we trust: a header less is no reason to go deaf
        assert (await post(world, event(2), headers={"X-Bot-Appid": "-"})) == (200, ACK)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"null", b"[" * 5000, b'{"op": 0'])
async def test_signed_noise_is_a_bad_request(body: bytes) -> None:
    async with qq_world(webhook=True, dials=False) as world:
        assert (await post(world, body))[0] == 400
        status, _ = await post(world, body, headers={"X-Signature-Ed25519": "-"})
        assert status == 401


@pytest.mark.parametrize("body", [{}, {"op": 99}, {"op": 0}, {"op": 0, "t": "NEW", "d": None}])
async def test_what_is_not_known_is_acknowledged(body: dict[str, Any]) -> None:
    async with qq_world(webhook=True, dials=False) as world:
        assert (await post(world, body)) == (200, ACK)
        assert not world.office.heard


async def test_too_much_is_not_read() -> None:
    async with qq_world(webhook=True, dials=False) as world:
        assert (await post(world, b" " * (BODY_BYTES + 1)))[0] == 413

        async def endless() -> Any:
            for _ in range(BODY_BYTES // 1000 + 10):
                yield b" " * 1000

        url = f"{world.address}/qq/webhook"
        async with world.http.post(url, data=endless()) as answer:
            assert answer.status == 413


@pytest.mark.parametrize("method", ["get", "put"])
async def test_only_posts_are_taken(method: str) -> None:
    async with (
        qq_world(webhook=True, dials=False) as world,
        world.http.request(method, f"{world.address}/qq/webhook") as answer,
    ):
        assert answer.status == 405


async def test_without_the_setting_there_is_no_door() -> None:
    async with (
        qq_world() as world,
        world.http.post(f"{world.address}/qq/webhook", data=b"{}") as answer,
    ):
        assert answer.status == 404


# -- what comes twice ---------------------------------------------------------------------------


async def test_a_repeat_is_acknowledged_and_dropped() -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.callback_timeouts = 2
        delivery = await world.fake.say("zhangwei", "只此一次")
        assert (delivery.ok, delivery.attempts) == (True, 3)
        await world.fake.say("zhangwei", "两份", copies=2)  # new payload ids, the same message
        await world.fake.redeliver()
        await world.quiet()
        assert [each.text for each in world.office.heard] == ["只此一次", "两份"]
        assert world.words() == ["好的", "好的"]


async def test_too_many_at_once_come_again() -> None:
    async with qq_world(webhook=True) as world:
        world.office.held, world.office.answer = asyncio.Event(), lambda _: None
        await asyncio.gather(*(post(world, event(number)) for number in range(MOST_AT_ONCE)))
        assert (await post(world, event(5000)))[0] == 503
        world.office.held.set()
        await world.channel.quiet()
        assert (await post(world, event(5000)))[0] == 200
        await world.channel.quiet()
        assert len(world.office.heard) == MOST_AT_ONCE + 1


async def test_a_wrong_secret_is_told_before_anybody_writes() -> None:
    async with qq_world(webhook=True, secret="wrong", timing=FAST) as world:
        await until(world.channel.problem)
        assert "AppSecret" in world.channel.problem()
        assert not (await world.fake.verify_url()).ok


def test_our_key_is_the_simulators() -> None:
    """Two independent derivations."""
    assert key(SECRET).sign(b"1x").hex() == sign(SECRET, "1", b"x")
