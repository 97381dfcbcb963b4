"""A question is sent once more: only one that certainly did not arrive, or of which a person says so."""

from qc_engine.core.case import State
from qc_engine.core.draft import Draft
from qc_engine.core.events import ResendAsked
from qc_engine.core.rules.actions import enter
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.talk.asking import ask

# How far a message has come, as the outbox and the channel know it.
LOST, UNKNOWN, ON_ITS_WAY, ARRIVED = "lost", "unknown", "on_its_way", "arrived"
WHY_NOT = {
    UNKNOWN: "note.not_resent_unknown",
    ON_ITS_WAY: "note.not_resent_on_its_way",
    ARRIVED: "note.not_resent_arrived",
}


def resend(event: ResendAsked, draft: Draft) -> None:
    """Never a second copy by guess; a case that came to its end over it goes back to its survey."""
    question = draft.case.question
    if event.came != LOST and not (event.came == UNKNOWN and event.confirmed):
        draft.note(WHY_NOT.get(event.came, WHY_NOT[UNKNOWN]))
    elif draft.case.client.opted_out_at:
        draft.note("note.not_resent_opted_out")
    elif question and question.effect_key == event.effect_key:
        draft.note("note.resent")
        ask(question, draft)
    elif question is None and _ended_over_it(event, draft):
        _begin_the_step_again(draft)
    else:
        draft.note("note.not_resent_overtaken")


def _ended_over_it(event: ResendAsked, draft: Draft) -> bool:
    """The scenario itself has ended it in the survey, nobody has answered, and no other case has asked."""
    case = draft.case
    ended = case.state is State.ENDED and case.ended_why is None
    asks = survey_of(draft.scenario.steps.get(case.step)) is not None
    asked_elsewhere = case.client.surveyed_at is not None and case.client.surveyed_at > case.step_at
    answered = event.question in case.scores or event.question in case.comments
    return ended and asks and bool(event.question) and not (answered or asked_elsewhere)


def _begin_the_step_again(draft: Draft) -> None:
    draft.note("note.resent")
    draft.change(state=State.ACTIVE, outcome="", ended_why=None, ended_in=0)
    draft.change_client(surveyed_at=draft.now)
    enter(draft.case.step, draft)
