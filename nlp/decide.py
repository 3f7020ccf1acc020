"""From margins to a decision: who may mean what, how sure it is, and what to offer instead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# In margins of the scorer, chosen with one hand left out at a time (docs/understanding.md):
# somebody who may not do a thing rarely means it; somebody with an office role mostly means office
# matters; and of all that people write, more is out of scope than of our examples.
OUTSIDE_ROLE = 1.0
TEACHERS_MATTER = 0.4
OUT_OF_SCOPE = 0.12
# In probabilities, from the same runs: readings at 0.55 were right in three of five cases, and of
# those below 0.17 nearly none.
SURE = 0.55
SURE_TO_ACT = 0.7
AHEAD = 0.35
NOTHING = 0.17
OFFERED = 3
FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Intents by probability, the likeliest first; never empty."""

    names: tuple[str, ...]
    chances: tuple[float, ...]

    @property
    def second(self) -> str | None:
        """The runner-up."""
        return self.names[1] if len(self.names) > 1 else None

    def is_sure(self, acting: bool) -> bool:
        """Whether the first may be taken without asking back."""
        best, next_best = (*self.chances, 0.0)[:2]
        if acting:
            return best >= SURE_TO_ACT
        return best >= SURE or best - next_best >= AHEAD

    def offers(self) -> tuple[str, ...]:
        """The likeliest intents that can be offered as buttons."""
        return tuple(name for name in self.names if name != FALLBACK)[:OFFERED]

    def led_by(self, name: str) -> Ranking:
        """The same with another intent first, in exchange with the present first."""
        names = list(self.names)
        place = names.index(name)
        names[0], names[place] = names[place], names[0]
        return Ranking(tuple(names), self.chances)


class Ranker:
    """Ranks the scorer's intents. Only those in `allowed` (name to the roles that may use it, none
    for everybody) are ranked."""

    def __init__(
        self, intents: Sequence[str], temperature: float, allowed: Mapping[str, frozenset[str]]
    ) -> None:
        self._kept = [(index, name) for index, name in enumerate(intents) if name in allowed]
        self._temperature = temperature
        roles = {role for may in allowed.values() for role in may}
        self._prior = {role: self._prior_of(role, allowed) for role in sorted(roles)}
        self._nobody = self._prior_of("", allowed)

    def _prior_of(self, role: str, allowed: Mapping[str, frozenset[str]]) -> list[float]:
        return [
            OUT_OF_SCOPE * (name == FALLBACK) - _pushed_back(allowed[name], role)
            for _, name in self._kept
        ]

    def rank(
        self, margins: Sequence[float], role: str, evidence: Mapping[str, float] | None = None
    ) -> Ranking:
        """Softmax of the margins with what the role hardly means pushed back.

        `evidence` adds to the margin of single intents (a code in the message).
        """
        prior = self._prior.get(role, self._nobody)
        scored = [
            (margins[index] + extra, name)
            for (index, name), extra in zip(self._kept, prior, strict=True)
        ]
        if evidence:
            scored = [(value + evidence.get(name, 0.0), name) for value, name in scored]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        top, factor, exp = scored[0][0], self._temperature, math.exp
        powers = [exp(factor * (value - top)) for value, _ in scored]
        total = sum(powers)
        return Ranking(tuple(name for _, name in scored), tuple(one / total for one in powers))


def _pushed_back(roles: frozenset[str], role: str) -> float:
    if not roles:
        return 0.0
    if role not in roles:
        return OUTSIDE_ROLE
    own_matter = "teacher" in roles and "guest" not in roles
    return TEACHERS_MATTER if own_matter and role not in ("teacher", "guest") else 0.0
