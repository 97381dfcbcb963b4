"""The company that lives in the portal: branches, people, pipelines and its own fields."""

from sandbox.bitrix24.branching import add_branch_field
from sandbox.bitrix24.parts import (
    PLAIN,
    SEMANTIC_WORDS,
    Branch,
    Department,
    ElementList,
    Person,
    Pipeline,
    Role,
    Stage,
    UserField,
    Word,
    pipeline_of,
)
from sandbox.bitrix24.structure import Company

__all__ = [
    "ADMIN",
    "SEMANTIC_WORDS",
    "Branch",
    "Company",
    "Department",
    "ElementList",
    "Person",
    "Pipeline",
    "Role",
    "Stage",
    "UserField",
    "Word",
    "bare_portal",
    "tyre_chain",
]

ADMIN = 1
FIRST_HEAD, FIRST_MANAGER, FIRST_DEPARTMENT = 100, 200, 10

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
DICTIONARIES = {
    "SOURCE": [("CALL", "Звонок"), ("EMAIL", "Электронная почта"), ("WEB", "Веб-сайт"), ("OTHER", "Другое")],
    "DEAL_TYPE": [("SALE", "Продажа"), ("COMPLEX", "Комплексная продажа"), ("SERVICE", "Сервис")],
    "CONTACT_TYPE": [("CLIENT", "Клиенты"), ("SUPPLIER", "Поставщики"), ("PARTNER", "Партнёры")],
    "COMPANY_TYPE": [("CUSTOMER", "Клиент"), ("PARTNER", "Партнёр"), ("OTHER", "Другое")],
    "HONORIFIC": [("HNR_RU_1", "г-н"), ("HNR_RU_2", "г-жа")],
    "INDUSTRY": [("IT", "Информационные технологии"), ("SERVICES", "Услуги")],
}
DEAL_FIELDS = [
    (5002, "UF_CRM_QC_SCORE_1", "double", "Оценка работы"),
    (5003, "UF_CRM_QC_SCORE_2", "double", "Оценка обслуживания"),
    (5004, "UF_CRM_QC_AVERAGE", "double", "Средняя оценка"),
    (5005, "UF_CRM_QC_COMMENT", "string", "Слова клиента"),
]
CONTACT_FIELDS = [
    (5101, "UF_CRM_QC_BONUS", "string", "Бонус за отзыв"),
    (5102, "UF_CRM_QC_OPT_OUT", "boolean", "Не писать"),
]


def tyre_chain(branches: int = 3, names: list[str] | None = None, branch_kind: str = "string") -> Company:
    """A chain of tyre centres: 1 to 12 branches, each with its head (100+i) and manager (200+i).

    `branch_kind` is the kind of the deals' branch field: string, enumeration, iblock_element or crm.
    """
    names = names or [f"Шинный центр {place}" for place in BRANCH_NAMES[:branches]]
    if not 1 <= len(names) <= len(HEADS):
        raise ValueError(f"a chain has 1 to {len(HEADS)} branches")
    people = {ADMIN: _administrator()}
    departments = [Department(1, "Шинные центры", None, ADMIN)]
    chain = []
    for number, name in enumerate(names, 1):
        head, manager = FIRST_HEAD + number, FIRST_MANAGER + number
        department = FIRST_DEPARTMENT + number
        people[head] = Person(head, *HEADS[number - 1], "Руководитель филиала", department)
        people[manager] = Person(manager, *MANAGERS[number - 1], "Менеджер", department)
        departments.append(Department(department, name, 1, head))
        chain.append(Branch(number, name, head, manager))
    pipelines = [
        pipeline_of(0, "Заказы", 100, ORDERS),
        pipeline_of(7, "Недовольные клиенты", 200, COMPLAINTS),
    ]
    company = Company(chain, people, departments, pipelines, _named(DEAL_FIELDS), _named(CONTACT_FIELDS))
    add_branch_field(company, branch_kind)
    return _with_words(company)


def bare_portal() -> Company:
    """A new portal: one administrator, one pipeline, no fields of its own."""
    pipelines = [pipeline_of(0, "Общая", 300, PLAIN)]
    company = Company([], {ADMIN: _administrator()}, [Department(1, "Компания", None, None)], pipelines)
    return _with_words(company)


def _administrator() -> Person:
    return Person(ADMIN, "Администратор", "Портала", "Администратор", 1, admin=True)


def _named(rows: list[tuple[int, str, str, str]]) -> dict[str, UserField]:
    return {name: UserField(number, name, kind, label) for number, name, kind, label in rows}


def _with_words(company: Company) -> Company:
    company.words = [
        Word(company.new_number(), dictionary, code, name, 10 * place)
        for dictionary, rows in DICTIONARIES.items()
        for place, (code, name) in enumerate(rows, 1)
    ]
    return company
