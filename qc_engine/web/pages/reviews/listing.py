"""The three lists: what is to be looked for, what is decided, and the links behind a number of the funnel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException
from sqlmodel import Session

from qc_engine.core.review.reviews import ANSWERS
from qc_engine.core.wording.texts import masked
from qc_engine.store import funnel, reviewing
from qc_engine.store.funnel import STAGES, Funnel
from qc_engine.store.reviewing import UNCHECKED
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.narrowing import APART, Asked, asked
from qc_engine.web.console.policy import Action, Place, Where, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.reviews.shown import Review, opened, read

PATH = "/console/reviews"
WAIT, DECIDED, FUNNEL = TABS = ("wait", "decided", "funnel")
PAGE, PAGE_OF_LINKS = 20, 50


@dataclass(frozen=True)
class Listed:
    """A page of a list; `count` is that of the whole list, `counts` those of its parts."""

    asked: Asked
    tab: str
    count: int
    counts: Mapping[str, int]
    reviews: Sequence[Review] = ()
    funnel: Sequence[Mapping[str, Any]] = ()
    links: Sequence[Mapping[str, Any]] = ()
    before: str = ""
    after: str = ""
    stage: str = ""  # whose links are listed


def wanted(visitor: Visitor, query: Mapping[str, str]) -> Asked:
    return asked(visitor, PATH, ("tab", "answer", "overdue", "stage", "place", "platform"), query)


def listed(console: Console, visitor: Visitor, one: Asked, size: int = PAGE) -> Listed:
    """Raises 404 for a place beyond the visitor's branches."""
    with console.database.reading() as session:
        match one.values["tab"]:
            case "decided":
                return _decided(console, visitor, session, one, size)
            case "funnel":
                return _funnel(console, visitor, session, one)
            case _:
                return _wait(console, visitor, session, one, size)


def _wait(console: Console, visitor: Visitor, session: Session, one: Asked, size: int) -> Listed:
    """Of every period: what waits, waits."""
    mine, now = scope(visitor.user), visitor.now
    counts = {
        "all": reviewing.count_awaited(session, one.wanted, mine),
        "overdue": reviewing.count_awaited(session, one.wanted, mine, now),
    }
    late = bool(one.values["overdue"])
    skip = one.number * size
    rows = reviewing.awaited(session, one.wanted, mine, now if late else None, size, skip)
    alone = size != PAGE  # a file has no buttons
    found = [read(console, session, row) if alone else opened(console, visitor, session, row) for row in rows]
    count = counts["overdue" if late else "all"]
    return Listed(one, WAIT, count, counts, found, (), (), *one.pages(count, size))


def _decided(console: Console, visitor: Visitor, session: Session, one: Asked, size: int) -> Listed:
    mine, answer = scope(visitor.user), one.values["answer"]
    answer = answer if answer in (*ANSWERS, UNCHECKED) else ""
    counts = reviewing.count_decided(session, one.wanted, mine)
    rows = reviewing.decided(session, one.wanted, mine, answer, size, one.number * size)
    count = counts.get(answer, 0) if answer else sum(counts.values())
    found = [read(console, session, row) for row in rows]
    return Listed(one, DECIDED, count, counts, found, (), (), *one.pages(count, size))


# --- the funnel -------------------------------------------------------------------------------


def _funnel(console: Console, visitor: Visitor, session: Session, one: Asked) -> Listed:
    mine, since = scope(visitor.user), one.wanted.since
    rows = funnel.funnel(session, since, mine)
    if one.wanted.branch:
        rows = [row for row in rows if (row.portal, row.branch) == (one.wanted.portal, one.wanted.branch)]
    told = [_line(console, visitor, one, row) for row in rows]
    stage = one.values["stage"]
    if stage not in STAGES:
        return Listed(one, FUNNEL, len(told), {}, (), told)
    of = _of(visitor, one)
    same = (
        row for row in rows if (row.portal, row.branch, row.platform) == (of.portal, of.branch, of.platform)
    )
    count = next((int(getattr(row, stage)) for row in same), 0)
    found = funnel.reached(session, of, stage, since, mine, PAGE_OF_LINKS, one.number * PAGE_OF_LINKS)
    links = [_link(link.created_at, row) for link, row in found]
    return Listed(one, FUNNEL, count, {}, (), told, links, *one.pages(count, PAGE_OF_LINKS), stage)


def _line(console: Console, visitor: Visitor, one: Asked, row: Funnel) -> Mapping[str, Any]:
    place = f"{row.portal}{APART}{row.branch}"

    def address(stage: str) -> str:
        return one.address(stage=stage, place=place, platform=row.platform)

    platform = console.behind.word(visitor.look.language, "platform", row.platform)
    stages = [(stage, getattr(row, stage), address(stage)) for stage in STAGES]
    return {
        "portal": row.portal, "branch": row.branch, "of": row.platform, "platform": platform,
        "stages": stages,
    }  # fmt: skip


def _of(visitor: Visitor, one: Asked) -> Funnel:
    """Whose links are asked for, by the address."""
    portal, _, branch = one.values["place"].partition(APART)
    where = Place(portal, branch) if portal else Where.COMPANY  # links whose case is gone
    if not visitor.may(Action.SEE_CASES, where):
        raise HTTPException(404)
    return Funnel(portal, branch, one.values["platform"], 0, 0, 0, 0, 0, 0)


def _link(created_at: Any, row: CaseRow | None) -> Mapping[str, Any]:
    body = row.body if row else {}
    return {
        "id": row.id if row else "",
        "client": body.get("client_name") or "",
        "phone": masked(row.phone) if row and row.phone else "",
        "deal": row.deal_id if row else "",
        "branch": row.branch if row else "",
        "review": body.get("review") or "",
        "created_at": created_at,
    }
