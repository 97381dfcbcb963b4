"""GET and POST /console/cases/{id}/act/{do}: what would follow, and then the event itself, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException, Response
from sqlmodel import Session

from qc_engine.core.events import Event
from qc_engine.core.wording.texts import masked
from qc_engine.ports import Arrival
from qc_engine.store import audit, codec, inbox
from qc_engine.store.console_tables import HandledRow
from qc_engine.store.tables import CaseRow
from qc_engine.web.console import doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.policy import Action, Place
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases.doable import ACTS, ANSWER, PAUSE, RESEND, RESUME, SCORE, STOP, Doable
from qc_engine.web.pages.cases.sayings import Unfinished, event_of, expected, needs_confirming

LONGEST_REV = 16  # digits
# To send something once more is for those who may settle what is in doubt.
NEEDED: Mapping[str, frozenset[Action]] = {
    STOP: frozenset({Action.STEER_CASES}),
    PAUSE: frozenset({Action.STEER_CASES}),
    RESUME: frozenset({Action.STEER_CASES}),
    SCORE: frozenset({Action.SPEAK_FOR_CLIENTS}),
    ANSWER: frozenset({Action.SPEAK_FOR_CLIENTS}),
    RESEND: frozenset({Action.SPEAK_FOR_CLIENTS, Action.SETTLE}),
}
LOOKED_OVER = (SCORE, ANSWER)  # what follows from these is known only when they are filled in


@dataclass(frozen=True)
class Opened:
    """One case with what may be done to it."""

    row: CaseRow
    doable: Doable

    @property
    def path(self) -> str:
        return f"/console/cases/{self.row.id}"


@dataclass(frozen=True)
class Pressed:
    """What came of a button: that it was done or why not; or first what would follow, and nothing yet."""

    opened: Opened
    notice: Notice | None = None
    settled: bool = False  # there is nothing more to be filled in
    follows: Sequence[str] = ()


def make_router(console: Console) -> APIRouter:
    router = APIRouter(prefix="/console/cases/{case_id}/act")
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get("/{do}")
    def look(case_id: str, do: str, visitor: Visitor = visiting) -> Response:
        with console.database.reading() as session:
            opened = _opened(console, visitor, session, case_id, do)
            event = expected(do, case_id, opened.doable, visitor)
            follows = _follows(console, visitor, session, opened, event) if event else ()
        return _page(console, visitor, opened, do, follows)

    @router.post("/{do}")
    def press(case_id: str, do: str, acting: Acting = sending) -> Response:
        return _pressed(console, acting.visitor, case_id, do, acting.form)

    return router


def acts_for(visitor: Visitor, row: CaseRow, doable: Doable) -> Sequence[str]:
    """What this visitor is offered, in the page's order."""
    return [do for do in ACTS if do in doable.acts and _may(visitor, row, do)]


def _may(visitor: Visitor, row: CaseRow, do: str) -> bool:
    return all(visitor.may(action, Place(row.portal, row.branch)) for action in NEEDED[do])


def _opened(console: Console, visitor: Visitor, session: Session, case_id: str, do: str) -> Opened:
    """Raises 404 for what this visitor cannot see, 403 for what they may see but not do."""
    row = doing.case_of(visitor, session, case_id)
    if do not in NEEDED:
        raise HTTPException(404)
    if not _may(visitor, row, do):
        raise HTTPException(403)
    return Opened(row, console.behind.doable(session, row))


def _pressed(console: Console, visitor: Visitor, case_id: str, do: str, form: Mapping[str, str]) -> Response:
    looks_over = do in LOOKED_OVER and form.get("sure", "") != "yes"
    with console.database.transaction() as session:
        came = press(console, visitor, session, case_id, do, form, looks_over=looks_over)
    if came.settled and came.notice:
        return _done(console, visitor, came.opened, do, came.notice)
    return _page(
        console, visitor, came.opened, do, came.follows, form, came.notice, looks_over=came.notice is None
    )


def press(
    console: Console, visitor: Visitor, session: Session, case_id: str, do: str, form: Mapping[str, str],
    *, looks_over: bool = False,
) -> Pressed:  # fmt: skip
    """`looks_over`: only tell what would follow. Raises 404, 403, 400."""
    opened = _opened(console, visitor, session, case_id, do)
    if known := _known(session, visitor, opened, do, form):
        return Pressed(opened, known, settled=True)
    try:
        event = event_of(do, case_id, opened.doable, form, visitor)
    except Unfinished as lacks:
        return Pressed(opened, Notice(visitor.say(lacks.key), 422))
    if looks_over:
        return Pressed(opened, follows=_follows(console, visitor, session, opened, event))
    _hand_in(session, visitor, opened, do, event)
    return Pressed(opened, Notice(visitor.say("act.done", did=_words(visitor, do))), settled=True)


# --- once ---------------------------------------------------------------------------------------


def _key(case_id: str, seen: str) -> str:
    return f"act:{case_id}:{seen}"


def _known(
    session: Session, visitor: Visitor, opened: Opened, do: str, form: Mapping[str, str]
) -> Notice | None:
    """Somebody has done something since this page was made, perhaps this very person this very thing."""
    seen = form.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) <= LONGEST_REV):
        raise HTTPException(400)
    done = audit.handled_by(session, _key(opened.row.id, seen))
    if done is not None and (done.user_id, done.note) == (visitor.user.id, do):
        return Notice(visitor.say("act.done", did=_words(visitor, do)))
    if done is not None:
        did = _words(visitor, done.note)
        return Notice(visitor.say("act.quicker", name=done.name, at=visitor.clock(done.at), did=did), 409)
    if seen != str(opened.row.rev) or do not in opened.doable.acts:
        return Notice(visitor.say("act.changed"), 409)
    return None


def _hand_in(session: Session, visitor: Visitor, opened: Opened, do: str, event: Event) -> None:
    user, case_id = visitor.user, opened.row.id
    key = _key(case_id, str(opened.row.rev))
    mine = HandledRow(key=key, at=visitor.now, user_id=user.id, name=user.name, note=do)
    if audit.handle(session, mine) is not None:
        raise HTTPException(409)  # at this very moment
    inbox.add(session, doing.SOURCE, Arrival(key, event), visitor.now)
    doing.note(session, visitor, f"case.{do}", f"case:{case_id}", {"reason": getattr(event, "reason", "")})


def _words(visitor: Visitor, do: str) -> str:
    return visitor.say(f"act.did_{do}") if do in NEEDED else do


# --- the pages ----------------------------------------------------------------------------------


def _follows(
    console: Console, visitor: Visitor, session: Session, opened: Opened, event: Event
) -> Sequence[str]:
    case = codec.load_case(opened.row.body)
    return console.behind.follows(session, case, event, visitor.look.language, visitor.now)


def _page(
    console: Console, visitor: Visitor, opened: Opened, do: str, follows: Sequence[str],
    form: Mapping[str, str] | None = None, notice: Notice | None = None, *, looks_over: bool = False,
) -> Response:  # fmt: skip
    lost, row = opened.doable.lost, opened.row
    return show(
        console, visitor, "case_act.html", notice.status if notice else 200, page="cases", row=row,
        opened=opened, one=opened.doable, do=do, follows=follows, form=form or {}, notice=notice,
        looks_over=looks_over, is_possible=do in opened.doable.acts,
        client=row.body.get("client_name") or "", phone=masked(row.phone) if row.phone else "",
        must_confirm=lost is not None and needs_confirming(lost), looked_over=LOOKED_OVER,
    )  # fmt: skip


def _done(console: Console, visitor: Visitor, opened: Opened, do: str, notice: Notice) -> Response:
    return show(
        console, visitor, "case_acted.html", notice.status, page="cases", opened=opened, do=do, notice=notice
    )
