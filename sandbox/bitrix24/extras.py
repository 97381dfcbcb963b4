"""What a portal keeps beside deals, contacts and tasks: companies of the CRM and planned to-dos."""

from weakref import WeakKeyDictionary

from sandbox.bitrix24.client_fields import COMPANY
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.shelf import Index, Shelf

BEFORE_FIRST_COMPANY, BEFORE_FIRST_TODO = 500, 300


class Extras:
    """Companies with what one may reach them by, and to-dos; made when first asked for."""

    def __init__(self, portal: Portal) -> None:
        known = portal.company.company_fields
        self.companies = Items(4, COMPANY, known, ("originId",), portal.switches, BEFORE_FIRST_COMPANY)
        self.entries: dict[int, list[Row]] = {}
        self.by_phone = Index()
        self.todos: Shelf[Row] = Shelf(BEFORE_FIRST_TODO)
        now = portal.now()
        stamps = {"createdTime": now, "updatedTime": now, "assignedById": 1, "createdBy": 1, "updatedBy": 1}
        for number, name in portal.company.clients.items():
            self.companies.shelf.last_id = number - 1
            self.entries[self.companies.new({**stamps, "title": name})["id"]] = []


_EXTRAS: WeakKeyDictionary[Portal, Extras] = WeakKeyDictionary()


def extras(portal: Portal) -> Extras:
    """Those of this portal, always the same."""
    if portal not in _EXTRAS:
        _EXTRAS[portal] = Extras(portal)
    return _EXTRAS[portal]
