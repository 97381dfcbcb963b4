"""what the channels told of our messages

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("channel", _text(64), nullable=False),
        sa.Column("message_id", _text(64), nullable=False),
        sa.Column("state", _text(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", _text(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "message_id", "state", name=op.f("pk_deliveries")),
    )
    # A message is looked for by its number alone when nobody knows its channel.
    op.create_index(op.f("ix_deliveries_message_id"), "deliveries", ["message_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_deliveries_message_id"), "deliveries")
    op.drop_table("deliveries")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)
