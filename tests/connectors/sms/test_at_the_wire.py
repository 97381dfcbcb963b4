"""What only a real server can show: a connection that breaks before or after a message was taken."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from connectors.sms.connector import Sms
from qc_engine.clock import FixedClock
from qc_engine.ports import Broken, Done, OutcomeUnknown, TryLater
from sandbox.sender import Sender
from sandbox.sms.account import KEY, LOGIN, PASSWORD, SmsAccount
from tests.connectors.sms.conftest import NOW, CountedPace, job, settings


@pytest.fixture
def account() -> SmsAccount:
    clock = FixedClock(NOW)
    return SmsAccount(clock, Sender(clock))


@pytest.fixture
def address(account: SmsAccount) -> Iterator[str]:
    app = Starlette(routes=[Mount("/sms", routes=account.routes())])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/sms"
    server.should_exit = True
    thread.join(5)


@pytest.fixture(params=["smsc", "mobizon"])
def sms(request: pytest.FixtureRequest, address: str) -> Iterator[Sms]:
    access = {"login": LOGIN, "password": SecretStr(PASSWORD)} if request.param == "smsc" else {}
    made = settings(
        request.param, base_url=address, key=SecretStr(KEY), http_timeout=timedelta(seconds=0.3), **access
    )
    account = Sms(made, FixedClock(NOW), CountedPace())
    yield account
    account.client.transport.http.close()


@pytest.mark.parametrize(("how", "taken"), [("done_no_answer", 1), ("not_done_no_answer", 0)])
def test_connection_breaks(account: SmsAccount, sms: Sms, how: str, taken: int) -> None:
    account.faults.add({"match": "*", "how": how})
    assert isinstance(sms.perform([job()])[0], OutcomeUnknown)
    assert account.ledger()["accepted"] == taken
    assert isinstance(sms.perform([job("next")])[0], Done)


def test_an_answer_that_does_not_come(account: SmsAccount, sms: Sms) -> None:
    account.switches.set("answer_delay_seconds", 0.6)
    assert isinstance(sms.perform([job()])[0], OutcomeUnknown)


def test_redirects_are_not_followed(account: SmsAccount, sms: Sms) -> None:
    account.faults.add({"match": "*", "how": "moved"})
    assert isinstance(sms.perform([job()])[0], Broken)


def test_nobody_there() -> None:
    sms = Sms(settings(base_url="http://127.0.0.1:9"), FixedClock(NOW), CountedPace())
    assert isinstance(sms.perform([job()])[0], TryLater)
    sms.client.transport.http.close()
