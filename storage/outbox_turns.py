"""In which order due messages leave: a person's own answers first, and people take turns.

Where a platform lets only thirty leave a minute, whoever has thousands waiting must not stand
before everybody else. Pure: rows in, an order out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Protocol, TypeVar


class Waiting(Protocol):
    """What the order is made of."""

    @property
    def account(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def purpose(self) -> str: ...


W = TypeVar("W", bound=Waiting)
ANSWER = "answer"


def in_turns(rows: Iterable[W]) -> list[W]:
    """Rows that come oldest first, in the order in which they leave.

    Answers before everything else; within each, everybody's first, then everybody's second…;
    whoever waits longer goes first, and one account's messages keep their order.
    """
    answers: list[tuple[int, W]] = []
    others: list[tuple[int, W]] = []
    taken: dict[tuple[bool, Hashable], int] = {}
    for row in rows:
        own = row.purpose == ANSWER
        turn = taken.get((own, _who(row)), 0)
        taken[own, _who(row)] = turn + 1
        (answers if own else others).append((turn, row))
    return [row for part in (answers, others) for _, row in _sorted(part)]


def _who(row: Waiting) -> Hashable:
    """All accounts of a person are one; what goes to a group is the group's."""
    if row.person_id is not None and row.place == "private":
        return row.person_id
    return (row.place, row.account)


def _sorted(part: Sequence[tuple[int, W]]) -> list[tuple[int, W]]:
    return sorted(part, key=lambda each: each[0])  # stable: the oldest first within a turn
