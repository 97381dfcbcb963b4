"""Schemathesis at every door at once, for a test and for `./qc test fuzz --only api`.

The API describes itself; what stands in front of it and what its forms hold is described here. One number decides
all requests: half of them go to addresses that exist, as told or against what is told.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.transport import Response
from sqlmodel import select

from qc_engine.clock import FixedClock, SystemClock
from qc_engine.core.effects import CreateTask
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.serving import doors as serving
from qc_engine.store import sessions
from qc_engine.store.console_tables import SessionRow
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import CaseRow
from qc_engine.store.users import hashed
from qc_engine.telling.console import invite
from qc_engine.telling.office.office import InstallationOffice
from qc_engine.web.app import Doors, _fastapi, make_app
from qc_engine.web.bodies import AsgiApp
from qc_engine.web.console.gate import COOKIE, PLAIN_COOKIE, csrf_of
from qc_engine.web.console.policy import Role
from qc_engine.web.pages.review_answer.view import review_view
from qc_engine.wiring import Engine, doors_of, secret_of
from qc_engine.wiring.installation import Installation, read_installation
from sandbox.demo.browsing import HEADERS as BROWSER
from tests.flow.fakes import BRANCH, Flow
from tests.flow.test_reviews import Played

ROOT = Path(__file__).resolve().parents[2]
TOKEN, SECRET, EVIL = "api-key", "hook-secret-hook-secret-hook-secret", "evil.example"
SESSION, CONSOLE = "owners-session-owners-session", "/console"
OUTSIDE = ("doctor", "webhooks", "try", "past", "trial", "engine")
TARGETS = set(BRANCH.review_pages.values())
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)  # as told, and against it
FORM = "application/x-www-form-urlencoded"
Operation = APIOperation[Any, Any, Any, Any]
Asked = Case[Any]
OWN_PAGE = re.compile(r"/(?![/\\])[^\s\\]*")  # what a browser takes for a path, and for nothing else
NAMES_IN = re.compile(r"\{(\w+)\}")
FREE_QUERY = [{"in": "query", "name": name, "schema": {"type": "string"}} for name in ("url", "n", "c")]
HEADERS = (
    "User-Agent", "Accept", "Accept-Language", "Purpose", "Sec-Purpose", "X-Forwarded-Host", "Forwarded", "Host",
    "Origin", "Sec-Fetch-Site", "Cookie", "Referer", "Range", "If-None-Match", "X-HTTP-Method-Override",
)  # fmt: skip
HOSTILE = ("//evil.example", "https://evil.example", "a\tb", "prefetch", "null", "bytes=0-", "0" * 5000, "")
headers: st.SearchStrategy[dict[str, str]] = st.just({}) | st.dictionaries(
    st.sampled_from(HEADERS), st.sampled_from(HOSTILE) | st.text(st.characters(codec="ascii", min_codepoint=33)),
    max_size=4,
)  # fmt: skip
OF_A_CASE = (
    "cases/{case_id}", "cases/{case_id}/phone", "cases/{case_id}/acts", "reviews/{case_id}", "complaints/{case_id}",
)  # fmt: skip
LISTS = (
    "cases", "queue", "reviews", "reviews/funnel", "complaints", "analytics", "scenarios", "lanes", "doctor", "audit",
    "connections", "webhooks", "webhooks/deliveries", "users",
)  # fmt: skip
# A request to an address that exists, with nothing wrong in it, gets in.
WITHIN = {
    "GET /r/{code}": {302}, "HEAD /r/{code}": {200}, "GET /a/{code}": {200}, "POST /a/{code}": {200},
    "GET /s/{code}": {200}, "POST /s/{code}": {303}, "POST /hooks/{connector}/{secret}": {200},
    "GET /api/story": {200}, "GET /api/status": {200}, "GET /api/attention": {200}, "GET /static/{name}": {200},
    "GET /console": {200}, "GET /console/cases": {200}, "GET /console/cases/{case_id}": {200},
    "GET /readyz": {200}, "GET /connect/{connector}": {404},
    **{f"GET /api/{what}": {200} for what in (*LISTS, "cases/{case_id}", "cases/{case_id}/phone", "reviews/{case_id}")},
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What the engine has given out: of each door what opens it, and what stands in the page behind it."""

    places: dict[str, list[dict[str, str]]]
    queries: dict[str, list[dict[str, Any]]]  # likewise
    token: str  # of its form
    usual: dict[str, str]  # what else stands in addresses, by the word for it


@dataclass(frozen=True)
class Site:
    """All doors of an engine with one case in it."""

    app: Any
    schema: dict[str, Any]
    known: Known
    enter: Callable[[], None]  # an owner is signed in, whatever was done with the session before


@contextmanager
def site_of(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("QC_API_TOKEN", TOKEN)
    monkeypatch.setenv("QC_API_REQUESTS_PER_MINUTE", "0")  # nobody waits here
    monkeypatch.setattr(InstallationOffice, "examine", lambda *_: True)  # no vendor is asked
    monkeypatch.setenv("QC_CHAT2DESK__WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("QC_SECRET_KEY", "k" * 32)
    installation = read_installation(ROOT / "config.yaml", with_secrets=False)
    installation = installation.model_copy(update={"api_requests_per_minute": 0})  # all are to be looked at
    played, commit, runner = Played(Flow(database, clock)), GroupCommit(database), EmbeddedRunner()
    clock.advance(timedelta(hours=1))  # nobody opens a link too early to be a person
    seen: list[Doors] = []

    def noticed(doors: Doors) -> AsgiApp:
        seen.append(doors)
        return make_app(doors)

    monkeypatch.setattr(serving, "make_app", noticed)
    commit.start()
    runner.start()
    app = serving.make_doors(engine_of(installation, played), commit, lambda: runner.ticking)
    known = known_of(installation, played)
    try:
        schema = described(told_by(seen[0]), known)
        yield Site(app, schema, known, partial(enter, database, user_of(database, installation)))
    finally:
        runner.stop()
        commit.stop()


def engine_of(installation: Installation, played: Played) -> Engine:
    """Its doors are the real ones, with the connectors of config.yaml; its cases are those of the story."""
    flow = played.flow
    parts = SimpleNamespace(
        settings=installation, database=flow.database, clock=flow.clock, libraries=flow.libraries,
        portals={name: SimpleNamespace(library=one) for name, one in flow.libraries.items()},
        wakes=SimpleNamespace(events=lambda: None, effects=lambda _: None),
        connectors=doors_of(installation, flow.database, flow.clock),
    )  # fmt: skip
    return cast(Engine, parts)


def told_by(doors: Doors) -> dict[str, Any]:
    """The API's own description; nobody outside sees it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GET and HEAD of one page are called alike
        return _fastapi(doors).openapi()


def known_of(installation: Installation, played: Played) -> Known:
    flow = played.flow
    with flow.database.reading() as session:
        row = session.exec(select(CaseRow)).one()
        key = secret_of(installation).encode()
        view = review_view(session, row.answer_code, flow.clock.now(), key=key)
    (task,) = flow.world.done(CreateTask)
    assert isinstance(task, CreateTask)
    assert view is not None
    places = {
        "/r/{code}": [{"code": link.rpartition("/")[2]} for link in row.body["links"].values()],
        "/a/{code}": [{"code": row.answer_code}],
        "/s/{code}": [{"code": row.body["survey_url"].rpartition("/")[2]}],
        "/hooks/{connector}/{secret}": [
            {"connector": "chat2desk", "secret": SECRET}, {"connector": "bitrix24", "secret": "x"},
        ],
        "/connect/{connector}": [{"connector": "bitrix24"}],
        "/static/{name}": [{"name": "site.css"}],
        **{f"/api/{what}": [{"case_id": row.id}] for what in OF_A_CASE},
    }  # fmt: skip
    lines = [line for line in task.text.splitlines() if "?answer=" in line]
    queries: dict[str, list[dict[str, Any]]] = {
        "/a/{code}": [{"answer": line.partition("?answer=")[2]} for line in lines],
        "/api/story": [{"case": row.id}, {"deal": row.deal_id}, {"phone": row.phone}],
    }
    usual = {"case_id": row.id, "name": row.scenario, "do": "pause", "step": row.step}
    return Known(places, queries, view.token, usual)


def user_of(database: Database, installation: Installation) -> str:
    """An owner, by a link as anybody gets one."""
    with database.transaction() as session:
        user, _ = invite(session, installation, SystemClock().now(), Role.OWNER, "Анна", ())
    return user.id


def enter(database: Database, user: str) -> None:
    now = SystemClock().now()
    with database.transaction() as session:
        sessions.end_of_token(session, SESSION)
        sessions.add(
            session,
            SessionRow(id="fuzz", token_hash=hashed(SESSION), user_id=user, created_at=now, seen_at=now),
        )


# --- the description --------------------------------------------------------------------------


def described(schema: dict[str, Any], known: Known) -> dict[str, Any]:
    """What the API says of itself, and what it does not: links, webhooks, the fields of forms."""
    paths = schema["paths"]
    paths["/r/{code}"] = {"get": {}, "head": {}}
    paths["/static/{name}"] = {"get": {}}
    paths["/hooks/{connector}/{secret}"] = {"post": {}}
    for path, methods in paths.items():
        for method, one in methods.items():
            told = [each for each in one.get("parameters", []) if each["in"] == "query"]
            one["parameters"] = [*(told or FREE_QUERY), *map(in_path, NAMES_IN.findall(path))]
            one["responses"] = {"default": {"description": "any"}}
            if method == "post":
                one.setdefault("requestBody", body_of(path, known))
    return schema


def in_path(name: str) -> dict[str, Any]:
    return {"in": "path", "name": name, "required": True, "schema": {"type": "string", "minLength": 1}}


def body_of(path: str, known: Known) -> dict[str, Any]:
    """Forms with the names that our pages use; of webhooks anything."""
    chosen = {"answer": ["found", "vanished", "nonsense"], "do": ["send", "stop", "correct", "take_back"]}
    typed = ("reason", "name", "q.quality", "q.service", "words", "rev")
    fields = {
        "token": {"enum": [known.token, "0" * 32]},
        "csrf": {"enum": [csrf_of(SESSION), "0" * 64]},
        **{name: {"enum": some} for name, some in chosen.items()},
        **{name: {"type": "string"} for name in typed},
    }
    kinds = [FORM, "application/json"] if path.startswith("/hooks/") else [FORM]
    schema = {"type": "object", "properties": fields, "required": ["token"]}
    return {"content": {kind: {"schema": schema} for kind in kinds}}


# --- the requests -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Asking:
    """How much is asked of each door: of those open to strangers, and of calls and pages that want a key."""

    of_strangers: int
    with_a_key: Mapping[GenerationMode, int]
    number: int  # decides them all

    def many(self, path: str, mode: GenerationMode) -> int:
        return self.with_a_key[mode] if path.startswith(("/api/", CONSOLE)) else self.of_strangers


def every_door(site: Site, asking: Asking) -> Counter[int]:
    """How often each status was given; besides the others each door is asked once as it should be."""
    schema = schemathesis.openapi.from_dict(site.schema)
    schema.app = site.app
    told: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = cast(Any, found).ok()
        if operation.path.startswith(CONSOLE):
            site.enter()
        statuses = answers(operation, site.known, asking)
        door = f"{operation.method.upper()} {operation.path}"
        assert WITHIN.get(door, set(statuses)) & set(statuses), f"{door}: {statuses}"
        told += statuses
    return told


def answers(operation: Operation, known: Known, asking: Asking) -> Counter[int]:
    """How often this door gave each status."""
    some = {name: known.usual.get(name, "some") for name in NAMES_IN.findall(operation.path)}
    places = known.places.get(operation.path, [some])
    queries = known.queries.get(operation.path, [{}])
    form: dict[str, Any] = (
        {"body": {"token": known.token}, "media_type": FORM} if operation.method == "post" else {}
    )
    plain = operation.Case(path_parameters=places[0], query=queries[0], **form)
    statuses = Counter([judged(plain, sent(plain, {}))])
    rights = st.tuples(st.sampled_from(places), st.sampled_from(queries))

    def ask(case: Asked, right: tuple[dict[str, str], dict[str, Any]] | None, given: dict[str, str]) -> None:
        if right is not None:
            case.path_parameters, case.query = case.path_parameters | right[0], right[1] or case.query
        statuses[judged(case, sent(case, given))] += 1

    for mode in MODES:
        some_requests = given(operation.as_strategy(generation_mode=mode), st.none() | rights, headers)(ask)
        often = settings(
            max_examples=asking.many(operation.path, mode), deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
        )  # fmt: skip
        seed(asking.number)(often(some_requests))()
    return statuses


def sent(case: Asked, given: dict[str, str]) -> Response:
    ours = {"Authorization": f"Bearer {TOKEN}"} if case.path.startswith("/api/") else {}
    if case.path.startswith(CONSOLE) and "Cookie" not in given and not asks_outside(case):
        ours = {"Cookie": f"{COOKIE}={SESSION}; {PLAIN_COOKIE}={SESSION}"}
    headers = case.headers.copy()  # not a dict: the client has names of its own, in other letters
    headers.update({**BROWSER, **given, **ours})
    return case.call(headers=cast(Any, headers), allow_redirects=False)


def asks_outside(case: Asked) -> bool:
    """Whoever asks so sends the engine to the portal, or begins work that outlives the request."""
    return case.method == "POST" and any(word in case.path for word in OUTSIDE)


def judged(case: Asked, answer: Response) -> int:
    """The status, if all is well with this answer."""
    request = case.as_curl_command()
    assert answer.status_code < 500, request
    for place in answer.headers.get("location", []):
        assert place in TARGETS or OWN_PAGE.fullmatch(place), (place, request)
    assert EVIL not in str(answer.headers), request
    return answer.status_code
