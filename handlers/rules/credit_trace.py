"""What an evaluation of somebody's credits shows: the standing, its parts and every step to it.

Values only; whoever renders them needs to know no rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate

from handlers.rules.credit_entries import Entry, EntryStatus, Level, Mode, category_word
from handlers.rules.credit_rules import CreditRuleSet, Measure, Period

NOTHING = Decimal(0)


class StepKind(StrEnum):
    """Why a figure became another one."""

    ROUNDED = "rounded"
    RECORDED = "recorded"
    NO_RATIO = "no_ratio"
    OUT_OF_CYCLE = "out_of_cycle"
    REJECTED = "rejected"
    EXCLUDED = "excluded"
    PENDING = "pending"
    CAP = "cap"
    OFFSET = "offset"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a figure, in one Chinese sentence.

    `amount` is what it added (negative: cut, in credits; zero: a remark). `rule` names the part of
    the rule set, `clause` where the source says so. `entry_id` is None where several entries are
    concerned; `year` is set for what belongs to one credit year, `programme` for what belongs to
    one.
    """

    kind: StepKind
    amount: Decimal
    text: str
    rule: str = ""
    clause: str = ""
    entry_id: int | None = None
    year: int | None = None
    programme: str = ""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry's way from what the hours give (`raw`) to what counts (`counted`).

    `registered` is the ledger's figure before status, exclusions and caps; `counts` is False
    where status or exclusions keep the entry out altogether.
    """

    entry: Entry
    raw: Decimal
    registered: Decimal
    counted: Decimal
    counts: bool
    steps: tuple[Step, ...]

    @property
    def after(self) -> tuple[Decimal, ...]:
        """The running figure after each of `steps`."""
        return tuple(accumulate((step.amount for step in self.steps), initial=self.raw))[1:]


@dataclass(frozen=True, slots=True)
class CycleSpan:
    """A person's current cycle: first and last day, and the credit years in it."""

    start: date
    end: date
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ThresholdStanding:
    """How one threshold stands; `year` for a yearly one.

    `own` comes from the threshold's own categories, `offset` from another's surplus; `counted` is
    both. `over` is True when the period has ended, so that what is missing stays missing.
    """

    name: str
    per: Period
    year: int | None
    measure: Measure
    everything: bool
    required: Decimal
    own: Decimal
    offset: Decimal
    consequence: str
    clause: str
    over: bool

    @property
    def counted(self) -> Decimal:
        """What counts towards the threshold."""
        return self.own + self.offset

    @property
    def missing(self) -> Decimal:
        """What is still to be earned, zero when met."""
        return max(self.required - self.counted, NOTHING)

    @property
    def surplus(self) -> Decimal:
        """What exceeds the requirement by its own categories."""
        return max(self.own - self.required, NOTHING)

    @property
    def met(self) -> bool:
        """Whether the threshold is reached."""
        return self.counted >= self.required


@dataclass(frozen=True, slots=True)
class YearStanding:
    """One credit year: what is registered and counted, and the yearly requirement.

    `required`, `missing` and `met` speak of the highest yearly requirement on all credits, None
    and met where none applies to this person in this year; `thresholds` holds every yearly
    threshold. `consequence` joins those of the unmet ones.
    """

    year: int
    word: str
    start: date
    end: date
    over: bool
    registered: Decimal
    counted: Decimal
    class_hours: Decimal
    thresholds: tuple[ThresholdStanding, ...]

    @property
    def headline(self) -> ThresholdStanding | None:
        """The yearly threshold on all categories that asks most."""
        return _headline(self.thresholds)

    @property
    def required(self) -> Decimal | None:
        """What the year asks for, in the headline's measure."""
        return self.headline.required if self.headline else None

    @property
    def missing(self) -> Decimal:
        """What the headline still lacks."""
        return self.headline.missing if self.headline else NOTHING

    @property
    def met(self) -> bool:
        """Whether every threshold of the year is met."""
        return all(threshold.met for threshold in self.thresholds)

    @property
    def consequence(self) -> str:
        """The consequences of this year's unmet thresholds, joined."""
        unmet = (item.consequence for item in self.thresholds if not item.met)
        return "；".join(dict.fromkeys(text for text in unmet if text))


@dataclass(frozen=True, slots=True)
class CategoryStanding:
    """One level and mode within the cycle, before and after caps."""

    level: Level
    mode: Mode
    class_hours: Decimal
    registered: Decimal
    counted: Decimal

    @property
    def word(self) -> str:
        """The category in Chinese."""
        return category_word(self.level, self.mode)


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody's credits stand on a day under one version of the rules.

    `total` is the sum of `by_year` and of `by_category`, plus the ROUNDED step without an entry
    where the rule set rounds sums. The raw figures of `lines` plus all of `steps` except
    offsets give the total too. `lines` are in the order in which credits are counted: by credit
    year, date, number.
    """

    rules: CreditRuleSet
    as_of: date
    cycle: CycleSpan
    total: Decimal
    class_hours: Decimal
    by_year: tuple[YearStanding, ...]
    by_category: tuple[CategoryStanding, ...]
    thresholds: tuple[ThresholdStanding, ...]
    pending_total: Decimal
    lines: tuple[EntryLine, ...]
    steps: tuple[Step, ...]

    @property
    def headline(self) -> ThresholdStanding | None:
        """The cycle's threshold on all categories, None where the rules set none."""
        cycle = tuple(item for item in self.thresholds if item.per is Period.CYCLE)
        return _headline(cycle)

    @property
    def current_year(self) -> YearStanding | None:
        """The credit year of `as_of`."""
        now = self.rules.cycle.year_of(self.as_of)
        return next((year for year in self.by_year if year.year == now), None)

    @property
    def rejected(self) -> tuple[EntryLine, ...]:
        """This cycle's rejected entries, with their reasons."""
        return self._with_status(EntryStatus.REJECTED)

    @property
    def pending(self) -> tuple[EntryLine, ...]:
        """This cycle's entries that wait for the audit."""
        return self._with_status(EntryStatus.PENDING)

    def _with_status(self, status: EntryStatus) -> tuple[EntryLine, ...]:
        years = self.cycle.years
        return tuple(
            line for line in self.lines if line.entry.status is status and line.entry.year in years
        )


def _headline(thresholds: tuple[ThresholdStanding, ...]) -> ThresholdStanding | None:
    general = (item for item in thresholds if item.everything)
    return max(general, key=lambda item: item.required, default=None)
