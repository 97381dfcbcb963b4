"""What people see in one portal, and the ids behind it: pipelines, stages, fields, values, people."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

FORM = 1  # of the kept text; another one is read from the portal anew


@dataclass(frozen=True)
class Pipeline:
    """A pipeline of deals; the default one has the id 0."""

    id: int
    name: str
    sort: int = 0
    is_default: bool = False


@dataclass(frozen=True)
class Stage:
    """A stage of deals; `semantics` is "" in work, "S" success, "F" failure."""

    id: str  # STATUS_ID with the pipeline's prefix: FINAL_INVOICE, C7:NEW
    name: str
    pipeline: int
    semantics: str = ""
    sort: int = 0


@dataclass(frozen=True)
class Choice:
    """One value of a list field."""

    id: str
    text: str
    xml_id: str = ""


@dataclass(frozen=True)
class FieldOfPortal:
    """A field of deals or contacts, by its original code (UF_CRM_X, or title, comments ...)."""

    code: str
    title: str
    kind: str  # string, integer, double, boolean, enumeration, iblock_element, crm, employee, date ...
    many: bool = False
    read_only: bool = False
    choices: tuple[Choice, ...] = ()
    spelling: str = ""  # how crm.item.* of this portal names it, when that differs from the code


@dataclass(frozen=True)
class User:
    """A person of the portal; `name` is the first name and the last name."""

    id: int
    name: str
    active: bool = True
    departments: tuple[int, ...] = ()
    last_name: str = ""

    @property
    def last_name_first(self) -> str:
        """'Белова Анна' of 'Анна Белова'."""
        first = self.name.removesuffix(self.last_name).strip() if self.last_name else ""
        return f"{self.last_name} {first}".strip() or self.name


@dataclass(frozen=True)
class Department:
    """A department; `head` is a user's id, or None."""

    id: int
    name: str
    parent: int | None = None
    head: int | None = None


@dataclass(frozen=True)
class Former:
    """What something was called before: a name in config.yaml still means the same thing."""

    # stage, pipeline, deal_field, contact_field, user, department, bound;
    # deal_choice and contact_choice: their id is the field's code and the value's id, UF_CRM_X:41
    kind: str
    id: str
    name: str
    until: datetime


@dataclass(frozen=True)
class Unread:
    """A part of the portal that could not be read; what was known of it before is kept."""

    part: str  # a field of Directory
    reason: str


@dataclass(frozen=True)
class Directory:
    """One reading of a portal."""

    read_at: datetime
    pipelines: tuple[Pipeline, ...] = ()
    stages: tuple[Stage, ...] = ()
    deal_fields: tuple[FieldOfPortal, ...] = ()
    contact_fields: tuple[FieldOfPortal, ...] = ()
    users: tuple[User, ...] = ()
    departments: tuple[Department, ...] = ()
    bound: tuple[Choice, ...] = ()  # values of the branch field that are list elements or CRM items
    former: tuple[Former, ...] = ()
    unread: tuple[Unread, ...] = ()

    def field(self, kind: str, code: str) -> FieldOfPortal | None:
        """The field of this code; `kind` is deal_field or contact_field."""
        fields = self.deal_fields if kind == "deal_field" else self.contact_fields
        return next((one for one in fields if one.code == code), None)


Thing = tuple[str, str]  # kind and id, as in Former


def category_of(stage: str) -> int:
    """The pipeline of a stage id: C7:NEW belongs to 7, NEW to 0."""
    prefix, _, rest = stage.partition(":")
    return int(prefix[1:]) if rest and prefix[1:].isdigit() else 0


def named(directory: Directory) -> Mapping[Thing, str]:
    """Everything that has a name, by kind and id."""
    return dict(_named(directory))


def _named(directory: Directory) -> Iterator[tuple[Thing, str]]:
    for kind, things in (
        ("pipeline", directory.pipelines), ("stage", directory.stages),
        ("user", directory.users), ("department", directory.departments),
    ):  # fmt: skip
        yield from (((kind, str(one.id)), one.name) for one in things)
    for whose, fields in (("deal", directory.deal_fields), ("contact", directory.contact_fields)):
        for one in fields:
            yield (f"{whose}_field", one.code), one.title
            yield from (((f"{whose}_choice", f"{one.code}:{each.id}"), each.text) for each in one.choices)
    yield from ((("bound", one.id), one.text) for one in directory.bound)


# --- keeping it over a restart -----------------------------------------------------------------------

_DIRECTORY = TypeAdapter(Directory)


def dump(directory: Directory) -> str:
    """The directory as one text."""
    kept = {"form": FORM, "directory": _DIRECTORY.dump_python(directory, mode="json")}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Directory | None:
    """What `dump` wrote; None for anything else, which only means that the portal is read again."""
    try:
        kept = json.loads(text)
        return _DIRECTORY.validate_python(kept["directory"]) if kept["form"] == FORM else None
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        return None
