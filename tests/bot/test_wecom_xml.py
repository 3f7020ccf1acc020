"""Our reader of callbacks against xmltodict: the same fields, the same refusals."""

from __future__ import annotations

from xml.parsers.expat import ExpatError

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.crypto import BadCallbackError
from bot.channels.wecom.messages import cdata, read_xml

LISTS = ("SelectedItem", "OptionId", "item")
NAMES = st.sampled_from(["Content", "MsgType", *LISTS])
WORDS = st.text(alphabet=st.sampled_from(" \nab<&]>学"), max_size=6).map(cdata)
INSIDE = st.recursive(
    WORDS,
    lambda deeper: st.lists(st.tuples(NAMES, deeper), max_size=4).map(
        lambda fields: "".join(f"<{name}>{value}</{name}>" for name, value in fields)
    ),
    max_leaves=12,
)
OUTSIDE = st.sampled_from(["<xml>{}</xml>", "<other>{}</other>", "<xml>{}", "{}"])


def _theirs(body: bytes) -> object:
    try:
        fields = xmltodict.parse(body, force_list=LISTS)["xml"]
    except (ExpatError, ValueError, KeyError, TypeError):
        return None
    return fields if isinstance(fields, dict) else None


def _ours(body: bytes) -> object:
    try:
        return read_xml(body)
    except BadCallbackError:
        return None


@given(INSIDE, OUTSIDE)
def test_reads_as_a_general_reader_does(inside: str, outside: str) -> None:
    body = outside.format(inside).encode()
    assert _ours(body) == _theirs(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<xml>\xff</xml>",
        b"<xml/>",
        b"<xml>words</xml>",
        b"<!DOCTYPE xml><xml><a>1</a></xml>",
        b'<!DOCTYPE xml [<!ENTITY f "x">]><xml><a>&f;</a></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml><a>1</a></xml>',
        b"<?xml version='1.0' encoding='gbk'?><xml><a>1</a></xml>",
        b"<xml>" + b"<a>" * 20_000,
    ],
)
def test_refuses_what_is_no_callback(body: bytes) -> None:
    with pytest.raises(BadCallbackError, match="xml"):
        read_xml(body)
