"""The fake QQ platform's callbacks: signatures, URL check, retries (protocol page A4)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.common.values import JsonObject, table, text
from simulator.qq.signing import seed_of, sign, verify
from tests.simulator.qq_scene import APPID, QUICK, Scene, run

VECTORS = Path(__file__).parents[2].parent / "shared" / "protocols" / "qq_vectors.json"


def vectors(kind: str) -> list[JsonObject]:
    if not VECTORS.exists():
        pytest.skip("the shared protocol vectors are not in this checkout")
    found: list[JsonObject] = json.loads(VECTORS.read_text("utf-8"))[kind]
    return found


def signed(vector: JsonObject) -> bytes:
    return text(vector, "body").encode()


@pytest.mark.parametrize("kind", ["public", "own"])
def test_published_signatures(kind: str) -> None:
    checked = 0
    for vector in vectors(kind):
        secret, stamp = text(vector, "secret"), text(vector, "timestamp")
        assert seed_of(secret).hex() == vector["seed_hex"]
        signature = text(vector, "signature")
        if vector.get("reproduces", True) and signature:
            assert sign(secret, stamp, signed(vector)) == signature, vector["name"]
            assert verify(secret, stamp, signed(vector), signature)
            checked += 1
    assert checked >= 2


def test_published_rejections() -> None:
    for vector in vectors("negative"):
        right = verify(
            text(vector, "secret"),
            text(vector, "timestamp"),
            signed(vector),
            text(vector, "signature"),
        )
        assert not right, vector["name"]


def test_the_vector_of_the_documentation() -> None:
    expected = (
        "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
        "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
    )
    assert sign("DG5g3B4j9X2KOErG", "1725442341", b"Arq0D5A61EgUu4OxUvOp") == expected
    with pytest.raises(ValueError, match="empty"):
        seed_of("")


def test_an_event_is_signed_and_acknowledged() -> None:
    async def play(scene: Scene) -> None:
        delivery = await scene.fake.say("lina", "在吗")
        assert (delivery.ok, delivery.attempts, delivery.status) == (True, 1, 200)
        (event,) = scene.hook.events
        assert (event["op"], event["t"]) == (0, "C2C_MESSAGE_CREATE")
        assert table(event, "d")["id"] == delivery.message_id
        headers = scene.hook.headers[0]
        assert headers["User-Agent"] == "QQBot-Callback"
        assert headers["X-Bot-Appid"] == APPID
        assert headers["X-Signature-Method"] == "Ed25519"
        assert len(headers["X-Signature-Ed25519"]) == 128
        assert scene.fake.shown("lina")[0].pending is False

    run(play, webhook=True)


def test_the_address_is_checked() -> None:
    async def play(scene: Scene) -> None:
        assert (await scene.fake.verify_url()).ok
        assert "X-Signature-Ed25519" not in scene.hook.headers[0]
        scene.bot.signs_validation = True
        assert (await scene.fake.verify_url()).ok
        assert "X-Signature-Ed25519" in scene.hook.headers[1]
        scene.bot.secret = "another secret"
        assert (await scene.fake.verify_url()).reason == "校验失败：签名不对"
        scene.bot.webhook_url = scene.base + "/nothing"
        assert (await scene.fake.verify_url()).reason == "校验失败：HTTP 404"

    run(play, webhook=True)


@pytest.mark.parametrize("failure", ["status", "redirect", "d1", "late", "lost", "timeout"])
def test_a_callback_is_repeated_with_the_same_id(failure: str) -> None:
    async def play(scene: Scene) -> None:
        faults = scene.fake.faults
        match failure:
            case "status":
                scene.hook.statuses = [500] * 9
            case "redirect":
                scene.hook.statuses = [302] * 9
            case "d1":
                scene.hook.ack = {"op": 12, "d": 1}
            case "late":
                scene.hook.delay = 0.5
            case "lost":
                faults.callback_losses = 2
            case _:
                faults.callback_timeouts = 2
        delivery = await scene.fake.say("lina", "在吗")
        ids = {text(event, "id") for event in scene.hook.events}
        assert len(ids) == 1
        if failure in ("lost", "timeout"):
            assert (delivery.ok, delivery.attempts) == (True, 3)
            assert len(scene.hook.events) == (1 if failure == "lost" else 3)
        else:
            assert (delivery.ok, delivery.attempts) == (False, 4)
            assert len(scene.hook.events) == 4
            assert scene.fake.shown("lina")[0].failure

    run(play, webhook=True)


def test_a_bare_200_is_an_acknowledgement() -> None:
    async def play(scene: Scene) -> None:
        scene.hook.ack = ""
        assert (await scene.fake.say("lina", "在吗")).attempts == 1
        scene.hook.ack = {"op": 12}
        assert (await scene.fake.say("lina", "在吗")).attempts == 1
        assert (await scene.fake.webhooks.heartbeat(scene.bot, 7)).ok

    run(play, webhook=True)


def test_bad_signatures_and_wrong_clocks() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.bad_signatures = 1
        delivery = await scene.fake.say("lina", "在吗")
        assert (delivery.attempts, scene.hook.rejected) == (2, 1)
        scene.fake.faults.callback_skew = -3600
        await scene.fake.say("lina", "在吗")
        stamps = [int(headers["X-Signature-Timestamp"]) for headers in scene.hook.headers]
        assert stamps[-1] == stamps[0] - 3600

    run(play, webhook=True)


def test_a_bot_can_answer_within_the_callback_or_after_it() -> None:
    async def play(scene: Scene) -> None:
        said = await scene.fake.say("lina", "在吗")
        assert (await scene.to_user("lina", msg_id=said.message_id, content="在")).code == 0
        await scene.fake.quiet()
        assert scene.fake.shown("lina")[-1].text == "在"
        await scene.fake.redeliver()
        first, second = scene.hook.events
        assert first["id"] == second["id"]

    run(play, QUICK, webhook=True)


def test_without_an_address_nothing_is_delivered() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.webhook_url = ""
        assert (await scene.fake.say("lina", "在吗")).reason == "没有设置回调地址"

    run(play, webhook=True)
