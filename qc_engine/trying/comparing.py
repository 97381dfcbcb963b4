"""Two roads of one case: what differs between them, and where they part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from qc_engine.core.effects import CreateTask, Effect, ReopenTask, UpdateTask
from qc_engine.core.events import (
    AnswerReceived,
    ApprovalGiven,
    DealMoved,
    DealSeen,
    EffectFailed,
    Event,
    FormAnswered,
    LinkClicked,
    ReviewChecked,
    TaskClosed,
)
from qc_engine.core.noticed import Signature, signature
from qc_engine.trying.roads import COUNTED, Carried, Decided, Road

OUTCOME, PATH, TIME = "outcome", "path", "time"


@dataclass(frozen=True)
class Split:
    """The first decision that is not the same on both roads; None: there is none any more."""

    old: Decided | None
    new: Decided | None


def what_differs(old: Road, new: Road) -> tuple[str, ...]:
    """'outcome', 'path', 'messages' ...; 'time' when all the same happens at another time; () for nothing."""
    if old.outcome == new.outcome and old.path == new.path and old.effects == new.effects:
        return ()
    found = [OUTCOME] if old.outcome != new.outcome else []
    found += [PATH] if old.path != new.path else []
    found += [what for what in COUNTED if _all(old, what) != _all(new, what)]
    return tuple(found) or ((TIME,) if _times(old) != _times(new) else ())


def split(old: Road, new: Road) -> Split:
    """Where the roads part, whenever that is; of roads that differ in time alone, the first such moment."""
    pairs: list[tuple[Decided | None, Decided | None]] = list(zip_longest(old.decisions, new.decisions))
    parted = (pair for pair in pairs if _turn(pair[0]) != _turn(pair[1]))
    moved = (pair for pair in pairs if pair[0] and pair[1] and pair[0].at != pair[1].at)
    return Split(*(next(parted, None) or next(moved, None) or (None, None)))


def same_event(split: Split) -> bool:
    """Do both roads part at one and the same thing?"""
    if split.old is None or split.new is None:
        return False
    return split.old.at == split.new.at and _event(split.old.event) == _event(split.new.event)


def rules_of(one: Decided) -> tuple[str, ...]:
    """The rules that were followed."""
    return tuple(note.values["rule"] for note in one.decision.notes if note.key == "note.rule")


def only_in(one: Decided, other: Decided | None) -> Sequence[Effect]:
    """What this decision does and the other one does not."""
    there = {signature(planned.effect) for planned in other.decision.effects} if other else set()
    here = (planned.effect for planned in one.decision.effects)
    return [effect for effect in here if signature(effect) not in there]


def _all(road: Road, what: str) -> Sequence[Signature]:
    kinds = COUNTED[what] + ((UpdateTask, ReopenTask) if what == "tasks" else ())
    return [_carried(one) for one in road.done(*kinds)]


def _times(road: Road) -> Sequence[object]:
    visible: Iterator[Carried] = road.done(*(kind for kinds in COUNTED.values() for kind in kinds))
    return [one.at for one in visible]


def _turn(one: Decided | None) -> Signature:
    """What a decision came to, whenever it was taken."""
    if one is None:
        return ()
    after = one.decision.case
    effects = tuple(signature(planned.effect) for planned in one.decision.effects)
    return (_event(one.event), rules_of(one), effects, after.step, after.state, after.outcome)


def _event(event: Event) -> Signature:
    kind = type(event).__name__
    match event:
        case AnswerReceived(text=text, channel=channel):
            return kind, text, channel
        case FormAnswered(answers=answers):
            return kind, *sorted(answers.items())
        case DealMoved(stage=stage):
            return kind, stage
        case DealSeen(deal):
            return kind, deal.stage, deal.do_not_disturb
        case LinkClicked(platform=platform):
            return kind, platform
        case ReviewChecked(answer=answer):
            return kind, answer
        case ApprovalGiven(name=name, given=given):
            return kind, name, given
        case TaskClosed(result=result):
            return kind, result
        case EffectFailed(kind=of, code=code):
            return kind, of, code
        case _:
            return (kind,)


def _carried(one: Carried) -> Signature:
    """With what depends on when it is done: how long somebody has for it."""
    effect = one.effect
    if isinstance(effect, CreateTask | UpdateTask):
        return *signature(effect), effect.deadline - one.at
    return signature(effect)
