"""Names are cleaned or refused where they come in, and found however they are typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from storage.binding import Binding
from storage.people import People
from storage.person_names import LONGEST, problem, spelled
from storage.readers.sheet_rows import Kind
from storage.scope import EVERYTHING
from storage.tables import organisations, people
from storage.unit import Unit
from tests.storage.imports.offices import load_demo, plan

CLEANED = {
    "张\u200b伟": "张伟",
    "\u202e张伟\u202c": "张伟",
    "\ufeff张伟": "张伟",
    "张\n伟": "张伟",
    " 张　伟 ": "张伟",
    "张\u00a0伟": "张伟",
    "张\x0b伟": "张伟",
    "买买提 • 阿": "买买提·阿",
    "买买提・阿": "买买提·阿",
    "买买提‧阿": "买买提·阿",
    "何𬱖": "何𬱖",
    "葛󠄀伟": "葛伟",
    "John  Smith": "John Smith",
    "Ｊｏｈｎ": "John",
    "李娜（语文）": "李娜(语文)",
    "\u2067张伟\u2069": "张伟",
}
REFUSED = (
    '<a href="http://x">张伟</a>',
    "<b>",
    "=1+1",
    "+86",
    "-张伟",
    "@all",
    "张伟|李娜",
    "张伟*",
    "[CQ:at,qq=all]",
    "`张伟`",
    "张伟&lt;",
    "1张伟",
    "张_伟",
    "张伟\U0001f600",
    "张" * (LONGEST + 1),
    "{{张伟}}",
    "张伟;李娜",
)


@pytest.mark.parametrize(("typed", "kept"), CLEANED.items())
def test_a_name_has_one_spelling(typed: str, kept: str) -> None:
    assert spelled(typed) == kept
    assert problem(kept) is None


@pytest.mark.parametrize("typed", REFUSED)
def test_what_no_name_has_is_refused_by_its_row(unit: Unit, typed: str) -> None:
    assert problem(spelled(typed)) is not None
    load_demo(unit)
    cell = '"' + typed.replace('"', '""') + '"'
    changes = plan(unit, Kind.ROSTER, f"姓名,工号,单位\n{cell},430991,城关小学\n")
    (error,) = changes.errors
    assert error.row == 2
    assert "姓名" in error.message
    assert changes.is_empty


@given(st.text(max_size=80))
def test_whatever_is_taken_as_a_name_is_harmless_everywhere(text: str) -> None:
    """No sign of any markup, formula, mention or line; nothing unseen; the same when read again."""
    name = spelled(text)
    assert spelled(name) == name
    if problem(name) is not None or not name:
        return
    assert not set(name) & set('<>[]{}&|=+@#*_`~\\/"\n\r\t,;:!?')
    assert unicodedata.category(name[0])[0] == "L"
    assert all(unicodedata.category(sign) not in {"Cc", "Cf", "Zl", "Zp", "Co"} for sign in name)
    assert len(name) <= LONGEST


@pytest.mark.parametrize("name", ["取消", "菜单", "签到", "确认", "不是我"])
def test_names_that_are_commands_are_kept(unit: Unit, name: str) -> None:
    load_demo(unit)
    changes = plan(unit, Kind.ROSTER, f"姓名,工号,单位\n{name},430991,城关小学\n")
    assert changes.errors == ()
    assert len(changes.adds) == 1


def test_a_person_is_found_by_any_spelling(unit: Unit) -> None:
    unit.add(
        insert(organisations),
        {"name": "云溪县教育局", "kind": "county", "path": "/1/", "aliases": []},
    )
    for number, name in (("1", "买买提·阿"), ("2", "何𬱖")):
        unit.add(
            insert(people),
            {"staff_number": number, "name": name, "organisation_id": 1, "status": "active"},
        )
    for typed in ("买买提•阿", "买买提・阿", " 买买提‧阿 ", "买买提 · 阿"):
        assert [each.name for each in People(unit).named(typed, EVERYTHING)] == ["买买提·阿"]
        assert Binding(unit).hold_called(typed) == (1,)
    assert [each.staff_number for each in People(unit).named("何\u200b𬱖", EVERYTHING)] == ["2"]
