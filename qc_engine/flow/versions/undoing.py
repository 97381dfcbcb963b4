"""Taking back what a scenario did in the CRM, as far as that can be done, each deed with its trace."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Case
from qc_engine.core.draft import Planned
from qc_engine.core.effects import (
    CloseTask,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    SendMessage,
    SetFields,
    UpdateContact,
)
from qc_engine.core.trace import phrase
from qc_engine.flow.versions.restoring import Put, backs
from qc_engine.store import cases, codec, deeds, outbox, traces
from qc_engine.store.deeds import Deed
from qc_engine.store.tables import EffectRow

GROUPS: Mapping[str, tuple[type[Effect], ...]] = {
    "messages": (SendMessage,),
    "moves": (MoveDeal,),
    "tasks": (CreateTask,),
    "deals": (CreateDeal,),
    "fields": (SetFields, UpdateContact),
}
OTHER = "other"
Known = Callable[[Case], Mapping[str, str]]  # what the CRM has told of the fields of a case's deal, by field


@dataclass(frozen=True)
class Undoing:
    """What of one case can be taken back, and what cannot: `left` holds words of the catalogue."""

    case: Case
    effects: tuple[Effect, ...]
    left: tuple[tuple[str, str], ...]  # (why, which): undo.message, undo.deal ... and its number


def nothing_known(case: Case) -> Mapping[str, str]:
    return {}


def counts(done: Iterable[Deed]) -> Counter[str]:
    """By groups: messages, moves, tasks, deals, fields, other."""
    return Counter(group_of(row.kind) for row, _ in done)


def group_of(kind: str) -> str:
    found = (group for group, kinds in GROUPS.items() if kind in {one.__name__ for one in kinds})
    return next(found, OTHER)


def plan(session: Session, done: Sequence[Deed], known: Known = nothing_known) -> list[Undoing]:
    """Case by case, the oldest deed first."""
    of_case: dict[str, list[EffectRow]] = {}
    for row, _ in done:
        of_case.setdefault(row.case_id, []).append(row)
    found = []
    for case_id, rows in of_case.items():
        case = cases.get(session, case_id)
        assert case is not None
        did = [(codec.load_effect(row.kind, row.payload), row.result) for row in rows]
        one = _plan_case(case, did, deeds.undone_tasks(session, case_id))
        found.append(_with_fields(session, one, rows, known))
    return found


def _with_fields(session: Session, one: Undoing, rows: Sequence[EffectRow], known: Known) -> Undoing:
    """Each field by itself: somebody may have changed one of them meanwhile, and not the others."""
    lately = {row.id for row in rows}
    puts = [put for row in deeds.writes_of(session, one.case.id) for put in _puts(one.case, row, lately)]
    if not any(put.lately for put in puts):
        return one
    found, unknown = backs(puts, known(one.case))
    deal = one.case.deal_id
    effects = (SetFields(deal, {each.field: each.was}, {each.field: each.stands}) for each in found)
    left = (("undo.fields", "") for _ in unknown)
    return replace(one, effects=(*one.effects, *effects), left=(*one.left, *left))


def _puts(case: Case, row: EffectRow, lately: Collection[int | None]) -> Iterator[Put]:
    """Into the case's own deal."""
    effect = codec.load_effect(row.kind, row.payload)
    if isinstance(effect, SetFields | MoveDeal) and effect.deal_id == case.deal_id:
        yield from (Put(name, value, row.id in lately) for name, value in effect.fields.items())


def _plan_case(case: Case, did: Sequence[tuple[Effect, str]], closed: set[int]) -> Undoing:
    effects, left = list[Effect](), list[tuple[str, str]]()
    moves = [effect for effect, _ in did if isinstance(effect, MoveDeal) and effect.expected]
    moves = [effect for effect in moves if effect.deal_id == case.deal_id]
    if moves:
        back = MoveDeal(case.deal_id, moves[0].expected[0], (moves[-1].stage,))
        if case.deal_stage == moves[-1].stage:
            effects.append(back)
        else:
            left.append(("undo.moved_since", str(case.deal_id)))
    for effect, result in did:
        if isinstance(effect, CreateTask) and result.isdigit() and int(result) not in closed:
            effects.append(CloseTask(int(result), untouched=True))
        elif isinstance(effect, CreateDeal):
            left.append(("undo.deal", result))
        elif isinstance(effect, SendMessage):
            left.append(("undo.message", ""))
        elif isinstance(effect, UpdateContact):
            left.append(("undo.fields", ""))
    return Undoing(case, tuple(effects), tuple(left))


def undo(session: Session, one: Undoing, by: str, reason: str, now: datetime) -> int:
    """How many effects were planned. They leave although the scenario stands still, before all others."""
    if not one.effects:
        return 0
    before = one.case
    keys = [f"{before.id}:{before.rev + 1}:{number}" for number in range(len(one.effects))]
    for key, effect in zip(keys, one.effects, strict=True):
        outbox.add(session, before, Planned(key, effect, priority=outbox.UNDO), now)
    after = _afterwards(before, one.effects)
    told = {"by": by, "reason": reason}
    traces.add_by_hand(session, before, after, "Undone", told, [phrase("note.undone")], keys, now)
    cases.save(session, before, after, now)
    return len(one.effects)


def _afterwards(case: Case, effects: Sequence[Effect]) -> Case:
    """Nothing of it will surprise the case when it goes on: it was not a manager's hand."""
    for effect in effects:
        if isinstance(effect, MoveDeal):
            case = replace(case, deal_stage=effect.stage, our_stages=(*case.our_stages, effect.stage))
        elif isinstance(effect, CloseTask) and effect.task_id == case.task_id:
            case = replace(case, task_id=None, check=case.check and case.check.over(effect.task_id))
    return case
