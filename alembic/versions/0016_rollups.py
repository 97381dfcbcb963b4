"""rollups: the facts of each day and month added up. They fill by themselves, day by day, as soon as the engine runs

Revision ID: 0016
Revises: 0015
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PLACE = ("day", "is_month", "portal", "branch", "scenario")
CASES = ("asked", "answered", "total", "squares", "clicked", "reviewed")
MARKS = tuple(f"mark_{mark}" for mark in range(11))


def upgrade() -> None:
    op.add_column("facts", sa.Column("rolled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_facts_unrolled",
        "facts",
        ["day", "portal", "branch"],
        sqlite_where=sa.text("rolled = 0"),
        postgresql_where=sa.text("NOT rolled"),
    )
    _create(
        "rolled_days", (*CASES, *MARKS), sa.Column("weekday", sa.Integer(), nullable=False), key=("weekday",)
    )
    _create("rolled_served", CASES, _text("kind", 8), _text("name", 100), key=("kind", "name"))
    _create(
        "rolled_questions",
        ("scores", "total", "squares", *MARKS),
        _text("question", 64),
        _text("example", 16),
        key=("question",),
    )


def _create(table: str, sums: Sequence[str], *further: sa.Column[object], key: Sequence[str] = ()) -> None:
    op.create_table(
        table,
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_month", sa.Boolean(), nullable=False),
        _text("portal", 64),
        _text("branch", 200),
        _text("scenario", 64),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in sums),
        *further,
        sa.PrimaryKeyConstraint(*PLACE, *key, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("rolled_questions", "rolled_served", "rolled_days"):
        op.drop_table(table)
    op.drop_index("ix_facts_unrolled", "facts")
    op.drop_column("facts", "rolled")


def _text(name: str, length: int) -> sa.Column[object]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(length=length), nullable=False)
