"""Actions on the wire: sending, media, files, recall, members, cards, mutes, requests."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta

from simulator.common.values import JsonObject, rows, table, text, whole
from simulator.onebot import Kind, Role
from tests.simulator.onebot_scene import (
    BOT,
    CHEN,
    GROUP,
    LI,
    PNG,
    STRANGER,
    ZHANG,
    BareApp,
    Scene,
    run,
)

B64 = "base64://" + base64.b64encode(PNG).decode()


def _text(words: str) -> JsonObject:
    return {"type": "text", "data": {"text": words}}


def _at(number: int | str) -> JsonObject:
    return {"type": "at", "data": {"qq": str(number)}}


async def _row(app: BareApp, action: str, **params: object) -> JsonObject:
    data = await app.done(action, **params)
    assert isinstance(data, dict)
    return data


def test_a_message_of_segments_reaches_the_group() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        said = await scene.fake.say("10003", "几点签到", str(GROUP))
        parts = [{"type": "reply", "data": {"id": said.message_id}}, _at(ZHANG), _text("八点半")]
        sent = await _row(app, "send_group_msg", group_id=GROUP, message=parts)
        assert 0 < whole(sent, "message_id") < 2**31
        for account in ("10002", "10003", "10004"):
            shown = scene.fake.shown(account)[-1]
            assert (shown.text, shown.chat, shown.sender) == (
                "@张伟 八点半",
                str(GROUP),
                "师训助手",
            )
        message = scene.fake.world.messages[whole(sent, "message_id")]
        assert (str(message.quotes), message.mentions) == (said.message_id, [str(ZHANG)])

    run(play)


def test_a_string_is_read_as_codes_unless_told_otherwise() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        written = "[CQ:at,qq=10003] 请&#91;看&#93;"
        await app.done("send_group_msg", group_id=GROUP, message=written)
        assert scene.fake.shown("10004")[-1].text == "@张伟  请[看]"
        await app.done("send_group_msg", group_id=GROUP, message=written, auto_escape=True)
        assert scene.fake.shown("10004")[-1].text == written

    run(play)


def test_pictures_travel_in_base64_only() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        image = {"type": "image", "data": {"file": B64}}
        await app.done("send_msg", group_id=GROUP, message=[_text("海报"), image])
        words, picture = scene.fake.shown("10003")[-2:]
        assert (words.text, picture.kind) == ("海报", Kind.IMAGE)
        assert scene.fake.world.media[picture.media_id].data == PNG
        for written in (
            "file:///tmp/a.png",
            "https://example.com/a.png",
            "base64://!",
            "base64://",
        ):
            part = {"type": "image", "data": {"file": written}}
            assert await app.code("send_group_msg", group_id=GROUP, message=[part]) == 1200
        assert await app.code("send_group_msg", group_id=GROUP, message=[{"type": "image"}]) == 1400

    run(play)


def test_what_the_implementation_leaves_out() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        share: JsonObject = {"type": "share", "data": {"url": "u", "title": "通知"}}
        lean = scene.fake.platform.dialect.lean_segments
        answer = await app.ask("send_group_msg", group_id=GROUP, message=[share])
        assert whole(answer, "retcode") == (1200 if lean else 0)
        assert text(answer, "message").startswith("消息体无法解析" if lean else "")
        await app.done("send_group_msg", group_id=GROUP, message=[share, _text("看这里")])
        assert [s.kind for s in scene.fake.shown("10003")] == (
            [Kind.TEXT] if lean else [Kind.LINK, Kind.TEXT, Kind.LINK]
        )

    run(play)
    run(play, "standard")


def test_nodes_do_not_mix() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        node: JsonObject = {"type": "node", "data": {"name": "张伟", "content": [_text("一")]}}
        mixed = [node, _text("二")]
        assert await app.code("send_group_msg", group_id=GROUP, message=mixed) == 1400
        alone = await app.code("send_group_msg", group_id=GROUP, message=[node])
        assert alone == (0 if scene.fake.platform.dialect.nodes_in_send else 1400)
        sent = await _row(app, "send_group_forward_msg", group_id=GROUP, messages=[node])
        assert text(sent, "res_id")
        assert scene.fake.shown("10003")[-1].text == "[聊天记录]\n张伟：一"

    run(play)
    run(play, "llbot")


def test_private_messages_to_friends_and_strangers() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await app.done("send_private_msg", user_id=ZHANG, message="您好")
        assert (scene.fake.shown("10003")[-1].text, scene.fake.shown("10003")[-1].chat) == (
            "您好",
            "bot",
        )
        answer = await app.ask("send_private_msg", user_id=STRANGER, message="您好")
        assert text(answer, "message").startswith("Timeout: NTEvent")
        nobody = await app.ask("send_private_msg", user_id=99, message="您好")
        assert text(nobody, "message") == "无法获取用户信息"
        await scene.fake.join("10005", str(GROUP))
        await app.done("send_private_msg", user_id=STRANGER, group_id=GROUP, message="您好")
        assert scene.fake.shown("10005")[-1].text == "您好"

    run(play)


def test_a_stranger_who_writes_first_can_be_answered() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.join("10005", str(GROUP))
        await app.next()
        await scene.fake.say("10005", "怎么绑定")
        event = await app.next()
        assert (event["sub_type"], event["group_id"]) == ("group", GROUP)
        assert await app.code("send_private_msg", user_id=STRANGER, message="回复绑定码") == 0
        scene.fake.faults.temp_group_unknown = True
        await scene.fake.say("10005", "还有一句")
        event = await app.next()
        assert event["group_id"] == 284840486
        sent = {"user_id": STRANGER, "group_id": event["group_id"], "message": "好的"}
        assert await app.code("send_private_msg", **sent) == 0

    run(play)


def test_files_go_both_ways() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        sent = await _row(app, "upload_group_file", group_id=GROUP, file=B64, name="课表.xlsx")
        assert text(sent, "file_id")
        shown = scene.fake.shown("10003")[-1]
        assert (shown.kind, shown.file_name, shown.file_size) == (Kind.FILE, "课表.xlsx", len(PNG))
        await app.done("upload_private_file", user_id=ZHANG, file=B64, name="名单.xlsx")
        assert scene.fake.shown("10003")[-1].chat == "bot"
        found = await _row(app, "get_group_file_url", group_id=GROUP, file_id=text(sent, "file_id"))
        async with scene.http.get(text(found, "url")) as answer:
            assert await answer.read() == PNG
        whole_file = await _row(app, "get_file", file_id=text(sent, "file_id"))
        assert base64.b64decode(text(whole_file, "base64")) == PNG
        assert await app.code("get_file", file_id="gone") == 1200

    run(play)


def test_recall_has_its_time_and_its_rank() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        own = await app.say("写错了")
        await app.done("delete_msg", message_id=own)
        assert scene.fake.shown("10003")[-1].kind is Kind.RECALLED
        assert text(await app.ask("delete_msg", message_id=own), "message") == "Recall failed"
        said = await scene.fake.say("10003", "广告", str(GROUP))
        await app.done("delete_msg", message_id=int(said.message_id))  # the bot is an admin
        scene.fake.world.groups[GROUP].members[BOT].role = Role.MEMBER
        late = await app.say("太晚了")
        scene.fake.clock.advance(timedelta(minutes=3))
        assert await app.code("delete_msg", message_id=late) == 1200
        said = await scene.fake.say("10003", "再来", str(GROUP))
        assert await app.code("delete_msg", message_id=said.message_id) == 1200

    run(play)


def test_only_the_latest_ids_are_remembered() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        first = await app.say("一")
        second = await app.say("二")
        await app.say("三")
        assert text(await app.ask("get_msg", message_id=first), "message") == "消息不存在"
        assert await app.code("delete_msg", message_id=first) == 1200
        assert text(await _row(app, "get_msg", message_id=second), "raw_message") == "二"

    run(play, remembered=2)


def test_ids_of_the_standard_may_be_negative() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        ids = [await app.say(str(n)) for n in range(20)]
        assert min(ids) < 0 < max(ids)
        await app.done("delete_msg", message_id=min(ids))

    run(play, "standard")


def test_members_and_groups() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        data = await app.done("get_group_member_list", group_id=GROUP)
        assert isinstance(data, list)
        members = {whole(row, "user_id"): row for row in data}
        assert [members[n]["role"] for n in (CHEN, ZHANG, BOT)] == ["owner", "member", "admin"]
        assert members[ZHANG]["shut_up_timestamp"] == 0
        info = await _row(app, "get_group_info", group_id=GROUP)
        assert (info["group_name"], info["member_count"]) == ("信息技术1班", 4)
        friends = rows({"data": await app.done("get_friend_list")}, "data")
        assert [f["user_id"] for f in friends] == [CHEN, ZHANG, LI]
        known = await _row(app, "get_stranger_info", user_id=STRANGER)
        assert known["nickname"] == "生人"
        missing = await app.ask("get_group_member_info", group_id=GROUP, user_id=STRANGER)
        assert text(missing, "message") == f"群({GROUP})成员{STRANGER}不存在"

    run(play)


def test_the_list_form_of_the_standard_is_leaner() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        listed = rows({"data": await app.done("get_group_member_list", group_id=GROUP)}, "data")
        alone = await _row(app, "get_group_member_info", group_id=GROUP, user_id=ZHANG)
        assert set(alone) - set(listed[0]) == {"area", "title", "title_expire_time"}
        assert "shut_up_timestamp" not in alone

    run(play, "standard")


def test_cards_need_a_rank_and_are_looked_at() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        group = scene.fake.world.groups[GROUP]
        await app.done("set_group_card", group_id=GROUP, user_id=ZHANG, card="张伟-城关小学")
        event = await app.next()
        assert (event["notice_type"], event["card_new"]) == ("group_card", "张伟-城关小学")
        answer = await app.ask("set_group_card", group_id=GROUP, user_id=CHEN, card="股长")
        assert text(answer, "message") == "设置群名片未生效"
        await app.done("set_group_card", group_id=GROUP, user_id=BOT, card="小师")
        scene.fake.faults.cards_held_back = True
        assert await app.code("set_group_card", group_id=GROUP, user_id=ZHANG, card="x") == 1200
        assert (group.members[ZHANG].card, group.members[CHEN].card) == ("张伟-城关小学", "")

    run(play)


def test_mutes_kicks_and_other_changes() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await app.done("set_group_ban", group_id=GROUP, user_id=ZHANG, duration=60)
        event = await app.next()
        assert (event["sub_type"], event["duration"], event["user_id"]) == ("ban", 60, ZHANG)
        muted = rows({"data": await app.done("get_group_shut_list", group_id=GROUP)}, "data")
        assert [whole(row, "user_id") for row in muted] == [ZHANG]
        await app.done("set_group_ban", group_id=GROUP, user_id=ZHANG, duration=0)
        assert text(await app.next(), "sub_type") == "lift_ban"
        await app.done("set_group_whole_ban", group_id=GROUP)
        assert (await app.next())["user_id"] == 0
        await app.done("set_group_name", group_id=GROUP, group_name="2班")
        await app.done("_send_group_notice", group_id=GROUP, content="周三开班")
        group = scene.fake.world.groups[GROUP]
        assert (group.name, group.notices) == ("2班", ["周三开班"])
        await app.done("set_group_kick", group_id=GROUP, user_id=LI)
        assert text(await app.next(), "sub_type") == "kick"
        assert await app.code("set_group_kick", group_id=GROUP, user_id=CHEN) == 1200
        assert await app.code("set_group_admin", group_id=GROUP, user_id=ZHANG) == 1200
        await app.done("set_group_leave", group_id=GROUP)
        assert (await app.next())["user_id"] == BOT
        assert await app.code("set_group_leave", group_id=GROUP) == 1200

    run(play)


def test_an_admin_stands_above_members_only() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.make_admin("10002", str(GROUP), str(LI))
        assert await app.code("set_group_ban", group_id=GROUP, user_id=LI) == 1200
        assert await app.code("set_group_card", group_id=GROUP, user_id=LI, card="x") == 1200
        await scene.fake.make_admin("10002", str(GROUP), str(BOT), on=False)
        assert await app.code("set_group_ban", group_id=GROUP, user_id=ZHANG) == 1200
        await app.done("set_group_card", group_id=GROUP, user_id=BOT, card="自己的")

    run(play)


def test_an_owner_makes_admins_and_titles() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.add_group(700002, "2班", [ZHANG, LI], bot=Role.OWNER)
        await app.done("set_group_admin", group_id=700002, user_id=ZHANG)
        event = await app.next()
        assert (event["notice_type"], event["sub_type"]) == ("group_admin", "set")
        await app.done("set_group_special_title", group_id=700002, user_id=LI, special_title="班长")
        assert scene.fake.world.groups[700002].members[LI].title == "班长"

    run(play)


def test_at_all_needs_a_rank_and_has_a_daily_count() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        for left in (2, 1):
            remain = await _row(app, "get_group_at_all_remain", group_id=GROUP)
            assert (remain["can_at_all"], remain["remain_at_all_count_for_group"]) == (True, left)
            await app.done("send_group_msg", group_id=GROUP, message=[_at("all"), _text("集合")])
            assert list(scene.fake.world.messages.values())[-1].mentions == ["all"]
        await app.done("send_group_msg", group_id=GROUP, message=[_at("all"), _text("集合")])
        assert list(scene.fake.world.messages.values())[-1].mentions == []
        assert scene.fake.shown("10003")[-1].text == "@全体成员 集合"
        scene.fake.clock.advance(timedelta(days=1))
        scene.fake.world.groups[GROUP].members[BOT].role = Role.MEMBER
        remain = await _row(app, "get_group_at_all_remain", group_id=GROUP)
        assert (remain["can_at_all"], remain["remain_at_all_count_for_group"]) == (False, 2)
        scene.fake.faults.at_all_times_out = True
        assert await app.code("send_group_msg", group_id=GROUP, message=[_at("all")]) == 1200

    run(play, at_all=2)


def test_requests_are_answered_by_their_flag() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.ask_friend("10005", "我是张伟")
        event = await app.next()
        assert (event["request_type"], event["comment"]) == ("friend", "我是张伟")
        await app.done("set_friend_add_request", flag=event["flag"], approve=True)
        assert (await app.next())["notice_type"] == "friend_add"
        assert STRANGER in scene.fake.world.friends
        assert await app.code("set_friend_add_request", flag=event["flag"]) == 1200
        await scene.fake.ask_join("10005", str(GROUP))
        event = await app.next()
        assert (event["request_type"], event["sub_type"]) == ("group", "add")
        await app.done(
            "set_group_add_request", flag=event["flag"], sub_type="add", approve=False, reason="满"
        )
        assert STRANGER not in scene.fake.world.groups[GROUP].members
        scene.fake.add_group(700003, "3班", [LI], bot=None)
        await scene.fake.invite_bot("10004", "700003")
        event = await app.next()
        assert event["sub_type"] == "invite"
        await app.done("set_group_add_request", flag=event["flag"], sub_type="invite")
        assert (await app.next())["user_id"] == BOT
        assert await app.say("大家好", 700003)

    run(play)


def test_quick_operations() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        await scene.fake.say("10003", "在吗", str(GROUP))
        event = await app.next()
        operation: JsonObject = {"reply": "在", "ban": True, "ban_duration": 60, "delete": True}
        await app.done(".handle_quick_operation", context=event, operation=operation)
        message = list(scene.fake.world.messages.values())[-1]
        assert message.quotes == event["message_id"]
        assert scene.fake.shown("10004")[-2].text == "@张伟 在"
        assert scene.fake.shown("10004")[0].kind is Kind.RECALLED
        assert scene.fake.world.groups[GROUP].members[ZHANG].muted(scene.fake.clock.now())
        await scene.fake.ask_friend("10005")
        while table(event, "sender") or text(event, "post_type") != "request":
            event = await app.next()
        await app.done(
            ".handle_quick_operation", context=event, operation={"approve": True, "remark": "新"}
        )
        assert scene.fake.world.friends[STRANGER] == "新"

    run(play)


def test_own_messages_can_be_reported() -> None:
    async def play(scene: Scene, app: BareApp) -> None:
        scene.fake.platform.reports_self = True
        asking = asyncio.create_task(app.say("通知"))
        event = await app.next()
        assert (event["post_type"], event["user_id"]) == ("message_sent", BOT)
        assert event["message_id"] == await asking

    run(play)
