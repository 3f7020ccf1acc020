"""The dry run's report in Chinese: counts first, then problems by row, then each line.

For the terminal and for the file that is sent in a chat. Knows no channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storage.imports.changes import Changes, Finding, ImportResult, Line
from storage.imports.loaders import title_of


def counts(changes: Changes) -> str:
    """新增 3 人，改动 1 人，未在表中 2 人，不变 20 人；有问题、不导入 1 行."""
    unit = changes.unit_word
    parts = [f"新增 {len(changes.adds)} {unit}", f"改动 {len(changes.changes)} {unit}"]
    if changes.leavers:
        parts.append(f"原有而表里没有 {len(changes.leavers)} {unit}")
    parts.append(f"不变 {changes.unchanged} {unit}")
    text = "，".join(parts)
    return f"{text}；有错误 {len(changes.errors)} 处" if changes.errors else text


def saved_counts(result: ImportResult) -> str:
    """What was saved, in one line."""
    unit = result.unit_word
    text = f"新增 {result.added} {unit}，改动 {result.changed} {unit}"
    return f"{text}，标为离开 {result.left} {unit}" if result.left else text


def full_text(changes: Changes) -> str:
    """Everything, a line each."""
    return "\n".join(_lines(changes))


def _lines(changes: Changes) -> Iterator[str]:
    yield f"{title_of(changes.kind)}：{counts(changes)}"
    yield from _findings("错误（这些行不导入，请改后重新导入）", _by_row(changes.errors))
    yield from _findings("提示（已按说明处理，请核对）", changes.notes)
    yield from _section("新增", changes.adds)
    yield from _section("改动", changes.changes)
    yield from _section("原有而表里没有", changes.leavers)


def _findings(title: str, findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        yield f"\n{title}：{len(findings)} 处"
        yield from (finding.message for finding in findings)


def _section(title: str, lines: Sequence[Line]) -> Iterator[str]:
    if lines:
        yield f"\n{title}：{len(lines)}"
        for line in lines:
            yield f"第 {line.row} 行：{line.words}" if line.row else line.words


def _by_row(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.row or 0)
