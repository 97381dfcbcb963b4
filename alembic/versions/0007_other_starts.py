"""watched deal fields, schedules

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watched_fields",
        sa.Column("portal", _text(64), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("field", _text(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "deal_id", "field", name=op.f("pk_watched_fields")),
    )
    op.create_table(
        "schedules",
        sa.Column("portal", _text(64), nullable=False),
        sa.Column("scenario", _text(64), nullable=False),
        sa.Column("schedule", _text(64), nullable=False),
        sa.Column("occurs_at", _moment(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("done_at", _moment(), nullable=True),
        sa.Column("next_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("portal", "scenario", name=op.f("pk_schedules")),
    )


def downgrade() -> None:
    op.drop_table("schedules")
    op.drop_table("watched_fields")
    # The older program can neither read such a hint nor a look that answers it.
    op.execute("DELETE FROM inbox WHERE kind = 'StartAsked' AND processed_at IS NULL")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
