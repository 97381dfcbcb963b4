"""What a candidate would have done, beside what was done: in the words and the shape of explain's stories."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from qc_engine.core.case import Case
from qc_engine.core.scenario import Scenario
from qc_engine.explain.outline import head
from qc_engine.explain.story import decision_told
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import effect_words, event_words
from qc_engine.store.tables import EffectRow, TraceRow

Turn = Mapping[str, Any]
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def story_of(
    voice: Voice, case: Case, turns: Sequence[Turn], scenario: Scenario | None, file: str = ""
) -> dict[str, Any]:
    """The candidate's story: its own decisions, effects that never left."""
    ordered = sorted(turns, key=lambda turn: (turn["at"], turn["rev"]))
    traces = [_trace(case.id, turn) for turn in ordered]
    effects = {effect["key"]: _effect(case.id, effect) for turn in ordered for effect in turn["effects"]}
    entries = [decision_told(voice, trace, effects, {}, file) for trace in traces]
    for effect in (effect for entry in entries for effect in entry["effects"]):
        effect["delivery"] = effect["state"] = ""
    return {
        "language": voice.language,
        "case": head(voice, case, traces, scenario),
        "summary": [],
        "entries": entries,
    }


def turn_words(voice: Voice, turn: Turn | None) -> str:
    """'04.03.2026 12:05 Клиент ответил «8»: правило «доволен»; Сообщение ...'; '' for no turn."""
    if turn is None:
        return ""
    effects = {effect["key"]: _effect("", effect) for effect in turn["effects"]}
    event = " ".join(event_words(voice, turn["body"]["event"], effects).split())
    rules = [
        voice.say("try.rule", rule=note["values"]["rule"], why=_why(voice, turn, note["values"]["rule"]))
        for note in turn["body"]["notes"] if note["key"] == "note.rule"
    ]  # fmt: skip
    did = [" ".join(effect_words(voice, row).split()) for row in effects.values()]
    told = "; ".join([*rules, *did]) or voice.say("try.nothing")
    return f"{voice.time(datetime.fromisoformat(turn['at']))} {event}: {told}"


def _why(voice: Voice, turn: Turn, rule: str) -> str:
    passed = (one for one in turn["body"]["checked"] if one["rule"] == rule and one["passed"])
    return "; ".join(voice.phrase(one["why"]) for one in passed)


def _trace(case_id: str, turn: Turn) -> TraceRow:
    at = datetime.fromisoformat(turn["at"])
    return TraceRow(
        case_id=case_id, rev=turn["rev"], at=at, version=turn["version"], step=turn["step"], body=turn["body"]
    )


def _effect(case_id: str, effect: Turn) -> EffectRow:
    """As the outbox would hold it; it belongs to no database."""
    return EffectRow(
        key=effect["key"], case_id=case_id, lane="", kind=effect["kind"], payload=effect["payload"],
        run_at=LONG_AGO, created_at=LONG_AGO,
    )  # fmt: skip
