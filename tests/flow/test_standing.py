"""A database that was copied elsewhere does nothing until a person says what it is."""

from collections import Counter

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.place import Place
from qc_engine.flow.duties import HOUSE, Alone
from qc_engine.flow.standing import Guarded, Standing
from qc_engine.store import alarms, place
from qc_engine.store.database import Database

HOME, STAGING = Place("https://qc.example.kz", "m1"), Place("https://staging.example.kz", "m2")
CRM, CHAT, MAIL = "bitrix24", "chat2desk", "mail"
LOOPS = {CRM, CHAT, HOUSE, MAIL, "handle", "beat"}


class Worker:
    """All kinds of loops, and which of them have done something."""

    def __init__(self, database: Database, clock: FixedClock, here: Place, sandboxed: str = "") -> None:
        self.clock, self.did = clock, Counter[str]()
        self.standing = Standing(database, here, frozenset(sandboxed.split()))
        self.at_home = self.standing.settle("K7Q2ABCD", clock)
        guarded = Guarded(Beating(self.did), self.standing)
        self.loops = [guarded.of(name, self._work(name)) for name in (CRM, CHAT, HOUSE)]
        self.loops.append(guarded.of(HOUSE, self.standing.only(MAIL, self._work(MAIL))))
        self.loops += [guarded.leading(self._work("handle")), guarded.beat]

    def _work(self, name: str):  # type: ignore[no-untyped-def]
        def work() -> int:
            self.did[name] += 1
            return 0

        return work

    def works(self) -> set[str]:
        self.did.clear()
        for loop in self.loops:
            loop()
        return set(self.did)

    def declare(self, *, is_trial: bool) -> None:
        with self.standing.database.transaction() as session:
            found = place.known(session)
            assert found
            place.declare(session, found, self.standing.here, self.clock.now(), is_trial=is_trial)


class Beating(Alone):
    def __init__(self, did: Counter[str]) -> None:
        super().__init__()
        self.did = did

    def beat(self) -> int:
        self.did["beat"] += 1
        return 0


def alarm(database: Database) -> str:
    with database.reading() as session:
        row = alarms.standing(session, place.ELSEWHERE)
    return row.phrase if row else ""


@pytest.mark.parametrize(
    "here", [HOME, Place("https://qc.example.kz/", ""), Place("http://qc.example.kz", "m1")]
)
def test_a_restart_a_second_worker_and_a_new_container_are_at_home(
    database: Database, clock: FixedClock, here: Place
) -> None:
    assert Worker(database, clock, HOME).works() == LOOPS
    again = Worker(database, clock, here)
    assert (again.at_home, again.works(), alarm(database)) == (True, LOOPS, "")


@pytest.mark.parametrize(
    ("here", "phrase"),
    [(STAGING, "alarm.copied"), (Place(HOME.address, "m2"), "alarm.copied.machine")],
)
def test_elsewhere_nothing_is_done_and_no_duty_is_taken(
    database: Database, clock: FixedClock, here: Place, phrase: str
) -> None:
    home = Worker(database, clock, HOME)
    copied = Worker(database, clock, here, sandboxed="bitrix24 chat2desk mail")
    assert (copied.at_home, copied.works(), alarm(database)) == (False, set(), phrase)
    assert home.works() == LOOPS, "a stranger with our database does not stop us"
    Worker(database, clock, HOME)
    assert alarm(database) == "", "the slip in public_url is mended"


def test_it_has_moved(database: Database, clock: FixedClock) -> None:
    """The one who waits goes on by itself, the next start knows, and the former place is the stranger now."""
    Worker(database, clock, HOME)
    moved = Worker(database, clock, STAGING)
    assert moved.works() == set()
    moved.declare(is_trial=False)
    assert (moved.works(), alarm(database)) == (LOOPS, "")
    assert Worker(database, clock, STAGING).works() == LOOPS
    assert Worker(database, clock, HOME).works() == set()


def test_a_copy_for_trying_speaks_with_sandboxes_alone(database: Database, clock: FixedClock) -> None:
    Worker(database, clock, HOME)
    copied = Worker(database, clock, STAGING, sandboxed=CHAT)
    copied.declare(is_trial=True)
    for one in (copied, Worker(database, clock, STAGING, sandboxed=CHAT)):
        assert one.works() == {CHAT, HOUSE, "handle", "beat"}, "neither the portal nor the mail"
    assert Worker(database, clock, HOME, sandboxed=CHAT).works() == set(), "back at home it is asked again"
    with database.reading() as session:
        assert place.is_trial(session)


def test_the_same_after_it_is_the_installation_again(database: Database, clock: FixedClock) -> None:
    Worker(database, clock, HOME)
    copied = Worker(database, clock, STAGING)
    copied.declare(is_trial=True)
    assert CRM not in copied.works()
    copied.declare(is_trial=False)
    assert copied.works() == LOOPS
