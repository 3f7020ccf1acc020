"""Starts the fake QQ platform alone: `python -m simulator.qq`, with `--webhook URL` for callbacks.

Prints what the bot under test must be told; then one acts by typing, as `help` tells.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from dataclasses import dataclass

from aiohttp import web

from simulator.clock import SimClock
from simulator.qq.console import Console
from simulator.qq.fake import FakeQQ

_PEOPLE = (("zhangwei", "张伟"), ("lina", "李娜"), ("zhouming", "周明"), ("chenjie", "陈洁"))


@dataclass(frozen=True, slots=True)
class _Options:
    host: str
    port: int
    webhook: str
    appid: str
    secret: str
    name: str


def main(arguments: list[str] | None = None) -> None:
    options = _read(arguments)
    base = f"http://{options.host}:{options.port}"
    fake = FakeQQ(SimClock(), base_url=base)
    fake.add_bot(options.appid, options.name, secret=options.secret, webhook_url=options.webhook)
    for account, name in _PEOPLE:
        fake.add_person(account, name)
    fake.add_group("信息技术1班", [account for account, _ in _PEOPLE], proactive=True)
    app = web.Application()
    fake.add_routes(app)
    _attend(app, fake)
    sys.stdout.write(_told(options, fake))
    sys.stdout.flush()
    web.run_app(
        app, host=options.host, port=options.port, print=lambda _line: None, shutdown_timeout=2.0
    )


def _attend(app: web.Application, fake: FakeQQ) -> None:
    console = Console(fake, sys.stdout.write)

    async def start(_app: web.Application) -> None:
        await console.start(sys.stdin)

    async def close(_app: web.Application) -> None:
        await console.close()
        await fake.close()

    app.on_startup.append(start)
    app.on_cleanup.append(close)


def _told(options: _Options, fake: FakeQQ) -> str:
    way = f"回调 {options.webhook}" if options.webhook else f"长连接 {fake.gateway.url}"
    lines = (
        f"API 地址      {fake.api_base}",
        f"凭证地址      {fake.token_url}",
        f"AppID         {options.appid}",
        f"AppSecret     {options.secret}",
        f"事件          {way}",
        "输入 help 看怎样扮演用户",
    )
    return "\n".join(lines) + "\n"


def _read(arguments: list[str] | None) -> _Options:
    parser = argparse.ArgumentParser(prog="python -m simulator.qq", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--webhook", default="", help="the bot's callback address, else gateway")
    parser.add_argument("--appid", default="102000001")
    parser.add_argument("--secret", default=secrets.token_urlsafe(24), help="made up by default")
    parser.add_argument("--name", default="助手", help="the bot's name")
    return _Options(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
