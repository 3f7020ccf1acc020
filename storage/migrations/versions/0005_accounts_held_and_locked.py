"""Who gave an account, what it still waits for, what its person was told, and locked accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types
from storage.addresses import is_address
from storage.person_names import spelled

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _add_reference(table: str, column: str, target: str) -> None:
    """A nullable reference, added in place: SQLite would rebuild a table that others refer to."""
    kind = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    name = f'fk_{table}_{column}_{target}'
    op.execute(
        f'ALTER TABLE {table} ADD COLUMN {column} {kind} '
        f'CONSTRAINT {name} REFERENCES {target} (id)'
    )


def _respell_names() -> None:
    """Names as imports spell them from now on: 买买提•阿 is found as 买买提·阿."""
    connection = op.get_bind()
    people = sa.table('people', sa.column('id', sa.BigInteger), sa.column('name', sa.String))
    for number, name in connection.execute(sa.select(people.c.id, people.c.name)).all():
        new = spelled(name)[:60] or name
        if new != name:
            connection.execute(
                sa.update(people).where(people.c.id == number).values(name=new)
            )


def _drop_what_is_no_account() -> None:
    """@all and a|b of an older roster: nobody ever wrote from them, everybody would be written to."""
    connection = op.get_bind()
    accounts = sa.table(
        'accounts', sa.column('id', sa.BigInteger), sa.column('channel', sa.String),
        sa.column('account', sa.String),
    )
    rows = connection.execute(sa.select(accounts.c.id, accounts.c.account).where(accounts.c.channel == 'wecom'))
    for number, account in rows.all():
        if not is_address('wecom', account):
            connection.execute(sa.delete(accounts).where(accounts.c.id == number))


def upgrade() -> None:
    _respell_names()
    _drop_what_is_no_account()
    _add_reference('accounts', 'issued_by_id', 'people')
    op.add_column('accounts', sa.Column('awaits', sa.Boolean(), server_default=sa.false(), nullable=False))
    _add_reference('accounts', 'confirmed_by_id', 'people')
    op.add_column('accounts', sa.Column('consent', sa.String(length=12), server_default='', nullable=False))
    op.add_column('accounts', sa.Column('news_at', storage.types.Instant(timezone=True), nullable=True))
    op.add_column('accounts', sa.Column('told_at', storage.types.Instant(timezone=True), nullable=True))
    op.create_table('account_locks',
    sa.Column('id', _KEY, nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('account', sa.String(length=128), nullable=False),
    sa.Column('person_id', _KEY, nullable=False),
    sa.Column('locked_by_id', _KEY, nullable=True),
    sa.Column('at', storage.types.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['locked_by_id'], ['people.id'], name=op.f('fk_account_locks_locked_by_id_people')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_account_locks_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_locks')),
    sa.UniqueConstraint('channel', 'account', name=op.f('uq_account_locks_channel_account'))
    )
    with op.batch_alter_table('account_locks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_locks_person_id'), ['person_id'], unique=False)


def downgrade() -> None:
    op.drop_table('account_locks')
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_accounts_confirmed_by_id_people'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_accounts_issued_by_id_people'), type_='foreignkey')
        batch_op.drop_column('told_at')
        batch_op.drop_column('news_at')
        batch_op.drop_column('consent')
        batch_op.drop_column('confirmed_by_id')
        batch_op.drop_column('awaits')
        batch_op.drop_column('issued_by_id')
