"""a visit remembers where the link led then; an erased link is as if it had never existed

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FILED, UNFILED = sa.text("filed = 1"), sa.text("filed = 0")


def upgrade() -> None:
    op.add_column("links", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("ix_clicks_code"), "clicks")
    with op.batch_alter_table("clicks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("target", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("address", _text(16), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("filed", sa.Integer(), nullable=False, server_default="0"))
        batch_op.alter_column("reason", existing_type=_text(64), type_=_text(200), existing_nullable=False)
    # Until now no page was ever changed: every visitor was sent to the address stored with the link.
    op.execute(
        "UPDATE clicks SET filed = 1, "
        "target = COALESCE((SELECT links.target FROM links WHERE links.code = clicks.code), '')"
    )
    op.create_index("ix_clicks_filed", "clicks", ["code"], sqlite_where=FILED, postgresql_where=FILED)
    op.create_index("ix_clicks_unfiled", "clicks", ["id"], sqlite_where=UNFILED, postgresql_where=UNFILED)


def downgrade() -> None:
    op.drop_index("ix_clicks_unfiled", "clicks")
    op.drop_index("ix_clicks_filed", "clicks")
    # The older program knows two grades, and sends the visitor of an erased link on.
    op.execute("UPDATE clicks SET grade = 'machine' WHERE grade = 'likely'")
    op.execute("UPDATE clicks SET reason = substr(reason, 1, 64)")
    op.execute("DELETE FROM clicks WHERE code IN (SELECT code FROM links WHERE erased_at IS NOT NULL)")
    op.execute("DELETE FROM links WHERE erased_at IS NOT NULL")
    with op.batch_alter_table("clicks", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=_text(200), type_=_text(64), existing_nullable=False)
        batch_op.drop_column("filed")
        batch_op.drop_column("address")
        batch_op.drop_column("target")
    op.create_index(op.f("ix_clicks_code"), "clicks", ["code"])
    op.drop_column("links", "erased_at")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)
