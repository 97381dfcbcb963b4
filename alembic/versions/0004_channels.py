"""more than one way to a client: where each can be met, invitations, the survey's own page

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_points",
        sa.Column("channel", _text(64), nullable=False),
        sa.Column("address", _text(64), nullable=False),
        sa.Column("phone", _text(20), nullable=False),
        sa.Column("joined_at", _moment(), nullable=False),
        sa.Column("wrote_at", _moment(), nullable=True),
        sa.Column("left_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "address", "phone", name=op.f("pk_contact_points")),
    )
    op.create_index(op.f("ix_contact_points_phone"), "contact_points", ["phone"])
    op.create_table(
        "invitations",
        sa.Column("token", _text(32), nullable=False),
        sa.Column("channel", _text(64), nullable=False),
        sa.Column("case_id", _text(16), nullable=False),
        sa.Column("phone", _text(20), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("used_by", _text(64), nullable=False),
        sa.Column("used_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_case_id"), "invitations", ["case_id"])
    op.add_column("cases", sa.Column("survey_code", _text(32), nullable=False, server_default=""))
    op.create_index(op.f("ix_cases_survey_code"), "cases", ["survey_code"])
    # Until now everybody wrote through the one channel that there was, and the phone was the address.
    op.execute(
        "INSERT INTO contact_points (channel, address, phone, joined_at, wrote_at) "
        "SELECT '', phone, phone, wrote_at, wrote_at FROM clients WHERE wrote_at IS NOT NULL"
    )
    # What is told of messages is kept by channel, and the main one has no name of its own there.
    op.execute("UPDATE deliveries SET channel = '' WHERE channel = 'chat2desk'")


def downgrade() -> None:
    op.execute("UPDATE deliveries SET channel = 'chat2desk' WHERE channel = ''")
    op.drop_index(op.f("ix_cases_survey_code"), "cases")
    op.drop_column("cases", "survey_code")
    op.drop_index(op.f("ix_invitations_case_id"), "invitations")
    op.drop_table("invitations")
    op.drop_index(op.f("ix_contact_points_phone"), "contact_points")
    op.drop_table("contact_points")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
