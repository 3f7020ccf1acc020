"""Acting by typed lines, for the fake started alone. Knows no protocol."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from os import fstat
from typing import TextIO

from simulator.common.acting import NotOnScreenError
from simulator.qq.fake import FakeQQ

_HELP = (
    "zhangwei: 你好          私聊\n"
    "zhangwei@group1: 你好   在群里 @ 机器人\n"
    "zhangwei! 确认          按下最近一张卡片的按钮\n"
)


class Console:
    """Reads lines, lets people act, writes what bots answer. `close` ends both."""

    def __init__(self, fake: FakeQQ, write: Callable[[str], object]) -> None:
        self._fake = fake
        self._write = write
        self._tasks: list[asyncio.Task[None]] = []
        self._pipe: asyncio.ReadTransport | None = None

    async def start(self, source: TextIO | None) -> None:
        """Reads a terminal or a pipe; of anything else (a closed input) it reads nothing."""
        if source is not None and _can_be_awaited(source):
            reader = asyncio.StreamReader()
            loop = asyncio.get_running_loop()
            self._pipe, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), source
            )
            self._tasks.append(asyncio.create_task(self._listen(reader)))
        self._tasks.append(asyncio.create_task(self._watch()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pipe is not None:
            self._pipe.close()

    async def act(self, line: str) -> str:
        """Does what one line says; what there is to tell about it, mostly nothing."""
        who, colon, words = line.partition(":")
        presser, bang, caption = line.partition("!")
        try:
            if bang and (not colon or len(presser) < len(who)):
                delivery = await self._fake.press(presser.strip(), None, caption.strip())
            elif colon:
                account, _, chat = who.strip().partition("@")
                delivery = await self._fake.say(account, words.strip(), chat or None)
            else:
                return _HELP
        except NotOnScreenError as error:
            return f"{error}\n"
        except KeyError:
            return "没有这个人\n"
        return "" if delivery.ok else f"未送达：{delivery.reason}\n"

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self._write(await self.act(line.decode(errors="replace").strip()))

    async def _watch(self) -> None:
        screens, since = self._fake.platform.screens, 0
        changes = screens.watch()
        try:
            while True:
                account = await changes.get()
                for shown in self._fake.shown(account, since):
                    if not shown.mine and not shown.pending:
                        self._write(f"[{account} · {shown.chat}] {shown.sender}：{shown.words}\n")
                since = screens.cursor
        finally:
            screens.unwatch(changes)


def _can_be_awaited(source: TextIO) -> bool:
    """A loop cannot watch a file, nor /dev/null, which services get as their input."""
    mode = fstat(source.fileno()).st_mode
    return source.isatty() or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
