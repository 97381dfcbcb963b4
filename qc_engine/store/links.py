"""Short links of a case, and who opened them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text, update
from sqlmodel import Session, col, select

from qc_engine.core.effects import SendMessage
from qc_engine.store import notebook, outbox
from qc_engine.store.driver import Writing, writing_of
from qc_engine.store.tables import CaseRow, ClickRow, EffectRow, LinkRow

LONGEST_AGENT = 300
LONGEST_REASON = 200
MOST_FILED_AT_ONCE = 5_000
ERASURES = "links:erasures"  # a cursor: how often links were erased, so that memories can be trusted
ON_THE_WAY = (outbox.SENDING, outbox.UNKNOWN, outbox.REVIEW)  # may have reached the client

# Written as text, because a partial index is used only for the very words of its condition.
FILED, UNFILED = text("clicks.filed = 1"), text("clicks.filed = 0")


@dataclass(slots=True)  # not frozen: that takes three times as long to make, and this is the hottest row
class Click:
    """One visit of a link. `grade` is person, likely or machine; `reason` says why.

    `target`: where the link led; `address`: a keyed hash of the visitor's.
    """

    code: str
    at: datetime
    grade: str
    reason: str
    agent: str = ""
    target: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A link with what a visit is judged by. `sent_at`: when a message last carried it; None: not yet."""

    code: str
    case_id: str
    platform: str
    target: str
    created_at: datetime
    portal: str = ""
    branch: str = ""
    sent_at: datetime | None = None
    on_its_way: bool = False  # a message with it is being sent at this moment, or may have been


def add(session: Session, code: str, case_id: str, platform: str, target: str, now: datetime) -> LinkRow:
    row = LinkRow(code=code, case_id=case_id, platform=platform, target=target, created_at=now)
    session.add(row)
    return row


def find(session: Session, code: str) -> LinkRow | None:
    return session.get(LinkRow, code)


def of_case(session: Session, case_id: str) -> Sequence[LinkRow]:
    return session.exec(
        select(LinkRow).where(LinkRow.case_id == case_id).order_by(col(LinkRow.created_at), LinkRow.platform)
    ).all()


def find_many(session: Session, codes: Iterable[str], not_before: datetime | None = None) -> dict[str, Known]:
    """By code. What does not exist, was erased or is older than `not_before` is left out, all alike."""
    query = (
        select(LinkRow, CaseRow.portal, CaseRow.branch)
        .outerjoin(CaseRow, col(CaseRow.id) == col(LinkRow.case_id))
        .where(col(LinkRow.code).in_(set(codes)), col(LinkRow.erased_at).is_(None))
    )
    if not_before is not None:
        query = query.where(LinkRow.created_at >= not_before)
    rows = session.exec(query).all()
    sent = _messages(session, {link.case_id for link, _, _ in rows})
    return {link.code: _known(link, portal, branch, sent) for link, portal, branch in rows}


def _messages(session: Session, case_ids: set[str]) -> Sequence[EffectRow]:
    if not case_ids:
        return ()
    return session.exec(
        select(EffectRow)
        .where(col(EffectRow.case_id).in_(case_ids), EffectRow.kind == SendMessage.__name__)
        .where(col(EffectRow.state).in_((outbox.DONE, *ON_THE_WAY)))
    ).all()


def _known(link: LinkRow, portal: str | None, branch: str | None, sent: Sequence[EffectRow]) -> Known:
    carriers = [row for row in sent if row.case_id == link.case_id and _carries(row, link.code)]
    moments = [row.done_at or row.first_tried_at for row in carriers]
    return Known(
        link.code, link.case_id, link.platform, link.target, link.created_at, portal or "", branch or "",
        max((at for at in moments if at), default=None),
        any(row.state in ON_THE_WAY for row in carriers),
    )  # fmt: skip


def _carries(row: EffectRow, code: str) -> bool:
    # The text of the message, or a parameter of its template.
    return code in str(row.payload)


# --- erasure ----------------------------------------------------------------------------------


def erase(session: Session, case_id: str, now: datetime) -> Sequence[str]:
    """The case's links lead nowhere from now on, and their visitors are forgotten; the erased codes."""
    codes = [row.code for row in of_case(session, case_id) if row.erased_at is None]
    if codes:
        session.execute(update(LinkRow).where(col(LinkRow.code).in_(codes)).values(erased_at=now, target=""))
        for condition in (FILED, UNFILED):
            session.execute(
                update(ClickRow)
                .where(condition, col(ClickRow.code).in_(codes))
                .values(agent="", address="", target="")
            )
        notebook.set_cursor(session, ERASURES, str(int(erasures(session) or 0) + 1))
    return codes


def erasures(session: Session) -> str:
    """Changes whenever links were erased: what was read before may no longer be true."""
    return notebook.cursor(session, ERASURES)


def erasures_by_driver(writing: Writing) -> str:
    writing.cursor.execute("SELECT value FROM cursors WHERE name = 'links:erasures'")
    row = writing.cursor.fetchone()
    return row[0] if row else ""


def still_there(writing: Writing, codes: Sequence[str]) -> set[str]:
    """Those that were not erased."""
    query = "SELECT code FROM links WHERE erased_at IS NULL AND code"
    return {row[0] for row in writing.select_in(query, codes)}


# --- visits -----------------------------------------------------------------------------------


CLICKS = "INSERT INTO clicks (code, at, grade, reason, agent, target, address, filed)"


def add_clicks(session: Session, clicks: Sequence[Click]) -> None:
    """Every visit is kept, repeated ones too."""
    write_clicks(writing_of(session), clicks)


def write_clicks(writing: Writing, clicks: Sequence[Click]) -> None:
    """The same by the driver: the hottest write of the product."""
    moment = writing.moment
    writing.insert(
        CLICKS,
        [
            (
                one.code, moment(one.at), one.grade, one.reason[:LONGEST_REASON],
                one.agent[:LONGEST_AGENT], one.target, one.address, 0,
            )
            for one in clicks
        ],
    )  # fmt: skip


def file_clicks(session: Session, limit: int = MOST_FILED_AT_ONCE) -> int:
    """Enter visits into the index by code, which the hot door leaves to us; how many were entered."""
    ids = session.exec(select(ClickRow.id).where(UNFILED).order_by(col(ClickRow.id)).limit(limit)).all()
    if ids:
        # Their ids are neighbours: a range, and not five thousand parameters.
        session.execute(
            update(ClickRow).where(UNFILED, col(ClickRow.id).between(ids[0], ids[-1])).values(filed=1)
        )
    return len(ids)


def clicks_of_case(session: Session, case_id: str) -> Sequence[ClickRow]:
    """Oldest first, machines included."""
    codes = [row.code for row in of_case(session, case_id)]
    found = [
        row
        for condition in (FILED, UNFILED)
        for row in session.exec(select(ClickRow).where(condition, col(ClickRow.code).in_(codes))).all()
    ]
    return sorted(found, key=lambda row: row.id or 0)
