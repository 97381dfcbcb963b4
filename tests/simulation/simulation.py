"""A town in a nutshell: clients, managers and operators around the real flow; one seed decides all.

run(417)            plays seed 417; raises Failed with the schedule that led there
"""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    DealChanged,
    Event,
    LinkClicked,
    MessageRefused,
    ReviewChecked,
    StaffWrote,
)
from qc_engine.explain.resolving import resolve
from qc_engine.flow.status import status
from qc_engine.ports import Arrival
from qc_engine.store import inbox
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, LinkRow
from tests.flow.fakes import CountingIds
from tests.simulation.answers import SAYINGS, WAYS, Saying
from tests.simulation.crm import Crm
from tests.simulation.engine import Process, empty_database, lit
from tests.simulation.promises import Promises
from tests.simulation.witness import Witness
from tests.simulation.world import MOODS, Channel, Crash, Fuse, Violation, World

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
STEPS = 60
PHONES = ("77015550001", "77015550002", "77015550003", "")
STAGES = ("LOSE", "WON", "FINAL_INVOICE", "UC_QUALITY", "EXECUTING")
SPANS = (2, 20, 60, 190, 1000, 3600, 4 * 3600, 9 * 3600, 26 * 3600)  # seconds
CRASHES = {  # point -> within how many passes
    "before perform": 2, "in the middle of perform": 3, "before record": 2, "in find": 1,
    "in look": 1, "at a statement": 60, "before a commit": 12,
}  # fmt: skip
LONGEST_SETTLING = 400


class Failed(AssertionError):
    """A seed that broke a promise, with everything needed to see it again."""

    def __init__(self, seed: int, schedule: Sequence[str], why: BaseException) -> None:
        steps = "\n".join(f"  {number:3} {line}" for number, line in enumerate(schedule))
        super().__init__(f"seed {seed}: {type(why).__name__}: {why}\nschedule:\n{steps}")


def run(seed: int, steps: int = STEPS) -> "Simulation":
    """Play one seed to its end. Raises Failed."""
    fuse = Fuse()
    with empty_database(fuse) as database:
        simulation = Simulation(seed, database, fuse)
        try:
            simulation.play(steps)
        except (Exception, Crash) as why:
            raise Failed(seed, simulation.schedule, why) from why
        return simulation


class Simulation:
    """One seed: the world, the engine in it, and everybody who acts."""

    def __init__(self, seed: int, database: Database, fuse: Fuse) -> None:
        self.chance = random.Random(seed)
        self.clock, self.schedule, self.crashes = FixedClock(NOON), list[str](), 0
        self.database, self.fuse = database, fuse
        self.world = World(self.clock, self.chance, fuse)
        self.ids = CountingIds()
        self.crm, self.channel = Crm(self.world), Channel(self.world)
        self.promises = Promises(self.database, self.world, self.crm)
        self.world.witness, self.world.meanwhile = Witness(self.database, self.world), self._meanwhile
        self.transit: list[tuple[str, Arrival]] = []
        self.delivered: list[tuple[str, Arrival]] = []
        self.events = self.last_deal = self.read = 0
        self.ways = {phone: self.chance.choice(list(WAYS)) for phone in PHONES}
        self._start()

    def play(self, steps: int) -> None:
        self.order()
        self.poll()
        acts: dict[Callable[[], object], float] = {
            self.tick: 40, self.time: 26, self.client: 4, self.post: 8, self.order: 3, self.hand: 1,
            self.delete: 0.4, self.click: 4, self.staff: 1, self.manager: 5, self.refusal: 0.4, self.mood: 5,
            self.crash: 5, self.poll: 4, self.person: 2, self.again: 2, self.bounce: 1,
        }  # fmt: skip
        for _ in range(steps):
            act = self.chance.choices(list(acts), list(acts.values()))[0]
            act()
            self.people_react()
            self.promises.hold()
        self.settle()

    def note(self, words: str) -> None:
        self.schedule.append(f"{self.clock.now():%d %H:%M:%S} {words}")

    # --- the engine -------------------------------------------------------------------------------

    def _start(self) -> None:
        self.process = Process(self.database, self.clock, self.ids, self.crm, self.channel)

    def _work(self, work: Callable[[], int]) -> int:
        """The engine does something; it may die of it, and is started again at once."""
        try:
            with lit(self.fuse):
                return work()
        except Crash as point:
            self.crashes += 1
            self.note(f"    the engine dies: {point}")
            self._start()
            return 1

    def tick(self) -> None:
        rounds = self.chance.randint(1, 4)
        self.note(f"tick {rounds}")
        for _ in range(rounds):
            self._work(lambda: self.process.tick(self.chance))
        if self.chance.random() < 0.3:
            self._work(self.process.sweep)

    def poll(self) -> None:
        self.note("poll")
        self._work(self.process.poll)

    def bounce(self) -> None:
        self.note("restart")
        self._start()

    def _meanwhile(self) -> None:
        """A call hangs; another process on the same database goes on."""
        self.note("    a call hangs, another process goes on")
        self.world.meanwhile = lambda: None
        moods, self.crm.mood, self.channel.mood = (self.crm.mood, self.channel.mood), "well", "well"
        other = Process(self.database, self.clock, self.ids, self.crm, self.channel)
        self._post_some()
        for _ in range(3):
            other.sweep()
            other.tick(self.chance)
            self.clock.advance(timedelta(seconds=self.chance.choice((0, 5, 61))))
        (self.crm.mood, self.channel.mood), self.world.meanwhile = moods, self._meanwhile

    def crash(self) -> None:
        point = self.chance.choice(list(CRASHES))
        self.fuse.point, self.fuse.passes = point, self.chance.randint(1, CRASHES[point])
        self.note(f"will die {point}, pass {self.fuse.passes}")

    def mood(self) -> None:
        vendor = self.chance.choice((self.crm, self.channel))
        vendor.mood = self.chance.choice(list(MOODS))
        self.note(f"{type(vendor).__name__} is {vendor.mood}")

    # --- time -------------------------------------------------------------------------------------

    def time(self) -> None:
        """A step, a jump over night, or just to where something is due."""
        moment = self._next_moment()
        if moment and self.chance.random() < 0.5:
            self.clock.advance(max(moment - self.clock.now(), timedelta()) + timedelta(seconds=1))
        else:
            self.clock.advance(timedelta(seconds=self.chance.choice(SPANS)))
        self.note("later")

    def _next_moment(self) -> datetime | None:
        at = status(self.database, self.clock)["next_at"]
        with self.database.reading() as session:
            leases = session.exec(select(EffectRow.lease_until).where(EffectRow.state == "sending")).all()
        doors = [one.closed_until for one in self.process.deliverers]
        moments = [one for one in (*leases, *doors, at and datetime.fromisoformat(at)) if one]
        moments = [one for one in moments if one > self.clock.now()]
        return min(moments, default=None)

    # --- arrivals ---------------------------------------------------------------------------------

    def _send(self, source: str, kind: str, event: Event) -> None:
        """On its way to us: at once, late, in another order, twice."""
        self.events += 1
        self.transit.append((source, Arrival(f"{kind}:{self.events}", event)))
        if self.chance.random() < 0.6:
            self._post_some()

    def post(self) -> None:
        self.note(f"post, {len(self.transit)} on their way")
        self._post_some()

    def _post_some(self) -> None:
        self.chance.shuffle(self.transit)
        many = self.chance.randint(0, len(self.transit))
        now, self.transit = self.transit[:many], self.transit[many:]
        for one in now:
            self._arrive(one)

    def again(self) -> None:
        """A sender repeats what we have had for long."""
        if self.delivered:
            one = self.chance.choice(self.delivered)
            self.note(f"repeated: {one[1].key}")
            self._arrive(one)

    def _arrive(self, one: tuple[str, Arrival]) -> None:
        self.delivered.append(one)
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            with self.database.transaction() as session:
                inbox.add(session, one[0], one[1], self.clock.now())

    # --- people -----------------------------------------------------------------------------------

    def order(self) -> None:
        self.last_deal += 1
        phone = self.chance.choices(PHONES, (6, 5, 4, 1))[0]
        self.note(f"order {self.last_deal} of {phone or 'nobody'} is closed")
        self.crm.close_order(self.last_deal, phone)
        self._hint(self.last_deal)

    def _hint(self, deal_id: int) -> None:
        if self.chance.random() < 0.7:  # some events are simply lost: polling must do
            self._send("crm", "event", DealChanged(deal_id))

    def hand(self) -> None:
        deals = [one for one in self.crm.deals if one <= self.last_deal]
        if deals:
            deal_id, stage = self.chance.choice(deals), self.chance.choice(STAGES)
            self.note(f"a manager moves deal {deal_id} to {stage}")
            self.crm.move(deal_id, stage)
            self._hint(deal_id)

    def delete(self) -> None:
        deals = [one for one in self.crm.deals if one <= self.last_deal]
        if len(deals) > 1:
            deal_id = self.chance.choice(deals)
            self.note(f"a manager deletes deal {deal_id}")
            del self.crm.deals[deal_id]
            self._hint(deal_id)

    def people_react(self) -> None:
        """Whoever got a message may answer it, in their own way, and may open the link in it."""
        new, self.read = self.world.ledger[self.read :], len(self.world.ledger)
        for one in new:
            if isinstance(one.effect, SendMessage) and self.chance.random() < 0.6:
                if way := WAYS[self.ways[one.effect.phone]]:
                    self._says(one.effect.phone, SAYINGS[self.chance.choice(way)])
                if "/r/" in one.effect.text:
                    self.click()

    def client(self) -> None:
        """Somebody writes unasked."""
        saying = self.chance.choices(SAYINGS, [one.weight for one in SAYINGS])[0]
        self._says(self.chance.choice(PHONES[:3]), saying)

    def _says(self, phone: str, saying: Saying) -> None:
        self.note(f"{phone[-1]} writes {saying.text or saying.kind}")
        event = AnswerReceived(phone, saying.text, self.clock.now(), self.world.number(), saying.kind)
        self._send("channel", "inbox", event)

    def staff(self) -> None:
        phone = self.chance.choice(PHONES[:3])
        self.note(f"an operator writes to {phone[-1]}")
        self._send("channel", "staff", StaffWrote(phone, self.clock.now(), self.world.number()))

    def refusal(self) -> None:
        sent = [one for one in self.world.ledger if isinstance(one.effect, SendMessage)]
        if sent:
            one = self.chance.choice(sent)
            assert isinstance(one.effect, SendMessage)
            self.note(f"the messenger refuses {one.key} afterwards")
            event = MessageRefused(one.effect.phone, "blocked", self.clock.now(), one.number)
            self._send("channel", "status", event)

    def click(self) -> None:
        texts = [one.effect.text for one in self.world.ledger if isinstance(one.effect, SendMessage)]
        with self.database.reading() as session:
            codes = session.exec(select(LinkRow.code).order_by(col(LinkRow.code))).all()
        shown = [code for code in codes if any(code in text for text in texts)]
        if shown:
            code = self.chance.choice(shown)
            self.note(f"a click on {code[-3:]}")
            self._send(
                "redirect",
                "click",
                LinkClicked(code, "yandex", self.clock.now() + timedelta(microseconds=self.events)),
            )

    def manager(self) -> None:
        tasks = [one for one in self.crm.tasks.values() if one.closed_at is None]
        if tasks and self.chance.random() < 0.6:
            task, result = (
                self.chance.choice(tasks),
                self.chance.choice(("Отзыв найден", "нет отзыва", "готово")),
            )
            self.note(f"task {task.task_id} is closed: {result}")
            self.crm.close_task(task.task_id, result)
        elif tasks:
            with self.database.reading() as session:
                case = session.exec(
                    select(CaseRow).where(CaseRow.deal_id == self.chance.choice(tasks).deal_id)
                ).first()
            if case:
                answer = self.chance.choice(("found", "not_found"))
                self.note(f"the page of {case.id} is answered: {answer}")
                self._send("page", "review", ReviewChecked(case.id, answer, self.clock.now()))

    def person(self, everything: bool = False) -> int:
        """Somebody looks after what waits for a person, knowing what really happened."""
        with self.database.transaction() as session:
            kinds = ("review",) if everything else ("review", "failed")
            rows = session.exec(select(EffectRow).where(col(EffectRow.state).in_(kinds))).all()
            for row in rows:
                happened = self.world.carried_out(row.key) is not None
                how = "happened" if happened else self.chance.choice(("again", "again", "drop"))
                self.note(f"a person says of {row.key} ({row.kind}): {how}")
                resolve(session, row.id or 0, how, self.clock.now())
        return len(rows)

    # --- the dust settles -------------------------------------------------------------------------

    def settle(self) -> None:
        """No more faults, everything arrives, people do their part: all must come to its end."""
        self.note("the dust settles")
        self.fuse.point, self.crm.mood, self.channel.mood = "", "well", "well"
        for _ in range(LONGEST_SETTLING):
            self._rest()
            self.people_react()
            self.manager()
            if self.person(everything=True) or self.transit:
                continue
            moment = self._next_moment()
            if moment:
                self.clock.advance(moment - self.clock.now() + timedelta(seconds=1))
            elif not status(self.database, self.clock)["inbox_open"]:
                break
        self.promises.settled()

    def _rest(self) -> None:
        for one in self.transit:
            self._arrive(one)
        self.transit = []
        self.process.sweep()
        self.process.poll()
        calm = 0
        for _ in range(200):
            calm = 0 if self.process.tick(self.chance) else calm + 1
            if calm == 2:  # a turn that only held back does not count as work
                return
        raise Violation("the flow does not come to rest")
