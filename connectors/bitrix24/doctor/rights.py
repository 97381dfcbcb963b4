"""Which rights are missing, one by one, and what does not work without each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.bitrix24.calls.client import Answer
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.doctor.wanted import Wanted
from connectors.bitrix24.names.directory import Directory, FieldOfPortal
from connectors.bitrix24.names.resolving import Resolver
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_list, as_map, as_text
from qc_engine.ports import Finding


@dataclass(frozen=True)
class Right:
    """Any one of these names will do: the portal has older and newer ones for the same right."""

    names: tuple[str, ...]
    loss: str


ALWAYS = (
    Right(("crm",), "нельзя ни читать сделки и клиентов, ни двигать сделки"),
    Right(("task", "tasks"), "руководитель и менеджер не получат задач"),
    Right(("im",), "руководитель и менеджер не получат уведомлений"),
    Right(("user", "user_basic", "user_brief"), "сотрудников нельзя узнать по имени, уволенных не видно"),
)
DEPARTMENTS = Right(("department",), "неизвестны руководители подразделений, филиал останется без head")
OF_LISTS = Right(("lists",), "филиал в сделке узнаётся только по номеру элемента списка")

PARTS = {
    "pipelines": "воронки", "stages": "стадии", "deal_fields": "поля сделки",
    "contact_fields": "поля контакта", "deal_userfields": "значения списков в полях сделки",
    "contact_userfields": "значения списков в полях контакта", "users": "сотрудники",
    "departments": "подразделения", "bound": "названия того, к чему привязано поле филиала",
}  # fmt: skip


def missing_scopes(
    scope: Answer, settings: Bitrix24Settings, wanted: Wanted, directory: Directory
) -> Sequence[Finding]:
    """The rights that this configuration needs and the webhook or the application has not."""
    given = {as_text(name) for name in as_list(scope.result)}
    return [
        _told(right, settings) for right in _needed(settings, wanted, directory) if not given & {*right.names}
    ]


def _needed(settings: Bitrix24Settings, wanted: Wanted, directory: Directory) -> Iterator[Right]:
    yield from ALWAYS
    if any(branch.department for branch in wanted.branches):
        yield DEPARTMENTS
    field = directory.field("deal_field", Resolver(settings, directory).branch_field())
    if field and field.kind.startswith("iblock_") and _by_name(wanted):
        yield OF_LISTS


def _told(right: Right, settings: Bitrix24Settings) -> Finding:
    whose = "У приложения" if settings.oauth else "У вебхука"
    where = "в настройках локального приложения" if settings.oauth else "в настройках входящего вебхука"
    remedy = f"Добавьте право {' или '.join(right.names)} {where}: раздел «Разработчикам»"
    return Finding(False, f"{whose} нет права {right.names[0]}: {right.loss}", remedy)


def unavailable(answers: Mapping[str, Answer | Failure]) -> Sequence[Finding]:
    """Methods that this portal has not, or does not let us call; a portal that cannot say so is believed."""
    told = {name: as_map(answer.result) for name, answer in answers.items() if isinstance(answer, Answer)}
    absent = [name for name, about in told.items() if about.get("isExisting") is False]
    closed = [
        name for name, about in told.items() if name not in absent and about.get("isAvailable") is False
    ]
    return [
        *(
            Finding(False, f"На портале нет метода {name}", "Обновите модули портала (CRM, задачи)")
            for name in absent
        ),
        *(
            Finding(False, f"Метод {name} нам закрыт", "Проверьте права вебхука и тариф портала")
            for name in closed
        ),
    ]


def unread(directory: Directory, wanted: Wanted) -> Sequence[Finding]:
    """Parts of the portal that it did not show, if anything here depends on them."""
    return [
        Finding(
            False,
            f"Портал не показал {PARTS.get(one.part, one.part)} ({one.reason}): названия не проверены",
            "Проверьте права вебхука и его владельца в CRM; пока вместо названий пишите номера и коды",
        )
        for one in directory.unread
        if _matters(one.part, directory, wanted)
    ]


def _matters(part: str, directory: Directory, wanted: Wanted) -> bool:
    match part:
        case "departments":
            return any(branch.department for branch in wanted.branches)
        case "bound":
            return _by_name(wanted)
        case "deal_userfields":
            return _has_closed_list(directory.deal_fields)
        case "contact_userfields":
            return _has_closed_list(directory.contact_fields)
        case _:
            return True


def _has_closed_list(fields: Sequence[FieldOfPortal]) -> bool:
    return any(one.kind == "enumeration" and not one.choices for one in fields)


def _by_name(wanted: Wanted) -> bool:
    return any(not branch.crm_value.rpartition("_")[2].isdigit() for branch in wanted.branches)
