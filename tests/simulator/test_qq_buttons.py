"""Buttons that people press in the fake QQ, and their acknowledgement (protocol page A8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.common.values import JsonObject, table, text
from simulator.qq import NotOnScreenError
from tests.simulator.qq_scene import QUICK, Scene, run
from tests.simulator.test_qq_content import button, keyboard, markdown
from tests.simulator.test_qq_people import event


def test_a_button_is_pressed_and_acknowledged() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            scene.bot.pushes = False
            asked = await scene.heard("lina")
            await socket.next()
            assert (await markdown(scene, msg_id=asked, **keyboard([button()]))).code == 0
            assert (await scene.fake.press("lina", None, "我做完了")).ok
            frame = await socket.next()
            data = table(frame, "d")
            assert (data["scene"], data["chat_type"], data["type"]) == ("c2c", 2, 11)
            assert data["user_openid"] == scene.fake.user_openid("lina")
            resolved = table(table(data, "data"), "resolved")
            assert (resolved["button_data"], resolved["button_id"]) == ("done:42", "ok")
            path = f"/interactions/{data['id']}"
            assert (await scene.call("PUT", path, {"code": 9})).code == 50035
            assert (await scene.call("PUT", path, {"code": 0})).status == 200
            (pressed,) = scene.fake.interactions
            assert (pressed.in_time, pressed.code) == (True, 0)
            assert scene.fake.shown("lina")[-1].buttons == [("已提交", "ok", True)]
            event_id = text(frame, "id")
            assert (await scene.to_user("lina", event_id=text(data, "id"))).code == 40034025
            assert (await scene.to_user("lina", event_id=event_id)).code == 0
            scene.fake.clock.advance(timedelta(minutes=61))
            assert (await scene.to_user("lina", event_id=event_id, msg_seq=2)).code == 40034026
            assert (await scene.call("PUT", "/interactions/nothing", {"code": 0})).code == 40034025

    run(play)


def test_a_late_acknowledgement_is_late() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            await markdown(scene, **keyboard([button()]))
            shown = scene.fake.shown("lina")[-1]
            await scene.fake.press("lina", shown.seq, "ok")
            data = await event(socket, "INTERACTION_CREATE")
            await scene.fake.quiet()  # gives up after 0.05 s
            assert not scene.fake.interactions[0].in_time
            assert [one.after for one in scene.fake.interactions] == [None]
            await scene.call("PUT", f"/interactions/{data['id']}", {"code": 0})
            assert scene.fake.interactions[0].after is not None
            assert not scene.fake.interactions[0].in_time

    run(play, replace(QUICK, interaction_seconds=0.05, answer_seconds=0.0))


def test_event_ids_as_the_other_table_has_them() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.event_data_ids = True
        async with scene.online() as socket:
            await markdown(scene, **keyboard([button()]))
            await scene.fake.press("lina", None, "ok")
            frame = await socket.next()
            assert (await scene.to_user("lina", event_id=frame["id"])).code == 40034025
            data = table(frame, "d")
            assert (await scene.to_user("lina", event_id=data["id"])).code == 0

    run(play)


def test_buttons_in_groups_that_not_everybody_may_press() -> None:
    async def play(scene: Scene) -> None:
        lina = scene.fake.member_openid("lina", "group1")
        listed: JsonObject = {"type": 0, "specify_user_ids": [lina]}
        row = [button("a", permission={"type": 1}), button("b", permission=listed)]
        row.append(button("c", type=2, data="本周安排"))
        body: JsonObject = {"msg_type": 2, "content": "", "markdown": {"content": "# 一"}}
        async with scene.online() as socket:
            assert (await scene.to_group(**(body | keyboard(row)))).code == 0
            assert (await scene.fake.press("lina", None, "a")).reason == "无权限操作"
            assert (await scene.fake.press("zhangwei", None, "b")).reason == "无权限操作"
            assert (await scene.fake.press("zhouming", None, "a")).ok
            data = await event(socket, "INTERACTION_CREATE")
            assert (data["scene"], data["chat_type"]) == ("group", 1)
            assert data["group_member_openid"] == scene.fake.member_openid("zhouming", "group1")
            assert (await scene.fake.press("lina", None, "b")).ok
            await socket.next()
            await scene.fake.press("lina", None, "c")
            data = await event(socket, "GROUP_AT_MESSAGE_CREATE")
            assert data["content"] == " 本周安排"
            with pytest.raises(NotOnScreenError):
                await scene.fake.press("lina", None, "没有的按钮")

    run(play)


def test_a_press_that_nobody_hears() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online(1 << 25):
            await markdown(scene, **keyboard([button()]))
            assert (await scene.fake.press("lina", None, "ok")).reason == "请求第三方失败"

    run(play)
