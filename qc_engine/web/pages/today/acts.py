"""What the buttons of the queue do: the engine's own functions, one transaction, and a line in the audit."""

from collections.abc import Callable, Mapping

from fastapi import HTTPException
from sqlmodel import Session

from qc_engine.store import audit, casebook, inbox, queue, slipping
from qc_engine.store.console_tables import HandledRow
from qc_engine.web.console import doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Action, Place, Thing, Where, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.forms import on_one_line
from qc_engine.web.pages.today import worries

LONGEST_NOTE = 300
LONGEST_KEY = 120
WAYS = ("happened", "again", "drop")  # to settle what is in doubt
TO_HANDLE = ("unclear", "overdue", "unmatched", worries.SLIPPING, worries.LATE)


def act(console: Console, visitor: Visitor, session: Session, form: Mapping[str, str]) -> Notice:
    """Raises 404 for what this visitor cannot see, 403 for what they may see but not do, 400 for nonsense."""
    key, do = form.get("key", "")[:LONGEST_KEY], form.get("do", "")
    family, _, number = key.partition(":")
    acts: Mapping[tuple[str, str], Callable[[], bool]] = {
        **{("effect", how): lambda: _settle(console, session, visitor, number, do) for how in WAYS},
        ("inbox", "replay"): lambda: _replay(session, visitor, number),
        ("inbox", "dismiss"): lambda: _dismiss(session, visitor, number),
        **{(one, "handled"): lambda: _handle(session, visitor, key, form) for one in TO_HANDLE},
    }
    if (family, do) not in acts:
        raise HTTPException(400)
    if not key.isprintable():  # nothing that we have named ourselves; PostgreSQL takes no zero byte
        raise HTTPException(404)
    if acts[family, do]():
        doing.note(session, visitor, f"{family}.{do}", key, {"note": _words(form)})
        return Notice(visitor.say(f"today.done_{do}"))
    return Notice(_somebody_else(session, visitor, key), 409)


def _settle(console: Console, session: Session, visitor: Visitor, number: str, how: str) -> bool:
    effect = _number(number)
    _require(visitor, Action.SETTLE, _place(queue.branch_of_effect(session, effect)))
    try:
        console.behind.resolve(session, effect, how, visitor.now)
    except ValueError:  # nobody has to decide (any more)
        return False
    return True


def _replay(session: Session, visitor: Visitor, number: str) -> bool:
    _require(visitor, Action.REPLAY, Where.COMPANY)
    return inbox.release(session, _number(number), visitor.now)


def _dismiss(session: Session, visitor: Visitor, number: str) -> bool:
    _require(visitor, Action.REPLAY, Where.COMPANY)
    return queue.dismiss(session, _number(number), visitor.user.name)


def _handle(session: Session, visitor: Visitor, key: str, form: Mapping[str, str]) -> bool:
    _require(visitor, Action.HANDLE, _thing(session, visitor, key))
    user = visitor.user
    new = HandledRow(key=key, at=visitor.now, user_id=user.id, name=user.name, note=_words(form))
    return audit.handle(session, new) is None


def _thing(session: Session, visitor: Visitor, key: str) -> Thing | None:
    """Where that is what somebody has looked after; None where there is nothing for this visitor."""
    family, _, rest = key.partition(":")
    if family == "unmatched":
        return Where.COMPANY
    if family == worries.SLIPPING:
        places = {worries.key_of(one): worries.place_of(one) for one in slipping.standing(session)}
        place = places.get(key)
        return place if place and visitor.may(Action.SEE_ANALYTICS, place) else None
    row = casebook.one(session, rest.partition(":")[0], scope(visitor.user))
    return Place(row.portal, row.branch) if row else None


def _require(visitor: Visitor, action: Action, thing: Thing | None) -> None:
    if thing is None or not visitor.may(Action.SEE_QUEUE, thing):
        raise HTTPException(404)
    if not visitor.may(action, thing):
        raise HTTPException(403)


def _place(found: tuple[str, str] | None) -> Place | None:
    return Place(*found) if found else None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise HTTPException(404)
    return int(text)


def _words(form: Mapping[str, str]) -> str:
    """What the visitor wrote for the colleagues."""
    return on_one_line(form.get("note", ""), LONGEST_NOTE)


def _somebody_else(session: Session, visitor: Visitor, key: str) -> str:
    """Who was quicker, when, and what they did."""
    last = next(iter(audit.of_thing(session, key, 1)), None)
    if last is None:
        return visitor.say("today.settled_itself")
    did = visitor.say(f"today.did_{last.action.partition('.')[2]}")
    note = last.details.get("note", "")
    told = visitor.say("today.settled_by", name=last.name, at=visitor.clock(last.at), did=did)
    return f"{told} «{note}»" if note else told
