"""Check-up of the database and its disk. Reads the records that the other checks speak of."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.channels.wecom.notes import notes
from bot.checks.values import Check, Finding
from storage import schema
from storage.checkup import Records, file_of, look, opened, write_something
from storage.database import Database
from storage.keeping import files_of, loose

DATABASE = Check("database", "数据库")
DISK = Check("disk", "磁盘空间")
MODES = Check("modes", "文件权限")
ROSTER = Check("roster", "名册")
MEGABYTE = 1024 * 1024
LEAST_FREE = 200 * MEGABYTE
_ROOM = "清理磁盘，或把数据库移到大一些的盘（SHIXUN_DATABASE_URL）。写满以后收不了消息也发不了通知"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and the records where they could be read. `notes`: what the app noted."""

    findings: tuple[Finding, ...]
    records: Records | None = None
    notes: Mapping[str, str] | None = None


def check_database(url: str, now: datetime, settings: Path | None = None) -> Looked:
    """Look at it; blocks, seconds at most."""
    file = file_of(url)
    disk = DISK.off("数据库在服务器上，由那边管理") if file is None else _disk(file)
    if file is not None and not file.is_file():
        mend = (
            "运行 run_bot.py db upgrade 建库，再用 run_bot.py import office 文件夹 --yes 导入名册"
        )
        return Looked((DATABASE.wrong(f"还没有数据库文件 {file}", mend), disk))
    database = opened(url)
    try:
        problem = schema.problem(database)
        if problem is not None:
            return Looked((DATABASE.wrong(problem), disk))
        return _records(database, now, disk, settings)
    except schema.DatabaseDownError as error:
        return Looked((DATABASE.wrong(str(error)), disk))
    finally:
        database.close()


def _records(database: Database, now: datetime, disk: Finding, settings: Path | None) -> Looked:
    with schema.speaking(database), database.unit() as unit:
        records, noted = look(unit, now), notes(unit)
    kind = "SQLite" if database.dialect == "sqlite" else "PostgreSQL"
    try:
        write_something(database, now)
    except schema.DatabaseDownError as error:
        return Looked((DATABASE.wrong(str(error)), disk), records, noted)
    well = DATABASE.fine(f"{kind}，版本 {schema.HEAD}，能读能写")
    return Looked((well, disk, _modes(database.file, settings), _roster(records)), records, noted)


def _roster(records: Records) -> Finding:
    if not records.people:
        return ROSTER.wrong(
            "名册里一个人也没有，谁也绑定不了",
            "运行 run_bot.py import office 文件夹 --yes 导入名册（表格样子见 docs/import.md）",
        )
    if not records.accounts:
        return ROSTER.off(
            f"{records.people} 人，还没有一个人绑定账号",
            "运行 run_bot.py code 姓名，把绑定码交给第一位管理员；别人的由他在聊天里发",
        )
    return ROSTER.fine(f"{records.people} 人，绑定了 {records.accounts} 个账号")


def _modes(file: Path | None, settings: Path | None) -> Finding:
    held = [settings] if settings is not None and settings.is_file() else []
    open_ones = loose([*([] if file is None else files_of(file)), *held])
    if not open_ones and file is None:
        return MODES.off("数据库在服务器上，由那边管理")
    if not open_ones:
        return MODES.fine("只有运行程序的用户能读")
    names = "、".join(str(each.path) for each in open_ones)
    mend = "；".join(f"chmod {each.right:o} {each.path}" for each in open_ones)
    return MODES.wrong(f"这台机器上别的用户也能读：{names}", mend)


def _disk(file: Path) -> Finding:
    folder = next(each for each in file.resolve().parents if each.is_dir())
    free = shutil.disk_usage(folder).free
    left = f"{folder} 所在的盘还剩 {free // MEGABYTE} MB"
    return DISK.fine(left) if free >= LEAST_FREE else DISK.wrong(left, _ROOM)
