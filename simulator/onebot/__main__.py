"""Starts the fake alone: `python -m simulator.onebot`, or with `--dial URL` as a client.

Prints what the bot under test must be told. The people and the group in it are made up; what is
typed on the standard input is said in the group: `10002 在吗`, and `10002! 在吗` in private.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sys
from dataclasses import dataclass

from aiohttp import web

from simulator.common.acting import NotOnScreenError
from simulator.onebot.dialects import DIALECTS
from simulator.onebot.fake import FakeOneBot
from simulator.onebot.records import Role

_PEOPLE = ((10002, "陈洁"), (10003, "张伟"), (10004, "李娜"))
_GROUP = 700001
_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Options:
    host: str
    port: int
    token: str
    dial: str
    dialect: str
    strings: bool
    self_id: int
    name: str


def main(arguments: list[str] | None = None) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_play(_read(arguments)))


async def _play(options: _Options) -> None:
    fake = FakeOneBot(
        self_id=options.self_id,
        nickname=options.name,
        dialect=options.dialect,
        token=options.token,
        array=not options.strings,
        base_url=f"http://{options.host}:{options.port}",
    )
    for number, name in _PEOPLE:
        fake.add_account(number, name)
    fake.add_group(_GROUP, "信息技术1班", [number for number, _ in _PEOPLE], bot=Role.ADMIN)
    app = web.Application()
    fake.add_routes(app)
    runner = web.AppRunner(app, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, options.host, options.port).start()
    if options.dial:
        await fake.dial(options.dial, options.token)
    _print(_told(options, fake.ws_url))
    try:
        await asyncio.gather(_type(fake), _look(fake))
    finally:
        await fake.close()
        await runner.cleanup()


async def _type(fake: FakeOneBot) -> None:
    """What is typed is said; at the end of the input the fake goes on."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, ValueError):  # an input that is no pipe, or none at all
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := (await reader.readline()).decode(errors="replace"):
            who, _, words = line.strip().partition(" ")
            chat = None if who.endswith("!") else str(_GROUP)
            try:
                await fake.say(who.removesuffix("!"), words, chat)
            except (NotOnScreenError, KeyError) as error:
                _print(f"（{error}）")


async def _look(fake: FakeOneBot) -> None:
    """Prints what the bot says, as the first person and in private each of them see it."""
    seen = {number: 0 for number, _ in _PEOPLE}
    while True:
        await asyncio.sleep(0.1)
        for number, name in _PEOPLE:
            new = [s for s in fake.shown(str(number), seen[number]) if s.seq > seen[number]]
            seen[number] = fake.cursor(str(number))
            for shown in new:
                group = shown.chat == str(_GROUP)
                if shown.sender == fake.world.bot.nickname and (
                    not group or number == _PEOPLE[0][0]
                ):
                    _print(f"{'群里' if group else '私聊' + name}：{shown.words}")


def _told(options: _Options, address: str) -> str:
    lines = [
        f"正向 WebSocket  {address}",
        f"Token           {options.token}",
        f"机器人 QQ       {options.self_id}",
        f"群号            {_GROUP}",
        "成员            " + "、".join(f"{number} {name}" for number, name in _PEOPLE),
    ]
    if options.dial:
        lines.insert(1, f"反向连接到      {options.dial}")
    return "\n".join(lines)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _read(arguments: list[str] | None) -> _Options:
    parser = argparse.ArgumentParser(prog="python -m simulator.onebot", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3001)
    parser.add_argument("--token", default=secrets.token_urlsafe(24), help="made up by default")
    parser.add_argument("--dial", default="", help="the bot's reverse address, kept connected")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="napcat")
    parser.add_argument("--strings", action="store_true", help="messages as CQ strings")
    parser.add_argument("--self-id", type=int, default=10001, help="the bot's QQ number")
    parser.add_argument("--name", default="师训助手", help="the bot's nickname")
    return _Options(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
