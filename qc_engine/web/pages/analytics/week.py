"""The owner's page of one week: how many answered, averages by branch, reviews gained, complaints open."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from qc_engine.core.figures.drift import Watch
from qc_engine.core.figures.tally import Tally
from qc_engine.store import dissatisfied, tallies
from qc_engine.store.tallies import Branches, Wanted
from qc_engine.web.console.narrowing import FIRST_YEAR, LAST_YEAR, Asked, asked
from qc_engine.web.console.policy import Place, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.analytics.asking import PATH, Asking, today
from qc_engine.web.pages.analytics.gathering import Group, gathered, of_branches
from qc_engine.web.pages.analytics.shown import Line, Number, Writing, line, number

WEEK, DAY = timedelta(days=7), timedelta(days=1)
COMPLAINTS, PERIOD = "/console/dissatisfied", timedelta(days=90)
NAMED = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)  # as ISO 8601 and the browsers' fields write it


@dataclass(frozen=True)
class Branch:
    """One line of the page."""

    line: Line
    change: float | None  # of the average, against the week before; None: nothing to compare
    reviews: Number


@dataclass(frozen=True)
class Report:
    """What the page says."""

    first: date
    last: date
    whole: Branch
    branches: Sequence[Branch]  # that asked somebody, or of which a review was found
    slipping: Sequence[tuple[Place, Watch]]
    open: Number  # complaints, of the last PERIOD
    overdue: int
    before: str  # the week before, and the one after it; '' where it is not over yet
    after: str


def report(console: Console, visitor: Visitor, text: str = "") -> Report:
    """`text`: '2026-W09'; what is no week, or none that is over, means the last one that is."""
    first, mine = week_of(text, today(visitor)), scope(visitor.user)
    one, before = _asking(visitor, first), _asking(visitor, first - WEEK)
    with console.database.reading() as session:
        now, then = gathered(session, one, mine), gathered(session, before, mine)
        gained = _gained(session, one.wanted, mine)
        known = _places(then.branches)
        complaints = _complaints(visitor)
        which = dissatisfied.Which(complaints.wanted, now=visitor.now)
        stands = dissatisfied.recovery(session, which, mine)
    return Report(
        first=first,
        last=first + WEEK - DAY,
        whole=_branch(one, now.whole, then.whole.tally, sum(gained.values())),
        branches=[
            _branch(one, group, known.get(_place(group)), gained.get(_place(group), 0))
            for group in of_branches({**dict.fromkeys(gained, Tally()), **_places(now.branches)}, one.wanted)
        ],
        slipping=now.slipping,
        open=Number(stands.open, complaints.address() if stands.open else ""),
        overdue=stands.overdue,
        before=f"{PATH}/week?week={named(first - WEEK)}",
        after=f"{PATH}/week?week={named(first + WEEK)}" if first + 2 * WEEK <= one.today else "",
    )


def week_of(text: str, day: date) -> date:
    """Its Monday; of what is no week, or none that is over, that of the last one that is."""
    try:
        return week_called(text, day)
    except ValueError:
        return _last_monday(day)


def week_called(text: str, day: date) -> date:
    """Its Monday. Raises ValueError with what is wrong: no week, or one that is not over on this day."""
    found, latest = NAMED.fullmatch(text), _last_monday(day)
    if found is None or not FIRST_YEAR <= int(found[1]) < LAST_YEAR:
        raise ValueError("write a week as 2026-W09")
    try:
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        weeks = date(int(found[1]), 12, 28).isocalendar().week
        raise ValueError(f"there is no such week: those of {found[1]} are W01 to W{weeks}") from None
    if first > latest:
        raise ValueError(f"that week is not over yet; the last whole one is {named(latest)}")
    return first


def _last_monday(day: date) -> date:
    """Of the last week that is over."""
    return day - timedelta(days=day.weekday()) - WEEK


def named(first: date) -> str:
    return "{}-W{:02}".format(*first.isocalendar()[:2])


def values(console: Console, visitor: Visitor, text: str = "") -> Mapping[str, Any]:
    """For the template."""
    return {
        "report": report(console, visitor, text),
        "write": Writing(visitor.look.language),
        "settles": tallies.SETTLES.days,
        "made": visitor.clock(visitor.now),
    }


def _asking(visitor: Visitor, first: date) -> Asking:
    since, until = f"{first}", f"{first + WEEK - DAY}"
    one = asked(visitor, PATH, (), {"since": since, "until": until})
    return Asking(one, Wanted(first, first + WEEK - DAY), today(visitor))


def _complaints(visitor: Visitor) -> Asked:
    since = f"{today(visitor) - PERIOD}"
    return asked(visitor, COMPLAINTS, ("state",), {"state": dissatisfied.OPEN, "since": since})


def _gained(session: Session, wanted: Wanted, mine: Branches) -> Mapping[tuple[str, str], int]:
    """Reviews found in these days, whenever their clients were asked."""
    found: dict[tuple[str, str], int] = {}
    for portal, branch, _, tally in tallies.by_day(session, _of_reviews(wanted), mine, date.min):
        found[portal, branch] = found.get((portal, branch), 0) + tally.reviewed
    return found


def _places(groups: Sequence[Group]) -> Mapping[tuple[str, str], Tally]:
    return {_place(group): group.tally for group in groups}


def _place(group: Group) -> tuple[str, str]:
    return group.wanted.portal, group.wanted.branch


def _of_reviews(wanted: Wanted) -> Wanted:
    return replace(
        wanted, since=None, until=None, reached="reviewed", review_since=wanted.since,
        review_until=wanted.until,
    )  # fmt: skip


def _branch(one: Asking, group: Group, before: Tally | None, reviews: int) -> Branch:
    now, then = group.tally.average, before.average if before else None
    change = round(now.value - then.value, 2) if now and then else None
    return Branch(line(one, group), change, number(reviews, _of_reviews(group.wanted)))
