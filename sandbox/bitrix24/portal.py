"""One simulated portal: what it stores, and what every change of it entails."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from sandbox.bitrix24.company import Company
from sandbox.bitrix24.events import Events, Posts
from sandbox.bitrix24.faults import Faults
from sandbox.bitrix24.fields import CONTACT, DEAL
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.limits import Bucket, Operating
from sandbox.bitrix24.shelf import Index, Shelf
from sandbox.bitrix24.switches import Switches

PORTAL_ZONE = timezone(timedelta(hours=3))  # the vendor's server; not where the company lives
USER_ZONE = timezone(timedelta(hours=5))
DOMAIN = "sandbox.bitrix24.kz"


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
    deals_created: list[dict[str, Any]] = field(default_factory=list)
    tasks_created: list[dict[str, Any]] = field(default_factory=list)


class Portal:
    """Everything of one portal. Time is the sandbox's; `secret` is that of the incoming webhook."""

    def __init__(self, clock: Clock, sender: Posts, secret: str, company: Company) -> None:
        self.clock, self.secret, self.company = clock, secret, company
        self.switches, self.faults = Switches(), Faults()
        self.bucket, self.operating = Bucket(), Operating()
        self.events = Events(sender, self.switches, clock.now, DOMAIN)
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
        self.history: Shelf[Row] = Shelf()
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

    def close_ledger(self) -> dict[str, Any]:
        """The ledger as JSON."""
        return {
            "requests": self.ledger.requests,
            "commands": self.ledger.commands,
            "by_method": dict(self.ledger.by_method),
            "rejected_503": self.ledger.rejected_503,
            "rejected_429": self.ledger.rejected_429,
            "highest_level": round(self.bucket.highest, 2),
            "events_raised": self.events.raised,
            "deals_created": self.ledger.deals_created,
            "tasks_created": self.ledger.tasks_created,
        }
