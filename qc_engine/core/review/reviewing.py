"""Is there a review? There are several ways to say it, the first one counts; 'not yet' is asked again."""

from datetime import datetime
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import NotifyStaff, ReopenTask, UpdateTask
from qc_engine.core.events import LinkClicked, ReviewCorrected, TaskClosed
from qc_engine.core.review.checking import ClickedPage, ReviewAnswer, ReviewCheck
from qc_engine.core.review.reviews import LOOK_AGAIN, NOT_YET, ONCE_ASKED
from qc_engine.core.review.words import review_from_words
from qc_engine.core.rules.conditions import UNANSWERED
from qc_engine.core.scenario import OpenTask, Scenario

PAGE, TASK, DEAL = "page", "task", "deal"


def ask_for_it(action: OpenTask, draft: Draft) -> None:
    """Somebody gets a task about the review: from now on an answer is awaited."""
    check = ReviewCheck(
        asked_at=draft.now,
        outcomes=known_answers(draft.scenario, action),
        person=draft.user(action.person),
        text=action.text,
        again=action.look_again_text or LOOK_AGAIN,
        ladder=action.look_again,
        due_at=draft.now + action.due,
    )
    draft.change(check=check)


def known_answers(scenario: Scenario, action: OpenTask) -> tuple[str, ...]:
    """Those for which the scenario has a rule; with a ladder also both that mean 'not yet'."""
    always = NOT_YET if action.look_again else ()
    return tuple(sorted(scenario.reviews.union(always)))


def note_click(event: LinkClicked, draft: Draft) -> None:
    """Where the review will stand, if there is one."""
    known = {page.platform for page in draft.case.clicked}
    if event.platform not in known:
        draft.change(clicked=(*draft.case.clicked, _page(event, draft)))
    draft.note("note.clicked", platform=event.platform)


def _page(event: LinkClicked, draft: Draft) -> ClickedPage:
    address = event.target or draft.case.branch.review_pages.get(event.platform, "")
    return ClickedPage(event.platform, address, event.at)


# --- an answer --------------------------------------------------------------------------------


def take_answer(said: ReviewAnswer, draft: Draft) -> None:
    """The first answer counts; one that contradicts it is shown, and a person may still correct it."""
    case = draft.case
    if not (draft.ended or stands(case)):
        take(said, draft)
    elif said.outcome == case.review:
        draft.note("note.review_said_again", said=said.outcome)
    else:
        _remember(changed(said, {"counts": False}), draft)
        draft.note("note.review_contradicts", said=said.outcome, stands=case.review)


def stands(case: Case) -> bool:
    """Has it been answered, for good?"""
    return bool(case.review) and not case.awaits_review


def task_closed(closed: TaskClosed, draft: Draft) -> None:
    """The text left in a task is an answer; without a clear one the scenario asks."""
    case, words = draft.case, _new_words(closed, draft.case.check)
    said = review_from_words(words)
    if case.check and closed.task_id == case.check.task_was:
        _closed_late(said, closed, draft)
    elif closed.task_id == case.task_id:
        draft.note("note.task_closed", result=words)
        if said in _possible(case):
            take_answer(ReviewAnswer(said, closed.at, TASK), draft)
        elif not words and _is_early(case, draft.now):
            _come_back(draft)  # answered on the page, and closed without thinking
        else:
            draft.facts.add(UNANSWERED)


def _new_words(closed: TaskClosed, check: ReviewCheck | None) -> str:
    """A task that came back still holds what was written when it was closed before."""
    earlier = [one.at for one in check.said if one.way == TASK] if check else []
    is_old = earlier and closed.said_at and closed.said_at <= max(earlier)
    return "" if is_old else closed.result


def _closed_late(said: str, closed: TaskClosed, draft: Draft) -> None:
    if said:
        draft.note("note.task_closed", result=closed.result)
        take_answer(ReviewAnswer(said, closed.at, TASK), draft)


def _possible(case: Case) -> tuple[str, ...]:
    return (case.check and case.check.outcomes) or ONCE_ASKED


def take(said: ReviewAnswer, draft: Draft) -> None:
    draft.change(review=said.outcome)
    draft.note(f"note.review_{said.outcome}")
    _remember(said, draft)
    if said.outcome in NOT_YET and _is_early(draft.case, draft.now):
        draft.note("note.review_look_stays", at=_check(draft.case).due_at)
        _come_back(draft)
    elif said.outcome in NOT_YET and rungs_left(draft.case):
        _climb(draft)
    else:
        _no_task_any_more(draft)


def _remember(said: ReviewAnswer, draft: Draft) -> None:
    if draft.case.check:
        heard = {"said": (*draft.case.check.said, said)}
        draft.change(check=changed(draft.case.check, heard))


def _check(case: Case) -> ReviewCheck:
    assert case.check is not None
    return case.check


def _no_task_any_more(draft: Draft) -> None:
    task_id = draft.case.task_id
    draft.close_task(task_id)
    draft.change(task_id=None, check=draft.case.check and draft.case.check.over(task_id))


# --- the ladder -------------------------------------------------------------------------------


def rungs_left(case: Case) -> bool:
    return case.check is not None and case.check.rungs < len(case.check.ladder)


def _is_early(case: Case, now: datetime) -> bool:
    """Is the day on which they are to look again still to come? Two ways to say one thing are one answer."""
    check, zone = case.check, ZoneInfo(case.branch.timezone)
    if check is None or check.due_at is None or not check.rungs:
        return False
    return now.astimezone(zone).date() < check.due_at.astimezone(zone).date()


def _climb(draft: Draft) -> None:
    check = _check(draft.case)
    at = draft.now + check.ladder[check.rungs]
    rung = {"rungs": check.rungs + 1, "due_at": at, "look_at": at, "overdue_told": None, "task_was": None}
    draft.change(task_id=draft.case.task_id or check.task_was, check=changed(check, rung))
    draft.note("note.review_look_again", at=at, number=check.rungs + 1, of=len(check.ladder))
    _come_back(draft)


def _come_back(draft: Draft) -> None:
    """The same task, open, with the day on which to look again."""
    if draft.case.task_id is None:
        return
    if isinstance(draft.event, TaskClosed | ReviewCorrected):
        draft.add(ReopenTask(draft.case.task_id))
    renew_task(draft)


def renew_task(draft: Draft) -> None:
    """The deadline of today's rung, and the text as it reads now."""
    check, task_id = draft.case.check, draft.case.task_id
    if check and check.rungs and check.due_at and task_id:
        text = f"{draft.render(check.again)}\n\n{draft.render(check.text)}"
        draft.add(UpdateTask(task_id, check.due_at, text))


def time_to_look(draft: Draft) -> None:
    """Tell whoever has the task, once, that the day has come."""
    check = draft.case.check
    if check is None or check.look_at is None or draft.now < check.look_at:
        return
    draft.change(check=changed(check, {"look_at": None}))
    draft.note("note.review_time_to_look", number=check.rungs, of=len(check.ladder))
    draft.add(NotifyStaff(check.person, draft.render(check.again)))
