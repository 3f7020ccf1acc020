"""Reverse WebSocket: who is let in, who is not, and that nobody listens to the world unguarded."""

from __future__ import annotations

import asyncio
import ipaddress

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.onebot.door import Door, ExposedError, refusal
from bot.channels.onebot.life import Timing
from bot.channels.onebot.line import Line, OneBotAccount
from simulator.stage import free_port
from storage.outbox_values import Result
from tests.bot.onebot_partner import TOKEN, Partner
from tests.bot.onebot_talk import Talk, listening, make, only

# -- O06: refuses to start ------------------------------------------------------------------------

OPEN = [
    "",
    " ",
    "0.0.0.0",  # noqa: S104 - exactly what must be refused
    "::",
    "[::]",
    "0",
    "192.168.1.5",
    "10.0.0.1",
    "203.0.113.9",
    "::ffff:192.168.1.5",
    "fe80::1",
    "example.org",
    "localhost.example.org",
    "127.0.0.1.example.org",
    "my-pc",
]
SHUT = ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST", " 127.0.0.1 "]


@pytest.mark.parametrize("host", OPEN)
def test_no_token_and_the_network_listens(host: str) -> None:
    words = refusal(host, "", "")
    assert "SHIXUN_ONEBOT_TOKEN" in words
    assert "不启动" in words
    assert refusal(host, "   ", "  ") == words


@pytest.mark.parametrize("host", SHUT)
def test_no_token_on_this_machine_only(host: str) -> None:
    assert not refusal(host, "", "")


@pytest.mark.parametrize("host", OPEN)
def test_with_a_token(host: str) -> None:
    assert not refusal(host, "secret", "")
    assert not refusal(host, "secret", "ws://127.0.0.1:3001/")


@pytest.mark.parametrize("host", OPEN)
def test_no_token_and_the_network_listens_although_we_dial(host: str) -> None:
    """The address in the settings may be emptied tomorrow, and the door would stand open."""
    words = refusal(host, "", "ws://127.0.0.1:3001/")
    assert words == refusal(host, "", "")
    assert "SHIXUN_ONEBOT_TOKEN" in words


@pytest.mark.parametrize("there", ["127.0.0.1", "localhost", "LOCALHOST", "127.8.9.1", "[::1]"])
def test_we_dial_on_this_machine(there: str) -> None:
    assert not refusal("127.0.0.1", "", f"ws://{there}:3001/")
    assert not refusal("127.0.0.1", "", f" wss://{there} ")


@pytest.mark.parametrize(
    "url",
    [
        "ws://192.168.1.5:3001/",
        "ws://napcat:3001/",
        "wss://example.org/",
        "ws://127.0.0.1.example.org/",
        "ws://127.0.0.1@203.0.113.9/",
        "ws://[fe80::1]:3001/",
        "ws://0.0.0.0:3001/",
        "ws:///",
        "napcat:3001",
    ],
)
def test_no_token_and_we_dial_another_machine(url: str) -> None:
    """Whoever reaches that implementation speaks through the account as we do."""
    words = refusal("127.0.0.1", "", url)
    assert "SHIXUN_ONEBOT_TOKEN" in words
    assert "不启动" in words
    assert url in words
    assert not refusal("127.0.0.1", "secret", url)


def test_the_channel_itself_refuses_to_dial_another_machine_without_a_token() -> None:
    with pytest.raises(ExposedError, match="不在本机"):
        make("ws://192.168.1.5:3001/", Partner(), token="")


@given(st.ip_addresses())
def test_exactly_loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    loopback = address.is_loopback or bool(
        isinstance(address, ipaddress.IPv6Address)
        and address.ipv4_mapped
        and address.ipv4_mapped.is_loopback
    )
    assert (refusal(str(address), "", "") == "") is loopback


def test_the_channel_itself_refuses_to_be_made() -> None:
    with pytest.raises(ExposedError, match="不启动"):
        make("", Partner(), token="", host="0.0.0.0")  # noqa: S104


# -- who comes in ---------------------------------------------------------------------------------


async def refused(
    talk: Talk, status: int, *, token: str = "", query: str = "", **head: str
) -> None:
    """The handshake is answered with this status: no upgrade, and nothing is heard."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await talk.partner.dial(talk.address + query, token=token, **head)
    assert error.value.status == status
    assert not talk.channel.connected


async def test_no_token_is_401_and_a_wrong_one_403() -> None:
    async with listening() as talk:
        await refused(talk, 401)
        await refused(talk, 401, Authorization="Bearer ")  # NapCat with an empty token
        await refused(talk, 401, query="?access_token=")
        await refused(talk, 403, token="wrong")
        await refused(talk, 403, token=TOKEN + "x")
        await refused(talk, 403, token=TOKEN[:-1])
        await refused(talk, 403, query="?access_token=wrong")
        await refused(talk, 403, token="令牌")
        assert "还没有连上来" in talk.channel.problem()


async def test_a_token_that_is_no_text() -> None:
    async with listening() as talk:
        port = int(talk.address.split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"GET /onebot/v11/ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n"
        writer.write(head)
        assert b" 403 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize(
    ("query", "head"),
    [
        ("", {"Authorization": f"Bearer {TOKEN}"}),
        ("", {"Authorization": f"bearer  {TOKEN}"}),
        ("", {"Authorization": f"Token {TOKEN}"}),
        ("", {"Authorization": TOKEN}),
        (f"?access_token={TOKEN}", {}),
        (f"?access_token={TOKEN}", {"Authorization": "Bearer "}),
    ],
)
async def test_every_form_of_the_right_token(query: str, head: dict[str, str]) -> None:
    async with listening() as talk:
        await talk.partner.dial(talk.address + query, token="", **head)
        await talk.up()
        assert not talk.channel.problem()


async def test_who_does_not_say_who_it_is() -> None:
    async with listening() as talk:
        await refused(talk, 400, token=TOKEN, X_Self_ID="")
        await refused(talk, 400, token=TOKEN, X_Self_ID="abc")
        await refused(talk, 400, token=TOKEN, X_Client_Role="Admin")


async def test_without_a_token_only_the_implementation_of_this_machine() -> None:
    """A web page may dial this machine too, and a proxy may stand before us."""
    async with listening(token="") as talk:
        await refused(talk, 403, Origin="http://evil.example")
        await refused(talk, 403, X_Forwarded_For="203.0.113.9")
        await refused(talk, 403, Forwarded="for=203.0.113.9")
        await talk.partner.dial(talk.address, token="")
        await talk.up()


async def test_another_account_has_to_stay_outside() -> None:
    async with listening() as talk:
        await talk.partner.dial(talk.address)
        await talk.up()
        with pytest.raises(aiohttp.WSServerHandshakeError) as error:
            await talk.partner.dial(talk.address, X_Self_ID="99")
        assert error.value.status == 409
        assert talk.channel.connected


# -- living there ---------------------------------------------------------------------------------


async def test_it_hears_and_speaks() -> None:
    async with listening() as talk:
        await talk.partner.dial(talk.address)
        await talk.up()
        await talk.say(20001, "你好")
        assert talk.partner.words() == ["听到：你好"]
        assert only(await talk.send("通知")).result is Result.SENT


async def test_the_second_connection_replaces_the_first() -> None:
    async with listening() as talk:
        first = await talk.partner.dial(talk.address)
        await talk.up()
        second = await talk.partner.dial(talk.address)
        await talk.partner.until(lambda: first.closed)
        await talk.partner.until(lambda: talk.channel.connected)
        assert not second.closed
        await talk.say(20001, "你好")
        assert talk.partner.words() == ["听到：你好"]


async def test_it_comes_back_after_a_loss() -> None:
    async with listening() as talk:
        first = await talk.partner.dial(talk.address)
        await talk.up()
        await first.close()
        await talk.partner.until(lambda: not talk.channel.connected)
        assert "还没有连上来" in talk.channel.problem()
        assert talk.channel.requests(talk.outgoing("通知")) == []
        await talk.partner.dial(talk.address)
        await talk.up()
        assert only(await talk.send("通知")).result is Result.SENT


async def test_two_connections_share_the_work() -> None:
    """Calls on one, events on the other; half of it is a problem and the operator is told which."""
    async with listening() as talk:
        events = await talk.partner.dial(talk.address, X_Client_Role="Event")
        await talk.partner.until(lambda: "调用" in talk.channel.problem())
        await talk.partner.dial(talk.address, X_Client_Role="API")
        await talk.up()
        assert not talk.channel.problem()
        frame = {"time": 1, "self_id": 10001, "post_type": "message", "message_id": 5}
        said = {"message_type": "private", "user_id": 20001, "message": "你好"}
        await talk.partner.write(frame | said, events)
        await talk.quiet()
        assert talk.partner.words() == ["听到：你好"]
        await talk.partner.write(frame | said | {"message_id": 6})  # not on a line for calls
        await talk.quiet()
        assert len(talk.heard) == 1
        await events.close()
        await talk.partner.until(lambda: "事件" in talk.channel.problem())


async def test_dialling_leaves_no_door_open() -> None:
    assert make("ws://127.0.0.1:1/", Partner()).channel.routes(nobody) == []


async def nobody(_incoming: object) -> None:
    """Receives nothing."""


async def test_a_stranger_from_the_network_without_a_token() -> None:
    """Should the process listen wider than it was told, the door itself still looks."""
    line = Line(lambda _frame: None, lambda: None, Timing())
    door = Door(OneBotAccount("", "", "师训助手", "127.0.0.1"), line, Timing())
    app = web.Application()
    app.add_routes(door.routes())

    @web.middleware
    async def from_elsewhere(request: web.Request, handler: object) -> web.StreamResponse:
        assert callable(handler)
        answer = await handler(request.clone(remote="203.0.113.9"))
        assert isinstance(answer, web.StreamResponse)
        return answer

    app.middlewares.append(from_elsewhere)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    bound = free_port("127.0.0.1")
    await web.SockSite(runner, bound).start()
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/onebot/v11/ws"
    async with aiohttp.ClientSession() as http, http.get(url, headers={"X-Self-ID": "1"}) as got:
        assert got.status == 403
    await runner.cleanup()
