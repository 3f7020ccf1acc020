"""The process that reads one file of somebody else and ends: bytes in, lines of `wire` out.

Holds nothing of the office: no database, no settings, no secrets. It limits itself before it has
seen a byte, and leaves when whoever asked it is gone.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from typing import BinaryIO

from storage.readers.reading import read_file
from storage.readers.sheet_rows import Kind
from storage.readers.wire import lines

LINE_BYTES = 16_384
OUT_OF_MEMORY = 12
FAILED = 13
ORPHANED = 14


def main() -> None:
    """Read what stands on the standard input; ends the process."""
    order = json.loads(sys.stdin.buffer.readline(LINE_BYTES))
    _limit(memory=order["memory"], seconds=order["seconds"])
    data = sys.stdin.buffer.read(order["size"])
    threading.Thread(target=_leave_when_left, daemon=True).start()
    # rows are kept until the end and hold no cycles
    gc.disable()
    try:
        _answer(data, order["filename"], order["kind"], sys.stdout.buffer)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:
        # a place in the code, never the words of an error: they quote cells
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = "" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        sys.stderr.write(f"{type(error).__name__} {where}"[:200])
        sys.stderr.flush()
        os._exit(FAILED)
    os._exit(0)


def _answer(data: bytes, filename: str, kind: str | None, out: BinaryIO) -> None:
    read = read_file(data, filename, None if kind is None else Kind(kind))
    for line in lines(read):
        out.write(line)
    out.flush()


def _limit(*, memory: int, seconds: int) -> None:
    """Bounds that the system keeps; where it has none (Windows), the asker's clock remains."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    for name, most in (
        ("RLIMIT_AS", memory),
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError):  # macOS knows some of them only by name
            continue


def _leave_when_left() -> None:
    """The asker holds our input open as long as it lives."""
    if not os.read(0, 1):
        os._exit(ORPHANED)
