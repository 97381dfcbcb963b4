"""What a scenario did lately, and what of it is held while it stands still."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from qc_engine.explain.words import effect_words
from qc_engine.flow.versions.freezing import held
from qc_engine.flow.versions.undoing import counts, group_of
from qc_engine.store import deeds
from qc_engine.store.deeds import Deed
from qc_engine.telling.scenarios.opened import Opened

Told = dict[str, Any]


def did(session: Session, one: Opened, span: timedelta, language: str = "") -> Told:
    """By counts and case by case, of the last `span`."""
    now = one.now()
    done = deeds.done_since(session, one.portal, one.name, now - span)
    return {
        "since": (now - span).isoformat(),
        "did": dict(counts(done)),
        "cases": _by_case(one, done, language),
        "held": held(session, one.portal, one.name, now).document(),
    }


def _by_case(one: Opened, done: Sequence[Deed], language: str) -> list[Told]:
    voice = one.voice(one.library(), language)
    found: dict[str, Told] = {}
    for row, case in done:
        told = found.setdefault(
            case.id, {"case_id": case.id, "deal_id": case.deal_id, "did": Counter(), "deeds": []}
        )
        told["did"][group_of(row.kind)] += 1
        told["deeds"].append(
            {
                "at": row.done_at.isoformat() if row.done_at else None,
                "kind": row.kind,
                "text": effect_words(voice, row),
                "vendor_id": row.result,
            }
        )
    return [told | {"did": dict(told["did"])} for told in found.values()]
