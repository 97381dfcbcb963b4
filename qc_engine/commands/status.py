"""qc status, reconcile: how the whole stands, and comparing CRM and cases now."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import (
    CANNOT_RUN,
    FAULTS_FOUND,
    WRONG_USE,
    AsJson,
    Config,
    answer,
    complain,
    faults_explained,
    say,
)

if TYPE_CHECKING:
    from qc_engine.flow.watching.reconcile import Reconciler
    from qc_engine.store.reports import Report

DEFAULT = Path("config.yaml")
Language = Annotated[str, typer.Option("--language", "-l", help="ru, kk or en; default: from config.yaml.")]


def status(
    config: Config = DEFAULT,
    language: Language = "",
    full: Annotated[bool, typer.Option("--full", help="Also how all cases, jobs and visits ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show alarms, queues, when they will be empty, and the last reconciliation. Asks the database only.

    Works while the engine runs. Exit 1 when an alarm stands.

    Example: qc status --full
    """
    from qc_engine.explain.overview import as_text
    from qc_engine.explain.voice import Voice
    from qc_engine.flow.watching.status import status as status_of
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, doors_of, read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database, clock = Database(settings.database_url), clock_of(settings)
        schema.make_ready(database)
        document = status_of(database, clock, full, doors_of(settings, database, clock))
    if as_json:
        answer(document)
    else:
        say(as_text(document, Voice(language or settings.language, settings.timezone)))
    if document["alarms"]:
        raise typer.Exit(FAULTS_FOUND)


def reconcile(
    config: Config = DEFAULT,
    portal: Annotated[str, typer.Option("--portal", help="Only this portal, as config.yaml calls it.")] = "",
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Compare the CRM with our cases now, repair what can be repaired, and report the rest.

    The engine does it every night by itself (watch.reconcile_at). Exit 1 when a person must look.

    Example: qc reconcile --portal main
    """
    from qc_engine.explain.alarming import report_as_text
    from qc_engine.explain.voice import Voice
    from qc_engine.store import reports, schema
    from qc_engine.wiring import build, read_installation

    with faults_explained():
        settings = read_installation(config)
        engine = build(settings)
        schema.require_current(engine.database)
    wanted = [one for one in engine.reconcilers if portal in ("", one.portal)]
    if not wanted:
        complain(f"qc: config.yaml has no portal '{portal}'")
        raise typer.Exit(WRONG_USE)
    found = [_reconciled(one) for one in wanted]
    if as_json:
        answer({"reports": [reports.as_json(one) for one in found]})
    else:
        said = language or settings.language
        titles = {name: library.titles for name, library in engine.libraries.items()}
        voices = {name: Voice(said, settings.timezone, known) for name, known in titles.items()}
        say("\n".join(report_as_text(one, voices[one.portal]) for one in found))
    if any(one.for_a_person for one in found):
        raise typer.Exit(FAULTS_FOUND)


def _reconciled(one: "Reconciler") -> "Report":
    from qc_engine.ports import Broken, OutcomeUnknown, TryLater

    try:
        return one.run()
    except (TryLater, Broken, OutcomeUnknown) as trouble:
        complain(f"qc: portal {one.portal} cannot be asked now: {trouble}")
        complain("What was compared is kept: call it again, or leave it to the engine.")
        raise typer.Exit(CANNOT_RUN) from None
