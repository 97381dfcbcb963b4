"""The console's fixtures: one installation over a database of either kind."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr

from qc_engine.clock import FixedClock
from qc_engine.flow.versions.library import Library
from qc_engine.ids import RandomIds
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.telling.console import console_of
from qc_engine.telling.teller import Teller
from qc_engine.web.console import passwords
from qc_engine.wiring import Installation, read_installation
from tests.conftest import NOON
from tests.conftest import _in_postgres as in_postgres
from tests.conftest import _postgres as postgres
from tests.disk import quick
from tests.flow.fakes import BRANCH, Flow, Site
from tests.web.console.house import House, lived_in

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ones take a tenth of a second and 64 MB each, on purpose."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


@pytest.fixture(scope="session")
def settings() -> Installation:
    """The shipped config.yaml, seen by https."""
    shipped = read_installation(ROOT / "config.yaml", with_secrets=False)
    branches = [shipped.branches[0].model_copy(update={"name": BRANCH.name}), *shipped.branches[1:]]
    return shipped.model_copy(
        update={
            "public_url": "https://qc.example",
            "branches": branches,
            "secret_key": SecretStr("a key of tests"),
        }
    )


Built = Callable[[Database, datetime], House]


@pytest.fixture(scope="session")
def built(settings: Installation) -> Built:
    """A house over this database at this moment."""
    library = Site().library(MAIN)

    class ReadOnce(Site):
        """Reading the scenarios takes a second."""

        def library(self, portal: str) -> Library:
            return replace(library)

    def build(database: Database, now: datetime) -> House:
        flow = Flow(database, FixedClock(now), {MAIN: ReadOnce()})
        teller = Teller(settings, database, flow.libraries)
        console = console_of(teller, flow.clock, RandomIds())
        return House(flow, settings, replace(console, wall=FixedClock(now)))

    return build


@pytest.fixture
def house(sqlite_database: Database, built: Built) -> House:
    """Nothing has happened yet."""
    return built(sqlite_database, NOON)


@pytest.fixture
def each_house(database: Database, built: Built) -> House:
    """The same over either kind of database."""
    return built(database, NOON)


# --- what has happened, once for all tests ----------------------------------------------------


@pytest.fixture(scope="session")
def lived_sqlite(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, built: Built
) -> tuple[Path, datetime]:
    path = tmp_path_factory.mktemp("lived") / "qc.db"
    shutil.copy(sqlite_template, path)
    house = lived_in(built(Database(f"sqlite:///{path}"), NOON))
    house.database.close()
    return path, house.flow.clock.now()


@pytest.fixture(scope="session")
def lived_postgres(postgres_url: str, postgres_template: str, built: Built) -> tuple[str, datetime]:
    in_postgres(postgres_url, f"CREATE DATABASE qc_lived TEMPLATE {postgres_template}")
    house = lived_in(built(Database(postgres(postgres_url, "qc_lived")), NOON))
    house.database.close()
    return "qc_lived", house.flow.clock.now()


@pytest.fixture
def lived(tmp_path: Path, lived_sqlite: tuple[Path, datetime], built: Built) -> Iterator[House]:
    """Every kind of thing waits for a person."""
    path, now = lived_sqlite
    shutil.copy(path, tmp_path / "lived.db")
    database = quick(Database(f"sqlite:///{tmp_path}/lived.db"))
    yield built(database, now)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_lived(request: pytest.FixtureRequest, built: Built) -> Iterator[House]:
    """The same over either kind of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("lived")
        return
    template, now = request.getfixturevalue("lived_postgres")
    base, name = request.getfixturevalue("postgres_url"), f"l_{uuid.uuid4().hex}"
    in_postgres(base, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database(postgres(base, name))
    yield built(database, now)
    database.close()
    in_postgres(base, f"DROP DATABASE {name} WITH (FORCE)")
