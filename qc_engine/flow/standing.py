"""A worker whose database has lived elsewhere does nothing until a person says what it is."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from qc_engine.clock import Clock
from qc_engine.core.place import Place, differs
from qc_engine.flow.duties import HOUSE, Sharing, Work
from qc_engine.store import place
from qc_engine.store.database import Database


@dataclass
class Standing:
    """Whether this place may work on this database, and through which doors a copy for trying may."""

    database: Database
    here: Place
    sandboxed: Collection[str]  # connectors that lead to nobody outside of this machine
    _is_home: bool = field(default=False, init=False)

    def settle(self, new_id: str, clock: Clock) -> bool:
        """Known from the first start on; True when this is no other place. Tells an alarm otherwise."""
        with self.database.transaction() as session:
            found = place.settle(session, self.here, new_id, clock.now())
            how = place.tell(session, found, self.here, clock.now())
        self._is_home = not how and not found.is_trial
        return not how

    def may_work(self) -> bool:
        """Asked of the database until it is certain: a person may say so while we wait."""
        return self._is_home or self._allowed(None)

    def may_pass(self, door: str) -> bool:
        """A copy for trying looks after itself, and speaks with sandboxes alone."""
        return self._is_home or self._allowed(door)

    def only(self, door: str, work: Work) -> Work:
        return lambda: work() if self.may_pass(door) else 0

    def _allowed(self, door: str | None) -> bool:
        with self.database.reading() as session:
            found = place.known(session)
        if found is None or differs(found.place, self.here):
            return False
        self._is_home = not found.is_trial
        return self._is_home or door in (None, HOUSE) or door in self.sandboxed


class Guarded:
    """The sharing of a worker that asks first whether it may work at all."""

    def __init__(self, sharing: Sharing, standing: Standing) -> None:
        self._sharing, self._standing = sharing, standing

    @property
    def id(self) -> str:
        return self._sharing.id

    def know(self, duties: Mapping[str, Callable[[], None]]) -> None:
        self._sharing.know(duties)

    def of(self, duty: str, work: Work) -> Work:
        return self._sharing.of(duty, self._standing.only(duty, work))

    def leading(self, work: Work) -> Work:
        return self._sharing.leading(lambda: work() if self._standing.may_work() else 0)

    def has(self, duty: str) -> bool:
        return self._sharing.has(duty)

    def holder(self, duty: str) -> str:
        return self._sharing.holder(duty)

    def peers(self) -> Collection[str]:
        return self._sharing.peers()

    def listen(self, gained: Callable[[Collection[str]], None]) -> None:
        self._sharing.listen(gained)

    def beat(self) -> int:
        """Who may not work takes no duty from those who may."""
        return self._sharing.beat() if self._standing.may_work() else 0

    def leave(self) -> None:
        self._sharing.leave()
