"""Moving running cases to another version of their scenario, knowingly, one by one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from qc_engine.core.case import Case, Paused, State
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.scenario import Scenario
from qc_engine.core.trace import Phrase, phrase
from qc_engine.store import cases, traces
from qc_engine.store.tables import CaseRow


@dataclass(frozen=True)
class Move:
    """One case: whether it can go by the new version, and if not, why."""

    case: Case
    hindrance: Phrase | None


def running(
    session: Session, portal: str, name: str, to: str, ids: Collection[str] = (), step: str = ""
) -> Sequence[CaseRow]:
    """The cases that are not over and go by another version than this, the oldest first."""
    found = select(CaseRow).where(CaseRow.portal == portal, CaseRow.scenario == name)
    found = found.where(CaseRow.state != State.ENDED, CaseRow.version != to)
    if ids:
        found = found.where(col(CaseRow.id).in_(list(ids)))
    if step:
        found = found.where(CaseRow.step == step)
    return session.exec(found.order_by(col(CaseRow.created_at), col(CaseRow.id))).all()


def judged(session: Session, row: CaseRow, to: Scenario) -> Move:
    case = cases.load(session, row)
    return Move(case, hindrance(case, to))


def hindrance(case: Case, to: Scenario) -> Phrase | None:
    """None when everything that the case stands on is there in the new version too."""
    if case.state is State.WAITING:
        return None
    to = to.at_branch(case.branch.name)
    if case.step not in to.steps:
        return phrase("migrate.no_step", step=case.step)
    if lost := next((one for one in case.paused if not _is_there(one, case, to)), None):
        return phrase("migrate.no_list", rule=lost.rule or case.step)
    question = case.question
    if question is None:
        return None
    survey = survey_of(to.steps[case.step])
    if question.name not in to.questions or survey is None or question.name not in survey.questions:
        return phrase("migrate.no_question", question=question.name, step=case.step)
    return None


def _is_there(paused: Paused, case: Case, to: Scenario) -> bool:
    """The list of actions in which the case waits, and as many of them as it has done."""
    step = to.steps[case.step]
    lists = [one.do for one in (*to.anytime, *step.rules) if one.name == paused.rule]
    return any(paused.next <= len(one) for one in (lists if paused.rule else [step.do]))


def migrate(session: Session, move: Move, to: Scenario, by: str, reason: str, now: datetime) -> None:
    """The case goes on where it stands, by the new version. Raises SomebodyWasQuicker."""
    before = move.case
    told = {"by": by, "reason": reason, "before": before.version[:8], "after": to.version[:8]}
    after = replace(before, version=to.version, wake_at=_wake_at(before, to, now))
    note = [phrase("note.migrated", before=told["before"], after=told["after"])]
    traces.add_by_hand(session, before, after, "Migrated", told, note, (), now)
    cases.save(session, before, after, now)
    session.get_one(CaseRow, before.id).version = to.version


def _wake_at(case: Case, to: Scenario, now: datetime) -> datetime:
    """When the new version would look at it: a timer costs nothing, a missed one costs a reminder."""
    if case.state is State.WAITING:
        return max(now, case.entered_at + to.start.wait) if case.wake_at else now
    return now
