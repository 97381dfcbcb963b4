"""several portals, notes of connectors, alarms

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Until now there was one portal, and only its connector spoke of deals and tasks.
FILL_PORTAL = "UPDATE inbox SET portal = 'main' WHERE source = 'bitrix24'"

# The older program takes every deal for one of the main portal and would write into a stranger's.
FORGET_FURTHER_PORTALS = (
    "DELETE FROM traces WHERE case_id IN (SELECT id FROM cases WHERE portal <> 'main')",
    "DELETE FROM effects WHERE case_id IN (SELECT id FROM cases WHERE portal <> 'main')",
    "DELETE FROM cases WHERE portal <> 'main'",
    "DELETE FROM inbox WHERE portal NOT IN ('', 'main')",
    "DELETE FROM scenario_versions WHERE portal <> 'main'",
)


def upgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(_portal(""))
    op.execute(FILL_PORTAL)

    with op.batch_alter_table("effects", schema=None) as batch_op:
        batch_op.alter_column("lane", existing_type=_text(16), type_=_text(80), existing_nullable=False)

    with op.batch_alter_table("scenario_versions", schema=None) as batch_op:
        batch_op.add_column(_portal("main"))
        batch_op.drop_constraint(batch_op.f("pk_scenario_versions"), type_="primary")
        batch_op.create_primary_key(batch_op.f("pk_scenario_versions"), ["portal", "version"])

    op.create_table(
        "notes",
        sa.Column("name", _text(120), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notes")),
    )
    op.create_table(
        "alarms",
        sa.Column("key", _text(120), nullable=False),
        sa.Column("phrase", _text(64), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarms")),
    )


def downgrade() -> None:
    for statement in FORGET_FURTHER_PORTALS:
        op.execute(statement)
    op.drop_table("alarms")
    op.drop_table("notes")

    with op.batch_alter_table("scenario_versions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("pk_scenario_versions"), type_="primary")
        batch_op.create_primary_key(batch_op.f("pk_scenario_versions"), ["version"])
        batch_op.drop_column("portal")

    with op.batch_alter_table("effects", schema=None) as batch_op:
        batch_op.alter_column("lane", existing_type=_text(80), type_=_text(16), existing_nullable=False)

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_column("portal")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _portal(of_old_rows: str) -> sa.Column[str]:
    return sa.Column("portal", _text(64), nullable=False, server_default=of_old_rows)
