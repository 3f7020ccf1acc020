"""Who can be played on the page, and which hints stand under the input; handed in from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from simulator.wecom.state import Corp


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the fake corp as the page lists them, grouped by `role_label`."""

    userid: str
    name: str
    role_label: str
    unit: str = ""


class World(Protocol):
    """What the page asks of whoever mounts it; asked again with each look at the list."""

    def people(self) -> Sequence[Person]:
        """Everybody who can be played, in the order of the list."""
        ...

    def hints(self) -> Sequence[str]:
        """Short texts offered under the input."""
        ...

    def first(self) -> str:
        """The userid of whoever is open at first, "" for the first of the list."""
        ...


@dataclass(frozen=True, slots=True)
class StaticWorld:
    """A fixed list."""

    listed: Sequence[Person]
    offered: Sequence[str] = field(default_factory=tuple)

    def people(self) -> Sequence[Person]:
        return self.listed

    def hints(self) -> Sequence[str]:
        return self.offered

    def first(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class CorpWorld:
    """All members of a corp, grouped by their position: for the fake started alone."""

    corp: Corp
    offered: Sequence[str] = field(default_factory=tuple)

    def people(self) -> Sequence[Person]:
        return [
            Person(
                member.userid,
                member.name,
                member.position or "成员",
                self.corp.departments[member.departments[0]].name,
            )
            for member in self.corp.members.values()
        ]

    def hints(self) -> Sequence[str]:
        return self.offered

    def first(self) -> str:
        return ""
