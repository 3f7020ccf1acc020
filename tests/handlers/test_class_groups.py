"""Class groups as people set them up: by code, by robot, by the app (issues 4 and 5)."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.reading import intent_words
from handlers import class_groups
from handlers.class_chats import made, not_made
from handlers.contract import Intent, OfficeFacts, Place, Privacy
from handlers.reply import Action, Reply
from handlers.slots import Slots, SlotValue
from handlers.ways import GROUP, Capabilities, Ways
from nlp.understanding import Understanding
from nlp.vocabulary import Vocabulary
from storage.app_chats import AppChats
from storage.groups import Groups
from storage.pauses import Pauses
from storage.reachability import Reachability
from storage.tables import class_groups as class_groups_table
from storage.tables import deliveries, group_codes
from storage.unit import Unit
from tests.handlers.turns import MONDAY, OFFICE, allowed, asker, seed_class, seed_people, seen, turn

LIST, CODE, BIND, ROBOT, CREATE, UNBIND = class_groups.INTENTS
KEY = "693a91f6-7ab1-4bc4-97a0-0ec2f1fa5aaa"
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


def way(title: str, **more: object) -> Capabilities:
    """A way of that title that can do what is told."""
    plain = {"push": True, "groups": True, "buttons": 0, "text_bytes": 2048, "files": True}
    return Capabilities(title=title, **{**plain, **more})  # type: ignore[arg-type]


WAYS: Ways = {
    "wecom": way("企业微信应用", groups=False, realm="wecom"),
    "wecom_socket": way("智能机器人", realm="wecom", group_push=True),
    "qq": way("QQ机器人", realm="qq", group_push=True),
    "wecom_robot": way("群机器人", push=False, groups=False, group_push=True),
    "wecom_appchat": way("应用群聊", push=False, groups=False, group_push=True),
}


@pytest.fixture
def office(unit: Unit) -> Unit:
    seed_people(unit)
    seed_class(unit)
    seed_class(unit, "信息技术2班", members={"王芳": "trainee", "周明": "class_tutor"})
    return unit


def say(
    unit: Unit,
    name: str | None,
    intent: Intent,
    text: str = "",
    *,
    group: str = "",
    realm: str = "wecom",
    now: datetime = MONDAY,
    ways: Ways = WAYS,
    account: str = "stranger",
    **slots: SlotValue,
) -> Reply:
    """A message in private or in a group, with the slots that its form would give."""
    assert intent.handle is not None
    place = Place(group, Groups(unit).class_of(realm, group)) if group else Place()
    said = turn(unit, name, intent, text, now=now, place=place, account=account)
    return intent.handle(
        replace(
            said,
            asker=replace(said.asker, channel=realm),
            office=replace(OFFICE, ways=ways),
            slots=Slots(slots),
            chance=random.Random(text),
        )
    )


def press(unit: Unit, name: str, action: Action, **more: str) -> Reply:
    intent = next(each for each in class_groups.INTENTS if each.name == action.intent)
    return say(unit, name, intent, **{**dict(action.slots), **more})  # type: ignore[arg-type]


def confirmed(unit: Unit, name: str | None, reply: Reply, *, group: str = "") -> Reply:
    assert reply.question is not None
    assert reply.question.confirm is not None
    chosen = reply.question.confirm
    intent = next(each for each in class_groups.INTENTS if each.name == chosen.intent)
    return say(unit, name, intent, group=group, **dict(chosen.slots))  # type: ignore[arg-type]


def drawn(unit: Unit, name: str = "李国强", of: str = "信息技术1班", text: str = "a") -> str:
    """A code out of the reply."""
    reply = say(unit, name, CODE, text, programme=of)
    found = re.search(r"群码：(\d{6})", reply.text)
    assert found is not None, reply.text
    return found[1]


def class_of(unit: Unit, realm: str, chat: str) -> str:
    table = Groups(unit)
    class_id = table.class_of(realm, chat)
    return "" if class_id is None else table.class_name(class_id)


# -- by code --------------------------------------------------------------------------------------


def test_a_code_ties_a_group_to_the_class(office: Unit) -> None:
    code = drawn(office)
    reply = say(office, "周明", BIND, group="w1", code=code)
    assert reply.text.startswith("绑定成功：这个群是「信息技术1班」的班级群了")
    assert class_of(office, "wecom", "w1") == "信息技术1班"
    again = say(office, "周明", BIND, group="w1", code=code)
    assert "已经是「信息技术1班」" in again.text
    assert not again.refused
    # once means once
    other = say(office, "周明", BIND, group="w2", code=code)
    assert other.refused
    assert class_of(office, "wecom", "w2") == ""
    assert code not in office.value(select(group_codes.c.code_hash))


def test_who_has_no_account_in_the_group_binds_by_the_code(office: Unit) -> None:
    code = drawn(office, "周明")
    reply = say(office, None, BIND, group="qg1", realm="qq_group", account="qg1:m1", code=code)
    assert "绑定成功" in reply.text
    assert class_of(office, "qq_group", "qg1") == "信息技术1班"
    # whoever asked for the code hears of it
    rows = office.rows(select(deliveries.c.account, deliveries.c.body))
    assert [row.account for row in rows] == ["10004"]
    assert "您的群码已经用掉" in rows[0].body["text"]


def test_a_guest_is_told_the_same_of_every_bad_code(office: Unit) -> None:
    used, old = drawn(office, text="used"), drawn(office, text="old")
    say(office, "周明", BIND, group="w1", code=used)
    late = MONDAY + timedelta(minutes=30)
    heard = {
        say(office, None, BIND, group="g", code=code, now=at, account=f"a{n}").text
        for n, (code, at) in enumerate(((used, MONDAY), (old, late), ("000000", MONDAY)))
    }
    assert len(heard) == 1
    assert class_of(office, "wecom", "g") == ""


def test_five_wrong_codes_lock_the_account_for_half_an_hour(office: Unit) -> None:
    code = drawn(office)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        say(office, None, BIND, group="g", code=wrong)
    locked = say(office, None, BIND, group="g", code=code, now=MONDAY + timedelta(minutes=29))
    assert locked.refused
    assert "08:55" in locked.text
    fresh = say(
        office, "李国强", CODE, "b", programme="信息技术1班", now=MONDAY + timedelta(hours=1)
    )
    found = re.search(r"(\d{6})", fresh.text)
    assert found is not None
    later = MONDAY + timedelta(hours=1)
    assert "绑定成功" in say(office, None, BIND, group="g", code=found[1], now=later).text


def test_many_accounts_guessing_in_one_group_are_stopped(office: Unit) -> None:
    code = drawn(office)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for n in range(10):
        say(office, None, BIND, group="g", code=wrong, account=f"a{n}")
    assert "错了太多次" in say(office, None, BIND, group="g", code=code, account="own").text
    assert "绑定成功" in say(office, "周明", BIND, group="h", code=code).text


def test_another_class_only_after_a_yes(office: Unit) -> None:
    say(office, "周明", BIND, group="w1", code=drawn(office))
    second = drawn(office, of="信息技术2班", text="b")
    asked = say(office, "周明", BIND, group="w1", code=second)
    assert "现在是「信息技术1班」" in asked.text
    assert "改成「信息技术2班」" in asked.text
    assert class_of(office, "wecom", "w1") == "信息技术1班"
    done = confirmed(office, "周明", asked, group="w1")
    assert "绑定成功" in done.text
    assert done.audit["was"]
    assert class_of(office, "wecom", "w1") == "信息技术2班"


def test_the_staff_need_no_code(office: Unit) -> None:
    assert "绑定成功" in say(office, "周明", BIND, group="w1", programme="信息技术2班").text
    for name in ("张伟", "孙丽", None):
        refused = say(office, name, BIND, group="w2", programme="信息技术2班")
        assert refused.refused
        assert "六位群码" in refused.text
    assert class_of(office, "wecom", "w2") == ""


def test_in_private_the_way_is_explained_and_no_code_is_tried(office: Unit) -> None:
    code = drawn(office)
    reply = say(office, "周明", BIND, code=code)
    assert reply.refused
    assert "在群里 @我" in reply.text
    assert "绑定成功" in say(office, "周明", BIND, group="w1", code=code).text


def test_whose_codes(office: Unit) -> None:
    seed_class(office, "数学班", members={"张伟": "trainee"})
    assert "没有找到这个班" in say(office, "周明", CODE, programme="数学班").text
    which = say(office, "周明", CODE)
    assert which.question is not None
    assert {c.label for c in which.question.choices} == {"信息技术1班", "信息技术2班"}
    picked = press(office, "周明", which.question.choices[0].action)
    assert "群码：" in picked.text
    assert "群码：" in say(office, "李国强", CODE, programme="数学班").text


# -- letting go -----------------------------------------------------------------------------------


def test_unbinding_in_the_group_and_in_private(office: Unit) -> None:
    say(office, "周明", BIND, group="w1", programme="信息技术1班")
    say(office, "周明", BIND, group="w2", programme="信息技术1班")
    assert say(office, "孙丽", UNBIND, group="w1").refused
    assert "不再是" in say(office, "周明", UNBIND, group="w1").text
    assert class_of(office, "wecom", "w1") == ""
    assert "没有绑定班级" in say(office, "周明", UNBIND, group="w1").text
    asked = say(office, "李国强", UNBIND, programme="信息技术1班")
    assert "已解绑" in confirmed(office, "李国强", asked).text
    assert class_of(office, "wecom", "w2") == ""
    assert say(office, "李国强", UNBIND, programme="信息技术1班").refused


def test_of_several_groups_one_is_picked(office: Unit) -> None:
    say(office, "周明", BIND, group="w1", programme="信息技术1班")
    say(office, "周明", ROBOT, f"绑定群机器人 信息技术1班 {ADDRESS}", programme="信息技术1班")
    which = say(office, "周明", UNBIND, programme="信息技术1班")
    assert which.question is not None
    robot = next(each for each in which.question.choices if "机器人，" in each.label)
    assert KEY not in seen(which)
    asked = press(office, "周明", robot.action)
    assert KEY not in seen(confirmed(office, "周明", asked))
    assert Groups(office).class_of("wecom_robot", KEY) is None
    stranger = asked.question
    assert stranger is not None
    assert stranger.confirm is not None
    say(office, "周明", ROBOT, ADDRESS, programme="信息技术1班")
    row = office.value(
        select(class_groups_table.c.id).where(class_groups_table.c.channel == "wecom_robot")
    )
    assert press(office, "钱进", Action("group.unbind", (("row", str(row)), ("sure", "1")))).refused


# -- robots ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [f"绑定群机器人 信息技术1班 {ADDRESS}", f"绑定群机器人 信息技术1班 {KEY}"]
)
def test_a_robots_key_is_kept_and_never_said(office: Unit, text: str) -> None:
    reply = say(office, "周明", ROBOT, text, programme="信息技术1班")
    assert "已绑定「信息技术1班」" in reply.text
    assert Groups(office).of_class(1) == (("wecom_robot", KEY, ""),)
    again = say(office, "周明", ROBOT, text, programme="信息技术1班")
    moved = say(office, "周明", ROBOT, text, programme="信息技术2班")
    assert "原来绑定的是「信息技术1班」" in moved.text
    for each in (reply, again, moved):
        assert KEY not in repr(each)
    foreign = say(office, "李国强", ROBOT, text, programme="信息技术2班")
    assert not foreign.refused


def test_the_address_is_asked_for(office: Unit) -> None:
    asked = say(office, "周明", ROBOT, "绑定群机器人 信息技术1班", programme="信息技术1班")
    assert asked.question is not None
    assert asked.question.fill is not None
    assert asked.question.verbatim
    fill = asked.question.fill
    assert press(office, "周明", fill, address="https://oapi.example.cn/robot?key=1").refused
    done = press(office, "周明", fill, address=ADDRESS)
    assert "已绑定「信息技术1班」" in done.text


def test_a_key_never_stands_in_a_button(office: Unit) -> None:
    reply = say(office, "周明", ROBOT, f"绑定群机器人 {ADDRESS}")
    assert reply.refused
    assert "全名" in reply.text
    assert KEY not in repr(reply)


def test_a_key_shown_in_a_group_is_burnt(office: Unit) -> None:
    text = f"绑定群机器人 信息技术1班 {ADDRESS}"
    reply = say(office, "周明", ROBOT, text, group="w1", programme="信息技术1班")
    assert reply.refused
    assert "重新生成地址" in reply.text
    assert Groups(office).class_of("wecom_robot", KEY) is None
    assert ROBOT.privacy is Privacy.PUBLIC
    assert "私聊" in say(office, "周明", ROBOT, "绑定群机器人", group="w1").text


def test_a_robot_of_a_class_one_does_not_run(office: Unit) -> None:
    seed_class(office, "数学班", members={"孙丽": "class_tutor", "张伟": "trainee"})
    say(office, "李国强", ROBOT, ADDRESS, programme="数学班")
    refused = say(office, "周明", ROBOT, ADDRESS, programme="信息技术1班")
    assert refused.refused
    assert "别的班" in refused.text


# -- the app's own chats --------------------------------------------------------------------------


def test_the_app_makes_a_chat_and_says_when_it_is_there(office: Unit) -> None:
    asked = say(office, "李国强", CREATE, programme="信息技术1班")
    assert "3 位" in asked.text
    assert "群主 周明" in asked.text
    assert AppChats(office).wanted() == ()
    assert "正在建" in confirmed(office, "李国强", asked).text
    (wanted,) = AppChats(office).wanted()
    assert re.fullmatch(r"[0-9a-zA-Z]{32}", wanted.chat)
    assert "正在建" in say(office, "李国强", CREATE, programme="信息技术1班").text
    assert "正在建" in say(office, "李国强", LIST).text
    assert made(office, wanted, wanted.chat, WAYS, MONDAY)
    assert not made(office, wanted, wanted.chat, WAYS, MONDAY)
    (told,) = office.rows(select(deliveries.c.account, deliveries.c.body))
    assert told.account == "10006"
    assert "已经建好" in told.body["text"]
    assert "已经有" in say(office, "李国强", CREATE, programme="信息技术1班").text


def test_why_the_app_could_not_make_it(office: Unit) -> None:
    confirmed(office, "李国强", say(office, "李国强", CREATE, programme="信息技术1班"))
    (wanted,) = AppChats(office).wanted()
    assert not_made(office, wanted, "应用的可见范围不是根部门（48002）。", WAYS, MONDAY)
    assert "48002" in office.value(select(deliveries.c.body))["text"]
    assert "要给" in say(office, "李国强", CREATE, programme="信息技术1班").text


def test_too_few_for_a_chat_and_no_app(office: Unit) -> None:
    seed_class(office, "小班", members={"何静": "trainee", "周明": "class_tutor"})
    few = say(office, "李国强", CREATE, programme="小班")
    assert few.refused
    assert "1 人" in few.text
    none = say(office, "李国强", CREATE, programme="信息技术1班", ways={})
    assert none.refused
    assert "没有启用" in none.text


# -- what there is --------------------------------------------------------------------------------


def test_the_list_says_what_can_be_pushed_to(office: Unit) -> None:
    assert "还没有绑定的班级群" in say(office, "李国强", LIST).text
    say(office, "周明", BIND, group="w1", programme="信息技术1班")
    say(office, "周明", BIND, group="qg", realm="qq_group", programme="信息技术1班")
    say(office, "周明", BIND, group="123", realm="onebot", programme="信息技术1班")
    text = say(office, "周明", LIST).text
    assert "· 企业微信群（智能机器人）：可以推送" in text
    assert "· QQ群（QQ机器人）：可以推送" in text
    assert "· QQ群：没有接通这个渠道" in text, "an import may name groups that nobody is in"
    assert "没有群的班：信息技术2班" in text
    Pauses(office).pause("wecom_socket", "w1", MONDAY, MONDAY + timedelta(hours=1), "发得太频繁")
    Reachability(office).refuse("qq", GROUP, "qg", "40034105", MONDAY)
    text = say(office, "周明", LIST).text
    assert "暂停推送（发得太频繁）" in text
    assert "平台暂不让主动发" in text
    say(office, "周明", ROBOT, ADDRESS, programme="信息技术1班")
    Reachability(office).refuse("wecom_robot", GROUP, KEY, "群机器人被停用了", MONDAY)
    text = say(office, "周明", LIST).text
    assert "推送不了（群机器人被停用了）" in text
    assert KEY not in text


def test_a_trainee_sees_the_own_classes_groups(office: Unit) -> None:
    assert "还没有" in say(office, "张伟", LIST).text
    say(office, "周明", BIND, group="w1", programme="信息技术1班")
    assert "· 信息技术1班：企业微信群" in say(office, "张伟", LIST).text
    assert "还没有" in say(office, "王芳", LIST).text


def test_who_may(office: Unit) -> None:
    for intent in (CODE, ROBOT, CREATE, UNBIND):
        for name in ("李国强", "周明", "钱进"):
            assert allowed(office, name, intent)
        for other in ("张伟", "孙丽", None):
            assert not allowed(office, other, intent)
    assert asker(office, "李国强").scope.everything
    assert OfficeFacts().ways == {}


# -- in words -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(Vocabulary(intent_words()))


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("班级群码 信息技术1班", CODE, {"programme": "信息技术1班"}),
        ("信息技术1班的群码", CODE, {"programme": "信息技术1班"}),
        ("群码", CODE, {}),
        ("群绑定码 信息技术1班", CODE, {"programme": "信息技术1班"}),
        ("绑定班级 123456", BIND, {"code": "123456"}),
        ("绑定班级：123456", BIND, {"code": "123456"}),
        ("@师训助手 绑定班级 123456", BIND, {"code": "123456"}),
        ("绑定班级 信息技术1班", BIND, {"programme": "信息技术1班"}),
        ("绑定班级", BIND, {}),
        (f"绑定群机器人 信息技术1班 {ADDRESS}", ROBOT, {"programme": "信息技术1班"}),
        (f"绑定群机器人 信息技术1班\n{ADDRESS}", ROBOT, {"programme": "信息技术1班"}),
        (f"绑定群机器人 {ADDRESS}", ROBOT, {}),
        (ADDRESS, ROBOT, {"web": "https"}),
        ("绑定群机器人 信息技术1班", ROBOT, {"programme": "信息技术1班"}),
        ("建班级群 信息技术1班", CREATE, {"programme": "信息技术1班"}),
        ("给信息技术1班建个群", CREATE, {"programme": "信息技术1班"}),
        ("班级群", LIST, {}),
        ("解绑班级", UNBIND, {}),
        ("解绑班级群 信息技术1班", UNBIND, {"programme": "信息技术1班"}),
        ("绑定 张伟 K7M2P9QX", None, {}),
        ("解绑", None, {}),
    ],
)
def test_forms(
    understanding: Understanding, text: str, intent: Intent | None, slots: dict[str, str]
) -> None:
    meaning = understanding.read(text, now=MONDAY, role="officer")
    if intent is None:
        assert not meaning.intent.startswith("group.")
    else:
        assert (meaning.intent, meaning.exact) == (intent.name, True)
        assert meaning.slots == slots
        assert KEY not in repr(meaning.slots)
