"""The life of a local application over real HTTP, against the sandbox's portal and its OAuth server."""

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import uvicorn

from connectors.bitrix24 import events
from connectors.bitrix24.access.application import Application
from connectors.bitrix24.access.bindings import EVENTS
from connectors.bitrix24.access.connecting import Connecting
from connectors.bitrix24.access.ways import OAuthAccess
from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import SystemClock
from qc_engine.core.events import DealChanged
from qc_engine.ports import Arrival, Broken, Forbidden, Request
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory
from sandbox.app import Sandbox, make_app

CLIENT_ID, CLIENT_SECRET = "local.5f.1", "hush-c4n4ry"


@pytest.fixture
def box() -> Sandbox:
    made = make_app()
    for name, value in {
        "event_delay_min_seconds": 0.0, "event_delay_max_seconds": 0.0, "oauth_allow_at_once": True,
    }.items():  # fmt: skip
        made.portal.switches.set(name, value)
    return made


@pytest.fixture
def portal(box: Sandbox) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(box, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


class Mailbox:
    """Our own door for the portal's posts, as the engine's web side hands them on."""

    def __init__(self) -> None:
        self.posts: queue.Queue[Request] = queue.Queue()
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                posts.put(Request(self.path.removeprefix("/hooks/bitrix24").lstrip("/"), {}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/bitrix24"

    @contextmanager
    def open(self) -> Iterator["Mailbox"]:
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield self
        self.server.shutdown()
        thread.join(10)
        self.server.server_close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox().open() as mailbox:
        yield mailbox


class Engine:
    """What the connector is made of, over one database."""

    def __init__(self, portal: str, database: Database, hook_url: str, pace: Any) -> None:
        oauth = {"portal": portal, "server": portal, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        self.settings = Bitrix24Settings.model_validate({"oauth": oauth})
        assert self.settings.oauth
        clock, http = SystemClock(), httpx.Client(trust_env=False)
        memory = DatabaseMemory(database, clock, "a key that is not in the database", "bitrix24")
        self.access = OAuthAccess(self.settings.oauth, memory, clock, http)
        self.client = Client(self.settings, clock, pace, http, access=self.access)
        self.connecting = Connecting(self.settings.oauth, self.access, memory, clock)
        self.application = Application(
            self.settings, clock, memory, self.access, self.client,
            lambda other: Client(self.settings, clock, pace, http, access=other), hook_url,
        )  # fmt: skip
        self._clock, self._http = clock, http

    def look(self) -> None:
        self.application.poll().run("", self._clock.now())

    def parse(self, request: Request) -> list[Arrival]:
        return list(events.parse(self.settings, request, self.application))

    def come_back(self) -> str:
        """A person opens our address in a browser and allows it."""
        answer = self._http.get(self.connecting.begin(), follow_redirects=False)
        assert answer.status_code == 302
        return self.connecting.finish(dict(parse_qsl(urlsplit(answer.headers["location"]).query)))

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def started(
    portal: str, mailbox: Mailbox, sqlite_database: Database, pace: Any
) -> Iterator[Callable[[], Engine]]:
    """Each call is one more start of the same installation."""
    engines: list[Engine] = []

    def start() -> Engine:
        engines.append(Engine(portal, sqlite_database, mailbox.url, pace))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def control(portal: str, mailbox: Mailbox) -> Callable[..., Any]:
    """POST to the sandbox's control; the application is added first."""

    def post(path: str, **body: Any) -> Any:
        answer = httpx.post(f"{portal}/sandbox/{path}", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    post(
        "application", client_id=CLIENT_ID, client_secret=CLIENT_SECRET,
        redirect="https://qc.example/connect/bitrix24", install=f"{mailbox.url}/install",
    )  # fmt: skip
    return post


def test_let_in_by_a_person_and_renewed_for_many_at_once(
    started: Callable[[], Engine], control: Callable[..., Any], box: Sandbox, portal: str
) -> None:
    engine = started()
    with pytest.raises(Broken, match="not connected yet"):
        engine.client.call("profile", {})
    assert engine.come_back() == portal.removeprefix("http://")
    me = engine.client.call("profile", {}).result
    control("application/expire-tokens")
    start, results = threading.Barrier(8), list[object]()

    def ask() -> None:
        start.wait(10)
        results.append(engine.client.call("profile", {}).result)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [me] * 8
    assert box.portal.ledger.tokens_refreshed == 1
    control("application/expire-tokens")
    assert started().client.call("profile", {}).result == me  # the new refresh token outlived the process


def test_installed_bound_told_and_removed(
    started: Callable[[], Engine], control: Callable[..., Any], mailbox: Mailbox, box: Sandbox
) -> None:
    engine = started()
    control("application/install", client_id=CLIENT_ID)
    assert engine.parse(mailbox.posts.get(timeout=10)) == []
    engine.look()
    rows = engine.client.read("event.get", {}).result
    assert isinstance(rows, list)
    assert sorted((one["event"], one["handler"]) for one in rows) == sorted(
        (one, mailbox.url) for one in EVENTS
    )
    [deal] = control("deals", deals=[{"client": "Иван", "phone": "+77011234567"}])["deals"]
    told = engine.parse(mailbox.posts.get(timeout=10))
    assert [one.event for one in told] == [DealChanged(deal["deal_id"])]
    assert all(one.ok for one in engine.application.findings())
    control("application/uninstall", client_id=CLIENT_ID)
    assert engine.parse(mailbox.posts.get(timeout=10)) == []
    with pytest.raises(Broken, match="removed from the portal"):
        started().client.call("profile", {})


def test_an_installation_that_somebody_made_up(
    started: Callable[[], Engine], control: Callable[..., Any], mailbox: Mailbox, portal: str
) -> None:
    engine = started()
    host = portal.removeprefix("http://")
    for domain, is_kept in ((host, True), ("evil.example", False)):
        body = f"event=ONAPPINSTALL&auth[domain]={domain}&auth[access_token]=x&auth[refresh_token]=y"
        if is_kept:
            assert engine.parse(Request("install", {}, body.encode())) == []
        else:
            with pytest.raises(Forbidden):
                engine.parse(Request("install", {}, body.encode()))
    engine.look()
    with pytest.raises(Broken, match="not connected yet"):
        engine.client.call("profile", {})


def test_renamed_between_two_calls(
    started: Callable[[], Engine], control: Callable[..., Any], portal: str
) -> None:
    engine = started()
    engine.come_back()
    renamed = portal.replace("127.0.0.1", "localhost")
    control("rename", host=renamed.removeprefix("http://"))
    control("application/expire-tokens")
    engine.client.call("profile", {})
    assert engine.access.renamed_to == renamed
    again = started()
    assert again.connecting.begin().startswith(f"{renamed}/oauth/authorize/")
    assert again.come_back() == renamed.removeprefix("http://")


def test_revoked_permission_says_what_to_do(
    started: Callable[[], Engine], control: Callable[..., Any], pace: Any
) -> None:
    engine = started()
    engine.come_back()
    control("application/revoke", client_id=CLIENT_ID)
    with pytest.raises(Broken, match=r"\./qc bitrix24 connect") as caught:
        engine.client.call("profile", {}, timedelta(seconds=10))
    assert CLIENT_SECRET not in str(caught.value)
    engine.come_back()
    engine.client.call("profile", {})
