"""WeCom on the wire: what is let in, what is refused, and how an answer travels."""

from __future__ import annotations

import base64
import json
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.web import BODY_BYTES
from handlers.reply import Card, Choice, Reply, action
from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.screen import Kind
from tests.bot.worlds import GROUP, STAMP, World, message, outer

ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    "<xml><FromUserName>zhangwei</FromUserName><MsgType>text</MsgType><MsgId>7</MsgId>"
    "<Content>&b;</Content></xml>"
)
OUTSIDE = (
    '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/hostname">]><xml><Encrypt>&f;</Encrypt></xml>'
)


# -- in and out -----------------------------------------------------------------------------------


async def test_the_address_is_verified_by_the_platform(world: World) -> None:
    verdict = await world.stage.fake.verify_url(world.stage.app)
    assert verdict.ok, verdict.reason


async def test_a_forged_url_check_gets_nothing(world: World) -> None:
    for path in ("/wecom/callback", "/wecom/aibot"):
        query = world.query(world.envelope.seal("12345678")) | {"echostr": "AAAA"}
        async with world.http.get(world.bot.address + path, params=query) as answer:
            assert answer.status == 403
            assert await answer.read() == b""


async def test_words_come_back_in_the_answer(world: World) -> None:
    delivery = await world.say("zhangwei", "我的学分")
    assert delivery.ok
    assert delivery.attempts == 1
    (words,) = world.words("zhangwei")
    assert "62 学分" in words
    assert world.stage.fake.calls.count("message/send") == 0


async def test_a_card_is_sent_and_its_pressed_button_greys_out(world: World) -> None:
    choices = (
        Choice("收到", action("credit.summary"), done="已收到"),
        Choice("看课表", action("schedule.query")),
    )
    world.queue(Reply(text="请回复", card=Card("明天集中", choices=choices)), "zhangwei")
    await world.quiet()
    assert world.stage.fake.calls.count("message/send", 0) == 2
    pressed = await world.stage.fake.press("zhangwei", None, "收到")
    await world.quiet()
    assert "<![CDATA[update_button]]>" in pressed.passive_reply
    text, card, reply = world.seen("zhangwei")
    assert card.card is not None
    assert [(b.text, b.enabled) for b in card.card.buttons] == [
        ("已收到", False),
        ("看课表", False),
    ]
    assert "62 学分" in reply.words
    with pytest.raises(NotOnScreenError):
        await world.stage.fake.press("zhangwei", None, "收到")
    assert text.words == "请回复"


async def test_a_file_is_fetched_and_answered(world: World) -> None:
    fake = world.stage.fake
    delivery = await fake.send_file("liguoqiang", "名单.csv", "姓名,工号\n甲,1\n".encode())
    await world.quiet()
    assert delivery.ok
    assert fake.calls.count("media/get", 0) == 1
    assert world.words("liguoqiang")


async def test_a_file_is_fetched_again_with_a_new_token(world: World) -> None:
    fake = world.stage.fake
    await fake.send_file("liguoqiang", "名单.csv", "姓名,工号\n甲,1\n".encode())
    await world.quiet()
    fake.invalidate_tokens()
    before = fake.cursor("liguoqiang")
    await fake.send_file("liguoqiang", "名单.csv", "姓名,工号\n乙,2\n".encode())
    await world.quiet()
    words = "\n".join(each.words for each in fake.shown("liguoqiang", before) if not each.mine)
    assert words
    assert "没有取到" not in words


async def test_a_file_that_is_gone_is_explained(world: World) -> None:
    inner = (
        "<xml><ToUserName>ww</ToUserName><FromUserName>zhangwei</FromUserName>"
        f"<CreateTime>{STAMP}</CreateTime><MsgType>file</MsgType><MediaId>gone</MediaId>"
        "<MsgId>9</MsgId></xml>"
    )
    answered = await world.send(inner)
    assert "再发一次" in answered.words


@pytest.mark.parametrize(
    ("kind", "word"),
    [("image", "图片"), ("voice", "语音"), ("video", "视频"), ("location", "位置")],
)
async def test_what_cannot_be_read_is_said(world: World, kind: str, word: str) -> None:
    answered = await world.send(message("zhangwei", "", kind=kind))
    assert word in answered.words


async def test_the_first_delivery_of_the_day_is_not_lost_to_the_loading(world: World) -> None:
    """The first message waits for the understanding rather than being misread."""
    delivery = await world.say("lina", "还有什么没交")
    assert "训前问卷" in "".join(world.words("lina")), delivery


# -- refused --------------------------------------------------------------------------------------


async def test_a_bad_signature_is_refused_and_nothing_happens(
    world: World, log_lines: list[str]
) -> None:
    sealed = world.envelope.seal(message("zhangwei", "我的学分"))
    query = world.query(sealed)
    for name, value in (("msg_signature", "0" * 40), ("nonce", "other"), ("timestamp", "1")):
        answered = await world.post(query | {name: value}, outer(sealed))
        assert answered.status == 403
        assert answered.body == b""
    without = {key: value for key, value in query.items() if key != "msg_signature"}
    assert (await world.post(without, outer(sealed))).status == 403
    await world.quiet()
    assert not world.words("zhangwei")
    assert any('"reason": "signature"' in line for line in log_lines)


async def test_a_wrong_padding_is_refused(world: World) -> None:
    """A signature over it is no excuse: every byte of the padding counts."""
    body = message("zhangwei", "我的学分").encode()
    raw = b"r" * 16 + struct.pack(">I", len(body)) + body + world.keys.corp_id.encode()
    pad = 32 - len(raw) % 32
    raw += b"\x00" * (pad - 1) + bytes([pad]) if pad > 1 else b"\x01" * 31 + b"\x00" + b"\x20"
    key = base64.b64decode(world.keys.aes_key + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = base64.b64encode(encryptor.update(raw) + encryptor.finalize()).decode()
    assert (await world.post(world.query(sealed), outer(sealed))).status == 403


async def test_too_large_a_body_is_refused(world: World) -> None:
    for size in (300 * 1024, BODY_BYTES + 1):
        answered = await world.post(world.query("x"), b"<xml>" + b"x" * size)
        assert answered.status == 413


@pytest.mark.parametrize("path", ["/wecom/callback", "/wecom/aibot"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"<xml>",
        b"<xml/>",
        b"<a>1</a>",
        b"<xml><Encrypt></Encrypt></xml>",
        b"<xml><Encrypt>1</Encrypt><Encrypt>2</Encrypt></xml>",
        b"<xml>" + b"<a>" * 20_000,
        b"{",
        b"[]",
        b"null",
        b'{"encrypt": 1}',
        b'{"encrypt": "\\ud800"}',
        b'{"a":' + b"[" * 100_000,
        OUTSIDE.encode(),
        ENTITIES.encode(),
    ],
    ids=range(16),
)
async def test_garbage_is_refused(world: World, path: str, body: bytes) -> None:
    answered = await world.post(world.query("x"), body, path=path)
    assert answered.status == 403, body[:80]


@pytest.mark.parametrize("path", ["/wecom/callback", "/wecom/aibot"])
async def test_an_unknown_charset_is_refused(world: World, path: str) -> None:
    headers = {"Content-Type": "application/json; charset=klingon"}
    answered = await world.post(world.query("x"), b"{}", path=path, headers=headers)
    assert answered.status == 403


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "not xml",
        "<xml>",
        "<xml/>",
        "[]",
        '{"a":' + "[" * 100_000,
        ENTITIES,
        "<xml><MsgType>text</MsgType><MsgType>text</MsgType></xml>",
        "<xml><FromUserName>zhangwei</FromUserName></xml>",
        message("zhangwei", "你好", kind="merged"),
        "<xml><FromUserName>zhangwei</FromUserName><MsgType>event</MsgType></xml>",
        "<xml><FromUserName>zhangwei</FromUserName><MsgType>event</MsgType>"
        "<Event>template_card_menu_event</Event></xml>",
    ],
    ids=range(12),
)
async def test_what_is_true_but_unknown_gets_an_empty_200(world: World, inner: str) -> None:
    """Anything but 200 would only be delivered three times more (wecom.md 1.4)."""
    answered = await world.send(inner)
    assert answered.status == 200
    assert answered.body == b""


# -- what is written in a message -----------------------------------------------------------------


async def test_the_end_of_a_cdata_section_is_escaped(world: World) -> None:
    """The echoed title must not become an element of ours (wecom.md 6)."""
    evil = "]]></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA["
    answered = await world.send(
        message("zhangwei", "x").replace("<![CDATA[x]]>", f"<![CDATA[绑定 {_split(evil)} K7M2]]>")
    )
    assert answered.status == 200
    assert answered.inner.get("MsgType", "text") == "text"
    assert isinstance(answered.inner.get("Content", ""), str)


def _split(text: str) -> str:
    return text.replace("]]>", "]]]]><![CDATA[>")


async def test_the_json_form_is_read_too(world: World) -> None:
    sealed = world.envelope.seal(message("zhangwei", "我的学分"))
    body = json.dumps({"tousername": "ww", "encrypt": sealed, "agentid": "1000002"})
    answered = await world.post(world.query(sealed), body)
    assert "62 学分" in answered.words


@pytest.mark.parametrize("written", ["zhangwei", "ZhangWei", "ZHANGWEI"])
async def test_accounts_that_differ_in_case_are_one(world: World, written: str) -> None:
    answered = await world.send(message(written, "我绑定的是谁"))
    assert "张伟" in answered.words
    assert answered.inner["ToUserName"] == written


@pytest.mark.parametrize("text", ["", " ", "\t\n", "😀", "a" * 60_000, "\u202e反", "'; DROP TABLE"])
async def test_any_text_is_answered(world: World, text: str) -> None:
    answered = await world.send(message("zhangwei", text))
    await world.quiet()
    assert answered.status == 200
    assert world.words("zhangwei") or answered.words
    assert "错误码" not in answered.words


async def test_a_long_button_key_is_answered(each_world: World) -> None:
    """WeCom allows 1,024 bytes; what makes the event unique must still fit its column."""
    world = each_world
    event = (
        "<xml><ToUserName>ww</ToUserName><FromUserName>zhangwei</FromUserName>"
        f"<CreateTime>{STAMP}</CreateTime><MsgType>event</MsgType>"
        "<Event>template_card_event</Event><TaskId>task-1</TaskId><ResponseCode>{code}"
        "</ResponseCode><EventKey>credit.summary?programme="
        + "%E4%B8%AD" * 100
        + "</EventKey></xml>"
    )
    for code in ("first", "second", "second"):
        answered = await world.send(event.replace("{code}", code))
        assert answered.status == 200
        assert answered.body == b"", "no text answers a card event: it is pushed"
    for _ in range(3):
        await world.quiet()
    said = world.words("zhangwei")
    assert len(said) == 2
    assert not [each for each in said if "错误码" in each]


# -- the AI bot -----------------------------------------------------------------------------------


async def test_the_ai_bot_answers_in_private(world: World) -> None:
    await world.say("zhangwei", "我的学分", "bot")
    assert "62 学分" in world.words("zhangwei", "bot")[0]


async def test_in_a_group_a_personal_answer_goes_to_the_private_chat(each_world: World) -> None:
    world = each_world
    await world.say("zhangwei", "我的学分", GROUP)
    assert world.words("zhangwei", GROUP) == ["已私信回复您。"]
    assert "62 学分" in world.words("zhangwei", "app")[0]
    for other in ("lina", "zhouming"):
        assert world.words(other, GROUP) == ["已私信回复您。"]
        assert not world.words(other, "app")


async def test_in_a_group_the_name_of_the_bot_is_not_part_of_the_question(world: World) -> None:
    for spoken in ("@师训助手 我的学分", "@师训助手\u2005我的学分", "@师训助手我的学分"):
        await world.say("zhangwei", spoken, GROUP)
    assert [("62 学分" in each) for each in world.words("zhangwei", "app")] == [True] * 3


async def test_in_a_group_a_stranger_learns_only_how_to_begin(world: World) -> None:
    member = world.stage.account("新来的老师")
    assert member is not None
    world.stage.corp.groups[GROUP].members.append(member)
    await world.say(member, "张伟的学分", GROUP)
    assert all("学分" not in each or "绑定" in each for each in world.words(member))
    assert "绑定" in world.words(member, GROUP)[0]


async def test_in_a_group_a_public_question_is_answered_there(world: World) -> None:
    await world.say("zhangwei", "9月之前有哪些小学心理健康的网络培训", GROUP)
    here = world.words("zhangwei", GROUP)
    assert here
    assert here != ["已私信回复您。"]


async def test_half_an_emoji_does_not_break_the_ai_bot(world: World) -> None:
    """JSON can name half a surrogate pair; it is nobody's and must not stop the turn."""
    body = {
        "msgid": "m-half",
        "aibotid": "b",
        "chattype": "single",
        "from": {"userid": "zhangwei"},
        "msgtype": "text",
        "text": {"content": "我的学分"},
    }
    text = json.dumps(body, ensure_ascii=True).replace("\\u6211", "\\ud83d\\u6211", 1)
    sealed = world.bot_envelope.seal(text)
    answered = await world.post(
        world.query(sealed, world.bot_envelope),
        json.dumps({"encrypt": sealed}),
        path="/wecom/aibot",
    )
    assert answered.status == 200
    opened = _open_bot(world, answered.body)
    assert "错误码" not in opened


def _open_bot(world: World, raw: bytes) -> str:
    fields = json.loads(raw)
    return world.bot_envelope.open(
        fields["msgsignature"], str(fields["timestamp"]), fields["nonce"], fields["encrypt"]
    )


async def test_entering_the_ai_bot_is_welcomed_once(world: World) -> None:
    fake = world.stage.fake
    assert isinstance(await fake.enter("zhangwei", "bot"), Delivery)
    await world.quiet()
    assert "师训助手" in world.words("zhangwei", "bot")[0]
    assert await fake.enter("zhangwei", "bot") is None


async def test_what_people_see_is_never_a_platform_error(world: World) -> None:
    """A passive reply that the platform cannot show would appear as a notice."""
    for text in ("我的学分", "学分明细", "为什么", "菜单", "本周课表", "还有什么没交", "转人工"):
        await world.say("zhangwei", text)
    assert not [each for each in world.stage.fake.shown("zhangwei") if each.kind is Kind.NOTICE]


# -- health ---------------------------------------------------------------------------------------


async def test_health_and_readiness(world: World) -> None:
    async with world.http.get(world.bot.address + "/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    world.application.readings.current()
    assert await readiness(world) == (200, {"status": "ready", "problems": {}, "notes": {}})


async def readiness(world: World) -> tuple[int, dict[str, object]]:
    async with world.http.get(world.bot.address + "/readyz") as answer:
        return answer.status, await answer.json()


async def test_pauses_and_notes_are_told_and_do_not_make_it_unready(world: World) -> None:
    world.application.readings.current()
    world.stage.fake.faults.fail(45009, 1, "message/send")
    world.queue(Reply(text="一"), "zhangwei")
    await world.quiet()
    alert = "<MsgType>event</MsgType><Event>inactive_alert</Event><EffectTime>1</EffectTime>"
    common = f"<FromUserName>sys</FromUserName><CreateTime>{STAMP}</CreateTime>"
    await world.send(f"<xml>{common}{alert}</xml>")
    await world.say("liguoqiang", "紧急停发")
    status, told = await readiness(world)
    assert (status, told["status"]) == (200, "ready")
    notes = told["notes"]
    assert isinstance(notes, dict)
    assert "太频繁（45009）" in notes["pause.wecom"]
    assert "即将停用" in notes["note.app"]
    assert notes["stopped"] == "紧急停发开着"
