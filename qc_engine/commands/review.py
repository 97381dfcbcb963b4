"""qc review: a person says how it stands with a client's review, or takes a bonus back, and why."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, Config, complain, faults_explained, say

if TYPE_CHECKING:
    from sqlmodel import Session

    from qc_engine.core.events import Event

DEFAULT = Path("config.yaml")
SOURCE = "command"  # of our rows in the inbox


class Outcome(StrEnum):
    """How it stands with the review; the words of `core/review/reviews.py`."""

    FOUND = "found"
    SCORE_ONLY = "score_only"
    IN_MODERATION = "in_moderation"
    NOT_FOUND = "not_found"
    VANISHED = "vanished"


def review(
    what: Annotated[str, typer.Argument(help="A case (K7Q2W9XR), a deal (4312), or a phone with one case.")],
    outcome: Annotated[Outcome | None, typer.Option("--outcome", help="How it really stands.")] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back-bonus", help="Only take the bonus back; the answer stays.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why: it is kept and shown.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who says so.")] = "",
    config: Config = DEFAULT,
) -> None:
    """Correct what was answered about a review, or take a confirmed bonus back.

    Works while the engine runs: it acts within a second, else at its next start. What follows is the
    scenario's business; see `qc explain`. Exit codes: 1 no such case, 2 wrong use.

    Example: qc review K7Q2W9XR --outcome not_found --reason "another client" --by "Maria"
    """
    if (outcome is None) is not take_back or not reason.strip() or not by.strip():
        complain("qc: say --outcome or --take-back-bonus, one of them, with --reason and --by")
        raise typer.Exit(WRONG_USE)
    case_id = _hand_in(config, what, outcome, reason.strip(), by.strip())
    say(f"case {case_id}: {outcome.value if outcome else 'bonus taken back'}; see: qc explain {case_id}")


def _hand_in(config: Path, what: str, outcome: Outcome | None, reason: str, by: str) -> str:
    from qc_engine.ports import Arrival
    from qc_engine.store import inbox, schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database, now = Database(settings.database_url), clock_of(settings).now()
        schema.make_ready(database)
        with database.transaction() as session:
            case_id = _the_case(session, what)
            event = _event(case_id, outcome, reason, by, now)
            inbox.add(session, SOURCE, Arrival(f"{case_id}:{now.isoformat()}", event), now)
    return case_id


def _the_case(session: "Session", what: str) -> str:
    """The one case that is meant."""
    from qc_engine.explain.story import find_cases

    found = find_cases(session, what)
    if len(found) != 1:
        complain(f"qc: {'no case' if not found else 'several cases: ' + ', '.join(found)}; say which")
        raise typer.Exit(FAULTS_FOUND)
    return found[0]


def _event(case_id: str, outcome: Outcome | None, reason: str, by: str, now: datetime) -> "Event":
    from qc_engine.core.events import BonusTakenBack, ReviewCorrected

    if outcome is None:
        return BonusTakenBack(case_id, reason, by, now)
    return ReviewCorrected(case_id, outcome.value, reason, by, now)
