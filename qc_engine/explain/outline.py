"""The first lines of a story: whose case it is, how it stands, and whether the client was written to."""

from collections.abc import Sequence
from typing import Any

from qc_engine.core.case import Case, State
from qc_engine.core.effects import SendMessage
from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.texts import average, masked, written
from qc_engine.explain.moments import iso
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import delivery_words, error_words
from qc_engine.store import outbox
from qc_engine.store.cases import MAIN
from qc_engine.store.tables import EffectRow, TraceRow

UNCERTAIN = (outbox.UNKNOWN, outbox.REVIEW)
NEVER = (outbox.FAILED, outbox.CANCELLED)


def head(
    voice: Voice, case: Case, decisions: Sequence[TraceRow], scenario: Scenario | None
) -> dict[str, Any]:
    """Whose case it is and how it stands."""
    return {
        "case_id": case.id,
        "portal": case.portal,
        "deal_id": case.deal_id,
        "deal_name": deal_name(case.deal_id, case.portal),
        "deal_title": case.deal_title,
        "deal_stage": voice.stage(case.deal_stage),
        "client": case.client_name,
        "phone": masked(case.client.phone) if case.client.phone else "",
        "branch": case.branch.name,
        "branch_known": case.branch_known,
        "scenario": case.scenario,
        "scenario_title": scenario.title if scenario else "",
        "version": case.version,
        "state": case.state.value,
        "state_text": voice.word("state", case.state),
        "step": case.step,
        "step_text": voice.step(case.step),
        "outcome": case.outcome,
        "outcome_text": voice.word("outcome", case.outcome) if case.outcome else "",
        "ended_why": _ended_why(voice, case, decisions),
        "scores": {voice.questions.get(name, name): written(score) for name, score in case.scores.items()},
        "average": written(average(case)),
        "words": list(case.words),
        "round": case.round,
        "started_by": _started_by(voice, case.started_by),
        "entered_at": iso(case.entered_at),
        "entered_time": voice.time(case.entered_at),
        "wake_at": iso(case.wake_at),
        "wake_time": voice.time(case.wake_at),
    }


def _started_by(voice: Voice, who: str) -> str:
    """A schedule or a changed field in words; a person and another scenario by their names."""
    return voice.word("start", who) if voice.knows("start", who) else who


def deal_name(deal_id: int, portal: str) -> str:
    """'4312'; with its portal where the number alone could mean another one: '4312 (almaty)'."""
    return str(deal_id) if portal == MAIN else f"{deal_id} ({portal})"


def _ended_why(voice: Voice, case: Case, decisions: Sequence[TraceRow]) -> str:
    """The core's own reason, else the rule that ended the case; '' while it runs."""
    if case.state is not State.ENDED:
        return ""
    if case.ended_why:
        return voice.phrase({"key": case.ended_why.key, "values": case.ended_why.values})
    ended = [one for one in decisions if one.body["state"] == State.ENDED]
    # A case may end twice: the client was asked again after a complaint.
    last = next((one for one in ended if one.rev == case.ended_in), next(iter(ended), None))
    rules = [note for note in last.body["notes"] if note["key"] == "note.rule"] if last else []
    return voice.say("story.rule", rule=rules[-1]["values"]["rule"]) if rules else ""


def summary(
    voice: Voice, case: Case, decisions: Sequence[TraceRow], effects: Sequence[EffectRow]
) -> list[str]:
    """Whether the client was written to, if that is not plainly so; and what nobody knows."""
    messages = [row for row in effects if row.kind == SendMessage.__name__]
    lines = [
        voice.say("story.uncertain", text=row.payload["text"]) for row in messages if row.state in UNCERTAIN
    ]
    silent = all(row.state != outbox.DONE for row in messages)
    if not lines and silent and (messages or case.state is not State.ACTIVE):
        lines.append(_not_written(voice, case, decisions, messages, {row.key: row for row in effects}))
    return lines


def _not_written(
    voice: Voice,
    case: Case,
    decisions: Sequence[TraceRow],
    messages: Sequence[EffectRow],
    effects: dict[str, EffectRow],
) -> str:
    """Not at all, or not yet; and why."""
    open_ones = [row for row in messages if row.state not in NEVER]
    if open_ones:
        return voice.say("story.not_written_yet", why=delivery_words(voice, open_ones[0], effects))
    if case.state is State.WAITING:
        return voice.say("story.not_written_yet", why=_wait(voice, case, decisions))
    refused = next((error_words(voice, row) for row in messages if row.state == outbox.FAILED), "")
    why = refused or _ended_why(voice, case, decisions) or _last_error(voice, messages)
    return voice.say("story.not_written", why=why or voice.say("story.unknown_why"))


def _wait(voice: Voice, case: Case, decisions: Sequence[TraceRow]) -> str:
    """The gate's word, if a gate holds the case back; else when it begins."""
    notes = decisions[-1].body["notes"] if decisions else []
    gates = [note for note in notes if note["key"].startswith("gate.")]
    if gates:
        return voice.phrase(gates[-1])
    return voice.say("story.begins", until=case.wake_at) if case.wake_at else voice.say("story.unknown_why")


def _last_error(voice: Voice, messages: Sequence[EffectRow]) -> str:
    return error_words(voice, messages[-1]) if messages else ""
