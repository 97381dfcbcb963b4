"""What the nightly comparison of CRM and cases found: the last report of a portal, and an unfinished pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session

from qc_engine.store.tables import NoteRow

MOST_LISTED = 200  # lines of each list; all of them are counted


@dataclass(frozen=True)
class Line:
    """One thing that was found: a sentence of explain/locale and its values."""

    key: str
    params: Mapping[str, str]
    needs_person: bool = False


@dataclass(frozen=True)
class Report:
    """One pass over one portal. Long lists are cut; the numbers and `counts`, by key, are of all lines."""

    portal: str
    at: datetime  # when the pass began
    looked_at: int = 0  # deals that were read
    repaired: tuple[Line, ...] = ()
    reported: tuple[Line, ...] = ()
    repaired_in_all: int = 0
    reported_in_all: int = 0
    for_a_person: int = 0  # of the reported ones
    counts: Mapping[str, int] = field(default_factory=dict)
    finished_at: datetime | None = None


@dataclass
class Pass:
    """A pass under way: how far it is, and what it found so far."""

    report: Report
    since: datetime  # the pass before this one: what came in later is looked through
    phase: int = 0
    after: str = ""  # what the phase read last

    def looked(self, deals: int) -> None:
        self.report = replace(self.report, looked_at=self.report.looked_at + deals)

    def repaired(self, key: str, **params: object) -> None:
        """Put right by this pass, or on its way to it."""
        line = Line(key, _plain(params))
        self.report = replace(self.report, repaired_in_all=self.report.repaired_in_all + 1)
        self._count(line)
        if len(self.report.repaired) < MOST_LISTED:
            self.report = replace(self.report, repaired=(*self.report.repaired, line))

    def reported(self, key: str, *, needs_person: bool = False, **params: object) -> None:
        """Only told; the same thing is told once."""
        line = Line(key, _plain(params), needs_person)
        if line in self.report.reported:
            return
        self.report = replace(self.report, reported_in_all=self.report.reported_in_all + 1)
        self._count(line)
        if len(self.report.reported) < MOST_LISTED:
            self.report = replace(self.report, reported=(*self.report.reported, line))

    def _count(self, line: Line) -> None:
        counts = {**self.report.counts, line.key: self.report.counts.get(line.key, 0) + 1}
        people = self.report.for_a_person + line.needs_person
        self.report = replace(self.report, counts=counts, for_a_person=people)


def _plain(params: Mapping[str, object]) -> dict[str, str]:
    times = {name: value.isoformat() for name, value in params.items() if isinstance(value, datetime)}
    return {name: str(value) for name, value in params.items()} | times


_REPORT, _PASS = TypeAdapter(Report), TypeAdapter(Pass)


def last(session: Session, portal: str) -> Report | None:
    """The newest finished report of this portal."""
    row = session.get(NoteRow, _name(portal))
    return _REPORT.validate_json(row.value) if row and row.value else None


def keep(session: Session, report: Report, now: datetime) -> None:
    _write(session, _name(report.portal), _REPORT.dump_json(report).decode(), now)


def unfinished(session: Session, portal: str) -> Pass | None:
    row = session.get(NoteRow, f"{_name(portal)}:pass")
    return _PASS.validate_json(row.value) if row and row.value else None


def keep_unfinished(session: Session, under_way: Pass, now: datetime) -> None:
    name = f"{_name(under_way.report.portal)}:pass"
    _write(session, name, _PASS.dump_json(under_way).decode(), now)


def forget_unfinished(session: Session, portal: str, now: datetime) -> None:
    _write(session, f"{_name(portal)}:pass", "", now)


def as_json(report: Report) -> dict[str, Any]:
    """Ready for JSON; times are ISO texts."""
    document: dict[str, Any] = _REPORT.dump_python(report, mode="json")
    return document


def _name(portal: str) -> str:
    return f"reconcile:{portal}"


def _write(session: Session, name: str, value: str, now: datetime) -> None:
    session.merge(NoteRow(name=name, value=value, updated_at=now))
