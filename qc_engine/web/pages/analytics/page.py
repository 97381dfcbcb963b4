"""GET /console/analytics, its .csv and .xlsx, and /console/analytics/week."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from qc_engine.store import casebook, tallies
from qc_engine.web.console import doing
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import allowed, visitor_of
from qc_engine.web.console.narrowing import branches
from qc_engine.web.console.policy import Action, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.analytics import files, shown, week
from qc_engine.web.pages.analytics.asking import PATH, Asking, asking
from qc_engine.web.pages.analytics.chart import HEIGHT, WIDTH, chart
from qc_engine.web.pages.analytics.gathering import Numbers, gathered

FILES = {"csv": files.csv, "xlsx": files.xlsx}


def make_router(console: Console) -> APIRouter:
    router, visiting = APIRouter(), Depends(visitor_of(console))

    @router.get(PATH)
    def look(request: Request, visitor: Visitor = visiting) -> Response:
        return _page(console, visitor, request.query_params)

    @router.get(f"{PATH}.csv")
    def as_csv(request: Request, visitor: Visitor = visiting) -> Response:
        return _exported(console, visitor, request.query_params, "csv")

    @router.get(f"{PATH}.xlsx")
    def as_xlsx(request: Request, visitor: Visitor = visiting) -> Response:
        return _exported(console, visitor, request.query_params, "xlsx")

    @router.get(f"{PATH}/week")
    def report(request: Request, visitor: Visitor = visiting) -> Response:
        allowed(visitor, Action.SEE_ANALYTICS)
        told = week.values(console, visitor, request.query_params.get("week", ""))
        return show(console, visitor, "analytics_week.html", page="analytics", **told)

    return router


def _page(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Response:
    allowed(visitor, Action.SEE_ANALYTICS)
    one = asking(visitor, query)
    with console.database.reading() as session:
        numbers = gathered(session, one, scope(visitor.user))
        titles = _titles(console, visitor, session, numbers)
    return show(
        console, visitor, "analytics.html", page="analytics", asked=one.asked, one=one, numbers=numbers,
        whole=shown.line(one, numbers.whole), tables=list(shown.tables(visitor, one, numbers)),
        funnel=shown.funnel(numbers.whole.tally, one.wanted), marks=shown.marks(numbers.marks, one.wanted),
        questions=[shown.question(each, titles.get(each.name, each.name)) for each in numbers.questions],
        weeks=[shown.week(each) for each in numbers.weeks], write=shown.Writing(visitor.look.language),
        chart=chart(numbers.trend, one.last) if numbers.trend else None, width=WIDTH, height=HEIGHT,
        branches=branches(console, visitor), scenarios=console.choices().scenarios,
        settles=tallies.SETTLES.days,
    )  # fmt: skip


def _titles(console: Console, visitor: Visitor, session: Session, numbers: Numbers) -> dict[str, str]:
    """What people call the questions, by a case that answered each."""
    found: dict[str, str] = {}
    for one in numbers.questions:
        row = casebook.one(session, one.example, scope(visitor.user)) if one.name not in found else None
        if row is not None:
            found = {**console.behind.questions(session, row), **found}
    return found


def _exported(console: Console, visitor: Visitor, query: Mapping[str, str], kind: str) -> Response:
    allowed(visitor, Action.SEE_ANALYTICS)
    one = asking(visitor, query)
    tables = _tables(console, visitor, one)
    with console.database.transaction() as session:
        details: dict[str, Any] = {"file": kind, "rows": str(sum(len(table.rows) for table in tables))}
        doing.note(session, visitor, "analytics.exported", "analytics", details)
    return FILES[kind](visitor, tables)


def _tables(console: Console, visitor: Visitor, one: Asking) -> list[files.Table]:
    with console.database.reading() as session:
        numbers = gathered(session, one, scope(visitor.user))
        titles = _titles(console, visitor, session, numbers)
    return list(files.tables_of(visitor, one, numbers, titles))
