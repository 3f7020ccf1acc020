"""Names of files: the ones that were seen to break something, and whatever else there may be."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract import Received
from handlers.reply import File
from storage.readers.file_names import LONGEST_BYTES, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("名册.xlsx", "名册.xlsx"),
        ("2021年 名册 (1).csv", "2021年 名册 (1).csv"),
        ("../../etc/passwd", "etc_passwd"),
        (r"C:\temp\名册.xlsx", "C_temp_名册.xlsx"),
        ('语文/数学 "1" 班?-签到表.xlsx', "语文_数学 _1_ 班_-签到表.xlsx"),
        ("a\r\nContent-Type: x.csv", "a Content-Type_ x.csv"),
        ("名册\u202excod.xlsx", "名册xcod.xlsx"),
        ("零\u200b宽.xlsx", "零宽.xlsx"),
        ("NUL.xlsx", "_NUL.xlsx"),
        (".htaccess", "htaccess"),
        ("", "文件"),
        ("....", "文件"),
        ("\x00\x1b", "文件"),
        ("名册.xlsx".encode().decode("latin-1"), "名册.xlsx"),
        ("名册.xlsx".encode().decode("ascii", "surrogateescape"), "名册.xlsx"),
        ("名册\udcff.xlsx", "名册.xlsx"),
    ],
)
def test_a_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert Received(name, b"").name == safe
    assert File(name, b"").name == safe


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("很长" * 500 + ".xlsx")
    assert name.endswith("很长.xlsx") or name.endswith("很.xlsx")
    assert len(name.encode()) <= LONGEST_BYTES


@given(st.text() | st.text('./\\:*?"<>|% \r\n\x00\u202e\u200b\udcffabcCON名', max_size=400))
def test_any_name(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= LONGEST_BYTES
    assert not set(safe) & set('\\/:*?"<>|%\r\n\t')
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert all(unicodedata.category(sign) not in {"Cc", "Cf", "Cs"} for sign in safe)
    assert safe_name(safe) == safe
