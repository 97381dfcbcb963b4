"""A person corrects what was answered about a review, and says why."""

from qc_engine.core.case import State
from qc_engine.core.draft import Draft
from qc_engine.core.events import ReviewCorrected
from qc_engine.core.review.bonuses import take_back
from qc_engine.core.review.checking import ReviewAnswer, ReviewCheck
from qc_engine.core.review.reviewing import rungs_left, stands, take
from qc_engine.core.review.reviews import FOUND, NOT_YET, VANISHED

CORRECTION = "correction"  # a way to answer


def correct(event: ReviewCorrected, draft: Draft) -> None:
    """Done as if it had been said in the first place: an ended case goes its last way again."""
    case, step = draft.case, _step_for(event.answer, draft)
    never_begun = not case.step
    if never_begun or step is None or (event.answer == case.review and stands(case)):
        draft.note("note.review_not_corrected", said=event.answer)
        return
    draft.note("note.review_corrected", said=event.answer, reason=event.reason, by=event.by)
    if case.review == FOUND and event.answer != VANISHED:
        take_back(case.bonuses, event.reason, event.by, draft)
    if case.state is State.ENDED or step != case.step:
        anew = {"state": State.ACTIVE, "outcome": "", "ended_why": None, "ended_in": 0}
        draft.change(**anew, step=step, step_at=draft.now, paused=())
    draft.change(check=draft.case.check or ReviewCheck(asked_at=draft.now))
    take(ReviewAnswer(event.answer, event.at, CORRECTION, event.by, event.reason), draft)


def _step_for(outcome: str, draft: Draft) -> str | None:
    """Where the scenario says what follows from this answer: here, or else where it first does."""
    steps = draft.scenario.steps
    about = [name for name, step in steps.items() if outcome in step.reviews]
    here = draft.case.step
    if here in about or (rungs_left(draft.case) and outcome in NOT_YET and here in steps):
        return here
    return about[0] if about else None
