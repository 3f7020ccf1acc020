"""What a QQ bot's message may hold: links, markdown, keyboards, length (protocol page A7, A8)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.common.values import JsonObject
from simulator.qq import ApiError, Bot, Kind
from simulator.qq.wording import check_links
from tests.simulator.qq_scene import QUICK, Got, Scene, run


def button(ident: str = "ok", **action: object) -> JsonObject:
    """The example of A8."""
    every: JsonObject = {"type": 1, "permission": {"type": 2}, "data": "done:42"}
    return {
        "id": ident,
        "render_data": {"label": "我做完了", "visited_label": "已提交", "style": 1},
        "action": every | {"unsupport_tips": "请发送：完成 42"} | action,
    }


def keyboard(*rows: list[JsonObject]) -> JsonObject:
    return {"keyboard": {"content": {"rows": [{"buttons": row} for row in rows]}}}


async def markdown(scene: Scene, content: str = "# 值日表", /, **more: object) -> Got:
    body: JsonObject = {"msg_type": 2, "content": "", "markdown": {"content": content}}
    return await scene.to_user("lina", **(body | more))


@pytest.mark.parametrize(
    "said",
    [
        "请看 https://office.example.com/a",
        "www.school",
        "example.com",
        "见 USER.md",
        "3.A班",
        "a.b",
        "附件.xlsx",
        "zhang@school.cn",
        "打开notoffice.example.org。",
        "https://office.school.cn.evil.com",
    ],
)
def test_words_that_are_taken_for_an_address(said: str) -> None:
    with pytest.raises(ApiError) as caught:
        check_links(Bot("1", "助手", "s", domains={"office.school.cn"}), said)
    assert caught.value.code == 40034028


@pytest.mark.parametrize(
    "said",
    [
        "共9.5学分。",
        "8.30 开班，1.张三 2.李四",
        "请看office.school.cn，谢谢",
        "https://www.office.school.cn/a.html?x=1",
        "A班。B班……OK.",
    ],
)
def test_words_that_are_not(said: str) -> None:
    check_links(Bot("1", "助手", "s", domains={"office.school.cn"}), said)


@given(st.text("一二三12，。：\n（）%- ", max_size=80))
def test_no_dot_no_address(said: str) -> None:
    check_links(Bot("1", "助手", "s"), said)


def test_content_that_is_refused() -> None:
    async def play(scene: Scene) -> None:
        asked = await scene.heard("lina")

        async def code(**body: object) -> int:
            return (await scene.to_user("lina", msg_id=asked, **body)).code

        assert await code(content="") == 50006
        assert await code(content=" ") == 50006
        assert await code(content="字" * 21) == 40054007
        assert await code(content="看 a.cn") == 40034028
        scene.fake.platform.forbidden_words.add("违规")
        assert await code(content="这是违规的") == 40034006
        assert await code(msg_type=3) == 304004
        assert await code(msg_type=99) == 50035
        assert await code(**keyboard([button()])) == 304040  # only with markdown
        assert len(scene.fake.shown("lina")) == 1
        assert await code(content="字" * 20) == 0  # no msg_seq was used up

    run(play, replace(QUICK, text_chars=20))


def test_markdown_needs_permission_and_is_shown_with_names() -> None:
    async def play(scene: Scene) -> None:
        assert (await markdown(scene, "")).code == 50041
        assert (await markdown(scene, "# 一")).code == 0
        assert (await scene.to_user("lina", msg_type=2, markdown={"content": "x"})).code == 50037
        tag = f'<qqbot-at-user id="{scene.fake.member_openid("zhangwei", "group1")}" />'
        command = '<qqbot-cmd-input text="%E8%AF%B7%E5%81%87" show="请假" />'
        body: JsonObject = {"msg_type": 2, "content": "", "markdown": {"content": tag + command}}
        assert (await scene.to_group(**body)).code == 0
        shown = scene.fake.shown("lina")[-1]
        assert (shown.kind, shown.text) == (Kind.MARKDOWN, "@张伟[请假]")
        scene.bot.markdown = False
        assert (await markdown(scene)).code == 40034127
        template: JsonObject = {"custom_template_id": "t1"}
        assert (await markdown(scene, markdown=template)).code == 304036

    run(play)


def test_templates_take_plain_values() -> None:
    async def play(scene: Scene) -> None:
        scene.bot.templates["t1"] = "# {{.title}}"

        async def code(*values: str, ident: str = "t1", **more: object) -> int:
            params = [{"key": "title", "values": list(values)}]
            part: JsonObject = {"custom_template_id": ident, "params": params}
            return (await markdown(scene, markdown=part | more)).code

        assert await code("开班") == 0
        assert await code("") == 40034008
        assert await code("一\n二") == 40034009
        assert await code("**重**") == 40034010
        assert await code("开班", ident="t2") == 304011
        assert await code("开班", content="x") == 50057
        assert scene.fake.shown("lina")[-1].text == "# 开班"

    run(play)


def test_a_keyboard_is_shown() -> None:
    async def play(scene: Scene) -> None:
        link = button("l", type=0, data="https://office.school.cn/1")
        scene.bot.domains.add("school.cn")
        rows = keyboard([button(), button("b")], [link])
        assert (await markdown(scene, **rows)).code == 0
        shown = scene.fake.shown("lina")[-1]
        assert (shown.kind, shown.text) == (Kind.CARD, "# 值日表")
        assert [key for _, key, _ in shown.buttons] == ["ok", "b", "l"]
        scene.bot.domains.clear()
        assert (await markdown(scene, **rows)).code == 40034028
        scene.bot.keyboards["k1"] = {"rows": [{"buttons": [button("t")]}]}
        assert (await markdown(scene, keyboard={"id": "k1"})).code == 0
        assert (await markdown(scene, keyboard={"id": "k2"})).code == 304038
        scene.bot.keyboard = False
        assert (await markdown(scene, **rows)).code == 304037

    run(play)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (keyboard([button(str(n)) for n in range(6)]), 40034029),
        (keyboard(*([button(str(n))] for n in range(6))), 40034029),
        (keyboard([button("a"), button("a")]), 40034029),
        (keyboard(), 304040),
        (keyboard([]), 304040),
        (keyboard([button(type=7)]), 304040),
        (keyboard([button(unsupport_tips="")]), 304040),
        (keyboard([button(permission={})]), 304040),
        (keyboard([button() | {"render_data": {}}]), 304040),
        (keyboard([button(modal={"content": "字" * 41})]), 304040),
        (keyboard([button(modal={"content": "好", "confirm_text": "我确定了吗"})]), 304040),
    ],
)
def test_keyboards_that_are_refused(body: JsonObject, code: int) -> None:
    async def play(scene: Scene) -> None:
        assert (await markdown(scene, **body)).code == code
        assert scene.fake.shown("lina") == []

    run(play)


def test_the_largest_keyboard() -> None:
    async def play(scene: Scene) -> None:
        rows = [[button(f"{row}{column}") for column in range(5)] for row in range(5)]
        assert (await markdown(scene, **keyboard(*rows))).code == 0
        assert len(scene.fake.shown("lina")[-1].buttons) == 25

    run(play)
