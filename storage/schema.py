"""The database's version: is it the one this program needs, and bringing it there.

Alembic is imported only when something is to be done: a start on a current database pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration; a test holds it against the folder.
HEAD = "0005"
MIGRATIONS = Path(__file__).parent / "migrations"


def version(database: Database) -> str | None:
    """The version the database is at, None for an empty one; raises sqlalchemy's errors."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
        return None if row is None else str(row[0])


def problem(database: Database) -> str | None:
    """What keeps this program from using the database, in words; None where nothing does."""
    try:
        present = version(database)
    except SQLAlchemyError as error:
        return _in_words(database, error)
    if present is None:
        return "数据库还是空的。请运行：run_bot.py db upgrade"
    if present != HEAD:
        return f"数据库版本是 {present}，程序需要 {HEAD}。请备份后运行：run_bot.py db upgrade"
    return None


class DatabaseDownError(Exception):
    """The database cannot be reached or written; the message says why."""


@contextmanager
def speaking(database: Database) -> Iterator[None]:
    """What the server or the file refuses within is told in words: DatabaseDownError."""
    try:
        yield
    except DatabaseError as error:
        # what else is wrong with a statement is our mistake, and must not look like theirs
        if type(error) not in (DatabaseError, OperationalError):
            raise
        raise DatabaseDownError(_in_words(database, error)) from None


def _in_words(database: Database, error: SQLAlchemyError) -> str:
    """Why the database cannot be used, for whoever installs it; never the password."""
    said = str(getattr(error, "orig", error)).lower()
    if database.dialect == "sqlite":
        return f"数据库文件 {database.url.database} " + _first(_SQLITE, said)
    place = database.url.render_as_string(hide_password=True)
    return f"连不上数据库 {place}：" + _first(_POSTGRESQL, said)


# What the drivers say (a part of it, lower case) → what it means; the last fits anything.
_SQLITE = (
    ("not a database", "不是数据库文件，请检查 SHIXUN_DATABASE_URL。"),
    ("readonly", "不能写入，请检查文件和文件夹的权限。"),
    ("locked", "正被别的程序占用，请稍后再试，或先停下正在运行的师训助手。"),
    ("disk", "写不进去，请检查磁盘空间。"),
    ("", "打不开，请检查文件夹在不在、有没有读写的权限。"),
)
_POSTGRESQL = (
    ("password", "用户名或密码不对，请检查 SHIXUN_DATABASE_URL。"),
    ("does not exist", "没有这个库或这个用户，请检查 SHIXUN_DATABASE_URL，或先建好。"),
    ("permission denied", "这个用户的权限不够。"),
    ("resolve", "找不到这台主机，请检查 SHIXUN_DATABASE_URL 里的地址。"),
    ("", "请检查 SHIXUN_DATABASE_URL 里的地址和端口，以及数据库是否在运行。"),
)


def _first(meanings: tuple[tuple[str, str], ...], said: str) -> str:
    return next(words for part, words in meanings if part in said)


def upgrade(database: Database) -> bool:
    """Bring the database to HEAD; False where it was there already."""
    if version(database) == HEAD:
        return False
    from alembic import command  # noqa: PLC0415 - only for an upgrade

    # autocommit is the SQLite engine's habit here; a migration is one transaction
    options = {"isolation_level": "SERIALIZABLE"} if database.dialect == "sqlite" else {}
    with database.engine.connect().execution_options(**options) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return True


def alembic_config() -> Config:
    """Alembic's settings without a file of their own."""
    from alembic.config import Config  # noqa: PLC0415 - only for an upgrade

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
