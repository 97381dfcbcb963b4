"""What a client has filled in: read from the form, checked, and made into events."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import Request

from qc_engine.core.events import FormAnswered
from qc_engine.core.talk.form import FREE
from qc_engine.core.wording.texts import LONGEST
from qc_engine.ports import Arrival
from qc_engine.web.forms import read_form
from qc_engine.web.pages.survey.view import Question, SurveyView

WORDS, REVISION, BUTTON = "words", "rev", "do"  # names of fields; a question's is 'q.' and its name
STOP_WORD = "стоп"
LARGEST = 64 * 1024  # three texts of 2,000 Cyrillic letters take 36 kB on the wire
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Answers = Mapping[str, str]


async def sent_survey(request: Request) -> Mapping[str, str]:
    """As `sent_form`, with room for what people write. Raises 400, 408, 413."""
    return await read_form(request, LARGEST)


def field_of(question: Question) -> str:
    return f"q.{question.name}"


def filled_in(view: SurveyView, form: Mapping[str, str]) -> Answers:
    """By the name of the field, what was typed or chosen; empty ones are left out."""
    names = [*map(field_of, (*view.questions, *view.others)), WORDS]
    typed = {name: _clean(form.get(name, "")) for name in names}
    return {name: text for name, text in typed.items() if text}


def without_score(view: SurveyView, filled: Answers) -> Sequence[Question]:
    """Open questions that must have a score, and have none or one outside their scale."""
    return [one for one in view.questions if one.scored and not _fits(filled.get(field_of(one), ""), one)]


def answers(view: SurveyView, filled: Answers) -> Answers:
    """By the name of the question; of the open ones a comment left empty too, as an answer by nothing."""
    given = given_answers(view, filled)
    skipped = {one.name: "" for one in view.questions if not one.scored}
    return {**skipped, **given} if given else {}


def given_answers(view: SurveyView, filled: Answers) -> Answers:
    """Only what the client really gave."""
    asked = (*view.questions, *view.others)
    told = {one.name: filled.get(field_of(one), "") for one in asked}
    kept = {one.name: told[one.name] for one in asked if _is_answer(told[one.name], one)}
    words = filled.get(WORDS, "")
    return {**kept, FREE: words} if words else kept


def arrival(view: SurveyView, form: Mapping[str, str], given: Answers, now: datetime) -> Arrival:
    """A button pressed twice is one answer: the page that was shown and what was said make the key."""
    shown = re.sub(r"\D", "", form.get(REVISION, ""), flags=re.ASCII)[:10] or str(view.rev)
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:16]
    return Arrival(f"form:{view.case_id}:{shown}:{digest}", FormAnswered(view.case_id, given, now))


def _is_answer(text: str, question: Question) -> bool:
    return _fits(text, question) if question.scored else bool(text)


def _fits(text: str, question: Question) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) <= 3
    return is_number and question.lowest <= int(text) <= question.highest


def _clean(text: str) -> str:
    """Browsers write line ends as CR LF; some signs no database takes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return UNSTORABLE.sub("", lines).strip()[:LONGEST]
