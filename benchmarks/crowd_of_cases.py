"""Many cases that wait, like one that the engine itself has begun, written quickly into either database."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from qc_engine.store.database import Database
from sandbox.demo.headless import cast_of
from sandbox.demo.play import close_orders, open_orders
from sandbox.demo.stage import Stage

AT_ONCE = 5000
Row = dict[str, Any]


def begin_one(up: Stage) -> None:
    """An order of one client, closed just now: its case is a row such as all of them are."""
    players = cast_of(up)[:1]
    open_orders(up, players)
    close_orders(up, players)


def multiply(
    database: Database, count: int, since: datetime, span: timedelta, like: Database | None = None
) -> None:
    """So many more cases, that wait until moments spread evenly over `span`; the pattern is in `like`."""
    pattern = _pattern(like or database)
    for begin in range(0, count, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, count))
        with database.transaction(durable=False) as session:
            cursor = session.connection().connection.cursor()
            write(database, cursor, [_case(pattern, one, since + span * (one / count)) for one in numbers])
    analyze(database)


def _pattern(database: Database) -> Row:
    with database.reading() as session:
        found = dict(
            session.execute(text("SELECT * FROM cases ORDER BY created_at LIMIT 1")).mappings().one()
        )
    body = found["body"]
    return found | {"body": json.loads(body) if isinstance(body, str) else body}


def write(database: Database, cursor: Any, rows: list[Row]) -> None:
    names = ", ".join(rows[0])
    if database.is_sqlite:
        marks = ", ".join("?" * len(rows[0]))
        cursor.executemany(
            f"INSERT INTO cases ({names}) VALUES ({marks})", [list(_plain(row)) for row in rows]
        )
        return
    with cursor.copy(f"COPY cases ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(list(row.values()))


def analyze(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _plain(row: Mapping[str, Any]) -> Iterator[Any]:
    """As SQLite's columns hold it."""
    for value in row.values():
        yield value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def _case(pattern: Row, number: int, wake_at: datetime) -> Row:
    phone, deal, name = f"7702{number:07d}", 10_000_000 + number, case_id(number)
    body = pattern["body"] | {"id": name, "deal_id": deal, "wake_at": wake_at.isoformat()}
    body["client"] = body["client"] | {"phone": phone}
    return pattern | {
        "id": name, "deal_id": deal, "phone": phone, "wake_at": wake_at, "answer_code": f"a{number:021d}",
        "survey_code": f"s{number:021d}", "body": json.dumps(body, ensure_ascii=False),
    }  # fmt: skip


def case_id(number: int) -> str:
    return f"Z{number:07d}"
