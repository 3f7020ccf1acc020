"""How far an export may see: the branches of the tree or the classes of whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from storage.people import in_branches
from storage.tables import training_classes


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be seen: people of these branches, records of these classes; None: all."""

    branches: tuple[str, ...] | None = None
    classes: tuple[int, ...] | None = None


EVERYTHING = Reach()


def seen(statement: Select[Any], reach: Reach) -> Select[Any]:
    """People within reach; the statement must join organisations."""
    return statement if reach.branches is None else statement.where(in_branches(reach.branches))


def taught(statement: Select[Any], reach: Reach) -> Select[Any]:
    """Classes within reach; the statement must join training_classes."""
    if reach.classes is None:
        return statement
    return statement.where(training_classes.c.id.in_(reach.classes))
