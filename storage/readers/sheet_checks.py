"""What is wrong between the rows of a spreadsheet: identifiers that lost zeros, repeated keys."""

from __future__ import annotations

from collections import Counter

from storage.readers.columns import Column, R_co
from storage.readers.files import text_of
from storage.readers.problems import Problem, ProblemCode
from storage.readers.sheet_reading import Reading
from storage.readers.values import brief

ROWS_NAMED_AT_MOST = 20


def lost_zeros(reading: Reading[R_co]) -> None:
    """Refuse identifiers stored as numbers that are shorter than the rest of their column.

    The length that text cells have decides; where every cell is a number, the usual length.
    """
    for at, column in reading.layout.columns:
        if not column.as_text:
            continue
        numbers, texts = _by_type(reading, at)
        usual = (texts or Counter(len(text) for _, text in numbers)).most_common(1)
        short = {i for i, text in numbers if len(text) < usual[0][0] and not texts[len(text)]}
        for index, text in numbers:
            if index in short:
                clause = f"“{column.header}”是数字格式，只有 {len(text)} 位"
                clause += f"（其他多为 {usual[0][0]} 位），前面的 0 可能已经丢失，"
                clause += "请把这一列设为文本后重新填写"
                source = reading.sources[index]
                reading.report(source, ProblemCode.TEXT_NUMBER_DAMAGED, clause)
        _note_numbers(reading, column, [index for index, _ in numbers if index not in short])
        reading.drop(short)


def _by_type(reading: Reading[R_co], at: int) -> tuple[list[tuple[int, str]], Counter[int]]:
    """(index, text) of the number cells, and how often each length of text cells occurs."""
    numbers: list[tuple[int, str]] = []
    texts: Counter[int] = Counter()
    for index, source in enumerate(reading.sources):
        cell = source.cells[at] if at < len(source.cells) else None
        if isinstance(cell, int | float):
            numbers.append((index, text_of(cell)))
        elif isinstance(cell, str):
            texts[len(text_of(cell))] += 1
    return numbers, texts


def _note_numbers(reading: Reading[R_co], column: Column, indexes: list[int]) -> None:
    if not indexes:
        return
    rows = [reading.sources[index].number for index in indexes]
    named = "、".join(str(row) for row in rows[:ROWS_NAMED_AT_MOST])
    more = " 等" if len(rows) > ROWS_NAMED_AT_MOST else ""
    text = f"“{column.header}”有 {len(rows)} 个单元格是数字格式（第 {named}{more} 行），"
    text += "看起来没有损坏；"
    text += "若原来以 0 开头，开头的 0 已经丢失，请核对，并把这一列设为文本。"
    reading.problems.append(Problem(rows[0], ProblemCode.TEXT_NUMBER_AS_NUMBER, text))


def duplicates(reading: Reading[R_co]) -> None:
    """Name rows with one key: both refused where they differ, the later one where they agree."""
    key = reading.spec.key
    if not key:
        return
    seen: dict[tuple[object, ...], int] = {}
    gone: set[int] = set()
    for index, row in enumerate(reading.rows):
        value = tuple(getattr(row, name) for name in key)
        first = seen.setdefault(value, index)
        if first == index:
            continue
        source, other = reading.sources[index], reading.sources[first]
        same = source.cells == other.cells
        gone |= {index} if same else {index, first}
        shown_key = "、".join(brief(str(part)) for part in value)
        clause = f"{reading.spec.key_name}「{shown_key}」与第 {other.number} 行重复，"
        clause += "两行内容相同，只取前一行" if same else "内容不同，两行都没有采用，请核对"
        reading.report(source, ProblemCode.DUPLICATE_KEY, clause)
    reading.drop(gone)
