"""The nightly pass over one portal: what the CRM says against what our cases believe."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.flow.versions.library import Library
from qc_engine.flow.watching.comparing import open_deals, passed_through, start_stages
from qc_engine.flow.watching.leftovers import doubled, made, old_effects
from qc_engine.flow.watching.portal import Portal
from qc_engine.ports import Broken, Connector, OutcomeUnknown, Refused, TryLater
from qc_engine.store import alarms, reports
from qc_engine.store.database import Database
from qc_engine.store.reports import Pass, Report

log = structlog.get_logger()
A_DAY = timedelta(days=1)
COMPARISONS: Sequence[Callable[[Portal, Pass], bool]] = (
    open_deals, made, start_stages, passed_through, old_effects, doubled
)  # fmt: skip


def due(last_at: datetime | None, now: datetime, zone: str, at: time) -> bool:
    """Has today's moment come in this zone, and no pass begun since? A missed one is made up for that day.

    An hour that does not exist today counts from its end, one that comes twice counts once.
    """
    there = ZoneInfo(zone)
    today = datetime.combine(now.astimezone(there).date(), at, there).astimezone(UTC)
    return now >= today and (last_at is None or last_at < today)


class Reconciler:
    """One portal's pass: interrupted anywhere, by us or by the portal, it goes on with the next page."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        connector: Connector,
        secret: bytes,
        *,
        zone: str,
        at: str,
    ) -> None:
        """`at` is HH:MM in `zone`; `secret` is what the marks of our tasks are made with."""
        self._side = Portal(database, clock, library, connector, secret)
        self._zone, self._at = zone, time.fromisoformat(at)

    @property
    def portal(self) -> str:
        return self._side.name

    def work(self) -> int:
        """For a loop: one page, when a pass is due or under way; 0 when there is nothing to do now."""
        if not self._wanted():
            return 0
        try:
            return int(self.step() is None)
        except (TryLater, Broken, OutcomeUnknown) as failure:
            told = {"portal": self.portal, "kind": type(failure).__name__, "reason": str(failure)}
            log.warning("reconciliation waits", **told)
            return 0

    def run(self) -> Report:
        """A whole pass, now; one that was interrupted is completed.

        Raises TryLater, Broken, OutcomeUnknown; what was read until then is kept.
        """
        while (report := self.step()) is None:
            pass
        return report

    def step(self) -> Report | None:
        """One page; the report when it was the last. Raises TryLater, Broken, OutcomeUnknown."""
        with self._side.database.reading() as session:
            under_way = self._under_way(session)
        if not self._compare(under_way):
            return None
        if under_way.phase + 1 < len(COMPARISONS):
            under_way.phase += 1
            self._side.save(under_way, after="")
            return None
        return self._finish(under_way)

    def _compare(self, under_way: Pass) -> bool:
        try:
            return COMPARISONS[under_way.phase](self._side, under_way)
        except Refused as refusal:
            # What the portal refuses tonight it refuses on every page.
            under_way.reported("reconcile.refused", needs_person=True, reason=str(refusal))
            return True

    def _wanted(self) -> bool:
        with self._side.database.reading() as session:
            if reports.unfinished(session, self.portal):
                return True
            last = reports.last(session, self.portal)
        return due(last.at if last else None, self._side.now(), self._zone, self._at)

    def _under_way(self, session: Session) -> Pass:
        now = self._side.now()
        before = reports.unfinished(session, self.portal)
        if before and now < before.report.at + A_DAY:
            return before
        last = reports.last(session, self.portal)
        since = before.since if before else last.at if last else now - A_DAY
        return Pass(Report(self.portal, now), since)

    def _finish(self, under_way: Pass) -> Report:
        now = self._side.now()
        report = replace(under_way.report, finished_at=now)
        with self._side.database.transaction(durable=False) as session:
            reports.keep(session, report, now)
            reports.forget_unfinished(session, self.portal, now)
            _tell(session, report, now)
        log.info("reconciled", portal=report.portal, looked_at=report.looked_at, **_totals(report))
        return report


def _tell(session: Session, report: Report, now: datetime) -> None:
    """An alarm when a person must look; a clean pass takes it back."""
    key = f"reconcile:{report.portal}"
    if report.for_a_person:
        params = {"portal": report.portal, "count": report.for_a_person, "at": report.at.isoformat()}
        alarms.raise_alarm(session, key, "alarm.reconcile", params, now)
    else:
        alarms.clear(session, key)


def _totals(report: Report) -> dict[str, int]:
    return {name.replace(".", "_"): count for name, count in report.counts.items()}
