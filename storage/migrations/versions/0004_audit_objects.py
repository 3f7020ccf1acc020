"""The audit says from which account, about what, and tells asked, nothing and done apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_NOW = "outcome IN ('asked', 'refused', 'nothing', 'done', 'failed')"
_BEFORE = "outcome IN ('done', 'refused', 'failed')"


def upgrade() -> None:
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_audit_outcome'), type_='check')
        batch_op.create_check_constraint(op.f('ck_audit_outcome'), _NOW)
        batch_op.add_column(
            sa.Column('account', sa.String(length=128), server_default='', nullable=False)
        )
        batch_op.add_column(
            sa.Column('object', sa.String(length=40), server_default='', nullable=False)
        )
        batch_op.create_index(batch_op.f('ix_audit_object'), ['object'], unique=False)


def downgrade() -> None:
    op.execute("UPDATE audit SET outcome = 'done' WHERE outcome IN ('asked', 'nothing')")
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_object'))
        batch_op.drop_column('object')
        batch_op.drop_column('account')
        batch_op.drop_constraint(op.f('ck_audit_outcome'), type_='check')
        batch_op.create_check_constraint(op.f('ck_audit_outcome'), _BEFORE)
