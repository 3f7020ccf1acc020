"""The database's version: is it the one this program needs, and bringing it there.

Alembic is imported only when something is to be done: a start on a current database pays nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration; a test holds it against the folder.
HEAD = "0002"
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
        return (
            f"数据库打不开：{type(error).__name__}。请检查 SHIXUN_DATABASE_URL 和数据库是否在运行。"
        )
    if present is None:
        return "数据库还是空的。请运行：run_bot.py db upgrade"
    if present != HEAD:
        return f"数据库版本是 {present}，程序需要 {HEAD}。请备份后运行：run_bot.py db upgrade"
    return None


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
