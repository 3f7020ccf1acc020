"""What strangers send to every address: bodies that are made to cost, and what they get."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import aiohttp
import pytest
from yarl import URL

from bot.channels.wecom.crypto import BadCallbackError
from bot.channels.wecom.messages import sealed_in
from bot.guard import BODY_BYTES
from tests.bot.qq_world import QQWorld, qq_world
from tests.bot.worlds import STAMP, World

SECONDS = 0.02
SIGNED = {"msg_signature": "0" * 40, "timestamp": STAMP, "nonce": "1234567890"}
PATHS = (
    "/wecom/callback",
    "/wecom/aibot",
    "/healthz",
    "/readyz",
    "/onebot/v11/ws",
    "/qq/webhook",
    "/nowhere",
)


def filled(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """As many of the unit as a body takes."""
    room = BODY_BYTES - len(before) - len(after)
    return before + unit * (room // len(unit)) + after


def entities() -> bytes:
    """A billion laughs, and the rest filled up."""
    lines = ['<!ENTITY a0 "lol">', *(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))]
    head = "<!DOCTYPE x [" + "".join(lines) + "]><xml>"
    return filled(b"&a9;", head.encode(), b"</xml>")


WORST: dict[str, bytes] = {
    "empty elements": filled(b"<a/>", b"<xml>", b"</xml>"),
    "elements of one name": filled(b"<a>1</a>", b"<xml>", b"</xml>"),
    "deep": filled(b"<a>"),
    "attributes": filled(b" a='1'", b"<xml", b"/>"),
    "one long name": filled(b"a", b"<", b"/>"),
    "entities": entities(),
    "comments": filled(b"<!---->", b"<xml>", b"</xml>"),
    "a comment without an end": filled(b"-", b"<xml><!--"),
    "cdata": filled(b"<![CDATA[]]>", b"<xml>", b"</xml>"),
    "instructions": filled(b"<?a?>", b"<xml>", b"</xml>"),
    "an unknown encoding": filled(b"<a/>", b"<?xml version='1.0' encoding='x-nobody'?><xml>"),
    "utf-16": filled("<a/>".encode("utf-16-le"), "\ufeff<xml>".encode("utf-16-le")),
    "ciphertexts begun": filled(b"<Encrypt>"),
    "ciphertexts": filled(b"<Encrypt>A</Encrypt>", b"<xml>", b"</xml>"),
    "ciphertexts in blanks": filled(b"<Encrypt> ", b"<xml>"),
    "blanks in a ciphertext": filled(b" ", b"<xml><Encrypt>"),
    "one ciphertext": filled(b"A", b"<xml><Encrypt><![CDATA[", b"]]></Encrypt></xml>"),
    "lists": filled(b"["),
    "lists in an object": filled(b"[", b'{"encrypt":'),
    "objects": filled(b'{"a":'),
    "a huge number": filled(b"9", b'{"encrypt":', b"}"),
    "many numbers": filled(b"1e9,", b'{"encrypt":[', b"1]}"),
    "repeated keys": filled(b'"encrypt":"A",', b"{", b'"encrypt":"A"}'),
    "escaped slashes": filled(b"\\/", b'{"encrypt":"', b'"}'),
    "keys begun": filled(b'"encrypt" ', b"{"),
    "backslashes": filled(b"\\", b'{"encrypt":"'),
    "no text": filled(b"\xff\xfe\x80"),
    "zeros": filled(b"\x00"),
    "nothing": b"",
}


@pytest.mark.parametrize("name", WORST)
def test_looking_for_the_ciphertext_costs_nothing(name: str) -> None:
    def look() -> None:
        with suppress(BadCallbackError):
            sealed_in(WORST[name])

    assert least(look) < SECONDS


def least(work: Callable[[], None]) -> float:
    """Processor seconds, the best of three: others use this machine too."""
    times = []
    for _ in range(3):
        begun = time.thread_time()
        work()
        times.append(time.thread_time() - begun)
    return min(times)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<xml><Encrypt><![CDATA[QUJD]]></Encrypt></xml>", "QUJD"),
        (b"<xml><ToUserName>x</ToUserName><Encrypt>QUJD</Encrypt></xml>", "QUJD"),
        (b"<xml>\n <Encrypt>\n<![CDATA[QU+/=]]>\n</Encrypt>\n</xml>", "QU+/="),
        (b'{"encrypt":"QUJD"}', "QUJD"),
        (b'{"tousername": "x", "Encrypt" : "QU\\/D"}', "QU/D"),
    ],
)
def test_the_ciphertext_is_found(body: bytes, found: str) -> None:
    assert sealed_in(body) == found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<xml></xml>",
        b"<xml><Encrypt>A</Encrypt><Encrypt>B</Encrypt></xml>",
        b'{"encrypt":"A","encrypt":"B"}',
        b'{"encrypt":1}',
        b'{"encrypt":["A"]}',
        "<xml><Encrypt>学</Encrypt></xml>".encode(),
    ],
)
def test_what_has_none_or_several_is_refused(body: bytes) -> None:
    with pytest.raises(BadCallbackError, match="Encrypt"):
        sealed_in(body)


# -- at the addresses ------------------------------------------------------------------------------


async def send(
    http: aiohttp.ClientSession, url: str, body: object, head: dict[str, str] | None = None
) -> tuple[int, bytes, float]:
    """What comes back, and the process's time for both sides of it."""
    begun = time.process_time()
    async with http.post(url, params=SIGNED, data=body, headers=head) as answer:
        return answer.status, await answer.read(), time.process_time() - begun


async def refused(
    http: aiohttp.ClientSession, url: str, body: bytes, head: dict[str, str] | None = None
) -> None:
    """A bare 4xx, cheaply: sending and receiving it here is counted too."""
    spent = []
    for _ in range(3):
        status, told, seconds = await send(http, url, body, head)
        assert 400 <= status < 500, url
        assert told == b"", url
        spent.append(seconds)
        if min(spent) < SECONDS:
            return
    assert min(spent) < SECONDS, (url, spent)


@pytest.mark.parametrize("path", PATHS)
async def test_the_worst_bodies(world: World, log_lines: list[str], path: str) -> None:
    for body in WORST.values():
        before = len(log_lines)
        await refused(world.http, world.bot.address + path, body)
        lines = [json.loads(line) for line in log_lines[before:]]
        assert len([each for each in lines if each["level"] != "info"]) <= 3
        assert not [each for each in lines if "trace" in each]


async def test_the_worst_bodies_at_the_webhook(log_lines: list[str]) -> None:
    async with qq_world(webhook=True) as world:
        for body in WORST.values():
            await refused_here(world, body)
    assert not [line for line in log_lines if '"trace"' in line]


async def refused_here(world: QQWorld, body: bytes) -> None:
    """At the webhook; the signature's headers are there and wrong."""
    head = {"X-Signature-Timestamp": STAMP, "X-Signature-Ed25519": "ab" * 64}
    status, _, _ = await send(world.http, f"{world.address}/qq/webhook", body, head)
    assert 400 <= status < 500


BOMB = filled(b"\x00", b"", b"") * 200
PACKED = {
    "gzip": gzip.compress(BOMB),
    "deflate": zlib.compress(BOMB),
    "br": b"\x8b\xff\x8f not brotli",
    "zstd": b"\x28\xb5\x2f\xfd not zstd",
    "gzip, gzip": gzip.compress(gzip.compress(BOMB)),
    "x-nobody": b"what",
}


@pytest.mark.parametrize("path", ["/wecom/callback", "/wecom/aibot", "/nowhere"])
async def test_what_is_packed_stays_packed(world: World, log_lines: list[str], path: str) -> None:
    for kind, packed in PACKED.items():
        for body in (packed, b"rubbish" + packed[:50]):
            assert len(body) < BODY_BYTES
            await refused(world.http, world.bot.address + path, body, {"Content-Encoding": kind})
    assert not [line for line in log_lines if '"trace"' in line]


@pytest.mark.parametrize("path", ["/wecom/callback", "/wecom/aibot"])
async def test_a_body_of_many_pieces(world: World, path: str) -> None:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(2000):
            yield b"<"

    status, told, _ = await send(world.http, world.bot.address + path, drops())
    assert (status, told) == (403, b"")


# -- parameters ------------------------------------------------------------------------------------


QUERIES = [
    "",
    "msg_signature=a&timestamp=1",
    "msg_signature=a&timestamp=1&nonce=1&nonce=2",
    "msg_signature=a&msg_signature=b&timestamp=1&nonce=1",
    "msg_signature=a&timestamp=1&nonce=",
    "msg_signature=a&timestamp=1&nonce=" + "1" * 7000,
    "msg_signature=%ff%fe&timestamp=%00&nonce=%f0%28",
    "msg_signature=" + "%F0%9F%98%80" * 500 + "&timestamp=1&nonce=1",
]


@pytest.mark.parametrize("path", ["/wecom/callback", "/wecom/aibot"])
async def test_the_parameters_come_first(world: World, path: str) -> None:
    for query in QUERIES:
        await refused_for(world, path, query)


async def refused_for(world: World, path: str, query: str) -> None:
    """At the callback and at the URL check."""
    url = URL(f"{world.bot.address}{path}?{query}", encoded=True)
    async with world.http.post(url, data=WORST["one ciphertext"]) as answer:
        assert (answer.status, await answer.read()) == (403, b"")
    url = URL(f"{world.bot.address}{path}?{query}&echostr=AAAA", encoded=True)
    async with world.http.get(url) as answer:
        assert (answer.status, await answer.read()) == (403, b"")


# -- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/wecom/callback", "/wecom/aibot"])
async def test_a_slash_at_the_end_is_the_same_address(world: World, path: str) -> None:
    envelope = world.envelope if path == "/wecom/callback" else world.bot_envelope
    sealed = envelope.seal("1234567890")
    query = {**world.query(sealed, envelope), "echostr": sealed}
    async with world.http.get(f"{world.bot.address}{path}/", params=query) as answer:
        assert (answer.status, await answer.text()) == (200, "1234567890")


NEARLY = [
    ("/Wecom/Callback", "/wecom/callback"),
    ("//wecom/callback", "/wecom/callback"),
    ("/wecom//callback/", "/wecom/callback"),
    ("/wecom", "/wecom/aibot"),
    ("/wecom/callback/api", "/wecom/callback"),
]


async def test_an_address_that_is_nearly_right_is_named(world: World, log_lines: list[str]) -> None:
    for asked, meant in NEARLY:
        log_lines.clear()
        async with world.http.post(world.bot.address + asked) as answer:
            assert (answer.status, await answer.read()) == (404, b"")
        (line,) = [json.loads(line) for line in log_lines if "no such address" in line]
        assert line["address"] == meant


async def test_an_address_of_nobody_is_not_logged(world: World, log_lines: list[str]) -> None:
    async with world.http.get(world.bot.address + "/zhangwei/13800000000?x=y") as answer:
        assert (answer.status, await answer.read()) == (404, b"")
    assert not [line for line in log_lines if "shixun.web" in line]
