"""Several ways to people and groups: what each allows, pauses, recalls, codes of groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = '0003'
down_revision = '0002'
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


def upgrade() -> None:
    op.create_table('pauses',
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('chat', sa.String(length=128), nullable=False),
    sa.Column('since', storage.types.Instant(timezone=True), nullable=False),
    sa.Column('until', storage.types.Instant(timezone=True), nullable=False),
    sa.Column('cause', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'chat', name=op.f('pk_pauses'))
    )
    op.create_table('reachability',
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('place', sa.String(length=10), nullable=False),
    sa.Column('account', sa.String(length=128), nullable=False),
    sa.Column('heard_at', storage.types.Instant(timezone=True), nullable=True),
    sa.Column('reply_to', sa.String(length=200), server_default='', nullable=False),
    sa.Column('reply_is_event', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('replies', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('refused_at', storage.types.Instant(timezone=True), nullable=True),
    sa.Column('refused_why', sa.String(length=60), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('channel', 'place', 'account', name=op.f('pk_reachability'))
    )
    op.create_table('roster_hints',
    sa.Column('id', _KEY, nullable=False),
    sa.Column('at', storage.types.Instant(timezone=True), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('account', sa.String(length=128), nullable=False),
    sa.Column('new_account', sa.String(length=128), server_default='', nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('handled_at', storage.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_hints'))
    )
    with op.batch_alter_table('roster_hints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roster_hints_at'), ['at'], unique=False)

    op.create_table('group_codes',
    sa.Column('id', _KEY, nullable=False),
    sa.Column('training_class_id', _KEY, nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('issued_by_id', _KEY, nullable=False),
    sa.Column('issued_at', storage.types.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', storage.types.Instant(timezone=True), nullable=False),
    sa.Column('used_at', storage.types.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['issued_by_id'], ['people.id'], name=op.f('fk_group_codes_issued_by_id_people')),
    sa.ForeignKeyConstraint(['training_class_id'], ['training_classes.id'], name=op.f('fk_group_codes_training_class_id_training_classes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_group_codes'))
    )
    with op.batch_alter_table('group_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_group_codes_code_hash'), ['code_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_group_codes_training_class_id'), ['training_class_id'], unique=False)

    _add_reference('class_groups', 'bound_by_id', 'people')
    with op.batch_alter_table('class_groups', schema=None) as batch_op:
        batch_op.add_column(sa.Column('name', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('bound_at', storage.types.Instant(timezone=True), nullable=True))

    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('place', sa.String(length=10), server_default='private', nullable=False))

    with op.batch_alter_table('delivery_batches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('recall', sa.String(length=12), server_default='', nullable=False))
        batch_op.add_column(sa.Column('recall_error', sa.String(length=200), server_default='', nullable=False))
        batch_op.create_index('ix_delivery_batches_recall', ['recall', 'channel'], unique=False)

    _add_reference('notices', 'recalled_by_id', 'people')
    _add_reference('notices', 'corrects_id', 'notices')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('recalled_at', storage.types.Instant(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_notices_corrects_id'), ['corrects_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_notices_recalled_by_id_people'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_notices_corrects_id_notices'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_notices_corrects_id'))
        batch_op.drop_column('corrects_id')
        batch_op.drop_column('recalled_by_id')
        batch_op.drop_column('recalled_at')

    with op.batch_alter_table('delivery_batches', schema=None) as batch_op:
        batch_op.drop_index('ix_delivery_batches_recall')
        batch_op.drop_column('recall_error')
        batch_op.drop_column('recall')

    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.drop_column('place')

    with op.batch_alter_table('class_groups', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_class_groups_bound_by_id_people'), type_='foreignkey')
        batch_op.drop_column('bound_at')
        batch_op.drop_column('bound_by_id')
        batch_op.drop_column('name')

    with op.batch_alter_table('group_codes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_group_codes_training_class_id'))
        batch_op.drop_index(batch_op.f('ix_group_codes_code_hash'))

    op.drop_table('group_codes')
    with op.batch_alter_table('roster_hints', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_roster_hints_at'))

    op.drop_table('roster_hints')
    op.drop_table('reachability')
    op.drop_table('pauses')
