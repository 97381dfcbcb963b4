"""From the outbox to the outside: claim, perform, record; the vendor is called outside any transaction."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.draft import BULK
from qc_engine.core.effects import CreateTask, Effect, Repeat, SendMessage
from qc_engine.core.events import EffectDone, EffectFailed
from qc_engine.core.talk.gate import Open, Shut, Wait, gate, outlived, overtaken
from qc_engine.flow.contact import informed
from qc_engine.flow.traced import Traces, left
from qc_engine.flow.versions.library import Library, VersionLost, scenario_of
from qc_engine.ports import (
    Absent,
    Arrival,
    Broken,
    CannotTell,
    Done,
    Job,
    NobodyThere,
    Outcome,
    OutcomeUnknown,
    Performs,
    Refused,
    Search,
    TryLater,
)
from qc_engine.settings import Timings
from qc_engine.store import alarms, cases, codec, doubles, holding, inbox, lanes, outbox
from qc_engine.store.database import Database, is_passing
from qc_engine.store.outbox import Claimed
from qc_engine.store.tables import EffectRow

log = structlog.get_logger()
LOOKS = 2  # searches that must prove absence before an effect may be made again
RECREATIONS = 3
SLICE = 100  # effects in one transaction: whoever clicks a link waits for its end
IN_A_ROW = 20  # batches, before somebody looks whether we should stop
FIRST_LOOK = timedelta(seconds=15)
UNHEARD = timedelta(seconds=3)  # words of this client have come and nobody has read them: it may be 'stop'
RECORD_PAUSES = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 15.0)  # s; a server is back within half a minute
NOBODY_FIRST, NOBODY_LONGEST = timedelta(seconds=1), timedelta(seconds=30)  # a door is left alone
NEEDED_FIRST = "what it waited for did not happen"


@dataclass
class Deliverer:
    """Carries out the effects of one lane."""

    database: Database
    clock: Clock
    libraries: Mapping[str, Library]  # by portal: a channel serves all of them
    lane: str
    performer: Performs
    timings: Timings
    secret: bytes
    on_events: Callable[[], None]
    urgent_only: bool = False  # a second door of the lane, so that nothing urgent waits for bulk under way
    closed_until: datetime | None = field(default=None)
    traces: Traces | None = None
    _in_vain: int = 0  # loads in a row, for which nobody was there

    @property
    def name(self) -> str:
        """Of its loop."""
        return urgent(self.lane) if self.urgent_only else self.lane

    def deliver_some(self) -> int:
        """How many effects were attempted or held back; 0 when nothing is ready or the door is closed."""
        if self._is_closed():
            return 0
        seen, claimed = self._claim()
        turns = IN_A_ROW
        while claimed:
            turns -= 1
            more, claimed = self._carry_out(claimed, go_on=turns > 0)
            seen += more
            self.on_events()
        return seen

    def _is_closed(self) -> bool:
        return self.closed_until is not None and self.clock.now() < self.closed_until

    def _carry_out(self, claimed: Sequence[Claimed], *, go_on: bool) -> tuple[int, list[Claimed]]:
        """The vendor is called between two transactions; the second one claims what comes next."""
        attempt = self._attempt if self.traces is None else self._traced
        pairs = list(zip(claimed, attempt(claimed), strict=True))
        self._leave_alone([outcome for _, outcome in pairs])
        *slices, last = (pairs[first : first + SLICE] for first in range(0, len(pairs), SLICE))
        for some in slices:
            self._kept(some, go_on=False)
        seen, more = self._kept(last, go_on=go_on)
        return self._claimed_with(seen, more, self.performer.batch_size) if seen else (0, [])

    def _leave_alone(self, outcomes: Sequence[Outcome | Search]) -> None:
        """A vendor that is away is asked now and then for one thing, not for all that waits."""
        if not all(isinstance(one, NobodyThere) for one in outcomes):
            self._in_vain = 0
            return
        pause = min(NOBODY_FIRST * 2 ** min(self._in_vain, 10), NOBODY_LONGEST)
        self._in_vain += 1
        self.closed_until = self.clock.now() + pause

    def _kept(
        self, pairs: Sequence[tuple[Claimed, Outcome | Search]], *, go_on: bool
    ) -> tuple[int, list[Claimed]]:
        """What we know of the outside must not be lost because the database restarts.

        Of a commit whose answer was lost the rows tell: what is ours no more, by its fence, stays as it is.
        """
        for pause in RECORD_PAUSES:
            try:
                return self._recorded(pairs, go_on=go_on)
            except DBAPIError as trouble:
                if not is_passing(trouble):
                    raise
                log.warning("an outcome waits for the database", lane=self.lane, seconds=pause)
                go_on = False  # what it may have claimed, nobody knows
                self.clock.sleep(pause)
        return self._recorded(pairs, go_on=False)

    def _recorded(
        self, pairs: Sequence[tuple[Claimed, Outcome | Search]], *, go_on: bool
    ) -> tuple[int, list[Claimed]]:
        """One wait for the disk for both: what is recorded here, and what may leave after it."""
        with self.database.transaction() as session:
            self._record_all(session, pairs)
            if not go_on or self._is_closed():
                return 0, []
            return self._claim_in(session, min(SLICE, self.performer.batch_size))

    # --- claim ---

    def _claim(self) -> tuple[int, list[Claimed]]:
        """How many effects were looked at, and those of them that may leave."""
        with self.database.reading() as session:
            if not self._ready(session, self.clock.now(), 1):
                return 0, []
        return self._claimed_with(0, [], 1 if self._in_vain else self.performer.batch_size)

    def _claimed_with(self, seen: int, claimed: list[Claimed], load: int) -> tuple[int, list[Claimed]]:
        """A full load for the performer, claimed in short transactions."""
        while seen < load and seen % SLICE == 0:
            with self.database.transaction() as session:
                more, leaving = self._claim_in(session, min(SLICE, load - seen))
            seen, claimed = seen + more, claimed + leaving
            if not more:
                break
        return seen, claimed

    def _claim_in(self, session: Session, most: int) -> tuple[int, list[Claimed]]:
        now = self.clock.now()
        rows = self._ready(session, now, most)
        leaving = [row for row in rows if self._may_leave(session, row, now)]
        return len(rows), [outbox.claim(row, now, self.timings.lease) for row in leaving]

    def _ready(self, session: Session, now: datetime, most: int) -> Sequence[EffectRow]:
        rows = outbox.ready(session, self.lane, now, most)
        if not rows or holding.is_held(session):
            return ()
        return [row for row in rows if row.priority < BULK] if self.urgent_only else rows

    def _may_leave(self, session: Session, row: EffectRow, now: datetime) -> bool:
        """The gate before every message; an uncertain one is only looked for, so it passes."""
        if row.kind not in codec.EFFECTS:
            until, uncertain = now + self.timings.broken_recheck, row.state == outbox.UNKNOWN
            outbox.postpone(row, until, "it is of a newer program", unknown=uncertain)
            return False
        if row.kind != SendMessage.__name__ or row.state == outbox.UNKNOWN:
            return True
        case = cases.get(session, row.case_id)
        assert case is not None
        message = _message(row)
        if outlived(row.key, message, case):
            self._fail(session, row, "case_ended", "gate.case_ended", now, state=outbox.CANCELLED)
            return False
        addresses = [point.address for point in case.client.points if point.address != message.phone]
        if inbox.has_unheard_words(session, message.phone, addresses):
            outbox.postpone(row, now + UNHEARD, "gate.unheard")
            return False
        if overtaken(row.key, message, case):
            self._fail(session, row, "overtaken", "gate.overtaken", now, state=outbox.CANCELLED)
            return False
        try:
            rules = scenario_of(session, self.libraries, case).contact
        except VersionLost as lost:
            # One portal taken out of config.yaml must not hold the door for the others.
            log.error("a message has no scenario any more", effect=row.key, reason=str(lost))
            outbox.postpone(row, now + self.timings.broken_recheck, str(lost))
            return False
        match gate(message, informed(session, case, rules), rules, now):
            case Open():
                return True
            case Wait(until, why):
                recheck = now + self.timings.operator_recheck
                outbox.postpone(row, min(until, recheck) if why.key == "gate.operator" else until, why.key)
            case Shut(code, why):
                self._fail(session, row, code, why.key, now, state=outbox.CANCELLED)
        return False

    # --- perform ---

    def _attempt(self, claimed: Sequence[Claimed]) -> list[Outcome | Search]:
        """One answer per effect: fresh ones are carried out together, uncertain ones looked for."""
        fresh = [one for one in claimed if not one.uncertain]
        outcomes = dict(zip((one.key for one in fresh), self._perform(fresh), strict=True))
        return [outcomes[one.key] if one.key in outcomes else self._find(one) for one in claimed]

    def _traced(self, claimed: Sequence[Claimed]) -> list[Outcome | Search]:
        assert self.traces is not None
        began, outcomes = self.clock.now(), self._attempt(claimed)
        ended, pairs = self.clock.now(), zip(claimed, outcomes, strict=True)
        self.traces.tell([left(self.lane, one, outcome, began, ended) for one, outcome in pairs])
        return outcomes

    def _perform(self, fresh: Sequence[Claimed]) -> Sequence[Outcome]:
        if not fresh:
            return ()
        try:
            return self.performer.perform([self._job(one) for one in fresh])
        except (TryLater, Refused, Broken, OutcomeUnknown) as outcome:
            return [outcome] * len(fresh)
        except Exception as bug:
            log.exception("a connector failed", lane=self.lane)
            return [OutcomeUnknown(f"our own fault: {type(bug).__name__}")] * len(fresh)

    def _find(self, one: Claimed) -> Outcome | Search:
        try:
            return self.performer.find(self._job(one))
        except (TryLater, Refused, Broken, OutcomeUnknown) as outcome:
            return CannotTell(str(outcome)) if isinstance(outcome, Refused) else _still_unknown(outcome)

    def _job(self, one: Claimed) -> Job:
        return Job(
            one.key, marker(self.secret, one.key), one.effect, one.attempts, one.first_tried_at, one.urgent
        )

    # --- record ---

    def _record_all(self, session: Session, pairs: Sequence[tuple[Claimed, Outcome | Search]]) -> None:
        held = outbox.held(session, [one for one, _ in pairs])
        for one, outcome in pairs:
            self._record(session, one, held.get(one.row_id), outcome)

    def _record(
        self, session: Session, one: Claimed, row: EffectRow | None, outcome: Outcome | Search
    ) -> None:
        now = self.clock.now()
        if row is None:
            log.warning("another worker took over", effect=one.key)
            return
        match outcome:
            case Done(result, others):
                self._done(session, row, one, result, now)
                if others:
                    doubles.tell(session, row, others, now)
            case TryLater(after=after):
                self._again(row, one, str(outcome), after, now)
            case Refused(code=code):
                self._fail(session, row, code, str(outcome), now)
            case Broken():
                self._broken(session, row, one, str(outcome), now)
            case OutcomeUnknown():
                self._unknown(row, one, str(outcome), now)
            case Absent():
                self._absent(row, one, now)
            case CannotTell(reason):
                outbox.settle(row, outbox.REVIEW, now, error=reason)
            case _:
                assert_never(outcome)

    def _done(self, session: Session, row: EffectRow, one: Claimed, result: str, now: datetime) -> None:
        outbox.settle(row, outbox.DONE, now, result=result)
        if lanes.mark_whole(session, self.lane):
            alarms.whole(session, self.lane)
        if _is_awaited(one.effect):
            # Its clock starts when it left, not when we came to know: an answer may be between.
            at = one.first_tried_at if one.uncertain else now
            arrival = Arrival(f"effect:{one.key}:{one.attempts}", EffectDone(one.key, result, at))
            inbox.add(session, "outbox", arrival, now)

    def _again(self, row: EffectRow, one: Claimed, why: str, after: timedelta | None, now: datetime) -> None:
        outbox.postpone(row, now + (after or self._pause(one.attempts)), why, unknown=one.uncertain)
        if not one.uncertain:
            row.first_tried_at = None  # certainly not done: a later search need not look so far back

    def _pause(self, attempts: int) -> timedelta:
        pause: timedelta = self.timings.retry_first * 2 ** min(attempts - 1, 20)
        return min(pause, self.timings.retry_longest)

    def _fail(
        self, session: Session, row: EffectRow, code: str, why: str, now: datetime, state: str = outbox.FAILED
    ) -> None:
        outbox.settle(row, state, now, error=f"{code}: {why}")
        event = EffectFailed(row.key, row.kind, code, why, now)
        inbox.add(session, "outbox", Arrival(f"effect:{row.key}:failed:{row.attempts}", event), now)
        for dependant in outbox.dependants(session, row.key):
            # Untold, the case would wait for its question for ever.
            self._fail(session, dependant, "prevented", NEEDED_FIRST, now, state=outbox.CANCELLED)

    def _broken(self, session: Session, row: EffectRow, one: Claimed, why: str, now: datetime) -> None:
        """Credentials, rights or plan: everything waits, one alert, one probe now and then."""
        outbox.postpone(row, now, why, unknown=one.uncertain)
        self.closed_until = now + self.timings.broken_recheck
        if lanes.mark_broken(session, self.lane, why, now):
            alarms.broken(session, self.lane, why, now)

    def _unknown(self, row: EffectRow, one: Claimed, why: str, now: datetime) -> None:
        natural = one.effect.repeat is Repeat.NATURAL
        pause = self._pause(one.attempts) if natural else FIRST_LOOK
        outbox.postpone(row, now + pause, why, unknown=not natural)

    def _absent(self, row: EffectRow, one: Claimed, now: datetime) -> None:
        """Absent twice, and long enough after: make it again if that is harmless, else ask a person."""
        row.looks += 1
        if row.looks < LOOKS:
            outbox.postpone(row, now + self.timings.settle, row.error, unknown=True)
        elif one.effect.repeat is Repeat.SEARCHABLE and row.recreated < RECREATIONS:
            row.recreated, row.looks, row.first_tried_at = row.recreated + 1, 0, None
            outbox.postpone(row, now, row.error)
        else:
            outbox.settle(row, outbox.REVIEW, now, error=row.error or "nobody knows whether it happened")
            log.warning("uncertain effect waits for a person", effect=one.key)


def sweep(database: Database, clock: Clock, settle: timedelta) -> int:
    """Take back the leases of workers that died."""
    with database.transaction(durable=False) as session:
        return outbox.expired(session, clock.now(), settle)


def urgent(lane: str) -> str:
    """The second loop of a lane: it takes only what somebody waits for."""
    return f"{lane}:urgent"


def marker(secret: bytes, key: str) -> str:
    """'qc-' and ten letters: the same for all attempts, and it says nothing about the case."""
    digest = hmac.new(secret, key.encode(), hashlib.sha256).digest()
    return "qc-" + base64.b32encode(digest)[:10].decode().lower()


def _message(row: EffectRow) -> SendMessage:
    effect = codec.load_effect(row.kind, row.payload)
    assert isinstance(effect, SendMessage)
    return effect


def _is_awaited(effect: Effect) -> bool:
    return isinstance(effect, CreateTask) or (isinstance(effect, SendMessage) and bool(effect.question))


def _still_unknown(outcome: TryLater | Broken | OutcomeUnknown) -> Outcome:
    return outcome if isinstance(outcome, Broken | NobodyThere) else TryLater(str(outcome))
