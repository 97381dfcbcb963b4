"""Somebody outside asks for a case: first it stands in the inbox, and it begins when the deal is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qc_engine.clock import Clock
from qc_engine.core.events import StartAsked
from qc_engine.flow.versions.library import Library
from qc_engine.ids import Ids
from qc_engine.ports import Arrival, Asking, NobodyBegins, Taken
from qc_engine.store import inbox
from qc_engine.store.database import Database


@dataclass(frozen=True)
class Requests:
    """The way in for people and other systems; `source` is theirs in the inbox."""

    database: Database
    clock: Clock
    libraries: Callable[[], Mapping[str, Library]]  # by portal, as they are now
    ids: Ids
    source: str

    def take(self, asking: Asking) -> Taken:
        """Durable when this returns. Raises NobodyBegins; an event may come although nobody waits for it."""
        libraries, now = self.libraries(), self.clock.now()
        if asking.portal not in libraries:
            raise NobodyBegins("portal", asking.portal, tuple(sorted(libraries)))
        library = libraries[asking.portal]
        asked = StartAsked(
            asking.deal_id,
            now,
            scenario=asking.scenario,
            event=asking.event,
            by=asking.by or self.source,
            values=dict(asking.values or {}),
        )
        begins = tuple(sorted(one.name for one in library.starting_with(asked)))
        if asking.scenario and not begins:
            known = tuple(sorted(one.name for one in library.beginning))
            raise NobodyBegins("scenario", asking.scenario, known)
        what = f"event:{asking.event}" if asking.event else f"case:{asking.scenario}"
        key = f"{asking.portal}:{what}:{asking.deal_id}:{asking.key or self.ids.code()}"
        with self.database.transaction() as session:
            new = inbox.add(session, self.source, Arrival(key, asked), now, portal=asking.portal)
        return Taken(new, begins)
