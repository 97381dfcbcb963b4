"""complaints worked off in the console: nothing but events that an older program cannot read

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NEW_EVENTS = "'ComplaintCauseNamed', 'ComplaintResolved', 'ComplaintReopened'"


def upgrade() -> None:
    """What is new stands inside the cases themselves."""


def downgrade() -> None:
    op.execute(f"DELETE FROM inbox WHERE kind IN ({NEW_EVENTS})")  # noqa: S608
    # Nobody would ask them any more.
    op.execute("UPDATE cases SET wake_at = NULL WHERE state = 'ended'")
