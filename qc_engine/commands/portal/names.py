"""How `qc bitrix24 names` lists what a portal calls its things."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.bitrix24.names.directory import Directory, FieldOfPortal

TITLES = {
    "stages": "Стадии сделок", "fields": "Поля сделки", "contact_fields": "Поля контакта",
    "users": "Сотрудники", "departments": "Подразделения",
}  # fmt: skip
PARTS = {
    "pipelines": "воронки", "stages": "стадии", "deal_fields": "поля сделки",
    "contact_fields": "поля контакта", "users": "сотрудники", "departments": "подразделения",
    "bound": "значения поля филиала", "deal_userfields": "подписи полей сделки",
    "contact_userfields": "подписи полей контакта",
}  # fmt: skip
SEMANTICS = {"": "", "S": "успех", "F": "провал"}
WIDEST = 48


@dataclass(frozen=True)
class Name:
    """`write` is what to copy; `group` the pipeline; `ambiguous`: what people see would not be enough."""

    kind: str
    write: str
    id: str
    group: str = ""
    note: str = ""
    ambiguous: bool = False
    former: tuple[str, ...] = ()


def listed(directory: "Directory", kind: str = "") -> Sequence[Name]:
    """Everything of one kind, or of all, in the portal's own order; fields of the company come first."""
    makers = {
        "stages": _stages, "fields": _fields, "contact_fields": _contact_fields,
        "users": _users, "departments": _departments,
    }  # fmt: skip
    return [name for one, names in makers.items() if kind in ("", one) for name in names(directory)]


def _stages(directory: "Directory") -> Iterator[Name]:
    from connectors.bitrix24.names.lookups import full_names

    same = _counted(one.name for one in directory.stages)
    former, full = _former(directory, "stage"), full_names(directory)
    for pipeline in sorted(directory.pipelines, key=lambda one: one.sort):
        stages = [one for one in directory.stages if one.pipeline == pipeline.id]
        for one in sorted(stages, key=lambda one: one.sort):
            several = same[_folded(one.name)] > 1
            write = full[one.id] if several else one.name
            note = SEMANTICS.get(one.semantics, "")
            yield Name("stages", write, one.id, pipeline.name, note, several, former.get(one.id, ()))


def _fields(directory: "Directory") -> Iterator[Name]:
    return _fields_of("fields", directory.deal_fields, _former(directory, "deal_field"))


def _contact_fields(directory: "Directory") -> Iterator[Name]:
    return _fields_of("contact_fields", directory.contact_fields, _former(directory, "contact_field"))


def _fields_of(
    kind: str, fields: Sequence["FieldOfPortal"], former: Mapping[str, tuple[str, ...]]
) -> Iterator[Name]:
    same = _counted(one.title for one in fields)
    for one in sorted(fields, key=lambda one: not one.code.startswith("UF_")):
        several = same[_folded(one.title)] > 1
        choices = ", ".join(f"{choice.text} ({choice.id})" for choice in one.choices)
        marks = [one.kind, "несколько значений" * one.many, "только чтение" * one.read_only]
        note = ", ".join(filter(None, marks)) + (f": {choices}" if choices else "")
        write = one.code if several or not one.title else one.title
        about = f"{one.title}; {note}" if several else note
        yield Name(kind, write, one.code, "", about, several, former.get(one.code, ()))


def _users(directory: "Directory") -> Iterator[Name]:
    same = _counted(one.name for one in directory.users if one.active)
    former = _former(directory, "user")
    for one in sorted(directory.users, key=lambda one: (not one.active, one.name)):
        several = same[_folded(one.name)] > 1
        write = str(one.id) if several or not one.name else one.name
        note = ("" if one.active else "уволен") or (one.name if several else "")
        yield Name("users", write, str(one.id), "", note, several, former.get(str(one.id), ()))


def _departments(directory: "Directory") -> Iterator[Name]:
    same = _counted(one.name for one in directory.departments)
    people = {one.id: one.name for one in directory.users}
    former = _former(directory, "department")
    for one in directory.departments:
        several = same[_folded(one.name)] > 1
        head = people.get(one.head or 0, "")
        note = f"руководитель {head or one.head}" if one.head else "без руководителя"
        write = str(one.id) if several else one.name
        about = f"{one.name}; {note}" if several else note
        yield Name("departments", write, str(one.id), "", about, several, former.get(str(one.id), ()))


def _former(directory: "Directory", kind: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in directory.former:
        if one.kind == kind:
            found[one.id] = (*found.get(one.id, ()), one.name)
    return found


def _counted(names: Iterator[str]) -> Counter[str]:
    return Counter(map(_folded, names))


def _folded(name: str) -> str:
    from qc_engine.core.wording.texts import folded

    return folded(name)


# --- finding -----------------------------------------------------------------------------------------


def contains(one: Name, text: str) -> bool:
    """Anywhere: in the name, a former one, the id, the pipeline or the note."""
    wanted = _folded(text)
    return any(wanted in _folded(each) for each in (one.write, one.id, one.group, one.note, *one.former))


def unread(directory: "Directory") -> Mapping[str, str]:
    """What the portal did not let us read, and why."""
    return {PARTS.get(one.part, one.part): one.reason for one in directory.unread}


# --- text --------------------------------------------------------------------------------------------


def as_text(found: Sequence[Name], unread: Mapping[str, str]) -> str:
    """One block per kind, and per pipeline in it; the first column is what to copy."""
    width = min(max(len(one.write) for one in found), WIDEST)
    lines: list[str] = []
    before: tuple[str, str] = ("", "")
    for one in found:
        if one.kind != before[0]:
            lines += ["", TITLES[one.kind]] if lines else [TITLES[one.kind]]
        if one.group and (one.kind, one.group) != before:
            lines.append(f"  Воронка «{one.group}»")
        lines.append(_line(one, width))
        before = one.kind, one.group
    return "\n".join([*lines, *_unread_lines(unread)])


def _line(one: Name, width: int) -> str:
    marks = [
        one.note,
        "имя неоднозначно, пишите так" * one.ambiguous,
        f"раньше: {', '.join(one.former)}" if one.former else "",
    ]
    note = "; ".join(filter(None, marks))
    return f"    {one.write:<{width}}  {one.id:<24}  {note}".rstrip()


def nothing(every: Sequence[Name], find: str, unread: Mapping[str, str]) -> str:
    """What to do when the list is empty."""
    if not every:
        reason = "Портал ничего не показал: проверьте права вебхука или приложения (qc doctor)."
        return "\n".join([reason, *_unread_lines(unread)])
    near = get_close_matches(find, [one.write for one in every], n=5, cutoff=0.5)
    hint = f"Похожие: {', '.join(near)}" if near else "Весь список: qc bitrix24 names"
    return "\n".join([f"Ничего не найдено: «{find}». {hint}", *_unread_lines(unread)])


def _unread_lines(unread: Mapping[str, str]) -> Sequence[str]:
    return ["", *(f"✗ Не прочитано: {part} ({reason})" for part, reason in unread.items())] if unread else []
