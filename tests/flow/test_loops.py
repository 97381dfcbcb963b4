"""The loops: nothing is lost between a call and a nap, a bug stops no loop, a stop is orderly."""

import threading
from datetime import timedelta

import pytest

from qc_engine.flow.loops import EmbeddedRunner

NEVER = timedelta(hours=1)


@pytest.fixture
def runner():
    runner = EmbeddedRunner()
    yield runner
    runner.stop()


def test_a_call_while_it_works_makes_it_look_once_more(runner: EmbeddedRunner) -> None:
    working, go_on, done = threading.Event(), threading.Event(), threading.Event()
    runs = []

    def work() -> int:
        runs.append(1)
        working.set()
        assert go_on.wait(10)
        if len(runs) == 2:
            done.set()
        return 0

    runner.periodic("one", NEVER, work)
    runner.start()
    assert working.wait(10)
    runner.wake("one")
    runner.wake("one")
    go_on.set()
    assert done.wait(10)
    runner.stop()
    assert len(runs) == 2


def test_it_goes_on_until_nothing_is_left_and_survives_a_bug(runner: EmbeddedRunner) -> None:
    left, done = [3, 2, 1], threading.Event()

    def work() -> int:
        if len(left) == 2:
            left.pop()
            raise RuntimeError("a bug")
        if not left:
            done.set()
            return 0
        return left.pop()

    runner.periodic("one", timedelta(seconds=0.01), work)
    runner.start()
    assert done.wait(10)
    assert runner.ticking


def test_a_stop_waits_for_what_is_under_way(runner: EmbeddedRunner) -> None:
    working, finished = threading.Event(), []

    def work() -> int:
        working.set()
        runner.loops["one"].stopping.wait(10)
        finished.append(1)
        return 1

    runner.periodic("one", NEVER, work)
    runner.start()
    assert working.wait(10)
    runner.stop()
    assert finished == [1]


def test_an_unknown_name_is_no_error(runner: EmbeddedRunner) -> None:
    runner.periodic("one", NEVER, lambda: 0)
    runner.wake("nobody")
    assert not runner.loops["one"].called.is_set()
