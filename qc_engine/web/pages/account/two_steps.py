"""GET and POST /console/account/two-steps: setting the second step of one's login up, and turning it off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from sqlmodel import Session

from qc_engine.store import sessions, two_steps, users
from qc_engine.store.console_tables import TwoStepRow
from qc_engine.web.console import codes, doing, entering
from qc_engine.web.console.entering import Caller, TooMany
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import SECOND_STEP, Acting, acting_of, caller_of, visitor_of
from qc_engine.web.console.room import Console, Visitor

OFF, BEGUN, ON = "off", "begun", "on"


@dataclass(frozen=True)
class Came:
    """What came of a button, as a key of the catalogue. `codes`: shown this once, and nowhere kept."""

    key: str
    status: int = 200
    codes: Sequence[str] = ()


@dataclass(frozen=True)
class Shown:
    """What the page needs of a secret that waits to be confirmed."""

    picture: str = ""  # a data: address
    text: str = ""


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(SECOND_STEP)
    def look(visitor: Visitor = visiting) -> Response:
        return _page(console, visitor)

    @router.post(SECOND_STEP)
    def change(request: Request, acting: Acting = sending) -> Response:
        came = _acted(console, acting.visitor, caller_of(console, request), acting.form)
        return _page(console, acting.visitor, came)

    return router


def _page(console: Console, visitor: Visitor, came: Came | None = None) -> Response:
    with console.database.reading() as session:
        row = two_steps.get(session, visitor.user.id)
        left = two_steps.codes_left(session, visitor.user.id)
        user = users.get(session, visitor.user.id)
    login = (user.login if user else "") or visitor.user.name
    return show(
        console, visitor, "two_steps.html", came.status if came else 200, state=_state(row), came=came,
        row=row, left=left, secret=_secret(console, login, row), path=SECOND_STEP,
        is_needed=console.needs_two_steps,
    )  # fmt: skip


def _state(row: TwoStepRow | None) -> str:
    if row is None:
        return OFF
    return ON if row.confirmed_at else BEGUN


def _secret(console: Console, login: str, row: TwoStepRow | None) -> Shown:
    """Only until it is confirmed: afterwards nobody sees it any more."""
    if row is None or row.confirmed_at:
        return Shown()
    try:
        secret = codes.opened(console.seal(), row.user_id, row.secret)
    except codes.Unreadable:  # the installation has got another key meanwhile: begin again
        return Shown()
    # The host, and not the product's name: a long address in other letters makes a picture hard to read.
    address = codes.address(secret, login, urlsplit(console.public_url).hostname or "qc")
    import segno  # takes a tenth of the start of a process, and is needed once in the life of a password

    picture = segno.make(address, error="l", micro=False).svg_data_uri(scale=6, border=4, light="#fff")
    return Shown(picture, codes.as_text(secret))


# --- the buttons ------------------------------------------------------------------------------


def _acted(console: Console, visitor: Visitor, caller: Caller, form: Mapping[str, str]) -> Came:
    """Raises 400 for nonsense, 409 for what cannot be done as it stands."""
    do, typed = form.get("do", ""), form.get("code", "")
    if do not in ("begin", "confirm", "codes", "off"):
        raise HTTPException(400)
    if do != "begin":
        try:
            entering.count_try(console.database, entering.account_of_codes(visitor.user.id), caller)
        except TooMany:
            return Came("login.too_many", 429)
    with console.database.transaction() as session:
        state = _state(two_steps.held(session, visitor.user.id))
        match do:
            case "begin" if state != ON:
                return _begun(console, session, visitor, caller)
            case "confirm" if state == BEGUN:
                return _confirmed(console, session, visitor, caller, typed)
            case "codes" if state == ON:
                return _new_codes(console, session, visitor, caller, typed)
            case "off" if state == ON and not console.needs_two_steps:
                return _off(console, session, visitor, caller, typed)
            case _:
                return Came("people.changed", 409)


def _begun(console: Console, session: Session, visitor: Visitor, caller: Caller) -> Came:
    secret = codes.new_secret(console.ids)
    sealed = codes.sealed(console.seal(), visitor.user.id, secret)
    two_steps.begin(session, visitor.user.id, sealed, caller.now)
    return Came("")


def _confirmed(console: Console, session: Session, visitor: Visitor, caller: Caller, typed: str) -> Came:
    """Other browsers are signed out: they came in by the password alone."""
    if not _proved(console, session, visitor, caller, typed):
        return Came("login.wrong_code", 422)
    row = two_steps.held(session, visitor.user.id)
    assert row is not None
    row.confirmed_at = caller.now
    session.add(row)
    sessions.end_all(session, visitor.user.id, keep=visitor.session_id)
    _note(session, visitor, "two_steps.set")
    return Came("two_steps.done_set", codes=_kept(console, session, visitor))


def _new_codes(console: Console, session: Session, visitor: Visitor, caller: Caller, typed: str) -> Came:
    if not _proved(console, session, visitor, caller, typed):
        return Came("login.wrong_code", 422)
    _note(session, visitor, "two_steps.codes")
    return Came("two_steps.done_codes", codes=_kept(console, session, visitor))


def _off(console: Console, session: Session, visitor: Visitor, caller: Caller, typed: str) -> Came:
    if not _proved(console, session, visitor, caller, typed):
        return Came("login.wrong_code", 422)
    two_steps.forget(session, visitor.user.id)
    _note(session, visitor, "two_steps.off")
    return Came("two_steps.done_off")


def _proved(console: Console, session: Session, visitor: Visitor, caller: Caller, typed: str) -> bool:
    try:
        proved = codes.accepted(session, console.seal(), visitor.user.id, typed, caller.now)
    except codes.Unreadable:
        return False
    if proved:
        sessions.forget_tries(session, entering.account_of_codes(visitor.user.id), caller.address)
    return bool(proved)


def _kept(console: Console, session: Session, visitor: Visitor) -> Sequence[str]:
    fresh = codes.recovery_codes(console.ids)
    two_steps.keep_codes(session, visitor.user.id, fresh)
    return fresh


def _note(session: Session, visitor: Visitor, action: str) -> None:
    user = visitor.user
    doing.note(session, visitor, action, f"user:{user.id}")
