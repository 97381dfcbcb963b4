"""What a company is made of: people with their roles, departments, pipelines, own fields, lists."""

from dataclasses import dataclass, field
from typing import Any

SEMANTIC_WORDS = {None: "process", "S": "success", "F": "failure"}
PLAIN = [
    ("NEW", "Новая", "#39A8EF", None), ("PREPARATION", "Подготовка документов", "#2FC6F6", None),
    ("PREPAYMENT_INVOICE", "Cчет на предоплату", "#55D0E0", None),
    ("EXECUTING", "В работе", "#47E4C2", None), ("FINAL_INVOICE", "Финальный счет", "#FFA900", None),
    ("WON", "Сделка успешна", "#7BD500", "S"), ("LOSE", "Сделка провалена", "#FF5752", "F"),
    ("APOLOGY", "Анализ причины провала", "#FF5752", "F"),
]  # fmt: skip


@dataclass(slots=True)
class Branch:
    number: int
    name: str
    head: int
    manager: int


@dataclass(slots=True)
class Role:
    """What a person who is no administrator may do in the CRM."""

    reach: str = "staff"  # own, staff (a head sees those below), all
    closed: list[int] = field(default_factory=list)  # pipelines that this role cannot see
    add: bool = True
    change: bool = True
    move: bool = True
    delete: bool = True
    settings: bool = False  # may make fields, pipelines and stages


@dataclass(slots=True)
class Person:
    id: int
    name: str
    last_name: str
    position: str
    department: int
    active: bool = True
    admin: bool = False
    role: str = "employee"
    user_type: str = "employee"  # or extranet

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}"


@dataclass(slots=True)
class Department:
    id: int
    name: str
    parent: int | None
    head: int | None
    sort: int = 500


@dataclass(slots=True)
class Stage:
    id: str
    name: str
    color: str
    semantics: str | None  # None in work, S success, F failure
    pipeline: int
    sort: int
    number: int = 0
    required: list[str] = field(default_factory=list)  # fields that a deal needs to come here


@dataclass(slots=True)
class Pipeline:
    id: int
    name: str
    sort: int
    stages: list[Stage]
    origin_id: str = ""
    originator_id: str = ""


@dataclass(slots=True)
class UserField:
    id: int
    name: str
    kind: str
    label: str
    many: bool = False
    xml_id: str | None = None
    choices: list[dict[str, str]] = field(default_factory=list)
    mandatory: bool = False
    sort: int = 100
    settings: dict[str, Any] = field(default_factory=dict)
    show_filter: str = "E"


@dataclass(slots=True)
class Word:
    """One value of a dictionary of the CRM, like a source or a type of deal."""

    number: int
    dictionary: str
    id: str
    name: str
    sort: int


@dataclass(slots=True)
class ElementList:
    """A universal list: `elements` are names by id."""

    id: int
    code: str
    name: str
    elements: dict[int, str]


def pipeline_of(number: int, name: str, sort: int, rows: list[Any]) -> Pipeline:
    """`rows`: (code, name, colour, semantics) in their order."""
    stages = [
        Stage(code, label, color, semantics, number, 10 * place)
        for place, (code, label, color, semantics) in enumerate(rows, 1)
    ]
    return Pipeline(number, name, sort, stages)
