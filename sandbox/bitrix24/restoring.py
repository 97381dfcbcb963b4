"""A dumped company brought back, in place: others hold its tables of fields."""

from typing import Any

from sandbox.bitrix24.parts import (
    Branch,
    Department,
    ElementList,
    Person,
    Pipeline,
    Role,
    Stage,
    UserField,
    Word,
)
from sandbox.bitrix24.structure import Company

TABLES = ("deal_fields", "contact_fields", "company_fields", "task_fields")


def restore_company(company: Company, data: dict[str, Any]) -> None:
    """`data` is what Company.dump gave, also after a way through JSON."""
    company.branches = [Branch(**row) for row in data["branches"]]
    company.people = {int(number): Person(**row) for number, row in data["people"].items()}
    company.departments = [Department(**row) for row in data["departments"]]
    company.pipelines = [_pipeline(row) for row in data["pipelines"]]
    for name in TABLES:
        table: dict[str, UserField] = getattr(company, name)
        table.clear()
        table.update({code: UserField(**row) for code, row in data[name].items()})
    company.words = [Word(**row) for row in data["words"]]
    company.lists = [ElementList(**{**row, "elements": _numbered(row["elements"])}) for row in data["lists"]]
    company.clients = _numbered(data["clients"])
    company.roles = {name: Role(**row) for name, row in data["roles"].items()}
    company.branch_field, company.last_number = data["branch_field"], data["last_number"]
    company.note_stages()


def _pipeline(row: dict[str, Any]) -> Pipeline:
    return Pipeline(**{**row, "stages": [Stage(**stage) for stage in row["stages"]]})


def _numbered(table: dict[Any, str]) -> dict[int, str]:
    return {int(number): name for number, name in table.items()}
