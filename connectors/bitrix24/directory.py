"""What people see in one portal, and the ids behind it: pipelines, stages, fields, values, people."""

from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True)
class User:
    """A person of the portal; `name` is the first name and the last name."""

    id: int
    name: str
    active: bool = True
    departments: tuple[int, ...] = ()


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

    kind: str  # stage, pipeline, deal_field, contact_field, choice, user, department
    id: str
    name: str
    until: datetime


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
