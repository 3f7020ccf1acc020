"""Starts the fake WeCom alone, with the chat page: `python -m simulator --callback URL`.

Prints what the bot under test must be told. The small corp in it is made up.
"""

from __future__ import annotations

import argparse
import base64
import secrets
import sys
from dataclasses import dataclass

from aiohttp import web

from simulator.clock import SimClock
from simulator.page.routes import add_page
from simulator.page.world import CorpWorld
from simulator.wecom.fake import FakeWeCom

_PEOPLE = (
    ("zhangwei", "张伟", "城关小学", "教师"),
    ("lina", "李娜", "城关小学", "教师"),
    ("zhouming", "周明", "实验中学", "班主任"),
    ("sunli", "孙丽", "城关小学", "校级管理员"),
    ("chenjie", "陈洁", "师训股", "师训股"),
)
_GROUP = ["zhangwei", "lina", "zhouming"]


@dataclass(frozen=True, slots=True)
class _Options:
    host: str
    port: int
    callback: str
    aibot_callback: str
    aibot_id: str
    aibot_secret: str
    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    name: str


def main(arguments: list[str] | None = None) -> None:
    options = _read(arguments)
    base = f"http://{options.host}:{options.port}"
    fake = FakeWeCom(SimClock(), base_url=base)
    _furnish(fake, options)
    app = web.Application()
    fake.add_routes(app)
    corp = fake.platform.corps[options.corp_id]
    add_page(app, fake, world=CorpWorld(corp, ("在吗", "帮助")))

    async def close(_app: web.Application) -> None:
        await fake.close()

    app.on_cleanup.append(close)
    sys.stdout.write(_told(options, base, fake.bot_ws_url))
    sys.stdout.flush()
    web.run_app(
        app, host=options.host, port=options.port, print=lambda _line: None, shutdown_timeout=2.0
    )


def _furnish(fake: FakeWeCom, options: _Options) -> None:
    corp = fake.add_corp(options.corp_id)
    corp.add_app(
        options.agent_id,
        options.name,
        secret=options.secret,
        token=options.token,
        aes_key=options.aes_key,
        callback_url=options.callback,
    )
    bot = corp.add_aibot(
        options.aibot_id, options.name, token=options.token, aes_key=options.aes_key
    )
    if options.aibot_callback:
        bot.use_callback(options.aibot_callback)
    else:
        bot.use_socket(options.aibot_secret)
    for userid, name, department, position in _PEOPLE:
        corp.add_member(userid, name, department, position)
    corp.add_group("group1", "信息技术1班", _GROUP, [bot.bot_id])
    corp.add_robot("group1", "群机器人", key="webhook-demo")


def _told(options: _Options, base: str, socket: str) -> str:
    lines = (
        f"聊天页面      {base}/",
        f"API 地址      {base}/cgi-bin/",
        f"CorpID        {options.corp_id}",
        f"AgentId       {options.agent_id}",
        f"Secret        {options.secret}",
        f"Token         {options.token}",
        f"AESKey        {options.aes_key}",
        f"应用回调      {options.callback or '（未设置）'}",
        *_bot_lines(options, socket),
        f"群机器人      {base}/cgi-bin/webhook/send?key=webhook-demo",
    )
    return "\n".join(lines) + "\n"


def _bot_lines(options: _Options, socket: str) -> tuple[str, ...]:
    """An AI bot has either a callback or a long connection (4)."""
    if options.aibot_callback:
        return (f"机器人回调    {options.aibot_callback}",)
    return (
        f"机器人长连接  {socket}",
        f"机器人 BotID  {options.aibot_id}",
        f"长连接 Secret {options.aibot_secret}",
    )


def _read(arguments: list[str] | None) -> _Options:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--callback", default="", help="the app's callback address")
    parser.add_argument(
        "--aibot-callback", default="", help="the AI bot's callback address, else long connection"
    )
    parser.add_argument("--aibot-id", default="AIBdemo")
    parser.add_argument("--aibot-secret", default=secrets.token_urlsafe(24), help="made up")
    parser.add_argument("--corp-id", default="ww0123456789abcdef")
    parser.add_argument("--agent-id", type=int, default=1000002)
    parser.add_argument("--secret", default=secrets.token_urlsafe(24), help="made up by default")
    parser.add_argument("--token", default=secrets.token_hex(12), help="made up by default")
    key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    parser.add_argument("--aes-key", default=key, help="43 characters, made up by default")
    parser.add_argument("--name", default="助手", help="the app's name")
    return _Options(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
