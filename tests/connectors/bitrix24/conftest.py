"""A scripted portal behind respx: it answers by method, alone or inside a batch, and remembers everything."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from connectors.bitrix24.access.tokens import Tokens
from connectors.bitrix24.access.ways import OAuthAccess
from connectors.bitrix24.calls.client import Client
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
        self.urgent = 0
        self.answers = 0  # requests that came back and were not refused as one too many
        self.pauses: list[float] = []

    def slot(self, urgent: bool = False) -> None:
        self.slots += 1
        self.urgent += urgent

    def answered(self) -> None:
        self.answers += 1

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


# --- a local application ------------------------------------------------------------------------------

CLIENT_ID = "local.65f0c4n4ry.1"
CLIENT_SECRET = "client-c4n4ry"
MEMBER = "a223c6b3710f85df22e9377d6c4f7553"
OAUTH = "https://oauth.example"
HOME = "https://portal.example"


@dataclass
class OAuthDesk:
    """The vendor's OAuth server and the portal's own check of tokens; it counts what it was asked."""

    pairs: int = 1
    refresh_token: str = "refresh-c4n4ry-1"
    alive: set[str] = field(default_factory=lambda: {"access-c4n4ry-1"})
    codes: set[str] = field(default_factory=set)
    endpoint: str = f"{HOME}/rest/"
    member_id: str = MEMBER
    asked: list[Params] = field(default_factory=list)
    trouble: list[httpx.Response | Exception] = field(default_factory=list)  # answers that come first

    @property
    def access_token(self) -> str:
        return f"access-c4n4ry-{self.pairs}"

    def handle(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.asked.append(query)
        if self.trouble:
            first = self.trouble.pop(0)
            if isinstance(first, Exception):
                raise first
            return first
        if (query["client_id"], query["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return httpx.Response(400, json={"error": "invalid_client"})
        if query.get("refresh_token") != self.refresh_token and query.get("code") not in self.codes:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.codes.discard(query.get("code", ""))
        return httpx.Response(200, json=self.next_pair())

    def next_pair(self) -> dict[str, object]:
        self.pairs += 1
        self.refresh_token = f"refresh-c4n4ry-{self.pairs}"
        self.alive = {self.access_token}
        return {
            "access_token": self.access_token, "refresh_token": self.refresh_token, "expires_in": 3600,
            "client_endpoint": self.endpoint, "domain": "oauth.example", "member_id": self.member_id,
            "scope": "crm,im,task", "server_endpoint": f"{OAUTH}/rest/", "status": "L", "expires": 1780319382,
        }  # fmt: skip

    def guard(self, answer: Callable[[httpx.Request], httpx.Response]) -> Callable[..., httpx.Response]:
        """The portal answers only to a token that is alive."""

        def guarded(request: httpx.Request) -> httpx.Response:
            if json.loads(request.content).get("auth") in self.alive:
                return answer(request)
            return httpx.Response(401, json={"error": "expired_token", "error_description": "…"})

        return guarded


class RamMemory:
    """Notes in order of their writing."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.sealed: set[str] = set()
        self.writes: list[tuple[str, str]] = []

    def read(self, name: str) -> str:
        return self.notes.get(name, "")

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        self.notes[name] = value
        self.writes.append((name, value))
        (self.sealed.add if sealed else self.sealed.discard)(name)

    def alone(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture
def memory() -> RamMemory:
    return RamMemory()


@pytest.fixture
def oauth_settings() -> Bitrix24Settings:
    oauth = {"portal": HOME, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "server": OAUTH}
    return Bitrix24Settings.model_validate({"oauth": oauth})


@pytest.fixture
def desk(wire: respx.MockRouter) -> OAuthDesk:
    desk = OAuthDesk()
    wire.get(f"{OAUTH}/oauth/token/").mock(side_effect=desk.handle)
    return desk


@pytest.fixture
def guarded_portal(wire: respx.MockRouter, desk: OAuthDesk) -> Portal:
    """The portal as an application meets it."""
    portal = Portal()
    wire.post(url__startswith=f"{HOME}/rest/", name="home").mock(side_effect=desk.guard(portal.handle))
    return portal


@pytest.fixture
def access(
    oauth_settings: Bitrix24Settings, memory: RamMemory, clock: FixedClock, desk: OAuthDesk
) -> OAuthAccess:
    """Connected with the first pair of tokens."""
    assert oauth_settings.oauth
    access = OAuthAccess(oauth_settings.oauth, memory, clock, httpx.Client())
    access.keys.adopt(
        Tokens(desk.access_token, desk.refresh_token, desk.endpoint, MEMBER, "portal.example", "app-c4n4ry")
    )
    memory.writes.clear()
    return access


@pytest.fixture
def insider(
    oauth_settings: Bitrix24Settings, clock: FixedClock, pace: FakePace, access: OAuthAccess
) -> Client:
    """A client that calls as the application."""
    return Client(oauth_settings, clock, pace, access=access)


@pytest.fixture
def company(portal: Portal) -> Portal:
    """A portal whose things have names: two pipelines, fields of every kind, people, departments."""
    for method, answer in names_of_a_company().items():
        portal.on(method, answer)
    return portal


def names_of_a_company() -> dict[str, Any]:
    """Answers by method, to be changed before they are handed to the portal."""
    stages: dict[str, Any] = {
        "DEAL_STAGE": [
            {"STATUS_ID": "NEW", "NAME": "Новая", "SORT": "10", "SEMANTICS": None},
            {"STATUS_ID": "FINAL_INVOICE", "NAME": "Закрыть заказ/наряд", "SORT": "20", "SEMANTICS": None},
            {"STATUS_ID": "UC_ASK", "NAME": "Оценка качества", "SORT": "30", "SEMANTICS": None},
            {"STATUS_ID": "WON", "NAME": "Сделка успешна", "SORT": "40", "SEMANTICS": "S"},
        ],
        # One portal gives the prefix, another does not.
        "DEAL_STAGE_7": [
            {"STATUS_ID": "NEW", "NAME": "Новая", "SORT": "10", "SEMANTICS": None},
            {"STATUS_ID": "C7:WON", "NAME": "Урегулировано", "SORT": "20", "SEMANTICS": "S"},
        ],
    }
    fields = {
        "2": {
            "title": {"type": "string", "title": "Название", "upperName": "TITLE"},
            "id": {"type": "integer", "title": "ID", "isReadOnly": True, "upperName": "ID"},
            "UF_CRM_SCORE": {"type": "double", "title": "Оценка работы", "upperName": "UF_CRM_SCORE"},
            "UF_CRM_BRANCH": {"type": "enumeration", "title": "Филиал", "upperName": "UF_CRM_BRANCH"},
            "UF_CRM_URGENT": {"type": "boolean", "title": "Срочно", "upperName": "UF_CRM_URGENT"},
            "UF_CRM_TAGS": {"type": "enumeration", "title": "Услуги", "isMultiple": True},
        },
        "3": {
            "UF_CRM_BONUS": {"type": "enumeration", "title": "Бонус", "upperName": "UF_CRM_BONUS",
                             "items": [{"ID": "71", "VALUE": "нет"}, {"ID": "72", "VALUE": "начислен"}]},
            "UF_CRM_STOP": {"type": "boolean", "title": "Не писать", "upperName": "UF_CRM_STOP"},
        },
    }  # fmt: skip
    lists = [
        {"FIELD_NAME": "UF_CRM_BRANCH", "USER_TYPE_ID": "enumeration", "EDIT_FORM_LABEL": "Филиал",
         "LIST": [{"ID": "41", "VALUE": "На Абая", "XML_ID": "abaya"}, {"ID": "42", "VALUE": "На Сатпаева"}]},
        {"FIELD_NAME": "UF_CRM_TAGS", "USER_TYPE_ID": "enumeration", "MULTIPLE": "Y",
         "LIST": [{"ID": "51", "VALUE": "Шины"}, {"ID": "52", "VALUE": "Диски, литые"}]},
    ]  # fmt: skip
    people = [
        {"ID": "1", "NAME": "Админ", "LAST_NAME": "Главный", "ACTIVE": True, "UF_DEPARTMENT": [1]},
        {"ID": "3", "NAME": "Анна", "LAST_NAME": "Белова", "ACTIVE": True, "UF_DEPARTMENT": [15]},
        {"ID": "4", "NAME": "Пётр", "LAST_NAME": "Ким", "ACTIVE": False, "UF_DEPARTMENT": [15]},
        {"ID": "5", "NAME": "Олег", "LAST_NAME": "Ли", "ACTIVE": True, "UF_DEPARTMENT": [15]},
        {"ID": "6", "NAME": "Олег", "LAST_NAME": "Ли", "ACTIVE": True, "UF_DEPARTMENT": [15]},
    ]
    departments = [
        {"ID": "1", "NAME": "Компания", "UF_HEAD": "1"},
        {"ID": "15", "NAME": "Филиал на Абая", "PARENT": "1", "UF_HEAD": "3"},
        {"ID": "16", "NAME": "Филиал на Сатпаева", "PARENT": "1"},
        {"ID": "17", "NAME": "Склад", "PARENT": "1", "UF_HEAD": "4"},
    ]
    pipelines = [
        {"id": 0, "name": "Заказы", "sort": 100, "isDefault": "Y"},
        {"id": 7, "name": "Недовольные клиенты", "sort": 200, "isDefault": "N"},
    ]
    return {
        "profile": {"ID": "1", "ADMIN": True, "NAME": "Админ", "LAST_NAME": "Главный"},
        "scope": ["crm", "task", "user_basic", "im", "department"],
        "server.time": "2026-03-04T13:00:30+03:00",
        "method.get": {"isExisting": True, "isAvailable": True},
        "crm.category.list": {"categories": pipelines},
        "crm.status.list": lambda p: stages[p["filter"]["ENTITY_ID"]],
        "crm.item.fields": lambda p: {"fields": fields[p["entityTypeId"]]},
        "crm.deal.userfield.list": lists,
        "crm.contact.userfield.list": [],
        "user.get": people,
        "department.get": departments,
    }
