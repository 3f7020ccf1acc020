"""The log as production writes it, and what of people must never stand in it.

Nothing of a person: no name, number, account or telephone of the office, and nothing that anybody
said. Our own words in the log are English constants, so that what people say is easily told apart.
"""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.log import JsonFormatter

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo"
_OF_PEOPLE = ("姓名", "工号", "手机号", "企业微信账号", "企业微信群", "QQ群")
# shorter ones stand in words by chance
_SHORTEST_SAID = 4


class Lines(logging.Handler):
    """Every line as production would write it. `ignored`: records that are not this test's."""

    def __init__(self, ignored: Callable[[logging.LogRecord], bool] = lambda _record: False):
        super().__init__()
        self.lines: list[str] = []
        self._ignored = ignored
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the formatted line."""
        if not self._ignored(record):
            self.lines.append(self.format(record))


@contextmanager
def listening(level: int, lines: Lines) -> Iterator[list[str]]:
    """What is logged in the block, set up as by `set_up_logs` at this level."""
    root, ours = logging.getLogger(), logging.getLogger("shixun")
    before = ours.level
    ours.setLevel(level)
    root.addHandler(lines)
    try:
        yield lines.lines
    finally:
        root.removeHandler(lines)
        ours.setLevel(before)


def people_of(office: Path = DEMO) -> frozenset[str]:
    """What the people and groups of an office's sheets are known by."""
    found: set[str] = set()
    for sheet in ("roster.csv", "classes.csv"):
        with (office / sheet).open(encoding="utf-8-sig", newline="") as opened:
            for row in csv.DictReader(opened):
                found |= {row[column] for column in _OF_PEOPLE if row.get(column)}
    return frozenset(found)


def told_too_much(log: Iterable[str], said: Iterable[str] = ()) -> list[str]:
    """Lines with something of the demo office's people, or with what was said."""
    words = [each for each in said if len(each) >= _SHORTEST_SAID]
    known = [*people_of(), *words]
    # an account such as lina is none inside another word, nor a number inside a longer one
    found = re.compile(
        "|".join(rf"(?<![0-9A-Za-z_]){re.escape(each)}(?![0-9A-Za-z])" for each in known)
    )
    return [line for line in log if found.search(line)]
