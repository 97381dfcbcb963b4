"""Our effects as commands of the portal, and the portal's answers as outcomes."""

from collections.abc import Mapping
from typing import assert_never

from connectors.bitrix24.calls.client import Answer, Command
from connectors.bitrix24.calls.errors import NOT_FOUND, Failure
from connectors.bitrix24.names.book import CONTACT, DEAL, Book
from connectors.bitrix24.names.directory import category_of
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id, as_map, iso, plain
from qc_engine.core.effects import (
    AddComment,
    CloseTask,
    CreateDeal,
    CreateTask,
    MoveDeal,
    NotifyStaff,
    ReopenTask,
    Repeat,
    SetFields,
    UpdateContact,
    UpdateTask,
)
from qc_engine.ports import Done, Job, Outcome, OutcomeUnknown, Refused, TryLater

ORIGINATOR = "qc-engine"
# What is written without a look at the deal before; a MoveDeal is not among them.
Plain = (
    SetFields
    | CreateDeal
    | CreateTask
    | CloseTask
    | ReopenTask
    | UpdateTask
    | NotifyStaff
    | AddComment
    | UpdateContact
)


def marked(text: str, marker: str) -> str:
    """The text with our marker as its last line, by which it can be found again."""
    return f"{plain(text)}\n[{marker}]"


class Writing:
    """Knows how each effect is written down for the portal."""

    def __init__(self, settings: Bitrix24Settings, book: Book) -> None:
        self._settings = settings
        self._book = book

    def command(self, job: Job, effect: Plain) -> Command:
        """The one command that carries this effect out."""
        match effect:
            case SetFields(deal_id, fields):
                return self._update(DEAL, deal_id, fields)
            case UpdateContact(contact_id, fields):
                return self._update(CONTACT, contact_id, fields)
            case CreateDeal():
                return self._create_deal(job, effect)
            case CreateTask():
                return self._create_task(job, effect)
            case CloseTask(task_id):
                return Command("tasks.task.complete", {"taskId": task_id})
            case ReopenTask(task_id):
                return Command("tasks.task.renew", {"taskId": task_id})
            case UpdateTask(task_id, deadline, text):
                again: dict[str, object] = {
                    "DESCRIPTION": marked(text, job.marker),
                    "DEADLINE": iso(deadline),
                }
                return Command("tasks.task.update", {"taskId": task_id, "fields": again})
            case NotifyStaff(user, text):
                return self._notify(job, user, text)
            case AddComment(deal_id, text):
                comment = {"ENTITY_ID": deal_id, "ENTITY_TYPE": "deal", "COMMENT": marked(text, job.marker)}
                return Command("crm.timeline.comment.add", {"fields": comment})
            case _:
                assert_never(effect)

    def move(self, effect: MoveDeal, current: str) -> Command | None:
        """The command that moves a deal from its `current` stage; None when there is nothing to write."""
        if effect.stage == current:
            return self._update(DEAL, effect.deal_id, effect.fields) if effect.fields else None
        target: dict[str, object] = {"stageId": effect.stage}
        # Without the category a move to another pipeline is silently ignored.
        if category_of(effect.stage) != category_of(current):
            target["categoryId"] = category_of(effect.stage)
        return self._update(DEAL, effect.deal_id, effect.fields, target)

    def _update(
        self, entity: int, number: int, fields: Mapping[str, str], more: Mapping[str, object] | None = None
    ) -> Command:
        values = {**self._book.written(entity, fields), **(more or {})}
        params = {"entityTypeId": entity, "id": number, "fields": values, **self._book.flags}
        return Command("crm.item.update", params)

    def _create_deal(self, job: Job, effect: CreateDeal) -> Command:
        fields: dict[str, object] = {
            **self._book.written(DEAL, effect.fields),
            "title": effect.title,
            "categoryId": category_of(effect.stage),
            "stageId": effect.stage,
            "assignedById": effect.assigned_to,
            "originatorId": ORIGINATOR,
            "originId": job.marker,
            "sourceDescription": f"Сделка {effect.parent_deal_id}",
        }
        if effect.contact_id:
            fields["contactIds"] = [effect.contact_id]
        if effect.comment:
            # A field and no timeline comment: it is made with the deal or not at all.
            fields["comments"] = plain(effect.comment)
        return Command("crm.item.add", {"entityTypeId": DEAL, "fields": fields, **self._book.flags})

    def _create_task(self, job: Job, effect: CreateTask) -> Command:
        fields: dict[str, object] = {
            "TITLE": effect.title,
            # The marker stands in the text too: whether the portal keeps TAGS is not documented.
            "DESCRIPTION": marked(effect.text, job.marker),
            "RESPONSIBLE_ID": effect.responsible,
            "DEADLINE": iso(effect.deadline),
            "TAGS": [self._settings.tag, job.marker],
            "UF_CRM_TASK": [f"D_{effect.deal_id}"],
            "TASK_CONTROL": "N",
            "XML_ID": job.marker,
        }
        return Command("tasks.task.add", {"fields": fields})

    def _notify(self, job: Job, user: int, text: str) -> Command:
        # Through a webhook the portal takes a TAG only together with a CLIENT_ID.
        params = {"USER_ID": user, "MESSAGE": plain(text), "TAG": job.marker, "CLIENT_ID": ORIGINATOR}
        return Command(f"im.notify.{self._settings.notify}.add", params)


def outcome_of(job: Job, answer: Answer | Failure, was: str = "") -> Outcome:
    """How the job ended; `was` is the stage that a moved deal came from."""
    if not isinstance(answer, Answer):
        return softened(job, answer)
    result = as_map(answer.result)
    match job.effect:
        case CreateDeal():
            return _made(job, as_map(result.get("item")).get("id"))
        case CreateTask():
            return _made(job, as_map(result.get("task")).get("id"))
        case AddComment():
            return _made(job, answer.result)
        case MoveDeal(stage=stage):
            return _moved(as_map(result.get("item")).get("stageId"), stage, was)
        case SetFields() | UpdateContact():
            return Done() if result.get("item") else TryLater("the portal answered without the item")
        case _:
            return TryLater("the portal answered nothing") if answer.result is None else Done()


def softened(job: Job, failure: Failure) -> Outcome:
    """A failure as the outbox should take it: an unknown end does no harm where a repeat does none."""
    if isinstance(failure, OutcomeUnknown) and job.effect.repeat == Repeat.NATURAL:
        return TryLater(str(failure))
    if isinstance(failure, Refused) and failure.code == NOT_FOUND:
        gone = isinstance(job.effect, MoveDeal | SetFields | AddComment)
        return Refused(str(failure), "deal_gone" if gone else "refused")
    return failure


def _made(job: Job, number: object) -> Outcome:
    made = as_id(number)
    return Done(str(made)) if made else OutcomeUnknown(f"{job.marker}: the portal answered without an id")


def _moved(shown: object, stage: str, was: str) -> Outcome:
    if not shown:
        return TryLater("the portal answered without the deal")
    # A robot may have moved it on at once; but where nothing moved, the stage does not exist.
    if shown == was != stage:
        return Refused(f"the portal left the deal in {was} instead of moving it to {stage}")
    return Done()
