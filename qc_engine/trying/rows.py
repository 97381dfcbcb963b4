"""What the tables hold of some people: a query per table, not per case, and nothing that must be written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlmodel import Session, col

from qc_engine.core.case import Case
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, StaffWrote
from qc_engine.core.review.checking import GivenBonus
from qc_engine.flow.arriving import channel_of
from qc_engine.store import codec
from qc_engine.store.tables import (
    BonusRow,
    CaseRow,
    ClientRow,
    ContactPointRow,
    DeliveryRow,
    EffectRow,
    InboxRow,
)
from qc_engine.trying.causes import OF_THE_PAST, Heard, Made, named
from qc_engine.trying.past import Point, Season

KINDS = tuple(one.__name__ for one in OF_THE_PAST.__args__)
OURS = "we wrote it ourselves"
A_DAY = timedelta(days=1)  # before the first case: who has the word, who wrote a moment ago
Stray = Mapping[str, Sequence[Heard]]  # by phone
Told = dict[str, tuple[datetime, str, str]]


@dataclass(frozen=True)
class Known:
    """One case of the tables."""

    id: str
    case: Case  # as it is now
    began_at: datetime
    outcome: str
    scenario: str


@dataclass
class Rows:
    """What the tables hold of some people; by phone, or by case."""

    cases: dict[str, list[Known]] = field(default_factory=dict)  # by the key of a person
    heard: dict[str, list[Heard]] = field(default_factory=dict)
    made: dict[str, list[Made]] = field(default_factory=dict)
    clients: dict[str, ClientRow] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    bonuses: dict[str, list[GivenBonus]] = field(default_factory=dict)


def read_rows(session: Session, season: Season, tried: Collection[str]) -> Rows:
    rows = Rows()
    phones = {
        phone for (phone,) in session.execute(select(col(CaseRow.phone)).where(col(CaseRow.id).in_(tried)))
    }
    phones -= {""}
    ids: dict[str, Case] = {}
    found = session.execute(
        select(
            col(CaseRow.id), col(CaseRow.phone), col(CaseRow.body), col(CaseRow.created_at),
            col(CaseRow.outcome), col(CaseRow.scenario),
        )
        .where(or_(col(CaseRow.phone).in_(phones), col(CaseRow.id).in_(tried)))
        .order_by(col(CaseRow.created_at), col(CaseRow.id))
    )  # fmt: skip
    for id_, phone, body, began_at, outcome, scenario in found:
        case = ids[id_] = codec.load_case(body)
        known = Known(id_, case, began_at, outcome, scenario)
        rows.cases.setdefault(phone or f"case:{id_}", []).append(known)
    _read_inbox(session, season, ids, rows)
    _read_outbox(session, season, ids, rows)
    _read_people(session, season, {*phones, *rows.cases}, rows)
    return rows


def _read_inbox(session: Session, season: Season, cases: Mapping[str, Case], rows: Rows) -> None:
    further = frozenset(season.channels) - {""}
    found = session.execute(
        select(
            col(InboxRow.source), col(InboxRow.kind), col(InboxRow.event), col(InboxRow.received_at),
            col(InboxRow.case_id),
        )
        .where(col(InboxRow.case_id).in_(cases), col(InboxRow.kind).in_(KINDS))
        .where(col(InboxRow.result).in_(("applied", "ignored")), col(InboxRow.reason) != OURS)
        .where(col(InboxRow.received_at) <= season.horizon)
        .order_by(col(InboxRow.id))
    )  # fmt: skip
    for source, kind, data, at, case_id in found:
        phone = cases[case_id].client.phone
        event = named(codec.load_event(kind, data), phone, channel_of(source, further))
        rows.heard.setdefault(case_id, []).append(Heard(at, event, case_id))


def _read_outbox(session: Session, season: Season, cases: Collection[str], rows: Rows) -> None:
    found = session.execute(
        select(
            col(EffectRow.key), col(EffectRow.case_id), col(EffectRow.kind), col(EffectRow.payload),
            col(EffectRow.state), col(EffectRow.first_tried_at), col(EffectRow.done_at),
            col(EffectRow.result), col(EffectRow.error),
        )
        .where(col(EffectRow.case_id).in_(cases), col(EffectRow.created_at) <= season.horizon)
        .order_by(col(EffectRow.id))
    ).all()  # fmt: skip
    messages = {row.result for row in found if row.kind == SendMessage.__name__ and row.result}
    told = _told(session, messages)
    for key, case_id, kind, payload, state, tried_at, done_at, result, error in found:
        said = told.get((payload.get("channel", ""), result), {}) if kind == SendMessage.__name__ else {}
        made = Made(key, kind, payload, state, tried_at or done_at, result, error, said)
        rows.made.setdefault(case_id, []).append(made)


def _told(session: Session, numbers: Collection[str]) -> dict[tuple[str, str], Told]:
    """What channels told of messages, by channel and number."""
    found: dict[tuple[str, str], Told] = {}
    rows = session.execute(select(DeliveryRow).where(col(DeliveryRow.message_id).in_(numbers))).scalars()
    for row in rows:
        found.setdefault((row.channel, row.message_id), {})[row.state] = (row.at, row.code, row.reason)
    return found


def _read_people(session: Session, season: Season, keys: Collection[str], rows: Rows) -> None:
    clients = session.execute(select(ClientRow).where(col(ClientRow.phone).in_(keys))).scalars()
    rows.clients = {row.phone: row for row in clients}
    points = session.execute(select(ContactPointRow).where(col(ContactPointRow.phone).in_(keys))).scalars()
    for row in points:
        point = Point(row.channel, row.address, row.joined_at, row.left_at, row.wrote_at)
        rows.points.setdefault(row.phone, []).append(point)
    given = select(BonusRow).where(col(BonusRow.portal) == season.portal, col(BonusRow.person).in_(keys))
    for one in session.execute(given.order_by(col(BonusRow.id))).scalars():
        bonus = GivenBonus(one.rule, one.case_id, one.confirmed_at, one.taken_back_at is not None)
        rows.bonuses.setdefault(one.person, []).append(bonus)


def words_for_nobody(session: Session, season: Season) -> Stray:
    """Words that reached no case still tell who had the word with a client, and who asked to stop."""
    kinds = (AnswerReceived.__name__, StaffWrote.__name__)
    rows = session.execute(
        select(col(InboxRow.kind), col(InboxRow.event), col(InboxRow.received_at))
        .where(col(InboxRow.case_id) == "", col(InboxRow.kind).in_(kinds), col(InboxRow.reason) != OURS)
        .where(col(InboxRow.received_at) >= season.since - A_DAY)
        .where(col(InboxRow.received_at) <= season.horizon)
        .order_by(col(InboxRow.id))
    )
    found: dict[str, list[Heard]] = {}
    for kind, event, at in rows:
        if phone := event.get("phone"):
            found.setdefault(phone, []).append(Heard(at, codec.load_event(kind, event), ""))
    return found
