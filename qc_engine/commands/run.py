"""qc run: the engine and its doors, until somebody stops it."""

from pathlib import Path
from typing import Annotated

import typer

from qc_engine.commands.shared import CANNOT_RUN, Config, complain, faults_explained
from qc_engine.serving.role import Role

DEFAULT = Path("config.yaml")
GRACE_SECONDS = 20


def run(
    config: Config = DEFAULT,
    role: Annotated[
        Role,
        typer.Option(
            "--role", help="all; web: only webhooks, review links and pages; worker: only the loops."
        ),
    ] = Role.ALL,
    log_level: Annotated[str, typer.Option("--log-level", help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    """Run the engine: loops, webhooks, review links and pages, in one process or in several.

    Stop it with Ctrl-C or SIGTERM: it finishes what it is doing. An empty database is set up;
    an older one is refused, see `qc db upgrade`. Exit codes: 1 faults in the files, 3 cannot run.

    Processes of their own keep visitors from waiting while much is decided: a worker, and beside it
    `--role web`. With SQLite there is one worker, and all run on one machine; start the worker first. With
    PostgreSQL any number of each may run on any machines: workers share the work and replace each other.

    Examples:

      qc run --config config.yaml

      qc run --role worker

      qc run --role web
    """
    from qc_engine import logs, wiring
    from qc_engine.serving import roles

    logs.set_up(log_level.upper())
    with faults_explained():
        settings = wiring.read_installation(config)
        try:
            roles.serve(settings, GRACE_SECONDS, role)
        except OSError as trouble:
            complain(f"qc: cannot listen on {settings.host}:{settings.port}: {trouble.strerror or trouble}")
            raise typer.Exit(CANNOT_RUN) from None
