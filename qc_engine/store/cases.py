"""Cases and clients: found by what they are known by, saved with a check that nobody was quicker."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, false, func, or_, update
from sqlalchemy import case as sql_case
from sqlalchemy.orm import load_only
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from qc_engine.core.case import Case, Client, State
from qc_engine.core.wording.texts import folded
from qc_engine.store import codec, facts, ledger, points, scenarios
from qc_engine.store.tables import CaseRow, ClientRow, EffectRow, LinkRow

LONGEST_NAME = 200
MAIN = "main"  # the portal that every installation has; further ones are named in config.yaml


class SomebodyWasQuicker(Exception):
    """The case changed since it was read: take the event again."""


def create(session: Session, case: Case, answer_code: str, now: datetime, survey_code: str = "") -> None:
    row = CaseRow(
        id=case.id, portal=case.portal, deal_id=case.deal_id, scenario=case.scenario, round=case.round,
        version=case.version, state=case.state, step=case.step, answer_code=answer_code,
        survey_code=survey_code,
        body={}, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(_fill(row, case, now))
    _save_client(session, case.client)
    facts.keep(session, None, case, now)
    session.flush()


def get(session: Session, case_id: str) -> Case | None:
    row = session.get(CaseRow, case_id)
    return load(session, row) if row else None


def load(session: Session, row: CaseRow) -> Case:
    """The case with its client as known now, also from other cases of the same phone."""
    case = codec.load_case(row.body)
    person = client(session, case.client.phone)
    if case.check:  # only a case that asks for a review may lead to a bonus
        person = replace(person, bonuses=ledger.of_person(session, case))
    return _with_deal(session, replace(case, rev=row.rev, client=person))


def client(session: Session, phone: str) -> Client:
    row = session.get(ClientRow, phone) if phone else None
    met_at = points.of_phone(session, phone)
    if row is None:
        return Client(phone, points=met_at)
    return Client(phone, row.opted_out_at, row.surveyed_at, row.wrote_at, row.operator_at, points=met_at)


def save(session: Session, before: Case, after: Case, now: datetime) -> Case:
    """Raises SomebodyWasQuicker when the revision is no longer the one that was read."""
    row = session.get_one(CaseRow, before.id)
    if row.rev != before.rev:
        raise SomebodyWasQuicker(before.id)
    saved = replace(after, rev=before.rev + 1)
    _fill(row, saved, now)
    if saved.client != before.client:
        _save_client(session, saved.client)
    if saved.bonuses != before.bonuses:
        ledger.keep(session, saved)
    facts.keep(session, before, saved, now)
    try:
        session.flush()
    except StaleDataError:
        raise SomebodyWasQuicker(before.id) from None
    return saved


def _fill(row: CaseRow, case: Case, now: datetime) -> CaseRow:
    row.state, row.step, row.outcome, row.rev = case.state, case.step, case.outcome, case.rev
    row.phone, row.branch = case.client.phone, case.branch.name
    row.client_name = folded(case.client_name)[:LONGEST_NAME]
    # A task that was answered may still be closed with other words: they must find their case.
    row.task_id = case.task_id or (case.check.task_was if case.check else None)
    row.still_since = case.still.since if case.still else None
    is_open = case.complaint is not None and case.complaint.settled_at is None
    row.complaint_due = case.complaint.due_at if case.complaint and is_open else None
    row.wake_at, row.updated_at, row.body = case.wake_at, now, codec.dump_case(case)
    return row


def _save_client(session: Session, client: Client) -> None:
    if client.phone:
        session.merge(
            ClientRow(
                phone=client.phone,
                opted_out_at=client.opted_out_at,
                surveyed_at=client.surveyed_at,
                wrote_at=client.wrote_at,
                operator_at=client.operator_at,
            )
        )


def save_client(session: Session, client: Client) -> None:
    """A person without a case wrote: remember what holds for all scenarios."""
    _save_client(session, client)


# --- finding ----------------------------------------------------------------------------------


def of_deal(session: Session, portal: str, deal_id: int) -> Sequence[CaseRow]:
    return session.exec(
        select(CaseRow)
        .where(CaseRow.portal == portal, CaseRow.deal_id == deal_id)
        .order_by(col(CaseRow.created_at))
    ).all()


def of_deal_anywhere(session: Session, deal_id: int) -> Sequence[CaseRow]:
    """A person says a number and no portal: every deal that has it."""
    return session.exec(
        select(CaseRow).where(CaseRow.deal_id == deal_id).order_by(col(CaseRow.created_at))
    ).all()


def of_phone(session: Session, phone: str) -> CaseRow | None:
    """The case that a client's words belong to: active before waiting before ended, newest first."""
    if not phone:
        return None
    order = sql_case({State.ACTIVE: 0, State.WAITING: 1, State.ENDED: 2}, value=CaseRow.state)
    return session.exec(
        select(CaseRow).where(CaseRow.phone == phone).order_by(order, col(CaseRow.updated_at).desc()).limit(1)
    ).first()


def all_of_phone(session: Session, phone: str) -> Sequence[CaseRow]:
    return session.exec(select(CaseRow).where(CaseRow.phone == phone).order_by(col(CaseRow.created_at))).all()


def open_of_phone(session: Session, phone: str) -> Sequence[CaseRow]:
    return [row for row in all_of_phone(session, phone) if row.state != State.ENDED]


def of_task(session: Session, portal: str, task_id: int) -> CaseRow | None:
    return session.exec(select(CaseRow).where(CaseRow.portal == portal, CaseRow.task_id == task_id)).first()


def of_complaint(session: Session, portal: str, task_id: int) -> CaseRow | None:
    """The case whose complaint is settled by this task, or that asked yes or no with it."""
    made = select(EffectRow.case_id).where(EffectRow.result == str(task_id), EffectRow.kind == "CreateTask")
    rows = [session.get_one(CaseRow, case_id) for case_id in session.exec(made).all()]
    return next((row for row in rows if row.portal == portal and task_id in _tasks_beside(row)), None)


def of_complaint_deal(session: Session, portal: str, deal_id: int) -> CaseRow | None:
    """The case for whose complaint this deal was opened."""
    made = select(EffectRow).where(EffectRow.result == str(deal_id), EffectRow.kind == "CreateDeal")
    pairs = [(session.get_one(CaseRow, one.case_id), one.key) for one in session.exec(made).all()]
    return next(
        (row for row, key in pairs if row.portal == portal and _complaint(row).get("deal_key") == key), None
    )


def _with_deal(session: Session, case: Case) -> Case:
    """The number of the deal that was opened for the complaint, as soon as the CRM has given one; and since
    when we have not moved it.
    """
    complaint = case.complaint
    if complaint is None:
        return case
    if complaint.moves:
        complaint = replace(complaint, moved_at=_over_at(session, complaint.moves[-1]))
    if complaint.deal_key and not complaint.deal_id:
        made = select(EffectRow.result).where(EffectRow.key == complaint.deal_key)
        number = session.exec(made).first() or ""
        complaint = replace(complaint, deal_id=int(number)) if number.isdigit() else complaint
    return replace(case, complaint=complaint)


def _over_at(session: Session, key: str) -> datetime | None:
    """When an effect came to its end, good or bad; None while it is under way."""
    row = session.exec(select(EffectRow).where(EffectRow.key == key)).first()
    return row.done_at if row else None


def complained_at(session: Session, phone: str, *, but: str = "") -> datetime | None:
    """When this client last complained, in any case `but` this, of what nobody has settled since."""
    rows = all_of_phone(session, phone) if phone else ()
    found = [_complaint(row) for row in rows if row.id != but]
    moments = [datetime.fromisoformat(one["at"]) for one in found if one and not one["settled_at"]]
    return max(moments, default=None)


def awaited_tasks(row: CaseRow) -> set[int]:
    """Tasks in which somebody is to answer."""
    approvals = row.body.get("approvals") or []
    return {row.task_id or 0, *(one["task_id"] or 0 for one in approvals if one["given"] is None)} - {0}


def _tasks_beside(row: CaseRow) -> list[int | None]:
    """Tasks that are not about the review."""
    approvals = row.body.get("approvals") or []
    return [_complaint(row).get("task_id"), *(one["task_id"] for one in approvals)]


def _complaint(row: CaseRow) -> dict[str, Any]:
    return row.body.get("complaint") or {}


def of_answer_code(session: Session, code: str) -> CaseRow | None:
    return session.exec(select(CaseRow).where(CaseRow.answer_code == code)).first()


def of_survey_code(session: Session, code: str) -> CaseRow | None:
    return session.exec(select(CaseRow).where(CaseRow.survey_code == code)).first() if code else None


def of_link(session: Session, code: str) -> CaseRow | None:
    link = session.get(LinkRow, code)
    return session.get(CaseRow, link.case_id) if link else None


def open_of_deals(
    session: Session, portal: str, deal_ids: Iterable[int], *, with_waiting: bool = False
) -> dict[int, list[Case]]:
    """The cases of these deals that are not over; their clients are as of the case's last decision.

    `with_waiting`: also those that are over and have still to ask about what was settled.
    """
    waits = col(CaseRow.wake_at).is_not(None) if with_waiting else false()
    rows = session.exec(
        select(CaseRow).where(
            CaseRow.portal == portal,
            col(CaseRow.deal_id).in_(list(deal_ids)),
            or_(col(CaseRow.state) != State.ENDED, waits),
        )
    ).all()
    found: dict[int, list[Case]] = {}
    for row in rows:
        found.setdefault(row.deal_id, []).append(codec.load_case(row.body))
    return found


def counts(session: Session) -> dict[str, int]:
    """How many cases are in each state, and how they ended."""
    key = func.coalesce(func.nullif(CaseRow.outcome, ""), CaseRow.state)
    rows = session.exec(select(key, func.count()).group_by(key)).all()
    return {str(name): number for name, number in rows}


# --- time -------------------------------------------------------------------------------------


def due(session: Session, now: datetime, limit: int) -> Sequence[CaseRow]:
    """Cases whose time has come, by the partial index; not those that stand still.

    Without what stands in them: it is read when somebody asks for it.
    """
    rows = session.exec(_DUE, params={"now": now, "most": limit}).all()
    # Looked at last: mostly nothing is due, and nothing is frozen.
    if rows and scenarios.any_frozen(session):
        return session.exec(_DUE_BESIDE_FROZEN, params={"now": now, "most": limit}).all()
    return rows


def _due() -> SelectOfScalar[CaseRow]:
    return (
        select(CaseRow)
        .where(col(CaseRow.wake_at).is_not(None), col(CaseRow.wake_at) <= bindparam("now"))
        .where(col(CaseRow.still_since).is_(None))
        .order_by(col(CaseRow.wake_at))
        .limit(bindparam("most"))
        .options(load_only(CaseRow.id, CaseRow.rev, CaseRow.wake_at))  # type: ignore[arg-type]
        .with_for_update(skip_locked=True, of=CaseRow)
    )


def unhook(session: Session, rows: Sequence[CaseRow]) -> None:
    """Their time has come and was told: they wait for no moment any more. For rows that are locked."""
    ids = [row.id for row in rows]
    unhooked = update(CaseRow).where(col(CaseRow.id).in_(ids)).values(wake_at=None)
    session.execute(unhooked.execution_options(synchronize_session=False))


# Made once: to make a statement takes longer than to run it.
_DUE, _DUE_BESIDE_FROZEN = _due(), _due().where(~scenarios.frozen_scenario())


def next_wake(session: Session) -> datetime | None:
    still = scenarios.frozen_scenario() if scenarios.any_frozen(session) else false()
    return session.exec(
        select(CaseRow.wake_at)
        .where(col(CaseRow.wake_at).is_not(None), col(CaseRow.still_since).is_(None), ~still)
        .order_by(col(CaseRow.wake_at))
        .limit(1)
    ).first()
