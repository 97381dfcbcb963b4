"""What all commands share: where the config is, how faults and answers are printed, exit codes."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

# 0 all is well; the others are documented in `qc --help` and must not change their meaning.
FAULTS_FOUND, WRONG_USE, CANNOT_RUN = 1, 2, 3

Config = Annotated[
    Path, typer.Option("--config", "-c", envvar="QC_CONFIG", help="The installation's config.yaml.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, notes on stderr.")]


def answer(document: Any) -> None:
    """For machines: one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def complain(text: str) -> None:
    sys.stderr.write(text + "\n")


@contextmanager
def faults_explained() -> Iterator[None]:
    """Turn the known ways of failing into a sentence and an exit code; a traceback is for bugs only."""
    from sqlalchemy.exc import DBAPIError

    from qc_engine.config_files.load import BadConfig
    from qc_engine.scenario_files.load import BadScenarios
    from qc_engine.store.lock import AlreadyRunning
    from qc_engine.store.schema import WrongSchema
    from qc_engine.store.trouble import is_outside, told
    from qc_engine.wiring import NamesUnread, UnknownName, WrongKey
    from qc_engine.wiring.runners import NotInstalled

    try:
        yield
    except (BadConfig, BadScenarios) as faults:
        for problem in faults.problems:
            complain(str(problem))
        complain(f"{len(faults.problems)} fault(s). Nothing was started or changed.")
        raise typer.Exit(FAULTS_FOUND) from None
    except UnknownName as unknown:
        complain(f"config.yaml: {unknown}")
        complain("Nothing was started. Where it stands: qc check --online; what there is: qc bitrix24 names")
        raise typer.Exit(FAULTS_FOUND) from None
    except NamesUnread as trouble:
        complain(f"qc: {trouble}")
        complain("The first start needs the portal once. Is the address right, is the portal up? qc doctor")
        raise typer.Exit(CANNOT_RUN) from None
    except (WrongSchema, WrongKey, AlreadyRunning, NotInstalled) as trouble:
        complain(f"qc: {trouble}")
        raise typer.Exit(CANNOT_RUN) from None
    except DBAPIError as trouble:
        if not is_outside(trouble):
            raise
        complain(f"qc: {told(trouble).english}")
        raise typer.Exit(CANNOT_RUN) from None
