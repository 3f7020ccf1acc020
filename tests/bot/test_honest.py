"""What the bot says of itself and to people while it cannot keep anything: the true cause."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from bot import readiness
from bot.app import Application, SchemaError
from bot.channels.session import Session, heard_date
from bot.checks.database import check_database
from bot.checks.values import Mark
from bot.clock import SystemClock
from bot.clock_watch import HEARINGS, ClockWatch
from bot.scheduler import Ticker
from storage.database import Database
from storage.faults import Fault
from storage.keeping import files_of, loose
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from storage.tables import seen_messages
from tests.bot.worlds import NOW, World, message


def file_of(world: World) -> Path:
    """The database's file."""
    file = world.application.database.file
    assert file is not None
    return file


def fill(world: World) -> None:
    """No page more than there are: SQLITE_FULL, as a full disk gives it."""
    lane = world.application.database.lane
    link = lane.enter()
    lane.leave(keep=True, saved=None)
    lane.flush()
    (pages,) = link.driver.execute("PRAGMA page_count").fetchone()
    link.driver.execute(f"PRAGMA max_page_count={pages}")


def only_read(world: World) -> None:
    """The writer may write no more: SQLITE_READONLY, as on a disk mounted so."""
    lane = world.application.database.lane
    link = lane.enter()
    lane.leave(keep=True, saved=None)
    lane.flush()
    link.driver.execute("PRAGMA query_only=ON")


def delete(world: World) -> None:
    """Somebody tidies up."""
    file_of(world).unlink()


def replace(world: World) -> None:
    """A backup is copied over the file that is in use, the wrong way."""
    file = file_of(world)
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    copy.replace(file)


def delete_log(world: World) -> None:
    """The log beside it, which looks like rubbish."""
    Path(f"{file_of(world)}-wal").unlink()


def spoil(world: World) -> None:
    """The disk forgets: every page but the first is noise."""
    lane = world.application.database.lane
    link = lane.enter()
    lane.leave(keep=True, saved=None)
    lane.flush()
    link.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file_of(world).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


BREAKS: dict[str, tuple[Callable[[World], None], Fault]] = {
    "full": (fill, Fault.FULL),
    "read only": (only_read, Fault.READ_ONLY),
    "deleted": (delete, Fault.GONE),
    "replaced": (replace, Fault.GONE),
    "log deleted": (delete_log, Fault.GONE),
    "corrupt": (spoil, Fault.CORRUPT),
}


@pytest.mark.parametrize("name", BREAKS)
async def test_the_true_cause_is_told_to_everybody(world: World, name: str) -> None:
    harm, fault = BREAKS[name]
    assert "学分" in (await world.send(message("zhangwei", "我的学分"))).words
    harm(world)
    said: list[str] = []
    for number in range(2, 999):  # a full disk takes what still fits
        said.append((await world.send(message("zhangwei", "我这周有什么课", number))).words)
        if "没有保存" in said[-1]:
            break
    assert fault.says in said[-1]
    assert "没有保存" in said[-1]
    assert not any("错误码" in words for words in said)
    assert "没有保存" in (await world.send(message("lina", "我的学分", 999))).words
    async with world.http.get(world.bot.address + "/readyz") as answer:
        assert answer.status == 503
        assert fault.says in (await answer.json())["problems"]["database"]


async def test_a_full_disk_loses_nothing_that_was_told_saved(world: World) -> None:
    """SQLite undoes the common transaction by itself then: whoever was in it must hear of it."""
    lane, database = world.application.database.lane, world.application.database
    fill(world)
    told: dict[str, BaseException | None] = {}
    for number in range(200):
        unit = database.open_unit()
        name = f"m{number}"
        try:
            unit.run(insert(seen_messages), {"channel": name, "message_id": "x" * 180, "at": NOW})
        except OperationalError:
            told[name] = RuntimeError("refused")
            unit.release(keep=False)
            continue
        unit.release(keep=True, saved=partial(told.__setitem__, name))
        if number % 7 == 0:
            lane.flush()
    lane.flush()
    assert len(told) == 200
    with database.unit() as unit:
        kept = {row.channel for row in unit.rows(select(seen_messages.c.channel))} & told.keys()
    assert kept == {name for name, error in told.items() if error is None}
    assert len(kept) < 200


async def test_a_second_program_is_refused_by_name(world: World) -> None:
    second = Application(world._settings(), clock=world.clock)
    with pytest.raises(SchemaError, match=f"进程 {os.getpid()}"):
        await second.start()
    await second.stop()
    await world.kill(world.bot)
    await world.start_bot()


async def test_messages_for_a_channel_that_is_not_there_are_red(world: World) -> None:
    with world.application.database.unit() as unit:
        Outbox(unit).enqueue(
            [
                NewDelivery(
                    unique_key="t:fax",
                    channel="fax",
                    account="zhangwei",
                    person_id=None,
                    notice_id=None,
                    purpose="notice",
                    body={},
                    not_before=NOW,
                )
            ],
            now=NOW,
        )
    problem = (await world.application._not_ready())["outbox"]
    assert "1 条消息" in problem
    assert "fax" in problem
    world.clock.set(NOW + timedelta(days=2))
    await world.application.chores.keep_house()
    world.application.readiness._known = (-60.0, {})
    assert await world.application._not_ready() == {}


async def test_a_disk_that_is_nearly_full_is_red(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LEAST_FREE", 1 << 60)
    assert "磁盘快满了" in (await world.application._not_ready())["database"]


async def test_a_ticker_that_stands_still_is_seen() -> None:
    now = [0.0]
    ticker, came = Ticker(lambda: now[0]), asyncio.Event()

    async def outbox() -> None:
        came.set()

    async def chats() -> None:
        """A tick."""

    ticker.every(0.05, outbox, "outbox")
    ticker.every(600, chats, "chats")
    ticker.start()
    now[0] = 59
    assert ticker.stalled() == ()
    now[0] = 70
    assert ticker.stalled() == ("outbox",)
    await came.wait()
    await asyncio.sleep(0)
    assert ticker.stalled() == ()
    now[0] = 3001
    assert ticker.stalled() == ("outbox", "chats")
    await ticker.stop()


async def test_the_platforms_dates_tell_that_the_clock_is_off(world: World) -> None:
    """What they say in their answers is heard by every session of the process."""
    watch = ClockWatch(SystemClock())

    async def late(_request: web.Request) -> web.Response:
        then = datetime.now(UTC) - timedelta(hours=3)
        return web.Response(headers={"Date": format_datetime(then, usegmt=True)})

    app = web.Application()
    app.router.add_get("/", late)
    async with TestServer(app) as server:
        heard_date.set(watch.heard)
        session = Session()
        for _ in range(HEARINGS):
            assert watch.problem() == ""
            async with session.now().get(server.make_url("/")):
                pass
        await session.close()
    assert "比平台快 3 小时" in watch.problem()
    world.application.clock_watch._ahead = watch._ahead
    assert "3 小时" in (await world.application._not_ready())["clock"]


def test_a_clock_that_is_right_is_well_and_one_old_answer_is_no_clock() -> None:
    watch = ClockWatch(SystemClock())
    now = datetime.now(UTC)
    for date in (now, now - timedelta(days=3), now):
        watch.heard(format_datetime(date, usegmt=True))
    watch.heard("half past eight")
    assert watch.problem() == ""


async def test_files_are_their_owner_s_alone(world: World, tmp_path: Path) -> None:
    """Made so, mended at the start, and looked at by the doctor."""
    file = file_of(world)
    assert not loose(list(files_of(file)))
    made = Database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'office.sqlite'}")
    assert made.file is not None
    with made.engine.connect():
        assert not loose([made.file.parent, made.file.parent.parent, *files_of(made.file)])
    made.close()
    file.chmod(0o644)
    (found,) = [
        each for each in check_database(f"sqlite:///{file}", NOW).findings if each.check == "modes"
    ]
    assert found.mark is Mark.WRONG
    assert f"chmod 600 {file}" in found.mend
    file.chmod(0o600)
    settings = tmp_path / "elsewhere.toml"
    settings.write_text("", encoding="utf-8")
    settings.chmod(0o640)
    looked = check_database(f"sqlite:///{file}", NOW, settings).findings
    (found,) = (each for each in looked if each.check == "modes")
    assert f"chmod 600 {settings}" in found.mend
