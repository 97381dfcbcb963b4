"""What the survey's page may show of a case: its open questions, and what we said to the answers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.channel import FORM
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import FormAnswered
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.scenario import Question as Asked
from qc_engine.core.scenario import Scenario, Text
from qc_engine.core.wording.filters import Manner
from qc_engine.core.wording.rendering import render
from qc_engine.core.wording.values import typed
from qc_engine.store import cases, inbox, outbox

CODE = re.compile(r"[0-9A-Za-z]{1,32}")
# Whoever has the link sees the page: nobody's name, number or words of a case stand on it.
SHOWN = frozenset({"branch", "entered_date", "average", "review_links", "review_pages"})
ABOUT_QUESTIONS = ("question", "hint", "reminder")  # purposes of messages that the form itself replaces
MOST_ANSWERS = 20  # of one case; whoever sends more is no client


class Stands(StrEnum):
    """What there is to see."""

    OPEN = "open"  # questions wait for an answer
    WAITING = "waiting"  # answers are stored, and not yet decided upon
    ANSWERED = "answered"  # we have said something to them
    CLOSED = "closed"  # there is nothing to do


@dataclass(frozen=True)
class Question:
    """One question as it stands on the page; a comment has no scale."""

    name: str
    text: str
    scored: bool = True
    lowest: int = 1
    highest: int = 10


@dataclass(frozen=True)
class SurveyView:
    """Everything that the page needs; `speaks` is the client's own language, '' when nobody knows it."""

    case_id: str
    stands: Stands
    branch: str = ""
    language: str = "ru"
    speaks: str = ""
    rev: int = 0
    questions: Sequence[Question] = ()  # open ones, in the order of the survey
    others: Sequence[Question] = ()  # that may stand on a page opened earlier: such answers are kept too
    said: Sequence[str] = ()
    opted_out: bool = False
    full: bool = False  # so much came for this case that nothing more is taken


def survey_view(
    session: Session, scenario_of: Callable[[Session, Case], Scenario], code: str, default_language: str
) -> SurveyView | None:
    """None when no case has this code. `scenario_of` finds what a case goes by; what it raises, rises."""
    # A sign that PostgreSQL cannot even compare must not become an error of ours.
    row = cases.of_survey_code(session, code) if CODE.fullmatch(code) else None
    if row is None:
        return None
    case = cases.load(session, row)
    scenario = scenario_of(session, case)
    on_its_way, so_far = _answers_of(session, case.id)
    asked, said = _open_names(case, scenario), _said(session, case)
    return SurveyView(
        case_id=case.id,
        stands=_stands(on_its_way, asked, said),
        branch=case.branch.name,
        language=default_language,
        speaks=case.language,
        rev=case.rev,
        questions=[_question(scenario.questions[name], case, scenario) for name in asked],
        others=[
            _question(one, case, scenario) for name, one in scenario.questions.items() if name not in asked
        ],
        said=said,
        opted_out=case.client.opted_out_at is not None,
        full=so_far >= MOST_ANSWERS,
    )


def _stands(on_its_way: bool, asked: Sequence[str], said: Sequence[str]) -> Stands:
    if on_its_way:
        return Stands.WAITING
    if asked:
        return Stands.OPEN
    return Stands.ANSWERED if said else Stands.CLOSED


def _open_names(case: Case, scenario: Scenario) -> Sequence[str]:
    survey = survey_of(scenario.steps.get(case.step))
    if survey is None or case.state is not State.ACTIVE or case.client.opted_out_at:
        return ()
    answered = {*case.scores, *case.comments}
    return [name for name in survey.questions if name not in answered]


def _question(asked: Asked, case: Case, scenario: Scenario) -> Question:
    text, language = _in_their_language(asked.on_page if asked.on_page.body else asked.text, case, scenario)
    values = {name: value for name, value in typed(case, scenario).items() if _is_shown(name, scenario)}
    shown = render(text.body, values, Manner(language, ZoneInfo(case.branch.timezone)))
    return Question(asked.name, shown, asked.scored, asked.scale.lowest, asked.scale.highest)


def _in_their_language(text: Text, case: Case, scenario: Scenario) -> tuple[Text, str]:
    known = case.language in text.languages
    return text.said_in(case.language), case.language if known else scenario.language


def _is_shown(name: str, scenario: Scenario) -> bool:
    return name in SHOWN or (name.startswith("score_") and name not in scenario.values)


def _answers_of(session: Session, case_id: str) -> tuple[bool, int]:
    """Is an answer stored and not yet decided upon, and how many came in all?"""
    unheard = [one for one in inbox.unheard(session, FormAnswered) if _is_of(one, case_id)]
    # Stored, but our own bug met it: a person sees it, and the client need not write it again.
    aside = [
        row
        for row in inbox.quarantined(session)
        if row.kind == FormAnswered.__name__ and row.event.get("case_id") == case_id
    ]
    heard = [row for row in inbox.of_case(session, case_id) if row.kind == FormAnswered.__name__]
    return bool(unheard or aside), len(unheard) + len(aside) + len(heard)


def _is_of(event: object, case_id: str) -> bool:
    return isinstance(event, FormAnswered) and event.case_id == case_id


def _in_words(message: Mapping[str, Any]) -> str:
    """As everywhere where only words are shown: the address of a file stands behind them."""
    return "\n".join(filter(None, (message["text"], message.get("file", ""))))


def _said(session: Session, case: Case) -> Sequence[str]:
    """What we said on this page, oldest first, whether or not it is already marked as read."""
    messages = [
        row.payload
        for row in outbox.of_case(session, case.id)
        if row.kind == SendMessage.__name__ and row.state != outbox.CANCELLED
    ]
    return [
        _with_first_name(_in_words(one), case.client_name)
        for one in messages
        if one.get("channel") == FORM and one["purpose"] not in ABOUT_QUESTIONS
    ]


def _with_first_name(text: str, full_name: str) -> str:
    words = full_name.split()
    return text.replace(full_name, words[0]) if len(words) > 1 else text
