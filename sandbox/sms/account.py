"""The simulated SMS gateways as the rest of the sandbox sees them."""

from typing import Any

from starlette.routing import Route

from sandbox.sender import Clock, Sender
from sandbox.sms.control import control_routes, ledger_of
from sandbox.sms.door import Door
from sandbox.sms.hooks import Hooks
from sandbox.sms.office import Office

LOGIN, PASSWORD, KEY = "sandbox", "sandbox-password", "sandbox-key"


class SmsAccount:
    """One company at SMSC and at Mobizon. `login` and `password` open SMSC, `key` opens both."""

    def __init__(
        self, clock: Clock, sender: Sender, login: str = LOGIN, password: str = PASSWORD, key: str = KEY
    ) -> None:
        self._office = Office(clock, sender, login, password, key)
        self._hooks = Hooks(self._office)
        self._door = Door(self._office)
        self.switches = self._office.switches
        self.faults = self._office.faults

    @property
    def version(self) -> int:
        """Grows with every message and every state."""
        return self._office.network.version

    def routes(self) -> list[Route]:
        """Both gateways, for mounting under a prefix: /sys/send.php, /service/Message/SendSmsMessage ..."""
        both = ["GET", "POST"]
        return [
            Route("/sys/{name}.php", self._door.smsc, methods=both),
            Route("/rest/send/", self._door.smsc_rest, methods=["POST"]),
            Route("/service/{module}/{method}", self._door.mobizon, methods=both),
        ]

    def control_routes(self) -> list[Route]:
        """Absolute /sandbox/sms paths."""
        return control_routes(self._office, self._hooks)

    def set_hook(self, gateway: str, hook: dict[str, Any] | None) -> None:
        """Where `gateway` (smsc, mobizon) tells states: {"url", "secret"?}; None: nowhere. ValueError."""
        self._hooks.set(gateway, hook)

    def ledger(self) -> dict[str, Any]:
        """Counters since the start: requests, accepted, parts, by_phone (arrived), money."""
        return ledger_of(self._office)
