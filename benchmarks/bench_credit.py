"""What 我的学分 costs below the channel: two queries, the evaluation and the words.

Run: python -m benchmarks.bench_credit [--url URL] [--entries N]. Prints µs a turn, median of
rounds, beside the same turn's queries and evaluation alone.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert

from handlers import credit
from handlers.contract import SHANGHAI, Asker, OfficeFacts, Place, Turn
from handlers.permissions import Role
from handlers.rules.credit import evaluate
from handlers.rules.shipped import default_rule_set
from handlers.slots import Slots
from storage.credits import Credits
from storage.database import Database
from storage.rule_sets import RuleSets
from storage.tables import credit_entries, metadata, organisations, people
from storage.unit import Unit

NOW = datetime(2021, 7, 12, 8, 25, tzinfo=SHANGHAI)
TEACHERS = 2300
ROUNDS = 7
TURNS = 1000


def fill(database: Database, entries: int) -> None:
    """2,300 teachers of one school, each with the same number of entries."""
    chance = random.Random(7)
    with database.unit() as unit:
        school = {"name": "城关小学", "kind": "school", "path": "/1/", "aliases": []}
        unit.run(insert(organisations), school)
        unit.run(
            insert(people),
            [
                {
                    "staff_number": f"{n:05}",
                    "name": f"教师{n}",
                    "organisation_id": 1,
                    "status": "active",
                    "joined_on": date(2010, 9, 1),
                }
                for n in range(1, TEACHERS + 1)
            ],
        )
        unit.run(
            insert(credit_entries),
            [
                {
                    "person_id": n,
                    "year": 2021,
                    "programme": f"培训项目{chance.randrange(40)}",
                    "level": chance.choice(("national", "municipal", "county", "school")),
                    "mode": chance.choice(("online", "face_to_face", "school_based")),
                    "class_hours": Decimal(chance.randrange(1, 40)),
                    "credits": None,
                    "status": "recognised",
                    "basis": "",
                    "reason": "",
                    "occurred_on": date(2021, 1 + chance.randrange(6), 10),
                    "recorded_at": NOW,
                }
                for n in range(1, TEACHERS + 1)
                for _ in range(entries)
            ],
        )


def turn(unit: Unit, person: int) -> Turn:
    """One teacher's 我的学分."""
    asker = Asker(
        channel="wecom",
        account=f"{person}",
        person_id=person,
        name="教师",
        staff_number=f"{person:05}",
        organisation_id=1,
        organisation="城关小学",
        joined_on=date(2010, 9, 1),
        roles=frozenset({Role.TEACHER}),
    )
    return Turn(
        unit=unit,
        now=NOW,
        asker=asker,
        place=Place(),
        intent="credit.summary",
        slots=Slots(),
        text="我的学分",
        office=OfficeFacts(),
        chance=random.Random(1),
    )


def measure(database: Database, work: Callable[[Unit, int], object]) -> float:
    """Microseconds of one unit of work, the median of some rounds."""
    chance = random.Random(3)
    rounds = []
    for _ in range(ROUNDS):
        who = [chance.randrange(1, TEACHERS + 1) for _ in range(TURNS)]
        start = time.perf_counter()
        for person in who:
            unit = database.open_unit()
            work(unit, person)
            unit.release(keep=True)
        rounds.append((time.perf_counter() - start) / TURNS * 1e6)
    return statistics.median(rounds)


def run(url: str, entries: int) -> None:
    """Fill, warm up, measure, print."""
    database = Database(url)
    metadata.create_all(database.engine)
    fill(database, entries)
    with database.unit() as unit:
        sample = [e for row in Credits(unit).ledger(7).entries() if (e := credit._entry(row))]
    rules = default_rule_set()
    works: tuple[tuple[str, Callable[[Unit, int], object]], ...] = (
        ("asked again", lambda unit, n: credit.summary(turn(unit, n))),
        ("asked first", _afresh),
        ("query: entries", lambda unit, n: Credits(unit).ledger(n)),
        ("query: rule sets", lambda unit, n: RuleSets(unit).reaching(1)),
        ("evaluation", lambda unit, n: evaluate(sample, rules, on=NOW.date())),
    )
    for name, work in works:
        measure(database, work)
        print(f"{name:18} {measure(database, work):8.1f} µs  ({entries} entries a teacher)")
    database.close()


def _afresh(unit: Unit, person: int) -> object:
    credit._ledger.cache_clear()
    credit._overview.cache_clear()
    return credit.summary(turn(unit, person))


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="")
    parser.add_argument("--entries", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(given.url or f"sqlite:///{Path(folder) / 'bench.sqlite'}", given.entries)


if __name__ == "__main__":
    main()
