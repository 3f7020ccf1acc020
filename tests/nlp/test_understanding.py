"""What single messages mean: closed forms, clauses, quotations, names, follow-ups, the batch."""

from __future__ import annotations

import json

import pytest

from bot.reading import intent_words
from nlp.batch import understand_line
from nlp.clauses import wanted
from nlp.model import load_model, shipped_model
from nlp.normalise import as_written, bare, tidy
from nlp.quotation import asked
from nlp.understanding import Understanding
from nlp.vocabulary import Context, IntentWords, Vocabulary
from tests.nlp.vocabulary import NOW, reader


@pytest.mark.parametrize(
    ("text", "role", "intent", "slots"),
    [
        ("7K3M", "teacher", "attendance.check_in", {"code": "7K3M"}),
        ("签到码7k3m", "teacher", "attendance.check_in", {"code": "7K3M"}),
        ("签到 7K3M", "teacher", "attendance.check_in", {"code": "7K3M"}),
        ("qian dao 7K3M", "teacher", "attendance.check_in", {"code": "7K3M"}),
        ("签\u200d到 7K\u200b3M！！", "teacher", "attendance.check_in", {"code": "7K3M"}),
        ("绑定 张伟 K7M2", "guest", "account.bind", {"person": "张伟", "code": "K7M2"}),
        ("紧急停发", "officer", "notice.stop_all", {}),
        ("批准发送 N37", "officer", "notice.approve", {"code": "N37"}),
        ("收到，谢谢老师", "teacher", "notice.confirm", {}),
        ("签 退 ！！！", "teacher", "attendance.check_out", {}),
    ],
)
def test_closed_form(text: str, role: str, intent: str, slots: dict[str, str]) -> None:
    meaning = reader().read(text, now=NOW, role=role)
    assert (meaning.intent, dict(meaning.slots), meaning.score) == (intent, slots, 1.0)
    assert meaning.sure
    assert meaning.why[0].startswith("整句")


@pytest.mark.parametrize("text", ["", "   ", "？？？？", "\u200b\u200d", "。。。", "😄😄"])
def test_nothing_to_read_is_fallback(text: str) -> None:
    assert reader().read(text, now=NOW).intent == "fallback"


def test_a_single_question_mark_is_the_menu() -> None:
    assert reader().read("?", now=NOW).intent == "menu.show"


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("不是问学分，我问什么时候上课", "什么时候上课", None),
        ("不用查明细，就看总数", "看总数", None),
        ("我的学分，顺便看看明天的课", "我的学分", "看看明天的课"),
        ("什么时候上课", "什么时候上课", None),
        ("病假要不要医院证明？要的话我就请两天", "要不要医院证明", "要的话我就请两天"),
    ],
)
def test_clause(text: str, first: str, second: str | None) -> None:
    request = wanted(text)
    assert request.first.endswith(first)
    assert (request.second or "").endswith(second or "")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("【转发】请按时交作业。\n我还差几次", "我还差几次"),
        ("给甲班发通知：周五开会\n请带教材", "给甲班发通知：周五开会\n请带教材"),
        ("通知甲班：周五开会\n请带教材", "通知甲班：周五开会\n请带教材"),
        ("通知：周五开会\n我要去吗", "我要去吗"),
        ("向小明：周五开会\n我要去吗", "我要去吗"),
        ("> 机器人：您还差6学分\n为什么差这么多", "为什么差这么多"),
        ("群里说“今天不上课了”，是真的吗", "群里说，是真的吗"),
        ("我的学分", "我的学分"),
        ("> 只有引用", "> 只有引用"),
    ],
)
def test_quotation(text: str, own: str) -> None:
    assert asked(text) == own


def test_second_request_is_offered() -> None:
    meaning = reader().read("看看我的学分，顺便把课表同步到手机日历", now=NOW)
    assert (meaning.intent, meaning.second) == ("credit.summary", "calendar.subscribe")


def test_one_spelling() -> None:
    assert tidy("看下２０２０年度我的學分") == "看下2020年度我的学分"
    assert tidy("@机器人 我的学分！！！") == "我的学分！"
    assert bare("请问我的学分是多少呀，谢谢老师") == "我的学分是多少"
    assert bare("谢谢") == "谢谢"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("重要！！！请大家……注意~~~", None),
        ("報名網址：https://a.cn/x?a=1&b=2", None),
        ("带１２３号\n\n  第二行", None),
        ("@所有人 明天停课！！", None),
        ("明天@所有人 停课，@师训助手 @all 别忘", "明天@所有人 停课，@all 别忘"),
        ("a\u200bb", "ab"),
    ],
)
def test_the_words_of_a_notice_stay_as_typed(written: str, kept: str | None) -> None:
    said = f"给1班发通知：{written}"
    assert as_written(said, tidy(written)) == (kept or written)
    assert as_written(said, "别的话") == "别的话"


def test_homophones_and_pinyin() -> None:
    for text in ("我的雪芬", "wo de xuefen", "我的学份"):
        assert reader().read(text, now=NOW).intent == "credit.summary"


def test_role_turns_the_reading() -> None:
    teacher = reader().read("签到", now=NOW, role="teacher")
    tutor = reader().read("开始签到", now=NOW, role="tutor")
    assert (teacher.intent, tutor.intent) == ("attendance.check_in", "session.open")


def test_names_of_the_office() -> None:
    def slots(text: str, role: str = "officer") -> dict[str, object]:
        return dict(reader(named=True).read(text, now=NOW, role=role).slots)

    assert slots("审核一中的校本学分")["school"] == "郴州市第一中学"
    assert slots("我要报名普通话提升", "teacher")["programme"] == "普通话水平能力提升培训"
    assert slots("把李娜改成迟到", "tutor")["person"] == "李娜"
    both = slots("我要报名语文骨干教师培训", "teacher")["programme"]
    assert both == ["初中语文骨干教师培训", "小学语文骨干教师培训"]


def test_a_word_that_is_also_a_name() -> None:
    meaning = reader(named=True).read("今天听课很高兴", now=NOW, role="tutor")
    assert "person" not in meaning.slots


def test_follow_up_keeps_the_intent() -> None:
    found = reader().read("9月有哪些初中语文的培训", now=NOW)
    assert found.intent == "programme.search"
    before = Context(found.intent, found.slots)
    after = reader().read("那小学的呢", now=NOW, context=before)
    assert after.intent == "programme.search"
    assert (after.slots["stage"], after.slots["subject"]) == ("primary", "语文")


def test_correction_changes_one_slot() -> None:
    asked_for = reader().read("周三下午请病假", now=NOW)
    before = Context(asked_for.intent, asked_for.slots)
    after = reader().read("不对，是周四", now=NOW, context=before)
    assert after.intent == "leave.request"
    assert after.slots["leave_type"] == "sick"
    assert after.slots["when"] == {
        "start": "2025-04-24T00:00:00+08:00",
        "end": "2025-04-25T00:00:00+08:00",
    }


def test_answer_to_a_question() -> None:
    before = Context("leave.request", {}, "when")
    after = reader().read("下周三下午", now=NOW, context=before)
    assert after.intent == "leave.request"
    assert "when" in after.slots


def test_a_new_request_leaves_the_context() -> None:
    before = Context("leave.request", {"leave_type": "sick"}, "when")
    assert reader().read("我的学分有多少", now=NOW, context=before).intent == "credit.summary"


def test_this_one_stands_for_the_last() -> None:
    before = Context("programme.detail", {"programme": "普通话提升"})
    after = reader().read("帮我报名这个班", now=NOW, context=before)
    assert (after.intent, after.slots["programme"]) == ("enrolment.apply", "普通话提升")


def test_the_offices_own_examples_and_words() -> None:
    plain = Vocabulary(intent_words())
    taught = Understanding(
        Vocabulary(plain.intents, examples=(("credit.summary", "看看我的粮票"),))
    )
    meaning = taught.read("请问，看看我的粮票", now=NOW)
    assert (meaning.intent, meaning.score) == ("credit.summary", 1.0)


def test_a_wrong_form_is_named() -> None:
    with pytest.raises(ValueError, match=r"menu\.show"):
        Understanding(Vocabulary((IntentWords("menu.show", "菜单", forms=("(",)),)))


def test_batch_line() -> None:
    line = json.dumps({"id": "u1", "text": "今年还差多少学分", "now": "2021-05-18T09:00:00+08:00"})
    out = json.loads(understand_line(line, reader(), now=NOW))
    assert list(out) == ["id", "intent", "score", "runner_up", "slots", "ms"]
    assert (out["id"], out["intent"], out["slots"]) == ("u1", "credit.gap", {"year": 2021})


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": 1}', '{"text": "a", "now": "x"}', "1", "[" * 9]
)
def test_batch_error(line: str) -> None:
    assert list(json.loads(understand_line(line, reader(), now=NOW))) == ["error"]


def test_weights_know_every_intent() -> None:
    declared = {one.name for one in intent_words() if not one.exact_only}
    assert declared <= set(shipped_model().intents)


def test_damaged_weights_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weights\.bin"):
        load_model(b"nothing")
