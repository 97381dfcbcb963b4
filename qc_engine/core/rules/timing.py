"""Time: when a case begins, when it reminds, and when to look again."""

from datetime import datetime, timedelta

from qc_engine.core.case import State
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.events import TimerDue
from qc_engine.core.review.reviewing import time_to_look
from qc_engine.core.rules.actions import enter, run
from qc_engine.core.rules.conditions import due, survey_of
from qc_engine.core.rules.pausing import due as due_lists
from qc_engine.core.rules.pausing import next_resume, take_up
from qc_engine.core.rules.starting import home_stage, not_concerned
from qc_engine.core.talk.asking import remind
from qc_engine.core.talk.cascade import is_time_for_another_way, look_for_another_way
from qc_engine.core.talk.comments import is_comment, skip_at, skip_comment
from qc_engine.core.talk.gate import Open, Shut, Wait, free_from, may_begin
from qc_engine.core.talk.ways import ways
from qc_engine.core.trace import phrase


def time_came(draft: Draft) -> None:
    """The moment that the case was waiting for; rules of time are looked at afterwards."""
    if draft.case.state is State.WAITING:
        _begin(draft)
        return
    time_to_look(draft)
    _go_on_with_lists(draft)
    if draft.ended:
        return
    survey = survey_of(draft.scenario.steps[draft.case.step])
    skip, at = skip_at(draft), _remind_at(draft)
    if survey and is_time_for_another_way(draft):
        look_for_another_way(draft)
    elif survey and skip and draft.now >= skip:
        skip_comment(survey, draft)
    elif survey and at and draft.now >= at:
        remind(survey, draft)


def _go_on_with_lists(draft: Draft) -> None:
    """What stands behind a pause that is over; one list may lead the case away from the others."""
    for paused in due_lists(draft):
        if paused in draft.case.paused:
            run(take_up(paused, draft), draft, paused.rule, paused.next)


def _begin(draft: Draft) -> None:
    """The day has passed: ask, wait for a better moment, or say why not."""
    case, start = draft.case, draft.scenario.start
    planned = free_from(case, draft.scenario.contact, case.entered_at + start.wait)
    if draft.now < case.entered_at + start.wait:
        draft.change(wake_at=case.entered_at + start.wait)
    elif draft.now > planned + start.not_later_than:
        draft.end("too_late", phrase("end.too_late", planned=planned))
    elif (home := home_stage(case, draft.scenario)) and case.deal_stage != home:
        draft.end("stopped_by_hand", phrase("end.deal_left", stage=case.deal_stage))
    elif why := not_concerned(draft):
        draft.end("not_concerned", why)
    else:
        _begin_if_allowed(draft)


def _begin_if_allowed(draft: Draft) -> None:
    match may_begin(draft.case, draft.scenario.contact, draft.now):
        case Shut(code, why):
            draft.end(code, why)
        case Wait(until, why):
            draft.notes.append(why)
            draft.change(wake_at=until)
        case Open():
            way = next(iter(ways(draft.case.client, draft.scenario.contact)))
            client = draft.case.client
            if draft.scenario.questions:
                client = changed(client, {"surveyed_at": draft.now})
            draft.change(state=State.ACTIVE, channel=way, client=client)
            enter(draft.scenario.first_step, draft)


def _remind_at(draft: Draft) -> datetime | None:
    """When the reminder goes out: by day, on no holiday, and not for words that nobody owes us."""
    survey, question = survey_of(draft.scenario.steps[draft.case.step]), draft.case.question
    if (
        not (survey and survey.remind_after and question and question.asked_at)
        or question.reminded
        or is_comment(draft)
    ):
        return None
    return free_from(draft.case, draft.scenario.contact, question.asked_at + survey.remind_after)


def plan_wake(draft: Draft) -> None:
    """The next moment at which time alone can change something."""
    if draft.ended:
        return
    heard = _heard_until(draft)
    wake_at = min([moment for moment in _moments(draft) if moment and moment > heard], default=None)
    if wake_at is not draft.case.wake_at:
        draft.change(wake_at=wake_at)


def _moments(draft: Draft) -> list[datetime | None]:
    case = draft.case
    moments = [due(condition, draft) for condition in draft.scenario.turns(case.step).timed]
    if case.question:
        moments += [_remind_at(draft), skip_at(draft), case.question.other_way_at]
    if case.check:
        moments.append(case.check.look_at)
    if case.paused:
        moments.append(next_resume(case))
    return moments


def _heard_until(draft: Draft) -> datetime:
    """A timer that fell due while another event came first must still be heard."""
    planned = draft.case.wake_at
    if planned and planned <= draft.now and not isinstance(draft.event, TimerDue):
        return planned - timedelta(microseconds=1)
    return draft.now
