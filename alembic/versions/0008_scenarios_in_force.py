"""which version of a scenario is in force, what is tried beside it, and who changed that

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scenarios",
        sa.Column("portal", _text(64), nullable=False),
        sa.Column("name", _text(64), nullable=False),
        sa.Column("state", _text(16), nullable=False),
        sa.Column("version", _text(64), nullable=False),
        sa.Column("file_version", _text(64), nullable=False),
        sa.Column("candidate", _text(64), nullable=False),
        sa.Column("mode", _text(16), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("branches", sa.JSON(), nullable=False),
        sa.Column("stop_if", sa.JSON(), nullable=False),
        sa.Column("stop_after", sa.Integer(), nullable=False),
        sa.Column("tried_since", _moment(), nullable=True),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("changed_by", _text(80), nullable=False),
        sa.Column("changed_at", _moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "name", name=op.f("pk_scenarios")),
    )
    op.create_table(
        "scenario_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("portal", _text(64), nullable=False),
        sa.Column("name", _text(64), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("by", _text(80), nullable=False),
        sa.Column("what", _text(32), nullable=False),
        sa.Column("from_version", _text(64), nullable=False),
        sa.Column("to_version", _text(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_log")),
    )
    op.create_index("ix_scenario_log_name", "scenario_log", ["portal", "name", "id"])
    op.create_table(
        "shadow_cases",
        sa.Column("case_id", _text(16), nullable=False),
        sa.Column("portal", _text(64), nullable=False),
        sa.Column("scenario", _text(64), nullable=False),
        sa.Column("version", _text(64), nullable=False),
        sa.Column("state", _text(16), nullable=False),
        sa.Column("differs", _text(200), nullable=False),
        sa.Column("wake_at", _moment(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("updated_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "version", name=op.f("pk_shadow_cases")),
    )
    op.create_index("ix_shadow_cases_scenario", "shadow_cases", ["portal", "scenario", "version"])
    op.create_index(
        "ix_shadow_cases_due",
        "shadow_cases",
        ["wake_at"],
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_shadow_cases_due", "shadow_cases")
    op.drop_index("ix_shadow_cases_scenario", "shadow_cases")
    op.drop_table("shadow_cases")
    op.drop_index("ix_scenario_log_name", "scenario_log")
    op.drop_table("scenario_log")
    op.drop_table("scenarios")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
