"""GET and POST /console/settings/webhooks: where they go, how they went, once more, and as a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from sqlmodel import Session

from qc_engine.store import audit, calls, outbox
from qc_engine.store.tables import EffectRow
from qc_engine.web.console import doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.narrowing import clean
from qc_engine.web.console.policy import Action, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings.log import number_in, said
from qc_engine.web.pages.settings.office import Endpoint
from qc_engine.web.pages.settings.tabs import WEBHOOKS, show_tab

PAGE = 50
LATELY = timedelta(days=30)
FIELDS = ("webhook", "state")


@dataclass(frozen=True)
class Call:
    """One delivery. `why`: what came of its last attempt, if that was not well."""

    row: EffectRow
    name: str
    event: str
    state: str
    why: str
    can: str  # again, now, or nothing

    @property
    def seen(self) -> str:
        return f"{self.row.state}:{self.row.attempts}:{self.row.fence}"


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(WEBHOOKS.path)
    def look(request: Request, visitor: Visitor = visiting) -> Response:
        return _page(console, visitor, request.query_params)

    @router.post(WEBHOOKS.path)
    def send(request: Request, acting: Acting = sending) -> Response:
        allowed(acting.visitor, Action.SEND_WEBHOOKS, Where.COMPANY)
        return _page(
            console, acting.visitor, request.query_params, _acted(console, acting.visitor, acting.form)
        )

    return router


def _page(
    console: Console, visitor: Visitor, query: Mapping[str, str], notice: Notice | None = None
) -> Response:
    allowed(visitor, WEBHOOKS.action, Where.COMPANY)
    values = {name: clean(query.get(name, "")) for name in FIELDS}
    before = number_in(query.get("before", ""))
    with console.database.reading() as session:
        rows = calls.log(session, values["webhook"], values["state"], PAGE + 1, before)
        counts = calls.counts(session, visitor.now - LATELY)
    older = _address(values, before=str(rows[PAGE - 1].id)) if len(rows) > PAGE else ""
    here = _address(values, before=str(before) if before else "")
    endpoints = console.office.endpoints()
    return show_tab(
        console, visitor, WEBHOOKS, "webhooks.html", notice, endpoints=endpoints, counts=counts,
        values=values, names=_names(endpoints, counts),
        states=[(state, _word(console, visitor, state)) for state in calls.STATES], here=here, older=older,
        newest=_address(values) if before else "",
        calls=[call_told(console, visitor, row) for row in rows[:PAGE]],
    )  # fmt: skip


def _names(endpoints: Sequence[Endpoint], counts: Mapping[tuple[str, str], int]) -> Sequence[tuple[str, str]]:
    """To choose from; also those that config.yaml has no more. Value and words are the same."""
    return [(one, one) for one in sorted({*(one.name for one in endpoints), *(name for name, _ in counts)})]


def _address(values: Mapping[str, str], **changes: str) -> str:
    given = {name: value for name, value in {**values, **changes}.items() if value}
    return f"{WEBHOOKS.path}?{urlencode(given)}" if given else WEBHOOKS.path


def call_told(console: Console, visitor: Visitor, row: EffectRow) -> Call:
    why = "" if row.state == outbox.DONE or not row.error else row.error
    can = "again" if row.state in calls.ENDED else "now" if row.state in calls.WAITING else ""
    return Call(
        row, row.payload.get("webhook", ""), row.payload.get("event", ""), _word(console, visitor, row.state),
        console.office.error(why, visitor.look.language) if why else "", can,
    )  # fmt: skip


def _word(console: Console, visitor: Visitor, state: str) -> str:
    return console.behind.word(visitor.look.language, "effect_state", state)


# --- the buttons ------------------------------------------------------------------------------


def _acted(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Notice:
    """Raises 400 for nonsense, 404 for what there is not."""
    match form.get("do", ""):
        case "test":
            return tested(console, visitor, form.get("webhook", ""))
        case "resend":
            with console.database.transaction() as session:
                return resent(console, session, visitor, form.get("effect", ""), form.get("seen", ""))
        case _:
            raise HTTPException(400)


def tested(console: Console, visitor: Visitor, webhook: str) -> Notice:
    """Written down before it leaves: a receiver may ask who that was. Raises 404."""
    if webhook not in {one.name for one in console.office.endpoints()}:
        raise HTTPException(404)
    key = console.ids.code()
    with console.database.transaction() as session:
        doing.note(session, visitor, "webhook.tested", f"webhook:{webhook}")
    heard = console.office.test(webhook, key, visitor.look.language)
    if heard.ok:
        return Notice(visitor.say("webhooks.tested", name=webhook))
    return Notice(visitor.say("webhooks.not_taken", name=webhook, why=heard.why), 422)


def resent(console: Console, session: Session, visitor: Visitor, effect: str, seen: str) -> Notice:
    """`effect`: its number. Raises 404."""
    number = number_in(effect)
    row = calls.held(session, number) if number is not None else None
    if row is None:
        raise HTTPException(404)
    if seen != call_told(console, visitor, row).seen or not calls.resend(row, visitor.now):
        return Notice(_changed(session, visitor, row), 409)
    doing.note(session, visitor, "webhook.resent", f"effect:{row.id}")
    return Notice(visitor.say("webhooks.resent"))


def _changed(session: Session, visitor: Visitor, row: EffectRow) -> str:
    """What a colleague did, or what happened by itself, while the page was open."""
    last = next(iter(audit.of_thing(session, f"effect:{row.id}", 1)), None)
    if last is None or last.user_id == visitor.user.id:
        return visitor.say("people.changed")
    at, did = visitor.clock(last.at), said(visitor, last.action)
    return visitor.say("people.quicker", name=last.name, at=at, did=did)
