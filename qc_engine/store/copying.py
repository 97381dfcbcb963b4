"""A whole database, row by row, into an empty one of either kind."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, CursorResult, Table, func, insert, select, text
from sqlmodel import Session

from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.rollup_tables import METADATA

AT_ONCE = 1000  # rows
TELL_EVERY = 100_000  # rows: of a large table it is told how far it is


class CannotCopy(Exception):
    """The target holds something, or does not hold afterwards what the source does; nothing was changed."""


@dataclass(frozen=True)
class Copied:
    """One table, and how many rows of it are on both sides, each compared; or how far it is by now."""

    table: str
    rows: int
    so_far: str = ""  # "written" or "compared", while it is under way

    def __str__(self) -> str:
        return f"{self.table}: {self.rows} {self.so_far}".rstrip()


Tell = Callable[[Copied], None]


def copy(
    source: Database,
    target: Database,
    tell: Tell = lambda _: None,
    end: Callable[[Session], None] = lambda _: None,
) -> list[Copied]:
    """All or nothing, as `source` is at one moment. Raises WrongSchema and CannotCopy.

    `end` is called in the same transaction, when everything has been compared.
    """
    if source.path and not source.path.exists():
        raise CannotCopy(
            f"there is no {source.path}; give FROM as it stands at database_url in config.yaml, or as "
            "sqlite:///path of a file that `qc backup` made"
        )
    schema.require_current(source)
    schema.make_ready(target)
    return carry(source, target, METADATA.sorted_tables, tell, end)


def carry(
    source: Database,
    target: Database,
    tables: Sequence[Table],
    tell: Tell = lambda _: None,
    end: Callable[[Session], None] = lambda _: None,
) -> list[Copied]:
    """The same for some tables, in this order, which both have as they are told here."""
    done = []
    with _unchanging(source) as there, target.transaction() as session:
        here = session.connection()
        _take_its_time(here)
        _require_empty(here, tables)
        for table in tables:
            _carry(there, here, table, tell)
            done.append(Copied(table.name, _compared(there, here, table, tell)))
            tell(done[-1])
        end(session)
    return done


@contextmanager
def _unchanging(database: Database) -> Iterator[Connection]:
    """One view of everything, whoever writes meanwhile."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            yield connection.execution_options(read_only=True)
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
            _take_its_time(connection)
            yield connection


def _take_its_time(connection: Connection) -> None:
    """While one side sorts a large table, the other one waits; and nobody waits for either."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def _require_empty(here: Connection, tables: Sequence[Table]) -> None:
    held = [one.name for one in tables if here.scalar(select(func.count()).select_from(one))]
    if held:
        raise CannotCopy(f"the target is not empty: there are rows in {', '.join(held)}; take a new database")


def _carry(there: Connection, here: Connection, table: Table, tell: Tell) -> None:
    count = 0
    with _rows(there, table) as rows:
        for some in rows.mappings().partitions(AT_ONCE):
            here.execute(insert(table), [dict(row) for row in some])
            count += len(some)
            if count % TELL_EVERY == 0:
                tell(Copied(table.name, count, "written"))
    if here.dialect.name == "postgresql":
        _count_on(here, table)


def _count_on(here: Connection, table: Table) -> None:
    """The next row gets the number after the last one that came along."""
    counted = table.autoincrement_column
    if counted is None:
        return
    name = here.scalar(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": counted.name})
    last = here.scalar(select(func.max(counted)))
    if name and last is not None:
        here.execute(text("SELECT setval(:name, :last)"), {"name": name, "last": last})


def _compared(there: Connection, here: Connection, table: Table, tell: Tell) -> int:
    count = 0
    with _rows(there, table) as sides, _rows(here, table) as others:
        for before, after in zip_longest(sides, others):
            if before is None or after is None or tuple(before) != tuple(after):
                raise CannotCopy(f"{table.name}: row {count + 1} came out otherwise; nothing was copied")
            count += 1
            if count % TELL_EVERY == 0:
                tell(Copied(table.name, count, "compared"))
    return count


def _rows(connection: Connection, table: Table) -> CursorResult[Any]:
    """In the order of their keys, which must not depend on the language of a database."""
    ordered = [_plain(column, connection) for column in table.primary_key]
    query = select(table).order_by(*ordered).execution_options(yield_per=AT_ONCE)
    return connection.execute(query)


def _plain(column: Any, connection: Connection) -> Any:
    is_text = issubclass(column.type.python_type, str)
    return column.collate("C") if is_text and connection.dialect.name == "postgresql" else column


def summed(copied: Sequence[Copied]) -> int:
    return sum(one.rows for one in copied)
