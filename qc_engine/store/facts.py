"""Facts about a case follow it whenever it is saved: when it was asked, what was answered, what followed."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from qc_engine.core.case import Case
from qc_engine.core.figures.marks import (
    EMPLOYEE,
    SERVICE,
    average_in_thousandths,
    mark_of,
    one_line,
    thousandths,
)
from qc_engine.core.review.reviews import FOUND
from qc_engine.store import rollups
from qc_engine.store.fact_tables import FactRow, ScoreRow


def keep(session: Session, before: Case | None, after: Case, now: datetime) -> None:
    """Writes nothing before the first question has left, nothing when nothing that counts has changed.

    A case of the company's own people counts nowhere.
    """
    if after.is_test or (before is not None and _what_counts(before) == _what_counts(after)):
        return
    row = session.get(FactRow, after.id)
    asked_at = row.asked_at if row else _asked_at(after, now)
    if asked_at is None:
        return
    if row is None:
        row = _filled(_empty(after, asked_at), after, now)
        session.add(row)
    else:
        _change(session, row, after, now)
    if before is None or (before.scores, before.branch) != (after.scores, after.branch):
        _keep_scores(session, after, row.day)


def _what_counts(case: Case) -> tuple[object, ...]:
    asked = bool(case.scores) or bool(case.question and case.question.asked_at)
    where = (case.branch.name, case.branch.timezone)
    return (asked, *where, case.scores, bool(case.clicked), case.review, case.values)


def _asked_at(case: Case, now: datetime) -> datetime | None:
    """Whoever has answered was asked, even if the channel has never told us so."""
    if case.question and case.question.asked_at:
        return case.question.asked_at
    return now if case.scores else None


def _empty(case: Case, asked_at: datetime) -> FactRow:
    return FactRow(
        case_id=case.id, portal=case.portal, branch="", scenario="", asked_at=asked_at, day=asked_at.date(),
        weekday=0,
    )  # fmt: skip


def _change(session: Session, row: FactRow, case: Case, now: datetime) -> None:
    was = (row.portal, row.branch, row.day)
    rollups.is_news(_filled(row, case, now))
    if (row.portal, row.branch, row.day) != was:
        rollups.has_left(session, *was)


def _filled(row: FactRow, case: Case, now: datetime) -> FactRow:
    row.branch, row.scenario = case.branch.name, case.scenario
    row.day = _day(row.asked_at, case)
    row.weekday = row.day.weekday()
    row.average_in_thousandths = average = average_in_thousandths(case.scores)
    row.mark = None if average is None else mark_of(average)
    row.clicked = bool(case.clicked)
    found_on = row.review_day or _day(_found_at(case) or now, case)
    row.review_day = found_on if case.review == FOUND else None
    row.employee, row.service = (one_line(case.values.get(name, "")) for name in (EMPLOYEE, SERVICE))
    return row


def _found_at(case: Case) -> datetime | None:
    said = [one.at for one in (case.check.said if case.check else ()) if one.outcome == FOUND and one.counts]
    return said[-1] if said else None


def _day(moment: datetime, case: Case) -> date:
    return moment.astimezone(ZoneInfo(case.branch.timezone)).date()


def _keep_scores(session: Session, case: Case, day: date) -> None:
    known = {
        row.question: row for row in session.exec(select(ScoreRow).where(ScoreRow.case_id == case.id)).all()
    }
    for question in known.keys() - case.scores.keys():
        session.delete(known[question])
    for question, score in case.scores.items():
        number = thousandths(score)
        row = known.get(question) or ScoreRow(
            case_id=case.id, question=question, value_in_thousandths=0, mark=0, day=day
        )
        row.value_in_thousandths, row.mark, row.day = number, mark_of(number), day
        session.add(row)
