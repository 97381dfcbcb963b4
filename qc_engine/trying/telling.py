"""A trial in the words of one language: what a decision came to, where two roads part, both stories."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qc_engine.core.case import State
from qc_engine.core.draft import Planned
from qc_engine.core.trace import Phrase
from qc_engine.explain.outline import head
from qc_engine.explain.printing import as_text
from qc_engine.explain.voice import Voice, sentence
from qc_engine.explain.words import delivery_words, effect_words, event_words
from qc_engine.store import codec
from qc_engine.store.tables import EffectRow, TraceRow
from qc_engine.trying.comparing import Split, only_in, rules_of, same_event
from qc_engine.trying.roads import NOT_BEGUN, Carried, Decided, Road

Told = dict[str, Any]
Rows = Mapping[str, EffectRow]


def outcome_words(voice: Voice, outcome: str) -> str:
    """Of an ended case its outcome, of one that runs its state."""
    if outcome == NOT_BEGUN:
        return voice.say("try.not_begun")
    group = "state" if outcome in (State.WAITING, State.ACTIVE) else "outcome"
    return voice.word(group, outcome)


# --- where two roads part ---------------------------------------------------------------------


def split_words(voice: Voice, split: Split, old: Road, new: Road) -> str:
    """'04.03.2026 12:05, the client answered "8": was ..., now ...'; '' when no decision differs."""
    if split.old is None and split.new is None:
        return voice.say("try.begins_elsewhere") if old.scenario != new.scenario else ""
    if split.old and split.new and same_event(split):
        before, after = _result(voice, split.old, split.new), _result(voice, split.new, split.old)
        return voice.say("try.split", event=_event(voice, split.old, old), old=before, new=after)
    nothing = voice.say("try.nothing")
    told = [
        f"{_event(voice, one, road)}: {_result(voice, one)}" if one else nothing
        for one, road in ((split.old, old), (split.new, new))
    ]
    return voice.say("try.split_apart", old=told[0], new=told[1])


def _event(voice: Voice, one: Decided, road: Road) -> str:
    return f"{voice.time(one.at)} {_flat(_event_words(voice, one, rows_of(road)))}"


def _result(voice: Voice, one: Decided, other: Decided | None = None) -> str:
    """What it came to, if possible what the other one did not come to: rules, the core's reason, deeds."""
    rules = rules_of(one)
    if rules and not (other and rules_of(other) == rules):
        return "; ".join(voice.say("try.rule", rule=rule, why=_why(voice, one, rule)) for rule in rules)
    after = one.decision.case
    if after.ended_why and one.before.state is not State.ENDED:
        return _phrase(voice, after.ended_why)
    own = (_row(Carried(Planned("", effect), one.at)) for effect in only_in(one, other))
    effects = [effect_words(voice, row) for row in own]
    notes = [] if other else [_phrase(voice, note) for note in one.decision.notes]
    return _flat((effects or notes or [voice.say("try.nothing")])[0])


def _why(voice: Voice, one: Decided, rule: str) -> str:
    passed = [check for check in one.decision.trace if check.rule == rule and check.verdict.passed]
    return "; ".join(_phrase(voice, check.verdict.why) for check in passed)


def _flat(words: str) -> str:
    return " ".join(words.split())


# --- stories ----------------------------------------------------------------------------------


def story(voice: Voice, road: Road, file: str) -> Told:
    """In the shape of explain's stories; `file` is where the rules stand."""
    rows = rows_of(road)
    case = head(voice, road.case, [_trace(one) for one in road.decisions], road.scenario)
    if road.scenario is None:
        case["outcome_text"] = voice.say("try.not_begun")
    return {
        "language": voice.language,
        "case": case,
        "summary": [],
        "entries": [_entry(voice, one, rows, file) for one in road.decisions],
    }


def _trace(one: Decided) -> TraceRow:
    """As much of it as the head of a story needs."""
    notes = [{"key": note.key, "values": note.values} for note in one.decision.notes]
    body = {"state": one.decision.case.state, "notes": notes}
    return TraceRow(case_id=one.before.id, rev=0, at=one.at, version="", step=one.before.step, body=body)


def _entry(voice: Voice, one: Decided, rows: Rows, file: str) -> Told:
    decision = one.decision
    planned = [rows[key.key] for key in decision.effects]
    wake_at = decision.case.wake_at
    return {
        "kind": "decision",
        "happened_at": one.at.isoformat(),
        "time": voice.time(one.at),
        "event": type(one.event).__name__,
        "text": _event_words(voice, one, rows),
        "step": one.before.step,
        "step_text": voice.step(one.before.step),
        "step_after": decision.case.step,
        "checked": list(_checked(voice, one, file)),
        "notes": [{"key": note.key, "text": sentence(_phrase(voice, note))} for note in decision.notes],
        "effects": [
            {
                "kind": row.kind,
                "text": effect_words(voice, row),
                "delivery": delivery_words(voice, row, rows),
                "state": row.state,
            }
            for row in planned
        ],
        "wake_time": voice.say("story.wake", until=wake_at) if wake_at else "",
    }


def _checked(voice: Voice, one: Decided, file: str) -> Iterator[Told]:
    for check in one.decision.trace:
        yield {
            "rule": check.rule,
            "passed": check.verdict.passed,
            "why": _phrase(voice, check.verdict.why),
            "place": f"{file}:{check.line}" if file and check.line else "",
        }


def _event_words(voice: Voice, one: Decided, rows: Rows) -> str:
    event = {"kind": type(one.event).__name__, "data": codec.dump_event(one.event)}
    return event_words(voice, event, rows)


def _phrase(voice: Voice, one: Phrase) -> str:
    return voice.phrase({"key": one.key, "values": one.values})


def rows_of(road: Road) -> Rows:
    """The effects of a road as the outbox would hold them; they belong to no database."""
    return {key: _row(one) for key, one in road.effects.items()}


def _row(one: Carried) -> EffectRow:
    return EffectRow(
        key=one.planned.key,
        case_id=one.planned.key.partition(":")[0],
        lane=one.effect.lane.value,
        kind=type(one.effect).__name__,
        payload=codec.dump_effect(one.effect),
        state=one.state,
        waits_for=one.planned.waits_for,
        run_at=one.at,
        error=one.why,
        created_at=one.at,
        done_at=one.at,
    )


def both(
    voice: Voice, roads: Sequence[Road], labels: Sequence[str], files: Sequence[str], *, brief: bool
) -> str:
    """One story after the other, each under its title."""
    blocks = [
        f"=== {label} ===\n\n{as_text(story(voice, road, file), brief=brief)}"
        for label, road, file in zip(labels, roads, files, strict=True)
    ]
    return "\n".join(blocks)
