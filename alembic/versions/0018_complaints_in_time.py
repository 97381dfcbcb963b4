"""complaints worked off in time: until when, in a column; and in which stage their deals were opened

Revision ID: 0018
Revises: 0017
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DUE = "complaint_due IS NOT NULL"
CASES = sa.table(
    "cases", sa.column("id", sa.String), sa.column("body", sa.JSON),
    sa.column("complaint_due", sa.DateTime(timezone=True)),
)  # fmt: skip
EFFECTS = sa.table(
    "effects", sa.column("id", sa.BigInteger), sa.column("case_id", sa.String), sa.column("kind", sa.String),
    sa.column("key", sa.String), sa.column("result", sa.String), sa.column("payload", sa.JSON),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("cases", sa.Column("complaint_due", sa.DateTime(timezone=True), nullable=True))
    _fill(op.get_bind())
    where = sa.text(DUE)
    op.create_index(
        "ix_cases_complaint_due", "cases", ["complaint_due"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    op.drop_index("ix_cases_complaint_due", "cases")
    op.drop_column("cases", "complaint_due")


def _fill(connection: sa.Connection) -> None:
    """Of the complaints that are open now, by the tasks and the deals that were made for them."""
    complaint: Any = CASES.c.body["complaint"]
    is_open = (complaint["at"].as_string().is_not(None), complaint["settled_at"].as_string().is_(None))
    found = connection.execute(sa.select(CASES.c.id, CASES.c.body).where(*is_open)).all()
    for row in found:
        told = _told(connection, row.id, row.body["complaint"])
        body = {**row.body, "complaint": {**row.body["complaint"], **told}}
        due_at = datetime.fromisoformat(told["due_at"]).astimezone(UTC) if told.get("due_at") else None
        values = {"body": body, "complaint_due": due_at}
        connection.execute(sa.update(CASES).where(CASES.c.id == row.id).values(values))


def _told(connection: sa.Connection, case_id: str, complaint: Mapping[str, Any]) -> dict[str, str]:
    made = connection.execute(
        sa.select(EFFECTS)
        .where(EFFECTS.c.case_id == case_id, EFFECTS.c.kind.in_(("CreateTask", "CreateDeal")))
        .order_by(EFFECTS.c.id)
    ).all()
    key, number = complaint.get("task_key") or "", str(complaint.get("task_id") or "")
    told: dict[str, str] = {}
    for one in made:
        if one.kind == "CreateDeal" and one.key == complaint.get("deal_key"):
            told["opened_in"] = one.payload["stage"]
        elif one.kind == "CreateTask" and (one.key == key or (number and one.result == number)):
            told["due_at"] = one.payload["deadline"]
    return told
