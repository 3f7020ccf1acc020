"""Alembic's entry: runs the migrations on the connection that storage.schema hands over."""

from __future__ import annotations

from alembic import context

from storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    # SQLite cannot alter a column in place: tables are rebuilt there
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
