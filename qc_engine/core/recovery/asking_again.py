"""The client is asked once more after the complaint was settled, and what comes of it.

While that goes on, the case that the rules look at has the scores of the second answer alone; outside a
decision it keeps those of the visit, wherever it is stored, shown or counted.
"""

from datetime import datetime

from qc_engine.core.case import Case, State
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import AddComment
from qc_engine.core.events import TimerDue
from qc_engine.core.recovery import words
from qc_engine.core.recovery.complaints import NOT_ASKED, RECOVERED, REOPENED, SILENT, SecondRating
from qc_engine.core.recovery.timeline import deal_of
from qc_engine.core.rules.actions import enter
from qc_engine.core.scenario import Step
from qc_engine.core.talk.gate import Open, Shut, Wait, free_from, may_ask_again
from qc_engine.core.talk.ways import ways
from qc_engine.core.trace import Phrase, phrase
from qc_engine.core.wording.texts import average, mean_of, spoken

ENDINGS = {
    RECOVERED: "note.complaint_recovered",
    REOPENED: "note.complaint_still_unhappy",
    SILENT: "note.complaint_silent",
}
RULE_NOTES = ("note.rule", "note.resumed")


def as_asked(case: Case) -> Case:
    """While the client is asked again: with the second scores in place of the visit's. Twice: as before."""
    complaint = case.complaint
    rating = complaint.under_way if complaint else None
    if complaint is None or rating is None:
        return case
    aside = complaint.with_rating(scores=case.scores, comments=case.comments)
    return changed(case, {"scores": rating.scores, "comments": rating.comments, "complaint": aside})


# --- the moment has come ----------------------------------------------------------------------


def time_to_ask_again(due: TimerDue, draft: Draft) -> None:
    """Of a case that is over: ask, wait for a better moment, or say why not."""
    complaint, rules = draft.case.complaint, draft.scenario.complaints.re_rate
    rating = complaint.waiting if complaint else None
    if rating is None or rules is None or draft.now < rating.due_at:
        return
    planned = free_from(draft.case, draft.scenario.contact, rating.due_at)
    if draft.now > planned + draft.scenario.start.not_later_than:
        _not_asked(phrase("end.too_late", planned=planned), draft)
        return
    match may_ask_again(draft.case, draft.scenario.contact, draft.now):
        case Shut(why=why):
            _not_asked(why, draft)
        case Wait(until, why):
            draft.notes.append(why)
            _change(draft, due_at=until)
        case Open():
            _begin(rules.step, draft)


def _not_asked(why: Phrase, draft: Draft) -> None:
    draft.notes.append(why)
    draft.note("note.complaint_not_asked")
    _change(draft, ended_at=draft.now, result=NOT_ASKED)


def _begin(step: str, draft: Draft) -> None:
    """The case is called back to life, in the step that asks."""
    draft.note("note.complaint_asked_again")
    way = next(iter(ways(draft.case.client, draft.scenario.contact)))
    _change(draft, began_at=draft.now)
    draft.case = as_asked(draft.case)
    draft.change(state=State.ACTIVE, channel=way, ended_why=None, ended_in=0, reminded=False)
    enter(step, draft)


def _change(draft: Draft, **changes: datetime | str | None) -> None:
    assert draft.case.complaint is not None
    draft.change(complaint=draft.case.complaint.with_rating(**changes))


# --- at the end of a decision -----------------------------------------------------------------


def put_back(before: Case, draft: Draft) -> None:
    """The visit's scores stand in the case again; a case that is over waits for the day of its question."""
    asked = draft.case
    complaint = asked.complaint
    if complaint is None:
        return
    draft.case = as_asked(asked)
    if not draft.ended:
        return
    if complaint.under_way:
        _over(before, asked, draft)
    waiting = draft.case.complaint.waiting if draft.case.complaint else None
    wake_at = waiting.due_at if waiting else None
    if wake_at != draft.case.wake_at:
        draft.change(wake_at=wake_at)


def _over(before: Case, asked: Case, draft: Draft) -> None:
    """A happy answer settles it for good; silence leaves it as it was, without a word."""
    result, complaint = _result(asked, draft), draft.case.complaint
    assert complaint is not None
    whole = result in (RECOVERED, REOPENED)
    told = {"rated_at": draft.now} if whole else {}
    recovered = {"recovered_at": draft.now} if result == RECOVERED else {}
    closed = complaint.with_rating(ended_at=draft.now, result=result)
    draft.change(complaint=changed(closed, {**told, **recovered}))
    draft.note(ENDINGS[result])
    if not _ruled_by_a_step(draft):
        draft.change(outcome=before.outcome)
    if whole:
        said = words.line(draft.scenario.language, words.SECOND, spoken(average(asked)))
        draft.add(AddComment(deal_of(draft.case), said))


def _result(asked: Case, draft: Draft) -> str:
    """By the whole answer: of several questions, all."""
    complaint = asked.complaint
    assert complaint is not None
    if not complaint.settled_at:
        return REOPENED
    return RECOVERED if _is_whole(asked, draft) else SILENT


def _is_whole(asked: Case, draft: Draft) -> bool:
    rules, questions = draft.scenario.complaints.re_rate, draft.scenario.questions
    step: Step | None = draft.scenario.steps.get(rules.step) if rules else None
    names = step.survey.questions if step and step.survey else ()
    scored = [name for name in names if questions[name].scored]
    return bool(scored) and all(name in asked.scores for name in scored)


def _ruled_by_a_step(draft: Draft) -> bool:
    """Else the case ended as it may end anywhere ('stop', a message that failed): its outcome stays."""
    rules = {rule.name for step in draft.scenario.steps.values() for rule in step.rules}
    told = (note.values.get("rule") for note in draft.notes if note.key in RULE_NOTES)
    return any(name in rules or name == "" for name in told)


def second_score(rating: SecondRating) -> str:
    """As people read it: the mean of the scores of one second rating; '' where there are none."""
    return spoken(mean_of(tuple(rating.scores.values()))) if rating.scores else ""
