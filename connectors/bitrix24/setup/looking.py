"""What is on the portal at this moment: asked before something is made, and when an answer was lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.names.book import DEAL
from connectors.bitrix24.names.directory import Stage
from connectors.bitrix24.setup.changes import DropStage, NewField, NewStage, dictionary, methods_of
from connectors.bitrix24.wire import as_list, as_map, as_text
from qc_engine.core.wording.texts import folded


@dataclass(frozen=True)
class Row:
    """A row of the dictionary: its own number, and the stage that it is."""

    number: str
    stage: Stage


def _row(row: Mapping[str, object], pipeline: int) -> Row:
    code, semantics = as_text(row.get("STATUS_ID")), as_text(row.get("SEMANTICS"))
    stage = code if ":" in code or not pipeline else f"C{pipeline}:{code}"
    known = semantics if semantics in ("S", "F") else ""
    name, sort = as_text(row.get("NAME")), as_text(row.get("SORT"))
    return Row(
        as_text(row.get("ID")), Stage(stage, name, pipeline, known, int(sort) if sort.isdigit() else 0)
    )


class Looking:
    """Reads only. Numbers are the portal's, as text; empty for what is not there."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def field(self, new: NewField) -> str:
        params = {"filter": {"FIELD_NAME": new.code}}
        rows = as_list(self._client.read(f"{methods_of(new.entity)}.list", params).result)
        codes = {as_text(as_map(row).get("FIELD_NAME")): as_text(as_map(row).get("ID")) for row in rows}
        return codes.get(new.code, "")

    def pipeline(self, name: str) -> str:
        answer = self._client.read("crm.category.list", {"entityTypeId": DEAL})
        rows = [as_map(row) for row in as_list(as_map(answer.result).get("categories"))]
        return next(
            (as_text(row["id"]) for row in rows if folded(as_text(row.get("name"))) == folded(name)), ""
        )

    def stage(self, new: NewStage) -> str:
        rows = self.rows(new.pipeline)
        return next((one.number for one in rows if folded(one.stage.name) == folded(new.name)), "")

    def has_stage(self, change: DropStage) -> bool:
        return any(one.stage.id == change.stage for one in self.rows(change.pipeline))

    def has_deals(self, stage: str) -> bool:
        params = {"entityTypeId": DEAL, "filter": {"stageId": stage}, "select": ["id"], "start": -1}
        return bool(as_list(as_map(self._client.read("crm.item.list", params).result).get("items")))

    def rows(self, pipeline: int | None) -> Sequence[Row]:
        params = {"filter": {"ENTITY_ID": dictionary(pipeline)}, "order": {"SORT": "ASC"}}
        answer = self._client.read("crm.status.list", params)
        return [_row(as_map(row), pipeline or 0) for row in as_list(answer.result)]
