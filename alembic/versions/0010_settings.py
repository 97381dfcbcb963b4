"""the console's settings: when a user was last here, the audit by who, what and when, the log of webhooks,
the second step of a login, tokens of other systems

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_audit_user", ["user_id", "id"]),
    ("ix_audit_action", ["action", "id"]),
    ("ix_audit_at", ["at"]),
)
WEBHOOKS = sa.text("lane = 'webhook'")


def upgrade() -> None:
    op.add_column("users", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    _two_steps()
    _tokens()
    for name, columns in INDEXES:
        op.create_index(name, "audit", columns)
    op.create_index(
        "ix_effects_webhooks", "effects", ["id"], sqlite_where=WEBHOOKS, postgresql_where=WEBHOOKS
    )


def downgrade() -> None:
    op.drop_index("ix_effects_webhooks", "effects")
    for name, _ in reversed(INDEXES):
        op.drop_index(name, "audit")
    for table in ("api_tokens", "half_logins", "recovery_codes", "two_steps"):
        op.drop_table(table)
    op.drop_column("users", "seen_at")


def _two_steps() -> None:
    op.create_table(
        "two_steps",
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("begun_at", _moment(), nullable=False),
        sa.Column("confirmed_at", _moment(), nullable=True),
        sa.Column("last_used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_two_steps")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", _text(64), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("used_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"])
    op.create_table(
        "half_logins",
        sa.Column("token_hash", _text(64), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("how", _text(40), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_half_logins")),
    )


def _tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", _text(22), nullable=False),
        sa.Column("token_hash", _text(64), nullable=False),
        sa.Column("name", _text(80), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_by", _text(80), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("used_at", _moment(), nullable=True),
        sa.Column("closed_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
