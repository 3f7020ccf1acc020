"""Finds every regular expression of ours, and the texts that would make it slow.

Patterns are found by themselves: what modules hold after import, the forms of the registry, and
what is handed to `re` inside functions. Texts are derived from the parse tree of each.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from bot.reading import intent_words
from nlp import forms

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("nlp", "handlers", "storage", "bot", "config")
# run by hand, never on anybody's text
NOT_MET = ("nlp.training", "storage.migrations", "bot.command_parser")
LONGEST = 10_000
"""Characters of a text that a pattern may meet where nothing bounds it."""
_METHODS = frozenset(
    {"match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
)
# what these compile is found in what they hold, and in the registry
_HOLDING = ("nlp.forms", "nlp.times.lexer")
_UNKNOWN = "甲"
_EVERYWHERE = frozenset({"match", "search", "fullmatch"})
_CALLS = _METHODS | {"compile"}


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, where it stands, how it is asked, and about how many characters."""

    where: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    longest: int


class _Names(dict[str, object]):
    """A module's names; what only a function knows stands for itself."""

    def __missing__(self, key: str) -> object:
        return _UNKNOWN


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the application, imported."""
    names = [
        each.name
        for room in ROOMS
        for each in pkgutil.walk_packages([str(ROOT / room)], f"{room}.")
        if not each.name.startswith(NOT_MET)
    ]
    return tuple(importlib.import_module(name) for name in (*ROOMS, *names))


def _values(value: object, seen: set[int]) -> Iterator[object]:
    """Everything that a module's value holds."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (re.Pattern, str)):
        yield value
    elif isinstance(value, (dict, MappingProxyType)):
        for each in (*value.keys(), *value.values()):
            yield from _values(each, seen)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from _values(each, seen)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _values(getattr(value, field.name, None), seen)


def _tree(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


def _asked(trees: Mapping[ModuleType, ast.Module]) -> dict[int, set[str]]:
    """How each pattern that a module names is asked, by its identity: `marks.RANGE.match(`."""
    asked: dict[int, set[str]] = defaultdict(set)
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or node.attr not in _METHODS:
                continue
            owner = node.value
            if not isinstance(owner, (ast.Name, ast.Attribute)):
                continue
            held = vars(module)
            for part in ast.unparse(owner).split("."):
                value = held.get(part)
                held = getattr(value, "__dict__", {})
            if isinstance(value, re.Pattern):
                asked[id(value)].add(node.attr)
    return asked


def _method(names: Iterable[str]) -> frozenset[str]:
    found = {
        each if each in {"match", "fullmatch"} else "search" for each in names if each != "compile"
    }
    return frozenset(found) or _EVERYWHERE


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls of `re` inside functions; what a module compiles for itself is found in it."""
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "re"
                    and node.func.attr in _CALLS
                    and node.args
                ):
                    yield node


def _in_functions(module: ModuleType, tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """(where, pattern, method) of what is handed to `re` by a call.

    Where that is what a function was given: every string of its module that repeats anything.
    """
    for node in _calls(tree):
        where = f"{module.__name__}:{node.lineno}"
        method = node.func.attr  # type: ignore[attr-defined]
        code = compile(ast.Expression(node.args[0]), where, "eval")
        try:
            value = eval(code, _Names(vars(module)))  # noqa: S307 - our own source
        except (AttributeError, TypeError):  # of something that only the function knows
            value = _UNKNOWN
        if isinstance(value, str) and value != _UNKNOWN:
            yield where, value, method
        elif not isinstance(value, re.Pattern) and module.__name__ not in _HOLDING:
            for each in _values(vars(module), set()):
                if isinstance(each, str) and re.search(r"[*+{]", each):
                    yield where, each, method


@cache
def patterns() -> tuple[Found, ...]:
    """Every pattern once."""
    found: dict[tuple[str, int], tuple[str, re.Pattern[str], set[str]]] = {}

    def add(where: str, pattern: re.Pattern[Any], methods: Iterable[str]) -> None:
        if isinstance(pattern.pattern, str):
            key = (pattern.pattern, pattern.flags)
            found.setdefault(key, (where, pattern, set()))[2].update(methods)

    trees = {module: _tree(module) for module in modules()}
    asked = _asked(trees)
    for module, tree in trees.items():
        for name, value in vars(module).items():
            if name.startswith("__"):
                continue
            for each in _values(value, set()):
                if isinstance(each, re.Pattern):
                    add(f"{module.__name__}.{name}", each, _method(asked.get(id(each), ())))
        for where, text, method in _in_functions(module, tree):
            try:
                compiled = re.compile(text)
            except re.error:
                continue
            if (text, compiled.flags) not in found:
                add(where, compiled, _method([method]))

    all_found = [
        Found(where, pattern, frozenset(how), LONGEST) for where, pattern, how in found.values()
    ]
    words = [(each.name, form) for each in intent_words() for form in each.forms]
    for name, form in (*words, *forms.BUILT_IN):
        longest = LONGEST if form.startswith(forms.OF_ANY_LENGTH) else forms.LONGEST
        all_found.append(
            Found(f"form of {name}", re.compile(form), frozenset({"fullmatch"}), longest)
        )
    return tuple(all_found)
