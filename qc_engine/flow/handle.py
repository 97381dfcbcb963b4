"""From the inbox to a decision: one event, one transaction, nothing slow inside."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.core.calendar import WorkingDays
from qc_engine.core.case import Case, Client, State
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealSeen,
    EffectDone,
    Event,
    ResendAsked,
    StaffWrote,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.rules.starting import still_believed, supersede
from qc_engine.core.talk.channel_news import has_the_word_since
from qc_engine.core.talk.taking import ASKED_TO_ERASE
from qc_engine.flow import truth
from qc_engine.flow.arriving import addressed, channel_of
from qc_engine.flow.contact import informed
from qc_engine.flow.routing import route
from qc_engine.flow.starts.begin import Beginning
from qc_engine.flow.starts.starting import Started, begin_asked, hand_on
from qc_engine.flow.traced import Road
from qc_engine.flow.versions.library import scenario_of
from qc_engine.flow.versions.shadows import Shadows, shadow_due
from qc_engine.flow.versions.standstill import goes_on, put_aside, standing_still, was_put_aside
from qc_engine.store import cases, codec, inbox, outbox, traces, wishes
from qc_engine.store.database import Database, is_passing
from qc_engine.store.lock import DECIDING, has_turn, hurry
from qc_engine.store.tables import CaseRow, InboxRow

log = structlog.get_logger()
ERASE_WITHIN = WorkingDays(10)  # the shorter of the laws: 152-FZ
AT_ONCE = 10  # events in one transaction: few, because every writer waits for it
LONGEST_HOLD = timedelta(minutes=10)
PAUSE_AFTER_BUG = timedelta(seconds=30)
# What a worker of a newer program has written, and died: for so long it is expected back.
NEWER_PROGRAM, LOOK_FOR_NEWER = timedelta(days=1), timedelta(minutes=1)


@dataclass
class Handler:
    """Takes events out of the inbox and turns them into decisions."""

    database: Database
    clock: Clock
    beginnings: Mapping[str, Beginning]  # by portal
    hold: timedelta
    on_effects: Callable[[], None]
    channels: frozenset[str] = frozenset()  # the further ones, beside the main one
    road: Road | None = None
    erase_within: WorkingDays = ERASE_WITHIN

    def handle_some(self) -> int:
        """How many events were dealt with; 0 when there is nothing to do."""
        with self.database.reading() as session:
            ids = [row.id for row in inbox.next_facts(session, self.clock.now(), AT_ONCE)]
        if not ids:
            return self._wake_shadows()
        try:
            done = self._handle(ids)
        except Exception:  # noqa: BLE001 (a bug in one event must not stop the others)
            done = sum([self._handle_alone(row_id) for row_id in ids])
        self.on_effects()
        return done

    @property
    def shadows(self) -> Shadows:
        return Shadows({portal: one.library for portal, one in self.beginnings.items()})

    def _wake_shadows(self) -> int:
        """Timers of candidates: nothing of them leaves, and they have their turn when nothing real waits."""
        tried = (one for part in self.beginnings.values() for one in part.library.candidates.values())
        if not any(one.is_shadow for one in tried):
            return 0
        with self.database.reading() as session:
            if not shadow_due(session, self.clock.now()):
                return 0
        with self.database.transaction(durable=False) as session:
            return self.shadows.wake_due(session, self.clock.now()) if has_turn(session, DECIDING) else 0

    def _handle(self, ids: Sequence[int | None]) -> int:
        """How many of them: fewer when a visitor waits for the database; the others have the next turn.

        One worker at a time decides: what happens to a client, a deal, a case has one order everywhere.
        """
        done = 0
        if self.road is not None:
            self.road.begin()
        with self.database.transaction(durable=False) as session:
            if not has_turn(session, DECIDING):
                return 0
            hurry(session)
            for row_id in ids:
                row = session.get_one(InboxRow, row_id, with_for_update=True)
                # Since we looked, another worker may have been at it, and may have put it off.
                if row.processed_at is None and row.process_at <= self.clock.now():
                    (self._apply if self.road is None else self._followed)(session, row, self.clock.now())
                done += 1
                if self.database.is_wanted:
                    break
        if self.road is not None:
            self.road.tell()
        return done

    def _followed(self, session: Session, row: InboxRow, now: datetime) -> None:
        assert self.road is not None
        self.road.takes_up(row, now)
        self._apply(session, row, now)
        self.road.handled(row)

    def _handle_alone(self, row_id: int | None) -> bool:
        """False when it waits for the database: whoever came back at once would find it as it is."""
        assert row_id is not None
        try:
            self._handle([row_id])
        except Exception as bug:  # noqa: BLE001
            if is_passing(bug):
                log.warning("event waits for the database", inbox=row_id, error=type(bug).__name__)
                return False
            now = self.clock.now()
            with self.database.transaction(durable=False) as session:
                aside = inbox.set_aside(session, row_id, traceback.format_exc(), now, now + PAUSE_AFTER_BUG)
            if self.road is not None:
                self.road.failed(bug)
            log.error("event could not be handled", inbox=row_id, error=type(bug).__name__, quarantined=aside)
        return True

    def _apply(self, session: Session, row: InboxRow, now: datetime) -> None:
        if row.kind not in codec.EVENTS and now <= row.received_at + NEWER_PROGRAM:
            inbox.hold(row, now + LOOK_FOR_NEWER)
            return
        told = codec.load_event(row.kind, row.event)
        if was_put_aside(row):
            self._hear(session, [session.get_one(CaseRow, row.case_id)], row, told, now)
            return
        taken = self._taken_in(session, row, told, now)
        if taken is None:
            return
        taken = self._without_the_erased(session, row, taken)
        started = self._start(session, row.portal, taken, now)
        self._happened(session, row, taken, now)
        if started and row.processed_at is not None:
            inbox.finish(row, started.result, started.reason, now, started.case_id)

    def _without_the_erased(self, session: Session, row: InboxRow, event: Event) -> Event:
        """The CRM still knows a person who was erased here: of them nothing is kept anew."""
        beginning = self.beginnings.get(row.portal)
        if not isinstance(event, DealSeen) or beginning is None or beginning.forgotten is None:
            return event
        nobodys = beginning.forgotten.without_them(session, event)
        if nobodys is None:
            return event
        row.event, row.raw = codec.dump_event(nobodys), ""
        return nobodys

    def _taken_in(self, session: Session, row: InboxRow, event: Event, now: datetime) -> Event | None:
        """None when no case need see it, or not yet."""
        patient, channel = now <= row.received_at + LONGEST_HOLD, channel_of(row.source, self.channels)
        match addressed(session, channel, event):
            case truth.Settled(result, reason):
                inbox.finish(row, result, reason, now)
                return None
            case told:
                event = told
        match truth.take_in(session, channel, event, patient=patient):
            case truth.TooEarly():
                inbox.hold(row, now + self.hold)
            case truth.Settled(result, reason, case_id):
                inbox.finish(row, result, reason, now, case_id)
            case taken:
                return taken
        return None

    def _happened(self, session: Session, row: InboxRow, event: Event, now: datetime) -> None:
        if isinstance(event, DealSeen):
            self._begin_cases(session, row.portal, event.deal, now)
        found = route(session, event, row.portal)
        if not found and isinstance(event, TaskClosed) and self._unknown_task(session, event, row, now):
            return
        if found:
            self._hear(session, found, row, event, now)
        else:
            self._without_case(session, row, event, now)

    def _hear(
        self, session: Session, found: Sequence[CaseRow], row: InboxRow, event: Event, now: datetime
    ) -> None:
        """Each of these cases decides, unless it stands still: then later, by itself."""
        still = standing_still(session, found, event)
        for case_row in (one for one in found if one not in still):
            case = cases.load(session, case_row)
            if self._too_early(session, case, event, row, now):
                return
            if isinstance(event, AnswerReceived):
                case = truth.with_question_ahead(session, case)
            if isinstance(event, TimerDue):
                event = replace(event, question_is=truth.whereabouts(session, case))
            changed = self._decide(session, case, event, now)
            result = ("applied", "") if changed else ("ignored", "it changes nothing")
            inbox.finish(row, *result, now, case.id)
        if still:
            put_aside(session, row, event, still, now)

    # --- which case ---

    def _begin_cases(self, session: Session, portal: str, deal: Deal, now: datetime) -> None:
        """One case per scenario and deal: the same deal is never surveyed twice."""
        beginning = self.beginnings.get(portal)
        if beginning is None:
            return
        known = {row.scenario for row in cases.of_deal(session, portal, deal.deal_id)}
        for scenario in beginning.library.starting_at(deal.stage):
            latest = deal.entered_at + scenario.start.wait + scenario.start.not_later_than
            asked = beginning.library.asked_already(scenario, known)
            if not asked and now <= latest + timedelta(days=1):
                beginning.begin(session, deal, scenario, now)

    def _start(self, session: Session, portal: str, event: Event, now: datetime) -> Started | None:
        """What became of a request to begin a case; None when this event is none."""
        beginning = self.beginnings.get(portal)
        if not isinstance(event, DealSeen) or event.asked is None or beginning is None:
            return None
        return begin_asked(
            cases.of_deal(session, portal, event.deal.deal_id),
            beginning.library.starting_with(event.asked),
            event.deal,
            event.asked,
            lambda deal, scenario, asked, turn: beginning.begin(session, deal, scenario, now, asked, turn).id,
            lambda row: self._supersede(session, row, event, now),
        )

    def _supersede(self, session: Session, row: CaseRow, event: Event, now: datetime) -> str | None:
        case = cases.load(session, row)
        libraries = {portal: one.library for portal, one in self.beginnings.items()}
        scenario = scenario_of(session, libraries, case)
        self._save(session, case, supersede(case, event, scenario, now), event, now)
        return still_believed(case, scenario)

    def _without_case(self, session: Session, row: InboxRow, event: Event, now: datetime) -> None:
        """'Stop' and an operator's word hold for every scenario, also of somebody whom we never asked."""
        if isinstance(event, AnswerReceived):
            client = cases.client(session, event.phone)
            heard = read(event.text, kind=event.kind)
            stop = heard.kind is Kind.OPT_OUT
            cases.save_client(session, _heard(client, event, now if stop else client.opted_out_at))
            if heard.erases:
                wishes.ask(session, f"{wishes.OF_EVENT}{row.id}", now, self.erase_within.after(now))
        elif isinstance(event, StaffWrote):
            client = cases.client(session, event.phone)
            cases.save_client(session, replace(client, operator_at=has_the_word_since(event, client)))
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
        coming = _told_of(session, row.portal, closed.task_id) or outbox.task_in_flight(session, row.portal)
        if now > row.received_at + LONGEST_HOLD or not coming:
            return False
        inbox.hold(row, now + self.hold)
        return True

    # --- the decision ---

    def _decide(self, session: Session, case: Case, event: Event, now: datetime) -> bool:
        libraries = {portal: one.library for portal, one in self.beginnings.items()}
        scenario = scenario_of(session, libraries, case)
        case = informed(session, case, scenario.contact)
        decision = decide(case, event, scenario, now)
        self.shadows.follow(session, case, event, decision, now)
        # A timer was unhooked when it went into the inbox: its case must be saved in any case.
        if not _changes_anything(case, decision) and not isinstance(event, TimerDue):
            return False
        self._save(session, case, decision, event, now)
        return True

    def _save(self, session: Session, before: Case, decision: Decision, event: Event, now: datetime) -> None:
        if decision.cancel:
            kept = [one.key for one in decision.effects]
            outbox.cancel_planned(session, before.id, decision.cancel, kept, now)
        outbox.add_all(session, before, decision.effects, now)
        hand_on(session, before, decision, now)
        traces.add(session, before, decision, event, now)
        if any(note.key == ASKED_TO_ERASE for note in decision.notes):
            wishes.ask(session, before.id, now, self.erase_within.after(now))
        if self.road is not None:
            self.road.decided(before, decision)
        if isinstance(event, ResendAsked) and decision.effects:
            outbox.give_up(session, event.effect_key, now)
        goes_on(session, before, decision.case, now)
        with session.no_autoflush:  # all that a decision writes goes to the database at once
            after = cases.save(session, before, decision.case, now)
        if after.state is State.ENDED and before.state is not State.ENDED:
            log.info("case ended", case_id=after.id, outcome=after.outcome)


def _told_of(session: Session, portal: str, task_id: int) -> bool:
    """Does the number of this task, of this portal, stand in the inbox, only not handled yet?"""
    told = [one for one in inbox.unheard(session, EffectDone) if isinstance(one, EffectDone)]
    makers = (
        cases.get(session, one.effect_key.partition(":")[0]) for one in told if one.result == str(task_id)
    )
    return any(maker is not None and maker.portal == portal for maker in makers)


def _changes_anything(before: Case, decision: Decision) -> bool:
    told = decision.effects or decision.notes or decision.cancel or decision.starts
    return bool(told or decision.case != before)


def _heard(client: Client, event: AnswerReceived, opted_out_at: datetime | None) -> Client:
    return replace(client, opted_out_at=opted_out_at, wrote_at=max(event.at, client.wrote_at or event.at))
