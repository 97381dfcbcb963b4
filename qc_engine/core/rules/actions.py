"""What a rule does: each action changes the draft, nothing else."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qc_engine.core.approval.approving import ask_approval
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import CallWebhook, CreateDeal, CreateTask, NotifyStaff, SetFields
from qc_engine.core.recovery.settling import begin_complaint, reopen_by_score
from qc_engine.core.review.bonuses import confirm, take_back
from qc_engine.core.review.checking import ReviewAnswer
from qc_engine.core.review.reviewing import DEAL, ask_for_it, take_answer
from qc_engine.core.rules.conditions import ANSWERED, MOVED, STOP
from qc_engine.core.rules.pausing import pause
from qc_engine.core.rules.starting import start_another
from qc_engine.core.scenario import (
    Action,
    AskApproval,
    Comment,
    ConfirmBonus,
    End,
    GoTo,
    MoveDealTo,
    Notify,
    OpenDeal,
    OpenTask,
    Pause,
    ReopenComplaint,
    Say,
    StartScenario,
    Survey,
    TakeAsAnswer,
    TakeBackBonus,
    TellSystem,
    WriteContact,
    WriteFields,
)
from qc_engine.core.talk.asking import ask_next
from qc_engine.core.talk.gate import FAREWELL

REVIEW = "review"


def run(actions: Sequence[Action], draft: Draft, rule: str = "", first: int = 0) -> None:
    """In their order, from the `first` on; nothing is done after the end of the case, and the rest waits
    behind a pause. `rule` has this list; '': the step itself."""
    for number, action in enumerate(actions[first:], first):
        if draft.ended:
            return
        if isinstance(action, Pause):
            pause(action, number + 1, rule, draft)
            return
        apply(action, draft)


def apply(action: Action, draft: Draft) -> None:
    ACTIONS[type(action)](action, draft)


def enter(step: str, draft: Draft) -> None:
    """Come to a step and do what it does on entry."""
    draft.change(step=step, step_at=draft.now, question=None, paused=())
    draft.note("note.step", step=step)
    run(draft.scenario.steps[step].do, draft)


def _ask(survey: Survey, draft: Draft) -> None:
    ask_next(survey, draft)


def _say(action: Say, draft: Draft) -> None:
    draft.say(action.text, FAREWELL if STOP in draft.facts else "reply", file=action.file)


def _write_fields(action: WriteFields, draft: Draft) -> None:
    draft.add(SetFields(draft.case.deal_id, draft.rendered(action.fields)))


def _write_contact(action: WriteContact, draft: Draft) -> None:
    draft.write_card(draft.rendered(action.fields))


def _take_back(action: TakeBackBonus, draft: Draft) -> None:
    meant = [one for one in draft.case.bonuses if one.rule == action.rule]
    take_back(meant, draft.render(action.because), "", draft)


def _notify(action: Notify, draft: Draft) -> None:
    draft.add(NotifyStaff(draft.user(action.person), draft.render(action.text)))


def _tell_system(action: TellSystem, draft: Draft) -> None:
    draft.add(CallWebhook(action.webhook, action.event, draft.now, draft.rendered(action.data)))


def _only_in_a_list(action: Pause, draft: Draft) -> None:
    raise AssertionError(action)  # only a list of actions can wait


def _open_deal(action: OpenDeal, draft: Draft) -> None:
    key = draft.add(
        CreateDeal(
            title=draft.render(action.title),
            stage=action.stage,
            assigned_to=draft.user(action.person),
            contact_id=draft.case.contact_id,
            parent_deal_id=draft.case.deal_id,
            comment=draft.render(action.comment),
            fields=draft.rendered(action.fields),
        )
    )
    begin_complaint(key, action.stage, draft)


def _take_as_answer(action: TakeAsAnswer, draft: Draft) -> None:
    """What the manager did is what the manager says: the rules about that have their turn now."""
    draft.facts.discard(MOVED)
    draft.facts.add(ANSWERED)
    take_answer(ReviewAnswer(action.answer, draft.now, DEAL), draft)


def _open_task(action: OpenTask, draft: Draft) -> None:
    if action.about == REVIEW:
        ask_for_it(action, draft)  # first, because the task's text names the possible answers
    due_at = draft.now + action.due
    key = draft.add(
        CreateTask(
            title=draft.render(action.title),
            text=draft.render(action.text),
            responsible=draft.user(action.person),
            deadline=due_at,
            deal_id=draft.case.deal_id,
        )
    )
    complaint = draft.case.complaint
    if action.about == REVIEW:
        draft.change(task_key=key)
    elif complaint and not (complaint.task_key or complaint.task_id):
        draft.change(complaint=changed(complaint, {"task_key": key, "due_at": due_at}))


# Every action has its line here: a test holds this.
ACTIONS: Mapping[type[Action], Callable[[Any, Draft], None]] = {
    Survey: _ask,
    Say: _say,
    MoveDealTo: lambda action, draft: draft.move(action.stage),
    WriteFields: _write_fields,
    WriteContact: _write_contact,
    OpenDeal: _open_deal,
    OpenTask: _open_task,
    ReopenComplaint: reopen_by_score,
    TakeAsAnswer: _take_as_answer,
    ConfirmBonus: confirm,
    TakeBackBonus: _take_back,
    Notify: _notify,
    Comment: lambda action, draft: draft.comment(draft.render(action.text)),
    Pause: _only_in_a_list,
    TellSystem: _tell_system,
    AskApproval: ask_approval,
    StartScenario: start_another,
    GoTo: lambda action, draft: enter(action.step, draft),
    End: lambda action, draft: draft.end(action.outcome),
}
