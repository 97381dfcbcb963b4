"""What this worker looks after: each door to the outside by one worker at a time, the house by one too."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.duties import Peer, leading, shared
from qc_engine.store import workers
from qc_engine.store.database import Database
from qc_engine.store.workers import BEAT_EVERY, SILENT_AFTER, Worker

HOUSE = "house"  # what is done once for the whole installation: looking for silence, judging trials, mail
RELIED_UPON = SILENT_AFTER - BEAT_EVERY  # so long after our last word nobody has taken anything from us

log = structlog.get_logger(__name__)
Work = Callable[[], int]


class Sharing(Protocol):
    """Whether something is ours to do."""

    @property
    def id(self) -> str:
        """By what the other workers know this one; '' where there are no others."""

    def know(self, duties: Mapping[str, Callable[[], None]]) -> None:
        """From the next beat on these may be ours; each with what to read again if somebody else had it."""

    def of(self, duty: str, work: Work) -> Work:
        """`work` for a loop, done only while this worker looks after `duty`."""

    def leading(self, work: Work) -> Work:
        """`work` that every worker may do, unless a newer program runs beside it."""

    def has(self, duty: str) -> bool: ...

    def holder(self, duty: str) -> str:
        """The other worker who looks after it, by its id; '' when it is ours, or nobody's."""

    def peers(self) -> Collection[str]:
        """The ids of all workers that live."""

    def listen(self, gained: Callable[[Collection[str]], None]) -> None:
        """Who wants to hear what has become ours, at the beat in which it does."""

    def beat(self) -> int:
        """Say that we live, and hear what is ours. 0: a beat leaves no work behind."""

    def leave(self) -> None:
        """The loops have ended: nobody need wait for our silence."""


class Alone:
    """One worker on its own file, or a command without a running engine (`says`: it has nothing to say)."""

    def __init__(self, says: tuple[Database, Worker, Clock] | None = None) -> None:
        self._says = says

    @property
    def id(self) -> str:
        return self._says[1].id if self._says else ""

    def know(self, duties: Mapping[str, Callable[[], None]]) -> None:
        """All of them are ours anyway."""

    def of(self, duty: str, work: Work) -> Work:
        return work

    def leading(self, work: Work) -> Work:
        return work

    def has(self, duty: str) -> bool:
        return True

    def holder(self, duty: str) -> str:
        return ""

    def peers(self) -> Collection[str]:
        return ()

    def listen(self, gained: Callable[[Collection[str]], None]) -> None:
        """Nothing becomes ours that was not."""

    def beat(self) -> int:
        if self._says:
            database, worker, clock = self._says
            with database.transaction(durable=False) as session:
                workers.say(session, worker, clock.now())
                workers.forget_old(session, clock.now())
        return 0

    def leave(self) -> None:
        if self._says:
            database, worker, clock = self._says
            with database.transaction(durable=False) as session:
                workers.leave(session, worker.id, clock.now())


@dataclass(frozen=True)
class Share:
    """What came of the last beat, and from when on it may be relied upon."""

    duties: frozenset[str] = frozenset()
    leads: bool = False
    at: datetime | None = None
    holders: Mapping[str, str] = field(default_factory=dict)
    peers: frozenset[str] = frozenset()


class Duties:
    """Many workers on one server. Who falls silent loses its duties to others.

    That is for order and for the vendors' sake: should two ever work at the same, fences and cursors keep
    the outcome right.
    """

    def __init__(self, database: Database, worker: Worker, clock: Clock) -> None:
        """`clock` is the machine's own."""
        self.worker = worker
        self._database, self._clock = database, clock
        self._recall: dict[str, Callable[[], None]] = {}
        self._share = Share()
        self._busy: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._listener: Callable[[Collection[str]], None] = lambda _: None

    @property
    def id(self) -> str:
        return self.worker.id

    def know(self, duties: Mapping[str, Callable[[], None]]) -> None:
        self._recall |= duties
        self.worker = replace(self.worker, knows=tuple(sorted(self._recall)))

    def listen(self, gained: Callable[[Collection[str]], None]) -> None:
        self._listener = gained

    # --- for loops ---

    def of(self, duty: str, work: Work) -> Work:
        return Turn(self, duty, work)

    def leading(self, work: Work) -> Work:
        return lambda: work() if self._leads() else 0

    def has(self, duty: str) -> bool:
        return duty in self._share.duties and self._is_fresh()

    def holder(self, duty: str) -> str:
        return "" if self.has(duty) else self._share.holders.get(duty, "")

    def peers(self) -> Collection[str]:
        return self._share.peers

    @contextmanager
    def turn(self, duty: str) -> Iterator[bool]:
        """Is it ours? Then it stays so until the end of this."""
        with self._lock:
            ours = self.has(duty)
            self._busy[duty] += ours
        try:
            yield ours
        finally:
            with self._lock:
                self._busy[duty] -= ours

    def _leads(self) -> bool:
        return self._share.leads and self._is_fresh()

    def _is_fresh(self) -> bool:
        at = self._share.at
        return at is not None and timedelta() <= self._clock.now() - at < RELIED_UPON

    # --- the beat ---

    def beat(self) -> int:
        at, before = self._clock.now(), self._share
        with self._database.transaction() as session:
            share = self._shared_out(session)
        unready = {duty for duty in share.duties - before.duties if not self._is_ready(duty)}
        self._share = replace(share, duties=share.duties - unready, at=at)
        if gained := self._share.duties - before.duties:
            self._listener(gained)
        _tell(before, self._share)
        return 0

    def _is_ready(self, duty: str) -> bool:
        """What its last holder noted is read; where that fails, the next beat tries again."""
        try:
            self._recall[duty]()
        except Exception:
            log.exception("a duty could not be taken over", duty=duty)
            return False
        return True

    def leave(self) -> None:
        self._share = Share()
        with self._database.transaction() as session:
            workers.together(session)
            workers.leave(session, self.worker.id, workers.moment(session, self._clock))

    def _shared_out(self, session: Session) -> Share:
        workers.together(session)
        me, now = self.worker.id, workers.moment(session, self._clock)
        skew = (self._clock.now() - now).total_seconds()
        workers.say(session, replace(self.worker, skew=round(skew, 1)), now)
        workers.forget_old(session, now)
        session.flush()
        living = workers.living(session, now, self.worker)
        peers = [Peer(one.id, one.release, frozenset(one.knows)) for one in living]
        held = workers.holders(session)
        had, wanted = frozenset(_of(held, me)), _of(shared(peers, held), me)
        lost = self._let_go(had - wanted)
        # What another one who lives still has in hand, it gives away itself.
        taken = {duty for duty in wanted if held.get(duty) not in {one.id for one in peers}}
        for duty in lost | taken:
            workers.hold(session, duty, me if duty in taken else "", now)
        leads = me in {one.id for one in leading(peers)}
        return Share((had - lost) | taken, leads, None, held, frozenset(one.id for one in peers))

    def _let_go(self, duties: Collection[str]) -> set[str]:
        """Those of them that nobody is at: from this moment nobody begins."""
        with self._lock:
            idle = {duty for duty in duties if not self._busy[duty]}
            self._share = replace(self._share, duties=self._share.duties - idle)
        return idle


@dataclass(frozen=True)
class Turn:
    """Work for a loop that is done only by whoever has the duty."""

    duties: Duties
    duty: str
    work: Work

    def __call__(self) -> int:
        with self.duties.turn(self.duty) as ours:
            return self.work() if ours else 0


def _of(held: Mapping[str, str], worker_id: str) -> set[str]:
    return {duty for duty, holder in held.items() if holder == worker_id}


def _tell(before: Share, after: Share) -> None:
    if before.duties != after.duties:
        log.info("looks after", duties=sorted(after.duties))
    if before.leads and not after.leads:
        log.warning("stands back: a worker of a newer program runs")
