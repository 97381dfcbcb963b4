"""cases that a person lets stand still; the record of erasures

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NEW_EVENTS = "'CaseStopped', 'CasePaused', 'CaseResumed', 'ScoresEntered', 'AnsweredFor', 'ResendAsked'"
STILL = "still_since IS NOT NULL"


def upgrade() -> None:
    op.add_column("cases", sa.Column("still_since", _moment(), nullable=True))
    where = sa.text(STILL)
    op.create_index("ix_cases_still", "cases", ["id"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("fingerprint", _text(64), nullable=False),
        sa.Column("by", _text(80), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_fingerprint"), "erasures", ["fingerprint"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erasures_fingerprint"), "erasures")
    op.drop_table("erasures")
    op.drop_index("ix_cases_still", "cases")
    op.drop_column("cases", "still_since")
    # The older program cannot read these.
    op.execute(f"DELETE FROM inbox WHERE kind IN ({NEW_EVENTS})")  # noqa: S608


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
