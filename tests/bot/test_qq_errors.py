"""The platform's codes: every code of qq.md A9 has its class, every class its fate."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.channels.qq.errors import CODES, MUST_BE_MENDED, Kind, judge
from bot.channels.qq.fates import FATES, Halt
from storage.outbox_values import Result

PAGE = Path(__file__).resolve().parents[3] / "shared" / "protocols" / "qq.md"

# The classes of the page, by the first words of its rows, and ours that they became.
ROWS: dict[str, set[Kind]] = {
    "Token": {Kind.LOGIN},
    "Reply context gone": {Kind.CONTEXT_GONE},
    "Duplicate": {Kind.DUPLICATE},
    "Retry with back-off": {Kind.RETRY, Kind.RETRY_ONCE},
    "Quota / rate": {Kind.QUOTA, Kind.BUSY},
    "Not allowed here": {
        *(Kind.NOT_ALLOWED, Kind.BANNED, Kind.REFUSED, Kind.FORMAT, Kind.LINK),
    },
    "Target unreachable": {Kind.UNREACHABLE, Kind.REFUSED, Kind.MUTED, Kind.BANNED},
    "Bad content": {Kind.BAD_CONTENT, Kind.LINK, Kind.FORMAT},
    "Security": {Kind.SECURITY},
    "Setup": {Kind.SETUP, Kind.NO_GATEWAY, Kind.NIGHT},
}


def listed(cell: str) -> list[int]:
    """The codes of a cell: 304007–304010 is four, 40034008–11 as well."""
    found: list[int] = []
    for first, last in re.findall(r"(?<![\d.])(\d{5,8})(?:–(\d{2,8}))?", cell):
        end = int(last) if len(last) == len(first) else int(first[: -len(last or "x")] + last or 0)
        found += range(int(first), (end if last else int(first)) + 1)
    return found


@pytest.mark.skipif(not PAGE.exists(), reason="the protocol page is not beside this checkout")
@pytest.mark.parametrize("row", ROWS)
def test_every_code_of_the_page_is_in_a_class_of_its_row(row: str) -> None:
    section = PAGE.read_text("utf-8").partition("## A9.")[2].partition("## A10.")[0]
    line = next(each for each in section.splitlines() if each.startswith(f"| {row}"))
    codes = listed(line.split("|")[2])
    assert codes
    for code in codes:
        kind, said = judge(200, {"code": code})
        assert (kind in ROWS[row], said) == (True, code), code


def test_no_code_has_two_fates() -> None:
    counted = Counter(code for codes in CODES.values() for code in codes)
    assert not [code for code, count in counted.items() if count > 1]
    assert set(FATES) == set(Kind)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {}, Kind.FINE),
        (200, {"id": "x", "code": 0}, Kind.FINE),
        (204, {}, Kind.FINE),
        (202, {"code": 304023, "data": {"message_audit": {"audit_id": "a"}}}, Kind.AUDITED),
        (201, {"code": 304024}, Kind.AUDITED),
        (401, {}, Kind.LOGIN),
        (401, {"code": 11244}, Kind.LOGIN),
        (429, {}, Kind.RETRY),
        (500, {}, Kind.RETRY),
        (503, {}, Kind.RETRY),
        (502, {}, Kind.AMBIGUOUS),
        (504, {}, Kind.AMBIGUOUS),
        (504, {"code": 40034105}, Kind.REFUSED),
        # err_code counts before code, and both before the status
        (500, {"code": 11255, "err_code": 40034028}, Kind.LINK),
        (200, {"code": 40054005, "message": "消息被去重"}, Kind.DUPLICATE),
        (400, {"code": 99999999}, Kind.BAD_CONTENT),
        (404, {}, Kind.BAD_CONTENT),
        (302, {}, Kind.BAD_CONTENT),
        (200, {"code": "304023"}, Kind.FINE),
        (400, {"code": True}, Kind.BAD_CONTENT),
    ],
)
def test_an_answer_is_judged(status: int, body: dict[str, object], kind: Kind) -> None:
    assert judge(status, body)[0] is kind


def test_what_is_refused_for_security_is_never_sent_again_and_the_operator_hears_of_it() -> None:
    fate = FATES[Kind.SECURITY]
    assert fate.result is Result.REJECTED
    assert fate.halt is not None
    assert not fate.halt.mend, "what is not dangerous goes on by itself"


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.MUTED, Kind.CONTEXT_GONE])
def test_what_is_refused_for_now_is_parked(kind: Kind) -> None:
    assert FATES[kind].result is Result.PARKED


@pytest.mark.parametrize("halt", [each.halt for each in FATES.values() if each.halt])
def test_whoever_must_wait_is_told_why(halt: Halt) -> None:
    assert re.search("[\u4e00-\u9fff]", halt.cause)
    assert "{code}" in halt.cause


@pytest.mark.parametrize("kind", [*MUST_BE_MENDED, Kind.NOT_OURS])
def test_what_somebody_must_mend_rejects_no_message(kind: Kind) -> None:
    """People have other ways; whether the bot is banned is not their fault."""
    fate = FATES[kind]
    assert fate.result is Result.PARKED
    assert fate.halt is not None
    assert fate.halt.mend
