"""The three streams of a console or a pipe in whatever encoding: never an error, never lost words.

What a console cannot show becomes a question mark; what is read, see texts.streams. A
reader that went away (`| head -1`) ends a command quietly.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO

GONE_READER = 141  # what a shell reports of a program that a closed pipe ended

NOT_HERE = "这个终端的语言环境认不出文件名里的汉字。请先设 PYTHONUTF8=1 再运行一次。"


def run(main: Callable[[], int]) -> int:
    """Run a command with its streams prepared; its exit code."""
    prepare()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = GONE_READER
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 2
        with suppress(BrokenPipeError):
            sys.stdout.flush()
    for stream in (sys.stdout, sys.stderr):
        _quiet(stream)
    return code


def prepare() -> None:
    """Make every sign sayable; streams of tests and of windowless programs are left alone."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")


def _quiet(stream: IO[str] | None) -> None:
    """A closed pipe must not be complained of at the interpreter's end."""
    if stream is None:
        return
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
