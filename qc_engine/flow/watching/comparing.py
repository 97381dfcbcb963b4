"""The deals of the CRM beside our cases, page by page: what differs is repaired or told.

Each comparison does one page and says whether it was the last; no transaction is open while it asks.
All raise TryLater, Broken, OutcomeUnknown when the portal cannot be asked now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.decide import decide
from qc_engine.core.events import Deal, DealChanged, DealDeleted, DealSeen
from qc_engine.core.rules.starting import values_now
from qc_engine.flow.contact import informed
from qc_engine.flow.versions.library import VersionLost
from qc_engine.flow.watching.portal import Portal
from qc_engine.ports import Arrival, Polled
from qc_engine.store import cases, inbox, watching
from qc_engine.store.reports import Pass

AT_ONCE = 50  # deals in one page
SCAN = "scan"  # the poll that reads the start stages themselves


def open_deals(portal: Portal, under_way: Pass) -> bool:
    """Where the deals of all open cases stand, and whether they are there at all."""
    with portal.database.reading() as session:
        rows = watching.open_cases(session, portal.name, under_way.after, AT_ONCE)
    wanted = sorted({row.deal_id for row in rows})
    seen = portal.look([DealChanged(deal) for deal in wanted], under_way)
    under_way.looked(len(wanted))

    def judge(session: Session) -> None:
        # Read again: a case may have gone on while we asked.
        known = cases.open_of_deals(session, portal.name, wanted) if seen is not None else {}
        for arrival in seen or ():
            _compare(portal, session, arrival, known, under_way)
        for deal_id in sorted(known.keys() - {_deal_of(arrival) for arrival in seen or ()}):
            under_way.reported("reconcile.unseen", needs_person=True, deal_id=deal_id)

    portal.save(under_way, rows[-1].id if rows else "", judge)
    return len(rows) < AT_ONCE


def start_stages(portal: Portal, under_way: Pass) -> bool:
    """Deals that stand where a scenario starts, and have no case."""
    poll = next((one for one in portal.connector.polls if one.name == SCAN), None)
    polled = poll.run(under_way.after, portal.now()) if poll else Polled((), "")
    under_way.looked(len(polled.arrivals))
    portal.save(under_way, polled.cursor, lambda session: _begin(portal, session, polled.arrivals, under_way))
    return not polled.more


def passed_through(portal: Portal, under_way: Pass) -> bool:
    """Deals that entered a start stage and were moved on before we looked: why nobody was asked."""
    with portal.database.reading() as session:
        after = int(under_way.after or watching.first_since(session, under_way.since))
        rows = watching.entered_and_looked_at(session, portal.connector.name, after, AT_ONCE)
        hinted = {hint.deal_id for row in rows if isinstance(hint := inbox.hint_of(row), DealChanged)}
        without = [deal for deal in sorted(hinted) if not cases.of_deal(session, portal.name, deal)]
    seen = portal.look([DealChanged(deal) for deal in without], under_way) or ()
    under_way.looked(len(without))

    def judge(session: Session) -> None:
        _begin(portal, session, seen, under_way)
        for arrival in seen:
            _tell_why_nobody_was_asked(portal, arrival, under_way)

    portal.save(under_way, str(rows[-1].id if rows else after), judge)
    return len(rows) < AT_ONCE


# --- judging ----------------------------------------------------------------------------------


def _compare(
    portal: Portal, session: Session, arrival: Arrival, known: Mapping[int, Sequence[Case]], under_way: Pass
) -> None:
    match arrival.event:
        case DealDeleted(deal_id) if deal_id in known:
            if portal.put(session, arrival, under_way):
                under_way.repaired("reconcile.deleted", deal_id=deal_id, case_id=known[deal_id][0].id)
        case DealSeen(deal):
            surprised = [one for one in known.get(deal.deal_id, ()) if _is_news(portal, session, one, deal)]
            if surprised and portal.put(session, arrival, under_way):
                _tell(under_way, surprised[0], deal)
            elif any(_has_other_values(portal, one, deal) for one in known.get(deal.deal_id, ())):
                portal.put(session, arrival, under_way)  # nothing went wrong: it is only said in time
        case _:
            pass


def _is_news(portal: Portal, session: Session, case: Case, deal: Deal) -> bool:
    """Would the case learn from this look? The core itself says so."""
    try:
        scenario = portal.library.of(session, case.scenario, case.version).at_branch(case.branch.name)
    except VersionLost:
        return False
    case = informed(session, case, scenario.contact)
    decision = decide(case, DealSeen(deal), scenario, portal.now())
    if case.state is State.WAITING:
        return _standing(decision.case) != _standing(case)
    # An active case may decide for other reasons too: its time may have come just now.
    return deal.do_not_disturb or any(note.key == "note.moved_by_hand" for note in decision.notes)


def _has_other_values(portal: Portal, case: Case, deal: Deal) -> bool:
    """Do the fields of the deal hold something else than a case knows that has not begun to speak?"""
    scenario = portal.library.active.get(case.scenario)
    if scenario is None or case.state is not State.WAITING:
        return False
    return values_now(scenario.values, deal, case.values) != dict(case.values)


def _standing(case: Case) -> tuple[State, str, datetime]:
    return case.state, case.deal_stage, case.entered_at


def _tell(under_way: Pass, case: Case, deal: Deal) -> None:
    """What the case learns: where the deal stands, or else what the client's card says now."""
    about = {"deal_id": deal.deal_id, "case_id": case.id}
    if deal.do_not_disturb:
        under_way.repaired("reconcile.told", **about)
    else:
        where = {"stage": deal.stage, "believed": case.deal_stage, "at": deal.entered_at}
        under_way.repaired("reconcile.moved", **about, **where)


def _begin(portal: Portal, session: Session, seen: Sequence[Arrival], under_way: Pass) -> None:
    for arrival in seen:
        deal = arrival.event.deal if isinstance(arrival.event, DealSeen) else None
        if deal and _lacks_a_case(portal, session, deal) and portal.put(session, arrival, under_way):
            under_way.repaired("reconcile.begun", deal_id=deal.deal_id, at=deal.entered_at)


def _lacks_a_case(portal: Portal, session: Session, deal: Deal) -> bool:
    """Should a scenario have begun with this deal, and can it still?"""
    known = {row.scenario for row in cases.of_deal(session, portal.name, deal.deal_id)}
    return any(
        not portal.library.asked_already(one, known)
        and portal.now() <= deal.entered_at + one.start.wait + one.start.not_later_than
        for one in portal.library.starting_at(deal.stage)
    )


def _tell_why_nobody_was_asked(portal: Portal, arrival: Arrival, under_way: Pass) -> None:
    match arrival.event:
        case DealSeen(deal) if deal.stage not in portal.library.start_stages:
            under_way.reported("reconcile.passed", deal_id=deal.deal_id, stage=deal.stage, at=deal.entered_at)
        case DealDeleted(deal_id):
            under_way.reported("reconcile.passed_deleted", deal_id=deal_id)
        case _:
            pass


def _deal_of(arrival: Arrival) -> int | None:
    match arrival.event:
        case DealSeen(deal):
            return deal.deal_id
        case DealDeleted(deal_id):
            return deal_id
        case _:
            return None
