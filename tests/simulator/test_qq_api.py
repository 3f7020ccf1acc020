"""The fake QQ platform's tokens, messages and groups on the wire (protocol page A2, A7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from simulator.common.rates import MINUTE
from simulator.common.values import JsonObject, table, text
from simulator.qq import Rate, Standing
from tests.simulator.qq_scene import APPID, QUICK, SECRET, Scene, run


def test_a_token_lives_two_hours_and_overlaps_in_its_last_minute() -> None:
    async def play(scene: Scene) -> None:
        first = await scene.ask_token()
        assert first.body["expires_in"] == "7200"  # a string
        scene.fake.clock.advance(timedelta(seconds=7139))
        again = await scene.ask_token()
        assert (again.body["access_token"], again.body["expires_in"]) == (
            first.body["access_token"],
            "61",
        )
        scene.fake.clock.advance(timedelta(seconds=1))
        second = await scene.ask_token()
        assert second.body["access_token"] != first.body["access_token"]
        for token in (first, second):
            header = {"Authorization": f"QQBot {text(token.body, 'access_token')}"}
            assert (await scene.call("GET", "/gateway", None, header)).status == 200
        scene.fake.clock.advance(timedelta(seconds=60))
        header = {"Authorization": f"QQBot {text(first.body, 'access_token')}"}
        got = await scene.call("GET", "/gateway", None, header)
        assert (got.status, got.code) == (401, 11244)

    run(play)


def test_token_failures_come_with_status_200() -> None:
    async def play(scene: Scene) -> None:
        got = await scene.ask_token(secret="wrong")
        assert (got.status, got.code) == (200, 100016)
        assert "access_token" not in got.body
        assert (await scene.ask_token(appid="999")).code == 100016
        path = "/app/getAppAccessToken"  # the new host's address
        assert (await scene.call("POST", path, {"appId": APPID}, {})).code == 100007
        good = {"appId": APPID, "clientSecret": SECRET}
        assert "access_token" in (await scene.call("POST", path, good, {})).body
        scene.fake.faults.fail(100001, path="getAppAccessToken")
        assert (await scene.ask_token()).code == 100001
        assert scene.fake.calls.count("getAppAccessToken", 100016) == 2

    run(play)


def test_who_is_let_in() -> None:
    async def play(scene: Scene) -> None:
        bare = await scene.auth()

        async def code(headers: dict[str, str]) -> tuple[int, int]:
            got = await scene.call("GET", "/gateway", None, headers)
            assert got.headers["X-Tps-trace-ID"]
            return got.status, got.code

        assert await code({}) == (401, 11241)
        assert await code({"Authorization": f"Bot {APPID}.{SECRET}"}) == (401, 11241)
        assert await code({"Authorization": "QQBot nonsense"}) == (401, 11244)
        assert await code({"Authorization": bare, "X-Union-Appid": "1"}) == (401, 11251)
        assert await code({"Authorization": bare, "X-Union-Appid": APPID}) == (200, 0)
        scene.bot.trusted_ips = {"10.0.0.1"}
        assert await code({"Authorization": bare}) == (401, 11298)
        scene.bot.trusted_ips = None
        scene.fake.faults.token_storm = 1
        assert await code({"Authorization": bare}) == (401, 11244)
        assert await code({"Authorization": bare}) == (200, 0)
        scene.fake.invalidate_tokens()
        assert await code({"Authorization": bare}) == (401, 11244)

    run(play)


def test_a_reply_and_an_active_push_in_private() -> None:
    async def play(scene: Scene) -> None:
        asked = await scene.heard("zhangwei")
        got = await scene.to_user("zhangwei", content="您好", msg_id=asked, msg_seq=1)
        assert got.status == 200
        assert isinstance(got.body["timestamp"], int)
        assert text(table(got.body, "ext_info"), "ref_idx")
        assert (await scene.to_user("zhangwei")).status == 200
        shown = scene.fake.shown("zhangwei")
        assert [(s.text, s.sender, s.chat) for s in shown[1:]] == [
            ("您好", "师训助手", "c2c"),
            ("通知", "师训助手", "c2c"),
        ]
        assert scene.fake.shown("lina") == []

    run(play)


def test_a_group_sees_it_all() -> None:
    async def play(scene: Scene) -> None:
        got = await scene.to_group(content="开班了")
        assert isinstance(got.body["timestamp"], str)
        for account in ("zhangwei", "lina", "zhouming"):
            (shown,) = scene.fake.shown(account)
            assert (shown.text, shown.chat, shown.mine) == ("开班了", "group1", False)

    run(play)


@pytest.mark.parametrize(
    ("chat", "most", "minutes", "expired"),
    [("group1", 5, 5, 40034005), (None, 4, 60, 40034005)],
)
def test_windows_and_counts_of_replies(
    chat: str | None, most: int, minutes: int, expired: int
) -> None:
    async def play(scene: Scene) -> None:
        scene.bot.pushes = False
        asked = await scene.heard("zhangwei", chat=chat)

        async def reply(seq: int, msg_id: str = asked) -> int:
            body: JsonObject = {"msg_id": msg_id, "msg_seq": seq}
            if chat is None:
                return (await scene.to_user("zhangwei", **body)).code
            return (await scene.to_group(**body)).code

        assert [await reply(seq) for seq in range(1, most + 1)] == [0] * most
        assert await reply(most + 1) == 40034128
        assert await reply(1) == 40054005
        late = await scene.heard("zhangwei", chat=chat)
        scene.fake.clock.advance(timedelta(minutes=minutes))
        assert await reply(1, late) == 0
        scene.fake.clock.advance(timedelta(seconds=1))
        assert await reply(2, late) == expired
        assert await reply(1, late) == 40054005  # a repeat is known as one
        assert await reply(1, "ROBOT1.0_nothing") == 40034024
        count = len([s for s in scene.fake.shown("zhangwei") if not s.mine])
        assert count == most + 1

    run(play)


def test_a_message_can_only_be_answered_where_it_was_said() -> None:
    async def play(scene: Scene) -> None:
        private, group = await scene.heard("lina"), await scene.heard("lina", chat="group1")
        assert (await scene.to_group(msg_id=private)).code == 40034024
        assert (await scene.to_user("lina", msg_id=group)).code == 40034024
        assert (await scene.to_user("zhangwei", msg_id=private)).code == 40034024
        assert (await scene.to_user("lina", event_id=private + "x")).code == 40034025
        assert (await scene.to_user("lina", msg_id=private)).code == 0
        assert (await scene.to_user("lina", msg_id=private)).code == 40054005  # msg_seq is 1

    run(play)


def test_a_lost_answer_can_be_asked_for_again() -> None:
    async def play(scene: Scene) -> None:
        asked = await scene.heard("lina")
        scene.fake.faults.drop_answers, scene.fake.faults.drop_path = 1, "users/messages"
        with pytest.raises(aiohttp.ClientConnectionError):
            await scene.to_user("lina", msg_id=asked, msg_seq=1, content="一次")
        assert (
            await scene.to_user("lina", msg_id=asked, msg_seq=1, content="一次")
        ).code == 40054005
        assert [s.text for s in scene.fake.shown("lina") if not s.mine] == ["一次"]

    run(play)


def test_targets_that_cannot_be_reached() -> None:
    async def play(scene: Scene) -> None:
        fake = scene.fake
        body: JsonObject = {"msg_type": 0, "content": "a"}
        member = fake.member_openid("lina", "group1")
        assert member != fake.user_openid("lina")
        got = await scene.call("POST", f"/v2/users/{member}/messages", body)
        assert (got.status, got.code) == (404, 10001)
        assert (await scene.call("POST", f"/v2/groups/{member}/messages", body)).code == 40034101
        asked = await scene.heard("lina")
        await fake.remove_friend("lina")
        assert (await scene.to_user("lina", msg_id=asked)).code == 40054004
        await fake.add_friend("lina")
        await fake.reject_active("lina")
        assert (await scene.to_user("lina")).code == 40054013
        assert (await scene.to_user("lina", msg_id=asked)).code == 0
        await fake.receive_active("lina")
        assert (await scene.to_user("lina")).code == 0
        fake.mute("group1")
        assert (await scene.to_group()).code == 40054002
        fake.mute("group1", muted=False)
        await fake.reject_group("group1", "zhouming")
        assert (await scene.to_group()).code == 40034105
        await fake.receive_group("group1", "zhouming")
        assert (await scene.to_group()).code == 0
        scene.bot.pushes = False
        assert (await scene.to_group()).code == 40034105
        await fake.remove_robot("group1", "zhouming")
        assert (await scene.to_group()).code == 40054003
        scene.bot.standing = Standing.OFFLINE
        assert (await scene.to_user("lina")).code == 40054016
        scene.bot.standing = Standing.BANNED
        assert (await scene.to_user("lina")).code == 11265

    run(play)


def test_ids_are_per_bot_and_per_group() -> None:
    async def play(scene: Scene) -> None:
        fake = scene.fake
        fake.add_bot("102000002", "别的助手", secret="another")
        fake.add_group("信息技术2班", ["lina"])
        ids = {
            fake.user_openid("lina"),
            fake.user_openid("lina", bot="102000002"),
            fake.member_openid("lina", "group1"),
            fake.member_openid("lina", "group2"),
            fake.member_openid("lina", "group1", bot="102000002"),
        }
        assert len(ids) == 5
        assert all(len(one) == 32 and one == one.upper() for one in ids)
        other = fake.user_openid("lina", bot="102000002")
        got = await scene.call("POST", f"/v2/users/{other}/messages", {"content": "a"})
        assert got.code == 10001

    run(play)


def test_what_a_bot_may_know_of_its_group() -> None:
    async def play(scene: Scene) -> None:
        path = f"/v2/groups/{scene.fake.group_openid('group1')}"
        state = await scene.call("GET", f"{path}/bot_state")
        assert state.body["allow_proactive_msg"] is True
        assert state.body["recv_msg_setting"] == "only_mention"
        info = await scene.call("GET", f"{path}/info")
        assert info.body["member_count"] == 4
        await scene.call("GET", f"{path}/info")
        got = await scene.call("GET", f"{path}/info")
        assert (got.status, got.code) == (429, 20028)
        await scene.fake.remove_robot("group1", "zhouming")
        assert (await scene.call("GET", f"{path}/bot_state")).code == 40054003

    run(play, replace(QUICK, group_looks=(Rate(2, MINUTE),)))
