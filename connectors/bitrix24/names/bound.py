"""The names of what the branch field may be bound to: elements and sections of a list, or items of the CRM.

Vendor's pages: `lists/elements/lists-element-get`, `lists/sections/lists-section-get` (scope `lists`),
`crm/data-types`. Where the portal does not tell the names, values are written by their ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.bitrix24.calls.client import Answer, Command
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.names.directory import Choice
from connectors.bitrix24.wire import as_id, as_list, as_map, as_text

PAGE = 50
MOST_NAMES = 500  # of one kind: whoever is bound to thousands of companies writes the number
LISTS = "lists"
TYPES = {
    "LEAD": (1, "L"),
    "DEAL": (2, "D"),
    "CONTACT": (3, "C"),
    "COMPANY": (4, "CO"),
    "SMART_INVOICE": (31, "SI"),
}


@dataclass(frozen=True)
class Question:
    """One page of names, and what stands before their ids in the values of a deal."""

    command: Command
    prefix: str = ""


def questions(kind: str, about: Mapping[str, object]) -> Sequence[Question]:
    """What to ask for a field of this kind with these settings; nothing where no names are to be had."""
    if kind in ("iblock_element", "iblock_section") and (block := as_id(about.get("IBLOCK_ID"))):
        block_type = as_text(about.get("IBLOCK_TYPE_ID")) or LISTS
        return [_of_list(kind, block_type, block, start) for start in range(0, MOST_NAMES, PAGE)]
    if kind != "crm":
        return []
    types = [known for name, chosen in about.items() if as_text(chosen) == "Y" and (known := _type(name))]
    return [
        _of_crm(number, prefix, start) for number, prefix in types for start in range(0, MOST_NAMES, PAGE)
    ]


def _of_list(kind: str, block_type: str, block: int, start: int) -> Question:
    method = "lists.element.get" if kind == "iblock_element" else "lists.section.get"
    return Question(Command(method, {"IBLOCK_TYPE_ID": block_type, "IBLOCK_ID": block, "start": start}))


def _of_crm(number: int, prefix: str, start: int) -> Question:
    params = {"entityTypeId": number, "select": ["id", "title", "name", "lastName"], "order": {"id": "ASC"}}
    return Question(Command("crm.item.list", {**params, "start": start}), f"{prefix}_")


def _type(name: str) -> tuple[int, str] | None:
    """Entity type id and the prefix of its values; a smart process is DYNAMIC_128, and its values T80_6."""
    number = as_id(name.removeprefix("DYNAMIC_")) if name.startswith("DYNAMIC_") else None
    return (number, f"T{number:x}") if number else TYPES.get(name)


def understood(
    asked: Sequence[Question], outcomes: Sequence[Answer | Failure]
) -> tuple[tuple[Choice, ...], str]:
    """The names by the values of a deal, and why there are none, if so."""
    found: dict[str, Choice] = {}
    reason = ""
    for question, outcome in zip(asked, outcomes, strict=True):
        if isinstance(outcome, Answer):
            found |= {one.id: one for one in _choices(question, outcome)}
        else:
            reason = str(outcome)
    return tuple(found.values()), reason


def _choices(question: Question, answer: Answer) -> Sequence[Choice]:
    whole = as_map(answer.result)
    rows = [as_map(row) for row in as_list(whole.get("items", answer.result))]
    named = [(as_id(row.get("ID", row.get("id"))), _name(row)) for row in rows]
    return [Choice(f"{question.prefix}{number}", name) for number, name in named if number and name]


def _name(row: Mapping[str, object]) -> str:
    person = f"{as_text(row.get('name'))} {as_text(row.get('lastName'))}".strip()
    return as_text(row.get("NAME")) or as_text(row.get("title")) or person
