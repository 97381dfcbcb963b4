"""What a scenario did lately in the CRM, and how much of it can be taken back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from qc_engine.core.case import Case
from qc_engine.core.effects import CloseTask, Effect, MoveDeal, SetFields
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import effect_words
from qc_engine.flow.versions import undoing
from qc_engine.flow.versions.library import VersionLost
from qc_engine.flow.versions.undoing import Undoing
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.store import codec, deeds, scenarios
from qc_engine.store.tables import EffectRow
from qc_engine.telling.scenarios.opened import Opened


def plans(session: Session, one: Opened, span: timedelta) -> Sequence[Undoing]:
    """Case by case, of the last `span`."""
    done = deeds.done_since(session, one.portal, one.name, one.now() - span)
    return undoing.plan(session, done, lambda case: _known(session, one, case))


def _known(session: Session, one: Opened, case: Case) -> Mapping[str, str]:
    """Of the fields that its scenario reads; nothing where its text cannot be read any more."""
    if not case.values:
        return {}
    try:
        values = one.read(session, case.version).values
    except (BadScenarios, VersionLost):
        return {}
    return {each.deal_field: case.values[name] for name, each in values.items() if name in case.values}


def take_back(session: Session, one: Opened, planned: Sequence[Undoing], by: str, because: str) -> int:
    """How many deeds leave for the CRM, before everything else. Raises SomebodyWasQuicker."""
    count = sum(undoing.undo(session, plan, by, because, one.now()) for plan in planned)
    if count:
        row = one.row(session)
        scenarios.note(session, row, "undone", by, one.now(), before=row.version, after=row.version,
                       reason=because, details={"deeds": count})  # fmt: skip
    return count


def told(one: Opened, planned: Sequence[Undoing], language: str = "") -> dict[str, Any]:
    """By numbers, and what cannot be taken back, with the reason, case by case."""
    voice = one.voice(language=language)
    return {
        "moves": sum(isinstance(effect, MoveDeal) for plan in planned for effect in plan.effects),
        "tasks": sum(isinstance(effect, CloseTask) for plan in planned for effect in plan.effects),
        "fields": sum(
            len(effect.fields) for plan in planned for effect in plan.effects if isinstance(effect, SetFields)
        ),
        "for_a_person": [left for plan in planned for left in _left(voice, plan)],
    }


def list_of(one: Opened, planned: Sequence[Undoing], language: str) -> list[dict[str, Any]]:
    """The very deeds of each case in words, and beside them what stays."""
    voice = one.voice(one.library(), language)
    return [
        {
            "case_id": plan.case.id,
            "deal_id": plan.case.deal_id,
            "deeds": [_words(voice, plan.case, effect) for effect in plan.effects],
            "left": [left["text"] for left in _left(voice, plan)],
        }
        for plan in planned
    ]


def _left(voice: Voice, plan: Undoing) -> list[dict[str, Any]]:
    return [
        {"case_id": plan.case.id, "why": key, "text": voice.say(key, count=count, which=which)}
        for (key, which), count in Counter(plan.left).items()
    ]


def _words(voice: Voice, case: Case, effect: Effect) -> str:
    row = EffectRow(
        key="", case_id=case.id, lane=effect.lane.value, kind=type(effect).__name__,
        payload=codec.dump_effect(effect), run_at=case.entered_at, created_at=case.entered_at,
    )  # fmt: skip
    return effect_words(voice, row)
