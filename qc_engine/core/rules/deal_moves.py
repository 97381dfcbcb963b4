"""Where the deal stands: our own move coming back, an old line of the history, or a manager's hand."""

from datetime import datetime, timedelta

from qc_engine.core.case import Case, State
from qc_engine.core.draft import Draft
from qc_engine.core.events import Deal
from qc_engine.core.rules.conditions import MOVED
from qc_engine.core.rules.starting import home_stage, values_now
from qc_engine.core.wording.known_values import language_of

# The CRM's history and its item may differ by seconds about the same moment.
SAME_MOMENT = timedelta(seconds=5)


def deal_is_at(draft: Draft, stage: str, at: datetime, deal: Deal | None) -> None:
    """The CRM says that the deal entered `stage` at `at`; `deal` when it was read as a whole."""
    if deal and draft.case.state is State.WAITING:
        draft.change(
            values=values_now(draft.scenario.values, deal, draft.case.values),
            language=language_of(draft.scenario.contact, deal),
        )
    home = home_stage(draft.case, draft.scenario)
    if _read_late(draft.case, stage, at, home):
        return
    if draft.case.state is State.WAITING:
        _deal_while_waiting(draft, stage, at, deal)
    elif moved_by_hand(draft.case, stage, at, home):
        draft.change(deal_stage=stage)
        draft.facts.add(MOVED)
        draft.note("note.moved_by_hand", stage=stage)


def _read_late(case: Case, stage: str, at: datetime, start_stage: str) -> bool:
    """A line of the history from before this case; a hand that quick is seen when we move the deal."""
    if stage == start_stage:
        return at < case.entered_at - SAME_MOMENT
    return at <= case.entered_at + SAME_MOMENT


def _deal_while_waiting(draft: Draft, stage: str, at: datetime, deal: Deal | None) -> None:
    """Moving the deal back and forth by hand restarts the day of a case that needs its stage."""
    if deal:
        draft.change(client_name=deal.client_name or draft.case.client_name, deal_title=deal.title)
    draft.change(deal_stage=stage)
    if stage == home_stage(draft.case, draft.scenario) and at > draft.case.entered_at + SAME_MOMENT:
        draft.change(entered_at=at, wake_at=at + draft.scenario.start.wait)
        draft.note("note.entered_again", at=at)


def moved_by_hand(case: Case, stage: str, at: datetime, start_stage: str) -> bool:
    """Is it news that the deal stands there, or our own move coming back?"""
    if stage in (case.deal_stage, *case.our_stages):
        return False
    return stage != start_stage or at > case.step_at + SAME_MOMENT
