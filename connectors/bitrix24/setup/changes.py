"""What setup can change on a portal, and which REST commands do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from connectors.bitrix24.calls.client import Command
from connectors.bitrix24.names.book import DEAL
from connectors.bitrix24.setup.wishes import WantedStage

FIELD_METHODS = {DEAL: "crm.deal.userfield"}
PREFIX = "UF_CRM_"


@dataclass(frozen=True)
class NewField:
    """A user field; `code` with its prefix UF_CRM_."""

    entity: int
    code: str
    title: str
    kind: str


@dataclass(frozen=True)
class NewStage:
    """A stage between two others; `pipeline` None while that one has no id yet."""

    pipeline: int | None
    code: str  # STATUS_ID without the pipeline's prefix, which the portal adds
    name: str
    sort: int
    color: str
    semantics: str = ""
    after: str = ""  # the name of the stage before it


@dataclass(frozen=True)
class RenameStage:
    """A stage that the portal made by itself gets the name that we need."""

    pipeline: int | None
    stage: str
    old: str
    name: str
    color: str = ""  # "": stays as it is


@dataclass(frozen=True)
class ShiftStage:
    """A stage makes room: the order stays, the number grows."""

    pipeline: int | None
    stage: str
    name: str
    old: int
    sort: int


@dataclass(frozen=True)
class DropStage:
    """A stage that the portal made by itself, and that nobody has used."""

    pipeline: int | None
    stage: str
    name: str
    sort: int


StageChange = NewStage | RenameStage | ShiftStage | DropStage


@dataclass(frozen=True)
class NewPipeline:
    """A pipeline with its stages; `id` when a run that was stopped has made it already.

    `expected`: what is to be done with the stages that the portal makes by itself, as far as one can know.
    `taken`: folded names of stages elsewhere; a second one of that name would make the word ambiguous.
    """

    name: str
    sort: int
    stages: tuple[WantedStage, ...]
    expected: tuple[StageChange, ...]
    taken: frozenset[str] = frozenset()
    id: int | None = None


Change = NewField | NewPipeline | StageChange


def methods_of(entity: int) -> str:
    """The family of methods that speaks of this entity's user fields."""
    return FIELD_METHODS.get(entity, "crm.contact.userfield")


def dictionary(pipeline: int | None) -> str:
    """ENTITY_ID of a pipeline's stages (vendor's page `api-reference/crm/status`)."""
    if pipeline is None:
        return "DEAL_STAGE_<номер воронки>"
    return f"DEAL_STAGE_{pipeline}" if pipeline else "DEAL_STAGE"


# --- to the portal -----------------------------------------------------------------------------------


def commands(change: Change) -> Sequence[Command]:
    """What will be sent, with words in place of ids that nobody knows yet."""
    match change:
        case NewPipeline(id=None):
            return [add_pipeline(change), *(command(one) for one in change.expected)]
        case NewPipeline():
            return [command(one) for one in change.expected]
        case NewField():
            return [add_field(change)]
        case _:
            return [command(change)]


def command(change: StageChange, row: str = "") -> Command:
    """`row` is the ID of the stage's row in the dictionary, which is not its STATUS_ID."""
    match change:
        case NewStage():
            return Command("crm.status.add", {"fields": _stage(change)})
        case RenameStage(stage=stage, name=name, color=color):
            fields = {"NAME": name} | ({"COLOR": color} if color else {})
            return Command("crm.status.update", {"id": row or f"<{stage}>", "fields": fields})
        case ShiftStage(stage=stage, sort=sort):
            return Command("crm.status.update", {"id": row or f"<{stage}>", "fields": {"SORT": sort}})
        case DropStage(stage=stage):
            return Command("crm.status.delete", {"id": row or f"<{stage}>"})
        case _:
            assert_never(change)


def add_pipeline(new: NewPipeline) -> Command:
    return Command("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": new.name, "sort": new.sort}})


def add_field(new: NewField) -> Command:
    """Every label there is, so that the field is readable in the card, in the list and in the filter."""
    fields: dict[str, object] = {
        "FIELD_NAME": new.code.removeprefix(PREFIX),
        "USER_TYPE_ID": new.kind,
        "XML_ID": new.code.removeprefix(PREFIX),
        **dict.fromkeys(("LABEL", "EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"), new.title),
        **{"MULTIPLE": "N", "MANDATORY": "N", "SHOW_FILTER": "Y", "SHOW_IN_LIST": "Y", "EDIT_IN_LIST": "Y"},
    }
    if new.kind == "double":
        fields["SETTINGS"] = {"PRECISION": 2}
    return Command(f"{methods_of(new.entity)}.add", {"fields": fields})


def _stage(new: NewStage) -> dict[str, object]:
    return {
        "ENTITY_ID": dictionary(new.pipeline),
        "STATUS_ID": new.code,
        "NAME": new.name,
        "SORT": new.sort,
        "COLOR": new.color,
        "SEMANTICS": new.semantics,
    }
