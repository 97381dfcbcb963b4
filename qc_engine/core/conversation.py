"""A client's words: what they mean for the question that is open."""

from dataclasses import replace
from decimal import Decimal

from qc_engine.core.actions import ask_next
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind, Reading, Scale
from qc_engine.core.case import OpenQuestion
from qc_engine.core.conditions import STOP, UNCLEAR, survey_of
from qc_engine.core.draft import Draft
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.core.scenario import Survey

WORDS_KEPT = 20  # a client who writes a novel fills no database


def hear(answer: AnswerReceived, draft: Draft) -> None:
    """Consent first; then the open question; what is no score is kept for people."""
    draft.change_client(wrote_at=max(answer.at, draft.case.client.wrote_at or answer.at))
    survey, question = survey_of(draft.scenario.steps.get(draft.case.step)), draft.case.question
    reading = read(answer.text, _scale(draft), answer.kind)
    draft.note("note.read", kind=reading.kind, scores=" ".join(map(str, reading.scores)), rule=reading.rule)
    if reading.kind is Kind.OPT_OUT:
        opt_out(answer, draft)
    elif survey is None or question is None or not _belongs(answer, question, draft):
        keep_words(answer, draft)
    else:
        _answer(answer, reading, survey, draft)


def opt_out(answer: AnswerReceived, draft: Draft) -> None:
    known = draft.case.client.opted_out_at
    draft.change_client(opted_out_at=known or draft.now)
    if known is None:  # a second 'stop' must not take back the farewell of the first
        draft.cancel = (SendMessage,)
    draft.facts.add(STOP)
    keep_words(answer, draft)


def keep_words(answer: AnswerReceived, draft: Draft) -> None:
    """Free text is never lost: it stands on the case and in the deal."""
    words = answer.text or f"[{answer.kind}]"
    draft.change(words=(*draft.case.words, words)[-WORDS_KEPT:])
    draft.comment(f"{draft.case.client_name or 'Клиент'}: {words}")
    draft.note("note.words_kept")


def _scale(draft: Draft) -> Scale:
    question = draft.case.question
    return draft.scenario.questions[question.name].scale if question else Scale()


def _belongs(answer: AnswerReceived, question: OpenQuestion, draft: Draft) -> bool:
    """Is this an answer to the open question, and may the bot take it?"""
    client = draft.case.client
    if client.operator_at and answer.at < client.operator_at + draft.scenario.contact.pause_after_operator:
        draft.note("note.operator_talks")
        return False
    if answer.message_id and answer.message_id < question.message_id and not draft.case.scores:
        draft.note("note.older_than_question")
        return False
    return True


def _answer(answer: AnswerReceived, reading: Reading, survey: Survey, draft: Draft) -> None:
    assert draft.case.question is not None
    open_names = [one for one in survey.questions if one not in draft.case.scores]
    if reading.corrects and reading.kind is Kind.SCORE and draft.case.scores:
        _take({list(draft.case.scores)[-1]: reading.scores[0]}, survey, draft)
        draft.note("note.corrected")
    elif reading.kind is Kind.SCORE:
        _take({open_names[0]: reading.scores[0]}, survey, draft)
        ask_next(survey, draft)
    elif reading.kind is Kind.BOTH and len(open_names) > 1:
        _take(dict(zip(open_names, reading.scores, strict=False)), survey, draft)
        ask_next(survey, draft)
    else:
        _ask_again(answer, survey, draft)
        return
    if reading.remark:
        keep_words(answer, draft)


def _take(scores: dict[str, Decimal], survey: Survey, draft: Draft) -> None:
    draft.change(scores={**draft.case.scores, **scores})
    complete = all(name in draft.case.scores for name in survey.questions)
    fields = {draft.scenario.questions[name].field: str(score) for name, score in scores.items()}
    fields.pop("", None)
    draft.write_scores(fields, survey.average_field, complete)
    for name, score in scores.items():
        draft.note("note.score", question=name, score=score)


def _ask_again(answer: AnswerReceived, survey: Survey, draft: Draft) -> None:
    """A hint while there are hints left, then a person."""
    question = draft.case.question
    assert question is not None
    keep_words(answer, draft)
    if question.hints >= survey.hints or not survey.hint.body:
        draft.facts.add(UNCLEAR)
        return
    draft.say(survey.hint, "hint")
    draft.change(question=replace(question, hints=question.hints + 1))
    draft.note("note.hinted")
