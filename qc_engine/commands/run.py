"""qc run: the engine and its doors, until somebody stops it."""

from pathlib import Path
from typing import Annotated

import typer

from qc_engine.commands.shared import CANNOT_RUN, Config, complain, faults_explained

DEFAULT = Path("config.yaml")
GRACE_SECONDS = 20


def run(
    config: Config = DEFAULT,
    log_level: Annotated[str, typer.Option("--log-level", help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    """Run the engine: loops, webhooks, review links and pages, in one process.

    Stop it with Ctrl-C or SIGTERM: it finishes what it is doing. An empty database is set up;
    an older one is refused, see `qc db upgrade`. Exit codes: 1 faults in the files, 3 cannot run.

    Example: qc run --config config.yaml
    """
    from qc_engine import logs, serving, wiring

    logs.set_up(log_level.upper())
    with faults_explained():
        settings = wiring.read_installation(config)
        try:
            serving.serve(settings, GRACE_SECONDS)
        except OSError as trouble:
            complain(f"qc: cannot listen on {settings.host}:{settings.port}: {trouble.strerror or trouble}")
            raise typer.Exit(CANNOT_RUN) from None
