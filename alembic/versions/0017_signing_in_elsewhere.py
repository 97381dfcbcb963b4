"""people may come into the console by the company's own identity provider

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("issuer", _text(300), nullable=True))
    op.add_column("users", sa.Column("subject", _text(255), nullable=True))
    op.create_index("ix_users_identity", "users", ["issuer", "subject"], unique=True)
    op.add_column(
        "sessions", sa.Column("by_provider", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "spent_states",
        sa.Column("state_hash", _text(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_spent_states")),
    )


def downgrade() -> None:
    op.drop_table("spent_states")
    # The older program takes them for sessions of somebody who has given a password.
    op.execute(sa.text("DELETE FROM sessions WHERE by_provider"))
    op.drop_column("sessions", "by_provider")
    op.drop_index("ix_users_identity", "users")
    op.drop_column("users", "subject")
    op.drop_column("users", "issuer")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)
