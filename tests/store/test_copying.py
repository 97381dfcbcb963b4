"""An installation moves into another database: every row, and what comes after it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text
from sqlmodel import select as select_rows

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.ports import Arrival
from qc_engine.store import copying
from qc_engine.store.copying import CannotCopy, Copied, copy
from qc_engine.store.database import Database
from qc_engine.store.rollup_tables import METADATA
from qc_engine.store.tables import CaseRow
from tests.flow.fakes import Flow

PHONE = "77015550001"


def says(flow: Flow, text: str) -> None:
    now = flow.clock.now()
    flow.arrive(Arrival(f"message:{text}", AnswerReceived(PHONE, text, now, 5000)))
    flow.settle()


@pytest.fixture
def source(database: Database, clock: FixedClock) -> Database:
    """A client was asked and has answered; messages, a case and an inbox."""
    flow = Flow(database, clock)
    flow.close_order(1, PHONE)
    flow.later(days=1)
    says(flow, "9")
    return database


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path}/moved.db")) as made:
        yield made


def counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            one.name: session.scalar(select(func.count()).select_from(one)) or 0
            for one in METADATA.sorted_tables
        }


def test_every_row_comes_along(source: Database, target: Database) -> None:
    told: list[Copied] = []
    done = copy(source, target, told.append)
    assert told == done
    assert {one.table: one.rows for one in done} == counts(source) == counts(target)
    assert all(counts(target)[name] for name in ("cases", "effects", "inbox", "clients"))
    with source.reading() as before, target.reading() as after:
        pair = [session.exec(select_rows(CaseRow)).one() for session in (before, after)]
    assert pair[0].model_dump() == pair[1].model_dump()


def test_what_is_not_empty_is_left_alone(source: Database, target: Database) -> None:
    copy(source, target)
    before = counts(target)
    with pytest.raises(CannotCopy, match=r"not empty: there are rows in .*cases"):
        copy(source, target)
    assert counts(target) == before


def test_a_row_that_comes_out_otherwise_undoes_everything(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried = copying._carry

    def badly(there: object, here: object, table: object, tell: object) -> None:
        carried(there, here, table, tell)  # type: ignore[arg-type]
        if getattr(table, "name", "") == "effects":
            here.execute(text("UPDATE effects SET lane = 'elsewhere'"))  # type: ignore[attr-defined]

    monkeypatch.setattr(copying, "_carry", badly)
    with pytest.raises(CannotCopy, match="effects: row 1 came out otherwise"):
        copy(source, target)
    assert not any(counts(target).values())


def test_no_side_is_cut_off_while_the_other_one_works(source: Database, target: Database) -> None:
    """A server throws out whoever stands still in a transaction; here one side waits for the other."""
    limit, limits = "SHOW idle_in_transaction_session_timeout", []
    copy(source, target, end=lambda session: limits.append(_shown(session.connection(), limit)))
    with copying._unchanging(source) as there:
        limits.append(_shown(there, limit))
    assert set(limits) <= {"0", ""}


def _shown(connection: Connection, what: str) -> str:
    return "" if connection.dialect.name == "sqlite" else str(connection.scalar(text(what)))


def test_what_is_not_there_is_not_made(tmp_path: Path, target: Database) -> None:
    with pytest.raises(CannotCopy, match=r"there is no .*nowhere\.db"):
        copy(Database(f"sqlite:///{tmp_path}/nowhere.db"), target)
    assert not (tmp_path / "nowhere.db").exists()


def test_the_engine_goes_on_where_it_moved_to(
    sqlite_database: Database, database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """Counters begin behind the rows that came along."""
    flow = Flow(sqlite_database, clock)
    flow.close_order(1, PHONE)
    flow.later(days=1)
    with closing(Database(f"sqlite:///{tmp_path}/other.db")) as other:
        copy(sqlite_database, database if not database.is_sqlite else other)
        moved = Flow(database if not database.is_sqlite else other, clock)
        says(moved, "9")
        with moved.database.reading() as session:
            case = session.exec(select_rows(CaseRow)).one()
        assert case.body["scores"]
        assert len(moved.world.done(SendMessage)) == 1, "the next question, and nothing again"
