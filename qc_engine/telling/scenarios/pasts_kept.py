"""What is left of a trial on the past when its process has gone on: its figures and the numbers of cases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from qc_engine.explain.hiding import without_pages
from qc_engine.languages import LANGUAGES
from qc_engine.store import pasts
from qc_engine.store.database import Database
from qc_engine.telling.scenarios.bench import Run
from qc_engine.telling.scenarios.past_told import report_told
from qc_engine.web.pages.scenarios.rooms import DONE, RUNNING, Asked, Past
from qc_engine.web.pages.scenarios.workshop import Told

MOST_PEOPLE = 200
GIVEN_UP = timedelta(hours=1)  # a trial that says nothing for so long went down with its process
NOBODYS = {"phone": "", "first": ""}  # of a person nothing is kept but the numbers of case and deal

log = structlog.get_logger(__name__)


def keep(run: Run, zone: str) -> None:
    """As it stands now; called when it begins and when it has ended. Never fails: it is only a copy."""
    try:
        document = _document(run, zone)
        with run.database.transaction(durable=False) as session:
            pasts.keep(session, run.id, document, run.wall.now())
    except Exception:
        log.exception("a trial on the past could not be kept", scenario=run.trial.season.scenario)


def past_of(database: Database, id_: str, now: datetime) -> Past | None:
    """One of another process or of before a restart; None when nobody knows it (any more).

    `now` is by the machine's clock: the engine's may leap.
    """
    document = _kept(database, id_)
    if document is None:
        return None
    past, kept_at = _past(document["past"]), datetime.fromisoformat(document["kept_at"])
    return None if past.state == RUNNING and now - kept_at > GIVEN_UP else past


def report_of(database: Database, id_: str, language: str) -> Told | None:
    document = _kept(database, id_)
    told: dict[str, Any] | None = document["reports"].get(language) if document else None
    if told is None:
        return None
    days = {name: datetime.fromisoformat(told[name]) for name in ("since", "until")}
    return {**told, **days}


def _kept(database: Database, id_: str) -> dict[str, Any] | None:
    with database.reading() as session:
        return pasts.get(session, id_)


# --- as it is kept ----------------------------------------------------------------------------


def _document(run: Run, zone: str) -> dict[str, Any]:
    past, asked = run.past, run.asked
    told = {
        name: getattr(past, name) for name in ("id", "portal", "name", "version", "by", "state", "why_not")
    }
    # Of a draft only that it was one: its text is as long as somebody liked.
    return {
        "kept_at": run.wall.now().isoformat(),
        "past": {
            **told, "began_at": past.began_at.isoformat(), "done": past.done, "of": past.of,
            "asked": {"version": asked.version, "days": asked.days, "branch": asked.branch},
            "is_draft": asked.text is not None,
        },
        "reports": {one: _report(run, one, zone) for one in LANGUAGES} if run.state == DONE else {},
    }  # fmt: skip


def _report(run: Run, language: str, zone: str) -> Mapping[str, Any]:
    assert run.report is not None
    told = report_told(run.report, run.voices.speaking(language)(zone))
    people = [{**one, **NOBODYS} for one in told["people"][:MOST_PEOPLE]]
    days = {name: told[name].isoformat() for name in ("since", "until")}
    kept: Mapping[str, Any] = without_pages({**told, **days, "people": people})
    return kept


def _past(told: Mapping[str, Any]) -> Past:
    asked = Asked(**told["asked"], text="" if told["is_draft"] else None)
    rest = {name: value for name, value in told.items() if name not in ("asked", "is_draft", "began_at")}
    found = Past(**rest, asked=asked, began_at=datetime.fromisoformat(told["began_at"]))
    return replace(found, is_here=False)
