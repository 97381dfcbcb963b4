"""The questions of a survey, one open at a time, by the way to the client that works."""

from datetime import datetime

from qc_engine.core.case import OpenQuestion
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import MoveDeal
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.scenario import Survey, Text
from qc_engine.core.talk.ways import channel, way_after


def ask_next(survey: Survey, draft: Draft) -> bool:
    """Ask the first question without an answer; False when none is left."""
    scores, comments = draft.case.scores, draft.case.comments
    name = next((one for one in survey.questions if one not in scores and one not in comments), None)
    if name is None:
        draft.change(question=None)
        return False
    before = draft.case.question
    moves = [one.key for one in draft.planned if isinstance(one.effect, MoveDeal)]
    # One reminder for the whole survey, not one for each question; and what the first waits for, all do.
    reminded = bool(before and before.reminded)
    waits_for = moves[-1] if moves else before.waits_for if before else ""
    draft.note("note.asked", question=name)
    ask(OpenQuestion(name, "", reminded=reminded, waits_for=waits_for), draft)
    return True


def ask(question: OpenQuestion, draft: Draft) -> None:
    """By the way that the case goes now, for the first time or once more."""
    through = draft.channel
    key = draft.say(_words(question, draft), "question", question.name, question.waits_for)
    anew = {
        "effect_key": key,
        "asked_at": None,
        "asked_before": question.asked_before or question.asked_at is not None,
        "message_id": 0,
        "channel": through,
        "other_way_at": other_way_at(through, draft.now, draft),
    }
    draft.change(question=changed(question, anew))


def other_way_at(key: str, since: datetime, draft: Draft) -> datetime | None:
    """When to look whether this channel has brought the question to the client; None: there is no other."""
    rules = draft.scenario.contact
    if rules.next_channel_after is None or way_after(key, draft.case, rules) is None:
        return None
    return since + rules.next_channel_after


def remind(survey: Survey, draft: Draft) -> None:
    assert draft.case.question is not None
    draft.say(_by_link(survey, draft) or survey.reminder, "reminder")
    draft.change(question=changed(draft.case.question, {"reminded": True}), reminded=True)
    draft.note("note.reminded")


def _words(question: OpenQuestion, draft: Draft) -> Text:
    survey = survey_of(draft.scenario.steps[draft.case.step])
    link = _by_link(survey, draft) if survey else None
    return link or draft.scenario.questions[question.name].text


def _by_link(survey: Survey, draft: Draft) -> Text | None:
    """Where nobody can answer, all questions stand behind one link."""
    answers = channel(draft.channel, draft.scenario.contact).answers
    return survey.by_link if survey.by_link.body and not answers else None
