"""What was asked and what was sent in the hour, and what must have become of it.

Judges by what stands on people's screens and in the database; says what is wrong in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.channels.wecom.again import LOST
from bot.desk import PLEASE_WAIT
from simulator.common.acting import Delivery
from storage.database import Database
from storage.outbox_values import DeliveryStatus
from storage.pauses import Pauses
from storage.tables import audit, deliveries, seen_messages
from tests.chaos.town import SIDES, Person, Town

FINAL = {
    DeliveryStatus.SENT: (1, 1),
    # nobody knows: at most once all the same, because it is never sent again
    DeliveryStatus.UNKNOWN: (0, 1),
    DeliveryStatus.REJECTED: (0, 0),
    DeliveryStatus.DEAD: (0, 0),
    DeliveryStatus.PARKED: (0, 0),
    DeliveryStatus.CANCELLED: (0, 0),
}


@dataclass(slots=True)
class Ask:
    """One message of a person. `mark` stands in it and in the answer, and nowhere else."""

    mark: str
    person: Person
    channel: str  # wecom, wecom_bot, qq, onebot
    group: bool
    public: bool
    told: Delivery | None = None
    # something went wrong on its way that the platform cannot make good
    disturbed: bool = False

    @property
    def side(self) -> str:
        """The platform."""
        return "wecom" if self.channel == "wecom_bot" else self.channel


@dataclass(slots=True)
class Notice:
    """One delivery that an officer's notice made."""

    mark: str
    side: str
    person: Person | None  # None: the class's group
    key: str


@dataclass(slots=True)
class Ledger:
    """Everything that was begun."""

    asks: list[Ask] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    def judge(self, town: Town, database: Database) -> list[str]:
        """What is wrong, a sentence each."""
        found = [*self._answers(town, database), *self._strays(town)]
        return [*found, *self._sent(town, database), *self._left_over(town, database)]

    def _answers(self, town: Town, database: Database) -> Iterator[str]:
        with database.unit() as unit:
            turns = Counter(str(row.detail["mark"]) for row in unit.rows(_TURNS))
            rows = unit.rows(select(deliveries.c.status, deliveries.c.body, deliveries.c.purpose))
        unsure = [
            str(row.body)
            for row in rows
            if row.purpose == "answer" and row.status != DeliveryStatus.SENT
        ]
        for ask in self.asks:
            seen = self._seen(town, ask.person, f"答{ask.mark}。")
            if seen > 1 or turns[ask.mark] > 1:
                yield f"{ask} was answered {seen} times in {turns[ask.mark]} turns"
            if seen:
                self.tally[f"{ask.channel} answered"] += 1
            elif ask.told is not None and LOST in ask.told.passive_reply:
                self.tally[f"{ask.channel} told that the answer was lost"] += 1
            elif any(f"答{ask.mark}。" in body for body in unsure):
                self.tally[f"{ask.channel} answer listed as not sent"] += 1
            elif _must(ask):
                yield f"{ask} was not answered ({turns[ask.mark]} turns)"
            else:
                self.tally[f"{ask.channel} not heard"] += 1

    def _strays(self, town: Town) -> Iterator[str]:
        """Somebody else's answers, and personal ones in front of a class."""
        by_mark = {ask.mark: ask for ask in self.asks}
        chats = {side: chat for side, (chat, _) in town.groups.items()}
        for person in town.people:
            for side, account in person.accounts.items():
                for each in town.screen(side, account):
                    for mark in _marks(each.words, "答"):
                        ask = by_mark[mark]
                        shared = each.chat == chats[side]
                        if shared and not ask.public:
                            yield f"{ask} was answered in the group"
                        if not shared and ask.person is not person:
                            yield f"{person.name} read the answer to {ask}"

    def _seen(self, town: Town, person: Person, words: str) -> int:
        return sum(
            words in each.words
            for side, account in person.accounts.items()
            for each in town.screen(side, account)
        )

    def _sent(self, town: Town, database: Database) -> Iterator[str]:
        with database.unit() as unit:
            rows = unit.rows(select(deliveries).where(deliveries.c.unique_key.like("chaos:%")))
        by_key = {row.unique_key: row for row in rows}
        for notice in self.notices:
            row = by_key[notice.key]
            status = DeliveryStatus(row.status)
            self.tally[f"{notice.side} notice {status.value}"] += 1
            if status not in FINAL:
                yield f"{notice} is still {status.value}: {row.error}"
                continue
            least, most = FINAL[status]
            count = self._shown(town, notice)
            if not least <= count <= most:
                yield f"{notice} is {status.value} ({row.error}) and was shown {count} times"

    def _shown(self, town: Town, notice: Notice) -> int:
        chat = town.groups[notice.side][0]
        if notice.person is not None:
            account = notice.person.accounts[notice.side]
            return sum(
                notice.mark in each.words and each.chat != chat
                for each in town.screen(notice.side, account)
            )
        # everybody in the group sees the same
        counts = {
            sum(
                notice.mark in each.words
                for each in town.screen(notice.side, person.accounts[notice.side])
                if each.chat == chat
            )
            for person in town.people
            if notice.side in person.accounts
        }
        return max(counts)

    def _left_over(self, town: Town, database: Database) -> Iterator[str]:
        now = town.clock.now()
        with database.unit() as unit:
            for status in (DeliveryStatus.CLAIMED, DeliveryStatus.QUEUED):
                stuck = unit.rows(
                    select(deliveries.c.channel, deliveries.c.error, deliveries.c.purpose).where(
                        deliveries.c.status == status
                    )
                )
                yield from (f"stuck in {status.value}: {tuple(row)}" for row in stuck)
            yield from (f"still silent: {each}" for each in Pauses(unit).now(now))
            promised = unit.rows(
                select(seen_messages.c.channel).where(seen_messages.c.unfinished.is_not(None))
            )
            yield from (f"a promise was not kept on {row.channel}" for row in promised)
        for drop in town.stage.fake.drops:
            yield f"dropped in silence: {drop}"
        for side in SIDES:
            waits = sum(
                PLEASE_WAIT in each.words
                for person in town.people
                if side in person.accounts
                for each in town.screen(side, person.accounts[side])
            )
            self.tally[f"{side} asked to wait"] += waits


_TURNS = select(audit.c.detail).where(audit.c.intent == "chaos")


def _must(ask: Ask) -> bool:
    """Whether we acknowledged it: on a connection nothing does, it may die with any message."""
    assert ask.told is not None, "still being told"
    return ask.channel == "wecom" and ask.told.ok and not ask.disturbed


def _marks(words: str, before: str) -> list[str]:
    return [part.split("。")[0] for part in words.split(before)[1:] if part.startswith("#")]
