"""crm.status.*: the stages of pipelines and the other dictionaries of the CRM."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed
from sandbox.bitrix24.errors import Say, legacy
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.methods.status_shape import STAGES, is_system, stage_dictionary, stage_row, word_row
from sandbox.bitrix24.parts import Pipeline, Stage, Word
from sandbox.bitrix24.rights import check_settings
from sandbox.bitrix24.structure import Company

LETTERS = {"S": "S", "F": "F", "success": "S", "failure": "F", "apology": "F"}
NAMES = {
    "SOURCE": "Источники", "DEAL_TYPE": "Тип сделки", "CONTACT_TYPE": "Тип контакта",
    "COMPANY_TYPE": "Тип компании", "HONORIFIC": "Обращения", "INDUSTRY": "Сфера деятельности",
}  # fmt: skip
DEFAULT_SORT = 10
COLORS = {None: "#39A8EF", "S": "#7BD500", "F": "#FF5752"}


def list_(call: Call) -> Answer:
    wanted = call.table("filter")
    rows = [row for row in _rows(call) if all(_fits(row.get(name), value) for name, value in wanted.items())]
    for name, way in reversed(call.table("order").items()):
        rows.sort(key=lambda row: _sortable(row.get(name)), reverse=str(way).upper() == "DESC")
    return Answer(rows, total=len(rows))


def get(call: Call) -> Answer:
    row = next((row for row in _rows(call) if row["ID"] == str(call.get("id"))), None)
    if row is None:
        raise _no("Status is not found.")
    return Answer({name: value for name, value in row.items() if name != "EXTRA"})


def entity_types(call: Call) -> Answer:
    stages = [stage_dictionary(pipeline) for pipeline in call.portal.company.pipelines]
    return Answer([*({"ID": code, "NAME": name} for code, name in NAMES.items()), *stages])


def entity_items(call: Call) -> Answer:
    entity = str(call.get("entityId") or "")
    rows = [row for row in _rows(call) if row["ENTITY_ID"] == entity]
    if not entity or not rows:
        raise _no("The parameter entityId is not defined or invalid.")
    return Answer(
        [{"NAME": row["NAME"], "SORT": int(row["SORT"]), "STATUS_ID": row["STATUS_ID"]} for row in rows]
    )


def add(call: Call) -> Answer:
    wanted = call.get("fields")
    if not isinstance(wanted, dict):
        raise legacy("Parameter 'fields' must be array.")
    check_settings(call.portal, call.by)
    missing = [name for name in ("ENTITY_ID", "STATUS_ID") if not wanted.get(name)]
    if missing:
        raise legacy(" ".join(f"The field {name} is required." for name in missing))
    if not str(wanted.get("NAME") or "").strip():
        raise legacy('Не заполнено обязательное поле "Заголовок"')
    entity, company = str(wanted["ENTITY_ID"]), call.portal.company
    pipeline = pipeline_of(company, entity)
    number = _add_word(company, wanted) if pipeline is None else _add_stage(company, pipeline, wanted)
    call.portal.touch()
    return Answer(number)


def update(call: Call) -> Answer:
    check_settings(call.portal, call.by)
    one, wanted = _one(call), call.table("fields")
    one.name = str(wanted.get("NAME") or one.name)
    one.sort = int(wanted.get("SORT") or one.sort)
    if isinstance(one, Stage):
        one.color = str(wanted.get("COLOR") or one.color)
    call.portal.company.note_stages()
    call.portal.touch()
    return Answer(True)


def delete(call: Call) -> Answer:
    check_settings(call.portal, call.by)
    one, company = _one(call), call.portal.company
    if isinstance(one, Word):
        company.words.remove(one)
    else:
        _check_removable(call, one)
        company.drop_stage(one.id)
    call.portal.touch()
    return Answer(True)


def pipeline_of(company: Company, entity: str) -> Pipeline | None:
    """DEAL_STAGE is pipeline 0, DEAL_STAGE_7 is pipeline 7; None for another dictionary."""
    if entity == STAGES:
        return company.pipeline(0)
    number = entity.removeprefix(f"{STAGES}_")
    return company.pipeline(int(number)) if entity.startswith(f"{STAGES}_") and number.isdigit() else None


def _add_stage(company: Company, pipeline: Pipeline, wanted: Row) -> int:
    code = str(wanted["STATUS_ID"])
    prefix = f"C{pipeline.id}:" if pipeline.id else ""
    code = code if code.startswith(prefix) else prefix + code
    if code in company.stages:
        raise Say(400, "ERROR_CORE", "Указанный идентификатор статуса, уже существует.<br>")
    semantics = _semantics(wanted)
    sort = int(wanted.get("SORT") or DEFAULT_SORT)
    _check_place(pipeline, sort, semantics)
    color = str(wanted.get("COLOR") or COLORS[semantics])
    return company.add_stage(pipeline, code, str(wanted["NAME"]), sort, color, semantics).number


def _semantics(wanted: Row) -> str | None:
    extra = wanted.get("EXTRA")
    said = wanted.get("SEMANTICS") or (extra.get("SEMANTICS") if isinstance(extra, dict) else "") or ""
    return LETTERS.get(str(said))


def _check_place(pipeline: Pipeline, sort: int, semantics: str | None) -> None:
    """Work comes before success, success before failure (crm.status.add page)."""
    won = next((stage.sort for stage in pipeline.stages if stage.semantics == "S"), None)
    if won is not None and semantics is None and sort >= won:
        raise legacy("Нельзя создать промежуточную стадию после успешной")
    if won is not None and semantics == "F" and sort <= won:
        raise legacy("Нельзя создать провальную стадию перед успешной")


def _add_word(company: Company, wanted: Row) -> int:
    entity, code = str(wanted["ENTITY_ID"]), str(wanted["STATUS_ID"])
    if entity not in NAMES:
        raise legacy("Specified entity type is not supported.")
    if any((word.dictionary, word.id) == (entity, code) for word in company.words):
        raise Say(400, "ERROR_CORE", "Указанный идентификатор статуса, уже существует.<br>")
    sort = int(wanted.get("SORT") or DEFAULT_SORT)
    company.words.append(Word(company.new_number(), entity, code, str(wanted["NAME"]), sort))
    return company.last_number


def _one(call: Call) -> Stage | Word:
    number, company = call.number("id"), call.portal.company
    if number is None or number <= 0:
        raise _no("Invalid identifier.")
    everything: list[Stage | Word] = [*company.stages.values(), *company.words]
    found = next((one for one in everything if one.number == number), None)
    if found is None:
        raise _no("Status is not found.")
    return found


def _check_removable(call: Call, stage: Stage) -> None:
    forced = str(call.table("params").get("FORCED", "")) == "Y"
    if is_system(stage) and not forced:
        raise _no('CRM System Status can be deleted only if parameter FORCED is specified and equal to "Y".')
    if any(row["stageId"] == stage.id for row in call.portal.deals.shelf):
        raise _no("There are active items in this status.")


def _no(text: str) -> Say:
    # The pages of this family show a sentence where other methods have a code.
    return Say(400, text, text)


def _rows(call: Call) -> list[Row]:
    company = call.portal.company
    stages = [stage_row(stage) for stage in company.stages.values()]
    return stages + [word_row(word) for word in company.words]


def _fits(value: Any, wanted: Any) -> bool:
    return str(value) in [str(one) for one in listed(wanted)]


def _sortable(value: Any) -> tuple[int, str]:
    text = "" if value is None else str(value)
    return (int(text), "") if text.isdigit() else (0, text)


METHODS: dict[str, Method] = {
    "crm.status.list": list_,
    "crm.status.get": get,
    "crm.status.add": add,
    "crm.status.update": update,
    "crm.status.delete": delete,
    "crm.status.entity.types": entity_types,
    "crm.status.entity.items": entity_items,
}
