"""Cards: pressing, greying, replacing, response codes, selections."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.common.values import JsonObject, rows, table, text, whole
from simulator.wecom import NotOnScreenError
from tests.simulator.scene import CORP, Scene, run

CARD: JsonObject = {
    "card_type": "button_interaction",
    "task_id": "notice_1",
    "source": {"desc": "师训助手"},
    "main_title": {"title": "请确认开班通知", "desc": "7月12日"},
    "horizontal_content_list": [{"keyname": "地点", "value": "实验中学报告厅"}],
    "button_selection": {
        "question_key": "when",
        "title": "时间",
        "option_list": [{"id": "am", "text": "上午"}, {"id": "pm", "text": "下午"}],
        "selected_id": "am",
    },
    "button_list": [
        {"text": "确认", "style": 1, "key": "ok"},
        {"text": "请假", "style": 2, "key": "leave"},
        {"text": "查看", "type": 1, "url": "https://office.example.com/n/1"},
    ],
}


def passive(kind: str, inner: str) -> str:
    return (
        f"<xml><ToUserName>ZhangWei</ToUserName><FromUserName>{CORP}</FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType>{kind}</MsgType>{inner}</xml>"
    )


def test_a_press_tells_everything_and_the_answer_greys_the_card() -> None:
    async def play(scene: Scene) -> None:
        sent = await scene.send("template_card", CARD)
        (card,) = scene.fake.shown("zhangwei")
        assert card.buttons == [("确认", "ok", True), ("请假", "leave", True), ("查看", "", True)]
        assert "实验中学报告厅" in card.words
        scene.bot.answer = lambda _m: passive(
            "update_button", "<Button><ReplaceName>已确认</ReplaceName></Button>"
        )
        cursor = scene.fake.cursor("zhangwei")
        delivery = await scene.fake.press("zhangwei", card.id, "确认", {"when": ["pm"]})
        assert (delivery.ok, delivery.reason) == (True, "")
        (event,) = scene.bot.received
        assert text(event, "Event") == "template_card_event"
        assert (text(event, "EventKey"), text(event, "TaskId")) == ("ok", "notice_1")
        chosen = table(table(event, "SelectedItems"), "SelectedItem")
        assert chosen == {"QuestionKey": "when", "OptionIds": {"OptionId": "pm"}}
        assert text(event, "ResponseCode") != text(sent, "response_code")
        (greyed,) = scene.fake.shown("zhangwei", since=cursor)
        assert greyed.buttons[:2] == [("已确认", "ok", False), ("请假", "leave", False)]
        with pytest.raises(NotOnScreenError, match="灰色"):
            await scene.fake.press("zhangwei", None, "请假")

    run(play)


def test_a_press_without_an_answer_leaves_the_card_as_it_is() -> None:
    async def play(scene: Scene) -> None:
        await scene.send("template_card", CARD)
        assert (await scene.fake.press("zhangwei", None, "leave")).ok
        assert scene.fake.shown("zhangwei")[0].buttons[1] == ("请假", "leave", True)
        chosen = table(table(scene.bot.received[0], "SelectedItems"), "SelectedItem")
        assert table(chosen, "OptionIds") == {"OptionId": "am"}

    run(play)


def test_a_passive_reply_may_replace_the_card() -> None:
    async def play(scene: Scene) -> None:
        await scene.send("template_card", CARD)
        scene.bot.answer = lambda _m: passive(
            "update_template_card",
            "<TemplateCard><CardType>button_interaction</CardType>"
            "<MainTitle><Title>已请假</Title></MainTitle>"
            "<HorizontalContentList><KeyName>原因</KeyName><Value>病假</Value>"
            "</HorizontalContentList><ReplaceText>已处理</ReplaceText></TemplateCard>",
        )
        await scene.fake.press("zhangwei", None, "请假")
        (card,) = scene.fake.shown("zhangwei")
        assert (card.title, card.buttons) == ("已请假", [("已处理", "", False)])
        assert "原因 病假" in card.words

    run(play)


def test_the_api_updates_once_per_response_code() -> None:
    async def play(scene: Scene) -> None:
        sent = await scene.send("template_card", CARD, touser="zhangwei|lina")
        body: JsonObject = {
            "userids": ["zhangwei", "nobody"],
            "agentid": 1000002,
            "response_code": sent["response_code"],
            "button": {"replace_name": "已截止"},
        }
        got = await scene.post("message/update_template_card", body)
        assert (whole(got, "errcode"), got["invaliduser"]) == (0, ["nobody"])
        assert scene.fake.shown("zhangwei")[0].buttons == [("已截止", "", False)]
        assert scene.fake.shown("lina")[0].buttons[0][2]
        assert whole(await scene.post("message/update_template_card", body), "errcode") == 60140
        await scene.fake.press("lina", None, "确认")
        code = text(scene.bot.received[-1], "ResponseCode")
        card = {"card_type": "text_notice", "main_title": {"title": "已确认"}}
        card |= {"card_action": {"type": 1, "url": "https://office.example.com"}}
        body = {"userids": ["lina"], "agentid": 1000002, "response_code": code}
        got = await scene.post("message/update_template_card", body | {"template_card": card})
        assert whole(got, "errcode") == 0
        assert scene.fake.shown("lina")[0].title == "已确认"

    run(play)


def test_a_response_code_lives_72_hours() -> None:
    async def play(scene: Scene) -> None:
        sent = await scene.send("template_card", CARD)
        scene.fake.clock.advance(timedelta(hours=72, seconds=1))
        scene.token = ""
        body: JsonObject = {"userids": ["zhangwei"], "agentid": 1000002}
        body |= {"response_code": sent["response_code"], "button": {"replace_name": "x"}}
        assert whole(await scene.post("message/update_template_card", body), "errcode") == 60140

    run(play)


def test_rules_that_need_the_app() -> None:
    async def play(scene: Scene) -> None:
        assert whole(await scene.send("template_card", CARD), "errcode", -9) == 0
        assert whole(await scene.send("template_card", CARD), "errcode") == 42014
        scene.app.callback_url = ""
        fresh = CARD | {"task_id": "notice_2"}
        assert whole(await scene.send("template_card", fresh), "errcode") == 43012

    run(play)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"task_id": "bad id"}, 42014),
        ({"button_list": []}, 42038),
        ({"button_list": [{"text": "", "key": "k"}]}, 42038),
        ({"button_list": [{"text": "a"}]}, 42039),
        ({"button_list": [{"text": "a", "key": "k"}, {"text": "b", "key": "k"}]}, 42039),
        ({"button_selection": {"title": "x"}}, 42043),
        ({"button_selection": {"question_key": "x", "option_list": []}}, 42037),
        ({"card_type": "vote_interaction"}, 42043),
        ({"card_type": "multiple_interaction"}, 42047),
        (
            {
                "card_type": "vote_interaction",
                "checkbox": {"question_key": "q", "option_list": [{"id": "a", "text": "A"}]},
            },
            42046,
        ),
    ],
)
def test_interactive_card_rules(change: JsonObject, wanted: int) -> None:
    async def play(scene: Scene) -> None:
        assert whole(await scene.send("template_card", CARD | change), "errcode") == wanted

    run(play)


def test_votes_carry_every_tick() -> None:
    async def play(scene: Scene) -> None:
        vote: JsonObject = {
            "card_type": "vote_interaction",
            "task_id": "vote_1",
            "main_title": {"title": "选修哪些"},
            "checkbox": {
                "question_key": "what",
                "mode": 1,
                "option_list": [{"id": i, "text": i * 2} for i in "abc"],
            },
            "submit_button": {"text": "提交", "key": "vote:submit"},
        }
        await scene.send("template_card", vote)
        await scene.fake.press("zhangwei", None, "提交", {"what": ["a", "c"]})
        item = table(table(scene.bot.received[0], "SelectedItems"), "SelectedItem")
        assert table(item, "OptionIds") == {"OptionId": ["a", "c"]}
        with pytest.raises(NotOnScreenError, match="选项"):
            await scene.fake.press("zhangwei", None, "提交", {"what": ["z"]})
        assert rows(vote, "checkbox")

    run(play)


def test_the_corner_menu_of_a_card() -> None:
    async def play(scene: Scene) -> None:
        card: JsonObject = {
            "card_type": "text_notice",
            "task_id": "m1",
            "main_title": {"title": "提醒"},
            "card_action": {"type": 1, "url": "https://office.example.com"},
            "action_menu": {"desc": "更多", "action_list": [{"text": "不再提醒", "key": "mute"}]},
        }
        sent = await scene.send("template_card", card)
        assert text(sent, "response_code")
        await scene.fake.press("zhangwei", None, "不再提醒")
        assert text(scene.bot.received[0], "Event") == "template_card_menu_event"
        with pytest.raises(NotOnScreenError, match="没有按钮"):
            await scene.fake.press("zhangwei", None, "别的")

    run(play)
