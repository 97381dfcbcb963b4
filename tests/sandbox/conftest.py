"""A sandbox without a network: requests go straight into it, and what it would send is only remembered."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from playwright.sync_api import Browser

from sandbox.app import Sandbox
from sandbox.bitrix24.company import tyre_chain
from sandbox.bitrix24.portal import Portal
from sandbox.clock import SandboxClock
from sandbox.control.vendors import around
from sandbox.sender import Sender
from tests.browser import DESKTOP, served
from tests.sandbox.page_stage import Visit, pretend_engine, sandbox_of

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
Post = dict[str, str]


class Posted:
    """Every event that would have left, as flat form keys, with its url and delay."""

    def __init__(self) -> None:
        self.forms: list[Post] = []

    def post(self, url: str, content: bytes, headers: dict[str, str], *, delay: float = 0.0) -> None:
        self.forms.append(dict(parse_qsl(content.decode())) | {"url": url, "delay": str(delay)})

    def named(self, event: str) -> list[Post]:
        return [form for form in self.forms if form["event"] == event]


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.fixture
def box(posted: Posted) -> Sandbox:
    clock = SandboxClock(start=START)
    portal = Portal(clock, posted, "s3cret", tyre_chain())
    portal.switches.set("rate_plan", "off")
    sender = Sender(clock)
    return Sandbox(around(portal, clock, sender), clock, sender)


@pytest.fixture
def send(box: Sandbox) -> Callable[..., httpx.Response]:
    """send("POST", "/rest/...", json={...}, host="old.kz:9000") without a network."""

    def do(method: str, path: str, *, host: str = "portal.kz:9000", **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(box)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.request(method, path, **more)

        return asyncio.run(once())

    return do


@pytest.fixture
def control(send: Callable[..., httpx.Response]) -> Callable[..., Any]:
    """control("rename", host="x") posts to the control API; the answer's JSON."""

    def do(path: str, method: str = "POST", **body: Any) -> Any:
        answer = send(method, f"/sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return do


@pytest.fixture
def order(control: Callable[..., Any]) -> int:
    wish = {"client": "Иван", "phone": "+77015550001", "branch": "Шинный центр на Абая"}
    return int(control("deals", deals=[wish])["deals"][0]["deal_id"])


# --- the page ---


@pytest.fixture(scope="module")
def engine_url() -> Iterator[str]:
    with served(pretend_engine()) as url:
        yield url


@pytest.fixture
def sandbox(engine_url: str) -> Iterator[httpx.Client]:
    """Fresh for every test."""
    with sandbox_of(engine_url) as client:
        yield client


@pytest.fixture
def visit(browser: Browser, sandbox: httpx.Client) -> Iterator[Callable[..., Visit]]:
    """visit(viewport=..., color_scheme=...) opens the page; nothing may go wrong in it until the end."""
    visits: list[Visit] = []

    def open_page(**options: Any) -> Visit:
        context = browser.new_context(locale="ru-RU", **{"viewport": DESKTOP, **options})
        visits.append(Visit(context.new_page(), sandbox))
        return visits[-1]

    yield open_page
    problems = [problem for visit in visits for problem in visit.problems]
    for one in visits:
        one.page.context.close()
    assert problems == []
