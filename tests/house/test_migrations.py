"""The migrations make what the tables say, on both engines, from an empty database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from storage import schema
from storage.database import Database
from storage.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'office.sqlite'}")
        yield opened
        opened.close()
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"empty_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name}")
    opened = Database(server.replace("/postgres?", f"/{name}?", 1))
    yield opened
    opened.close()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_an_empty_database_is_brought_to_what_the_tables_say(empty: Database) -> None:
    problem = schema.problem(empty)
    assert problem is not None
    assert "db upgrade" in problem
    assert schema.upgrade(empty)
    assert schema.problem(empty) is None
    assert not schema.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": False}
        )
        assert compare_metadata(context, metadata) == []


def test_the_program_asks_for_the_newest_migration() -> None:
    script = ScriptDirectory.from_config(schema.alembic_config())
    assert script.get_heads() == [schema.HEAD]


def test_an_office_of_the_version_before_keeps_all_it_has(empty: Database) -> None:
    """Rows that others refer to stay where they are when their tables get new columns."""
    with empty.engine.connect() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for statement in (
            "INSERT INTO organisations (id, name, kind, path, aliases)"
            " VALUES (1, '云溪县', 'county', '/1/', '[]')",
            "INSERT INTO people (id, staff_number, name, organisation_id, status)"
            " VALUES (1, '10001', '张伟', 1, 'active')",
            "INSERT INTO notices (id, number, author_id, body, audience, audience_words, status,"
            " drafted_at) VALUES (1, 37, 1, '集中', '{}', '全体', 'approved', '2021-07-12 08:00')",
            "INSERT INTO deliveries (id, unique_key, channel, account, person_id, notice_id,"
            " purpose, body, status, not_before, queued_at) VALUES (1, 'notice:37:1', 'wecom',"
            " 'zhangwei', 1, 1, 'notice', '{}', 'queued', '2021-07-12 08:00', '2021-07-12 08:00')",
        ):
            connection.execute(text(statement))
        connection.commit()
    assert schema.upgrade(empty)
    with empty.engine.connect() as connection:
        kept = connection.execute(
            text(
                "SELECT deliveries.place, notices.number, notices.corrects_id, people.name"
                " FROM deliveries JOIN notices ON notices.id = deliveries.notice_id"
                " JOIN people ON people.id = deliveries.person_id"
            )
        ).one()
        assert tuple(kept) == ("private", 37, None, "张伟")
