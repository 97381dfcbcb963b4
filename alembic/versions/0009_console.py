"""the console: users, sessions, one-time links, audit; cases are found by name, by time and by branch

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What a person's queue is read from, however much lies beside it.
PARTIAL = (
    ("ix_cases_active", "cases", "id", "state = 'active'"),
    ("ix_effects_for_a_person", "effects", "id", "state IN ('review', 'failed')"),
    ("ix_inbox_quarantined", "inbox", "id", "result = 'quarantined'"),
    ("ix_inbox_unmatched", "inbox", "id", "result = 'ignored' AND kind = 'AnswerReceived'"),
)
AT_ONCE = 1000


def upgrade() -> None:
    _people()
    _doings()
    op.add_column("cases", sa.Column("client_name", _text(200), nullable=False, server_default=""))
    _fill_names(op.get_bind())
    op.create_index("ix_cases_search", "cases", ["client_name", "phone", "deal_id", "id"])
    op.create_index("ix_cases_created", "cases", ["created_at"])
    op.create_index("ix_cases_branch", "cases", ["portal", "branch", "created_at"])
    for name, table, column, where in PARTIAL:
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(PARTIAL):
        op.drop_index(name, table)
    for name in ("ix_cases_branch", "ix_cases_created", "ix_cases_search"):
        op.drop_index(name, "cases")
    op.drop_column("cases", "client_name")
    for table in ("handled", "audit", "login_tries", "one_time_links", "sessions", "users"):
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", _text(22), nullable=False),
        sa.Column("login", _text(80), nullable=True),
        sa.Column("name", _text(80), nullable=False),
        sa.Column("role", _text(16), nullable=False),
        sa.Column("branches", sa.JSON(), nullable=True),
        sa.Column("password", _text(200), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("closed_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", _text(22), nullable=False),
        sa.Column("token_hash", _text(64), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("address", _text(64), nullable=False),
        sa.Column("agent", _text(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", _text(64), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("expires_at", _moment(), nullable=False),
        sa.Column("used_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_links")),
    )
    op.create_index(op.f("ix_one_time_links_user_id"), "one_time_links", ["user_id"])


def _doings() -> None:
    op.create_table(
        "login_tries",
        sa.Column("id", _counter(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("account", _text(64), nullable=False),
        sa.Column("address", _text(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_tries")),
    )
    op.create_index("ix_login_tries_account", "login_tries", ["account", "at"])
    op.create_index("ix_login_tries_address", "login_tries", ["address", "at"])
    op.create_index("ix_login_tries_at", "login_tries", ["at"])
    op.create_table(
        "audit",
        sa.Column("id", _counter(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("name", _text(80), nullable=False),
        sa.Column("action", _text(40), nullable=False),
        sa.Column("thing", _text(80), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("address", _text(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_thing", "audit", ["thing", "id"])
    op.create_table(
        "handled",
        sa.Column("key", _text(120), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("user_id", _text(22), nullable=False),
        sa.Column("name", _text(80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_handled")),
    )


def _fill_names(connection: sa.Connection) -> None:
    """Folded here: the databases do not agree on lower case outside ASCII."""
    cases = sa.table("cases", sa.column("id"), sa.column("body", sa.JSON), sa.column("client_name"))
    name = sa.bindparam("folded")
    after = ""
    while rows := connection.execute(
        sa.select(cases.c.id, cases.c.body["client_name"].as_string())
        .where(cases.c.id > after)
        .order_by(cases.c.id)
        .limit(AT_ONCE)
    ).all():
        named = [{"case": id_, "folded": _folded(known)} for id_, known in rows if known]
        if named:
            connection.execute(
                sa.update(cases).where(cases.c.id == sa.bindparam("case")).values(client_name=name), named
            )
        after = rows[-1][0]


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").replace("/", " / ").split())[:200]


def _counter() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
