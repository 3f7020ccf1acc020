"""Has what people send read outside of any unit, so that nobody's turn waits for it.

Two files at a time; whoever comes third waits in line and is told 稍等 by the desk.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from handlers.contract import Received
from storage.readers.apart import STOPPING, ReadingRoom
from storage.readers.reading import ReadFile

AT_ONCE = 2


class Files:
    """Threads that wait for reading processes."""

    def __init__(self, room: ReadingRoom | None = None) -> None:
        self._room = room or ReadingRoom()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="file")
        self._closed = False

    async def read(self, file: Received) -> Received:
        """The file with what stands in it, or why it was not read."""
        read = ReadFile(file.name, "", refusal=STOPPING)
        if not self._closed:
            loop = asyncio.get_running_loop()
            read = await loop.run_in_executor(self._threads, self._room.read, file.data, file.name)
        return replace(file, read=read)

    def close(self) -> None:
        """End what is being read, now; whoever waits is told to send it again."""
        self._closed = True
        self._room.close()

    def join(self) -> None:
        """Let the threads end, once nobody waits for a file any more."""
        self._threads.shutdown()
