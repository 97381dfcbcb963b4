"""Names that are wrong or soon will be, told to a person: what happened, why it matters, what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.bitrix24.names.directory import User
from connectors.bitrix24.names.lookup import Ambiguous, Found, Gone, Met, Renamed, Unknown
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Finding

SCENARIOS = "сценарии"  # where a word stands that a scenario writes


@dataclass(frozen=True)
class Asked:
    """A word that somebody wrote, and where."""

    kind: str  # stage, deal_field, contact_field, user, department, value
    word: str
    where: str  # stages.low, branches.«Филиал на Абая», сценарии ...


@dataclass(frozen=True)
class Wording:
    """How a person calls one kind of things, and what goes wrong without one of them."""

    one: str
    several: str
    loss: str


WORDINGS = {
    "stage": Wording("стадия", "стадии", "сделки не начнут опрос или не будут переведены"),
    "deal_field": Wording("поле сделки", "поля сделки", "его нельзя ни прочитать, ни записать"),
    "contact_field": Wording("поле контакта", "поля контакта", "его нельзя ни прочитать, ни записать"),
    "user": Wording("сотрудник", "сотрудника", "некому поставить задачу и послать уведомление"),
    "department": Wording("подразделение", "подразделения", "неизвестно, кто отвечает за филиал"),
    "value": Wording("значение списка", "значения списка", "его нельзя ни узнать в сделке, ни записать"),
}


def asked_of(settings: Bitrix24Settings) -> Iterator[Asked]:
    """Every name in the portal's section of config.yaml."""
    for alias, stage in settings.stages.items():
        yield Asked("stage", stage, f"stages.{alias}")
    for alias, field in settings.fields.items():
        yield Asked("deal_field", field, f"fields.{alias}")
    for alias, field in settings.contact_fields.items():
        yield Asked("contact_field", field, f"contact_fields.{alias}")
    for alias, user in settings.users.items():
        yield Asked("user", str(user), f"users.{alias}")
    if settings.branch_field:
        yield Asked("deal_field", settings.branch_field, "branch_field")
    if settings.do_not_disturb_field:
        yield Asked("contact_field", settings.do_not_disturb_field, "do_not_disturb_field")


def told(asked: Asked, met: Met) -> Finding | None:
    """Nothing when the word means one thing and is its name of today."""
    kind = WORDINGS[asked.kind]
    match met:
        case Found():
            return None
        case Renamed(_, name):
            what = (
                f"{asked.where}: {kind.one} «{asked.word}» теперь называется «{name}». Старое название пока "
                "понимается, но только пока цела база и так не назвали что-нибудь другое"
            )
            return Finding(False, what, f"Замените «{asked.word}» на «{name}»")
        case Gone(_, close):
            what = f"{asked.where}: {kind.one} «{asked.word}»: на портале больше нет (удалили), {kind.loss}"
            return Finding(False, what, _remedy(asked, close))
        case Ambiguous(could_be):
            what = f"{asked.where}: «{asked.word}» на портале не одно: непонятно, что имеется в виду"
            return Finding(False, what, f"Напишите точно, одно из: {_listed(could_be)}")
        case Unknown(close):
            what = f"{asked.where}: {kind.several} «{asked.word}» на портале нет, {kind.loss}"
            return Finding(False, what, _remedy(asked, close))


def fired(asked: Asked, user: User) -> Finding:
    """Somebody who does not work there any more is named."""
    what = f"{asked.where}: сотрудник {user.name or user.id} уволен, поставить ему задачу нельзя"
    return Finding(False, what, "Назначьте другого")


def _remedy(asked: Asked, close: tuple[str, ...]) -> str:
    if close:
        return f"Исправьте название; похожие на портале: {_listed(close)}{_or_make(asked)}"
    if asked.kind == "user":
        return "Впишите имя и фамилию, как в Битрикс24, или номер сотрудника из адреса его страницы"
    return f"Исправьте название или верните его на портале{_or_make(asked)}"


def _or_make(asked: Asked) -> str:
    """What scenarios write to can be made by us; the branch field is the company's own."""
    if asked.where != "branch_field" and asked.kind in ("stage", "deal_field", "contact_field"):
        return "; или создайте недостающее: qc bitrix24 setup"
    return ""


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"«{word}»" for word in words)
