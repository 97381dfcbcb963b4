"""the ledger of bonuses

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NEW_EFFECTS = "'ReopenTask', 'UpdateTask', 'CallWebhook'"
NEW_EVENTS = "'ReviewCorrected', 'BonusTakenBack'"


def upgrade() -> None:
    op.create_table(
        "bonuses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("portal", _text(64), nullable=False),
        sa.Column("person", _text(40), nullable=False),
        sa.Column("rule", _text(40), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("case_id", _text(16), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", _text(20), nullable=False),
        sa.Column("confirmed_at", _moment(), nullable=False),
        sa.Column("taken_back_at", _moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_back_by", _text(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonuses")),
        sa.UniqueConstraint(
            "portal", "person", "rule", "turn", name=op.f("uq_bonuses_portal_person_rule_turn")
        ),
    )
    op.create_index(op.f("ix_bonuses_case_id"), "bonuses", ["case_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_bonuses_case_id"), "bonuses")
    op.drop_table("bonuses")
    # The older program can neither carry these out nor read them.
    op.execute(f"DELETE FROM effects WHERE kind IN ({NEW_EFFECTS})")  # noqa: S608
    op.execute(f"DELETE FROM inbox WHERE kind IN ({NEW_EVENTS})")  # noqa: S608


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
