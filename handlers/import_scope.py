"""How far a person's administration reaches, for what comes in and goes out as files."""

from __future__ import annotations

from handlers.contract import Turn
from handlers.permissions import Role
from storage.people import People


def scope_of(turn: Turn) -> tuple[str, ...] | None:
    """The branches that the asker administers; None where that is the whole office."""
    if Role.COUNTY_ADMIN in turn.asker.roles:
        tops = {each.path for each in People(turn.unit).organisations() if each.parent_id is None}
        if tops <= set(turn.asker.scopes):
            return None
    return turn.asker.scopes
