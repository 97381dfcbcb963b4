"""Everything that is held about one person is erased; what remains counts, and leads back to nobody.

Scores, outcomes, branches and times stay, and the numbers of deals: without them a deal could be asked again.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from qc_engine.store import codec, links, outbox, wishes
from qc_engine.store.bare import bare, bare_case
from qc_engine.store.console_tables import AuditRow, HandledRow
from qc_engine.store.persons import ERASED, WHOLE_NUMBER, Ahead, Person, person, told_again
from qc_engine.store.tables import (
    BonusRow,
    CaseRow,
    ClientRow,
    ContactPointRow,
    DeliveryRow,
    EffectRow,
    ErasureRow,
    InboxRow,
    InvitationRow,
    ShadowRow,
    TraceRow,
    WatchedRow,
)

NOTHING = Ahead()
CODE = re.compile(r"[a-z_.]{1,40}")


def erase(session: Session, phone: str, now: datetime, ahead: Ahead = NOTHING) -> Counter[str]:
    """How many rows of each table were erased or made bare. What had not left never will."""
    # In the order in which events are handled: what came in, then its case.
    told = told_again(session, person(session, phone), ahead)  # while it is still known what to look for
    one = person(session, phone, lock=True)
    counts: Counter[str] = Counter()
    counts["effects"] = _effects(session, one, now)
    counts["inbox"] = sum(_bare_event(row, one, now) for row in told)
    counts["links"] = sum(len(links.erase(session, case_id, now)) for case_id in one.case_ids)
    for name, statement in _statements(one).items():
        counts[name] = session.execute(statement).rowcount  # type: ignore[attr-defined]
    counts["watched_fields"] = sum(_watched(session, row) for row in one.cases)
    counts["bonuses"] = _bonuses(session, one)
    counts["audit"] = _notes(session, one) + _notes_beside(session, told)
    events = [f"{wishes.OF_EVENT}{row.id}" for row in told]
    wishes.settle(session, [*one.case_ids, *events])
    for row in one.cases:
        _bare_case(row, now)
    counts["cases"] = len(one.cases)
    session.flush()
    return +counts


def _statements(one: Person) -> Mapping[str, Any]:
    theirs = one.case_ids
    return {
        "traces": delete(TraceRow).where(col(TraceRow.case_id).in_(theirs)),
        "shadow_cases": delete(ShadowRow).where(col(ShadowRow.case_id).in_(theirs)),
        "invitations": delete(InvitationRow).where(
            or_(col(InvitationRow.case_id).in_(theirs), col(InvitationRow.phone) == one.phone)
        ),
        "contact_points": delete(ContactPointRow).where(
            or_(col(ContactPointRow.phone) == one.phone, col(ContactPointRow.address) == one.phone)
        ),
        "clients": delete(ClientRow).where(col(ClientRow.phone) == one.phone),
    }


def _effects(session: Session, one: Person, now: datetime) -> int:
    rows = session.exec(select(EffectRow).where(col(EffectRow.case_id).in_(one.case_ids))).all()
    for row in rows:
        _bare_deliveries(session, row)
        if row.state in outbox.OPEN:
            # Who has it in hand at this moment finds that it is no longer theirs.
            row.state, row.fence, row.lease_until, row.done_at = outbox.CANCELLED, row.fence + 1, None, now
        row.payload = bare(row.payload)
        code = row.error.partition(": ")[0]
        row.error = code if CODE.fullmatch(code) else ""
    return len(rows)


def _bare_deliveries(session: Session, row: EffectRow) -> None:
    if row.kind == "SendMessage" and row.result:
        told = update(DeliveryRow).where(col(DeliveryRow.message_id) == row.result)
        session.execute(told.values(reason=""))


def _bare_event(row: InboxRow, one: Person, now: datetime) -> bool:
    """The row itself stays: a sender who repeats it must find that it was here."""
    row.kind, row.event, row.raw, row.case_id = ERASED, {}, "", ""
    row.key = _bare_key(row, one)
    row.processed_at, row.result, row.reason = row.processed_at or now, "ignored", ERASED
    row.is_hint = False
    return True


def _bare_key(row: InboxRow, one: Person) -> str:
    """With the row's own number in the place of a phone or an address: keys must differ."""
    instead = f"•{row.id}"
    parts = row.key.replace(one.phone[-WHOLE_NUMBER:], instead).split(":")
    return ":".join(instead if part in one.addresses else part for part in parts)


def _watched(session: Session, row: CaseRow) -> int:
    theirs = delete(WatchedRow).where(
        col(WatchedRow.portal) == row.portal, col(WatchedRow.deal_id) == row.deal_id
    )
    return int(session.execute(theirs).rowcount)  # type: ignore[attr-defined]


def _bonuses(session: Session, one: Person) -> int:
    rows = session.exec(select(BonusRow).where(col(BonusRow.case_id).in_(one.case_ids))).all()
    for row in rows:
        row.person, row.contact_id, row.reason = f"case:{row.case_id}", None, ""
    return len(rows)


def _notes(session: Session, one: Person) -> int:
    """What colleagues wrote beside these cases; that they did something, and when, stays."""
    count = 0
    for case_id in one.case_ids:
        mine = or_(col(AuditRow.thing) == f"case:{case_id}", col(AuditRow.thing).contains(f":{case_id}:"))
        for row in session.exec(select(AuditRow).where(mine)).all():
            row.details, count = {}, count + bool(row.details)
        keys = col(HandledRow.key).contains(f":{case_id}")
        session.execute(update(HandledRow).where(keys).values(note=""))
    effects = select(EffectRow.id).where(col(EffectRow.case_id).in_(one.case_ids))
    for number in session.exec(effects).all():
        for row in session.exec(select(AuditRow).where(AuditRow.thing == f"effect:{number}")).all():
            row.details, count = {}, count + bool(row.details)
    return count


def _notes_beside(session: Session, told: Sequence[InboxRow]) -> int:
    """What colleagues wrote beside what came in and belongs to no case."""
    keys = [f"{family}:{row.id}" for row in told for family in ("unmatched", "inbox")]
    session.execute(update(HandledRow).where(col(HandledRow.key).in_(keys)).values(note=""))
    noted = session.exec(select(AuditRow).where(col(AuditRow.thing).in_(keys))).all()
    count = sum(bool(row.details) for row in noted)
    for row in noted:
        row.details = {}
    return count


# --- a case -----------------------------------------------------------------------------------


def _bare_case(row: CaseRow, now: datetime) -> None:
    case = bare_case(codec.load_case(row.body), now)
    row.body, row.phone, row.client_name = codec.dump_case(case), "", ""
    row.answer_code = row.survey_code = ""
    row.state, row.outcome, row.wake_at, row.still_since = case.state, case.outcome, None, None
    row.complaint_due = None
    row.task_id, row.rev, row.updated_at = None, row.rev + 1, now


# --- the record -------------------------------------------------------------------------------


def record(
    session: Session, fingerprint: str, by: str, user_id: str, reason: str, counts: Mapping[str, int],
    now: datetime,
) -> ErasureRow:  # fmt: skip
    """That it was done, by whom and why; of whom, only the keyed fingerprint tells."""
    row = ErasureRow(
        at=now, fingerprint=fingerprint, by=by[:80], user_id=user_id, reason=reason, details=dict(counts)
    )
    session.add(row)
    session.flush()
    return row


def records(session: Session, limit: int = 50) -> Sequence[ErasureRow]:
    """The newest first."""
    return session.exec(select(ErasureRow).order_by(col(ErasureRow.id).desc()).limit(limit)).all()


def erased_at(session: Session, fingerprints: Sequence[str]) -> datetime | None:
    """When this person was erased, if ever; `fingerprints` by the key of today and by former ones."""
    found = select(ErasureRow.at).where(col(ErasureRow.fingerprint).in_(fingerprints))
    return session.exec(found.order_by(col(ErasureRow.id).desc()).limit(1)).first()
