"""Files by their address: from outside only, under their size, with their true name."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from urllib.parse import quote

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import FileRefusedError
from bot.channels.fetching import Fetcher, is_outside, named, networks
from simulator.stage import free_port

INSIDE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",  # noqa: S104 - reaches this machine
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:192.168.1.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::1",
    "2002:c0a8:101::",
    "::127.0.0.1",
    "2001:0:1:1::80ff:fffe",  # Teredo of 127.0.0.1
]
OUTSIDE = ["8.8.8.8", "119.29.29.29", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside(address: str) -> None:
    assert not is_outside(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_outside(address: str) -> None:
    assert is_outside(ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_spelling_makes_an_address_another(address) -> None:  # type: ignore[no-untyped-def]
    spelled = [f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"]
    assert {is_outside(ip_address(each)) for each in spelled} == {is_outside(address)}


# -- on the wire -----------------------------------------------------------------------------------


class Server:
    """Serves a file, and counts who asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.to = ""

    async def file(self, _request: web.Request) -> web.Response:
        """The file."""
        self.asked += 1
        head = {"Content-Disposition": 'attachment; filename="名册.xlsx"'}
        return web.Response(body=b"PK" * 500, headers=head)

    async def elsewhere(self, _request: web.Request) -> web.Response:
        """Another address."""
        raise web.HTTPFound(self.to)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Server, int]]:
    """On loopback."""
    server, app = Server(), web.Application()
    app.add_routes([web.get("/file", server.file), web.get("/to", server.elsewhere)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    bound = free_port("127.0.0.1")
    await web.SockSite(runner, bound).start()
    try:
        yield server, bound.getsockname()[1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "user:pass@127.0.0.1",
        "0.0.0.0",  # noqa: S104 - reaches this machine
    ],
)
async def test_nothing_of_this_machine_is_asked(host: str) -> None:
    async with serving() as (server, port):
        with pytest.raises(FileRefusedError):
            await Fetcher().download(f"http://{host}:{port}/file")
        assert server.asked == 0


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to, one answer after another: whoever owns a name may change it."""
    told: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host, port, *more, **named):  # type: ignore[no-untyped-def]
        if host not in told:
            return real(host, port, *more, **named)
        address = told[host].pop(0) if len(told[host]) > 1 else told[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return told


async def test_a_name_of_this_machine_is_no_way_around(names: dict[str, list[str]]) -> None:
    names["files.example.com"] = ["127.0.0.1"]
    async with serving() as (server, port):
        with pytest.raises(FileRefusedError):
            await Fetcher().download(f"http://files.example.com:{port}/file")
        assert server.asked == 0


async def test_a_redirect_is_no_way_around(names: dict[str, list[str]]) -> None:
    """The first address is allowed by the settings, where it leads to is not."""
    async with serving() as (server, port):
        names["outside.example.com"] = ["127.0.0.1"]
        names["inside.example.com"] = ["10.0.0.1"]
        server.to = f"http://inside.example.com:{port}/file"
        with pytest.raises(FileRefusedError):
            await Fetcher(["127.0.0.1"]).download(f"http://outside.example.com:{port}/to")
        server.to = f"http://127.0.0.1:{port}/to"
        with pytest.raises(FileRefusedError):
            await Fetcher(["127.0.0.1"]).download(f"http://127.0.0.1:{port}/to")
        assert server.asked == 0


async def test_what_is_connected_to_is_what_was_looked_at(names: dict[str, list[str]]) -> None:
    """A name that is outside when asked first and inside the second time is asked once."""
    names["rebinding.example.com"] = ["192.0.2.1", "127.0.0.1"]
    async with serving() as (server, port):
        with pytest.raises(FileRefusedError):
            await Fetcher(["192.0.3.0/24"]).download(f"http://rebinding.example.com:{port}/file")
        assert server.asked == 0


@pytest.mark.parametrize("inside", ["127.0.0.1", "127.0.0.0/8"])
async def test_what_the_settings_name_is_fetched(inside: str) -> None:
    async with serving() as (server, port):
        found = await Fetcher([inside]).download(f"http://127.0.0.1:{port}/file")
        assert (found.name, found.data) == ("名册.xlsx", b"PK" * 500)
        with pytest.raises(FileRefusedError):
            await Fetcher([inside]).download(f"http://127.0.0.1:{port}/file", most=100)
        assert server.asked == 2


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://8.8.8.8/x", "http://", "//x", "x"]
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(FileRefusedError):
        await Fetcher().download(url)


def test_networks_as_an_operator_writes_them() -> None:
    assert len(networks([" 127.0.0.1", " ", "192.168.1.7/24"])) == 2
    with pytest.raises(ValueError, match="example"):
        networks(["example.com"])


# -- names -----------------------------------------------------------------------------------------

NAME = "名册 2021.xlsx"


def as_read(raw: bytes) -> str:
    """How the client hands on a header's bytes."""
    return raw.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "header",
    [
        f'attachment; filename="{NAME}"',
        f"attachment; filename={NAME}",
        as_read(f'attachment; filename="{NAME}"'.encode("gbk")),
        f'attachment; filename="{NAME}"'.encode().decode("latin-1"),
        f'attachment; filename="{quote(NAME)}"',
        f"attachment; filename*=UTF-8''{quote(NAME)}",
        f"attachment; filename*=utf-8'zh-CN'{quote(NAME)}",
        f"attachment; filename*=GBK''{quote(NAME.encode('gbk'))}",
        f"attachment; filename=\"x.xlsx\"; filename*=UTF-8''{quote(NAME)}",
        f'Attachment ;FileName = "{NAME}"; size=12',
        f'attachment; filename="../../{NAME}"',
        f'attachment; filename="C:\\\\Users\\\\x\\\\{NAME}"',
        f'attachment; filename="{NAME[:2]}\x00\u202e\u200b{NAME[2:]}"',
    ],
)
def test_a_name_is_read_however_it_is_written(header: str) -> None:
    assert named(header) == NAME


@pytest.mark.parametrize("header", ["", "inline", "attachment", 'attachment; filename=""'])
def test_no_name(header: str) -> None:
    assert named(header) == ""


@given(st.text(max_size=300))
def test_reading_a_name_never_raises(text: str) -> None:
    for header in (text, f'attachment; filename="{text}"', f"attachment; filename*={text}"):
        assert not set(named(header)) & set("/\\\n\x00")
