"""The parts of the settings: which of them somebody sees, and what all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from qc_engine.web.console.doing import Notice
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import allowed
from qc_engine.web.console.policy import Action, Where
from qc_engine.web.console.room import Console, Visitor

PATH = "/console/settings"


@dataclass(frozen=True)
class Tab:
    """One part, with a page of its own."""

    name: str
    action: Action

    @property
    def path(self) -> str:
        return f"{PATH}/{self.name}"


PEOPLE = Tab("users", Action.MANAGE_USERS)
AUDIT = Tab("audit", Action.SEE_AUDIT)
LANES = Tab("lanes", Action.SEE_SETTINGS)
DOCTOR = Tab("doctor", Action.SEE_SETTINGS)
CONNECTIONS = Tab("connections", Action.SEE_SETTINGS)
WEBHOOKS = Tab("webhooks", Action.SEE_SETTINGS)
TOKENS = Tab("tokens", Action.MANAGE_TOKENS)
TABS: Sequence[Tab] = (PEOPLE, LANES, DOCTOR, CONNECTIONS, WEBHOOKS, TOKENS, AUDIT)


def seen_by(visitor: Visitor) -> Sequence[Tab]:
    return [tab for tab in TABS if visitor.may(tab.action, Where.COMPANY)]


def show_tab(
    console: Console,
    visitor: Visitor,
    tab: Tab | None,
    template: str,
    notice: Notice | None = None,
    **values: Any,
) -> Response:
    """Raises 404 for whom this part does not exist. `tab` None: the list of all parts."""
    allowed(visitor, tab.action if tab else Action.SEE_SETTINGS, Where.COMPANY)
    status = notice.status if notice else 200
    return show(
        console, visitor, template, status, page="settings", tab=tab, tabs=seen_by(visitor), notice=notice,
        **values,
    )  # fmt: skip
