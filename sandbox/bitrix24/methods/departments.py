"""department.*: the tree of the company and who leads each part of it."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed, sliced
from sandbox.bitrix24.company import Department
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.rights import is_admin

TITLES = {
    "ID": "ID",
    "NAME": "Название подразделения",
    "SORT": "Порядок сортировки",
    "PARENT": "Вышестоящее подразделение",
    "UF_HEAD": "Руководитель",
}


def get(call: Call) -> Answer:
    """Filters stand at the top level."""
    departments = call.portal.company.departments
    asked = {name: listed(call.get(name)) for name in TITLES if call.get(name) is not None}
    found = [one for one in departments if _fits(_whole(one), asked)]
    found.sort(key=lambda one: _sort_key(one, str(call.get("sort_by", call.get("sort", "")))))
    return sliced([_shown(call.portal, one) for one in found], call)


def fields(_: Call) -> Answer:
    return Answer(TITLES)


def add(call: Call) -> Answer:
    _check_admin(call)
    name, parent = str(call.get("NAME") or "").strip(), call.number("PARENT")
    if not name:
        raise _no("Не введено название раздела.<br>")
    if parent is None or not _department(call.portal, parent):
        raise _no("В структуре компании должен быть только один раздел верхнего уровня")
    departments = call.portal.company.departments
    number = max(one.id for one in departments) + 1
    departments.append(Department(number, name, parent, call.number("UF_HEAD"), call.number("SORT") or 500))
    call.portal.touch()
    return Answer(number)


def update(call: Call) -> Answer:
    _check_admin(call)
    one = _existing(call)
    one.name = str(call.get("NAME") or one.name)
    one.sort = call.number("SORT") or one.sort
    one.parent = call.number("PARENT") or one.parent
    if "uf_head" in call.params:
        one.head = call.number("UF_HEAD") or None
    call.portal.touch()
    return Answer(True)


def delete(call: Call) -> Answer:
    _check_admin(call)
    call.portal.company.departments.remove(_existing(call))
    call.portal.touch()
    return Answer(True)


def _existing(call: Call) -> Department:
    found = _department(call.portal, call.number("ID"))
    if found is None:
        raise _no("Department not found")
    return found


def _department(portal: Portal, number: int | None) -> Department | None:
    return next((one for one in portal.company.departments if one.id == number), None)


def _check_admin(call: Call) -> None:
    if not is_admin(call.portal, call.by):
        raise _no("Access denied")


def _no(text: str) -> Say:
    return Say(400, "ERROR_CORE", text)


def _fits(row: Row, asked: dict[str, list[Any]]) -> bool:
    return all(str(row[name]) in map(str, values) for name, values in asked.items() if name != "SORT")


def _whole(one: Department) -> Row:
    return {"ID": one.id, "NAME": one.name, "SORT": one.sort, "PARENT": one.parent, "UF_HEAD": one.head}


def _shown(portal: Portal, one: Department) -> Row:
    row: Row = {"ID": str(one.id), "NAME": one.name, "SORT": one.sort}
    if one.parent:
        row["PARENT"] = str(one.parent)
    if one.head and portal.switches["department_head_present"]:
        row["UF_HEAD"] = str(one.head)
    return row


def _sort_key(one: Department, by: str) -> tuple[Any, int]:
    return (one.name if by.upper() == "NAME" else 0, one.id)


METHODS: dict[str, Method] = {
    "department.get": get,
    "department.fields": fields,
    "department.add": add,
    "department.update": update,
    "department.delete": delete,
}
