"""The people of a simulated town: clients, managers, operators, and the way their doings come to us."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    BonusTakenBack,
    ChannelJoined,
    ChannelLeft,
    DealChanged,
    Event,
    LinkClicked,
    MessageRefused,
    ReviewChecked,
    ReviewCorrected,
    StaffWrote,
)
from qc_engine.explain.resolving import resolve
from qc_engine.ports import Arrival
from qc_engine.store import inbox
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InvitationRow, LinkRow
from tests.simulation.answers import SAYINGS, WAYS, Saying
from tests.simulation.chats import TELEGRAM, chat_of
from tests.simulation.crm import Crm
from tests.simulation.faults import unlit
from tests.simulation.world import Channel, World

PHONES = ("77015550001", "77015550002", "77015550003", "")
PORTALS = {"crm": MAIN}  # by source; the others speak of no deals
STAGES = ("LOSE", "WON", "FINAL_INVOICE", "UC_QUALITY", "EXECUTING")


class Town:
    """Everybody outside; what they do is written into the schedule."""

    def __init__(self, world: World, database: Database) -> None:
        self.world, self.database = world, database
        self.clock: FixedClock = world.clock
        self.chance: Random = world.chance
        self.crm, self.channel, self.telegram = Crm(world), Channel(world), Channel(world)
        self.schedule: list[str] = []
        self.transit: list[tuple[str, Arrival]] = []
        self.delivered: list[tuple[str, Arrival]] = []
        self.events = self.last_deal = self.read = 0
        self.ways = {phone: self.chance.choice(list(WAYS)) for phone in PHONES}

    def note(self, words: str) -> None:
        self.schedule.append(f"{self.clock.now():%d %H:%M:%S} {words}")

    @property
    def habits(self) -> dict[Callable[[], object], float]:
        """What people do, and how often."""
        return {
            self.client: 4, self.post: 8, self.order: 3, self.hand: 2, self.delete: 0.4, self.click: 4,
            self.staff: 1, self.manager: 5, self.refusal: 0.4, self.look_after: 2, self.again: 2,
            self.chat: 1, self.head: 0.7,
        }  # fmt: skip

    # --- arrivals ---------------------------------------------------------------------------------

    def _send(self, source: str, kind: str, event: Event) -> None:
        """On its way to us: at once, late, in another order, twice."""
        self.events += 1
        self.transit.append((source, Arrival(f"{kind}:{self.events}", event)))
        if self.chance.random() < 0.6:
            self._post_some()

    def post(self) -> bool:
        if not self.transit:
            return False
        self.note(f"post, {len(self.transit)} on their way")
        self._post_some()
        return True

    def _post_some(self) -> None:
        sent = list(self.transit)
        self.chance.shuffle(self.transit)
        many = self.chance.randint(0, len(self.transit))
        if (self.transit, many) != (sent, len(sent)) and not self.world.faults.strikes(
            "late or out of order"
        ):
            self.transit, many = sent, len(sent)
        now, self.transit = self.transit[:many], self.transit[many:]
        for one in now:
            self._arrive(one)

    def again(self) -> bool:
        """A sender repeats what we have had for long."""
        if not self.delivered:
            return False
        one = self.chance.choice(self.delivered)
        if not self.world.faults.strikes("repeated much later"):
            return False
        self.note(f"repeated: {one[1].key}")
        self._arrive(one)
        return True

    def _arrive(self, one: tuple[str, Arrival]) -> None:
        copies = self.chance.choice((1, 1, 1, 2, 3))
        if copies > 1 and not self.world.faults.strikes("told more than once"):
            copies = 1
        for _ in range(copies):
            with unlit(self.world.fuse), self.database.transaction() as session:
                inbox.add(session, one[0], one[1], self.clock.now(), portal=PORTALS.get(one[0], ""))
        self.delivered.append(one)

    # --- people -----------------------------------------------------------------------------------

    def order(self) -> None:
        self.last_deal += 1
        phone = self.chance.choices(PHONES, (6, 5, 4, 1))[0]
        self.note(f"order {self.last_deal} of {phone or 'nobody'} is closed")
        self.crm.close_order(self.last_deal, phone)
        self._hint(self.last_deal)

    def _hint(self, deal_id: int) -> None:
        # Some events are simply lost: polling must do.
        if self.chance.random() < 0.7 or not self.world.faults.strikes("a webhook never comes"):
            self._send("crm", "event", DealChanged(deal_id))

    def hand(self) -> bool:
        deals = [one for one in self.crm.deals if one <= self.last_deal]
        if not deals:
            return False
        deal_id, stage = self.chance.choice(deals), self.chance.choice(STAGES)
        self.note(f"a manager moves deal {deal_id} to {stage}")
        self.crm.move(deal_id, stage)
        self._hint(deal_id)
        return True

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
                    self._says(one.effect.phone, SAYINGS[self.chance.choice(way)], one.effect.channel)
                if "/r/" in one.effect.text:
                    self.click()

    def client(self) -> None:
        """Somebody writes unasked."""
        saying = self.chance.choices(SAYINGS, [one.weight for one in SAYINGS])[0]
        self._says(self.chance.choice(PHONES[:3]), saying)

    def _says(self, phone: str, saying: Saying, channel: str = "") -> None:
        self.note(f"{phone[-1]} writes {saying.text or saying.kind} {channel}")
        known_as = {"phone": "", "address": chat_of(phone)} if channel else {"phone": phone}
        number = self.world.number()
        event = AnswerReceived(
            **known_as, text=saying.text, at=self.clock.now(), message_id=number, kind=saying.kind
        )
        self._send(channel or "channel", "inbox", event)

    def chat(self) -> bool:
        """Somebody opens our chat by the link of a case, or stops it."""
        with self.database.reading() as session:
            links = session.exec(select(InvitationRow).order_by(col(InvitationRow.token))).all()
        if not links:
            return False
        one, now = self.chance.choice(links), self.clock.now() + timedelta(microseconds=self.events)
        address, joins = chat_of(one.phone), self.chance.random() < 0.8
        self.note(f"{one.phone[-1]} {'opens' if joins else 'stops'} the chat")
        self._send(
            TELEGRAM, "chat", ChannelJoined(address, one.token, now) if joins else ChannelLeft(address, now)
        )
        return True

    def staff(self) -> None:
        phone = self.chance.choice(PHONES[:3])
        self.note(f"an operator writes to {phone[-1]}")
        self._send("channel", "staff", StaffWrote(phone, self.clock.now(), self.world.number()))

    def refusal(self) -> None:
        sent = [one for one in self.world.ledger if isinstance(one.effect, SendMessage)]
        if sent:
            one = self.chance.choice(sent)
            assert isinstance(one.effect, SendMessage)
            code = self.chance.choice(("", "no_account", "blocked"))
            self.note(f"the messenger refuses {one.key} afterwards: {code or 'no reason'}")
            event = MessageRefused(one.effect.phone, "no", self.clock.now(), one.number, code)
            self._send(one.effect.channel or "channel", "status", event)

    def click(self) -> bool:
        texts = [one.effect.text for one in self.world.ledger if isinstance(one.effect, SendMessage)]
        with self.database.reading() as session:
            codes = session.exec(select(LinkRow.code).order_by(col(LinkRow.code))).all()
        shown = [code for code in codes if any(code in text for text in texts)]
        if not shown:
            return False
        code, at = self.chance.choice(shown), self.clock.now() + timedelta(microseconds=self.events)
        self.note(f"a click on {code[-3:]}")
        self._send("redirect", "click", LinkClicked(code, "yandex", at))
        return True

    def manager(self) -> bool:
        """Closes a task, with words or without, or answers on its page."""
        tasks = [one for one in self.crm.tasks.values() if one.closed_at is None]
        if not tasks:
            return False
        task = self.chance.choice(tasks)
        if self.chance.random() < 0.6:
            result = self.chance.choice(
                ("Отзыв найден", "нет отзыва", "готово", "на модерации", "одни звёзды")
            )
            self.note(f"task {task.task_id} is closed: {result}")
            self.crm.close_task(task.task_id, result)
        else:
            self._answer_page(task.deal_id)
        return True

    def _answer_page(self, deal_id: int) -> None:
        with self.database.reading() as session:
            case = session.exec(select(CaseRow).where(CaseRow.deal_id == deal_id)).first()
        if case:
            answer = self.chance.choice(("found", "not_found", "in_moderation", "score_only"))
            self.note(f"the page of {case.id} is answered: {answer}")
            at = self.clock.now() + timedelta(microseconds=self.events)
            self._send("page", "review", ReviewChecked(case.id, answer, at))

    def head(self) -> bool:
        """The head corrects what was answered about a review, or takes a bonus back."""
        with self.database.reading() as session:
            cases = session.exec(select(CaseRow.id).order_by(col(CaseRow.id))).all()
        if not cases:
            return False
        case_id, now = self.chance.choice(cases), self.clock.now() + timedelta(microseconds=self.events)
        answer = self.chance.choice(("found", "not_found", "vanished", "in_moderation", ""))
        self.note(f"the head says of {case_id}: {answer or 'no bonus'}")
        corrected = ReviewCorrected(case_id, answer, "ошибка", "Мария", now)
        self._send("page", "head", corrected if answer else BonusTakenBack(case_id, "ошибка", "Мария", now))
        return True

    def look_after(self) -> bool:
        return bool(self.person())

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
