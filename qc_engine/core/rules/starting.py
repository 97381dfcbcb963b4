"""How a case begins other than by the deal's stage, and where its deal may stand then."""

from collections.abc import Mapping
from datetime import datetime

from qc_engine.core.case import Case, State
from qc_engine.core.draft import Decision, Draft
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import Deal, Event, StartAsked
from qc_engine.core.rules.conditions import check
from qc_engine.core.scenario import KnownValue, Scenario, StartScenario
from qc_engine.core.trace import Checked, Phrase, phrase

# Who asked, if it was no person and no other scenario.
BY_FIELD, BY_SCHEDULE = "field", "schedule"
ONLY_IF = "only_if"  # the name under which these conditions stand in the trace
SUPERSEDED = "superseded"
OLD, NEW = "old", "new"  # what a changed field brings along


def home_stage(case: Case, scenario: Scenario) -> str:
    """Where the deal must stand for this case to go on; '' when it may stand anywhere."""
    return "" if case.started_by else scenario.start.stage


def values_at_start(
    known: Mapping[str, KnownValue], deal: Deal, brought: Mapping[str, str]
) -> dict[str, str]:
    """What the texts of a new case may name: of the deal as it is now, and what the start brought along."""
    return {
        name: deal.fields.get(one.deal_field, "") if one.deal_field else brought.get(one.from_start, "")
        for name, one in known.items()
    }


def values_now(known: Mapping[str, KnownValue], deal: Deal, before: Mapping[str, str]) -> dict[str, str]:
    """The same when the deal has been read again: what the start brought stays."""
    of_deal = {name: deal.fields.get(one.deal_field, "") for name, one in known.items() if one.deal_field}
    return {**before, **of_deal}


def not_concerned(draft: Draft) -> Phrase | None:
    """Why the scenario does not concern this deal; None when it does. Every condition leaves its reason."""
    for condition in draft.scenario.start.only_if:
        verdict = check(condition, draft)
        draft.trace.append(Checked(ONLY_IF, verdict, 0))
        if not verdict.passed:
            return phrase("end.not_concerned")
    return None


def supersede(case: Case, event: Event, scenario: Scenario, now: datetime) -> Decision:
    """The case is over because a newer one takes its place; what it had still to say is not said."""
    draft = Draft(case, event, scenario, now)
    draft.cancel = (SendMessage,)
    draft.end(SUPERSEDED, phrase("end.superseded"))
    return draft.decision()


def still_believed(case: Case, scenario: Scenario) -> str | None:
    """The old value that the client knows of, when this case has not told of the new one; None: unknown."""
    names = [name for name, one in scenario.values.items() if one.from_start == OLD]
    return case.values.get(names[0]) if names and case.state is State.WAITING else None


def start_another(action: StartScenario, draft: Draft) -> None:
    """Another scenario is to begin for the same deal."""
    values = draft.rendered(action.values)
    case, at = draft.case, draft.now + action.after
    draft.starts.append(
        StartAsked(case.deal_id, at, scenario=action.scenario, by=case.scenario, values=values)
    )
    draft.note("note.starts", scenario=action.scenario, at=at)
