"""Pipelines of deals: crm.category.*, and crm.dealcategory.* that came before it."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed, sliced
from sandbox.bitrix24.errors import Say, legacy, not_found
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.parts import Pipeline
from sandbox.bitrix24.rights import check_settings, denied, role_of

DEAL, CONTACT, COMPANY = 2, 3, 4
LONGEST_NAME = 255


def list_(call: Call) -> Answer:
    _check_type(call)
    rows = [_category(pipeline) for pipeline in _readable(call)]
    return Answer({"categories": rows}, total=len(rows))


def get(call: Call) -> Answer:
    return Answer({"category": _category(_pipeline(call))})


def add(call: Call) -> Answer:
    _check_type(call)
    check_settings(call.portal, call.by, denied(call.portal))
    wanted = call.table("fields")
    name = _name(wanted)
    made = call.portal.company.add_pipeline(name, _sort(wanted, 500))
    _outer_ids(made, wanted)
    call.portal.touch()
    return Answer({"category": _category(made)})


def update(call: Call) -> Answer:
    pipeline, wanted = _pipeline(call), call.table("fields")
    check_settings(call.portal, call.by, denied(call.portal))
    if "name" in wanted:
        pipeline.name = _name(wanted)
    pipeline.sort = _sort(wanted, pipeline.sort)
    _outer_ids(pipeline, wanted)
    call.portal.touch()
    return Answer({"category": _category(pipeline)})


def delete(call: Call) -> Answer:
    pipeline = _pipeline(call)
    check_settings(call.portal, call.by, denied(call.portal))
    if pipeline.id == 0:
        raise Say(400, "REMOVING_DISABLED", "Удаление системной категории запрещено")
    if any(row["categoryId"] == pipeline.id for row in call.portal.deals.shelf):
        raise Say(400, "0", f"Найдены сделки, относящиеся к воронке {pipeline.name}")
    call.portal.company.drop_pipeline(pipeline.id)
    call.portal.touch()
    return Answer(None)


def old_list(call: Call) -> Answer:
    """crm.dealcategory.list: without the default pipeline."""
    rows = [_old(one) for one in _readable(call) if one.id]
    wanted = call.table("filter")
    rows = [row for row in rows if all(_fits(row.get(str(name)), value) for name, value in wanted.items())]
    names = [str(name) for name in listed(call.get("select"))]
    shown = [{name: row[name] for name in row if not names or name in names or "*" in names} for row in rows]
    return sliced(shown, call)


def old_default(call: Call) -> Answer:
    """crm.dealcategory.default.get."""
    pipeline = call.portal.company.pipeline(0)
    return Answer({"ID": 0, "NAME": pipeline.name if pipeline else ""})


def old_stages(call: Call) -> Answer:
    """crm.dealcategory.stage.list."""
    pipeline = call.portal.company.pipeline(call.number("id") or 0)
    if pipeline is None:
        raise legacy("Not found")
    rows = [{"NAME": one.name, "SORT": one.sort, "STATUS_ID": one.id} for one in pipeline.stages]
    return sliced(rows, call)


def old_status(call: Call) -> Answer:
    """crm.dealcategory.status: which dictionary holds the stages."""
    pipeline = call.portal.company.pipeline(call.number("id") or 0)
    if pipeline is None:
        raise legacy("Not found")
    return Answer(f"DEAL_STAGE_{pipeline.id}" if pipeline.id else "DEAL_STAGE")


def _readable(call: Call) -> list[Pipeline]:
    role = role_of(call.portal, call.by)
    pipelines = sorted(call.portal.company.pipelines, key=lambda one: one.sort)
    return [one for one in pipelines if role is None or one.id not in role.closed]


def _check_type(call: Call) -> None:
    type_id = call.number("entityTypeId")
    if type_id in (CONTACT, COMPANY):
        name = {CONTACT: "CONTACT", COMPANY: "COMPANY"}[type_id]
        raise Say(400, "ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {name} is not supported")
    if type_id != DEAL:
        raise not_found()


def _pipeline(call: Call) -> Pipeline:
    _check_type(call)
    found = call.portal.company.pipeline(call.number("id"))
    if found is None:
        raise not_found()
    if found not in _readable(call):
        raise denied(call.portal)
    return found


def _name(wanted: Row) -> str:
    name = str(wanted.get("name") or "")
    if not name.strip():
        raise Say(400, "0", "Field 'NAME' is required")
    return name[:LONGEST_NAME]


def _sort(wanted: Row, otherwise: int) -> int:
    try:
        sort = int(wanted.get("sort", otherwise))
    except (TypeError, ValueError):
        return otherwise
    return sort if sort >= 0 else otherwise


def _outer_ids(pipeline: Pipeline, wanted: Row) -> None:
    pipeline.origin_id = str(wanted.get("originId", pipeline.origin_id))
    pipeline.originator_id = str(wanted.get("originatorId", pipeline.originator_id))


def _category(pipeline: Pipeline) -> Row:
    row = {"id": pipeline.id, "name": pipeline.name, "sort": pipeline.sort, "entityTypeId": DEAL}
    if pipeline.id == 0:
        return {**row, "isDefault": "Y"}
    return {
        **row,
        "isDefault": "N",
        "originId": pipeline.origin_id,
        "originatorId": pipeline.originator_id,
    }


def _old(pipeline: Pipeline) -> Row:
    return {
        "ID": str(pipeline.id),
        "CREATED_DATE": "2024-01-15T00:00:00+03:00",
        "NAME": pipeline.name,
        "IS_LOCKED": "N",
        "SORT": str(pipeline.sort),
    }


def _fits(value: Any, wanted: Any) -> bool:
    return value is None or str(value) in [str(one) for one in listed(wanted)]


METHODS: dict[str, Method] = {
    "crm.category.list": list_,
    "crm.category.get": get,
    "crm.category.add": add,
    "crm.category.update": update,
    "crm.category.delete": delete,
    "crm.dealcategory.list": old_list,
    "crm.dealcategory.default.get": old_default,
    "crm.dealcategory.stage.list": old_stages,
    "crm.dealcategory.status": old_status,
}
