"""The same request with the same Idempotency-Key is carried out once, and answered alike each time."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from qc_engine.store import audit
from qc_engine.store.console_tables import HandledRow
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.room import Console, Visitor

LONGEST_KEY = 200
KEPT = timedelta(days=7)
FAMILY = "once:"  # of our rows among those of what was looked after
WHAT = (
    "Your own key of this very request, for at least seven days: the same one again changes nothing and is "
    "answered alike"
)


@dataclass(frozen=True)
class Once:
    """`row`: where it is remembered that this was done; '' when the caller gave no key."""

    row: str = ""
    request: str = ""  # by what the same request is known again


def of(visitor: Visitor, path: str, key: str, body: bytes) -> Once:
    if not key:
        return Once()
    return Once(f"{FAMILY}{_hash(visitor.user.id, key)}", _hash(key, path, body.hex()))


def done(console: Console, visitor: Visitor, once: Once, act: Callable[[Session], Notice]) -> Notice:
    """`act` happens with what is remembered of it, or neither; what was refused may be asked again."""
    with console.database.transaction() as session:
        if not once.row:
            return act(session)
        audit.forget_handled(session, FAMILY, visitor.now - KEPT)
        user = visitor.user
        mine = HandledRow(key=once.row, at=visitor.now, user_id=user.id, name=user.name)
        quicker = audit.handle(session, mine)
        if quicker is not None:
            return _again(visitor, once, quicker)
        notice = act(session)
        if notice.done:
            mine.note = json.dumps({"request": once.request, "said": notice.text}, ensure_ascii=False)
        else:
            session.delete(mine)
        return notice


def _again(visitor: Visitor, once: Once, row: HandledRow) -> Notice:
    told = json.loads(row.note or "{}")
    if told.get("request") != once.request:
        return Notice(visitor.say("api.key_reused"), 422)
    return Notice(told["said"])


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
