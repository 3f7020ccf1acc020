"""Files and functions that a newcomer can read in one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "handlers", "nlp", "storage", "config", "simulator", "texts")
WANTED, LIMIT = 300, 400
FUNCTION = 60

# Longer than WANTED, each with the reason why cutting it would make it harder to read.
LONG = {
    "run_bot.py": "the whole command line, from its options to each command, on one page",
    "config/settings.py": "every setting with its check and its words, on one page",
    "bot/channels/onebot/channel.py": "what one connection hears and says, one method an event",
    "bot/channels/wecom_bot/socket.py": "what one connection hears and says, one method a frame",
}
# Longer than LIMIT: lists of declarations without a line of logic.
LISTS = {
    "storage/tables.py": "every table of the office, in one place, as the migrations see them",
    "storage/migrations/versions/0001_the_first_tables.py": "written by alembic from the tables",
}


def product() -> list[Path]:
    """Every source file of the product."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted([ROOT / "run_bot.py", *found])


def name(path: Path) -> str:
    """As the lists above write it."""
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function with its length, from its first decorator to its end."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            assert node.end_lineno is not None
            yield f"{name(path)}:{first} {node.name}", node.end_lineno - first + 1


def test_no_file_is_too_long() -> None:
    known = LONG | LISTS
    long = {name(path): lines(path) for path in product() if lines(path) > WANTED}
    assert not {file: size for file, size in long.items() if file not in known}
    assert not {file: size for file, size in long.items() if size > LIMIT and file not in LISTS}


def test_the_exceptions_are_still_needed() -> None:
    sizes = {name(path): lines(path) for path in product()}
    assert not [file for file in LONG | LISTS if sizes.get(file, 0) <= WANTED]


def test_no_function_is_too_long() -> None:
    migrations = "storage/migrations/versions/"
    found = [each for path in product() for each in functions(path)]
    assert not [each for each in found if each[1] > FUNCTION and migrations not in each[0]]


@pytest.mark.parametrize("path", product(), ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body and "migrations" not in path.parts:
        docstring = ast.get_docstring(tree)
        assert docstring, f"{name(path)} has no docstring"


def test_nothing_was_left_for_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XXX")
    for path in product():
        text = path.read_text(encoding="utf-8")
        assert not [mark for mark in marks if mark in text], name(path)
