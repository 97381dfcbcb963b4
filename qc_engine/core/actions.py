"""What a rule does: each action changes the draft, nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from qc_engine.core.asking import ask_next
from qc_engine.core.bonuses import confirm, take_back
from qc_engine.core.case import Complaint
from qc_engine.core.checking import ReviewAnswer
from qc_engine.core.conditions import ANSWERED, MOVED, STOP
from qc_engine.core.draft import Draft
from qc_engine.core.effects import CreateDeal, CreateTask, NotifyStaff, SetFields, UpdateContact
from qc_engine.core.gate import FAREWELL
from qc_engine.core.reviewing import DEAL, ask_for_it, take_answer
from qc_engine.core.scenario import (
    Action,
    Comment,
    ConfirmBonus,
    End,
    GoTo,
    MoveDealTo,
    Notify,
    OpenDeal,
    OpenTask,
    Say,
    Survey,
    TakeAsAnswer,
    TakeBackBonus,
    WriteContact,
    WriteFields,
)

REVIEW = "review"


def run(actions: tuple[Action, ...], draft: Draft) -> None:
    """In their order; nothing is done after the end of the case."""
    for action in actions:
        if draft.ended:
            return
        apply(action, draft)


def apply(action: Action, draft: Draft) -> None:  # noqa: C901 (one line per action)
    match action:
        case Survey():
            ask_next(action, draft)
        case Say(text):
            draft.say(text, FAREWELL if STOP in draft.facts else "reply")
        case MoveDealTo(stage):
            draft.move(stage)
        case WriteFields(fields):
            draft.add(SetFields(draft.case.deal_id, _rendered(fields, draft)))
        case WriteContact(fields):
            _write_contact(fields, draft)
        case OpenDeal():
            _open_deal(action, draft)
        case OpenTask():
            _open_task(action, draft)
        case TakeAsAnswer(outcome):
            _take_as_answer(outcome, draft)
        case ConfirmBonus():
            confirm(action, draft)
        case TakeBackBonus(rule, because):
            meant = [one for one in draft.case.bonuses if one.rule == rule]
            take_back(meant, draft.render(because), "", draft)
        case Notify(person, text):
            draft.add(NotifyStaff(draft.user(person), draft.render(text)))
        case Comment(text):
            draft.comment(draft.render(text))
        case GoTo(step):
            enter(step, draft)
        case End(outcome):
            draft.end(outcome)
        case _:
            assert_never(action)


def enter(step: str, draft: Draft) -> None:
    """Come to a step and do what it does on entry."""
    draft.change(step=step, step_at=draft.now, question=None)
    draft.note("note.step", step=step)
    run(draft.scenario.steps[step].do, draft)


def _rendered(fields: Mapping[str, str], draft: Draft) -> dict[str, str]:
    return {name: draft.render(value) for name, value in fields.items()}


def _write_contact(fields: Mapping[str, str], draft: Draft) -> None:
    if draft.case.contact_id:
        draft.add(UpdateContact(draft.case.contact_id, _rendered(fields, draft)))


def _open_deal(action: OpenDeal, draft: Draft) -> None:
    draft.change(complaint=Complaint(draft.now))
    draft.add(
        CreateDeal(
            title=draft.render(action.title),
            stage=action.stage,
            assigned_to=draft.user(action.person),
            contact_id=draft.case.contact_id,
            parent_deal_id=draft.case.deal_id,
            comment=draft.render(action.comment),
            fields=_rendered(action.fields, draft),
        )
    )


def _take_as_answer(outcome: str, draft: Draft) -> None:
    """What the manager did is what the manager says: the rules about that have their turn now."""
    draft.facts.discard(MOVED)
    draft.facts.add(ANSWERED)
    take_answer(ReviewAnswer(outcome, draft.now, DEAL), draft)


def _open_task(action: OpenTask, draft: Draft) -> None:
    if action.about == REVIEW:
        ask_for_it(action, draft)  # first, because the task's text names the possible answers
    key = draft.add(
        CreateTask(
            title=draft.render(action.title),
            text=draft.render(action.text),
            responsible=draft.user(action.person),
            deadline=draft.now + action.due,
            deal_id=draft.case.deal_id,
        )
    )
    complaint = draft.case.complaint
    if action.about == REVIEW:
        draft.change(task_key=key)
    elif complaint and not (complaint.task_key or complaint.task_id):
        draft.change(complaint=replace(complaint, task_key=key))
