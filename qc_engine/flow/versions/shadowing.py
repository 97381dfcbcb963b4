"""A candidate decides silently beside the version in force: the same events, its own copy of the case.

Both sides are two rows of turns: decisions that somebody outside would notice. They are compared one by one.
As long as both stand at the same place, news of the real effects are news of the candidate's own; once they
do not, nobody knows what the client would have said, and the comparison ends for this case.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from qc_engine.core.case import Case, State
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision
from qc_engine.core.effects import (
    AddComment,
    CallWebhook,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    NotifyStaff,
    SendMessage,
    SetFields,
    UpdateContact,
    UpdateTask,
)
from qc_engine.core.events import EffectDone, EffectFailed, Event, MessageRefused, TimerDue
from qc_engine.core.noticed import signature
from qc_engine.core.scenario import Scenario
from qc_engine.store import codec, traces

FOLLOWS, PARTED, FAILED = "follows", "parted", "failed"
OUTCOME, PATH, QUESTION, TEXTS, TIME = "outcome", "path", "question", "texts", "time"
MOST_TURNS = 300
SAME_MOMENT = timedelta(minutes=1)  # two timers of one moment ring one after the other
KINDS: Mapping[str, tuple[type[Effect], ...]] = {
    "messages": (SendMessage,),
    "moves": (MoveDeal,),
    "tasks": (CreateTask, UpdateTask),
    "deals": (CreateDeal,),
    "fields": (SetFields, UpdateContact),
    "notifications": (NotifyStaff,),
    "comments": (AddComment,),
    "webhooks": (CallWebhook,),
}
Turn = dict[str, Any]


@dataclass(frozen=True)
class Shadow:
    """The candidate's copy of a case, and both rows of turns so far."""

    case: Case
    mine: tuple[Turn, ...] = ()
    real: tuple[Turn, ...] = ()
    quiet: tuple[Turn, ...] = ()  # decisions of the candidate that nobody outside would notice
    compared: int = 0  # pairs of turns
    keys: Mapping[str, str] = field(default_factory=dict)  # of a real effect -> of the candidate's
    early: Mapping[str, Turn] = field(
        default_factory=dict
    )  # news of real effects that it has not planned yet
    differences: tuple[Turn, ...] = ()  # {"kind", "real", "mine"}: numbers of turns
    parted: str = ""  # why the comparison ended: the kind of that difference

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one["kind"] for one in self.differences))


def begin(case: Case, candidate: Scenario) -> Shadow:
    start = candidate.at_branch(case.branch.name).start
    return Shadow(replace(case, version=candidate.version, wake_at=case.entered_at + start.wait))


def follow(
    shadow: Shadow, before: Case, event: Event, decision: Decision, candidate: Scenario, now: datetime
) -> Shadow:
    """What the real case has just decided, and the candidate's own decision about the same event.

    `before` is the real case as it was decided about; its client is looked up for the candidate too.
    """
    were = len(shadow.real), len(shadow.mine)
    if is_noticed(before, decision):
        shadow = replace(shadow, real=(*shadow.real, _turn(before, event, decision, now)))
    heard = _for_candidate(shadow, event)
    if heard is None and isinstance(event, EffectDone | EffectFailed):
        shadow = replace(shadow, early={**shadow.early, event.effect_key: _event(event)})
    elif heard is not None:
        shadow = _decide(shadow, heard, candidate, now, before)
    from_outside = not isinstance(event, EffectDone | EffectFailed | TimerDue)
    if from_outside and _is_apart(were, (len(shadow.real), len(shadow.mine))):
        return _part(shadow, PATH)
    return _compare(shadow, candidate, now)


def ring(shadow: Shadow, candidate: Scenario, question_is: str, now: datetime, client: Case) -> Shadow:
    """The candidate's own timer; `client`: a case with the client as known now."""
    shadow = _decide(shadow, TimerDue(shadow.case.id, now, question_is), candidate, now, client)
    if shadow.case.wake_at is not None and shadow.case.wake_at <= now:
        shadow = replace(shadow, case=replace(shadow.case, wake_at=None))
    return _compare(shadow, candidate, now)


def real_key(shadow: Shadow, key: str) -> str:
    """The real effect that stands for this one of the candidate's; '' when there is none yet."""
    return next((real for real, mine in shadow.keys.items() if mine == key), "")


# --- deciding ---------------------------------------------------------------------------------


def _decide(shadow: Shadow, event: Event, candidate: Scenario, now: datetime, known: Case) -> Shadow:
    """Pure, like the real decision; nothing of it leaves."""
    # When we surveyed this person is known from the real case too: for the candidate its own word counts.
    client = replace(known.client, surveyed_at=shadow.case.client.surveyed_at)
    before = _as_asked(replace(shadow.case, client=client), known)
    if len(shadow.mine) >= MOST_TURNS:
        return shadow
    decision = decide(before, event, candidate.at_branch(before.branch.name), now)
    turn = _turn(before, event, decision, now)
    after = replace(decision.case, rev=before.rev + 1)
    if is_noticed(before, decision):
        return replace(shadow, case=after, mine=(*shadow.mine, turn))
    if decision.notes or decision.case != before:
        return replace(shadow, case=after, quiet=(*shadow.quiet, turn)[-MOST_TURNS:])
    return shadow


def _as_asked(case: Case, real: Case) -> Case:
    """The same question is as far on its way as the real one."""
    question = case.question
    if question is None or real.question is None or question.name != real.question.name:
        return case
    return replace(case, question=replace(question, not_left=real.question.not_left))


def is_noticed(before: Case, decision: Decision) -> bool:
    after = decision.case
    moved = (before.state, before.step, before.outcome) != (after.state, after.step, after.outcome)
    return bool(decision.effects or decision.starts or moved)


def _for_candidate(shadow: Shadow, event: Event) -> Event | None:
    """The event as it concerns the candidate: its timers are its own, and so are the keys of its effects."""
    match event:
        case TimerDue():
            return None
        case EffectDone(effect_key=key) | EffectFailed(effect_key=key):
            return replace(event, effect_key=shadow.keys[key]) if key in shadow.keys else None
        case MessageRefused(effect_key=key):
            return replace(event, effect_key=shadow.keys.get(key, ""))
        case _:
            return event


# --- comparing --------------------------------------------------------------------------------


def _compare(shadow: Shadow, candidate: Scenario, now: datetime) -> Shadow:
    """Every pair of turns that has come together since."""
    while not shadow.parted and shadow.compared < min(len(shadow.real), len(shadow.mine)):
        number = shadow.compared
        real, mine = shadow.real[number], shadow.mine[number]
        shadow = replace(shadow, compared=number + 1)
        for kind in _differing(real, mine):
            told = {"kind": kind, "real": number, "mine": number}
            shadow = replace(shadow, differences=(*shadow.differences, told))
        if kind := _parting(real, mine):
            shadow = _part(shadow, kind)
        else:
            shadow = _hear_early(_matched(shadow, real, mine), candidate, now)
    return shadow


def _is_apart(were: tuple[int, int], are: tuple[int, int]) -> bool:
    """Somebody outside did something, and only one side took notice, or they stood at different places."""
    return were != are and (were[0] != were[1] or are[0] != are[1])


def _part(shadow: Shadow, kind: str) -> Shadow:
    """From here on nobody knows what the client would have done."""
    told = {"kind": kind, "real": len(shadow.real) - 1, "mine": len(shadow.mine) - 1}
    known = any(one["kind"] == kind for one in shadow.differences)
    differences = shadow.differences if known else (*shadow.differences, told)
    return replace(shadow, parted=kind, differences=differences, case=replace(shadow.case, wake_at=None))


def _parting(real: Turn, mine: Turn) -> str:
    if (real["after"]["state"], real["after"]["outcome"]) != (
        mine["after"]["state"],
        mine["after"]["outcome"],
    ):
        return OUTCOME
    if real["after"]["step"] != mine["after"]["step"]:
        return PATH
    return QUESTION if real["after"]["question"] != mine["after"]["question"] else ""


def _differing(real: Turn, mine: Turn) -> list[str]:
    found = [kind] if (kind := _parting(real, mine)) else []
    for group in KINDS:
        here, there = real["signs"].get(group, []), mine["signs"].get(group, [])
        if here != there:
            found.append(TEXTS if group == "messages" and len(here) == len(there) else group)
    apart = abs(datetime.fromisoformat(real["at"]) - datetime.fromisoformat(mine["at"]))
    return found or ([TIME] if apart > SAME_MOMENT else [])


def _matched(shadow: Shadow, real: Turn, mine: Turn) -> Shadow:
    """The n-th question of one side is that of the other, and so with tasks: their news are the same."""
    there: dict[str, list[str]] = {}
    for effect in mine["effects"]:
        there.setdefault(_slot(effect), []).append(effect["key"])
    keys = dict(shadow.keys)
    for effect in real["effects"]:
        if own := there.get(_slot(effect)):
            keys[effect["key"]] = own.pop(0)
    return replace(shadow, keys=keys)


def _slot(effect: Turn) -> str:
    told = effect["payload"]
    return ":".join((effect["kind"], told.get("purpose", ""), told.get("question", "")))


def _hear_early(shadow: Shadow, candidate: Scenario, now: datetime) -> Shadow:
    """News that came before the candidate had planned what they are about."""
    for key in [key for key in shadow.early if key in shadow.keys]:
        told = shadow.early[key]
        event = codec.load_event(told["kind"], told["data"])
        assert isinstance(event, EffectDone | EffectFailed)
        heard = replace(event, effect_key=shadow.keys[key])
        rest = {one: news for one, news in shadow.early.items() if one != key}
        shadow = _decide(replace(shadow, early=rest), heard, candidate, now, shadow.case)
    return shadow


# --- a turn -----------------------------------------------------------------------------------


def _turn(before: Case, event: Event, decision: Decision, now: datetime) -> Turn:
    after = decision.case
    return {
        "at": now.isoformat(),
        "rev": before.rev + 1,
        "version": before.version,
        "step": before.step,
        "body": traces.body_of(decision, event),
        "effects": [
            {"key": one.key, "kind": type(one.effect).__name__, "payload": codec.dump_effect(one.effect)}
            for one in decision.effects
        ],
        "signs": _signs([one.effect for one in decision.effects], now),
        "after": {
            "state": after.state.value,
            "step": after.step,
            "outcome": after.outcome,
            "question": after.question.name if after.question and after.state is State.ACTIVE else "",
        },
    }


def _signs(effects: Sequence[Effect], now: datetime) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for effect in effects:
        group = next((group for group, kinds in KINDS.items() if isinstance(effect, kinds)), "")
        due = [effect.deadline - now] if isinstance(effect, CreateTask | UpdateTask) else []
        if group:
            told = json.dumps([*signature(effect), *due], default=str, ensure_ascii=False)
            found.setdefault(group, []).append(told)
    return found


def _event(event: Event) -> Turn:
    return {"kind": type(event).__name__, "data": codec.dump_event(event)}
