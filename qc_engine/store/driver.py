"""The hot writer's own way to the database: transactions without a session, which cost a fifth of one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import PoolProxiedConnection
from sqlmodel import Session

from qc_engine.store.database import Database

T = TypeVar("T")

# Each statement gives the interpreter away and must wait for it again, so there are few with many rows.
MOST_ROWS = 256  # a power of two
FEW_ROWS = 32  # so many go by one statement, whatever their number


@dataclass(frozen=True, slots=True)
class Writing:
    """A transaction that is under way, by the driver's own cursor."""

    cursor: Any
    is_sqlite: bool

    def insert(self, head: str, rows: Sequence[tuple[Any, ...]], alike: str = "") -> None:
        """Many rows by few statements.

        `head`: INSERT INTO table (columns). `alike`: the last columns, in SQL, where all rows are alike.
        """
        for part in _parts(rows):
            self._insert(head, part, alike, "")

    def insert_new(
        self, head: str, rows: Sequence[tuple[Any, ...]], returning: str, alike: str = ""
    ) -> list[Any]:
        """The same without what breaks a rule of uniqueness; `returning`: columns of the new ones."""
        found: list[Any] = []
        for part in _parts(rows):
            self._insert(head, part, alike, f" ON CONFLICT DO NOTHING RETURNING {returning}")
            found += self.cursor.fetchall()
        return found

    def select_in(self, query: str, values: Sequence[str], given: Sequence[str] = ()) -> list[Any]:
        """`query`: up to the column that is to be one of `values`; a ? in it for each that is `given`."""
        found: list[Any] = []
        for start in range(0, len(values), MOST_ROWS):
            part = list(values[start : start + MOST_ROWS])
            places = 1 << (len(part) - 1).bit_length()  # few different statements, as in _parts
            part += part[-1:] * (places - len(part))
            self.cursor.execute(_selection(query, places, self.is_sqlite), [*given, *part])
            found += self.cursor.fetchall()
        return found

    def moment(self, at: datetime) -> object:
        """A time as the columns hold it: aware where the database knows zones, else UTC without one."""
        if not self.is_sqlite:
            return at
        return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(" ", "microseconds")[:26]

    def _insert(self, head: str, rows: Sequence[tuple[Any, ...]], alike: str, tail: str) -> None:
        sql = _insertion(head, len(rows), len(rows[0]), alike, tail, self.is_sqlite)
        self.cursor.execute(sql, [value for row in rows for value in row])


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Beyond a few in powers of two, so that there are few different statements and the driver keeps them."""
    size, start = MOST_ROWS, 0
    while start < len(rows):
        left = len(rows) - start
        while size > left > FEW_ROWS:
            size //= 2
        yield rows[start : start + size]
        start += size


@lru_cache(maxsize=256)
def _insertion(head: str, rows: int, columns: int, alike: str, tail: str, is_sqlite: bool) -> str:
    marks = ["?" if is_sqlite else "%s"] * columns
    row = f"({', '.join([*marks, alike] if alike else marks)})"
    return f"{head} VALUES {', '.join([row] * rows)}{tail}"


@lru_cache(maxsize=64)
def _selection(query: str, places: int, is_sqlite: bool) -> str:
    sql = f"{query} IN ({', '.join(['?'] * places)})"
    return sql if is_sqlite else sql.replace("?", "%s")


def writing_of(session: Session) -> Writing:
    """A cursor within the session's own transaction."""
    connection = session.connection()
    return Writing(connection.connection.cursor(), connection.dialect.name == "sqlite")


class Driver:
    """One connection, kept open, for one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: PoolProxiedConnection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Writing]:
        """All or nothing, and durable at the end, exactly as Database.transaction."""
        with self._database.turn:
            writing = self._begin()
            try:
                yield writing
                self.commit(writing)
            except BaseException:
                self._take_back(writing)
                raise
            writing.cursor.close()

    def commit(self, writing: Writing) -> None:
        if writing.is_sqlite:
            writing.cursor.execute("COMMIT")
        else:
            assert self._connection is not None
            self._connection.commit()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begin(self) -> Writing:
        if self._database.is_sqlite:
            writing = self._cursor()
            writing.cursor.execute("BEGIN IMMEDIATE")
            return writing
        try:
            return self._begun()
        except Exception:  # noqa: BLE001  whatever the driver calls it: the server was restarted meanwhile
            self._give_up()
            return self._begun()

    def _begun(self) -> Writing:
        writing = self._cursor()
        writing.cursor.execute("SELECT 1")
        return writing

    def _cursor(self) -> Writing:
        if self._connection is None:
            self._connection = self._database.engine.raw_connection()
        return Writing(self._connection.cursor(), self._database.is_sqlite)

    def _take_back(self, writing: Writing) -> None:
        """Nothing of what was begun stays."""
        assert self._connection is not None
        try:
            writing.cursor.close()  # a statement that has failed would hold the lock of a file
            self._connection.rollback()
        except Exception:  # noqa: BLE001  a connection that cannot even do that is of no use
            self._give_up()

    def _give_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
