"""What answers mean: every retcode of the protocol page, and the words of risk control."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.onebot.breaker import CHAT_PAUSE, Breaker
from bot.channels.onebot.outcomes import Sign, verdict_of
from bot.channels.onebot.wire import read_answer
from storage.outbox_values import Result

SENT, UNKNOWN, RETRY = Result.SENT, Result.UNKNOWN, Result.RETRY
REJECTED, PARKED = Result.REJECTED, Result.PARKED
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

# status, retcode, words; what became of it, and what it says about more than itself
ROWS: list[tuple[str, Any, str, Result, Sign]] = [
    ("ok", 0, "", SENT, Sign.NONE),
    ("ok", None, "", SENT, Sign.NONE),
    ("async", 1, "", UNKNOWN, Sign.NONE),
    ("async", None, "", UNKNOWN, Sign.NONE),
    ("failed", 1400, "", REJECTED, Sign.NONE),
    ("failed", 1401, "", RETRY, Sign.ACCESS),
    ("failed", 1403, "token验证失败", RETRY, Sign.ACCESS),
    ("failed", 1404, "不支持的Api", REJECTED, Sign.NONE),
    ("failed", 200, "", REJECTED, Sign.NONE),
    ("failed", 400, "", REJECTED, Sign.NONE),
    ("failed", 404, "", REJECTED, Sign.NONE),
    ("failed", 100, "", REJECTED, Sign.NONE),
    ("failed", 102, "", RETRY, Sign.FAILED),
    ("failed", 103, "", RETRY, Sign.FAILED),
    ("failed", 104, "", RETRY, Sign.FAILED),
    ("failed", 201, "", RETRY, Sign.FAILED),
    ("failed", 1200, 'Timeout: NTEvent … "result":0', UNKNOWN, Sign.FAILED),
    ("failed", 1200, 'Timeout: NTEvent … "result":1', UNKNOWN, Sign.FAILED),
    ("failed", 1200, "EventChecker Failed: timeout", UNKNOWN, Sign.FAILED),
    ("failed", 1200, "发送超时", UNKNOWN, Sign.FAILED),
    ("failed", 1200, "rich media transfer failed", RETRY, Sign.FAILED),
    ("failed", 1200, "你已被禁言", RETRY, Sign.MUTED),
    ("failed", 1200, "不在群中，群不存在", REJECTED, Sign.NOT_THERE),
    ("failed", 1200, "对方不是你的好友", PARKED, Sign.STRANGER),
    ("failed", 1200, "操作过于频繁", RETRY, Sign.RISK),
    ("failed", 1200, "账号被风控", RETRY, Sign.RISK),
    ("failed", 1200, "", RETRY, Sign.FAILED),
    ("failed", -1, "unheard of", RETRY, Sign.FAILED),
    ("failed", "x", "", RETRY, Sign.FAILED),
    ("", 0, "", RETRY, Sign.FAILED),
]


@pytest.mark.parametrize(("status", "retcode", "words", "result", "sign"), ROWS)
def test_every_row(status: str, retcode: Any, words: str, result: Result, sign: Sign) -> None:
    for name in ("message", "wording", "msg"):
        frame = {"status": status, "retcode": retcode, "data": None, name: words}
        verdict = verdict_of(read_answer(frame))
        assert (verdict.result, verdict.sign) == (result, sign)
        assert bool(verdict.error) is (result is not SENT)


@given(st.text(), st.integers(), st.sampled_from(["failed", "ok", "async"]))
def test_a_timeout_is_never_sent_again(words: str, retcode: int, status: str) -> None:
    frame = {"status": status, "retcode": retcode, "message": f"{words}Timeout{words}"}
    verdict = verdict_of(read_answer(frame))
    if retcode not in (1401, 1403):
        assert verdict.result in (UNKNOWN, SENT)


@given(st.dictionaries(st.sampled_from(["status", "retcode", "data", "message"]), st.integers()))
def test_anything_can_be_read(frame: dict[str, Any]) -> None:
    verdict_of(read_answer(frame))


# -- the breaker ----------------------------------------------------------------------------------


def fail(breaker: Breaker, chat: str, times: int = 3) -> None:
    """So many failures in a chat."""
    for _ in range(times):
        breaker.failed(chat, AT, group=True)


def test_three_failures_close_a_chat() -> None:
    breaker = Breaker()
    fail(breaker, "group:1", 2)
    assert breaker.stop("group:1", AT) is None
    stop = breaker.failed("group:1", AT, group=True)
    assert stop is not None
    assert stop.until == AT + timedelta(minutes=20)
    assert stop.cause.startswith("QQ群疑似被风控")
    assert breaker.stop("group:1", AT) == stop
    assert breaker.stop("group:2", AT) is None
    assert breaker.stop("group:1", stop.until) is None


def test_what_arrives_in_between_begins_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(5):
        fail(breaker, "group:1", 2)
        breaker.worked("group:1")
    assert breaker.stop("group:1", AT) is None


def test_the_platforms_own_word_is_enough() -> None:
    breaker = Breaker()
    stop = breaker.failed("group:1", AT, group=True, risk=True)
    assert stop is not None
    assert "发得太多" in stop.cause


def test_three_chats_close_the_channel() -> None:
    breaker = Breaker()
    fail(breaker, "group:1")
    fail(breaker, "group:2")
    assert breaker.stop("group:9", AT) is None
    fail(breaker, "private:3")
    stop = breaker.stop("group:9", AT)
    assert stop is not None
    assert not stop.chat
    assert stop.until == AT + timedelta(minutes=30)
    assert "全部先停 30 分钟" in stop.cause


def test_chats_that_recovered_do_not_count() -> None:
    breaker = Breaker()
    fail(breaker, "group:1")
    fail(breaker, "group:2")
    later = AT + CHAT_PAUSE
    for _ in range(3):
        breaker.failed("group:3", later, group=True)
    assert breaker.stop("group:9", later) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_a_closed_chat_failed_three_times_in_a_row(tries: list[tuple[str, bool]]) -> None:
    breaker, row = Breaker(), dict.fromkeys("abc", 0)
    for chat, worked in tries:
        if breaker.stop(chat, AT) is not None:
            continue
        row[chat] = 0 if worked else row[chat] + 1
        if worked:
            breaker.worked(chat)
        else:
            breaker.failed(chat, AT, group=True)
        assert (breaker.stop(chat, AT) is not None) is (row[chat] == 3)
