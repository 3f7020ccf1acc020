"""Loads the units of an office: the tree with its materialised paths and short names."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.imports.changes import Changes, Context, Finding, ImportRefusedError, Line, of_problems
from storage.imports.recorder import Recorder, Update
from storage.imports.tree import Node, Tree, fold, guess_kind, rank
from storage.readers.problems import place
from storage.readers.sheet_rows import Kind, OrganisationRow
from storage.readers.sheets import Sheet
from storage.unit import Unit


@dataclass(slots=True)
class _Draft:
    tree: Tree
    adds: list[Line] = field(default_factory=list)
    changes: list[Line] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    before: dict[str, Node] = field(default_factory=dict)
    same: int = 0


def plan_changes(unit: Unit, sheet: Sheet[OrganisationRow], context: Context) -> Changes:
    """What the sheet adds and changes; units are never taken away. Only for the whole office."""
    draft = _Draft(Tree.load(unit))
    rows = _with_parents(draft, sheet.rows)
    for row in rows:
        _take(draft, row, sheet.present)
    for row in rows:
        node = draft.tree.nodes.get(fold(row.name))
        if node is not None and draft.tree.is_circular(node):
            raise ImportRefusedError(
                f"{place(row.row)}：「{row.name}」的上级绕了一圈又回到自己，请核对“上级”。"
            )
    return Changes(
        kind=Kind.ORGANISATIONS,
        unit_word="个单位",
        adds=tuple(draft.adds),
        changes=tuple(draft.changes),
        unchanged=draft.same,
        errors=(*of_problems(sheet.problems, notes=False), *draft.errors),
        notes=(*of_problems(sheet.problems, notes=True), *draft.notes),
        write=lambda recorder: _write(recorder, draft),
    )


def _with_parents(draft: _Draft, rows: tuple[OrganisationRow, ...]) -> list[OrganisationRow]:
    """The rows whose superior is known; where several stand at the top, the highest is the root."""
    named = {fold(row.name) for row in rows}
    tops = [row for row in rows if row.parent is None]
    root = draft.tree.root()
    if root is None and tops:
        highest = min(tops, key=lambda row: rank(row.category or guess_kind(row.name)))
        root = draft.tree.put(
            Node(highest.name, None, highest.category or guess_kind(highest.name, is_root=True))
        )
        draft.adds.append(Line(highest.row, f"{highest.name}（最上一级）"))
    good: list[OrganisationRow] = []
    for row in rows:
        if row.parent and fold(row.parent) not in named and not draft.tree.find(row.parent):
            text = f"{place(row.row)}：上级「{row.parent}」不在表里，也不在现有单位里。"
            draft.errors.append(Finding(row.row, text))
        else:
            good.append(row)
    if root is None and good:
        raise ImportRefusedError("没有最上一级的单位：请把最上一级单位的“上级”留空。")
    return good


def _take(draft: _Draft, row: OrganisationRow, present: frozenset[str]) -> None:
    tree = draft.tree
    root = tree.root()
    assert root is not None
    key = fold(row.name)
    node = tree.nodes.get(key)
    if row.parent:
        known = tree.find(row.parent)
        parent: str | None = fold(row.parent) if known is None else fold(known.name)
    elif fold(root.name) == key:
        parent = None
    else:
        parent = fold(root.name)
        text = f"{place(row.row)}：「{row.name}」的上级是空的，放在「{root.name}」之下。"
        draft.notes.append(Finding(row.row, text))
    if node is None:
        kind = row.category or guess_kind(row.name)
        tree.put(Node(row.name, parent, kind, row.short_names))
        draft.adds.append(Line(row.row, row.name))
        return
    after = Node(
        node.name,
        parent,
        row.category or node.kind,
        row.short_names if row.short_names and "short_names" in present else node.aliases,
        node.id,
        node.path,
    )
    if node.id is None:
        tree.put(after)
    elif (after.parent, after.kind, after.aliases) == (node.parent, node.kind, node.aliases):
        draft.same += 1
    else:
        draft.before[key] = node
        tree.put(after)
        draft.changes.append(Line(row.row, f"{row.name}：{_difference(draft.tree, node, after)}"))


def _difference(tree: Tree, before: Node, after: Node) -> str:
    words: list[str] = []
    if before.parent != after.parent:
        old = tree.nodes[before.parent].name if before.parent else "最上一级"
        new = after.parent or "最上一级"
        words.append(f"上级 {old} → {new}")
    if before.kind != after.kind:
        words.append("类别")
    if before.aliases != after.aliases:
        words.append("简称")
    return "、".join(words)


def _write(recorder: Recorder, draft: _Draft) -> None:
    tree = draft.tree
    draft.tree.save(recorder)
    updates = []
    for key, before in draft.before.items():
        after = tree.nodes[key]
        assert after.id is not None
        updates.append(Update(after.id, _columns(tree, before), _columns(tree, after)))
    if updates:
        tree.save(recorder, updates)


def _columns(tree: Tree, node: Node) -> dict[str, object]:
    return {
        "parent_id": tree.nodes[node.parent].id if node.parent else None,
        "kind": node.kind,
        "aliases": list(node.aliases),
    }
