"""What one process does of an installation, and an orderly way to stop."""

import contextlib
import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError

from qc_engine.clock import SystemClock
from qc_engine.flow.duties import HOUSE
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.serving.doors import make_doors
from qc_engine.serving.role import Role
from qc_engine.serving.server import answer, opened
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.lock import lock_of
from qc_engine.store.workers import BEAT_EVERY
from qc_engine.telling import Teller
from qc_engine.telling.console import first_owner
from qc_engine.telling.mailing.weekly_mail import EVERY, weekly_mail
from qc_engine.wiring import Engine, Installation, build
from qc_engine.wiring.engine import HANDLE
from qc_engine.wiring.front import FOLLOW_EVERY, is_anybody_working, open_front
from qc_engine.wiring.place import MAIL
from qc_engine.wiring.runners import runner_of

log = structlog.get_logger(__name__)
SWITCH_SECONDS = 0.001  # for how long a loop may compute before a visitor's thread has its turn
# Nobody wakes the loops of another process: how often they look whether the doors took something in.
NEWS_EVERY = timedelta(seconds=0.2)


def serve(settings: Installation, grace_seconds: int, role: Role = Role.ALL) -> None:
    """Runs until SIGINT or SIGTERM.

    Raises AlreadyRunning and OSError (port taken) before anything else is touched; then what `build` raises,
    for the doors alone what `open_front` raises.
    """
    # The server hands a signal on to whoever had it before: let that be an exception, not the end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        RUNS[role](settings, grace_seconds)
    log.info("stopped", role=role)


def _run_all(settings: Installation, grace_seconds: int) -> None:
    # Bound before anything starts: a taken port must be told before a message leaves.
    with _allowed(settings), opened(settings.host, settings.port) as door:
        engine = build(settings, role=Role.ALL)
        runner = runner_of(settings, engine.sharing.id)
        with _committing(engine.database) as commit, _working(engine, runner):
            app = make_doors(engine, commit, lambda: runner.ticking, engine.wakes.events)
            _begin(runner)
            _tell_first_owner(settings, engine.database)
            log.info("running", address=settings.public_url, scenarios=engine.scenarios)
            answer(app, door, grace_seconds)


def _run_worker(settings: Installation, _grace_seconds: int) -> None:
    with _allowed(settings):
        engine = build(settings, role=Role.WORKER)
        runner = runner_of(settings, engine.sharing.id)
        with contextlib.closing(engine.database), _working(engine, runner, NEWS_EVERY):
            _begin(runner)
            log.info("working", scenarios=engine.scenarios)
            threading.Event().wait()


def _run_web(settings: Installation, grace_seconds: int) -> None:
    with opened(settings.host, settings.port) as door:
        front, runner = open_front(settings), runner_of(settings)
        with _committing(front.database) as commit, _loops(runner):
            runner.periodic("follow", FOLLOW_EVERY, front.follow)
            working = partial(is_anybody_working, front.database)
            app = make_doors(front, commit, working, partial(runner.wake, HANDLE))
            _begin(runner)
            _tell_first_owner(settings, front.database)
            log.info("open", address=settings.public_url)
            answer(app, door, grace_seconds)


RUNS: dict[Role, Callable[[Installation, int], None]] = {
    Role.ALL: _run_all,
    Role.WEB: _run_web,
    Role.WORKER: _run_worker,
}


@contextlib.contextmanager
def _working(
    engine: Engine, runner: EmbeddedRunner, look_for_news: timedelta | None = None
) -> Iterator[None]:
    """As one of the workers: what is ours to do is known when the loops begin, and given back in the end."""
    engine.schedule(runner, look_for_news)
    runner.periodic("beat", BEAT_EVERY, engine.sharing.beat)
    mail = weekly_mail(Teller(engine.settings, engine.database, engine.libraries), engine.clock)
    assert engine.standing is not None
    runner.periodic("weekly report", EVERY, engine.sharing.of(HOUSE, engine.standing.only(MAIL, mail.look)))
    engine.sharing.beat()
    try:
        with _loops(runner):
            yield
    finally:
        with contextlib.suppress(DBAPIError):  # a database that is down hears of our silence by itself
            engine.sharing.leave()


@contextlib.contextmanager
def _allowed(settings: Installation) -> Iterator[None]:
    """To poll, decide and deliver for this database: alone with a file, beside others with a server."""
    lock = lock_of(Database(settings.database_url))
    lock.share()
    try:
        yield
    finally:
        lock.free()


@contextlib.contextmanager
def _loops(runner: EmbeddedRunner) -> Iterator[None]:
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        runner.stop()


@contextlib.contextmanager
def _committing(database: Database) -> Iterator[GroupCommit]:
    with contextlib.closing(database):
        commit = GroupCommit(database)
        commit.start()
        try:
            yield commit
        finally:
            commit.stop()


def _begin(runner: EmbeddedRunner) -> None:
    gc.collect()
    gc.freeze()  # what is here stays: to look through it again and again would stop everybody for 0.2 s
    runner.start()


def _tell_first_owner(settings: Installation, database: Database) -> None:
    """There is no first password that everybody knows: whoever starts the engine sees a link, once."""
    if not settings.console:
        return
    if link := first_owner(database, settings, SystemClock().now()):
        log.warning("nobody can come into the console yet: open this link", link=link, valid_hours=24)
