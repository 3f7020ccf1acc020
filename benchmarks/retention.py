"""What letting go of old rows costs whoever writes meanwhile: the pauses, and how they grow.

Run: python -m benchmarks.retention [--url URL] [--rows N …]. For each size it fills an office with
message ids and answers that are due, sweeps them a step at a time, and writes one row between two
steps as a turn does. Prints milliseconds, and as ratios how the longest step grew with the rows.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from storage import schema
from storage.database import Database
from storage.outbox_values import BatchStatus, DeliveryStatus
from storage.retention import STEP, steps
from storage.tables import deliveries, delivery_batches, seen_messages

NOW = datetime(2021, 7, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=3)
AT_ONCE = 10_000
ANSWERS = 10  # one answer on so many ids


def fill(database: Database, rows: int) -> None:
    """So many ids to forget, a tenth as many answers to blank, as many that are blank already."""
    for start in range(0, rows, AT_ONCE):
        with database.unit() as unit:
            unit.run(
                insert(seen_messages),
                [
                    {"channel": "wecom", "message_id": f"{n:09}", "at": OLD, "unfinished": None}
                    for n in range(start, min(rows, start + AT_ONCE))
                ],
            )
    for start in range(0, 2 * rows // ANSWERS, AT_ONCE):
        some = range(start, min(2 * rows // ANSWERS, start + AT_ONCE))
        with database.unit() as unit:
            unit.run(insert(delivery_batches), [_call(n) for n in some])
            unit.run(insert(deliveries), [_answer(n, rows // ANSWERS) for n in some])


def _call(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "channel": "wecom",
        "request": {"text": "绑定码 482913"},
        "status": BatchStatus.SETTLED,
        "owner": "bench",
        "lease_until": OLD,
        "frozen_at": OLD,
    }


def _answer(number: int, due: int) -> dict[str, object]:
    return {
        "unique_key": f"a{number}",
        "channel": "wecom",
        "account": f"{number:06}",
        "purpose": "answer",
        "body": {"text": "绑定码 482913", "files": []},
        "status": DeliveryStatus.SENT,
        "not_before": OLD,
        "queued_at": OLD,
        "settled_at": OLD,
        "batch_id": number + 1,
        "blanked": number >= due,
    }


def sweep(database: Database) -> tuple[list[float], list[float]]:
    """Milliseconds of each step, and of a turn's write right after it."""
    took, waited = [], []
    for _name, step in steps(NOW):
        while True:
            begun = time.perf_counter()
            with database.unit() as unit:
                taken = step(unit)
            took.append((time.perf_counter() - begun) * 1000)
            begun = time.perf_counter()
            with database.unit() as unit:
                unit.run(
                    insert(seen_messages),
                    {
                        "channel": "turn",
                        "message_id": str(len(took)),
                        "at": NOW,
                        "unfinished": None,
                    },
                )
            waited.append((time.perf_counter() - begun) * 1000)
            if taken < STEP:
                break
    return took, waited


def main() -> None:
    """Print a line for each size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="")
    options.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    given = options.parse_args()
    first: float | None = None
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(given.url or f"sqlite:///{Path(folder) / 'office.sqlite'}")
            schema.upgrade(database)
            fill(database, rows)
            took, waited = sweep(database)
            database.close()
        tail = statistics.quantiles(took, n=1000)[-1]
        first = first or tail
        print(
            f"{rows:>9,} ids: {len(took):>5} steps, median {statistics.median(took):.1f} ms, "
            f"99.9 % {tail:.1f} ms, longest {max(took):.1f} ms "
            f"({tail / first:.1f} × of the first size); "
            f"a write after one: median {statistics.median(waited):.1f} ms, "
            f"longest {max(waited):.1f} ms"
        )


if __name__ == "__main__":
    main()
