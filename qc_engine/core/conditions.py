"""When a rule applies: every verdict comes with its reason."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import assert_never

from qc_engine.core.approving import approval_is
from qc_engine.core.checking import ReviewCheck
from qc_engine.core.draft import Draft
from qc_engine.core.formulas import formula_holds, open_questions
from qc_engine.core.scenario import (
    ApprovalIs,
    AskedToStop,
    AverageAtLeast,
    AverageBelow,
    BranchIs,
    Clicked,
    Complains,
    Condition,
    DealMovedTo,
    Formula,
    InStepFor,
    MessageFailed,
    NotUnderstood,
    ReviewIs,
    ScoreBelow,
    SilentFor,
    Step,
    Survey,
    TaskClosedUnanswered,
    TaskOverdueFor,
)
from qc_engine.core.texts import average, folded, spoken
from qc_engine.core.trace import Verdict, phrase

# The facts that an event can bring; conditions look for them by these names.
CLICKED, STOP, UNCLEAR, FAILED, UNANSWERED, MOVED, COMPLAINS, ANSWERED = (
    "clicked",
    "asked_to_stop",
    "not_understood",
    "message_failed",
    "task_closed_unanswered",
    "deal_moved",
    "complains",
    "taken_as_answer",
)


def check(condition: Condition, draft: Draft) -> Verdict:  # noqa: C901 (one line per condition)
    """Does the condition hold now, and why?"""
    match condition:
        case AverageAtLeast(limit):
            return _average(draft, limit, at_least=True)
        case AverageBelow(limit):
            return _average(draft, limit, at_least=False)
        case ScoreBelow(limit):
            low = [score for score in draft.case.scores.values() if score < limit]
            return _says(bool(low), "score_below", limit=spoken(Fraction(limit)))
        case SilentFor():
            return _since(draft, due(condition, draft), "silent_for")
        case InStepFor():
            return _since(draft, due(condition, draft), "in_step_for")
        case Clicked():
            return _says(CLICKED in draft.facts, "clicked")
        case ReviewIs(answer):
            return _review(draft, answer)
        case TaskOverdueFor():
            return _since(draft, due(condition, draft), "task_overdue_for")
        case TaskClosedUnanswered():
            return _says(UNANSWERED in draft.facts, "task_closed_unanswered")
        case AskedToStop():
            return _says(STOP in draft.facts, "asked_to_stop")
        case NotUnderstood():
            return _says(UNCLEAR in draft.facts, "not_understood")
        case Complains():
            return _says(COMPLAINS in draft.facts, "complains")
        case DealMovedTo(stage):
            moved = MOVED in draft.facts and draft.case.deal_stage == stage
            return _says(moved, "deal_moved_to", stage=stage)
        case MessageFailed():
            return _says(FAILED in draft.facts, "message_failed")
        case BranchIs(names):
            here = draft.case.branch.name
            return _says(folded(here) in map(folded, names), "branch_is", branch=here)
        case Formula():
            return formula_holds(condition, draft)
        case ApprovalIs():
            return approval_is(condition, draft)
        case _:
            assert_never(condition)


def due(condition: Condition, draft: Draft) -> datetime | None:
    """When a condition of time will hold; None for the others and while its clock has not started."""
    match condition:
        case InStepFor(span):
            return draft.case.step_at + span
        case SilentFor(span):
            question = draft.case.question
            return question.asked_at + span if question and question.asked_at else None
        case TaskOverdueFor(span):
            return _overdue(draft.case.check, span)
        case _:
            return None


def _overdue(check: ReviewCheck | None, span: timedelta) -> datetime | None:
    """None when nobody has to look, and when this or more has been told of."""
    if check is None or check.due_at is None or (check.overdue_told and check.overdue_told >= span):
        return None
    return check.due_at + span


def survey_of(step: Step | None) -> Survey | None:
    """The survey that a step holds, if any; a case that has not begun stands in no step."""
    return step.survey if step else None


def _review(draft: Draft, answer: str) -> Verdict:
    check, said = draft.case.check, draft.case.review == answer
    if said and check and check.due_at:
        return Verdict(False, phrase("why.review_looked_at_again", said=answer, at=check.due_at))
    return _says(said, f"review_{answer}")


def _average(draft: Draft, limit: object, *, at_least: bool) -> Verdict:
    missing, mean = open_questions(draft), average(draft.case)
    if missing or mean is None:
        return Verdict(False, phrase("why.scores_missing", count=len(missing) or 1))
    bound = Fraction(str(limit))
    reached = mean >= bound
    key = "why.average_reached" if reached else "why.average_not_reached"
    return Verdict(reached is at_least, phrase(key, average=spoken(mean), limit=spoken(bound)))


def _since(draft: Draft, moment: datetime | None, name: str) -> Verdict:
    if moment is None:
        return Verdict(False, phrase(f"why.{name}_not_started"))
    return _says(draft.now >= moment, name, at=moment)


def _says(passed: bool, name: str, **values: object) -> Verdict:
    return Verdict(passed, phrase(f"why.{name}" if passed else f"why.{name}_not", **values))
