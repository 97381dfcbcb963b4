"""Two workers and the doors as processes of their own, over PostgreSQL; one of the workers is killed.

    pytest tests/whole/test_many_workers.py -m slow

The same promises in the quick suite, with workers that are made by the tests: tests/flow/test_many_workers.py.
"""

import signal
from pathlib import Path
from typing import Any

import pytest

from qc_engine.store.database import Database
from tests.conftest import empty_database
from tests.whole.installation import Installation, clients, installation, send_events, served, until, vendors


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Any:
    yield from empty_database(request, "postgresql")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("runner", ["embedded", "procrastinate"])
def test_a_client_does_not_notice_that_a_worker_dies(tmp_path: Path, database: Database, runner: str) -> None:
    with vendors(tmp_path) as up, installation(up, apart=True) as here:
        here.config |= {"database_url": database.url, "runner": runner}
        here.write()
        here.environment = {**here.environment, "QC_SECRET_KEY": "0123456789abcdef0123456789abcdef"}
        send_events(up, here)
        here.start_engine()
        here._run("second", "worker")
        until(lambda: len(duties(here)) == 2, "both share the work")
        (player,) = clients(here, "happy")
        play = served(here, [player])
        play.nap = 0.6
        here.processes["worker"].send_signal(signal.SIGKILL)
        here.processes.pop("worker").wait()
        # The play leaps over hours in which nothing is to be done: not while nobody is there to do it.
        until(lambda: len(duties(here)) == 1, "the one that is left looks after everything")
        play.run()
        assert here.story(player.deal_id)["case"]["scores"]
        assert any("/r/" in text for text in up.messages(player.phone))
        assert [one["lives"] for one in here.status()["workers"]] == [False, True]
        second = here.processes.pop("second")
        second.terminate()
        assert second.wait(30) == 0
        here.stop_engine()


def duties(here: Installation) -> list[int]:
    """How many each of the workers looks after, of those that live."""
    return sorted(len(one["duties"]) for one in here.status()["workers"] if one["lives"] and one["duties"])
