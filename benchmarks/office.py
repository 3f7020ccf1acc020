"""An office of 2,300 teachers to measure on: made up, deterministic, as large as the real one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert

from storage import schema
from storage.database import Database
from storage.tables import accounts, credit_entries, organisations, people, roles

TEACHERS = 2300
NOW = datetime(2021, 7, 12, 0, 25, tzinfo=UTC)
_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"


def furnish(path: Path, teachers: int = TEACHERS) -> Database:
    """A new SQLite office with so many bound teachers, about eight credit entries each."""
    chance = random.Random(20210712)
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    schools = 40
    with database.unit() as unit:
        unit.run(
            insert(organisations),
            {"id": 1, "name": "云溪县教育局", "kind": "county", "path": "/1/", "aliases": []},
        )
        unit.run(
            insert(organisations),
            [
                {
                    "id": n + 2,
                    "parent_id": 1,
                    "name": f"云溪县第{n + 1}小学",
                    "kind": "school",
                    "path": f"/1/{n + 2}/",
                    "aliases": [],
                }
                for n in range(schools)
            ],
        )
        unit.run(
            insert(people),
            [
                {
                    "id": n + 1,
                    "staff_number": f"43{n + 1:06d}",
                    "name": _name(n),
                    "organisation_id": n % schools + 2,
                    "school_stage": "primary",
                    "subject": "语文",
                    "status": "active",
                }
                for n in range(teachers)
            ],
        )
        unit.run(
            insert(roles),
            [
                {"person_id": n + 1, "role": "school_admin", "organisation_id": n + 2}
                for n in range(schools)
            ],
        )
        unit.run(
            insert(accounts),
            [
                {
                    "channel": "wecom",
                    "account": f"teacher{n + 1}",
                    "person_id": n + 1,
                    "bound_at": NOW,
                }
                for n in range(teachers)
            ],
        )
        entries = [_entry(n + 1, k, chance) for n in range(teachers) for k in range(8)]
        unit.run(insert(credit_entries), entries)
    return database


def _name(number: int) -> str:
    family = _FAMILY[number % len(_FAMILY)]
    first = _GIVEN[number // len(_FAMILY) % len(_GIVEN)]
    return family + first + _GIVEN[number // (len(_FAMILY) * len(_GIVEN)) % len(_GIVEN)]


def _entry(person: int, number: int, chance: random.Random) -> dict[str, object]:
    level = ("national", "provincial", "municipal", "county", "school")[number % 5]
    mode = ("face_to_face", "online")[number % 2]
    day = NOW.date() - timedelta(days=chance.randrange(180))
    return {
        "person_id": person,
        "year": 2021,
        "programme": f"研修项目{number}",
        "level": level,
        "mode": mode,
        "class_hours": Decimal(chance.randrange(2, 30)) / 2,
        "status": ("recognised", "recognised", "recognised", "pending")[number % 4],
        "basis": "",
        "reason": "",
        "occurred_on": day,
        "recorded_at": NOW,
    }
