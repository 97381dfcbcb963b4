"""The servers that the benchmark of webhooks compares: ours, and the ways it could have been done."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.whole_app import whole_app

PATH_TOKEN = "secret-path-of-sixteen-signs"  # of a server that lives for a minute


class JsonVendor:
    """Reads a message as the channel's connector does: JSON, a key, a text; nothing is asked of anybody."""

    def parse(self, request: Any) -> Any:
        from qc_engine.core.events import AnswerReceived
        from qc_engine.ports import Arrival, Forbidden

        if request.path != PATH_TOKEN:
            raise Forbidden
        body = json.loads(request.body)
        at = datetime.now(UTC)
        event = AnswerReceived(body["client"]["phone"], body["text"], at, body["message_id"])
        return [Arrival(f"inbox:{body['message_id']}", event)]


class FormVendor:
    """Reads an event of the CRM as its connector does: a form, a token compared, the number of a deal."""

    def parse(self, request: Any) -> Any:
        from hmac import compare_digest

        from qc_engine.core.events import DealChanged
        from qc_engine.ports import Arrival, Forbidden

        fields = dict(parse_qsl(request.body.decode()))
        if not compare_digest(fields.get("auth[application_token]", ""), PATH_TOKEN):
            raise Forbidden
        number = int(fields["data[FIELDS][ID]"])
        return [Arrival(f"{fields['event']}:{number}:{fields['ts']}", DealChanged(number))]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """What uvicorn alone can do with a POST: its body back."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def ours(url: str) -> Any:
    """The real application with all its doors, on a database that is flushed at every commit."""
    from qc_engine.clock import SystemClock
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.store.group_commit import GroupCommit
    from qc_engine.web.hooks import Hooks

    clock, database = SystemClock(), Database(url)
    schema.upgrade(database)
    commit = GroupCommit(database)
    commit.start()
    vendors: dict[str, Any] = {"json": JsonVendor(), "form": FormVendor()}
    return whole_app(echo, Hooks(vendors, commit, clock, lambda: None), commit, clock)


def naive(url: str) -> Any:
    """The obvious way: FastAPI, a Pydantic model, is the key there, one SQLModel session for each call."""
    from fastapi import FastAPI
    from pydantic import BaseModel
    from sqlmodel import Session, select

    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.store.tables import InboxRow

    class Client(BaseModel):
        id: int
        phone: str
        name: str

    class Message(BaseModel):
        message_id: int
        text: str
        client: Client
        event_time: str

    database = Database(url)
    schema.upgrade(database)
    app = FastAPI()

    @app.post("/hooks/json/{token}")
    def take(token: str, message: Message) -> dict[str, str]:
        key, now = f"inbox:{message.message_id}", datetime.now(UTC)
        with Session(database.engine) as session:
            there = select(InboxRow).where(InboxRow.source == "json", InboxRow.key == key)
            if session.exec(there).first() is None:
                event = message.model_dump()
                session.add(InboxRow(source="json", key=key, kind="AnswerReceived", event=event,
                                     received_at=now, process_at=now))  # fmt: skip
                session.commit()
        return {"status": "ok"}

    return app


def main() -> None:
    """Run one of them: python -m benchmarks.hooks_servers KIND PORT DATABASE_URL"""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["echo", "ours", "naive"])
    parser.add_argument("port", type=int)
    parser.add_argument("url")
    asked = parser.parse_args()
    import uvicorn

    app = echo if asked.kind == "echo" else {"ours": ours, "naive": naive}[asked.kind](asked.url)
    uvicorn.run(app, port=asked.port, log_level="error", access_log=False, lifespan="off", backlog=2048)


if __name__ == "__main__":
    main()
