"""From margins to a decision: who may mean what, how sure it is, and what to offer instead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# In margins of the scorer, chosen with one hand left out at a time (docs/understanding.md):
# somebody who may not do a thing rarely means it; somebody with an office role mostly means office
# matters; and of all that people write, more is out of scope than of our examples.
OUTSIDE_ROLE = 0.8
TEACHERS_MATTER = 0.4
OUT_OF_SCOPE = 0.12
SURE = 0.5
SURE_TO_ACT = 0.6
AHEAD = 0.15
NOTHING = 0.16
OFFERED = 3
FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Intents by probability, the likeliest first."""

    names: tuple[str, ...]
    chances: tuple[float, ...]

    def chance(self, name: str) -> float:
        """The probability of one intent; 0 when it is not ranked."""
        return self.chances[self.names.index(name)] if name in self.names else 0.0


def rank(
    intents: Sequence[str],
    margins: Sequence[float],
    temperature: float,
    allowed: Mapping[str, frozenset[str]],
    role: str,
) -> Ranking:
    """Softmax of the margins with what the role hardly means pushed back."""
    adjusted = [
        margin
        - _pushed_back(allowed.get(name, frozenset()), role)
        + OUT_OF_SCOPE * (name == FALLBACK)
        for name, margin in zip(intents, margins, strict=True)
    ]
    top = max(adjusted)
    powers = [math.exp(temperature * (one - top)) for one in adjusted]
    total = sum(powers)
    order = sorted(range(len(intents)), key=lambda i: (-adjusted[i], intents[i]))
    return Ranking(tuple(intents[i] for i in order), tuple(powers[i] / total for i in order))


def _pushed_back(roles: frozenset[str], role: str) -> float:
    if not roles:
        return 0.0
    if role not in roles:
        return OUTSIDE_ROLE
    own_matter = "teacher" in roles and "guest" not in roles
    return TEACHERS_MATTER if own_matter and role not in ("teacher", "guest") else 0.0


def is_sure(ranking: Ranking, acting: bool) -> bool:
    """Whether the first may be taken without asking back."""
    best, next_best = ranking.chances[0], ranking.chances[1]
    return best >= (SURE_TO_ACT if acting else SURE) or best - next_best >= 2 * AHEAD


def offers(ranking: Ranking) -> tuple[str, ...]:
    """The likeliest intents that can be offered as buttons."""
    return tuple(name for name in ranking.names if name != FALLBACK)[:OFFERED]
