"""Judges every message of a year by the ledger and the facts alone; it knows nothing of the engine's gate.

The limits are written here once more, on purpose: a mistake in the scenario's reading would show too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.year_files import CLOSED, HOMES


@dataclass(frozen=True)
class Sent:
    """A message that a client got."""

    at: datetime
    phone: str
    portal: str
    scenario: str
    case_id: str
    deal_id: int
    purpose: str
    text: str
    planned_at: datetime
    is_last: bool  # planned when its case ended: what happens to the deal later is people's own matter


@dataclass
class Facts:
    """What people did, and when the engine had taken it in; it had always done so before it sent anything."""

    stops: dict[str, datetime] = field(default_factory=dict)
    wrote: dict[str, list[datetime]] = field(default_factory=dict)
    operators: dict[str, list[datetime]] = field(default_factory=dict)
    complaints: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)  # phone -> at, case
    settled: dict[str, datetime] = field(default_factory=dict)  # case -> when
    entered: dict[tuple[str, int], datetime] = field(default_factory=dict)  # portal, deal
    taken_away: dict[tuple[str, int], datetime] = field(default_factory=dict)  # moved by hand
    forbidden: dict[tuple[str, int], datetime] = field(default_factory=dict)  # do not disturb


@dataclass(frozen=True)
class Limits:
    """What one scenario allows."""

    night: tuple[time, time]
    of_client: bool
    between: timedelta
    operator: timedelta
    complaint: timedelta
    wait: timedelta
    fresh: timedelta


DAY = timedelta(days=1)
LIVE = timedelta(minutes=15)
LIMITS = {
    "visit": Limits(
        (time(21), time(9)), True, 20 * DAY, timedelta(hours=3), 40 * DAY, DAY, 3 * DAY
    ),
    "call": Limits(
        (time(20, 30), time(10)), False, 4 * DAY, timedelta(hours=5), 15 * DAY, timedelta(hours=2), 2 * DAY
    ),
}  # fmt: skip
BRANCH_ZONES = {"main": "Asia/Almaty", "berlin": "Europe/Berlin"}


def faults(ledger: Sequence[Sent], facts: Facts) -> Iterator[str]:
    """Every broken promise, as a sentence."""
    began: dict[str, datetime] = {}  # case -> its first question
    for one in ledger:
        told = f"{one.at:%m-%d %H:%M} {one.purpose} of {one.case_id} ({one.scenario}, {one.portal}) to {one.phone}"
        first = one.purpose == "question" and one.case_id not in began
        checks = [_consent, _night, _operator, _complaint, _freshness, _deal]
        yield from (f"{told}: {fault}" for check in checks for fault in check(one, facts, first))
        if first:
            yield from (f"{told}: {fault}" for fault in _limit(one, ledger, began))
            began[one.case_id] = one.at


def _consent(one: Sent, facts: Facts, first: bool) -> Iterator[str]:
    stop = facts.stops.get(one.phone)
    if stop and one.at >= stop and one.purpose != "farewell":
        yield f"the client said stop at {stop}"


def _night(one: Sent, facts: Facts, first: bool) -> Iterator[str]:
    if one.purpose != "reminder" and any(
        timedelta() <= one.at - at <= LIVE for at in facts.wrote.get(one.phone, ())
    ):
        return  # the client is awake and talks with us
    local = one.at.astimezone(ZoneInfo(_zone(one)))
    begins, ends = LIMITS[one.scenario].night
    if local.time() >= begins or local.time() < ends:
        yield f"it is {local:%H:%M} there"
    if local.date() in CLOSED[one.portal]:
        yield f"{local.date()} is a holiday"


def _zone(one: Sent) -> str:
    home = HOMES[one.phone[:7]] if LIMITS[one.scenario].of_client else ""
    return home or BRANCH_ZONES[one.portal]


def _operator(one: Sent, facts: Facts, first: bool) -> Iterator[str]:
    pause = LIMITS[one.scenario].operator
    if any(timedelta() <= one.at - at < pause for at in facts.operators.get(one.phone, ())):
        yield "an operator is in conversation"


def _complaint(one: Sent, facts: Facts, first: bool) -> Iterator[str]:
    """No new survey, no request for a review; the very decision that complains may still say sorry."""
    if not first and "/r/" not in one.text:
        return
    for at, case_id in facts.complaints.get(one.phone, ()):
        settled = facts.settled.get(case_id)
        open_until = min(
            at + LIMITS[one.scenario].complaint, settled or datetime.max.replace(tzinfo=at.tzinfo)
        )
        if at <= one.at < open_until:
            yield f"the complaint of {at} ({case_id}) is open until {open_until}"


def _limit(one: Sent, ledger: Sequence[Sent], began: dict[str, datetime]) -> Iterator[str]:
    """Another survey of this person, by any scenario of any portal, was too short ago."""
    for other in ledger:
        earlier = began.get(other.case_id)
        theirs = earlier == other.at and other.phone == one.phone and other.purpose == "question"
        # A survey begins when it is decided; between that and its first message a night may lie.
        if theirs and one.planned_at - other.planned_at < LIMITS[one.scenario].between:
            yield f"asked at {other.at} by {other.scenario}"


def _freshness(one: Sent, facts: Facts, first: bool) -> Iterator[str]:
    limits = LIMITS[one.scenario]
    if one.at > _day_after_holidays(one, one.planned_at) + limits.fresh:
        yield f"planned at {one.planned_at}, too late"
    due = facts.entered[one.portal, one.deal_id] + limits.wait
    if first and not due <= one.planned_at <= _day_after_holidays(one, due) + limits.fresh:
        yield f"it was due at {due}, and begun at {one.planned_at}"


def _day_after_holidays(one: Sent, moment: datetime) -> datetime:
    """At most one night later than the end of the holidays that this moment lies in or before."""
    day: date = moment.astimezone(ZoneInfo(_zone(one))).date()
    ahead = 0
    while day + timedelta(days=ahead) in CLOSED[one.portal] or (
        ahead == 0 and day + DAY in CLOSED[one.portal]
    ):
        ahead += 1
    return moment + timedelta(days=ahead) + timedelta(hours=14)


def _deal(one: Sent, facts: Facts, first: bool) -> Iterator[str]:
    deal = (one.portal, one.deal_id)
    moved, forbidden = facts.taken_away.get(deal), facts.forbidden.get(deal)
    if moved and one.at > moved and not one.is_last:
        yield f"deal {deal} was moved by hand at {moved}"
    if forbidden and one.at > forbidden:
        yield f"the client of deal {deal} is not to be disturbed since {forbidden}"
