"""From the inbox to a decision: one event, one transaction, nothing slow inside."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.core.case import Case, Client, State
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealDeleted,
    DealMoved,
    DealSeen,
    EffectDone,
    EffectFailed,
    Event,
    LinkClicked,
    MessageRefused,
    MessageSeen,
    ReviewChecked,
    StaffWrote,
    TaskClosed,
    TimerDue,
)
from qc_engine.flow.begin import Beginning
from qc_engine.store import cases, codec, inbox, outbox, traces
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, InboxRow

log = structlog.get_logger()
AT_ONCE = 10  # events in one transaction: few, because every writer waits for it
LONGEST_HOLD = timedelta(minutes=10)
PAUSE_AFTER_BUG = timedelta(seconds=30)


@dataclass
class Handler:
    """Takes events out of the inbox and turns them into decisions."""

    database: Database
    clock: Clock
    beginning: Beginning
    hold: timedelta
    on_effects: Callable[[], None]

    def handle_some(self) -> int:
        """How many events were dealt with; 0 when there is nothing to do."""
        with self.database.reading() as session:
            ids = [row.id for row in inbox.next_facts(session, self.clock.now(), AT_ONCE)]
        if not ids:
            return 0
        try:
            self._handle(ids)
        except Exception:  # noqa: BLE001 (a bug in one event must not stop the others)
            for row_id in ids:
                self._handle_alone(row_id)
        self.on_effects()
        return len(ids)

    def _handle(self, ids: Sequence[int | None]) -> None:
        with self.database.transaction(durable=False) as session:
            for row_id in ids:
                row = session.get_one(InboxRow, row_id, with_for_update=True)
                if row.processed_at is None:
                    self._apply(session, row, self.clock.now())

    def _handle_alone(self, row_id: int | None) -> None:
        assert row_id is not None
        try:
            self._handle([row_id])
        except Exception as bug:  # noqa: BLE001
            now = self.clock.now()
            with self.database.transaction(durable=False) as session:
                aside = inbox.set_aside(session, row_id, traceback.format_exc(), now, now + PAUSE_AFTER_BUG)
            log.error("event could not be handled", inbox=row_id, error=type(bug).__name__, quarantined=aside)

    def _apply(self, session: Session, row: InboxRow, now: datetime) -> None:
        event = codec.load_event(row.kind, row.event)
        if isinstance(event, DealSeen):
            self._begin_cases(session, event.deal, now)
        found = self._route(session, event)
        if not found and isinstance(event, TaskClosed) and self._unknown_task(session, event, row, now):
            return
        if not found:
            self._without_case(session, row, event, now)
            return
        for case_row in found:
            case = cases.load(session, case_row)
            if self._too_early(session, case, event, row, now):
                return
            changed = self._decide(session, case, event, now)
            result = ("applied", "") if changed else ("ignored", "it changes nothing")
            inbox.finish(row, *result, now, case.id)

    # --- which case ---

    def _route(self, session: Session, event: Event) -> Sequence[CaseRow]:  # noqa: C901 (a table)
        match event:
            case DealSeen(deal):
                return cases.of_deal(session, deal.deal_id)
            case DealMoved(deal_id=deal_id) | DealDeleted(deal_id):
                return cases.of_deal(session, deal_id)
            case AnswerReceived(phone=phone):
                return _one(cases.of_phone(session, phone))
            case MessageRefused(phone=phone, message_id=number):
                return _one(cases.of_message(session, number) or cases.of_phone(session, phone))
            case StaffWrote(phone=phone):
                return cases.open_of_phone(session, phone)
            case LinkClicked(code=code):
                return _one(cases.of_link(session, code))
            case ReviewChecked(case_id=case_id) | TimerDue(case_id=case_id):
                return _one(session.get(CaseRow, case_id))
            case TaskClosed(task_id=task_id):
                return _one(cases.of_task(session, task_id))
            case EffectDone(effect_key=key) | EffectFailed(effect_key=key):
                return _one(session.get(CaseRow, key.partition(":")[0]))
            case MessageSeen():
                return ()
            case _:
                return ()

    def _begin_cases(self, session: Session, deal: Deal, now: datetime) -> None:
        """One case per scenario and deal: the same deal is never surveyed twice."""
        known = {row.scenario for row in cases.of_deal(session, deal.deal_id)}
        for scenario in self.beginning.library.starting_at(deal.stage):
            latest = deal.entered_at + scenario.start.wait + scenario.start.not_later_than
            if scenario.name not in known and now <= latest + timedelta(days=1):
                self.beginning.begin(session, deal, scenario, now)

    def _without_case(self, session: Session, row: InboxRow, event: Event, now: datetime) -> None:
        """'Stop' holds for every scenario, also from somebody whom we never asked."""
        if isinstance(event, AnswerReceived):
            client = cases.client(session, event.phone)
            stop = read(event.text, kind=event.kind).kind is Kind.OPT_OUT
            cases.save_client(session, _heard(client, event, now if stop else client.opted_out_at))
        inbox.finish(row, "ignored", "it belongs to no case", now)

    def _too_early(self, session: Session, case: Case, event: Event, row: InboxRow, now: datetime) -> bool:
        """A quick client answers before we know that the question has left: wait for that."""
        question = case.question
        if not isinstance(event, AnswerReceived) or question is None or question.asked_at:
            return False
        if now > row.received_at + LONGEST_HOLD or not outbox.question_in_flight(
            session, question.effect_key
        ):
            return False
        inbox.hold(row, now + self.hold)
        return True

    def _unknown_task(self, session: Session, closed: TaskClosed, row: InboxRow, now: datetime) -> bool:
        """A quick manager closes a task before we know its number: wait for that."""
        told = [one for one in inbox.unheard(session, EffectDone) if isinstance(one, EffectDone)]
        coming = any(one.result == str(closed.task_id) for one in told) or outbox.task_in_flight(session)
        if now > row.received_at + LONGEST_HOLD or not coming:
            return False
        inbox.hold(row, now + self.hold)
        return True

    # --- the decision ---

    def _decide(self, session: Session, case: Case, event: Event, now: datetime) -> bool:
        scenario = self.beginning.library.of(session, case.scenario, case.version)
        decision = decide(case, event, scenario, now)
        # A timer was unhooked when it went into the inbox: its case must be saved in any case.
        if not _changes_anything(case, decision) and not isinstance(event, TimerDue):
            return False
        self._save(session, case, decision, event, now)
        return True

    def _save(self, session: Session, before: Case, decision: Decision, event: Event, now: datetime) -> None:
        if decision.cancel:
            kept = [one.key for one in decision.effects]
            outbox.cancel_planned(session, before.id, decision.cancel, kept, now)
        for planned in decision.effects:
            outbox.add(session, before.id, planned, now)
        traces.add(session, before, decision, event, now)
        after = cases.save(session, before, decision.case, now)
        if after.state is State.ENDED and before.state is not State.ENDED:
            log.info("case ended", case_id=after.id, outcome=after.outcome)


def _one(row: CaseRow | None) -> Sequence[CaseRow]:
    return (row,) if row else ()


def _changes_anything(before: Case, decision: Decision) -> bool:
    return bool(decision.effects or decision.notes or decision.cancel or decision.case != before)


def _heard(client: Client, event: AnswerReceived, opted_out_at: datetime | None) -> Client:
    return Client(
        event.phone,
        opted_out_at,
        client.surveyed_at,
        max(event.at, client.wrote_at or event.at),
        client.operator_at,
    )
