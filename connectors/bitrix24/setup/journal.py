"""What setup made on a portal, remembered before and after: to go on after a stop, and to take it back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from connectors.bitrix24.names.book import DEAL
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.setup.changes import Change, NewField, NewPipeline, NewStage
from connectors.bitrix24.setup.pipelines import Unfinished
from connectors.bitrix24.setup.telling import said, undo
from connectors.bitrix24.wire import as_id
from qc_engine.core.wording.texts import folded
from qc_engine.ports import Memory

NOTE = "setup"
FIELD, PIPELINE, STAGE = "field", "pipeline", "stage"


@dataclass(frozen=True)
class Made:
    """One thing that setup made, or began to make: then `finished` is False and `id` may be empty."""

    kind: str  # field, pipeline, stage, change
    key: str  # the same for every attempt
    what: str
    undo: str
    at: datetime
    id: str = ""  # the portal's number: of the field, the pipeline, the stage's row
    finished: bool = False


_ENTRIES = TypeAdapter(list[Made])


class Journal:
    """The list of what was made, in the connector's memory; each line is durable before the next call."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def entries(self) -> Sequence[Made]:
        """The oldest first."""
        text = self._memory.read(NOTE)
        return _ENTRIES.validate_json(text) if text else []

    def unfinished(self) -> Sequence[Unfinished]:
        """Pipelines that a stopped run left half made."""
        begun = [one for one in self.entries() if one.kind == PIPELINE and not one.finished]
        return [Unfinished(one.key.partition(":")[2], as_id(one.id)) for one in begun]

    def begin(self, change: Change, now: datetime) -> None:
        """Written before the portal is asked to make it."""
        kind, key = key_of(change)
        if not self.knows(change):
            self._write([*self.entries(), Made(kind, key, said(change), undo(change), now.astimezone(UTC))])

    def knows(self, change: Change) -> bool:
        """Begun or made by us."""
        return any(one.key == key_of(change)[1] for one in self.entries())

    def know(self, change: Change, number: str) -> None:
        """The portal's id of what was begun."""
        self._amend(change, lambda one: replace(one, undo=undo(change, number), id=number))

    def finish(self, change: Change) -> None:
        """It is as it should be; nothing happens when it was never begun by us."""
        self._amend(change, lambda one: replace(one, finished=True))

    def forget(self, change: Change) -> None:
        """It was certainly not made."""
        key = key_of(change)[1]
        self._write([one for one in self.entries() if one.key != key])

    def settle(self, directory: Directory) -> None:
        """What was begun, with the answer lost: there after all, or never made."""
        self._write([one for each in self.entries() if (one := _settled(each, directory))])

    def _amend(self, change: Change, amended: Callable[[Made], Made]) -> None:
        key = key_of(change)[1]
        self._write([amended(one) if one.key == key else one for one in self.entries()])

    def _write(self, entries: Sequence[Made]) -> None:
        if list(entries) != list(self.entries()):
            self._memory.write(NOTE, _ENTRIES.dump_json(list(entries)).decode())


def key_of(change: Change) -> tuple[str, str]:
    """(kind, key); two runs that make the same thing give the same key."""
    match change:
        case NewField(entity, code):
            return FIELD, f"{entity}:{code}"
        case NewPipeline(name):
            return PIPELINE, f"pipeline:{name}"
        case NewStage(pipeline=pipeline, name=name):
            return STAGE, f"{pipeline}:{name}"
        case _:
            return "change", f"{type(change).__name__}:{change.stage}:{change.name}"


def _settled(one: Made, directory: Directory) -> Made | None:
    """None when it is certainly not there. A pipeline stays as it is: `plan` finishes it."""
    first, _, second = one.key.partition(":")
    if one.finished or directory.unread:
        return one  # what was not read may be there
    if one.kind == FIELD:
        field = directory.field("deal_field" if first == str(DEAL) else "contact_field", second)
        return replace(one, finished=True) if field else None
    if one.kind == STAGE:
        names = {(str(stage.pipeline), folded(stage.name)) for stage in directory.stages}
        return replace(one, finished=True) if (first, folded(second)) in names else None
    if one.kind == PIPELINE:
        is_there = any(folded(each.name) == folded(second) for each in directory.pipelines)
        return one if is_there or one.id else None
    return None
