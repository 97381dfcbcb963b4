"""A scripted portal behind respx: it answers by method, alone or inside a batch, and remembers everything."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from connectors.bitrix24.client import Client
from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import FixedClock

SECRET = "s3cr3tcanary"
BASE = f"https://portal.example/rest/1/{SECRET}"
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"
TIME = {"start": 1000.0, "finish": 1000.5, "date_start": "2026-03-04T13:00:00+03:00", "operating": 1.0}


class FakePace:
    """Counts slots instead of waiting for them."""

    def __init__(self) -> None:
        self.slots = 0
        self.pauses: list[float] = []

    def slot(self) -> None:
        self.slots += 1

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


class Failed(Exception):
    """What a scripted method raises to answer with an error object."""

    def __init__(self, code: object, text: str = "", status: int = 400) -> None:
        self.code, self.text, self.status = code, text, status


Params = Mapping[str, Any]
Script = Callable[[Params], object]


@dataclass
class Portal:
    """Methods by name; what is not scripted does not exist."""

    scripts: dict[str, Script] = field(default_factory=dict)
    requests: list[tuple[str, Params]] = field(default_factory=list)
    commands: list[tuple[str, Params]] = field(default_factory=list)  # those inside batches

    def on(self, method: str, answer: object) -> None:
        """A value to return, a function of the parameters, or an exception to answer with."""
        self.scripts[method] = answer if callable(answer) else lambda _: answer

    def sent(self, method: str) -> list[Params]:
        """The parameters of every call of this method, alone or inside a batch."""
        return [params for name, params in (*self.requests, *self.commands) if name == method]

    def handle(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[1]
        params = json.loads(request.content)
        self.requests.append((method, params))
        if method == "batch":
            return httpx.Response(200, json={"result": self._batch(params["cmd"]), "time": TIME})
        try:
            return httpx.Response(200, json=self._run(method, params) | {"time": TIME})
        except Failed as failed:
            body = {"error": failed.code, "error_description": failed.text}
            return httpx.Response(failed.status, json=body)

    def _batch(self, cmd: Mapping[str, str]) -> dict[str, object]:
        results: dict[str, object] = {}
        errors: dict[str, object] = {}
        nexts: dict[str, object] = {}
        for key, text in cmd.items():
            method, _, query = text.partition("?")
            self.commands.append((method, php(query)))
            try:
                answer = self._run(method, php(query))
                results[key] = answer["result"]
                nexts |= {key: answer["next"]} if "next" in answer else {}
            except Failed as failed:
                errors[key] = {"error": failed.code, "error_description": failed.text}
        return {
            "result": results or [], "result_error": errors or [], "result_next": nexts or [],
            "result_total": [], "result_time": dict.fromkeys(results, TIME) or [],
        }  # fmt: skip

    def _run(self, method: str, params: Params) -> dict[str, Any]:
        if method not in self.scripts:
            raise Failed("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        answer = self.scripts[method](params)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer) if isinstance(answer, dict) and "result" in answer else {"result": answer}


def php(query: str) -> dict[str, Any]:
    """PHP bracket keys as nested maps; maps with the keys 0..n-1 become lists."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        path = re.findall(r"[^\[\]]+", name)
        node = tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = value
    return {key: _listed(value) for key, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    is_list = list(inner) == [str(place) for place in range(len(inner))]
    return list(inner.values()) if is_list else inner


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def pace() -> FakePace:
    return FakePace()


@pytest.fixture
def settings() -> Bitrix24Settings:
    return Bitrix24Settings(
        webhook_url=BASE + "/",
        application_token="apptoken",
        stages={"closed": "EXECUTING", "quality": "C1:ASK", "low": "C7:NEW"},
        fields={"score": "UF_CRM_SCORE"},
        contact_fields={"bonus": "UF_CRM_BONUS"},
        users={"head": 3},
        branch_field="UF_CRM_BRANCH",
    )


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def portal(wire: respx.MockRouter) -> Portal:
    portal = Portal()
    wire.post(url__startswith=BASE).mock(side_effect=portal.handle)
    return portal


@pytest.fixture
def client(settings: Bitrix24Settings, clock: FixedClock, pace: FakePace) -> Client:
    return Client(settings, clock, pace)


@pytest.fixture
def bitrix(settings: Bitrix24Settings, clock: FixedClock, pace: FakePace) -> Bitrix24:
    return Bitrix24(settings, clock, pace)


@pytest.fixture
def sample() -> Callable[[str], Any]:
    return lambda name: json.loads((SAMPLES / name).read_text(encoding="utf-8"))


@pytest.fixture
def failed() -> type[Failed]:
    return Failed


@pytest.fixture
def deal_row() -> Callable[..., dict[str, object]]:
    def row(number: int, stage: str = "EXECUTING", **more: object) -> dict[str, object]:
        return {
            "id": number, "title": f"Deal {number}", "stageId": stage, "categoryId": 0, "assignedById": 6,
            "movedTime": "2026-03-03T18:19:21+02:00", "contactId": 0, "UF_CRM_BRANCH": "north", **more,
        }  # fmt: skip

    return row
