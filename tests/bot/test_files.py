"""Files in chat, through the real application: who may, what is said, and who waits for whom."""

from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from bot.files import Files
from handlers.contract import Received
from storage.readers import apart
from storage.readers.apart import STOPPING, Limits, ReadingRoom
from storage.tables import attachments, audit, people
from tests.bot.worlds import World
from tests.storage.readers.hostile import REFUSED, made

OFFICER = "liguoqiang"
ROSTER = "姓名,工号,单位\n欧阳新,990001,城关小学\n".encode()
# the process waits a while before it reads
SLOW = "import time; time.sleep(1.5); "


def slowly(monkeypatch: pytest.MonkeyPatch, seconds: float = 1.5) -> None:
    """Every file takes this long."""
    monkeypatch.setattr(apart, "_START", f"import time; time.sleep({seconds}); {apart._START}")


async def send(world: World, account: str, name: str, data: bytes) -> list[str]:
    """A file from somebody, and what they are told."""
    before = len(world.words(account))
    await world.stage.fake.send_file(account, name, data)
    await world.quiet()
    return world.words(account)[before:]


@pytest.mark.parametrize(
    "name",
    [
        "a column that no sheet has",
        "two million empty rows",
        "six million shared texts",
        "a shared text of 380 MB",
        "200,000 styles",
        "entities in entities",
    ],
)
async def test_an_officer_sends_what_no_office_writes(world: World, name: str) -> None:
    await send(world, OFFICER, "好的.csv", ROSTER)  # what is imported late is there
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = made(name)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    told = await send(world, OFFICER, "名册.xlsx", data)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before - grown
    assert any("没有导入「名册.xlsx」" in words and "请" in words for words in told), told
    assert not any("错误码" in words for words in told)
    assert after < 24 * 1024, "kilobytes that the bot itself took"


async def test_all_of_them_one_after_another(world: World) -> None:
    for name in REFUSED:
        data = made(name)
        if len(data) > 2_000_000:
            continue
        told = await send(world, OFFICER, "名册.xlsx", data)
        assert any("请" in words for words in told), (name, told)
        assert not any("错误码" in words for words in told), (name, told)
    with world.application.database.unit() as unit:
        failed = unit.value(select(func.count()).where(audit.c.outcome == "failed"))
    assert failed == 0


async def test_a_good_file_is_checked_confirmed_and_saved_without_being_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await send(world, OFFICER, "名册.csv", ROSTER)
    assert any("新增 1 人" in words for words in told), told
    monkeypatch.setattr(apart, "_START", "raise SystemExit(1)")
    await world.say(OFFICER, "确认")
    with world.application.database.unit() as unit:
        assert unit.value(select(func.count()).where(people.c.staff_number == "990001")) == 1


async def test_a_teacher_s_file_is_not_even_opened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(ReadingRoom, "read", never)
    told = await send(world, "zhangwei", "作业.xlsx", made("a column that no sheet has"))
    assert any("我没有保存" in words for words in told), told
    with world.application.database.unit() as unit:
        assert unit.value(select(func.count()).select_from(attachments)) == 0


async def test_others_are_answered_while_a_slow_file_is_read(
    each_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = each_world
    slowly(monkeypatch, 2.5)
    await world.say("zhangwei", "帮助")
    sending = asyncio.create_task(send(world, OFFICER, "名册.csv", ROSTER))
    await asyncio.sleep(0.5)
    took = []
    for _ in range(5):
        began = time.monotonic()
        await world.stage.fake.say("zhangwei", "我的学分")
        await asyncio.sleep(0)
        took.append(time.monotonic() - began)
    # the writer is free, too
    began = time.monotonic()
    await world.application.workers.run(
        lambda unit: unit.add(
            insert(attachments),
            {"name": "t", "media_type": "t", "data": b"", "created_at": world.clock.now()},
        )
    )
    wrote = time.monotonic() - began
    assert not sending.done(), "the file is still being read"
    assert max(took) < 1.0
    assert wrote < 1.0
    told = await sending
    assert any("稍等" in words for words in told), told
    assert any("新增 1 人" in words for words in told), told


async def test_two_at_once_and_the_third_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []
    most = 0

    def read(self: ReadingRoom, data: bytes, name: str) -> object:
        nonlocal most
        running.append(1)
        most = max(most, len(running))
        time.sleep(0.1)
        running.pop()
        return None

    monkeypatch.setattr(ReadingRoom, "read", read)
    files = Files()
    await asyncio.gather(*(files.read(Received("a.csv", b"")) for _ in range(6)))
    assert most == 2
    files.close()
    files.join()


async def test_a_stop_does_not_wait_for_a_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(monkeypatch, 30)
    await world.stage.fake.send_file(OFFICER, "名册.csv", ROSTER)
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await world.bot.stop()
    assert time.monotonic() - began < 5
    files = Files(ReadingRoom(Limits()))
    files.close()
    read = (await files.read(Received("a.csv", ROSTER))).read
    assert read is not None
    assert read.refusal == STOPPING
    files.join()


def test_nothing_stays_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    ReadingRoom().read(made("two million empty rows"), "a.xlsx")
    ReadingRoom().read(ROSTER, "a.csv")
    assert not list(tmp_path.iterdir())
