"""argparse in Chinese: headings, usage and what is wrong with a command. Knows no command."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import NoReturn

# What argparse says → what we say; what is not listed stays as it is.
_SAID = (
    (r"the following arguments are required: (.+)", r"还缺 \1"),
    (r"unrecognized arguments: (.+)", r"不认识 \1"),
    (r"argument .+: invalid choice: '?(.+?)'? \(choose from (.+)\)", r"没有「\1」，可以是：\2"),
    (r"argument (.+): expected one argument", r"\1 后面要写一个值"),
    (r"argument (.+): expected at least one argument", r"\1 至少要写一个"),
    (r"argument (.+): (.+)", r"\1：\2"),
)


class _Formatter(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose every word is Chinese; takes the same arguments."""

    def __init__(self, *, add_help: bool = True, **options: object) -> None:
        options = {"formatter_class": _Formatter, **options}
        super().__init__(add_help=False, **options)  # type: ignore[arg-type]
        self._positionals.title = "要写的"
        self._optionals.title = "选项"
        if add_help:
            self.add_argument(
                "-h", "--help", action="help", default=argparse.SUPPRESS, help="显示这份说明"
            )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how it is written, and leave with code 2."""
        for pattern, words in _SAID:
            found = re.fullmatch(pattern, message)
            if found:
                message = found.expand(words)
                break
        self.exit(2, f"{message}。\n{self.format_usage()}")
