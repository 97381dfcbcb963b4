"""Who sees which scenarios, and who may change them."""

from collections.abc import Mapping, Sequence

from fastapi import HTTPException, Request
from sqlmodel import Session

from qc_engine.web.console import doing
from qc_engine.web.console.gate import allowed
from qc_engine.web.console.policy import Action, Where, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.forms import on_one_line, read_form
from qc_engine.web.pages.scenarios.workshop import FILE, Said, Told

LONGEST_REASON = 300
LONGEST_VERSION = 64
LARGEST = 700_000  # a scenario has at most 100,000 bytes, and a browser writes six for a Russian letter


def seen(console: Console, visitor: Visitor) -> Sequence[Told]:
    """Of the portals that this visitor knows of. Raises 404."""
    allowed(visitor, Action.SEE_SCENARIOS)
    return [one for one in console.workshop.all() if _is_theirs(visitor, one["portal"])]


def found(console: Console, visitor: Visitor, portal: str, name: str) -> Told:
    """Raises 404, also for a portal of others."""
    allowed(visitor, Action.SEE_SCENARIOS)
    known = is_plain(portal) and is_plain(name) and _is_theirs(visitor, portal)
    told = console.workshop.one(portal, name) if known else None
    if told is None:
        raise HTTPException(404)
    return told


def changed(console: Console, visitor: Visitor, portal: str, name: str) -> Told:
    """The same for somebody who wants to change it. Raises 404, 403."""
    told = found(console, visitor, portal, name)
    if not may_change(visitor):
        raise HTTPException(403)
    return told


def may_change(visitor: Visitor) -> bool:
    """A scenario is the whole company's."""
    return visitor.may(Action.CHANGE_SCENARIOS, Where.COMPANY)


def sees_figures(visitor: Visitor) -> bool:
    """They are of all branches together."""
    return visitor.may(Action.SEE_SCENARIOS, Where.COMPANY)


def _is_theirs(visitor: Visitor, portal: str) -> bool:
    branches = scope(visitor.user)
    return branches is None or portal in {of for of, _ in branches}


def is_plain(text: str) -> bool:
    return text.isprintable() and len(text) <= LONGEST_VERSION


def version_in(values: Mapping[str, str], name: str = "version", otherwise: str = FILE) -> str:
    """A version of a form or an address. Raises 404 for what can be none."""
    said = values.get(name, "") or otherwise
    if not (said.isascii() and said.isalnum() and len(said) <= LONGEST_VERSION):
        raise HTTPException(404)
    return said


def id_in(text: str) -> str:
    """Of a case, or of a trial. Raises 404 for what can be none."""
    if not doing.is_id(text):
        raise HTTPException(404)
    return text


# --- what somebody says to it -----------------------------------------------------------------


def reason_in(form: Mapping[str, str]) -> str:
    """On one line; '' when nothing was said."""
    return on_one_line(form.get("reason", ""), LONGEST_REASON)


def said_by(
    visitor: Visitor, told: Told, action: str, reason: str, details: Mapping[str, str] | None = None
) -> Said:  # fmt: skip
    """Also for the audit, in the same transaction."""
    thing, user = f"scenario:{told['portal']}:{told['name']}", visitor.user
    noted = {"reason": reason, **(details or {})}

    def note(session: Session) -> None:
        doing.note(session, visitor, f"scenario.{action}", thing, noted)

    return Said(user.name, reason, note)


async def written_form(request: Request) -> Mapping[str, str]:
    """For the editor: large enough for the longest scenario. Raises 400, 408, 413."""
    return await read_form(request, LARGEST)
