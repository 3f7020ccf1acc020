"""Has files of others read in a process of their own, under limits of memory and time.

A fresh interpreter for every file: nothing of one stays for the next, and what one has taken is
given back. It may die, hang or answer rubbish: then there is a sentence, too.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from storage.readers import child
from storage.readers.file_names import safe_name
from storage.readers.reading import ReadFile
from storage.readers.sheet_rows import Kind

logger = logging.getLogger("shixun.files")

_ROOT = str(Path(__file__).resolve().parents[2])
# -I: neither the environment nor the working folder decides what is imported
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from storage.readers.child import main; main()"
)
_PIECE = 256 * 1024
_ON_WINDOWS = 0x08000000 if sys.platform == "win32" else 0  # CREATE_NO_WINDOW
_NEEDED = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# out of memory, of processor time, of the clock's time (or of the machine's memory)
_TOO_MUCH = frozenset({child.OUT_OF_MEMORY, -24, -9})

TOO_LARGE = (
    "文件太大或内容太复杂，没有读完。请把有内容的行和列复制到一张新表，另存为 .xlsx，"
    "或者拆成几个文件再发。"
)
NOT_READ = "文件读不出来，可能已损坏。请用 Excel 或 WPS 重新保存为 .xlsx 再发。"
BUSY = "系统现在忙不过来，这个文件没有读。请过几分钟再发一次。"
STOPPING = "系统正在重启，这个文件没有读。请过一分钟再发一次。"


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one reading: bytes of address space, seconds of processor, seconds by the clock.

    60,000 people take 150 MB and 6 s of processor (docs/decisions/006).
    """

    memory: int = 512 * 1024 * 1024
    processor: int = 30
    clock: float = 60.0


LIMITS = Limits()


class ReadingRoom:
    """Where files are read; any number of threads may ask. `close` ends what is being read."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def read(self, data: bytes, filename: str, kind: Kind | None = None) -> ReadFile:
        """The file as read; a refusal where it could not be. Raises nothing for a bad file."""
        digest = hashlib.sha256(data).hexdigest()
        name = safe_name(filename)
        read, why = None, BUSY
        try:
            process = self._begin()
        except OSError as error:  # no memory, no process, no pipe left
            logger.warning("file not read", extra={"reason": type(error).__name__})
            process = None
        if process is not None:
            read, why = self._asked(process, self._order(data, name, kind), data)
        if read is None or (read.digest, read.filename) != (digest, name):
            return ReadFile(name, digest, kind, refusal=STOPPING if self._closed else why)
        return read

    def close(self) -> None:
        """Read no more, and end what reads."""
        with self._lock:
            self._closed = True
            running = tuple(self._running)
        for process in running:
            process.kill()

    def _asked(
        self, process: subprocess.Popen[bytes], order: bytes, data: bytes
    ) -> tuple[ReadFile | None, str]:
        """What it answers, or None and why not; the process is gone afterwards."""
        from storage.readers.wire_in import WireError  # noqa: PLC0415 - brings pydantic

        read = None
        clock = threading.Timer(self._limits.clock, process.kill)
        clock.daemon = True
        clock.start()
        try:
            read = _talk(process, order, data)
        except (WireError, OSError):
            logger.warning("file not read", extra={"reason": "no answer"})
        finally:
            clock.cancel()
            status = self._gone(process)
        logger.info("file read", extra={"status": status})
        return read, TOO_LARGE if status in _TOO_MUCH else NOT_READ

    def _gone(self, process: subprocess.Popen[bytes]) -> int:
        """Its status, once it has ended; it gets a second to end by itself, so that we know why."""
        try:
            status = process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        _hang_up(process)
        with self._lock:
            self._running.discard(process)
        return status

    def _begin(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                return None
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                [sys.executable, "-I", "-X", "utf8", "-c", _START, _ROOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                creationflags=_ON_WINDOWS,
            )
            self._running.add(process)
            return process

    def _order(self, data: bytes, filename: str, kind: Kind | None) -> bytes:
        order = {
            "size": len(data),
            "filename": filename,
            "kind": kind,
            "memory": self._limits.memory,
            "seconds": self._limits.processor,
        }
        return json.dumps(order).encode() + b"\n"


def _talk(process: subprocess.Popen[bytes], order: bytes, data: bytes) -> ReadFile:
    """Hand over the file and hear what stands in it; raises WireError or OSError."""
    from storage.readers.wire_in import from_lines, split  # noqa: PLC0415 - brings pydantic

    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(order)
    process.stdin.write(data)
    process.stdin.flush()
    packer = zlib.compressobj(1)
    kept: list[bytes] = []

    def heard(pieces: Iterator[bytes]) -> Iterator[bytes]:
        for line in split(pieces):
            kept.append(packer.compress(line))
            yield line

    read = from_lines(heard(_pieces(process.stdout)))
    kept.append(packer.flush())
    return replace(read, kept=b"".join(kept))


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := os.read(stream.fileno(), _PIECE):
        yield piece


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        with suppress(OSError):  # what could not be written any more
            if stream is not None:
                stream.close()


def _environment() -> dict[str, str]:
    """What an interpreter needs to start, and nothing that the office has set."""
    return {name: os.environ[name] for name in _NEEDED if name in os.environ}
