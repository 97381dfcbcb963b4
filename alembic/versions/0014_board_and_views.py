"""the board of cases: two indexes; the lists of cases that people keep

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

RUNNING = sa.text("state <> 'ended'")
BOARD = ["scenario", "state", "step", "created_at", "id", "portal", "branch"]
STAND = ["scenario", "state", "step", "outcome", "portal", "branch", "created_at"]


def upgrade() -> None:
    op.create_index("ix_cases_board", "cases", BOARD, sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_index("ix_cases_stand", "cases", STAND)
    op.create_table(
        "console_views",
        sa.Column("id", _text(22), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("made_by", _text(80), nullable=False),
        sa.Column("name", _text(80), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("removed_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_views")),
    )
    op.create_index(op.f("ix_console_views_user_id"), "console_views", ["user_id"])
    op.create_index("ix_console_views_shared", "console_views", ["shared"])


def downgrade() -> None:
    op.drop_table("console_views")
    op.drop_index("ix_cases_stand", "cases")
    op.drop_index("ix_cases_board", "cases")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
