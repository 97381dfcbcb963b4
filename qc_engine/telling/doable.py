"""What may be done to a case by hand as it stands now: by its scenario, the outbox and the channels."""

from collections.abc import Iterator, Mapping, Sequence

from sqlmodel import Session

from qc_engine.core.acts.entering import survey_step
from qc_engine.core.acts.resending import LOST, UNKNOWN
from qc_engine.core.case import Case, State
from qc_engine.core.effects import SendMessage
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.texts import spoken
from qc_engine.flow.truth import came
from qc_engine.flow.versions.library import Library, VersionLost, scenario_of
from qc_engine.store import codec, inbox, outbox
from qc_engine.store.tables import CaseRow, EffectRow
from qc_engine.web.pages.cases.doable import (
    ANSWER,
    PAUSE,
    RESEND,
    RESUME,
    SCORE,
    STOP,
    Doable,
    EnteredLine,
    LostQuestion,
    ScoreAsked,
)


def doable(
    session: Session, libraries: Mapping[str, Library], row: CaseRow, labels: Mapping[str, str]
) -> Doable:
    """`labels`: what people call the questions. Of a case whose version is lost: only to end it."""
    case = codec.load_case(row.body)
    try:
        scenario = scenario_of(session, libraries, case)
    except VersionLost:
        scenario = None
    scores = _scores(case, scenario, labels) if scenario else ()
    messages = [one for one in outbox.of_case(session, case.id) if one.kind == SendMessage.__name__]
    lost = _lost(session, case, scenario, messages) if scenario else None
    still = case.still
    return Doable(
        acts=tuple(_acts(case, scores, lost)),
        scores=scores,
        lost=lost,
        unsent=tuple(one.payload["text"] for one in messages if one.state == outbox.PLANNED),
        kept=inbox.count_kept(session, case.id) if still else 0,
        still_by=still.by if still else "",
        still_why=still.reason if still else "",
        still_since=still.since if still else None,
        entered=tuple(_entered(case, labels)),
    )


def _acts(case: Case, scores: Sequence[ScoreAsked], lost: LostQuestion | None) -> Iterator[str]:
    runs = case.state is not State.ENDED
    if runs and case.still:
        yield from (RESUME, STOP)
        return
    if scores:
        yield SCORE
    if runs:
        yield ANSWER
    if lost:
        yield RESEND
    if runs:
        yield from (PAUSE, STOP)


def _scores(case: Case, scenario: Scenario, labels: Mapping[str, str]) -> tuple[ScoreAsked, ...]:
    survey = survey_of(scenario.steps.get(survey_step(case, scenario)))
    names = [one for one in survey.questions if scenario.questions[one].scored] if survey else []
    return tuple(_score(case, scenario, name, labels) for name in names)


def _score(case: Case, scenario: Scenario, name: str, labels: Mapping[str, str]) -> ScoreAsked:
    scale, score = scenario.questions[name].scale, case.scores.get(name)
    told = "" if score is None else spoken(score)
    return ScoreAsked(name, labels.get(name, name), str(scale.lowest), str(scale.highest), told)


def _lost(
    session: Session, case: Case, scenario: Scenario, messages: Sequence[EffectRow]
) -> LostQuestion | None:
    """None as well for one that nobody would answer any more, and after 'stop'."""
    asked = [one for one in messages if one.payload["question"]]
    last = asked[-1] if asked else None
    if last is None or not _is_wanted(case, scenario, last):
        return None
    how = came(session, last)
    return LostQuestion(last.key, last.payload["text"], how) if how in (LOST, UNKNOWN) else None


def _is_wanted(case: Case, scenario: Scenario, message: EffectRow) -> bool:
    name = message.payload["question"]
    if case.question:
        return case.question.effect_key == message.key
    ended_by_itself = case.state is State.ENDED and case.ended_why is None
    asks = survey_of(scenario.steps.get(case.step)) is not None
    return ended_by_itself and asks and name not in case.scores and name not in case.comments


def _entered(case: Case, labels: Mapping[str, str]) -> Iterator[EnteredLine]:
    for one in case.entered:
        was = "" if one.was is None else spoken(one.was)
        label = labels.get(one.question, one.question)
        yield EnteredLine(label, spoken(one.score), was, one.by, one.reason, one.at)
