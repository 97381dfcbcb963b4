"""Which wished fields the portal has already, which must be made, and which need a person first. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.bitrix24.names.book import DEAL
from connectors.bitrix24.names.directory import Directory, FieldOfPortal
from connectors.bitrix24.setup.changes import PREFIX, NewField
from connectors.bitrix24.setup.codes import code_of
from connectors.bitrix24.setup.wishes import KINDS, WHOSE, WantedField
from qc_engine.core.wording.texts import folded

LONGEST_CODE = 50  # with the prefix (vendor's page `api-reference/crm/deals/user-defined-fields`)
CODE = re.compile(r"UF_CRM_[A-Z0-9_]+")
WIDER = ("boolean", "integer", "double", "string")
# What a field may be so that nothing written into it is lost.
HOLDS = {
    "integer": {"integer", "double"},
    "double": {"double"},
    "string": {"string", "text", "enumeration", "iblock_element", "url"},
    "boolean": {"boolean", "integer", "string", "enumeration"},
}


@dataclass(frozen=True)
class Problem:
    """Only a person can settle it; nothing is made for it until then."""

    what: str
    remedy: str


@dataclass(frozen=True)
class Present:
    """It is there, maybe under a newer name."""

    what: str


def fields_planned(
    directory: Directory, wishes: Iterable[WantedField]
) -> Sequence[NewField | Present | Problem]:
    """One verdict per wished field, in their order; the same field wished twice counts once."""
    verdicts: list[NewField | Present | Problem] = []
    taken = {entity: {one.code for one in _fields(directory, entity)} for entity in WHOSE}
    for wish in _once(wishes):
        verdict = _verdict(directory, wish, taken[wish.entity])
        if isinstance(verdict, NewField):
            taken[wish.entity].add(verdict.code)
        verdicts.append(verdict)
    return verdicts


def _once(wishes: Iterable[WantedField]) -> Sequence[WantedField]:
    """Two wishes for one field become one that holds both kinds of value."""
    found: dict[tuple[int, str], WantedField] = {}
    for wish in wishes:
        key = wish.entity, folded(wish.title)
        before = found.get(key, wish)
        kind = max(wish.kind, before.kind, key=WIDER.index)
        found[key] = replace(before, kind=kind, only_read=before.only_read and wish.only_read)
    return list(found.values())


def _verdict(directory: Directory, wish: WantedField, taken: set[str]) -> NewField | Present | Problem:
    fields = _fields(directory, wish.entity)
    what = f"Поле {WHOSE[wish.entity]} «{wish.title}»"
    if problem := _unread(directory, wish.entity, what):
        return problem
    candidates = _candidates(directory, fields, wish)
    if len(candidates) > 1:
        codes = ", ".join(one.code for one in candidates)
        return Problem(f"{what}: на портале таких {len(candidates)} ({codes})", _WHICH)
    if wish.only_read:
        return (
            Present(f"{what} ({candidates[0].code})") if candidates else Problem(f"{what}: {_MISSED}", _FILL)
        )
    if candidates:
        return _fitting(what, candidates[0], wish)
    return _new(what, wish, fields, taken)


_MISSED = "сценарий его только читает, а на портале его нет"
_FILL = (
    "Мы его не создаём: заполнять его будет некому. Создайте его и решите, кто заполняет, или впишите в "
    "config.yaml (раздел fields) то поле, где эти данные есть, или уберите его из сценария"
)


_WHICH = "Переименуйте лишнее или впишите в config.yaml код нужного (раздел fields или contact_fields)"


def _unread(directory: Directory, entity: int, what: str) -> Problem | None:
    part = "deal_fields" if entity == DEAL else "contact_fields"
    reason = next((one.reason for one in directory.unread if one.part == part), None)
    if reason is None:
        return None
    return Problem(f"{what}: поля портала не прочитаны ({reason})", "Проверьте права: qc doctor")


def _candidates(
    directory: Directory, fields: Sequence[FieldOfPortal], wish: WantedField
) -> Sequence[FieldOfPortal]:
    """By the code that was meant, by today's title, by a former one: the first of these that gives any."""
    codes = {wish.title} | ({full_code(wish.code)} if wish.by_code else set())
    kind = "deal_field" if wish.entity == DEAL else "contact_field"
    former = {
        one.id for one in directory.former if one.kind == kind and folded(one.name) == folded(wish.title)
    }
    return (
        [one for one in fields if one.code in codes]
        or [one for one in fields if folded(one.title) == folded(wish.title)]
        or [one for one in fields if one.code in former]
    )


def _fitting(what: str, field: FieldOfPortal, wish: WantedField) -> Present | Problem:
    own = field.code.startswith(PREFIX)
    if field.many or field.read_only:
        trouble = "хранит несколько значений" if field.many else "только для чтения"
        return Problem(f"{what} ({field.code}) {trouble}", _ANOTHER)
    if own and field.kind not in HOLDS[wish.kind]:
        kinds = f"нужно {KINDS[wish.kind]}, на портале {KINDS.get(field.kind, field.kind)}"
        return Problem(f"{what} ({field.code}) другого вида: {kinds}", _ANOTHER)
    renamed = "" if folded(field.title) == folded(wish.title) else f", на портале «{field.title}»"
    return Present(f"{what} ({field.code}{renamed})")


_ANOTHER = "Переименуйте его на портале или назовите в сценарии другое поле, потом повторите"


def _new(
    what: str, wish: WantedField, fields: Sequence[FieldOfPortal], taken: set[str]
) -> NewField | Problem:
    code = full_code(wish.code) or code_of(wish.title, LONGEST_CODE, taken, PREFIX)
    if CODE.fullmatch(wish.title):
        return Problem(f"{what}: поля с таким кодом нет", "Впишите название поля, тогда его можно создать")
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        return Problem(f"{what}: код {code} портал не примет", "A-Z, 0-9 и _, не длиннее 50 знаков с UF_CRM_")
    if code in taken:
        title = next((one.title for one in fields if one.code == code), "другое поле")
        return Problem(f"{what}: код {code} занят полем «{title}»", _OTHER_CODE)
    return NewField(wish.entity, code, wish.title, wish.kind)


_OTHER_CODE = "Если это оно и есть, назовите его на портале так же; если нет, дайте в config.yaml другой код"


def full_code(code: str) -> str:
    """With its prefix, whichever way it was written."""
    return f"{PREFIX}{code.upper().removeprefix(PREFIX)}" if code else ""


def _fields(directory: Directory, entity: int) -> Sequence[FieldOfPortal]:
    return directory.deal_fields if entity == DEAL else directory.contact_fields
