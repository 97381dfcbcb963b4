"""What all buttons of the console share: whose case it is, what came of it, and the line in the audit."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import HTTPException
from sqlmodel import Session

from qc_engine.store import audit, casebook
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.gate import allowed
from qc_engine.web.console.policy import Action, scope
from qc_engine.web.console.room import Visitor

SOURCE = "console"  # of our rows in the inbox
LONGEST_ID = 22


@dataclass(frozen=True)
class Notice:
    """What came of a button."""

    text: str
    status: int = 200

    @property
    def done(self) -> bool:
        return self.status == 200


def note(
    session: Session, visitor: Visitor, action: str, thing: str, details: Mapping[str, str] | None = None
) -> None:
    """This visitor did it, from there; details without a text are left out."""
    told = {name: text for name, text in (details or {}).items() if text}
    audit.note(
        session, action, visitor.now, thing=thing, user_id=visitor.user.id, name=visitor.user.name,
        address=visitor.address, details=told,
    )  # fmt: skip


def case_of(visitor: Visitor, session: Session, case_id: str) -> CaseRow:
    """Raises 404, also for a case of another branch."""
    allowed(visitor, Action.SEE_CASES)
    row = casebook.one(session, case_id, scope(visitor.user)) if is_id(case_id) else None
    if row is None:
        raise HTTPException(404)
    return row


def is_id(text: str) -> bool:
    """Could we have named something so? Not every sign may be looked for: PostgreSQL takes no zero byte."""
    return text.isascii() and text.isalnum() and len(text) <= LONGEST_ID
