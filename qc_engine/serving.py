"""A running engine: the loops on threads, the doors in front, and an orderly way to stop."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
import uvicorn

from qc_engine.clock import SystemClock
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.flow.starts.requests import Requests
from qc_engine.flow.versions.library import scenario_of
from qc_engine.flow.watching.status import status
from qc_engine.ids import RandomIds
from qc_engine.store import alarms, schema
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.lock import FileLock
from qc_engine.telling import Teller
from qc_engine.telling.console import console_of, first_owner
from qc_engine.web.app import Doors, make_app
from qc_engine.web.bodies import AsgiApp
from qc_engine.web.hooks import Hooks
from qc_engine.web.pages.approval.view import ApprovalView, approval_view
from qc_engine.web.pages.review_answer.page import ReviewView
from qc_engine.web.pages.review_answer.view import review_view
from qc_engine.web.pages.survey.view import SurveyView, survey_view
from qc_engine.wiring import Engine, Installation, build, secret_of
from qc_engine.wiring.links import redirect_of

log = structlog.get_logger()
BACKLOG = 2048
SWITCH_SECONDS = 0.001  # for how long a loop may compute before a visitor's thread has its turn


def serve(settings: Installation, grace_seconds: int) -> None:
    """Runs until SIGINT or SIGTERM.

    Raises AlreadyRunning and OSError (port taken) before anything else is touched; then what `build` raises.
    """
    lock = _lock(settings)
    # The server hands a signal on to whoever had it before: let that be an exception, not the end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Bound before anything starts: a taken port must be told before a message leaves.
        door = socket.create_server((settings.host, settings.port), backlog=BACKLOG)
        with door, contextlib.suppress(KeyboardInterrupt):
            _run(build(settings), door, grace_seconds)
    finally:
        lock.free()


def _lock(settings: Installation) -> FileLock:
    path = Database(settings.database_url).path
    lock = FileLock(path.with_name(path.name + ".lock") if path else None)
    lock.take()
    return lock


def _run(engine: Engine, door: socket.socket, grace_seconds: int) -> None:
    runner, commit = EmbeddedRunner(), GroupCommit(engine.database)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        engine.schedule(runner)
        commit.start()
        _run_server(engine, runner, commit, door, grace_seconds)
    finally:
        runner.stop()
        commit.stop()
        engine.database.close()
        log.info("stopped")


def _run_server(
    engine: Engine, runner: EmbeddedRunner, commit: GroupCommit, door: socket.socket, grace_seconds: int
) -> None:
    config = uvicorn.Config(
        make_doors(engine, runner, commit),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=grace_seconds,
    )
    gc.collect()
    gc.freeze()  # what is here stays: to look through it again and again would stop everybody for 0.2 s
    runner.start()
    _tell_first_owner(engine)
    log.info("running", address=engine.settings.public_url, scenarios=engine.scenarios)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as loop:
        loop.run(uvicorn.Server(config).serve(sockets=[door]))


def _tell_first_owner(engine: Engine) -> None:
    """There is no first password that everybody knows: whoever starts the engine sees a link, once."""
    if not engine.settings.console:
        return
    if link := first_owner(engine.database, engine.settings, SystemClock().now()):
        log.warning("nobody can come into the console yet: open this link", link=link, valid_hours=24)


def make_doors(engine: Engine, runner: EmbeddedRunner, commit: GroupCommit) -> AsgiApp:
    """All that can be reached over HTTP."""
    settings = engine.settings
    teller = Teller(settings, engine.database, engine.libraries)
    portals = {one.name: one.portal for one in engine.connectors}
    receivers = {one.name: one.receives for one in engine.connectors if one.receives}
    return make_app(
        Doors(
            redirect=redirect_of(settings, commit, engine.clock, engine.wakes.events),
            hooks=Hooks(receivers, commit, engine.clock, engine.wakes.events, portals=portals),
            commit=commit,
            clock=engine.clock,
            ready=lambda: _not_ready(engine, runner),
            alarms=lambda: _alarms(engine),
            review_of=lambda code: _review(engine, code),
            survey_of=lambda code: _survey(engine, code),
            approval_of=lambda code, name, link: _approval(engine, code, name, link),
            story=lambda case, deal, phone: next(iter(teller.stories(case or phone or str(deal))), None),
            attention=teller.attention,
            status=lambda full: status(engine.database, engine.clock, full, engine.connectors),
            take=Requests(engine.database, engine.clock, lambda: engine.libraries, RandomIds(), "api").take,
            connects={one.name: one.connects for one in engine.connectors if one.connects},
            console=console_of(teller, engine.clock) if settings.console else None,
            public_url=settings.public_url,
            api_token=settings.api_token.get_secret_value(),
        )
    )


def _not_ready(engine: Engine, runner: EmbeddedRunner) -> Sequence[str]:
    failed = [] if runner.ticking else ["loops"]
    try:
        schema.require_current(engine.database)
    except schema.WrongSchema:
        return [*failed, "schema"]
    except Exception:  # whatever a database driver says, we are not ready
        log.exception("the database does not answer")
        return [*failed, "database"]
    return failed


def _alarms(engine: Engine) -> Sequence[str]:
    """Their keys; of broken scenarios also the first place, so that whoever watches can go there."""
    with engine.database.reading() as session:
        found = alarms.all_alarms(session)
    return [" ".join(filter(None, (one.key, _place(one.params)))) for one in found]


def _place(params: Mapping[str, object]) -> str:
    return ":".join(str(params[word]) for word in ("file", "line", "column") if word in params)


def _survey(engine: Engine, code: str) -> SurveyView | None:
    with engine.database.reading() as session:
        libraries, language = engine.libraries, engine.settings.language
        return survey_view(session, lambda one, case: scenario_of(one, libraries, case), code, language)


def _approval(engine: Engine, code: str, name: str, link: str) -> ApprovalView | None:
    settings = engine.settings
    lasts = timedelta(days=settings.answer_days)
    with engine.database.reading() as session:
        now, language = engine.clock.now(), settings.language
        return approval_view(session, code, name, link, now, answered_for=lasts, language=language)


def _review(engine: Engine, code: str) -> ReviewView | None:
    settings = engine.settings
    with engine.database.reading() as session:
        return review_view(
            session,
            code,
            engine.clock.now(),
            answered_for=timedelta(days=settings.answer_days),
            key=secret_of(settings).encode(),
        )
