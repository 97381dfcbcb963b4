"""The doors and the loops in two processes: the same loop of the product, and what each of them does alone."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qc_engine.store.database import Database
from sandbox.demo.play import close_orders, open_orders
from tests.whole.installation import (
    Installation,
    Vendors,
    clients,
    installation,
    send_events,
    served,
    until,
    vendors,
)


@contextmanager
def standing(up: Vendors, url: str) -> Iterator[Installation]:
    """Both processes run, with this database."""
    with installation(up, apart=True) as made:
        made.config["database_url"] = url
        if url.startswith("postgres"):
            made.config["runner"] = "procrastinate"  # the doors tell the worker what has come in
        made.write()
        send_events(up, made)
        made.start_engine()
        yield made


def health(here: Installation) -> tuple[int, list[str]]:
    answer = here.vendors.http.get(f"{here.engine_url}/readyz")
    return answer.status_code, answer.json().get("failed", [])


def test_a_client_is_asked_answers_and_opens_the_link(tmp_path: Path, database: Database) -> None:
    """What comes in at the doors is decided by the other process, and seen at the doors again."""
    with vendors(tmp_path) as up, standing(up, database.url) as here:
        _asked_and_answered(here)


def _asked_and_answered(here: Installation) -> None:
    (player,) = clients(here, "happy")
    play = served(here, [player])
    play.nap = 0.6  # a worker that has no turn for a while does not hold up what the doors say
    play.run()
    story = here.story(player.deal_id)
    assert story["case"]["scores"], story
    assert any("/r/" in text for text in here.vendors.messages(player.phone))
    until(lambda: here.status(full=True)["clicks"].get("person"), "the click is graded")
    here.stop_engine()


def test_a_worker_that_dies_is_missed_and_only_one_works(tmp_path: Path) -> None:
    with vendors(tmp_path) as up, standing(up, f"sqlite:///{tmp_path}/qc.db") as here:
        _dies_and_comes_back(here)


def _dies_and_comes_back(here: Installation) -> None:
    until(lambda: health(here) == (200, []), "somebody works")
    refused = here.qc("run", "--role", "worker")
    assert (refused.code, "already works on" in refused.err) == (3, True), refused
    here.processes["worker"].send_signal(signal.SIGKILL)
    here.processes.pop("worker").wait()
    # The doors go on: what comes in now is there when somebody works again.
    (player,) = clients(here, "happy")
    open_orders(here, [player])
    close_orders(here, [player])
    until(lambda: here.status(full=True)["inbox_open"], "the portal's webhook is stored")
    here._run("worker", "worker")
    until(lambda: here.status(full=True)["cases"] == {"waiting": 1}, "the order is known")
    here.stop_engine()


def test_doors_without_tables_wait_for_a_worker(tmp_path: Path) -> None:
    with vendors(tmp_path) as up, installation(up, apart=True) as made:
        made._run("engine", "web")
        until(lambda: "waiting for a worker" in made.log(), "it says for what it waits")
        with socket.create_connection(("127.0.0.1", made.config["port"])):
            pass  # bound from the beginning: visitors wait, and are not refused
        made._run("worker", "worker")
        until(lambda: '"open"' in made.log(), "the doors are open")
        until(lambda: health(made) == (200, []), "somebody works")
        made.stop_engine()
