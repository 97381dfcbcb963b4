"""Who may see and do what. An administrator may do everything; the others as their roles say."""

from sandbox.bitrix24.call import listed
from sandbox.bitrix24.errors import Say, legacy
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.parts import Role
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.structure import Company

NOBODY_SPECIAL = Role()


def is_admin(portal: Portal, by: int) -> bool:
    person = portal.company.people.get(by)
    return person is None or person.admin or not portal.switches["rights_checked"]


def role_of(portal: Portal, by: int) -> Role | None:
    """None: an administrator, whom nothing binds."""
    if is_admin(portal, by):
        return None
    return portal.company.roles.get(portal.company.people[by].role, NOBODY_SPECIAL)


def seen_by(portal: Portal, by: int) -> frozenset[int] | None:
    """The people whose things this person sees; None: everybody's."""
    role = role_of(portal, by)
    if role is None or role.reach == "all":
        return None
    return frozenset({by}) if role.reach == "own" else staff_of(portal.company, by)


def staff_of(company: Company, head: int) -> frozenset[int]:
    """A person and, when he leads departments, everybody in them and below."""
    under = {one.id for one in company.departments if one.head == head}
    while more := {one.id for one in company.departments if one.parent in under} - under:
        under |= more
    return frozenset({head} | {one.id for one in company.people.values() if one.department in under})


def sees_item(portal: Portal, row: Row, by: int) -> bool:
    """Deals, contacts and companies: by the responsible person and, for deals, by the pipeline."""
    role = role_of(portal, by)
    if role is None:
        return True
    seen = seen_by(portal, by)
    return (seen is None or row["assignedById"] in seen) and row.get("categoryId") not in role.closed


def sees_task(portal: Portal, row: Row, by: int) -> bool:
    """Whoever takes part in it, and those above them."""
    return has_part(portal, row, by, ("createdBy", "responsibleId", "accomplices", "auditors"))


def has_part(portal: Portal, row: Row, by: int, parts: tuple[str, ...]) -> bool:
    """Whether this person, or somebody of his staff, is one of `parts` of the task."""
    seen = seen_by(portal, by)
    people = (one for part in parts for one in listed(row[part]))
    return seen is None or any(int(one) in seen for one in people)


def may(portal: Portal, by: int, what: str) -> bool:
    """`what` is a right of Role: add, change, move, delete, settings."""
    role = role_of(portal, by)
    return role is None or bool(getattr(role, what))


def denied(portal: Portal) -> Say:
    """How the universal family says it."""
    return Say(portal.switches["crm_access_denied_status"], "ACCESS_DENIED", "Доступ запрещен")


def no_move() -> Say:
    return Say(400, "-", "Недостаточно прав на смену стадии")


def check_settings(portal: Portal, by: int, no: Say | None = None) -> None:
    """Say unless this person may change the settings of the CRM."""
    if not may(portal, by, "settings"):
        raise no or legacy("Access denied.")
