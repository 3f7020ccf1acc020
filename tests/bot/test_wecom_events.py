"""Every message and event of wecom.md 1.6 and 1.7 on the wire, as XML and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom import events
from bot.channels.wecom.messages import message_key, read_xml
from handlers.reply import Action
from simulator.common.screen import Kind
from simulator.wecom.xmltext import write_xml
from storage.journal import Audit, SeenMessages
from tests.bot.wecom_app_stage import FORMS, app_stage
from tests.bot.worlds import NOW, World

EACH_FORM = pytest.mark.parametrize("form", FORMS)


def message(kind: str, **fields: object) -> dict[str, object]:
    """A 普通消息."""
    return {"MsgType": kind, **fields, "MsgId": 7_000_000_000_000_000_001}


def event(name: str, **fields: object) -> dict[str, object]:
    """An event."""
    return {"MsgType": "event", "Event": name, **fields}


# -- messages -------------------------------------------------------------------------------------

UNREADABLE = [
    (message("image", PicUrl="https://img.example.com/p1", MediaId="M1"), "图片"),
    (message("voice", MediaId="M2", Format="amr"), "语音"),
    (message("video", MediaId="M3", ThumbMediaId="M4"), "视频"),
    (
        message("location", Location_X=31.2, Location_Y=121.4, Scale=15, Label="黄浦区"),
        "不需要您的位置",
    ),
    (message("link", Title="周报", Description="点开", Url="https://doc.example.com/w"), "链接"),
]


@EACH_FORM
async def test_words_are_answered(world: World, form: str) -> None:
    async with app_stage(world) as stage:
        answered = await stage.tell(message("text", Content="我的学分"), form)
        assert "62 学分" in answered.words


@EACH_FORM
@pytest.mark.parametrize(("fields", "word"), UNREADABLE, ids=[w for _, w in UNREADABLE])
async def test_what_cannot_be_read_is_said_once(
    world: World, form: str, fields: Mapping[str, object], word: str
) -> None:
    async with app_stage(world) as stage:
        assert word in (await stage.tell(fields, form)).words
        assert (await stage.tell(fields, form)).body == b"", "a retry has the same MsgId"


@EACH_FORM
@pytest.mark.parametrize("kind", ["mixed", "merged", "emoji", "nothing.known", ""])
async def test_an_unknown_message_gets_an_empty_200(world: World, form: str, kind: str) -> None:
    async with app_stage(world) as stage:
        answered = await stage.tell(message(kind, Content="我的学分"), form)
        assert (answered.status, answered.body) == (200, b"")
        assert not world.words("zhangwei")


async def test_what_comes_from_nobody_is_answered_to_nobody(world: World) -> None:
    async with app_stage(world) as stage:
        for fields in (message("text", Content="我的学分"), event("enter_agent", EventKey="")):
            for form in FORMS:
                answered = await stage.tell(fields, form, by="")
                assert (answered.status, answered.body) == (200, b"")


async def test_every_kind_that_a_person_can_send_is_answered(world: World) -> None:
    async with app_stage(world) as stage:
        fake = world.stage.fake
        png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
        sent = [
            await fake.speak("zhangwei", "我的学分"),
            await fake.send_file("zhangwei", "照片.png", png),
            await fake.send_video("zhangwei", "课.mp4", b"0" * 20),
            await fake.send_location("zhangwei", 31.2, 121.4, "黄浦区"),
            await fake.send_link("zhangwei", "周报", "点开", "https://doc.example.com/w"),
        ]
        await world.quiet()
        assert all(each.ok and each.attempts == 1 for each in sent)
        assert len(world.words("zhangwei")) == 5
        assert not [s for s in fake.shown("zhangwei") if s.kind is Kind.NOTICE]
        assert stage.bot.address in world.stage.app.callback_url


# -- entering -------------------------------------------------------------------------------------


@EACH_FORM
async def test_who_enters_is_greeted_once_a_day(world: World, form: str) -> None:
    async with app_stage(world) as stage:
        enter = event("enter_agent", EventKey="")
        first = await stage.tell(enter, form)
        assert "张伟老师您好" in first.words
        assert "菜单" in first.words
        assert (await stage.tell(enter, form)).body == b""
        assert "老师您好" in (await stage.tell(enter, form, by="lina")).words
        assert (await stage.tell(event("subscribe"), form)).body == b"", "one greeting a day"
        world.clock.advance(timedelta(minutes=100))
        assert (await stage.tell(enter, form)).body == b""


async def test_the_next_day_is_greeted_again_by_the_clock_of_the_office(world: World) -> None:
    async with app_stage(world):
        fake = world.stage.fake
        for hours, heard in ((0, 1), (12, 1), (15.5, 1), (16, 2), (39, 2), (40, 3)):
            world.clock.set(NOW + timedelta(hours=hours))
            await fake.enter("zhangwei")
            await world.quiet()
            assert len(world.words("zhangwei")) == heard, hours


async def test_two_replicas_greet_once(each_world: World) -> None:
    world = each_world
    async with app_stage(world) as stage:
        enter = event("enter_agent", EventKey="")
        assert (await stage.tell(enter)).words
    await world.start_bot()  # another process on the same database
    async with app_stage(world) as stage:
        assert (await stage.tell(enter)).body == b""


async def test_a_greeting_does_not_lose_what_was_begun(world: World) -> None:
    """The AI bot and the app share a conversation: one may enter in the middle of it."""
    async with app_stage(world) as stage:
        await world.say("zhangwei", "解除绑定", "bot")
        assert (await stage.tell(event("enter_agent", EventKey=""))).words
        answered = await stage.tell(message("text", Content="确认"))
        assert "已解除绑定" in answered.words


async def test_a_stranger_who_enters_learns_how_to_bind(world: World) -> None:
    async with app_stage(world) as stage:
        stranger = world.stage.account("新来的老师")
        assert stranger is not None
        answered = await stage.tell(event("enter_agent", EventKey=""), by=stranger)
        assert "绑定" in answered.words
        assert answered.words.count("\n") == 0, "one line"


# -- what says nothing ----------------------------------------------------------------------------

SILENT = [
    event("LOCATION", Latitude=31.2304, Longitude=121.4737, Precision=65.0, AppType="wxwork"),
    event("view", EventKey="https://bot.example.com/l"),
    event("view_miniprogram", EventKey="pages/index"),
    event("pic_sysphoto", EventKey="p", SendPicsInfo={"Count": 1, "PicList": {"item": []}}),
    event("pic_photo_or_album", EventKey="p", SendPicsInfo={"Count": 0}),
    event("pic_weixin", EventKey="p", SendPicsInfo={"Count": 0}),
    event("taskcard_click", EventKey="k", TaskId="t"),
    event("an_event_of_next_year", EventKey="k"),
    event(""),
    event("template_card_menu_event"),
    event("click"),
]


@EACH_FORM
@pytest.mark.parametrize("fields", SILENT, ids=lambda f: f["Event"])
async def test_an_event_that_asks_nothing_gets_an_empty_200(
    world: World, form: str, fields: Mapping[str, object], log_lines: list[str]
) -> None:
    async with app_stage(world) as stage:
        answered = await stage.tell(fields, form)
        assert (answered.status, answered.body) == (200, b"")
        assert not world.words("zhangwei")
        assert not [line for line in log_lines if "31.23" in line or "121.47" in line]


async def test_a_reported_place_is_kept_nowhere(world: World) -> None:
    world.stage.app.reports_location = True
    async with app_stage(world):
        delivery = await world.stage.fake.report_location("zhangwei", 31.2304, 121.4737)
        assert delivery is not None
        assert delivery.ok
    files = list(Path(world.url.removeprefix("sqlite:///")).parent.glob("office.sqlite*"))
    assert files
    assert not [each for each in files if b"31.2304" in each.read_bytes()]
    with world.application.database.unit() as unit:
        assert not SeenMessages(unit).unfinished()
        assert not Audit(unit).entries()


# -- pressed --------------------------------------------------------------------------------------


@EACH_FORM
async def test_a_tap_on_the_menu_is_answered_in_the_answer(world: World, form: str) -> None:
    async with app_stage(world) as stage:
        answered = await stage.tell(event("click", EventKey="credit.summary"), form)
        assert "62 学分" in answered.words
        unknown = await stage.tell(event("click", EventKey="never.heard"), form)
        assert unknown.words


@EACH_FORM
async def test_the_menu_of_a_card_is_answered_by_a_message(world: World, form: str) -> None:
    """Its answer could only update the card (wecom.md 1.4)."""
    async with app_stage(world) as stage:
        fields = event(
            "template_card_menu_event",
            EventKey="credit.summary",
            TaskId="t1",
            CardType="text_notice",
            ResponseCode="R1",
        )
        assert (await stage.tell(fields, form)).body == b""
        assert any("62 学分" in each for each in world.words("zhangwei"))


SELECTED = [
    ({"QuestionKey": "when", "OptionIds": {"OptionId": "p1h"}}, {"when": "p1h"}),
    ({"QuestionKey": "when", "OptionIds": {"OptionId": ["p1h"]}}, {"when": "p1h"}),
    (
        [
            {"QuestionKey": "when", "OptionIds": {"OptionId": ["p1h"]}},
            {"QuestionKey": "who", "OptionIds": {"OptionId": ["u1", "u2"]}},
        ],
        {"when": "p1h", "who": "u1,u2"},
    ),
    ({"QuestionKey": "when", "OptionIds": None}, {}),
    ({"QuestionKey": "", "OptionIds": {"OptionId": "x"}}, {}),
    ("words", {}),
    ([], {}),
]


@EACH_FORM
@pytest.mark.parametrize(("items", "slots"), SELECTED, ids=range(len(SELECTED)))
def test_what_was_selected_becomes_slots(form: str, items: object, slots: dict[str, str]) -> None:
    """One selection is no list in JSON and none in XML that was turned into one."""
    fields = event(
        "template_card_event", EventKey="a.b?code=N1#好", SelectedItems={"SelectedItem": items}
    )
    read = read_xml(write_xml(fields).encode()) if form == "xml" else json.loads(json.dumps(fields))
    assert events.meaning(read) == events.Pressed(
        Action("a.b", (*slots.items(), ("code", "N1"))), "好", passive=False
    )


def test_a_selection_cannot_change_what_the_button_says() -> None:
    chosen = {"QuestionKey": "code", "OptionIds": {"OptionId": ["N2"]}}
    fields = event(
        "template_card_event", EventKey="a.b?code=N1", SelectedItems={"SelectedItem": [chosen]}
    )
    meant = events.meaning(fields)
    assert isinstance(meant, events.Pressed)
    assert dict(meant.action.slots) == {"code": "N1"}


# -- scanned --------------------------------------------------------------------------------------

SCANNED = [
    ("7K3M", "7K3M"),
    (" 7k3m ", "7k3m"),
    ("签到 7K3M", "7K3M"),
    ("签到码：7K3M", "7K3M"),
    ("CODE_128,7K3M", "7K3M"),
    ("https://bot.example.cn/sign?code=7K3M", "7K3M"),
    ("https://bot.example.cn/7K3M", None),
    ("https://[", None),
    ("SN-0001", None),
    ("", None),
    ("12345", None),
]


@pytest.mark.parametrize(("scanned", "code"), SCANNED)
def test_a_scanned_sign_in_code_is_a_sign_in(scanned: str, code: str | None) -> None:
    fields = event("scancode_waitmsg", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": scanned})
    meant = events.meaning(fields)
    if code is None:
        assert isinstance(meant, events.Unreadable)
    else:
        assert meant == events.Pressed(Action("attendance.check_in", (("code", code),)))


@EACH_FORM
async def test_what_was_scanned_is_answered(world: World, form: str) -> None:
    async with app_stage(world) as stage:
        info = {"ScanType": "qrcode", "ScanResult": "7K3M"}
        typed = await stage.tell(message("text", Content="签到 7K3M"), form, by="lina")
        waits = await stage.tell(
            event("scancode_waitmsg", EventKey="s", ScanCodeInfo=info), form, by="zhangwei"
        )
        assert waits.words
        assert waits.words.splitlines()[0] == typed.words.splitlines()[0]
        # the client opens the result itself and shows no answer: it comes as a message
        pushed = await stage.tell(
            event("scancode_push", EventKey="s", ScanCodeInfo=info), form, by="zhouming"
        )
        assert pushed.body == b""
        assert world.words("zhouming")
        other = {"ScanType": "barcode", "ScanResult": "SN-0001"}
        answered = await stage.tell(event("scancode_waitmsg", ScanCodeInfo=other), form)
        assert "不是签到码" in answered.words


async def test_a_place_that_was_picked_is_refused_politely_by_a_message(world: World) -> None:
    async with app_stage(world) as stage:
        info = {"Location_X": 31.2, "Location_Y": 121.4, "Label": "黄浦区"}
        answered = await stage.tell(event("location_select", SendLocationInfo=info))
        assert answered.body == b""
        assert any("不需要您的位置" in each for each in world.words("zhangwei"))


# -- for the operator -----------------------------------------------------------------------------


@EACH_FORM
@pytest.mark.parametrize("nested", [True, False])
async def test_a_job_that_failed_is_noted_in_both_shapes(
    world: World, form: str, nested: bool
) -> None:
    async with app_stage(world) as stage:
        job = {"JobId": "J1", "JobType": "sync_user", "ErrCode": 40031, "ErrMsg": "张伟 不存在"}
        inside = {"BatchJob": job} if nested else job
        answered = await stage.tell(event("batch_job_result", **inside), form, by="sys")
        assert answered.body == b""
        noted = await stage.channel.notes()
        assert "sync_user" in noted["directory"]
        assert "40031" in noted["directory"]
        assert "张伟" not in noted["directory"]
        well = {**job, "ErrCode": 0, "ErrMsg": "ok"}
        inside = {"BatchJob": well} if nested else well
        await stage.tell(event("batch_job_result", **inside), form, by="sys")
        assert "directory" not in await stage.channel.notes()


@EACH_FORM
@pytest.mark.parametrize("name", events.OPERATORS)
async def test_what_happens_to_the_app_is_logged_and_noted(
    world: World, form: str, name: str, log_lines: list[str]
) -> None:
    async with app_stage(world) as stage:
        fields = event(name, EffectTime=1626049200)
        assert (await stage.tell(fields, form, by="sys")).body == b""
        assert [line for line in log_lines if f'"reason": "{name}"' in line]
        noted = await stage.channel.notes()
        assert noted.get("app", "") == events.OPERATORS[name]
        for good in events.RECOVERED:
            await stage.tell(event(good), form, by="sys")
        assert "app" not in await stage.channel.notes()


# -- keys -----------------------------------------------------------------------------------------


def test_changes_of_one_second_are_told_apart() -> None:
    base = {"FromUserName": "sys", "CreateTime": "1", "Event": "change_contact"}
    told = [
        {**base, "ChangeType": "create_user", "UserID": "a"},
        {**base, "ChangeType": "create_user", "UserID": "b"},
        {**base, "ChangeType": "delete_user", "UserID": "a"},
        {**base, "ChangeType": "update_user", "UserID": "a", "NewUserID": "c"},
        {**base, "ChangeType": "update_user", "UserID": "a", "Department": "1,2"},
        {**base, "ChangeType": "create_party", "Id": "4"},
        {**base, "ChangeType": "create_party", "Id": "5"},
        {**base, "ChangeType": "update_tag", "TagId": "5"},
    ]
    assert len({message_key(each) for each in told}) == len(told)
    assert all(message_key(each) == message_key(dict(each)) for each in told)


NAMES = st.sampled_from(
    [
        *("MsgType", "Event", "EventKey", "Content", "MediaId", "ScanCodeInfo", "ScanResult"),
        *("SelectedItems", "SelectedItem", "QuestionKey", "OptionIds", "OptionId"),
        *("BatchJob", "JobType", "ErrCode", "ChangeType", "UserID"),
    ]
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab1,:/ #?=-签", max_size=8),
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(NAMES, deeper, max_size=4),
    max_leaves=12,
)
EVENTS = st.sampled_from(
    [
        *("text", "image", "event", "file", "template_card_event", "scancode_waitmsg", "click"),
        *("batch_job_result", "change_contact", "enter_agent", "inactive_alert"),
    ]
)


@given(st.dictionaries(NAMES, ANY | EVENTS, max_size=8), EVENTS)
def test_reading_never_raises(fields: dict[str, object], name: str) -> None:
    """JSON may hold anything anywhere; what we know of it is enough or it means nothing."""
    events.meaning(fields)
    events.meaning({**fields, "MsgType": "event", "Event": name})
    message_key(fields)
