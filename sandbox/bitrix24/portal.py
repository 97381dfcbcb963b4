"""One simulated portal: what it stores, and what every change of it entails."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from sandbox.bitrix24.applications import Applications
from sandbox.bitrix24.callers import Rights, Webhooks
from sandbox.bitrix24.company import Company
from sandbox.bitrix24.delivery import Posts
from sandbox.bitrix24.events import Events
from sandbox.bitrix24.faults import Faults
from sandbox.bitrix24.fields import CONTACT, DEAL
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.limits import Bucket, Operating
from sandbox.bitrix24.shelf import Index, Shelf
from sandbox.bitrix24.switches import Switches

PORTAL_ZONE = timezone(timedelta(hours=3))  # the vendor's server; not where the company lives
USER_ZONE = timezone(timedelta(hours=5))
TO_PIPELINE = 5  # TYPE_ID of a move in the stage history


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(slots=True)
class Ledger:
    """What reached the portal by REST; tests compare it with what should have."""

    requests: int = 0
    commands: int = 0
    by_method: Counter[str] = field(default_factory=Counter)
    rejected_503: int = 0
    rejected_429: int = 0
    redirected: int = 0
    tokens_given: int = 0
    tokens_refreshed: int = 0
    deals_created: list[dict[str, Any]] = field(default_factory=list)
    tasks_created: list[dict[str, Any]] = field(default_factory=list)


class History(Shelf[Row]):
    """The stage history: every move is told as it is written."""

    def __init__(self, told: Callable[[Row], None]) -> None:
        super().__init__()
        self._told = told

    def put(self, number: int, row: Row) -> None:
        super().put(number, row)
        self._told(row)


class Portal:
    """Everything of one portal. Time is the sandbox's; `secret` is that of the incoming webhook."""

    def __init__(self, clock: Clock, sender: Posts, secret: str, company: Company) -> None:
        self.clock, self.secret, self.company = clock, secret, company
        self.switches = Switches()
        self.webhooks, self.rights = Webhooks(secret), Rights(self.switches, lambda: self.caller)
        self.faults = Faults(clock.now, self.rights.check)
        self.bucket, self.operating = Bucket(), Operating()
        self.applications = Applications(lambda: clock.now().timestamp(), self.switches)
        self.events = Events(sender, self.switches, clock.now, self.applications)
        self.caller: int | None = None  # whoever acts now; None: a robot
        self.host = ""  # where a renamed portal lives: a name, or name:port
        self.ledger = Ledger()
        self.version = 1
        self.deals = Items(
            2,
            DEAL,
            company.deal_fields,
            ("stageId", "originId", "contactId", "contactIds"),
            self.switches,
            3000,
        )
        self.contacts = Items(3, CONTACT, company.contact_fields, ("originId",), self.switches, 7000)
        self.phones: dict[int, list[Row]] = {}  # contact id -> its multi-fields
        self.by_phone = Index()
        self.history: Shelf[Row] = History(self._moved)
        self.history_of = Index()
        self.tasks: Shelf[Row] = Shelf(500)
        self.tasks_of = Index()
        self.results: dict[int, list[Row]] = {}
        self.task_comments: Shelf[Row] = Shelf(100)
        self.comments: Shelf[Row] = Shelf(900)
        self.comments_of = Index()
        self.notifications: Shelf[Row] = Shelf(10_000)
        self.last_phone_id = 100
        self.last_field_id = 6000
        self.last_result_id = 20

    @contextmanager
    def acting(self, user: int | None, connector: str = "") -> Iterator[None]:
        """What happens inside is done by this user, or by a robot (None)."""
        self.caller = self.events.cause = user
        self.events.connector = connector
        try:
            yield
        finally:
            self.caller = self.events.cause = None
            self.events.connector = ""

    def rename(self, host: str) -> None:
        """The portal lives at `host` (name, or name:port) from now on; "" undoes it."""
        self.host = host
        if not host:
            return
        self.events.domain = host
        for application in self.applications.known.values():
            scheme, _, old = application.base.partition("://")
            application.base = f"{scheme}://{with_port(host, old)}"

    def now(self) -> datetime:
        """Virtual time in the portal's zone, whole seconds."""
        return self.clock.now().astimezone(PORTAL_ZONE).replace(microsecond=0)

    def touch(self) -> None:
        """Something visible changed."""
        self.version += 1

    def visible(self, created: datetime) -> bool:
        """False while the search index has not caught up with a new object."""
        lag = self.switches["search_lag_seconds"]
        return not lag or created + timedelta(seconds=lag) <= self.clock.now()

    def _moved(self, row: Row) -> None:
        if row["TYPE_ID"] == TO_PIPELINE:
            self.events.deal_moved(row["OWNER_ID"], row["CATEGORY_ID"], row["STAGE_ID"])

    def close_ledger(self) -> dict[str, Any]:
        """The ledger as JSON."""
        return {
            "requests": self.ledger.requests,
            "commands": self.ledger.commands,
            "by_method": dict(self.ledger.by_method),
            "rejected_503": self.ledger.rejected_503,
            "rejected_429": self.ledger.rejected_429,
            "highest_level": round(self.bucket.highest, 2),
            "redirected_302": self.ledger.redirected,
            "tokens_given": self.ledger.tokens_given,
            "tokens_refreshed": self.ledger.tokens_refreshed,
            "events_raised": self.events.raised,
            "deals_created": self.ledger.deals_created,
            "tasks_created": self.ledger.tasks_created,
        }


def with_port(host: str, asked: str) -> str:
    """`host` with the port of the address that was asked, unless it names its own."""
    port = asked.rpartition(":")[2] if ":" in asked else ""
    return host if ":" in host or not port else f"{host}:{port}"
