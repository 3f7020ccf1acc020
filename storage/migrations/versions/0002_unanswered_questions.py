"""Questions that were not understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('unanswered',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('text', sa.String(length=120), nullable=False),
    sa.Column('guesses', sa.JSON(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unanswered'))
    )
    op.create_index(op.f('ix_unanswered_asked_on'), 'unanswered', ['asked_on'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_unanswered_asked_on'), table_name='unanswered')
    op.drop_table('unanswered')
