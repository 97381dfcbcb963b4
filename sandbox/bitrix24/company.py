"""The company that lives in the portal: branches, people, pipelines and its own fields."""

from dataclasses import dataclass, field
from typing import Any

ADMIN = 1
FIRST_HEAD, FIRST_MANAGER, FIRST_DEPARTMENT = 100, 200, 10
SEMANTIC_WORDS = {None: "process", "S": "success", "F": "failure"}

BRANCH_NAMES = [
    "на Абая", "на Сатпаева", "на Райымбека", "на Толе би", "на Аль-Фараби", "на Саина",
    "на Рыскулова", "на Момышулы", "на Жандосова", "на Суюнбая", "на Навои", "на Достыка",
]  # fmt: skip
HEADS = [
    ("Ерлан", "Сейткали"), ("Ольга", "Кравцова"), ("Тимур", "Ахметов"), ("Сергей", "Лебедев"),
    ("Айгерим", "Нурланова"), ("Дмитрий", "Ким"), ("Бауыржан", "Оспанов"), ("Наталья", "Фролова"),
    ("Руслан", "Исаев"), ("Марат", "Жумабеков"), ("Виктор", "Соколов"), ("Гульнара", "Садыкова"),
]  # fmt: skip
MANAGERS = [
    ("Анна", "Белова"), ("Данияр", "Каримов"), ("Мария", "Пак"), ("Алексей", "Громов"),
    ("Жанна", "Тулегенова"), ("Игорь", "Панин"), ("Асель", "Бекова"), ("Павел", "Чернов"),
    ("Светлана", "Ли"), ("Арман", "Досов"), ("Елена", "Попова"), ("Нурлан", "Абдиев"),
]  # fmt: skip
ORDERS = [
    ("NEW", "Новый заказ", "#39A8EF", None), ("EXECUTING", "В работе", "#47E4C2", None),
    ("FINAL_INVOICE", "Закрыть заказ/наряд", "#FFA900", None),
    ("UC_QUALITY", "Оценка качества", "#55D0E0", None),
    ("UC_REVIEW", "Подтверждение наличия отзыва", "#A861AB", None),
    ("WON", "Сделка успешна", "#7BD500", "S"), ("LOSE", "Заказ отменён", "#FF5752", "F"),
]  # fmt: skip
COMPLAINTS = [
    ("C7:NEW", "Новая жалоба", "#FF5752", None), ("C7:PREPARATION", "Разбираемся", "#FFA900", None),
    ("C7:WON", "Урегулировано", "#7BD500", "S"), ("C7:LOSE", "Не удалось", "#A8ADB4", "F"),
]  # fmt: skip
PLAIN = [
    ("NEW", "Новая", "#39A8EF", None), ("PREPARATION", "Подготовка документов", "#2FC6F6", None),
    ("PREPAYMENT_INVOICE", "Cчет на предоплату", "#55D0E0", None),
    ("EXECUTING", "В работе", "#47E4C2", None), ("FINAL_INVOICE", "Финальный счет", "#FFA900", None),
    ("WON", "Сделка успешна", "#7BD500", "S"), ("LOSE", "Сделка провалена", "#FF5752", "F"),
    ("APOLOGY", "Анализ причины провала", "#FF5752", "F"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    number: int
    name: str
    head: int
    manager: int


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    last_name: str
    position: str
    department: int
    active: bool = True

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Department:
    id: int
    name: str
    parent: int | None
    head: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    id: str
    name: str
    color: str
    semantics: str | None  # None in work, S success, F failure
    pipeline: int
    sort: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    id: int
    name: str
    sort: int
    stages: tuple[Stage, ...]


@dataclass(slots=True)
class UserField:
    id: int
    name: str
    kind: str
    label: str
    many: bool = False
    xml_id: str | None = None
    choices: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Company:
    branches: list[Branch]
    people: dict[int, Person]
    departments: list[Department]
    pipelines: list[Pipeline]
    deal_fields: dict[str, UserField]
    contact_fields: dict[str, UserField]
    stages: dict[str, Stage] = field(init=False)

    def __post_init__(self) -> None:
        self.stages = {stage.id: stage for pipeline in self.pipelines for stage in pipeline.stages}

    def first_stage(self, pipeline: int) -> str | None:
        return next((one.stages[0].id for one in self.pipelines if one.id == pipeline), None)

    def branch(self, name: str) -> Branch | None:
        return next((branch for branch in self.branches if branch.name == name), None)

    def summary(self) -> dict[str, Any]:
        """The branches with their people, as JSON."""
        return {
            "branch_field": "UF_CRM_BRANCH",
            "branches": [
                {
                    "number": branch.number,
                    "name": branch.name,
                    "head": _brief(self.people[branch.head]),
                    "manager": _brief(self.people[branch.manager]),
                }
                for branch in self.branches
            ],
        }


def tyre_chain(branches: int = 3, names: list[str] | None = None) -> Company:
    """A chain of tyre centres: 1 to 12 branches, each with its head (100+i) and manager (200+i)."""
    names = names or [f"Шинный центр {place}" for place in BRANCH_NAMES[:branches]]
    if not 1 <= len(names) <= len(HEADS):
        raise ValueError(f"a chain has 1 to {len(HEADS)} branches")
    people = {ADMIN: Person(ADMIN, "Администратор", "Портала", "Администратор", 1)}
    departments = [Department(1, "Шинные центры", None, ADMIN)]
    chain = []
    for number, name in enumerate(names, 1):
        head, manager = FIRST_HEAD + number, FIRST_MANAGER + number
        department = FIRST_DEPARTMENT + number
        people[head] = Person(head, *HEADS[number - 1], "Руководитель филиала", department)
        people[manager] = Person(manager, *MANAGERS[number - 1], "Менеджер", department)
        departments.append(Department(department, name, 1, head))
        chain.append(Branch(number, name, head, manager))
    pipelines = [_pipeline(0, "Заказы", 100, ORDERS), _pipeline(7, "Недовольные клиенты", 200, COMPLAINTS)]
    return Company(chain, people, departments, pipelines, _deal_fields(), _contact_fields())


def bare_portal() -> Company:
    """A new portal: one administrator, one pipeline, no fields of its own."""
    people = {ADMIN: Person(ADMIN, "Администратор", "Портала", "Администратор", 1)}
    pipelines = [_pipeline(0, "Общая", 300, PLAIN)]
    return Company([], people, [Department(1, "Компания", None, None)], pipelines, {}, {})


def _pipeline(number: int, name: str, sort: int, rows: list[tuple[str, str, str, str | None]]) -> Pipeline:
    stages = (Stage(*row, pipeline=number, sort=10 * place) for place, row in enumerate(rows, 1))
    return Pipeline(number, name, sort, tuple(stages))


def _deal_fields() -> dict[str, UserField]:
    rows = [
        UserField(5001, "UF_CRM_BRANCH", "string", "Филиал"),
        UserField(5002, "UF_CRM_QC_SCORE_1", "double", "Оценка 1"),
        UserField(5003, "UF_CRM_QC_SCORE_2", "double", "Оценка 2"),
        UserField(5004, "UF_CRM_QC_AVERAGE", "double", "Средняя оценка"),
        UserField(5005, "UF_CRM_QC_COMMENT", "string", "Слова клиента"),
    ]
    return {row.name: row for row in rows}


def _contact_fields() -> dict[str, UserField]:
    rows = [
        UserField(5101, "UF_CRM_QC_BONUS", "string", "Бонус за отзыв"),
        UserField(5102, "UF_CRM_QC_OPT_OUT", "boolean", "Не писать клиенту"),
    ]
    return {row.name: row for row in rows}


def _brief(person: Person) -> dict[str, Any]:
    return {"id": person.id, "name": person.full_name}
