"""The frame of every page of the console: navigation, banners, language and theme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import Request, Response

from qc_engine.web.console import words
from qc_engine.web.console.policy import Action, Thing, Where
from qc_engine.web.console.room import Console, Look, Visitor
from qc_engine.web.pages import looks

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {"Content-Security-Policy": CSP, "Cache-Control": "no-store"}


@dataclass(frozen=True)
class Door:
    """One line of the navigation."""

    page: str
    path: str
    action: Action
    thing: Thing = Where.ANYWHERE


DOORS: Sequence[Door] = (
    Door("today", "/console", Action.SEE_QUEUE),
    Door("cases", "/console/cases", Action.SEE_CASES),
    Door("reviews", "/console/reviews", Action.SEE_CASES),
    Door("dissatisfied", "/console/dissatisfied", Action.SEE_CASES),
    Door("analytics", "/console/analytics", Action.SEE_ANALYTICS),
    Door("scenarios", "/console/scenarios", Action.SEE_SCENARIOS),
    Door("privacy", "/console/privacy", Action.KEEP_PRIVACY, Where.COMPANY),
    Door("settings", "/console/settings", Action.SEE_SETTINGS, Where.COMPANY),
)


def show(console: Console, visitor: Visitor, template: str, status: int = 200, **values: Any) -> Response:
    """A page, or a part of one, for somebody who is signed in. `page` of the values: its door's name."""
    doors = [one for one in DOORS if visitor.may(one.action, one.thing)]
    return _shown(console, visitor.look, template, status, v=visitor, doors=doors, **values)


def show_outside(console: Console, look: Look, template: str, status: int = 200, **values: Any) -> Response:
    """A page for whoever is at the door."""
    return _shown(console, look, template, status, v=None, doors=(), **values)


def is_part(request: Request) -> bool:
    """Does the page ask for a part of itself?"""
    return "hx-request" in request.headers


def _shown(console: Console, look: Look, template: str, status: int, **values: Any) -> Response:
    stand = {"demo": console.is_demo, "copy": console.is_copy(), "no_tls": console.can_be_overheard}
    banners = [name for name, stands in stand.items() if stands]
    page = looks.show(
        template, status, look=look, banners=banners, t=partial(words.say, look.language),
        languages=words.LANGUAGES, **{"page": "", **values},
    )  # fmt: skip
    page.headers.update(HEADERS)
    return page
