"""What a candidate that decides silently would have done otherwise: case by case, and both stories of one."""

from dataclasses import replace
from typing import Any

from sqlmodel import Session

from qc_engine.explain.beside import story_of, turn_words
from qc_engine.explain.called import outcomes, steps
from qc_engine.explain.story import story
from qc_engine.explain.voice import Voice
from qc_engine.flow.versions.shadowing import FAILED
from qc_engine.flow.versions.shadows import load, of_version
from qc_engine.store import scenarios
from qc_engine.store.scenarios import SHADOW
from qc_engine.store.tables import ShadowRow
from qc_engine.telling.scenarios.listed import beside
from qc_engine.telling.scenarios.opened import Opened

Told = dict[str, Any]


def candidate(session: Session, one: Opened) -> str:
    """That of now, or else the last one that there was; '' when none was ever tried silently."""
    row = scenarios.of_portal(session, one.portal)[one.name]
    if row.mode == SHADOW:
        return row.candidate
    begun = scenarios.last(session, one.portal, one.name, "shadow_begun")
    return begun.to_version if begun else ""


def report(session: Session, one: Opened, version: str, language: str = "") -> Told:
    """In numbers, and every case in which this candidate would have done otherwise, or failed."""
    rows = of_version(session, one.portal, one.name, version)
    voice = one.voice(one.library(), language)
    return {
        "what": "report",
        "scenario": one.name,
        "portal": one.portal,
        "candidate": version,
        **beside(session, one, version),
        "errors": scenarios.of_portal(session, one.portal)[one.name].errors,
        "differences": [_difference(row, voice) for row in rows if row.differs],
        "faults": [
            {"case_id": row.case_id, "error": row.body.get("error", "")}
            for row in rows
            if row.state == FAILED
        ],
    }


def _difference(row: ShadowRow, voice: Voice) -> Told:
    told = load(row)
    first = told.differences[0]
    sides = {"real": told.real, "mine": told.mine}
    turns = {
        side: turns[first[side]] if 0 <= first[side] < len(turns) else None for side, turns in sides.items()
    }
    return {
        "case_id": row.case_id,
        "deal_id": told.case.deal_id,
        "kinds": list(told.kinds),
        "ended": bool(told.parted),
        "real": turn_words(voice, turns["real"]),
        "candidate": turn_words(voice, turns["mine"]),
    }


def stories(session: Session, one: Opened, case_id: str, version: str, language: str = "") -> Told | None:
    """Both of this case; None when it was not beside it. Raises BadScenarios, VersionLost."""
    row = session.get(ShadowRow, (case_id, version))
    if row is None or (row.portal, row.scenario) != (one.portal, one.name):
        return None
    library, language = one.library(), language or one.settings.language
    along, tried = load(row), one.read(session, row.version)
    voice, titles = one.voice(library, language), dict(library.titles)
    real = story(session, case_id, language, titles, scenario=library.active.get(one.name))
    ends = {**voice.outcomes, **outcomes(tried, language)}
    voice = replace(voice, steps={**voice.steps, **steps(tried, language)}, outcomes=ends)
    mine = story_of(voice, along.case, [*along.mine, *along.quiet], tried)
    return {"what": "stories", "case_id": case_id, "parted": along.parted, "real": real, "candidate": mine}
