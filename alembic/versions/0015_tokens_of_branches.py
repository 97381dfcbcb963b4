"""tokens of other systems can be bound to branches

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("branches", sa.JSON(), nullable=True))


def downgrade() -> None:
    # What was bound to a branch must not see all of them now.
    op.execute(
        "UPDATE api_tokens SET closed_at = created_at WHERE closed_at IS NULL "
        "AND branches IS NOT NULL AND CAST(branches AS VARCHAR) <> 'null'"
    )
    op.drop_column("api_tokens", "branches")
