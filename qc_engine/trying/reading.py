"""The past of a scenario out of the database, some hundred people at a time; nothing is written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from qc_engine.flow.versions.library import Library
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, VersionRow
from qc_engine.trying.gathering import gathered
from qc_engine.trying.past import Person, Season, Text
from qc_engine.trying.rows import Stray, words_for_nobody

AT_ONCE = 300  # people
FEW = 60  # while others work in this process: neither they nor the database wait long


@contextmanager
def looking(database: Database) -> Iterator[Session]:
    """One consistent view through which the database itself lets nothing be written."""
    with database.reading() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield session
            return
        connection.exec_driver_sql("PRAGMA query_only = ON")
        try:
            yield session
        finally:
            connection.exec_driver_sql("PRAGMA query_only = OFF")


def season_of(
    session: Session, library: Library, scenario: str, span: tuple[datetime, datetime], now: datetime
) -> Season:
    """The cases of this scenario that began in [span[0], span[1]), and the texts they began with."""
    since, until = span
    active = library.active[scenario].version
    rows = session.execute(select(VersionRow).where(col(VersionRow.portal) == library.portal)).scalars().all()
    here = _in(scenario, library.portal, since, until)
    place = col(CaseRow.branch)
    places = select(place, func.count().label("number")).where(*here).group_by(place)
    counts = {row.branch: row.number for row in session.execute(places)}
    return Season(
        scenario,
        library.portal,
        since,
        until,
        now,
        active,
        {row.version: Text(row.source, row.names) for row in rows if row.name == scenario}
        | {active: Text(library.sources[scenario], library.names)},
        library.channels,
        library.holidays,
        titles(library),
        sum(counts.values()),
        tuple(sorted(counts)),
    )


def titles(library: Library) -> dict[str, str]:
    """What people of this portal call its stages and fields, by their ids; the scenario's own words first."""
    kinds = ("fields", "contact_fields", "stages")
    said = {id_: name for kind in kinds for name, id_ in library.names.get(kind, {}).items()}
    return {**library.titles, **said}


def days_with_cases(session: Session, season: Season) -> tuple[datetime, datetime] | None:
    """When the first and the last case of this scenario began at all; None when there is none."""
    whole = select(func.min(col(CaseRow.created_at)), func.max(col(CaseRow.created_at))).where(
        col(CaseRow.scenario) == season.scenario, col(CaseRow.portal) == season.portal
    )
    first, last = session.execute(whole).one()
    return (first, last) if first and last else None


def people_of(session: Session, season: Season, branch: str = "", case_id: str = "") -> Iterator[Person]:
    """Everybody with cases in the season, with all their cases in it; of one branch, of one case."""
    groups = _groups(session, season, branch, case_id)
    stray = words_for_nobody(session, season)
    for at in range(0, len(groups), AT_ONCE):
        yield from gathered(session, season, groups[at : at + AT_ONCE], stray)


@dataclass(frozen=True)
class Crowd:
    """The same people, a few at a time in a view of their own: nothing is held open meanwhile."""

    database: Database
    season: Season
    groups: Sequence[Sequence[str]]
    stray: Stray

    def __len__(self) -> int:
        return len(self.groups)

    def __iter__(self) -> Iterator[Person]:
        for at in range(0, len(self.groups), FEW):
            with looking(self.database) as session:
                some = list(gathered(session, self.season, self.groups[at : at + FEW], self.stray))
            yield from some


def crowd_of(database: Database, season: Season, branch: str = "", case_id: str = "") -> Crowd:
    """Who they are is known at once, what happened to them is read when it is asked for."""
    with looking(database) as session:
        groups, stray = _groups(session, season, branch, case_id), words_for_nobody(session, season)
    return Crowd(database, season, groups, stray)


def season_beside(
    session: Session, library: Library, fresh: Library, scenario: str, span: tuple[datetime, datetime],
    now: datetime,
) -> Season:  # fmt: skip
    """The same for a trial of `fresh`: with what that one calls stages and fields too."""
    season = season_of(session, library, scenario, span, now)
    return replace(season, titles={**titles(fresh), **season.titles})


def _groups(session: Session, season: Season, branch: str, case_id: str) -> list[Sequence[str]]:
    """The ids of the cases of each person, whoever came first stands first."""
    rows = session.execute(
        select(col(CaseRow.id), col(CaseRow.phone), col(CaseRow.branch))
        .where(*_in(season.scenario, season.portal, season.since, season.until))
        .order_by(col(CaseRow.created_at), col(CaseRow.id))
    ).all()
    found: dict[str, list[str]] = {}
    wanted: set[str] = set()
    for id_, phone, place in rows:
        key = phone or f"case:{id_}"
        found.setdefault(key, []).append(id_)
        if branch in ("", place) and case_id in ("", id_):
            wanted.add(key)
    return [ids for key, ids in found.items() if key in wanted]


def _in(scenario: str, portal: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(CaseRow.scenario) == scenario,
        col(CaseRow.portal) == portal,
        col(CaseRow.created_at) >= since,
        col(CaseRow.created_at) < until,
    )
