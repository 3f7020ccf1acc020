"""Changes of the address book as an app is told of them: each payload of 1.8, and batch jobs."""

from __future__ import annotations

import pytest

from simulator.common.values import JsonObject, table, text
from simulator.wecom import NotOnScreenError
from tests.simulator.scene import Scene, run

COMMON = {"ToUserName", "CreateTime", "MsgType", "AgentID"}


def told(scene: Scene) -> list[JsonObject]:
    """What arrived since the last look, without what every event has."""
    seen = [{k: v for k, v in m.items() if k not in COMMON} for m in scene.bot.received]
    scene.bot.received.clear()
    return seen


def change(kind: str, **fields: str) -> JsonObject:
    return {"FromUserName": "sys", "Event": "change_contact", "ChangeType": kind, **fields}


def test_members_come_change_and_go() -> None:
    async def play(scene: Scene) -> None:
        contacts = scene.fake.contacts
        await contacts.create_user("zhaomin", "赵敏", "实验中学")
        assert told(scene) == [
            change("create_user", UserID="zhaomin", Department="3"),
            {"FromUserName": "zhaomin", "Event": "subscribe"},
        ]
        assert await contacts.update_user("zhaomin", name="赵小敏", position="班主任") == []
        await contacts.update_user("zhaomin", new_userid="zhaomin2", departments=["城关小学"])
        assert told(scene) == [
            change("update_user", UserID="zhaomin", NewUserID="zhaomin2", Department="2")
        ]
        assert scene.corp.need_member("ZhaoMin2").name == "赵小敏"
        await contacts.delete_user("zhaomin2")
        assert told(scene) == [
            change("delete_user", UserID="zhaomin2"),
            {"FromUserName": "zhaomin2", "Event": "unsubscribe"},
        ]
        with pytest.raises(KeyError):
            await contacts.delete_user("zhaomin2")
        with pytest.raises(NotOnScreenError):
            await contacts.create_user("LiNa", "李娜")

    run(play)


def test_an_old_callback_address_gets_all_fields() -> None:
    async def play(scene: Scene) -> None:
        scene.app.contact_details = True
        await scene.fake.contacts.create_user("zhaomin", "赵敏", "实验中学", "教师")
        created = told(scene)[0]
        assert (created["Name"], created["MainDepartment"], created["Status"]) == ("赵敏", "3", "1")
        await scene.fake.contacts.update_user("zhaomin", name="赵小敏", status=2)
        assert told(scene) == [change("update_user", UserID="zhaomin", Name="赵小敏", Status="2")]

    run(play)


def test_a_changed_userid_is_changed_everywhere() -> None:
    async def play(scene: Scene) -> None:
        scene.app.visible = {"lina", "zhangwei"}
        await scene.send("text", {"content": "通知"}, touser="lina")
        await scene.fake.contacts.update_user("lina", new_userid="lina2")
        assert told(scene)[0]["NewUserID"] == "lina2"
        assert scene.corp.groups["g1"].members == ["ZhangWei", "lina2", "zhouming"]
        assert [s.text for s in scene.fake.shown("lina2")] == ["通知"]
        await scene.fake.contacts.update_user("zhouming", new_userid="zhouming2")
        assert told(scene) == []  # outside the visible range

    run(play)


def test_departments_and_tags() -> None:
    async def play(scene: Scene) -> None:
        contacts = scene.fake.contacts
        await contacts.create_party("夜班组", 3)
        await contacts.update_party(4, name="早班组", parent=2)
        await contacts.delete_party(4)
        tag = scene.corp.add_tag("骨干教师")
        await contacts.update_tag(tag.id, add_users=["lina", "zhouming"], add_parties=[2])
        await contacts.update_tag(tag.id, del_users=["zhouming"], del_parties=[2])
        assert told(scene) == [
            change("create_party", Id="4", Name="夜班组", ParentId="3", Order="3"),
            change("update_party", Id="4", Name="早班组", ParentId="2"),
            change("delete_party", Id="4"),
            change("update_tag", TagId="1", AddUserItems="lina,zhouming", AddPartyItems="2"),
            change("update_tag", TagId="1", DelUserItems="zhouming", DelPartyItems="2"),
        ]
        assert tag.users == {"lina"}
        with pytest.raises(NotOnScreenError):
            await contacts.delete_party(2)

    run(play)


def test_the_visible_range() -> None:
    async def play(scene: Scene) -> None:
        await scene.fake.contacts.hide(scene.app, "lina")
        with pytest.raises(NotOnScreenError):
            await scene.fake.say("lina", "在吗")
        await scene.fake.contacts.show(scene.app, "lina")
        assert (await scene.fake.say("lina", "在吗")).ok
        assert [text(m, "Event") for m in scene.bot.received] == ["unsubscribe", "subscribe", ""]

    run(play)


def test_a_finished_job_and_a_sleeping_app() -> None:
    async def play(scene: Scene) -> None:
        contacts = scene.fake.contacts
        await contacts.finish_job(scene.app, "sync_user", job_id="JOB-1")
        await contacts.system(scene.app, {"Event": "inactive_alert", "EffectTime": 1626049500})
        job, alert = scene.bot.received
        assert table(job, "BatchJob") == {
            "JobId": "JOB-1",
            "JobType": "sync_user",
            "ErrCode": "0",
            "ErrMsg": "ok",
        }
        assert (job["FromUserName"], alert["Event"]) == ("sys", "inactive_alert")

    run(play)


def test_an_answer_to_a_contact_event_is_ignored() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.answer = lambda _m: "<xml><MsgType>text</MsgType></xml>"
        (created, followed) = await scene.fake.contacts.create_user("zhaomin", "赵敏")
        assert (created.reason, created.passive_reply) == ("", "")
        assert followed.reason  # a subscribe may be answered, but not like this
        (kept,) = scene.fake.shown("zhaomin")
        assert "被动回复" in kept.text

    run(play)
