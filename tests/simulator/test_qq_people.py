"""What people do in the fake QQ and which events a bot gets of it (protocol page A5, A6, A8)."""

from __future__ import annotations

import asyncio

import pytest

from simulator.common.values import JsonObject, rows, table, text
from simulator.qq import Hears, Kind, NotOnScreenError
from tests.simulator.qq_scene import APPID, INTENTS, BareSocket, Scene, run

ALL = INTENTS | 1 << 24 | 1 << 27


async def event(socket: BareSocket, name: str) -> JsonObject:
    """The `d` of the next event, which must have this name."""
    frame = await socket.next()
    assert frame["t"] == name
    return table(frame, "d")


def test_a_private_message() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            said = await scene.fake.say("zhangwei", "我的学分")
            data = await event(socket, "C2C_MESSAGE_CREATE")
            assert (data["id"], data["content"]) == (said.message_id, "我的学分")
            assert table(data, "author")["user_openid"] == scene.fake.user_openid("zhangwei")
            assert data["timestamp"] == "2021-07-12T08:25:00+08:00"
            quoted = scene.fake.shown("zhangwei")[-1]
            await scene.fake.say("zhangwei", "就这个", quote=quoted.id, copies=2)
            first = await socket.next()
            second = await socket.next()
            assert first["d"] == second["d"]
            assert first["id"] != second["id"]
            assert table(first, "d")["message_type"] == 103
            assert rows(table(first, "d"), "msg_elements")[0]["content"] == "我的学分"

    run(play)


def test_a_group_in_which_the_bot_hears_only_what_mentions_it() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            await scene.fake.say("lina", "本周安排", "group1")
            data = await event(socket, "GROUP_AT_MESSAGE_CREATE")
            assert data["content"] == " 本周安排"
            author = table(data, "author")
            assert author["member_openid"] == scene.fake.member_openid("lina", "group1")
            assert data["group_openid"] == scene.fake.group_openid("group1")
            assert data["mentions"] == []
            seen = scene.fake.shown("zhangwei")[-1]
            assert (seen.text, seen.sender) == ("@师训助手 本周安排", "lina")
            assert (await scene.fake.say("lina", "吃了吗", "group1", mention=False)).attempts == 0
            await scene.fake.say("lina", "@全体成员 开会", "group1")
            await scene.fake.say("lina", "@张伟 在哪", "group1")
            await scene.fake.say("lina", "@师训助手 @张伟 的学分", "group1")
            data = await event(socket, "GROUP_AT_MESSAGE_CREATE")
            member = scene.fake.member_openid("zhangwei", "group1")
            assert data["content"] == f" <@{member}> 的学分"
            assert [one["is_you"] for one in rows(data, "mentions")] == [False]
            assert socket.told.empty()

    run(play)


def test_a_group_in_which_the_bot_hears_everything() -> None:
    async def play(scene: Scene) -> None:
        scene.fake.set_hears("group1", Hears.ALL)
        async with scene.online() as socket:
            await scene.fake.say("lina", "吃了吗", "group1", mention=False)
            data = await event(socket, "GROUP_MESSAGE_CREATE")
            assert (data["content"], data["mentions"]) == ("吃了吗", [])
            await scene.fake.say("lina", "本周安排", "group1")
            data = await event(socket, "GROUP_MESSAGE_CREATE")
            own = scene.fake.member_openid(APPID, "group1")
            assert data["content"] == f"<@{own}> 本周安排"
            (mention,) = rows(data, "mentions")
            assert (mention["is_you"], mention["bot"], mention["scope"]) == (True, True, "single")
            await scene.fake.say("lina", "@全体成员 开会", "group1")
            data = await event(socket, "GROUP_MESSAGE_CREATE")
            (mention,) = rows(data, "mentions")
            assert (mention["scope"], mention["is_you"]) == ("all", False)
            assert data["content"] == "开会"

    run(play)


def test_files_pictures_and_voice_are_served() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            await scene.fake.send_file("lina", "名单.xlsx", b"PK rows")
            data = await event(socket, "C2C_MESSAGE_CREATE")
            (part,) = rows(data, "attachments")
            assert (data["content"], part["content_type"]) == (" ", "file")
            assert (part["filename"], part["size"]) == ("名单.xlsx", 7)
            async with scene.http.get(text(part, "url")) as answer:
                assert await answer.read() == b"PK rows"
            picture = b"\x89PNG\r\n\x1a\n rest"
            await scene.fake.send_file(
                "lina", "p.png", picture, "group1", words="签到", mention=True
            )
            data = await event(socket, "GROUP_AT_MESSAGE_CREATE")
            assert (data["content"], rows(data, "attachments")[0]["content_type"]) == (
                " 签到",
                "image/png",
            )
            await scene.fake.speak("lina", "我要请假")
            (part,) = rows(await event(socket, "C2C_MESSAGE_CREATE"), "attachments")
            assert (part["content_type"], part["asr_refer_text"]) == ("voice", "我要请假")
            kinds = [s.kind for s in scene.fake.shown("lina")]
            assert kinds == [Kind.FILE, Kind.IMAGE, Kind.VOICE]
            with pytest.raises(NotOnScreenError):
                await scene.fake.send_file("lina", "a.txt", b"a", "group1", mention=True)
            scene.fake.faults.bare_urls = True
            await scene.fake.send_file("lina", "名单.xlsx", b"PK rows")
            (part,) = rows(await event(socket, "C2C_MESSAGE_CREATE"), "attachments")
            assert text(part, "url").startswith("//127.0.0.1:")
            async with scene.http.get(f"{scene.fake.base_url}/download/nothing") as answer:
                assert answer.status == 404

    run(play)


def test_friends_come_go_and_refuse() -> None:
    async def play(scene: Scene) -> None:
        fake, openid = scene.fake, scene.fake.user_openid("lina")
        async with scene.online() as socket:
            await fake.remove_friend("lina")
            assert (await event(socket, "FRIEND_DEL"))["openid"] == openid
            with pytest.raises(NotOnScreenError):
                await fake.say("lina", "在吗")
            await fake.add_friend("lina", scene=2003, callback_data="bind-1")
            frame = await socket.next()
            data = table(frame, "d")
            assert (frame["t"], data["openid"]) == ("FRIEND_ADD", openid)
            assert table(data, "scene_param")["callback_data"] == "bind-1"
            scene.bot.pushes = False
            assert (await scene.to_user("lina", event_id=frame["id"])).code == 0
            await fake.reject_active("lina")
            refused = await socket.next()
            assert refused["t"] == "C2C_MSG_REJECT"
            assert (await scene.to_user("lina", event_id=refused["id"])).code == 40034027
            await fake.receive_active("lina")
            await event(socket, "C2C_MSG_RECEIVE")

    run(play)


def test_groups_take_bots_in_and_throw_them_out() -> None:
    async def play(scene: Scene) -> None:
        fake = scene.fake
        async with scene.online(ALL) as socket:
            await fake.remove_robot("group1", "zhouming")
            await event(socket, "GROUP_DEL_ROBOT")
            assert (await fake.say("lina", "在吗", "group1")).attempts == 0
            await fake.add_robot("group1", "zhouming")
            frame = await socket.next()
            data = table(frame, "d")
            assert data["op_member_openid"] == fake.member_openid("zhouming", "group1")
            assert isinstance(data["timestamp"], int)
            assert (await scene.to_group()).code == 40034105
            welcome = await scene.to_group(event_id=frame["id"], content="大家好")
            assert welcome.code == 0
            await fake.receive_group("group1", "zhouming")
            await event(socket, "GROUP_MSG_RECEIVE")
            assert (await scene.to_group()).code == 0
            await fake.reject_group("group1", "zhouming")
            await event(socket, "GROUP_MSG_REJECT")
            fake.add_person("newcomer", "新人", friend=False)
            await fake.join("group1", "newcomer")
            data = await event(socket, "GROUP_MEMBER_ADD")
            assert data["member_openid"] == fake.member_openid("newcomer", "group1")
            await fake.leave("group1", "newcomer")
            await event(socket, "GROUP_MEMBER_REMOVE")
            with pytest.raises(NotOnScreenError):
                await fake.say("newcomer", "喂", "group1")

    run(play)


def test_odd_events_and_odd_fields() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online(ALL) as socket:
            await scene.fake.send_event("SOMETHING_NEW", {"a": 1})
            assert await event(socket, "SOMETHING_NEW") == {"a": 1}
            scene.fake.faults.odd_fields = True
            await scene.fake.say("lina", "在吗")
            assert "new_in_2027" in await event(socket, "C2C_MESSAGE_CREATE")
            await scene.fake.redeliver()
            again = await socket.next()
            await scene.fake.redeliver()
            third = await socket.next()
            assert again["id"] == third["id"]
            scene.fake.faults.audits = 1
            got = await scene.to_user("lina")
            audit = text(table(table(got.body, "data"), "message_audit"), "audit_id")
            await scene.fake.finish_audit(audit)
            assert text(await event(socket, "MESSAGE_AUDIT_PASS"), "message_id")

    run(play)


def test_quiet_waits_for_the_first_answer() -> None:
    async def play(scene: Scene) -> None:
        async with scene.online() as socket:
            loop = asyncio.get_running_loop()

            async def answer() -> None:
                frame = await socket.next()
                await asyncio.sleep(0.05)
                await scene.to_user("lina", msg_id=table(frame, "d")["id"], content="在")

            answering = asyncio.create_task(answer())
            await scene.fake.say("lina", "在吗")
            since = scene.fake.cursor("lina")
            await scene.fake.quiet()
            assert [s.text for s in scene.fake.shown("lina", since)] == ["在"]
            await answering
            began = loop.time()
            await scene.fake.say("lina", "不理")
            await scene.fake.quiet()
            assert 0.1 < loop.time() - began < 1

    run(play)


def test_the_second_bot_has_a_chat_of_its_own() -> None:
    async def play(scene: Scene) -> None:
        other = scene.fake.add_bot("102000002", "别的助手", secret="another")
        await scene.fake.add_friend("lina", bot=other.appid)
        async with scene.online() as socket:
            said = await scene.fake.say("lina", "在吗", f"c2c:{other.appid}")
            assert not said.ok
            assert scene.fake.shown("lina")[-1].failure == "机器人没有连接"
            assert socket.told.empty()
            with pytest.raises(NotOnScreenError):
                await scene.fake.say("lina", "在吗", "nowhere")

    run(play)
