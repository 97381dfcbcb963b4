"""A case begins because somebody asked for it: a person, another system, a schedule, a changed field."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.draft import Decision
from qc_engine.core.events import Deal, DealChanged, DealDeleted, DealSeen, Hint, StartAsked
from qc_engine.core.rules.starting import BY_FIELD, NEW, OLD
from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.sameness import same
from qc_engine.ports import Arrival
from qc_engine.store import inbox
from qc_engine.store.tables import CaseRow, InboxRow

SOURCE = "scenario"  # of our rows in the inbox: one scenario starts another


# --- on the way in ----------------------------------------------------------------------------


def to_look_at(hints: Sequence[Hint]) -> Sequence[Hint]:
    """To begin a case for a deal is to look at the deal first."""
    return [DealChanged(one.deal_id) if isinstance(one, StartAsked) else one for one in hints]


def hand_seen(
    session: Session,
    source: str,
    portal: str,
    hints: Sequence[tuple[InboxRow, Hint]],
    seen: Sequence[Arrival],
    now: datetime,
) -> None:
    """Whoever asks for a case gets the deal as it is now; a deal that is not there ends the request."""
    deals = {one.event.deal.deal_id: one.event.deal for one in seen if isinstance(one.event, DealSeen)}
    gone = {one.event.deal_id for one in seen if isinstance(one.event, DealDeleted)}
    for row, hint in hints:
        if not isinstance(hint, StartAsked):
            continue
        if hint.deal_id in deals:
            arrival = Arrival(f"start:{row.id}", DealSeen(deals[hint.deal_id], hint))
            inbox.add(session, source, arrival, now, portal=portal)
        else:
            why = "is no longer in the CRM" if hint.deal_id in gone else "is not shown by the CRM"
            inbox.end_hints(session, [row.id], f"deal {hint.deal_id} {why}", now)


# --- the beginning ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Started:
    """What became of one request; the words of an inbox row."""

    case_id: str = ""
    reason: str = ""

    @property
    def result(self) -> str:
        return "applied" if self.case_id else "ignored"


Begin = Callable[[Deal, Scenario, StartAsked, int], str]  # the last: which round; the case's id
Supersede = Callable[[CaseRow], str | None]  # the value that the client still believes in, if that is known


def begin_asked(
    known: Sequence[CaseRow],
    scenarios: Sequence[Scenario],
    deal: Deal,
    asked: StartAsked,
    begin: Begin,
    supersede: Supersede,
) -> Started:
    """`known` are the cases of the deal so far, `scenarios` those that begin when this is asked for."""
    if not scenarios:
        return Started(reason=_nobody(asked))
    each = [_begin_one(one, known, deal, asked, begin, supersede) for one in scenarios]
    reasons = "; ".join(one.reason for one in each if one.reason)
    return Started(next((one.case_id for one in each if one.case_id), ""), reasons)


def _nobody(asked: StartAsked) -> str:
    if asked.scenario:
        return f"scenario '{asked.scenario}' begins no cases here: it is not there, switched off or replaced"
    return f"no scenario begins with the event '{asked.event}'"


def _begin_one(
    scenario: Scenario,
    known: Sequence[CaseRow],
    deal: Deal,
    asked: StartAsked,
    begin: Begin,
    supersede: Supersede,
) -> Started:
    """The next round, unless one is under way; what the client was about to hear of another value is void."""
    rounds = [row for row in known if row.scenario == scenario.name]
    running = next((row for row in rounds if row.state != State.ENDED), None)
    if running and not (asked.by == BY_FIELD and scenario.start.changed_field):
        return Started(reason=f"case {running.id} of '{scenario.name}' is not over yet")
    believed = supersede(running) if running else None
    if believed is not None:
        if same(believed, asked.values.get(NEW, "")):
            return Started(
                reason=f"the value of before is back, and nobody was told of another: '{believed}'"
            )
        asked = replace(asked, values={**asked.values, OLD: believed})
    return Started(begin(deal, scenario, asked, 1 + max((row.round for row in rounds), default=0)))


def hand_on(session: Session, before: Case, decision: Decision, now: datetime) -> None:
    """Cases of other scenarios that this decision starts: hints like any other, each at its own time."""
    for number, asked in enumerate(decision.starts):
        arrival = Arrival(f"start:{before.id}:{before.rev + 1}:{number}", asked)
        inbox.add(session, SOURCE, arrival, now, portal=before.portal, at=asked.at)
