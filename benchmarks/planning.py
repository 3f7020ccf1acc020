"""What planning a notice costs: for 2,300 teachers, and for a city's 60,000.

Run: python -m benchmarks.planning [--url URL] [--people N …]. Prints seconds, the median of some
rounds, and as ratios what planning and approving cost beside reading the same people's accounts
once and beside planning each person alone.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from handlers.contract import SHANGHAI, Asker, OfficeFacts, Place, Turn
from handlers.dispatch import dispatch
from handlers.permissions import Role
from handlers.planning import plan
from handlers.preview import draft_preview
from handlers.reach import routes_to
from handlers.slots import Slots
from handlers.ways import Capabilities, Ways
from handlers.wishes import Wishes
from storage.audience import Audience, Audiences
from storage.database import Database
from storage.notices import Notices
from storage.scope import Scope
from storage.tables import accounts, metadata, organisations, people, reachability
from storage.unit import Unit

NOW = datetime(2021, 7, 12, 8, 25, tzinfo=SHANGHAI)
ROUNDS = 5
ALONE = 500
WAYS: Ways = {
    "wecom": Capabilities(
        push=True,
        groups=False,
        buttons=6,
        text_bytes=2048,
        files=True,
        recipients=1000,
        realm="wecom",
        per_minute=10_000,
        per_receiver=30,
    ),
    "wecom_socket": Capabilities(
        push=True,
        groups=True,
        buttons=6,
        text_bytes=20_480,
        files=True,
        realm="wecom",
        group_push=True,
        needs_talk=True,
    ),
    "qq": Capabilities(
        push=True,
        groups=True,
        buttons=0,
        text_bytes=5400,
        files=True,
        realm="qq",
        group_push=True,
        may_refuse=True,
        per_minute=30,
    ),
}
EVERYBODY = Audience(("/1/",))


def fill(database: Database, count: int) -> None:
    """So many teachers of 40 schools: WeCom for nine of ten, QQ for a third, half of it refused."""
    chance = random.Random(7)
    accounts_of: list[dict[str, object]] = []
    known: list[dict[str, object]] = []
    for n in range(1, count + 1):
        if chance.random() < 0.9:
            accounts_of.append(_account("wecom", n))
        if chance.random() < 0.33:
            accounts_of.append(_account("qq", n))
            refused = chance.random() < 0.5
            known.append(_reach("qq", n, refused=refused))
        if chance.random() < 0.2:
            known.append(_reach("wecom_socket", n, refused=False))
    with database.unit() as unit:
        county = {"id": 1, "name": "云溪县教育局", "kind": "county", "path": "/1/", "aliases": []}
        unit.run(insert(organisations), county)
        unit.run(
            insert(organisations),
            [
                {
                    "id": n + 2,
                    "parent_id": 1,
                    "name": f"第{n + 1}小学",
                    "kind": "school",
                    "path": f"/1/{n + 2}/",
                    "aliases": [],
                }
                for n in range(40)
            ],
        )
        unit.run(
            insert(people),
            [
                {
                    "id": n,
                    "staff_number": f"{n:06}",
                    "name": f"教师{n}",
                    "organisation_id": n % 40 + 2,
                    "status": "active",
                }
                for n in range(1, count + 1)
            ],
        )
        unit.run(insert(accounts), accounts_of)
        unit.run(insert(reachability), known)


def _account(realm: str, person: int) -> dict[str, object]:
    return {"channel": realm, "account": f"{person:06}", "person_id": person, "bound_at": NOW}


def _reach(channel: str, person: int, *, refused: bool) -> dict[str, object]:
    return {
        "channel": channel,
        "place": "private",
        "account": f"{person:06}",
        "heard_at": None if refused else NOW - timedelta(days=3),
        "refused_at": NOW if refused else None,
        "refused_why": "对方不接收主动消息" if refused else "",
    }


def turn(unit: Unit) -> Turn:
    """An officer's, of the whole county."""
    asker = Asker(
        channel="wecom",
        account="000001",
        person_id=1,
        organisation_id=1,
        roles=frozenset({Role.COUNTY_ADMIN}),
        scope=Scope(1, offices=("/1/",)),
    )
    return Turn(
        unit=unit,
        now=NOW,
        asker=asker,
        scope=asker.scope,
        place=Place(),
        intent="notice.draft",
        slots=Slots(),
        text="",
        office=OfficeFacts(ways=WAYS),
        chance=random.Random(1),
    )


def _accounts_only(unit: Unit) -> None:
    Audiences(unit).held(EVERYBODY, ("wecom", "qq"))


def _plan(unit: Unit) -> None:
    plan(unit, EVERYBODY, WAYS, NOW)


def _preview(unit: Unit) -> None:
    draft_preview(turn(unit), "周五下午两点集中。", EVERYBODY, "全体在职教师")


def _send(unit: Unit) -> None:
    asked = turn(unit)
    draft_preview(asked, "周五下午两点集中。", EVERYBODY, "全体在职教师")
    notice = Notices(unit).latest_draft(1, NOW)
    assert notice is not None
    dispatch(asked, notice, plan(unit, EVERYBODY, WAYS, NOW), Wishes())


def _alone(unit: Unit) -> None:
    for person in range(1, ALONE + 1):
        routes_to(unit, person, WAYS, NOW)


def seconds(database: Database, work: Callable[[Unit], None]) -> float:
    """The median of some rounds; what was written is undone."""
    rounds = []
    for _ in range(ROUNDS):
        unit = database.open_unit()
        start = time.perf_counter()
        work(unit)
        rounds.append(time.perf_counter() - start)
        unit.release(keep=False)
    return statistics.median(rounds)


def measure(url: str, count: int) -> None:
    """One office of so many people."""
    database = Database(url)
    metadata.create_all(database.engine)
    fill(database, count)
    floor = seconds(database, _accounts_only)
    planned, shown, sent = (seconds(database, each) for each in (_plan, _preview, _send))
    alone = seconds(database, _alone) / ALONE * count
    print(f"{count} people, {database.dialect}")
    print(f"  accounts read once      {floor:8.3f} s   1.0")
    for name, took in (("planned", planned), ("previewed", shown), ("approved and queued", sent)):
        print(f"  {name:<22}  {took:8.3f} s   {took / floor:.1f}")
    print(f"  planned one by one      {alone:8.3f} s   {alone / floor:.1f} (from {ALONE})")
    database.close()


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", help="an empty database; a new SQLite file for each by default")
    options.add_argument("--people", type=int, nargs="+", default=[2300, 60_000])
    chosen = options.parse_args()
    for count in chosen.people:
        with tempfile.TemporaryDirectory() as folder:
            measure(chosen.url or f"sqlite:///{Path(folder) / 'office.sqlite'}", count)


if __name__ == "__main__":
    main()
