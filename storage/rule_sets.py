"""The credit rule sets that organisations adopted, as the text they handed in.

Knows which of them reach a person through the tree; what they say is for handlers.rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, literal, or_, select

from storage.prepared import Prepared
from storage.tables import credit_rule_sets, organisations
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class AdoptedRuleSet:
    """One adopted version. `depth` grows towards the person's own organisation; 0: the office."""

    id: int
    version: str
    body: str
    depth: int
    adopted_at: datetime


_own = organisations.alias("own")
_REACHING = Prepared(
    select(
        credit_rule_sets.c.id,
        credit_rule_sets.c.version,
        credit_rule_sets.c.body,
        func.coalesce(func.length(organisations.c.path), 0).label("depth"),
        credit_rule_sets.c.adopted_at,
    )
    .outerjoin(organisations, credit_rule_sets.c.organisation_id == organisations.c.id)
    .where(
        or_(
            credit_rule_sets.c.organisation_id.is_(None),
            select(_own.c.path)
            .where(_own.c.id == bindparam("organisation_id"))
            .scalar_subquery()
            .like(organisations.c.path.concat(literal("%"))),
        )
    )
    .order_by(credit_rule_sets.c.id)
)


class RuleSets:
    """Adopting and finding credit rule sets."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def reaching(self, organisation_id: int) -> tuple[AdoptedRuleSet, ...]:
        """What this organisation and those above it adopted, in the order of adoption."""
        rows = self._unit.rows(_REACHING, {"organisation_id": organisation_id})
        return tuple(AdoptedRuleSet(*row) for row in rows)

    def adopt(self, organisation_id: int | None, version: str, body: str, now: datetime) -> bool:
        """Keep a version for a branch (None: the whole office); False where it is there already."""
        if organisation_id is None and self._office_has(version):
            return False
        return bool(
            self._unit.insert_new(
                credit_rule_sets,
                {
                    "organisation_id": organisation_id,
                    "version": version,
                    "body": body,
                    "adopted_at": now,
                },
            )
        )

    def _office_has(self, version: str) -> bool:
        """A unique constraint never finds two NULLs equal, so the writer's lock must do."""
        self._unit.lock()
        return (
            self._unit.row(
                select(credit_rule_sets.c.id).where(
                    credit_rule_sets.c.organisation_id.is_(None),
                    credit_rule_sets.c.version == version,
                )
            )
            is not None
        )
