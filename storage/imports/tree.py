"""The organisation tree while an import changes it: lookup by name or alias, new units, paths.

A unit that is not saved yet is found by its name like any other. Knows no kind of file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from storage.imports.recorder import Recorder, Update
from storage.people import People
from storage.scope import Scope
from storage.tables import organisations
from storage.unit import Unit

_RANKS = ("city", "county", "district", "institution", "school")
_SCHOOL_WORDS = ("学校", "小学", "中学", "幼儿园", "一中", "二中", "三中", "校区", "附小", "附中")


@dataclass(slots=True)
class Node:
    """A unit; `id` None: not saved yet. `parent` is the folded name of the unit above it."""

    name: str
    parent: str | None
    kind: str
    aliases: tuple[str, ...] = ()
    id: int | None = None
    path: str = ""


@dataclass(slots=True)
class Tree:
    """All units by folded name; changes are made here first and saved by `save`."""

    nodes: dict[str, Node] = field(default_factory=dict)
    _aliases: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def load(cls, unit: Unit) -> Tree:
        """The tree as it stands."""
        found = People(unit).organisations()
        names = {each.id: fold(each.name) for each in found}
        tree = cls()
        for each in found:
            above = None if each.parent_id is None else names[each.parent_id]
            tree.put(Node(each.name, above, each.kind, each.aliases, each.id, each.path))
        return tree

    def put(self, node: Node) -> Node:
        """Add or replace a unit."""
        key = fold(node.name)
        self.nodes[key] = node
        for alias in map(fold, node.aliases):
            # a short name of two units names neither
            self._aliases[alias] = key if self._aliases.get(alias, key) == key else None
        return node

    def find(self, name: str) -> Node | None:
        """A unit by its name, else by a short name that only one unit has."""
        key = fold(name)
        return self.nodes.get(key) or self.nodes.get(self._aliases.get(key) or "")

    def root(self) -> Node | None:
        """The unit at the top."""
        return next((node for node in self.nodes.values() if node.parent is None), None)

    def above(self, node: Node) -> Iterator[Node]:
        """The unit itself and all above it; ends at a circle."""
        seen: set[str] = set()
        step: Node | None = node
        while step is not None and fold(step.name) not in seen:
            seen.add(fold(step.name))
            yield step
            step = self.nodes.get(step.parent) if step.parent else None

    def is_circular(self, node: Node) -> bool:
        """A unit that stands above itself or below a unit that does."""
        *_, top = self.above(node)
        return top.parent is not None

    def within(self, node: Node, scope: Scope) -> bool:
        """Whether a unit is the scope's; one that is not saved yet is the whole office's."""
        return scope.covers(None if node.id is None else node.path)

    def save(self, recorder: Recorder, changed: Iterable[Update] = ()) -> None:
        """Insert new units, parents first, then bring every path up to date."""
        waiting = [node for node in self.nodes.values() if node.id is None]
        while waiting:
            ready = [n for n in waiting if n.parent is None or self.nodes[n.parent].id is not None]
            ids = recorder.insert(organisations, [self._row(node) for node in ready])
            for node, number in zip(ready, ids, strict=True):
                node.id = number
            waiting = [node for node in waiting if node.id is None]
        recorder.update(organisations, list(changed))
        self._repath(recorder)

    def _row(self, node: Node) -> dict[str, object]:
        return {
            "parent_id": self.nodes[node.parent].id if node.parent else None,
            "name": node.name,
            "kind": node.kind,
            "path": "/",
            "aliases": list(node.aliases),
        }

    def _repath(self, recorder: Recorder) -> None:
        updates: list[Update] = []
        for node in self.nodes.values():
            path = "/" + "".join(f"{each.id}/" for each in reversed(list(self.above(node))))
            if path != node.path:
                assert node.id is not None
                before = {"path": node.path or "/"}
                updates.append(Update(node.id, before, {"path": path}))
                node.path = path
        recorder.update(organisations, updates)


def fold(name: str) -> str:
    """A name for comparing: half-width, without spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def guess_kind(name: str, *, is_root: bool = False) -> str:
    """What a unit probably is when nobody says it."""
    if is_root:
        return "city" if "市" in name and "县" not in name else "county"
    if name.endswith(("片区", "责任区", "学区")):
        return "district"
    return "school" if any(word in name for word in _SCHOOL_WORDS) else "institution"


def rank(kind: str) -> int:
    """How high a kind of unit stands; 0 is the highest."""
    return _RANKS.index(kind) if kind in _RANKS else len(_RANKS)
