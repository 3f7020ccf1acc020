"""Chatting on a stage from a terminal: what is typed is said, what comes is printed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

from simulator.common.acting import NotOnScreenError
from simulator.common.screen import Shown
from simulator.stage import Stage
from texts.streams import line_from

HELP = "直接打字；/按 按钮文字 按卡片上的按钮；/群 群名 内容 在群里说；/时间 08:30；/退出"


async def talk(
    stage: Stage, account: str, name: str, settle: Callable[[], Awaitable[None]]
) -> None:
    """Read lines until the end of the input or /退出."""
    _print(f"您现在是 {name}。{HELP}\n")
    cursor = 0
    while True:
        _print(f"{name}> ", end="")
        line = await asyncio.to_thread(line_from, sys.stdin)
        if not line or line.strip() == "/退出":
            _print("")
            return
        try:
            await _act(stage, account, line.strip())
        except (NotOnScreenError, LookupError, ValueError) as error:
            _print(f"（{error}）")
        await settle()
        seen = stage.fake.shown(account, cursor)
        for each in seen:
            if not each.mine and each.seq > cursor:
                _print(_drawn(stage, each))
        cursor = stage.fake.cursor(account)


async def _act(stage: Stage, account: str, line: str) -> None:
    command, _, rest = line.partition(" ")
    if command == "/按":
        await stage.fake.press(account, None, rest.strip())
    elif command == "/群":
        name, _, text = rest.partition(" ")
        chats = {group.name: group.chat_id for group in stage.corp.groups.values()}
        if name not in chats:
            raise LookupError("没有这个群。可以是：" + "、".join(chats))
        await stage.fake.say(account, text, chats[name])
    elif command == "/时间":
        from simulator.story import Move  # noqa: PLC0415 - reads the same notation as stories

        stage.clock.set(Move(rest.strip()).target(stage.clock.now()))
    elif line.startswith("/"):
        _print(HELP)
    elif line:
        await stage.fake.say(account, line)


def _drawn(stage: Stage, shown: Shown) -> str:
    group = stage.corp.groups.get(shown.chat)
    place = f"[{group.name}] " if group else ""
    who = shown.sender or stage.keys.name
    words = shown.words
    if shown.file_name:
        words = f"[文件] {shown.file_name}（{shown.file_size} 字节）"
    buttons = "  ".join(f"[{text}]" for text, _key, enabled in shown.buttons if enabled)
    body = "\n  ".join(words.splitlines())
    return f"{place}{who}：\n  {body}" + (f"\n  {buttons}" if buttons else "")


def _print(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()
