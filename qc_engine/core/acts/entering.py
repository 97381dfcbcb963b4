"""A person writes scores down: as if the client had given them, wherever the case stands by now."""

from collections.abc import Mapping
from decimal import Decimal

from qc_engine.core.acts.noting import by_hand
from qc_engine.core.case import Case, State
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.events import ScoresEntered
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.rules.following import matches
from qc_engine.core.scenario import Scenario, Survey
from qc_engine.core.talk.asking import ask_next
from qc_engine.core.talk.taking import fits, take_scores
from qc_engine.core.wording.texts import written


def enter_scores(event: ScoresEntered, draft: Draft) -> None:
    """Fields, averages and rules as with an answer. A case that somebody ended stays ended."""
    step = survey_step(draft.case, draft.scenario, event.scores)
    survey = survey_of(draft.scenario.steps.get(step))
    if (
        survey is None
        or _is_asked_otherwise(draft.case, step)
        or not all(fits(one, name, draft) for name, one in event.scores.items())
    ):
        draft.note("note.score_not_entered")
        return
    before = draft.case
    new = {name: score for name, score in event.scores.items() if before.scores.get(name) != score}
    if not new:
        draft.note("note.score_same")
        return
    take_scores(new, survey, draft)
    by_hand(new, before.scores, event, draft)
    draft.comment(_comment(event, new, before))
    if _is_open(before, step):
        _go_on(new, survey, draft)
    elif _leads_elsewhere(before, step, draft):
        _go_back_to(step, draft)


def _is_asked_otherwise(case: Case, step: str) -> bool:
    """While the client is asked again after a complaint, only that answer can be entered."""
    return case.complaint is not None and case.complaint.under_way is not None and step != case.step


def survey_step(case: Case, scenario: Scenario, names: Mapping[str, Decimal] | tuple[str, ...] = ()) -> str:
    """The step that asks for these scores: the case's own, or else the first one; '' before it has begun."""
    if not case.step:
        return ""
    asking = [name for name, step in scenario.steps.items() if _asks(survey_of(step), names, scenario)]
    return case.step if case.step in asking else next(iter(asking), "")


def _asks(survey: Survey | None, names: Mapping[str, Decimal] | tuple[str, ...], scenario: Scenario) -> bool:
    if survey is None:
        return False
    scored = {one for one in survey.questions if scenario.questions[one].scored}
    return bool(scored) and set(names) <= scored


def _comment(event: ScoresEntered, new: Mapping[str, Decimal], before: Case) -> str:
    told = (_told(score, before.scores.get(name)) for name, score in new.items())
    return f"Оценки внесены вручную: {'; '.join(told)}. {event.by}: {event.reason}"


def _told(score: Decimal, was: Decimal | None) -> str:
    return written(score) if was is None else f"{written(score)} (было {written(was)})"


def _is_open(case: Case, step: str) -> bool:
    return case.state is State.ACTIVE and case.step == step


def _go_on(new: Mapping[str, Decimal], survey: Survey, draft: Draft) -> None:
    """The next question, if it was the open one that is answered now."""
    question = draft.case.question
    if question is None or question.name in new:
        ask_next(survey, draft)


# --- the survey is over -----------------------------------------------------------------------


def _leads_elsewhere(before: Case, step: str, draft: Draft) -> bool:
    """Would these scores have led the case another way than those that it had?"""
    if before.state is State.ENDED and before.ended_why is not None:
        return False  # not the scenario has ended it, but somebody or something outside
    led, leads = _way(before, step, draft), _way(draft.case, step, draft)
    return bool(leads) and leads != led


def _way(case: Case, step: str, draft: Draft) -> str:
    """The rule of the survey's step that these scores alone lead to; '' for none."""
    there = {"state": State.ACTIVE, "step": step, "step_at": draft.now, "question": None}
    trial = Draft(changed(case, there), draft.event, draft.scenario, draft.now)
    rules = draft.scenario.turns(step).in_turn
    return next((rule.name for rule in rules if matches(rule, trial)), "")


def _go_back_to(step: str, draft: Draft) -> None:
    """The rules of the survey's step have their turn again."""
    anew = {"state": State.ACTIVE, "outcome": "", "ended_why": None, "ended_in": 0}
    draft.change(**anew, step=step, step_at=draft.now, question=None, paused=())
    draft.note("note.scores_lead_elsewhere", step=step)
