"""Events of qq.md A5 and A8 as values; whatever else comes is passed over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.qq.events import (
    Attachment,
    Change,
    Pressed,
    Said,
    Scene,
    Spot,
    Standing,
    interaction_id,
    keys,
    read,
)

GROUP, MEMBER, USER = "C9F778FE6ADF9D1D1DBE395BF744A33A", "M1", "E4F4AEA33253A2797FB897C50B81D7ED"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = (
    *("C2C_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE"),
    *("INTERACTION_CREATE", "GROUP_ADD_ROBOT", "FRIEND_DEL", "GROUP_MEMBER_QUIT", "GUILD_CREATE"),
)
FIELDS = (
    *("id", "author", "content", "group_openid", "attachments", "mentions", "openid"),
    *("data", "type", "user_openid", "member_openid", "group_member_openid"),
)


def event(name: str, d: Any, payload_id: str = "EVENT:1") -> dict[str, Any]:
    """An envelope."""
    return {"op": 0, "s": 1, "t": name, "id": payload_id, "d": d}


def said(payload: dict[str, Any]) -> Said:
    """Read a message."""
    found = read(payload)
    assert isinstance(found, Said)
    return found


def grouped(content: str, **more: Any) -> dict[str, Any]:
    """The inside of a group message."""
    author = {"id": MEMBER, "member_openid": MEMBER, "union_openid": "", "bot": False}
    return {
        "id": "ROBOT1.0_a!",
        "group_openid": GROUP,
        "content": content,
        "author": author,
        **more,
    }


def test_a_private_message() -> None:
    d = {"id": "ROBOT1.0_x!", "content": " 我的学分 ", "author": {"user_openid": USER}}
    found = said(event("C2C_MESSAGE_CREATE", d))
    assert found == Said(Spot(Scene.C2C, USER), "ROBOT1.0_x!", "我的学分")


def test_a_group_message_that_names_us_has_no_gap_in_front() -> None:
    found = said(event("GROUP_AT_MESSAGE_CREATE", grouped(" 明天几点")))
    assert found.spot == Spot(Scene.GROUP, GROUP, MEMBER)
    assert (found.text, found.mentioned) == ("明天几点", True)


@pytest.mark.parametrize(
    ("mentions", "mentioned"),
    [
        ([{"scope": "single", "id": "M0", "is_you": True, "bot": True}], True),
        ([{"scope": "single", "id": "M5"}, {"scope": "single", "is_you": True}], True),
        ([{"scope": "single", "id": "M5", "is_you": False}], False),
        ([{"scope": "all"}], False),
        ([{"is_you": "yes"}], False),
        ([None, 1, "x"], False),
        ({"is_you": True}, False),
        ([], False),
        (None, False),
    ],
)
def test_who_is_meant_in_a_group_that_is_heard_whole(mentions: Any, mentioned: bool) -> None:
    d = grouped('<@M0> 换值日 3班 <faceType=1,faceId="5">', mentions=mentions)
    found = said(event("GROUP_MESSAGE_CREATE", d))
    assert (found.text, found.mentioned) == ("换值日 3班", mentioned)


def test_other_bots_are_not_heard() -> None:
    d = grouped("你好")
    d["author"]["bot"] = True
    assert read(event("GROUP_MESSAGE_CREATE", d)) is None


def test_a_voice_is_what_the_platform_heard() -> None:
    voice = {"content_type": "voice", "url": "//a/b", "asr_refer_text": "我的学分"}
    d = {"id": "1", "content": " ", "author": {"user_openid": USER}, "attachments": [voice]}
    assert said(event("C2C_MESSAGE_CREATE", d)).text == "我的学分"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://multimedia.nt.qq.com.cn/x", "https://multimedia.nt.qq.com.cn/x"),
        ("//multimedia.nt.qq.com.cn/x", "https://multimedia.nt.qq.com.cn/x"),
        ("multimedia.nt.qq.com.cn/x", "https://multimedia.nt.qq.com.cn/x"),
        ("", ""),
    ],
)
def test_addresses_of_attachments_may_lack_their_scheme(url: str, address: str) -> None:
    file = {"content_type": "file", "filename": "学员.xlsx", "size": 5, "url": url}
    d = {"id": "1", "content": "", "author": {"user_openid": USER}, "attachments": [file]}
    assert said(event("C2C_MESSAGE_CREATE", d)).attachments == (
        Attachment("file", "学员.xlsx", address, 5),
    )


@pytest.mark.parametrize(
    ("name", "scene", "change"),
    [
        ("GROUP_ADD_ROBOT", Scene.GROUP, Change.JOINED),
        ("GROUP_DEL_ROBOT", Scene.GROUP, Change.LEFT),
        ("GROUP_MSG_REJECT", Scene.GROUP, Change.REJECTED),
        ("GROUP_MSG_RECEIVE", Scene.GROUP, Change.ALLOWED),
        ("FRIEND_ADD", Scene.C2C, Change.JOINED),
        ("FRIEND_DEL", Scene.C2C, Change.LEFT),
        ("C2C_MSG_REJECT", Scene.C2C, Change.REJECTED),
        ("C2C_MSG_RECEIVE", Scene.C2C, Change.ALLOWED),
        ("GROUP_MEMBER_ADD", Scene.GROUP, Change.MEMBER_JOINED),
        ("GROUP_MEMBER_REMOVE", Scene.GROUP, Change.MEMBER_LEFT),
        ("GROUP_MEMBER_QUIT", Scene.GROUP, Change.MEMBER_LEFT),
    ],
)
def test_our_standing(name: str, scene: Scene, change: Change) -> None:
    d = {"timestamp": 1, "group_openid": GROUP, "openid": USER, "op_member_openid": MEMBER}
    found = read(event(name, d, f"{name}:7"))
    assert isinstance(found, Standing)
    assert found.spot.scene is scene
    assert found.spot.openid == (GROUP if scene is Scene.GROUP else USER)
    assert (found.change, found.event_id) == (change, f"{name}:7")


def press(**more: Any) -> dict[str, Any]:
    """A pressed button."""
    resolved = {"button_data": "notice.confirm?code=N37", "button_id": "b00"}
    d = {"id": "30540ff7", "type": 11, "data": {"type": 11, "resolved": resolved}, **more}
    return event("INTERACTION_CREATE", d, "INTERACTION_CREATE:9")


def test_a_press_in_private_and_in_a_group() -> None:
    assert read(press(scene="c2c", user_openid=USER)) == Pressed(
        Spot(Scene.C2C, USER), "30540ff7", "INTERACTION_CREATE:9", "notice.confirm?code=N37"
    )
    grouped = read(press(scene="group", group_openid=GROUP, group_member_openid=MEMBER))
    assert isinstance(grouped, Pressed)
    assert grouped.spot == Spot(Scene.GROUP, GROUP, MEMBER)


def test_the_quick_menu_carries_nothing() -> None:
    found = read(press(type=12, user_openid=USER, data={"resolved": {"feature_id": "x"}}))
    assert isinstance(found, Pressed)
    assert found.data == ""


@pytest.mark.parametrize("kind", [13, 14, 15, 18, 2001, None, "11", True])
def test_other_interactions_are_not_ours(kind: object) -> None:
    assert read(press(type=kind, user_openid=USER)) is None
    assert interaction_id(press(type=kind, user_openid=USER)) == ""


def test_what_makes_an_event_this_one() -> None:
    assert keys(press()) == ("event:INTERACTION_CREATE:9", "message:30540ff7")
    assert keys({"op": 0, "t": "FRIEND_ADD", "d": {}}) == ()


@given(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8), JSON)
def test_nothing_that_comes_breaks_the_reading(name: str, d: Any, outer: Any) -> None:
    for payload in (event(name, d), {"t": name, "d": outer, "id": outer}):
        found = read(payload)
        assert found is None or found.spot.openid
        keys(payload)
        interaction_id(payload)


def test_an_id_that_is_too_long_is_nobodys() -> None:
    d = {"id": "1", "content": "x", "author": {"user_openid": "U" * 129}}
    assert read(event("C2C_MESSAGE_CREATE", d)) is None
