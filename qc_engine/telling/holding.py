"""Everything that is held about one person: to be shown, and to be handed out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from qc_engine.explain.hiding import KEY, without_pages
from qc_engine.explain.moments import iso
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import event_words
from qc_engine.store import links, messages, outbox, points, traces
from qc_engine.store.persons import Person, person, told_by
from qc_engine.store.tables import BonusRow, CaseRow, ClientRow, EffectRow, InboxRow, InvitationRow

Told = dict[str, Any]
SENT = "SendMessage"
# Who has these can speak for the person or for us.
SECRET = frozenset({
    "answer_code", "survey_code", "token", "answer_url", "survey_url", "invitations", "links",
})  # fmt: skip
OF_CASE = (
    "deal_title", "contact_id", "client_name", "scores", "comments", "words", "entered", "values", "language",
    "review",
)  # fmt: skip
LOUD = ("text", "words")  # of events: what the person wrote


def held(session: Session, phone: str, voice_of: Callable[[CaseRow], Voice]) -> Told:
    """By kinds of what is held; without the keys of other systems and the addresses of our own pages."""
    one = person(session, phone)
    client = session.get(ClientRow, phone)
    told: Told = {
        "phone": phone,
        "client": _plain(client) if client else {},
        "contact_points": [_point(each) for each in points.of_phone(session, phone)],
        "invitations": [_plain(row) for row in _invitations(session, one)],
        "cases": [_case(session, row, voice_of(row)) for row in one.cases],
        "bonuses": [_plain(row) for row in _bonuses(session, one)],
        "received": [_event(row) for row in told_by(session, one)],
    }
    closed: Told = without_pages(told)
    return closed


def _case(session: Session, row: CaseRow, voice: Voice) -> Told:
    effects = outbox.of_case(session, row.id)
    came = messages.told_of(session, effects)
    body, story = row.body, {one.key: one for one in effects}
    return {
        "case_id": row.id, "portal": row.portal, "deal_id": row.deal_id, "branch": row.branch,
        "scenario": row.scenario, "state": voice.word("state", row.state),
        "outcome": voice.word("outcome", row.outcome) if row.outcome else "",
        "created_at": iso(row.created_at),
        **{name: body.get(name) for name in OF_CASE},
        "messages": [_message(one, came.get(one.key, {})) for one in effects if one.kind == SENT],
        "effects": [_effect(one) for one in effects if one.kind != SENT],
        "visits": list(_visits(session, row)),
        "story": [
            {"at": iso(one.at), "what": event_words(voice, one.body["event"], story)}
            for one in traces.of_case(session, row.id)
        ],
    }  # fmt: skip


def _message(row: EffectRow, told: Mapping[str, Any]) -> Told:
    """What we wrote, and how far it came."""
    return {
        "at": iso(row.done_at or row.first_tried_at or row.created_at),
        "text": row.payload["text"],
        "channel": row.payload.get("channel", ""),
        "state": row.state,
        "told": {state: iso(one.at) for state, one in told.items()},
    }


def _effect(row: EffectRow) -> Told:
    """What we wrote elsewhere about the person."""
    payload = {name: value for name, value in row.payload.items() if name not in SECRET}
    return {"at": iso(row.done_at or row.created_at), "kind": row.kind, "state": row.state, "what": payload}


def _visits(session: Session, row: CaseRow) -> Iterator[Told]:
    platforms = {link.code: link.platform for link in links.of_case(session, row.id)}
    for click in links.clicks_of_case(session, row.id):
        yield {
            "at": iso(click.at), "platform": platforms[click.code], "grade": click.grade,
            "agent": click.agent, "target": click.target,
        }  # fmt: skip


def _event(row: InboxRow) -> Told:
    words = next((str(row.event[name]) for name in LOUD if row.event.get(name)), "")
    return {
        "at": iso(row.received_at), "source": row.source, "kind": row.kind, "text": words,
        "event": _open(row.event), "raw": KEY.sub(r"\1•••", row.raw),
    }  # fmt: skip


def _invitations(session: Session, one: Person) -> Sequence[InvitationRow]:
    return session.exec(select(InvitationRow).where(InvitationRow.phone == one.phone)).all()


def _bonuses(session: Session, one: Person) -> Sequence[BonusRow]:
    return session.exec(select(BonusRow).where(col(BonusRow.case_id).in_(one.case_ids))).all()


def _point(point: Any) -> Told:
    return {name: _json(value) for name, value in vars(point).items()}


def _plain(row: SQLModel) -> Told:
    return {name: _json(value) for name, value in row.model_dump().items() if name not in SECRET}


def _open(value: Any) -> Any:
    """Without what is secret."""
    if isinstance(value, Mapping):
        return {name: _open(one) for name, one in value.items() if name not in SECRET}
    return [_open(one) for one in value] if isinstance(value, list) else value


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def is_nothing(told: Told) -> bool:
    """Is nothing at all held of this phone?"""
    return not any(value for name, value in told.items() if name != "phone")
