"""What we made in the CRM and what has not left us yet, page by page, for the nightly pass."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from qc_engine.core.case import State
from qc_engine.core.effects import CreateDeal, CreateTask
from qc_engine.core.events import DealChanged, DealDeleted, Hint, TaskChanged, TaskClosed
from qc_engine.flow.watching.portal import Portal
from qc_engine.ports import Absent, Arrival, Done, Search
from qc_engine.store import cases, doubles, watching
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
    unheard = [made for number, made in tasks.items() if number not in closed]
    found = _searched(portal, [*unheard, *_new(effects, under_way, unheard)])
    gone = [one for one in unheard if isinstance(found[one.key], Absent)]
    gone += [deals[one.event.deal_id] for one in seen if isinstance(one.event, DealDeleted)]

    def judge(session: Session) -> None:
        _hear_of(portal, session, closed.values(), under_way)
        for effect in gone:
            _report_gone(effect, under_way)
        _judge_doubles(session, effects, found, portal.now())

    portal.save(under_way, rows[-1].id if rows else "", judge)
    return len(rows) < AT_ONCE


def doubled(portal: Portal, under_way: Pass) -> bool:
    """Is what the vendor made twice still there twice? There are few of them, and there is one page."""
    with portal.database.reading() as session:
        rows = doubles.standing(session, portal.name)
    found = _searched(portal, rows)
    portal.save(under_way, "", lambda session: _judge_doubles(session, rows, found, portal.now()))
    return True


def old_effects(portal: Portal, under_way: Pass) -> bool:
    """What should have left long ago, by kind and reason. Asks nobody; there is one page."""

    def judge(session: Session) -> None:
        for one in watching.stuck(session, portal.name, portal.now(), OLD, GROUPS):
            told = {"what": one.kind, "count": one.count, "at": one.since, "why": one.error}
            under_way.reported("reconcile.stuck", needs_person=True, **told)

    portal.save(under_way, "", judge)
    return True


def _new(effects: Sequence[EffectRow], under_way: Pass, others: Sequence[EffectRow]) -> Sequence[EffectRow]:
    """Made since the last pass: the vendor may have made it twice and told us of one."""
    return [one for one in effects if one not in others and one.done_at and one.done_at >= under_way.since]


def _searched(portal: Portal, rows: Iterable[EffectRow]) -> dict[str, Search]:
    return {one.key: portal.search(one) for one in rows}


def _judge_doubles(
    session: Session, rows: Sequence[EffectRow], found: Mapping[str, Search], now: datetime
) -> None:
    for one in rows:
        row, search = session.get_one(EffectRow, one.id), found.get(one.key)
        others = [number for number in _numbers(search) if number != row.result]
        if others:
            doubles.tell(session, row, others, now)
        elif isinstance(search, Done | Absent):
            doubles.over(session, row)


def _numbers(search: Search | None) -> Sequence[str]:
    return (search.result, *search.others) if isinstance(search, Done) else ()


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
