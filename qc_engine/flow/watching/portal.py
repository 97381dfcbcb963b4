"""One portal as the nightly pass sees it: ask it, tell the inbox, keep how far the pass is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.events import Hint
from qc_engine.flow.deliver import marker
from qc_engine.flow.versions.library import Library
from qc_engine.ports import Arrival, CannotTell, Connector, Job, Refused, Search
from qc_engine.store import codec, inbox, reports, watching
from qc_engine.store.database import Database
from qc_engine.store.reports import Pass
from qc_engine.store.tables import EffectRow


@dataclass(frozen=True)
class Portal:
    """Every question goes through the connector, and so at the pace of its lane."""

    database: Database
    clock: Clock
    library: Library
    connector: Connector
    secret: bytes

    @property
    def name(self) -> str:
        return self.library.portal

    def now(self) -> datetime:
        return self.clock.now()

    def look(self, hints: Sequence[Hint], under_way: Pass) -> Sequence[Arrival] | None:
        """None when the portal refuses this very question: that is reported, and the pass goes on.

        Raises TryLater, Broken, OutcomeUnknown when it cannot be asked now.
        """
        if not hints or self.connector.looks is None:
            return None if hints else ()
        try:
            return self.connector.looks.look(hints, self.now())
        except Refused as refusal:
            under_way.reported("reconcile.refused", needs_person=True, reason=str(refusal))
            return None

    def search(self, made: EffectRow) -> Search:
        """Where is what this effect made, and is it there more than once? By the mark that it carries."""
        if self.connector.performs is None:
            return CannotTell("nobody performs here")
        effect = codec.load_effect(made.kind, made.payload)
        job = Job(made.key, marker(self.secret, made.key), effect, made.attempts, made.first_tried_at)
        try:
            return self.connector.performs.find(job)
        except Refused as refusal:
            return CannotTell(str(refusal))

    def put(self, session: Session, arrival: Arrival, under_way: Pass) -> bool:
        """True when the inbox learns it from us; what waits there already is being taken care of."""
        source, now = self.connector.name, self.now()
        if inbox.add(session, source, arrival, now, portal=self.name):
            return True
        if watching.is_waiting(session, source, arrival.key):
            return False
        # It was handled once and did not last: say it again, once in this pass.
        again = Arrival(f"{arrival.key}:again:{int(under_way.report.at.timestamp())}", arrival.event)
        return inbox.add(session, source, again, now, portal=self.name)

    def save(self, under_way: Pass, after: str, judge: Callable[[Session], None] = lambda _: None) -> None:
        """What a page found, and that it was read, in one transaction."""
        with self.database.transaction(durable=False) as session:
            judge(session)
            under_way.after = after
            reports.keep_unfinished(session, under_way, self.now())
