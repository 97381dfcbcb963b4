"""A console over a world in which things have happened: some done, some in doubt, some waiting for a person."""

import atexit
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, DealDeleted, LinkClicked
from qc_engine.ports import Arrival, Done, Outcome, OutcomeUnknown, Refused
from qc_engine.store import alarms, inbox, links
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.database import Database
from qc_engine.store.links import Click
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, LaneRow
from qc_engine.telling.console import invite
from qc_engine.web.app import CONSOLE
from qc_engine.web.assets import STATIC, Packed
from qc_engine.web.console.policy import Role
from qc_engine.web.console.room import Console
from qc_engine.web.guard import with_security_headers
from qc_engine.wiring import Installation
from tests.flow.fakes import Flow

PASSWORD = "верная лошадь скрепка"
ELSEWHERE = "77025550000"


@dataclass
class House:
    """One installation with its console, and doors to let people in."""

    flow: Flow
    settings: Installation
    console: Console

    @property
    def database(self) -> Database:
        return self.flow.database

    def app(self) -> ASGIApp:
        return entered(self.console, _pages(self.console.public_url))

    def link(self, role: Role = Role.OWNER, name: str = "Анна", *branches: str) -> str:
        """The path by which a new user comes in."""
        with self.database.transaction() as session:
            now = self.console.wall.now()
            _, link = invite(session, self.settings, now, role, name, branches)
        return link.removeprefix(self.settings.public_url)

    def guest(self) -> TestClient:
        """A browser that nobody is signed in with."""
        client = TestClient(self.app(), base_url="https://qc.example", follow_redirects=False)
        client.portal = _loop()
        return client

    def signed_in(self, role: Role = Role.OWNER, name: str = "Анна", *branches: str) -> TestClient:
        """The login is the name."""
        client = self.guest()
        form = {"login": name, "password": PASSWORD, "again": PASSWORD}
        answer = client.post(self.link(role, name, *branches), data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        return client

    def audit(self, *but: str) -> list[tuple[str, str, str]]:
        with self.database.reading() as session:
            rows = session.exec(select(AuditRow).order_by(AuditRow.id)).all()  # type: ignore[arg-type]
        return [(row.name, row.action, row.thing) for row in rows if row.action not in but]

    def rows(self, state: str) -> list[EffectRow]:
        with self.database.reading() as session:
            return list(session.exec(select(EffectRow).where(EffectRow.state == state)).all())

    def case(self, deal_id: int) -> CaseRow:
        with self.database.reading() as session:
            return session.exec(select(CaseRow).where(CaseRow.deal_id == deal_id)).one()


# --- the pages --------------------------------------------------------------------------------

_INSIDE: ContextVar[Console] = ContextVar("inside")


class _WhereSomebodyIs:
    """Stands for the console of the house through whose door a request came."""

    def __init__(self, public_url: str) -> None:
        self.public_url = public_url

    def __getattr__(self, name: str) -> Any:
        return getattr(_INSIDE.get(), name)


def entered(console: Console, whole: ASGIApp) -> ASGIApp:
    """The doors of all houses, by the one of this house. `whole`: made of `anywhere`."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        _INSIDE.set(console)
        await whole(scope, receive, send)

    return door


def anywhere(public_url: str) -> Any:
    """Stands for a Console."""
    return _WhereSomebodyIs(public_url)


@cache
def _loop() -> BlockingPortal:
    """One for all visitors: a thread and a loop of its own for each request take longer than most pages."""
    around = start_blocking_portal()
    atexit.register(around.__exit__, None, None, None)
    return around.__enter__()


@cache
def _pages(public_url: str) -> ASGIApp:
    """Once for all houses of one address: making a hundred routes takes longer than most tests."""
    console = anywhere(public_url)
    app = FastAPI(redirect_slashes=False)
    for page in CONSOLE:
        app.include_router(page(console))
    app.mount("/static", Packed(directory=STATIC))
    return with_security_headers(app)


def csrf(page: str) -> str:
    """What the forms of a page carry."""
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


# --- what has happened ------------------------------------------------------------------------

UNCERTAIN, FAILED, UNCLEAR, OVERDUE, ANSWERED = 1, 2, 3, 4, 5  # deals
HOSTILE = "<script>alert(1)</script> ‮ 9️⃣ ' OR 1=1 --"


def phone_of(deal_id: int) -> str:
    return f"7701555000{deal_id}"


def lived_in(house: House) -> House:
    """Every kind of thing that waits for a person has happened."""
    flow = house.flow
    _asked(flow, OVERDUE)
    for words in ("9", "десять"):
        _says(flow, OVERDUE, words)
    _clicks(flow, OVERDUE)
    _message_ends(flow, UNCERTAIN, OutcomeUnknown("ReadTimeout"))
    _message_ends(flow, FAILED, Refused("the number is blocked", "blocked"))
    _asked(flow, ANSWERED)
    _says(flow, ANSWERED, "9")
    _asked(flow, UNCLEAR)
    _says(flow, UNCLEAR, HOSTILE)
    flow.clock.advance(timedelta(minutes=5))
    _for_the_company(flow)
    return house


def _asked(flow: Flow, deal_id: int) -> None:
    flow.close_order(deal_id, phone_of(deal_id))
    flow.later(days=1)


def _message_ends(flow: Flow, deal_id: int, how: Outcome) -> None:
    """The first question, and what its channel made of it."""
    flow.close_order(deal_id, phone_of(deal_id))
    flow.world.answer = lambda job: how if isinstance(job.effect, SendMessage) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, SendMessage)
    flow.later(days=1)
    for _ in range(6):
        flow.later(minutes=10)
    flow.world.answer, flow.world.carried_out = lambda _: Done(), lambda _: True


def _says(flow: Flow, deal_id: int, text: str) -> None:
    flow.clock.advance(timedelta(minutes=1))
    now = flow.clock.now()
    number = int(now.timestamp())
    flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(phone_of(deal_id), text, now, number)))
    flow.settle()


def _clicks(flow: Flow, deal_id: int) -> None:
    code, now = flow.world.texts[-1].rpartition("/r/")[2].split()[0], flow.clock.now()
    with flow.database.transaction() as session:
        for grade, why in (("machine", "TelegramBot"), ("person", "browser")):
            links.add_clicks(session, [Click(code, now, grade, why, "", "https://y.example/1")])
    flow.arrive(Arrival(f"click:{code}", LinkClicked(code, "yandex", now)))
    flow.settle()


def _for_the_company(flow: Flow) -> None:
    """A stranger's words, an event that nobody can read, one that met our bug, an alarm, a door that is shut."""
    now = flow.clock.now()
    flow.arrive(Arrival("inbox:9999", AnswerReceived(ELSEWHERE, "Алло, вы работаете?", now, 9999)))
    flow.settle()
    with flow.database.transaction() as session:
        inbox.add_unreadable(session, "chat2desk", "{half a body", "Expecting value: line 1", now)
        inbox.add(session, "bitrix24", Arrival("deal:77", DealDeleted(77)), now)
        row = session.exec(select(InboxRow).where(InboxRow.key == "deal:77")).one()
        inbox.finish(row, "quarantined", "KeyError: 'stage'", now)
        alarms.raise_alarm(
            session,
            "silence:main",
            "alarm.silence",
            {"portal": "main", "count": 7, "span": timedelta(days=1)},
            now,
        )
        alarms.broken(session, "channel", "HTTP 401", now)
        lane = session.get(LaneRow, "channel") or LaneRow(key="channel", level_at=now)
        lane.broken = "HTTP 401"
        session.add(lane)
