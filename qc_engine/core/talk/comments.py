"""A question that asks for words, not for a score: nobody has to answer it, and it is never asked twice."""

from datetime import datetime

from qc_engine.core.draft import Draft
from qc_engine.core.effects import SetFields
from qc_engine.core.scenario import Survey
from qc_engine.core.talk.asking import ask_next
from qc_engine.core.wording.texts import LONGEST

# What people write instead of a comment; the whole reply, without its signs.
SKIPS = frozenset({
    "", "нет", "неа", "не", "пропустить", "пропуск", "пропустим", "далее", "дальше", "ничего", "нечего",
    "нечего добавить", "без комментариев", "нет комментариев", "замечаний нет", "нет замечаний",
    "жоқ", "жок", "өткізу", "өткізіп жіберу", "ештеңе", "пікірім жоқ",
    "no", "none", "nope", "skip", "nothing", "no comment", "no comments", "n a",
})  # fmt: skip


def is_comment(draft: Draft) -> bool:
    """Does the open question ask for words?"""
    question = draft.case.question
    return question is not None and not draft.scenario.questions[question.name].scored


def skips(text: str) -> bool:
    """'нет', '-', 'Пропустить!': the client has nothing to add."""
    letters = "".join(sign if sign.isalnum() else " " for sign in text.casefold())
    return " ".join(letters.split()) in SKIPS


def take_comment(said: str, survey: Survey, draft: Draft) -> bool:
    """The client's words go into the field of the question; False when there are none."""
    assert draft.case.question is not None
    name = draft.case.question.name
    words = said.strip()[:LONGEST]
    if skips(words):
        skip_comment(survey, draft)
        return False
    field = draft.scenario.questions[name].field
    if field:
        draft.add(SetFields(draft.case.deal_id, {field: words}))
    draft.change(comments={**draft.case.comments, name: words})
    draft.note("note.comment", question=name)
    ask_next(survey, draft)
    return True


def skip_comment(survey: Survey, draft: Draft) -> None:
    """Go on without it."""
    assert draft.case.question is not None
    name = draft.case.question.name
    draft.change(comments={**draft.case.comments, name: ""})
    draft.note("note.comment_skipped", question=name)
    ask_next(survey, draft)


def skip_at(draft: Draft) -> datetime | None:
    """When the case goes on without the comment."""
    question = draft.case.question
    if question is None or question.asked_at is None or not is_comment(draft):
        return None
    return question.asked_at + draft.scenario.questions[question.name].skip_after
