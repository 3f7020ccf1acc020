"""Answers say that their words were taken out; what is due to go is found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_OPEN = sa.text("purpose = 'answer' AND NOT blanked")


def upgrade() -> None:
    op.add_column(
        'deliveries', sa.Column('blanked', sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute("UPDATE deliveries SET blanked = true WHERE CAST(body AS TEXT) = '{}'")
    op.create_index(
        'ix_deliveries_answers',
        'deliveries',
        ['settled_at'],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(op.f('ix_deliveries_settled_at'), 'deliveries', ['settled_at'])
    op.create_index(op.f('ix_delivery_batches_frozen_at'), 'delivery_batches', ['frozen_at'])
    op.create_index(op.f('ix_attachments_created_at'), 'attachments', ['created_at'])


def downgrade() -> None:
    op.drop_index(op.f('ix_attachments_created_at'), table_name='attachments')
    op.drop_index(op.f('ix_delivery_batches_frozen_at'), table_name='delivery_batches')
    op.drop_index(op.f('ix_deliveries_settled_at'), table_name='deliveries')
    op.drop_index('ix_deliveries_answers', table_name='deliveries')
    op.drop_column('deliveries', 'blanked')
