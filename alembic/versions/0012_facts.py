"""facts and scores: what is counted of every asked case, filled for the cases that there are

Revision ID: 0012
Revises: 0011
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

AT_ONCE = 1000
CASES = sa.table(
    "cases", sa.column("id"), sa.column("portal"), sa.column("branch"), sa.column("scenario"),
    sa.column("body", sa.JSON), sa.column("updated_at", sa.DateTime(timezone=True)),
)  # fmt: skip
EFFECTS = sa.table(
    "effects", sa.column("case_id"), sa.column("kind"), sa.column("state"), sa.column("payload", sa.JSON),
    sa.column("done_at", sa.DateTime(timezone=True)),
)  # fmt: skip


def upgrade() -> None:
    facts = op.create_table(
        "facts",
        sa.Column("case_id", _text(16), nullable=False),
        sa.Column("portal", _text(64), nullable=False),
        sa.Column("branch", _text(200), nullable=False),
        sa.Column("scenario", _text(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("average_in_thousandths", sa.BigInteger(), nullable=True),
        sa.Column("mark", sa.Integer(), nullable=True),
        sa.Column("clicked", sa.Boolean(), nullable=False),
        sa.Column("review_day", sa.Date(), nullable=True),
        sa.Column("employee", _text(100), nullable=False),
        sa.Column("service", _text(100), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_facts")),
    )
    scores = op.create_table(
        "scores",
        sa.Column("case_id", _text(16), nullable=False),
        sa.Column("question", _text(64), nullable=False),
        sa.Column("value_in_thousandths", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "question", name=op.f("pk_scores")),
    )
    _fill(op.get_bind(), facts, scores)
    op.create_index("ix_facts_day", "facts", ["day", "portal", "branch"])
    op.create_index("ix_facts_branch", "facts", ["portal", "branch", "day"])
    op.create_index(op.f("ix_facts_review_day"), "facts", ["review_day"])
    op.create_index(op.f("ix_scores_day"), "scores", ["day"])


def downgrade() -> None:
    op.drop_table("scores")
    op.drop_table("facts")


def _fill(connection: sa.Connection, facts: sa.Table, scores: sa.Table) -> None:
    after = ""
    while rows := connection.execute(
        sa.select(CASES).where(CASES.c.id > after).order_by(CASES.c.id).limit(AT_ONCE)
    ).all():
        asked = _asked(connection, [row.id for row in rows])
        found = [fact for row in rows if (fact := _fact(row, asked.get(row.id)))]
        if found:
            connection.execute(sa.insert(facts), found)
        days = {fact["case_id"]: fact["day"] for fact in found}
        given = [{**score, "day": days[row.id]} for row in rows if row.id in days for score in _scores(row)]
        if given:
            connection.execute(sa.insert(scores), given)
        after = rows[-1].id


def _asked(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, datetime]:
    """When the first question of each case left."""
    rows = connection.execute(
        sa.select(EFFECTS.c.case_id, EFFECTS.c.payload, EFFECTS.c.done_at).where(
            EFFECTS.c.case_id.in_(ids), EFFECTS.c.kind == "SendMessage", EFFECTS.c.state == "done"
        )
    ).all()
    found: dict[str, datetime] = {}
    for case_id, payload, done_at in rows:
        if done_at and (payload or {}).get("question"):
            found[case_id] = min(_aware(done_at), found.get(case_id, _aware(done_at)))
    return found


def _fact(row: Any, asked_at: datetime | None) -> dict[str, Any] | None:
    body, given = row.body or {}, list(_scores(row))
    question = (body.get("question") or {}).get("asked_at")
    if asked_at is None and question:
        asked_at = datetime.fromisoformat(question)
    if asked_at is None and given:
        asked_at = _aware(row.updated_at)
    if asked_at is None:
        return None
    zone = ZoneInfo((body.get("branch") or {}).get("timezone") or "UTC")
    day, values = asked_at.astimezone(zone).date(), body.get("values") or {}
    average = _average(body) if given else None
    return {
        "case_id": row.id, "portal": row.portal, "branch": row.branch, "scenario": row.scenario,
        "asked_at": asked_at, "day": day, "weekday": day.weekday(), "average_in_thousandths": average,
        "mark": None if average is None else _mark(average), "clicked": bool(body.get("clicked")),
        "review_day": _review_day(row, body, zone), "employee": _line(values.get("employee")),
        "service": _line(values.get("service")),
    }  # fmt: skip


def _review_day(row: Any, body: Mapping[str, Any], zone: ZoneInfo) -> date | None:
    if body.get("review") != "found":
        return None
    said = [
        one
        for one in (body.get("check") or {}).get("said") or ()
        if one["outcome"] == "found" and one.get("counts", True)
    ]
    moment = datetime.fromisoformat(said[-1]["at"]) if said else _aware(row.updated_at)
    return moment.astimezone(zone).date()


def _scores(row: Any) -> Iterator[dict[str, Any]]:
    for question, score in ((row.body or {}).get("scores") or {}).items():
        number = round(Fraction(str(score)) * 1000)
        yield {
            "case_id": row.id, "question": question, "value_in_thousandths": number, "mark": _mark(number),
        }  # fmt: skip


def _average(body: Mapping[str, Any]) -> int:
    scores = [Fraction(str(score)) for score in body["scores"].values()]
    return round(sum(scores) / len(scores) * 1000)


def _mark(number: int) -> int:
    return min(max(number // 1000, 0), 10)


def _line(text: object) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in str(text or ""))
    return " ".join(plain.split())[:100].strip()


def _aware(moment: datetime) -> datetime:
    """SQLite gives naive times back."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)
