"""What a rule does: each action changes the draft, nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from qc_engine.core.case import Complaint, OpenQuestion
from qc_engine.core.conditions import STOP
from qc_engine.core.draft import Draft
from qc_engine.core.effects import CreateDeal, CreateTask, NotifyStaff, SetFields, UpdateContact
from qc_engine.core.gate import FAREWELL
from qc_engine.core.scenario import (
    Action,
    Comment,
    End,
    GoTo,
    MoveDealTo,
    Notify,
    OpenDeal,
    OpenTask,
    Say,
    Survey,
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


def ask_next(survey: Survey, draft: Draft) -> bool:
    """Ask the first question without an answer; False when none is left."""
    answered = {*draft.case.scores, *draft.case.comments}
    name = next((one for one in survey.questions if one not in answered), None)
    if name is None:
        draft.change(question=None)
        return False
    before = draft.case.question
    key = draft.say(draft.scenario.questions[name].text, "question", name)
    # One reminder for the whole survey, not one for each question.
    draft.change(question=OpenQuestion(name, key, reminded=bool(before and before.reminded)))
    draft.note("note.asked", question=name)
    return True


def remind(survey: Survey, draft: Draft) -> None:
    assert draft.case.question is not None
    draft.say(survey.reminder, "reminder")
    draft.change(question=replace(draft.case.question, reminded=True))
    draft.note("note.reminded")


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


def _open_task(action: OpenTask, draft: Draft) -> None:
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
