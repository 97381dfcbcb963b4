"""What happens to deals: creation, moves with their history, deletion. Same rules for REST and for people."""

from datetime import timedelta
from typing import Any

from sandbox.bitrix24.errors import Say, bad_value
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.values import is_empty, to_day

CREATED, TO_WORK, TO_FINAL, TO_PIPELINE = 1, 2, 3, 5


def create(portal: Portal, wanted: Row, by: int) -> Row:
    """A new deal from read fields; missing ones get the vendor's defaults (crm.item.add page)."""
    now = portal.now()
    wanted = {"categoryId": 0, **_one_client(wanted)}
    if not wanted.get("stageId"):
        wanted["stageId"] = portal.company.first_stage(wanted["categoryId"])
    _check_stage(portal, wanted)
    row = portal.deals.new(
        {
            "assignedById": by,
            "begindate": to_day(now.date(), PORTAL_ZONE),
            "closedate": to_day(now.date() + timedelta(days=7), PORTAL_ZONE),
            **wanted,
            **_follow_stage(portal, wanted["stageId"]),
            **_stamps(now, by, created=True),
            "movedBy": by,
            "movedTime": now,
        }
    )
    row["title"] = row["title"] or f"Сделка #{row['id']}"
    _remember(portal, row, CREATED)
    portal.touch()
    portal.events.deal("ADD", row["id"])
    return row


def update(portal: Portal, row: Row, wanted: Row, by: int) -> bool:
    """False when nothing differs: then nothing is saved and no event is raised."""
    changes = changes_of(portal, row, wanted)
    if not changes:
        return False
    pipeline_changed = "categoryId" in changes
    if pipeline_changed and "stageId" not in wanted:
        changes["stageId"] = portal.company.first_stage(changes["categoryId"])
    if pipeline_changed or "stageId" in changes:
        _check_stage(portal, {**row, **changes})
        if not pipeline_changed:
            _check_required(portal, {**row, **changes})
        changes |= _move(portal, changes.get("stageId") or row["stageId"], by)
    portal.deals.change(row, changes | _stamps(portal.now(), by))
    if "movedTime" in changes:
        _remember(portal, row, _kind_of_move(row, pipeline_changed))
    portal.touch()
    _tell(portal, row, pipeline_changed)
    return True


def changes_of(portal: Portal, row: Row, wanted: Row) -> Row:
    """What of `wanted` differs from the deal."""
    wanted = _one_client(wanted)
    if portal.switches["automatic_closed"]:
        wanted.pop("closed", None)
    return {name: value for name, value in wanted.items() if row[name] != value}


def move(portal: Portal, row: Row, stage: str, by: int) -> bool:
    """A person drags the deal to a stage of any pipeline."""
    if stage not in portal.company.stages:
        raise bad_value("stageId")
    return update(portal, row, {"stageId": stage, "categoryId": portal.company.stages[stage].pipeline}, by)


def delete(portal: Portal, row: Row) -> None:
    portal.deals.remove(row["id"])
    for number in list(portal.history_of.of(row["id"])):
        portal.history.drop(number)
        portal.history_of.drop(row["id"], number)
    portal.touch()
    portal.events.deal("DELETE", row["id"])


def _one_client(wanted: Row) -> Row:
    """The main contact and the list of contacts always agree."""
    if "contactIds" in wanted:
        ids = list(dict.fromkeys(wanted["contactIds"]))
        return {**wanted, "contactIds": ids, "contactId": ids[0] if ids else 0}
    if "contactId" in wanted:
        return {**wanted, "contactIds": [wanted["contactId"]] if wanted["contactId"] else []}
    return dict(wanted)


def _check_stage(portal: Portal, values: Row) -> None:
    if portal.company.first_stage(values["categoryId"]) is None:
        raise bad_value("categoryId")
    stage = portal.company.stages.get(values["stageId"] or "")
    if stage is None or stage.pipeline != values["categoryId"]:
        raise bad_value("stageId")


def _check_required(portal: Portal, values: Row) -> None:
    """What must be filled everywhere, and what this stage asks for (crm.item.update page)."""
    own = portal.company.deal_fields
    everywhere = [field.name for field in own.values() if field.mandatory]
    for name in (*everywhere, *portal.company.stages[values["stageId"]].required):
        if is_empty(values.get(name)):
            label = own[name].label if name in own else name
            raise Say(400, portal.switches["required_code"], f'Не заполнено обязательное поле "{label}"')


def _move(portal: Portal, stage: str, by: int) -> Row:
    return {**_follow_stage(portal, stage), "movedBy": by, "movedTime": portal.now()}


def _follow_stage(portal: Portal, stage: str) -> Row:
    known = portal.company.stages[stage]
    derived: dict[str, Any] = {
        "stageSemanticId": known.semantics or "P",
        "isNew": "Y" if portal.company.first_stage(known.pipeline) == stage else "N",
    }
    if portal.switches["automatic_closed"]:
        derived["closed"] = "Y" if known.semantics else "N"
    return derived


def _stamps(now: Any, by: int, created: bool = False) -> Row:
    stamps = {"updatedTime": now, "updatedBy": by}
    if created:
        stamps |= {"createdTime": now, "createdBy": by, "lastActivityTime": now, "lastActivityBy": by}
    return stamps


def _kind_of_move(row: Row, pipeline_changed: bool) -> int:
    if pipeline_changed:
        return TO_PIPELINE
    return TO_WORK if row["stageSemanticId"] == "P" else TO_FINAL


def _tell(portal: Portal, row: Row, pipeline_changed: bool) -> None:
    if not pipeline_changed or portal.switches["move_raises_update"]:
        portal.events.deal("UPDATE", row["id"])


def _remember(portal: Portal, row: Row, kind: int) -> None:
    number = portal.history.new_id()
    portal.history.put(
        number,
        {
            "ID": number,
            "TYPE_ID": kind,
            "OWNER_ID": row["id"],
            "CREATED_TIME": row["movedTime"],
            "CATEGORY_ID": row["categoryId"],
            "STAGE_SEMANTIC_ID": row["stageSemanticId"],
            "STAGE_ID": row["stageId"],
        },
    )
    portal.history_of.add(row["id"], number)
