"""When a rule applies: every verdict comes with its reason."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from qc_engine.core.approval.approving import approval_is
from qc_engine.core.draft import Draft
from qc_engine.core.review.checking import ReviewCheck
from qc_engine.core.rules.formulas import formula_holds, open_questions
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
from qc_engine.core.trace import Verdict, phrase
from qc_engine.core.wording.texts import folded, mean_of, spoken

# The facts that an event can bring; conditions look for them, and reasons name them, by these names.
CLICKED, STOP, UNCLEAR = Clicked.fact, AskedToStop.fact, NotUnderstood.fact
FAILED, UNANSWERED, COMPLAINS = MessageFailed.fact, TaskClosedUnanswered.fact, Complains.fact
MOVED, ANSWERED = "deal_moved", "taken_as_answer"


Check = Callable[[Any, Draft], Verdict]


def check(condition: Condition, draft: Draft) -> Verdict:
    """Does the condition hold now, and why?"""
    return CHECKS[type(condition)](condition, draft)


def due(condition: Condition, draft: Draft) -> datetime | None:
    """When a condition of time will hold; None for the others and while its clock has not started."""
    clock = CLOCKS.get(type(condition))
    return clock(condition, draft) if clock else None


# --- time -------------------------------------------------------------------------------------


def _in_step(condition: InStepFor, draft: Draft) -> datetime:
    return draft.case.step_at + condition.span


def _silent(condition: SilentFor, draft: Draft) -> datetime | None:
    question = draft.case.question
    return question.asked_at + condition.span if question and question.asked_at else None


def _task_overdue(condition: TaskOverdueFor, draft: Draft) -> datetime | None:
    return _overdue(draft.case.check, condition.span)


def _overdue(check: ReviewCheck | None, span: timedelta) -> datetime | None:
    """None when nobody has to look, and when this or more has been told of."""
    if check is None or check.due_at is None or (check.overdue_told and check.overdue_told >= span):
        return None
    return check.due_at + span


def _since(clock: Callable[[Any, Draft], datetime | None], name: str) -> Check:
    reached, not_yet = f"why.{name}", f"why.{name}_not"
    stands_still = Verdict(False, phrase(f"why.{name}_not_started"))

    def verdict(condition: Condition, draft: Draft) -> Verdict:
        moment = clock(condition, draft)
        if moment is None:
            return stands_still
        passed = draft.now >= moment
        return Verdict(passed, phrase(reached if passed else not_yet, at=moment))

    return verdict


# --- scores -----------------------------------------------------------------------------------


def survey_of(step: Step | None) -> Survey | None:
    """The survey that a step holds, if any; a case that has not begun stands in no step."""
    return step.survey if step else None


def _average(draft: Draft, limit: Decimal, *, at_least: bool) -> Verdict:
    missing, scores = open_questions(draft), draft.case.scores
    if missing or not scores:
        return _scores_missing(len(missing) or 1)
    return _against(tuple(scores.values()), limit, at_least)


@lru_cache(maxsize=64)
def _scores_missing(count: int) -> Verdict:
    return Verdict(False, phrase("why.scores_missing", count=count))


@lru_cache(maxsize=4096)
def _against(scores: tuple[Decimal, ...], limit: Decimal, at_least: bool) -> Verdict:
    """Few scores are ever given, and few limits set."""
    mean, bound = mean_of(scores), Fraction(str(limit))
    reached = mean >= bound
    key = "why.average_reached" if reached else "why.average_not_reached"
    return Verdict(reached is at_least, phrase(key, average=spoken(mean), limit=spoken(bound)))


def _score_below(condition: ScoreBelow, draft: Draft) -> Verdict:
    scores = draft.case.scores.values()
    return _some_below(bool(scores) and min(scores) < condition.limit, condition.limit)


@lru_cache(maxsize=256)
def _some_below(low: bool, limit: Decimal) -> Verdict:
    return _says(low, "score_below", limit=spoken(limit))


# --- what is known of the case ----------------------------------------------------------------


def _review(condition: ReviewIs, draft: Draft) -> Verdict:
    answer, check = condition.answer, draft.case.check
    said = draft.case.review == answer
    if said and check and check.due_at:
        return Verdict(False, phrase("why.review_looked_at_again", said=answer, at=check.due_at))
    return _says(said, f"review_{answer}")


def _moved_to(condition: DealMovedTo, draft: Draft) -> Verdict:
    moved = MOVED in draft.facts and draft.case.deal_stage == condition.stage
    return _says(moved, "deal_moved_to", stage=condition.stage)


def _branch(condition: BranchIs, draft: Draft) -> Verdict:
    here = draft.case.branch.name
    return _says(folded(here) in map(folded, condition.names), "branch_is", branch=here)


# --- verdicts ---------------------------------------------------------------------------------


def _happened(fact: str) -> Check:
    """Whether this event means so."""
    holds, fails = _says(True, fact), _says(False, fact)
    return lambda condition, draft: holds if fact in draft.facts else fails


@lru_cache(maxsize=4096)
def _says(passed: bool, name: str, **values: str) -> Verdict:
    """Of names and numbers in scenarios there are few: a verdict that was given before is the same one."""
    return Verdict(passed, phrase(f"why.{name}" if passed else f"why.{name}_not", **values))


CLOCKS: Mapping[type[Condition], Callable[[Any, Draft], datetime | None]] = {
    InStepFor: _in_step,
    SilentFor: _silent,
    TaskOverdueFor: _task_overdue,
}
# Every condition has its line here: a test holds this.
CHECKS: Mapping[type[Condition], Check] = {
    AverageAtLeast: lambda condition, draft: _average(draft, condition.limit, at_least=True),
    AverageBelow: lambda condition, draft: _average(draft, condition.limit, at_least=False),
    ScoreBelow: _score_below,
    SilentFor: _since(_silent, "silent_for"),
    InStepFor: _since(_in_step, "in_step_for"),
    Clicked: _happened(CLICKED),
    ReviewIs: _review,
    TaskOverdueFor: _since(_task_overdue, "task_overdue_for"),
    TaskClosedUnanswered: _happened(UNANSWERED),
    AskedToStop: _happened(STOP),
    NotUnderstood: _happened(UNCLEAR),
    Complains: _happened(COMPLAINS),
    DealMovedTo: _moved_to,
    MessageFailed: _happened(FAILED),
    BranchIs: _branch,
    Formula: formula_holds,
    ApprovalIs: approval_is,
}
