"""One company's accounts at both gateways: its money, its network, and whom it wants to be told."""

from dataclasses import dataclass

from sandbox.faults import Faults
from sandbox.sender import Clock, Sender
from sandbox.sms.faults import AFTER, BEFORE, IN_WORDS
from sandbox.sms.network import Message, Network, Phone, parts_in
from sandbox.sms.switches import Switches

PLENTY = 1000.0


class Declined(Exception):
    """The gateway does not take the message; `why` is money, sender or phone."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Tally:
    requests: int = 0
    accepted: int = 0
    parts: int = 0


class Office:
    """What both gateways share; `version` grows with every change that a phone would show."""

    def __init__(self, clock: Clock, sender: Sender, login: str, password: str, key: str) -> None:
        self.clock = clock
        self.sender = sender
        self.login, self.password, self.key = login, password, key
        self.switches = Switches()
        self.faults = Faults((*BEFORE, *AFTER, *IN_WORDS))
        self.network = Network(clock, sender, self.switches)
        self.tally = Tally()
        self.money = PLENTY

    def take(self, gateway: str, number: int, phone: Phone, text: str, sender: str) -> Message:
        """Charges and accepts the message. Raises Declined, and then nothing has happened."""
        parts = parts_in(text)
        cost = parts * self.switches.price_per_part
        self._check(phone, sender, cost)
        message = Message(number, gateway, phone.digits, text, sender, parts, self.clock.now())
        self.money -= cost
        self.tally.accepted += 1
        self.tally.parts += parts
        self.network.accept(message)
        return message

    def _check(self, phone: Phone, sender: str, cost: float) -> None:
        names = {name.strip() for name in self.switches.senders.split(",") if name.strip()}
        if names and sender and sender not in names:
            raise Declined("sender")
        if phone.refuses:
            raise Declined("phone")
        if cost > self.money:
            raise Declined("money")
