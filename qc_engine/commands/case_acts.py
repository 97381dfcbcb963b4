"""qc case stop, pause, resume, score: a person acts on one case, also beside a running engine."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, Config, complain, faults_explained, say

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from sqlmodel import Session

    from qc_engine.core.events import Event

DEFAULT = Path("config.yaml")
SOURCE = "command"  # of our rows in the inbox
What = Annotated[str, typer.Argument(help="A case (K7Q2W9XR), a deal (4312), or a phone with one case.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is kept and shown.")]
By = Annotated[str, typer.Option("--by", envvar="QC_BY", help="Who says so: it is kept and shown.")]


def stop(what: What, reason: Reason = "", by: By = "", config: Config = DEFAULT) -> None:
    """End a case: what has not been sent never will be, its task is closed. This cannot be undone.

    What was learned still goes to the CRM, and the deal stays where it is. See `qc explain`.
    Exit codes: 1 no such case, 2 wrong use.

    Example: qc case stop K7Q2W9XR --reason "our own employee" --by Maria
    """
    from qc_engine.core.events import CaseStopped

    _act(config, what, reason, by, "stops", lambda case, why, who, now: CaseStopped(case, why, who, now))


def pause(what: What, reason: Reason = "", by: By = "", config: Config = DEFAULT) -> None:
    """Let a case stand still: messages and deadlines wait, answers are kept. 'Stop' holds at once.

    Exit codes: 1 no such case, 2 wrong use.

    Example: qc case pause 4312 --reason "the head talks to the client" --by Maria
    """
    from qc_engine.core.events import CasePaused

    _act(
        config, what, reason, by, "stands still", lambda case, why, who, now: CasePaused(case, why, who, now)
    )


def resume(what: What, reason: Reason = "", by: By = "", config: Config = DEFAULT) -> None:
    """Let a case go on: first what was kept for it, then what time brings.

    Exit codes: 1 no such case, 2 wrong use.

    Example: qc case resume 4312 --reason "settled" --by Maria
    """
    from qc_engine.core.events import CaseResumed

    _act(config, what, reason, by, "goes on", lambda case, why, who, now: CaseResumed(case, why, who, now))


def score(
    what: What,
    scores: Annotated[
        list[str] | None, typer.Option("--score", help="A question of the scenario and its score, as name=8.")
    ] = None,
    reason: Reason = "",
    by: By = "",
    config: Config = DEFAULT,
) -> None:
    """Write down scores that the client gave otherwise, by phone perhaps, or put right what stands there.

    Fields, averages and rules follow as with an answer; what was there before is kept in the history.
    Exit codes: 1 no such case, 2 wrong use.

    Example: qc case score 4312 --score quality=9 --score service=8 --reason "told us by phone" --by Maria
    """
    from qc_engine.core.events import ScoresEntered

    told = _scores(scores or [])
    _act(
        config, what, reason, by, f"gets {', '.join(f'{name} {one}' for name, one in told.items())}",
        lambda case, why, who, now: ScoresEntered(case, told, why, who, now),
    )  # fmt: skip


def _scores(pairs: list[str]) -> "dict[str, Decimal]":
    from decimal import Decimal, InvalidOperation

    told: dict[str, Decimal] = {}
    for name, _, text in (pair.partition("=") for pair in pairs):
        try:
            number = Decimal(text.strip().replace(",", "."))
        except InvalidOperation:
            number = Decimal("NaN")
        if not name.strip() or not number.is_finite():
            complain(f"qc: --score {name!r}: write name=8")
            raise typer.Exit(WRONG_USE)
        told[name.strip()] = number
    if not told:
        complain("qc: say --score name=8, once for each question")
        raise typer.Exit(WRONG_USE)
    return told


def _act(
    config: Path, what: str, reason: str, by: str, does: str,
    event_of: "Callable[[str, str, str, datetime], Event]",
) -> None:  # fmt: skip
    from qc_engine.ports import Arrival
    from qc_engine.store import inbox, schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, read_installation

    if not reason.strip() or not by.strip():
        complain("qc: say --reason and --by: colleagues will see them")
        raise typer.Exit(WRONG_USE)
    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database, now = Database(settings.database_url), clock_of(settings).now()
        schema.make_ready(database)
        with database.transaction() as session:
            case_id = _the_case(session, what)
            event = event_of(case_id, reason.strip(), by.strip(), now)
            arrival = Arrival(f"{case_id}:{type(event).__name__}:{now.isoformat()}", event)
            inbox.add(session, SOURCE, arrival, now)
    say(f"case {case_id} {does}; see: qc explain {case_id}")


def _the_case(session: "Session", what: str) -> str:
    from qc_engine.explain.story import find_cases

    found = find_cases(session, what)
    if len(found) != 1:
        complain(f"qc: {'no case' if not found else 'several cases: ' + ', '.join(found)}; say which")
        raise typer.Exit(FAULTS_FOUND)
    return found[0]
