"""qc redirect serve: review links on a host of their own."""

import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import CANNOT_RUN, Config, complain, faults_explained

if TYPE_CHECKING:
    from qc_engine.store.database import Database
    from qc_engine.wiring import Installation
    from redirect.alone import Alone

DEFAULT = Path("config.yaml")
GRACE_SECONDS = 10
app = typer.Typer(no_args_is_help=True, help="Review links on a host of their own.")


@app.callback()
def redirect() -> None:
    """Review links on a host of their own."""


@app.command()
def serve(
    config: Config = DEFAULT,
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="On which port.")] = 8081,
    log_level: Annotated[str, typer.Option("--log-level", help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    """Serve /r/... and /healthz, and nothing else, beside a running engine.

    It shares the engine's database (SQLite or PostgreSQL) and config.yaml, and needs no secret of a vendor.
    Several may run at once; the engine learns of a click within its next tick. Give all of them the same
    secret_key. Stop it with Ctrl-C or SIGTERM. Exit codes: 1 faults in the files, 3 cannot run.

    Examples:

      qc redirect serve --port 8081

      qc redirect serve --config /etc/qc/config.yaml --host 0.0.0.0 --port 80
    """
    from qc_engine import logs
    from qc_engine.wiring import read_installation

    logs.set_up(log_level.upper())
    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        try:
            serve_alone(settings, host, port)
        except OSError as trouble:
            complain(f"qc: cannot listen on {host}:{port}: {trouble.strerror or trouble}")
            raise typer.Exit(CANNOT_RUN) from None


def serve_alone(settings: "Installation", host: str, port: int) -> None:
    """Until SIGINT or SIGTERM. Raises OSError (port taken) and WrongSchema before anything is opened."""
    import structlog

    from qc_engine.serving.server import answer, opened
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.store.group_commit import GroupCommit

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    database = Database(settings.database_url)
    schema.require_current(database)
    with opened(host, port) as door, contextlib.suppress(KeyboardInterrupt):
        commit = GroupCommit(database)
        commit.start()
        try:
            structlog.get_logger().info(
                "review links are served", address="{}:{}".format(*door.getsockname()[:2])
            )
            answer(make_alone(settings, database, commit), door, GRACE_SECONDS)
        finally:
            commit.stop()
            database.close()


def make_alone(settings: "Installation", database: "Database", commit: object) -> "Alone":
    """The application, for whoever starts a server of his own; `commit`: a started GroupCommit."""
    from qc_engine.wiring import clock_of
    from qc_engine.wiring.links import redirect_of
    from redirect.alone import Alone
    from redirect.app import CommitsRows

    assert isinstance(commit, CommitsRows)
    return Alone(redirect_of(settings, commit, clock_of(settings)), lambda: _not_well(database))


def _not_well(database: "Database") -> Sequence[str]:
    from qc_engine.store import schema

    try:
        schema.require_current(database)
    except schema.WrongSchema:
        return ["schema"]
    except Exception:  # noqa: BLE001  whatever a driver says, we are not well
        return ["database"]
    return []
