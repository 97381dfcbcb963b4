"""One season for all tests here: a trial changes nothing, so that they may share it."""

from collections.abc import Iterator

import pytest

from qc_engine.store import schema
from qc_engine.store.database import Database
from tests.disk import quick
from tests.trying.season import Seasoned

CLIENTS = 120


@pytest.fixture(scope="session")
def seasoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seasoned]:
    database = quick(Database(f"sqlite:///{tmp_path_factory.mktemp('season')}/qc.db"))
    schema.upgrade(database)
    season = Seasoned(database, CLIENTS)
    season.live()
    yield season
    database.close()
