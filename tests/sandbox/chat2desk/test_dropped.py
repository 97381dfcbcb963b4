"""Faults that only a real server can show: the connection breaks before or after the call was carried out."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.chat2desk.account import Account
from sandbox.sender import Sender


class Still:
    def now(self) -> datetime:
        return datetime(2026, 7, 10, tzinfo=UTC)


@pytest.fixture
def account() -> Account:
    return Account(Still(), Sender(Still()), "token")


@pytest.fixture
def address(account: Account) -> Iterator[str]:
    app = Starlette(routes=[Mount("/chat2desk", routes=account.routes())])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/chat2desk"
    server.should_exit = True
    thread.join(5)


@pytest.mark.parametrize(("how", "made"), [("done_no_answer", 1), ("not_done_no_answer", 0)])
def test_connection_breaks(account: Account, address: str, how: str, made: int) -> None:
    account.faults.add({"match": "POST /v1/clients", "how": how, "times": 1})
    with httpx.Client(headers={"Authorization": "token"}, trust_env=False) as client:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            client.post(f"{address}/v1/clients", json={"phone": "77011112233"})
        answer = client.get(f"{address}/v1/clients?phone=77011112233")
    assert len(answer.json()["data"]) == made
