"""Files, recall, audit and typing of the fake QQ platform on the wire (protocol page A7)."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.common.values import JsonObject, table, text
from simulator.qq import Kind
from tests.simulator.qq_scene import QUICK, Scene, run

PNG = b"\x89PNG\r\n\x1a\n rest of a picture"


@pytest.mark.parametrize("scene_name", ["users", "groups"])
def test_files_are_bound_to_their_scene_and_run_out(scene_name: str) -> None:
    async def play(scene: Scene) -> None:
        openids = {
            "users": scene.fake.user_openid("lina"),
            "groups": scene.fake.group_openid("group1"),
        }
        path = f"/v2/{scene_name}/{openids[scene_name]}"
        data = base64.b64encode(PNG).decode()
        body: JsonObject = {"file_type": 1, "file_data": data, "srv_send_msg": False}
        got = await scene.call("POST", f"{path}/files", body)
        assert (got.body["ttl"], scene.fake.shown("lina")) == (3600, [])
        media: JsonObject = {"msg_type": 7, "media": {"file_info": got.body["file_info"]}}
        assert (await scene.call("POST", f"{path}/messages", media)).code == 50006
        sent = await scene.call("POST", f"{path}/messages", media | {"content": " "})
        assert sent.code == 0
        shown = scene.fake.shown("lina")[-1]
        assert (shown.kind, shown.file_size, shown.text) == (Kind.IMAGE, len(PNG), "")
        other = "groups" if scene_name == "users" else "users"
        wrong = await scene.call(
            "POST", f"/v2/{other}/{openids[other]}/messages", media | {"content": " "}
        )
        assert wrong.code == 40034106
        scene.fake.clock.advance(timedelta(hours=1, seconds=1))
        late = await scene.call("POST", f"{path}/messages", media | {"content": " "})
        assert late.code == 40034106

    run(play)


def test_files_that_are_refused() -> None:
    async def play(scene: Scene) -> None:
        path = f"/v2/users/{scene.fake.user_openid('lina')}/files"
        data = base64.b64encode(PNG).decode()
        text_data = base64.b64encode(b"plain words").decode()

        async def code(**body: object) -> int:
            return (await scene.call("POST", path, {"file_type": 1, **body})).code

        assert await code(file_data="***") == 50035
        assert await code() == 50035
        assert await code(file_type=9, file_data=data) == 50035
        assert await code(url="https://office.example.com/a.png") == 304082
        assert await code(file_data=text_data) == 40034108
        assert await code(file_type=3, file_data=text_data) == 40034108
        assert await code(file_type=4, file_data=text_data, file_name="名单.txt") == 0
        assert await code(file_type=4, file_data=base64.b64encode(b"a" * 41).decode()) == 304020
        assert scene.fake.shown("lina") == []
        assert await code(file_data=data, srv_send_msg=True) == 0
        assert [s.kind for s in scene.fake.shown("lina")] == [Kind.IMAGE]

    run(play, replace(QUICK, file_bytes=40))


def test_recall_within_two_minutes() -> None:
    async def play(scene: Scene) -> None:
        openid = scene.fake.user_openid("lina")
        first = text((await scene.to_user("lina", content="一")).body, "id")
        second = text((await scene.to_user("lina", content="二")).body, "id")
        said = await scene.heard("lina")

        async def recall(ident: str) -> int:
            got = await scene.call("DELETE", f"/v2/users/{openid}/messages/{ident}")
            return got.code or got.status

        scene.fake.clock.advance(timedelta(minutes=2))
        assert await recall(first) == 204
        assert await recall(first) == 306001
        assert await recall(said) == 306002
        scene.fake.clock.advance(timedelta(seconds=1))
        assert await recall(second) == 306011
        assert [s.kind for s in scene.fake.shown("lina")[:2]] == [Kind.RECALLED, Kind.TEXT]
        elsewhere = scene.fake.user_openid("zhangwei")
        got = await scene.call("DELETE", f"/v2/users/{elsewhere}/messages/{second}")
        assert got.code == 306001

    run(play)


def test_a_message_under_audit_is_shown_later() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.faults.audits = 3
        asked = await scene.heard("lina")
        got = await scene.to_user("lina", msg_id=asked, content="审一审")
        assert (got.status, got.code) == (202, 304024)
        push = await scene.to_group(content="也审")
        assert push.code == 304023
        third = await scene.to_user("lina")
        ids = [
            text(table(table(one.body, "data"), "message_audit"), "audit_id")
            for one in (got, push, third)
        ]
        assert [s.text for s in scene.fake.shown("lina")] == ["你好"]
        await scene.fake.finish_audit(ids[0])
        await scene.fake.finish_audit(ids[1], passed=False)
        assert [s.text for s in scene.fake.shown("lina")] == ["你好", "审一审"]
        assert scene.fake.calls.count("users/messages", 304024) == 1

    run(play)


def test_typing_leaves_nothing() -> None:
    async def play(scene: Scene) -> None:
        asked = await scene.heard("lina")
        typing: JsonObject = {"input_type": 1, "input_second": 10}
        body: JsonObject = {"msg_type": 6, "input_notify": typing, "msg_id": asked}
        assert (await scene.to_user("lina", **body)).code == 0
        assert (await scene.to_user("lina", **(body | {"msg_id": ""}))).code == 40034024
        long: JsonObject = {"input_notify": typing | {"input_second": 61}}
        assert (await scene.to_user("lina", **(body | long))).code == 50035
        assert (await scene.to_group(**body)).code == 50035
        assert scene.fake.desk.typing == ["lina"]
        assert len(scene.fake.shown("lina")) == 1

    run(play)
