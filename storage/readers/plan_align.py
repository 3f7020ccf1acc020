"""Whether the cells of a plan row stand under their headers, and where they would.

Pure text: a number cannot be a provider, a training mode cannot be an audience.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from storage.readers.plan_model import Field
from storage.readers.plan_values import read_duration, read_headcount, read_modes
from storage.readers.values import plain

_SERIAL = re.compile(r"[(（]?\d{1,4}[)）]?[.、．]?")
_JUDGED_LATER = frozenset({Field.MODE, Field.DURATION, Field.HEADCOUNT})
_NUMBER = re.compile(r"\d+(\.\d+)?")


def aligned(
    texts: tuple[str, ...], columns: Sequence[tuple[int, Field]], width: int
) -> tuple[tuple[str, ...], str, tuple[Field, ...]]:
    """The cells under their columns; a Chinese clause where they had to be moved; and the text
    fields whose cells do not fit and could not be moved.

    A row is only moved where every typed cell fits afterwards and more of them than before;
    otherwise it stays as it is, and its cells are judged one by one.
    """
    row = texts + ("",) * (width - len(texts))
    wrong, right = _fit(row, columns)
    if not wrong:
        return row, "", ()
    best = _best(_moves(texts, columns, width, wrong), columns, right)
    if best is None:
        best = _best(_in_usual_order(row, columns), columns, right)
    if best is None:
        names = dict(columns)
        return row, "", tuple(names[at] for at in wrong if names[at] not in _JUDGED_LATER)
    cells, clause = best
    return cells, f"{clause}，{_readings(row, cells, columns)}。原文已保留，请核对。", ()


def _best(
    moves: Iterable[tuple[tuple[str, ...], str]], columns: Sequence[tuple[int, Field]], right: int
) -> tuple[tuple[str, ...], str] | None:
    best: tuple[int, tuple[str, ...], str] | None = None
    for cells, clause in moves:
        misfits, fits = _fit(cells, columns)
        if not misfits and fits > right and (best is None or fits > best[0]):
            best = fits, cells, clause
    return best[1:] if best else None


def _in_usual_order(
    row: tuple[str, ...], columns: Sequence[tuple[int, Field]]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The moves of a row whose columns were reordered after it had slipped."""
    order = sorted(columns, key=lambda column: list(Field).index(column[1]))
    usual = [(at, name) for at, (_, name) in enumerate(order)]
    texts = tuple(row[at] for at, _ in order)
    wrong, _ = _fit(texts, usual)
    for cells, clause in _moves(texts, usual, len(usual), wrong):
        moved = list(row)
        for text, (at, _) in zip(cells, order, strict=True):
            moved[at] = text
        yield tuple(moved), clause


def _moves(
    texts: tuple[str, ...], columns: Sequence[tuple[int, Field]], width: int, wrong: list[int]
) -> Iterator[tuple[tuple[str, ...], str]]:
    places = sorted(at for at, _ in columns)
    first = wrong[0]
    padded = texts + ("",) * (width - len(texts))
    for at in range(max(first, places[0]), -1, -1):  # the blank nearest to the first misfit
        if not padded[at]:
            yield (*padded[:at], *padded[at + 1 :], ""), "整行向右错位一格"
    if not padded[-1]:
        for at in range(max(first, places[0]), -1, -1):
            yield (*padded[:at], "", *padded[at:-1]), "整行向左错位一格"
    if len(texts) < width:
        for lead in range(1, width - len(texts) + 1):
            moved = ("",) * lead + texts
            yield moved + ("",) * (width - len(moved)), f"行首少了 {lead} 格"


def _fit(row: Sequence[str], columns: Sequence[tuple[int, Field]]) -> tuple[list[int], int]:
    """The places whose text cannot stand there, and how many typed cells can."""
    wrong: list[int] = []
    right = 0
    for at, name in columns:
        text = plain(row[at])
        if not text:
            continue
        verdict = _verdict(name, text)
        if verdict is False:
            wrong.append(at)
        elif verdict:
            right += 1
    return wrong, right


def _verdict(name: Field, text: str) -> bool | None:
    if name is Field.SEQ:
        return bool(_SERIAL.fullmatch(text))
    if name is Field.MODE:
        return bool(read_modes(text)[0])
    if name is Field.DURATION:
        return read_duration(text) is not None
    if name is Field.HEADCOUNT:
        return read_headcount(text) is not None
    if name in {Field.UNIT, Field.TOPIC, Field.NAME, Field.AUDIENCE, Field.PROVIDER}:
        misplaced = _NUMBER.fullmatch(text) or (name is not Field.NAME and read_modes(text)[0])
        return False if misplaced else None
    return None


def _readings(
    row: Sequence[str], cells: Sequence[str], columns: Sequence[tuple[int, Field]]
) -> str:
    labels = {Field.NAME: "项目名称", Field.MODE: "培训形式", Field.HEADCOUNT: "培训人数"}
    parts = [
        f"“{labels[name]}”栏写的是「{row[at]}」，按「{cells[at]}」读取"
        for at, name in columns
        if name in labels and row[at] != cells[at]
    ]
    return "；".join(parts) or "已按错位前的位置读取"
