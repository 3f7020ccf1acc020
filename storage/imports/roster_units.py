"""Finds the unit of a roster row, or makes one under its 片区 or the root, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.imports.changes import Finding
from storage.imports.tree import Node, Tree, fold, guess_kind
from storage.readers.problems import place
from storage.readers.sheet_rows import RosterRow
from storage.unit import Unit

UNNAMED_ROOT = "全部单位"


@dataclass(slots=True)
class UnitFinder:
    """The tree, what was made on the way, and what is to be said about it."""

    tree: Tree
    may_create: bool
    notes: list[Finding] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, unit: Unit, rows: Sequence[RosterRow], *, may_create: bool) -> UnitFinder:
        """The tree as it stands; an office without units gets a root from its roster."""
        finder = cls(Tree.load(unit), may_create)
        if finder.tree.root() is None and rows and may_create:
            finder._make_root(rows)
        return finder

    def find(self, row: RosterRow) -> Node | None:
        """The row's unit; a new one where it is unknown and may be made."""
        node = self.tree.find(row.unit)
        if node is not None:
            self._compare_district(row, node)
            return node
        if not self.may_create:
            return None
        above = self._district(row)
        node = self.tree.put(Node(row.unit, fold(above.name), guess_kind(row.unit)))
        text = f"{place(row.row)}：单位「{row.unit}」是新的，将建在「{above.name}」之下。"
        self.notes.append(Finding(row.row, text))
        return node

    def _district(self, row: RosterRow) -> Node:
        root = self.tree.root()
        assert root is not None
        if not row.district:
            return root
        node = self.tree.find(row.district)
        if node is None:
            node = self.tree.put(Node(row.district, fold(root.name), "district"))
            text = f"{place(row.row)}：片区「{row.district}」是新的，将建在「{root.name}」之下。"
            self.notes.append(Finding(row.row, text))
        return node

    def _compare_district(self, row: RosterRow, node: Node) -> None:
        if not row.district or fold(row.unit) in self._said:
            return
        district = self.tree.find(row.district)
        if district is None or district not in self.tree.above(node):
            self._said.add(fold(row.unit))
            text = f"{place(row.row)}：「{row.unit}」在单位表里不属于「{row.district}」，"
            self.notes.append(Finding(row.row, f"{text}单位表没有改动，请核对。"))

    def _make_root(self, rows: Sequence[RosterRow]) -> None:
        officers = [row for row in rows if "county_admin" in row.roles]
        units = {fold(row.unit) for row in rows}
        if officers:
            name, row = officers[0].scope or officers[0].unit, officers[0].row
        elif len(units) == 1 and not rows[0].district:
            name, row = rows[0].unit, rows[0].row
        else:
            name, row = UNNAMED_ROOT, None
        self.tree.put(Node(name, None, guess_kind(name, is_root=True)))
        text = f"还没有单位表，以「{name}」为最上一级。"
        self.notes.append(Finding(row, text))
