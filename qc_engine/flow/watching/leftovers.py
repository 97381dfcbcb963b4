"""What we made in the CRM and what has not left us yet, page by page, for the nightly pass."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlmodel import Session

from qc_engine.core.case import State
from qc_engine.core.effects import CreateDeal, CreateTask
from qc_engine.core.events import DealChanged, DealDeleted, Hint, TaskChanged, TaskClosed
from qc_engine.flow.watching.portal import Portal
from qc_engine.ports import Arrival
from qc_engine.store import cases, watching
from qc_engine.store.reports import Pass
from qc_engine.store.tables import CaseRow, EffectRow

AT_ONCE = 10  # cases in one page: each may have a task, and a task is searched for by itself
OLD = timedelta(days=1)  # an effect that has been open for so long is stuck
GROUPS = 20  # kinds and reasons of stuck effects, the most frequent first


def made(portal: Portal, under_way: Pass) -> bool:
    """Tasks and deals that open cases made: closed without our knowledge, or not there any more.

    True when this page was the last. Raises TryLater, Broken, OutcomeUnknown.
    """
    with portal.database.reading() as session:
        rows = watching.open_cases(session, portal.name, under_way.after, AT_ONCE, State.ACTIVE)
        effects = watching.made_by(session, [row.id for row in rows])
    tasks, deals = _awaited(rows, effects), _numbered(effects, CreateDeal.__name__)
    hints: list[Hint] = [TaskChanged(number) for number in sorted(tasks)]
    hints += [DealChanged(number) for number in sorted(deals)]
    seen = portal.look(hints, under_way) or ()
    closed = {one.event.task_id: one for one in seen if isinstance(one.event, TaskClosed)}
    gone = [made for number, made in tasks.items() if number not in closed and portal.lost(made)]
    gone += [deals[one.event.deal_id] for one in seen if isinstance(one.event, DealDeleted)]

    def judge(session: Session) -> None:
        _hear_of(portal, session, closed.values(), under_way)
        for effect in gone:
            _report_gone(effect, under_way)

    portal.save(under_way, rows[-1].id if rows else "", judge)
    return len(rows) < AT_ONCE


def old_effects(portal: Portal, under_way: Pass) -> bool:
    """What should have left long ago, by kind and reason. Asks nobody; there is one page."""

    def judge(session: Session) -> None:
        for one in watching.stuck(session, portal.name, portal.now(), OLD, GROUPS):
            told = {"what": one.kind, "count": one.count, "at": one.since, "why": one.error}
            under_way.reported("reconcile.stuck", needs_person=True, **told)

    portal.save(under_way, "", judge)
    return True


def _numbered(effects: Sequence[EffectRow], kind: str) -> dict[int, EffectRow]:
    """Effects of this kind by the number of what they made."""
    return {int(one.result): one for one in effects if one.kind == kind and one.result.isdigit()}


def _awaited(rows: Sequence[CaseRow], effects: Sequence[EffectRow]) -> dict[int, EffectRow]:
    """Of the tasks those whose answer a case waits for; the others are people's own matter."""
    awaited = {number for row in rows for number in cases.awaited_tasks(row)}
    tasks = _numbered(effects, CreateTask.__name__)
    return {number: made for number, made in tasks.items() if number in awaited}


def _hear_of(portal: Portal, session: Session, closed: Iterable[Arrival], under_way: Pass) -> None:
    for arrival in closed:
        if isinstance(arrival.event, TaskClosed) and portal.put(session, arrival, under_way):
            under_way.repaired("reconcile.task_closed", task_id=arrival.event.task_id)


def _report_gone(effect: EffectRow, under_way: Pass) -> None:
    is_task = effect.kind == CreateTask.__name__
    deal_id = effect.payload["deal_id" if is_task else "parent_deal_id"]
    told = {"number": effect.result, "case_id": effect.case_id, "deal_id": deal_id}
    under_way.reported("reconcile.task_gone" if is_task else "reconcile.deal_gone", needs_person=True, **told)
