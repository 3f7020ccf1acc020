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
from storage.faults import Fault, GoneError, fault_of

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration; a test holds it against the folder.
HEAD = "0006"
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
        database.look()
        present = version(database)
    except (SQLAlchemyError, OSError) as error:
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
    except (DatabaseError, GoneError) as error:
        # what else is wrong with a statement is our mistake, and must not look like theirs
        fault = fault_of(error)
        if fault is None and type(error) not in (DatabaseError, OperationalError):
            raise
        raise DatabaseDownError(_in_words(database, error)) from None


def said(database: Database, fault: Fault) -> str:
    """A cause in words, for whoever installs it; never the password."""
    if database.dialect == "sqlite":
        return f"数据库文件 {database.url.database} {fault.says}，{fault.mend}"
    place = database.url.render_as_string(hide_password=True)
    begin = "连不上数据库" if fault in _UNREACHED else "数据库"
    return f"{begin} {place}：{fault.says.removeprefix('里')}，{fault.mend}"


# The server itself was never spoken to.
_UNREACHED = frozenset(
    {Fault.PASSWORD, Fault.NO_SUCH, Fault.CROWDED, Fault.STARTING, Fault.NO_HOST, Fault.DOWN}
)


def _in_words(database: Database, error: BaseException) -> str:
    away = Fault.CLOSED if database.dialect == "sqlite" else Fault.DOWN
    return said(database, fault_of(error) or away)


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
