"""A person is asked yes or no: by a task with two links, answered there or by the words left in the task."""

import re
from dataclasses import replace

from qc_engine.core.approval.links import approval_link
from qc_engine.core.case import Approval
from qc_engine.core.draft import Draft
from qc_engine.core.effects import CloseTask, CreateTask, NotifyStaff
from qc_engine.core.events import ApprovalGiven, EffectDone, TaskClosed
from qc_engine.core.scenario import ApprovalIs, AskApproval
from qc_engine.core.trace import Verdict, phrase
from qc_engine.core.wording.texts import folded

BY_TASK = "задача"
WORD = re.compile(r"[^\W_]+")
YES = ("да", "иә", "ия", "ok", "ок", "yes", "одобряю", "одобрено", "согласен", "согласна", "согласовано",
       "разрешаю", "approved")  # fmt: skip
NO = ("нет", "жоқ", "жок", "no", "отказ", "отказать", "отказано", "отклонено", "отклоняю", "запрещаю",
      "declined", "refused")  # fmt: skip
NOT_YES = re.compile(rf"\bне ({'|'.join(YES)})\b")
# 'Да, но ...' is for a person: what stands behind may take it back.
HEDGES = frozenset(("но", "если", "может", "возможно", "позже", "but", "if", "maybe", "later", "бірақ",
                    "егер", "мүмкін", "кейін"))  # fmt: skip
NOT = frozenset(("не", "not", "емес"))
CLOSED_WITHOUT = "Задача «{title}» закрыта, а ответа в ней нет. Ответьте по ссылке:\n{links}"


def ask_approval(action: AskApproval, draft: Draft) -> None:
    """Asked again, the same question is open again: what was answered before counts no longer."""
    approval = Approval(
        action.name,
        asked_at=draft.now,
        due_at=draft.now + action.due,
        person=draft.user(action.person),
        title=draft.render(action.title),
        text=draft.render(action.text),
    )
    before = approval_of(action.name, draft)
    if before and before.given is None:
        draft.close_task(before.task_id)
    task = CreateTask(
        approval.title,
        f"{approval.text}\n\n{_links(approval, draft)}".strip(),
        approval.person,
        approval.due_at,
        draft.case.deal_id,
    )
    _keep(replace(approval, task_key=draft.add(task)), draft)
    draft.note("note.approval_asked", title=approval.title)


def approval_of(name: str, draft: Draft) -> Approval | None:
    return next((one for one in draft.case.approvals if one.name == name), None)


def approval_is(condition: ApprovalIs, draft: Draft) -> Verdict:
    """Holds from the answer on, in later steps too."""
    asked = approval_of(condition.name, draft)
    if asked is None:
        return Verdict(False, phrase("why.approval_not_asked", name=condition.name))
    if asked.given is None:
        return Verdict(False, phrase("why.approval_open", title=asked.title, until=asked.due_at))
    why = phrase("why.approved" if asked.given else "why.declined", title=asked.title, by=asked.by)
    return Verdict(asked.given is condition.given, why)


def _keep(approval: Approval, draft: Draft) -> None:
    others = tuple(one for one in draft.case.approvals if one.name != approval.name)
    draft.change(approvals=(*others, approval))


def _links(approval: Approval, draft: Draft) -> str:
    links = {"Да": approval_link(draft.case, approval, given=True),
             "Нет": approval_link(draft.case, approval, given=False)}  # fmt: skip
    return "\n".join(f"{word}: {link}" for word, link in links.items())


# --- an answer --------------------------------------------------------------------------------


def take_approval(event: ApprovalGiven, draft: Draft) -> None:
    """From the page."""
    approval = approval_of(event.name, draft)
    if approval:
        _answered(approval, event, draft)


def approval_task_closed(closed: TaskClosed, draft: Draft) -> None:
    """What was left in the task may say it too; without a clear word the person is told where to answer."""
    approval = next((one for one in draft.case.approvals if one.task_id == closed.task_id), None)
    given = said(closed.result)
    if approval is None or (approval.given is not None and given is None):
        return
    if given is not None:
        event = ApprovalGiven(draft.case.id, approval.name, given, closed.at, BY_TASK)
        _answered(approval, event, draft)
    elif not draft.ended:
        draft.note("note.approval_unclear", title=approval.title, result=closed.result)
        words = CLOSED_WITHOUT.format(title=approval.title, links=_links(approval, draft))
        draft.add(NotifyStaff(approval.person, words))


def _answered(approval: Approval, event: ApprovalGiven, draft: Draft) -> None:
    """The first answer counts; who comes second is told by the page who was first."""
    told = {"title": approval.title, "by": event.by}
    if approval.given is not None:
        draft.note("note.approval_again_yes" if event.given else "note.approval_again_no", **told)
        return
    if draft.ended:
        draft.note("note.approval_late_yes" if event.given else "note.approval_late_no", **told)
        return
    _keep(replace(approval, given=event.given, answered_at=event.at, by=event.by), draft)
    draft.note("note.approval_yes" if event.given else "note.approval_no", **told)
    draft.close_task(approval.task_id)


def said(words: str) -> bool | None:
    """'Да', 'нет, дорого', 'иә': yes or no by the first word; None for anything that is not clear."""
    first, *rest = WORD.findall(NOT_YES.sub("нет", folded(words))) or [""]
    if "?" in words or HEDGES & {*rest}:
        return None
    if first in YES:
        return None if {*NO, *NOT} & {*rest} else True
    return False if first in NO and not {*YES} & {*rest} else None


def approval_task_made(done: EffectDone, draft: Draft) -> None:
    """The number of the task; one that nobody waits for any more is closed at once."""
    approval = next((one for one in draft.case.approvals if one.task_key == done.effect_key), None)
    if approval is None or not done.result.isdigit():
        return
    number = int(done.result)
    _keep(replace(approval, task_key="", task_id=number), draft)
    draft.note("note.task_created", task=number)
    if draft.ended or approval.given is not None:
        draft.add(CloseTask(number))
