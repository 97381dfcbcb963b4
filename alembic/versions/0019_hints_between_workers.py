"""hints between workers: the tables of Procrastinate 3.10, on PostgreSQL alone; nothing of a case is in them

Revision ID: 0019
Revises: 0018
"""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SCHEMA = Path(__file__).parents[1] / "sql" / "procrastinate_3_10.sql"
TABLES = ("events", "periodic_defers", "jobs", "workers")
TYPES = ("job_to_defer_v1", "job_event_type", "job_status")
FUNCTIONS = r"""
DO $$ DECLARE one regprocedure;
BEGIN
    FOR one IN SELECT oid::regprocedure FROM pg_proc
        WHERE proname LIKE 'procrastinate\_%' AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP FUNCTION ' || one; END LOOP;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _run(SCHEMA.read_text(encoding="utf-8"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _run("".join(f"DROP TABLE procrastinate_{name} CASCADE;" for name in TABLES))
        _run(FUNCTIONS)
        _run("".join(f"DROP TYPE procrastinate_{name};" for name in TYPES))


def _run(sql: str) -> None:
    # By the driver's own cursor: it takes many statements at once, and a % as it stands there.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(sql)
