"""How much there is to do, when something will be due next, what is wrong, and what has been done."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from qc_engine.clock import Clock, SystemClock
from qc_engine.flow.watching.forecast import lane_reports
from qc_engine.ports import Connector
from qc_engine.store import alarms, cases, inbox, lanes, outbox, reports, scenarios, schedules, workers
from qc_engine.store.database import Database
from qc_engine.store.reports import Report
from qc_engine.store.schedules import Turn
from qc_engine.store.tables import AlarmRow, ClickRow, EffectRow, InboxRow, ScenarioRow
from qc_engine.store.workers import Seen


def status(
    database: Database, clock: Clock, full: bool = False, connectors: Sequence[Connector] = ()
) -> dict[str, Any]:
    """Cheap by indexes; with `full` the totals too. Times are ISO 8601 in UTC.

    `connectors` name the portals and forecast when the lanes are empty; without them nothing is forecast.
    """
    with database.reading() as session:
        now = clock.now()
        document: dict[str, Any] = {
            "now": now.isoformat(),
            "alarms": [_alarm(one) for one in alarms.all_alarms(session)],
            "inbox_open": inbox.count_open(session, now),
            "effects_due": outbox.waiting(session, now),
            "next_at": _next_at(session, now),
            "broken": [
                {"lane": one.key, "reason": one.broken} for one in lanes.all_lanes(session) if one.broken
            ],
            "lanes": lane_reports(session, connectors, now),
            "reconciled": _reconciled(session, connectors),
            "scenarios": [told for row in scenarios.everywhere(session) for told in _standing(row)],
            "schedules": [_turn(one) for one in schedules.coming(session)],
            "workers": [
                _worker(one) for one in workers.seen(session, workers.moment(session, SystemClock()))
            ],
        }
        return document | (_totals(session) if full else {})


def _standing(row: ScenarioRow) -> Iterator[dict[str, Any]]:
    """What a person should know of a scenario: it waits, rests or stands still, or something is tried."""
    told = {"name": row.name, "portal": row.portal, "by": row.changed_by, "at": row.changed_at.isoformat()}
    if scenarios.waits(row):
        yield told | {"what": "waiting", "version": row.file_version}
    if row.state != scenarios.ACTIVE:
        yield told | {"what": row.state, "version": row.version}
    if row.candidate:
        since = row.tried_since or row.changed_at
        yield told | {"what": row.mode, "version": row.candidate, "at": since.isoformat()}


def _turn(one: Turn) -> dict[str, Any]:
    """When a scheduled scenario comes round next, and what became of its last turn."""
    told = {"portal": one.portal, "scenario": one.scenario, "next_at": _iso(one.next_at), "deals": one.begun}
    return told | {"last_at": _iso(one.occurs_at), "under_way": one.done_at is None}


def _worker(one: Seen) -> dict[str, Any]:
    """A process that decides and delivers, or that did and has fallen silent. Times are the machine's own."""
    told = one.worker
    return {
        "host": told.host, "pid": told.pid, "role": told.role, "release": told.release, "since": told.since,
        "seen_at": one.at.isoformat(), "lives": one.lives, "duties": list(one.duties), "skew": told.skew,
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _alarm(row: AlarmRow) -> dict[str, Any]:
    return {"key": row.key, "phrase": row.phrase, "params": row.params, "since": row.since.isoformat()}


def _reconciled(session: Session, connectors: Sequence[Connector]) -> list[dict[str, Any]]:
    """The last nightly pass of each portal that had one."""
    portals = dict.fromkeys(one.portal for one in connectors if one.portal)
    found = [report for portal in portals if (report := reports.last(session, portal))]
    return [_pass(one) for one in found]


def _pass(report: Report) -> dict[str, Any]:
    return {
        "portal": report.portal,
        "at": report.at.isoformat(),
        "looked_at": report.looked_at,
        "repaired": report.repaired_in_all,
        "reported": report.reported_in_all,
        "counts": dict(report.counts),
        "for_a_person": report.for_a_person,
    }


def _next_at(session: Session, now: datetime) -> str | None:
    """The next moment at which time alone makes something happen."""
    later = session.exec(
        select(func.min(EffectRow.run_at)).where(outbox.READY, col(EffectRow.run_at) > now)
    ).one()
    held = session.exec(
        select(func.min(InboxRow.process_at)).where(
            col(InboxRow.processed_at).is_(None), col(InboxRow.process_at) > now
        )
    ).one()
    moments = [one for one in (cases.next_wake(session), later, held, schedules.next_at(session)) if one]
    return min(moments).isoformat() if moments else None


def _totals(session: Session) -> dict[str, Any]:
    kinds = session.exec(select(InboxRow.kind, func.count()).group_by(InboxRow.kind)).all()
    ends = session.exec(select(InboxRow.result, func.count()).group_by(InboxRow.result)).all()
    grades = session.exec(select(ClickRow.grade, func.count()).group_by(ClickRow.grade)).all()
    return {
        "inbox": dict(kinds),
        "inbox_results": {result or "open": count for result, count in ends},
        "effects": outbox.counts(session),
        "cases": cases.counts(session),
        "clicks": dict(grades),
    }
