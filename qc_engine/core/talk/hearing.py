"""A client's words: what they mean for the question that is open."""

from decimal import Decimal

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind, Reading, Scale
from qc_engine.core.case import OpenQuestion
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.events import AnsweredFor, AnswerReceived
from qc_engine.core.rules.conditions import UNCLEAR, survey_of
from qc_engine.core.scenario import Survey
from qc_engine.core.talk.asking import ask_next
from qc_engine.core.talk.asking_back import wants_a_person
from qc_engine.core.talk.comments import is_comment, take_comment
from qc_engine.core.talk.taking import (
    fits,
    heed_opt_out,
    keep_words,
    listen_for_anger,
    take_scores,
    words_of,
)


def hear(answer: AnswerReceived, draft: Draft) -> None:
    """Consent first; then the open question; what is no score is kept for people."""
    client = draft.case.client
    wrote = changed(client, {"wrote_at": max(answer.at, client.wrote_at or answer.at)})
    draft.change(client=wrote, channel=answer.channel)  # we go on where the client speaks
    understand(answer, draft)


def understand(answer: AnswerReceived, draft: Draft) -> None:
    """The same for words that somebody else passes on: nobody has written to us."""
    survey, question = survey_of(draft.scenario.steps.get(draft.case.step)), draft.case.question
    reading = read(answer.text, _scale(draft), answer.kind)
    if question and _is_older(answer, question):
        # It cannot answer what the client had not seen, but it may put the answer before right.
        reading = changed(reading, {"corrects": reading.kind is Kind.SCORE})
    if reading.kind is Kind.OPT_OUT:
        _note(reading, draft)
        heed_opt_out(words_of(answer), draft)
    elif survey is None or question is None or not _belongs(answer, reading, question, draft):
        _note(reading, draft)
        keep_words(words_of(answer), draft)
        if survey is None and wants_a_person(answer.text):
            draft.facts.add(UNCLEAR)
    elif is_comment(draft) and not _replaces(reading, draft):
        _comment(answer, reading, survey, draft)
    else:
        _note(reading, draft)
        _answer(answer, reading, survey, draft)


def _note(reading: Reading, draft: Draft) -> None:
    draft.note("note.read", kind=reading.kind, scores=" ".join(map(str, reading.scores)), rule=reading.rule)


def _scale(draft: Draft) -> Scale:
    question = draft.case.question
    return draft.scenario.questions[question.name].scale if question else Scale()


def _belongs(answer: AnswerReceived, reading: Reading, question: OpenQuestion, draft: Draft) -> bool:
    """Is this an answer to the open question, and may the bot take it?"""
    if isinstance(draft.event, AnsweredFor):
        return True  # whoever passes words on has asked for them
    talks_at, pause = draft.case.client.operator_at, draft.scenario.contact.pause_after_operator
    # What was written before the operator came was written to us, whichever is heard first.
    if talks_at and talks_at <= answer.at < talks_at + pause:
        draft.note("note.operator_talks")
        return False
    if _is_older(answer, question) and not _replaces(reading, draft):
        draft.note("note.older_than_question")
        return False
    return True


def _is_older(answer: AnswerReceived, question: OpenQuestion) -> bool:
    """Was it written before the open question reached the client? Every channel numbers by itself."""
    comparable = bool(answer.message_id) and answer.channel == question.channel
    return question.not_left or (comparable and answer.message_id < question.message_id)


def _comment(answer: AnswerReceived, reading: Reading, survey: Survey, draft: Draft) -> None:
    """Words that were asked for; beside the field they stand where all words of the client do."""
    if take_comment(words_of(answer), survey, draft):
        keep_words(words_of(answer), draft)
        listen_for_anger(reading, draft.case.scores, draft)


def _answer(answer: AnswerReceived, reading: Reading, survey: Survey, draft: Draft) -> None:
    taken = _scores(reading, survey, draft)
    if not taken:
        _ask_again(answer, survey, draft)
        return
    corrects = bool(draft.case.scores.keys() & taken.keys())
    take_scores(taken, survey, draft)
    if corrects:
        draft.note("note.corrected")
    else:
        ask_next(survey, draft)
    if reading.remark or reading.complains or len(taken) < len(reading.scores):
        keep_words(words_of(answer), draft)
    listen_for_anger(reading, taken, draft)


def _scores(reading: Reading, survey: Survey, draft: Draft) -> dict[str, Decimal]:
    """Which question each score answers; each must fit the scale of its own question."""
    if _replaces(reading, draft):
        return {list(draft.case.scores)[-1]: reading.scores[0]}
    if reading.kind not in (Kind.SCORE, Kind.BOTH):
        return {}
    names = [one for one in survey.questions if draft.scenario.questions[one].scored]
    open_names = [one for one in names if one not in draft.case.scores]
    if reading.kind is Kind.BOTH and len(open_names) < 2:
        return {}
    pairs = list(zip(open_names, reading.scores, strict=False))
    return {name: score for name, score in pairs if fits(score, name, draft)}


def _replaces(reading: Reading, draft: Draft) -> bool:
    """'Ой, 9': a score for the question before this one."""
    if not (reading.corrects and reading.kind is Kind.SCORE and draft.case.scores):
        return False
    return fits(reading.scores[0], list(draft.case.scores)[-1], draft)


# --- what is no score -------------------------------------------------------------------------


def _ask_again(answer: AnswerReceived, survey: Survey, draft: Draft) -> None:
    """A hint while there are hints left, then a person."""
    question = draft.case.question
    assert question is not None
    keep_words(words_of(answer), draft)
    if isinstance(draft.event, AnsweredFor):
        return  # a person has the client on the phone: neither of them needs our hint
    if wants_a_person(answer.text):
        draft.facts.add(UNCLEAR)  # the hint alone would leave a question without an answer
    if question.hints >= survey.hints or not survey.hint.body:
        draft.facts.add(UNCLEAR)
        return
    draft.say(survey.hint, "hint")
    draft.change(question=changed(question, {"hints": question.hints + 1}))
    draft.note("note.hinted")
