"""Every call of /api: what it needs, and of which place it speaks; and how a test makes one."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from qc_engine.ports import Asking, Taken
from qc_engine.web.app import make_app
from qc_engine.web.console import machines
from qc_engine.web.console.policy import Place, Scope
from qc_engine.web.console.staff import By
from tests.web.console.house import House, anywhere, entered
from tests.web.console.test_whole_app import doors

# Of which things: of whatever is there, of a branch, of a portal, of the whole company.
ANYWHERE, BRANCH, PORTAL, COMPANY = "anywhere", "branch", "portal", "company"
WHY = {"reason": "Просил клиент"}
SCENARIO = "/api/scenarios/{portal}/{name}"


class Row(NamedTuple):
    """One call, and what it answers to whoever may: anything but a refusal, as it stands."""

    method: str
    path: str
    scope: Scope | None
    place: str = COMPANY
    body: Mapping[str, Any] | None = None
    query: str = ""
    of: Mapping[str, str] = {}  # what stands in the path, where it is not the thing of that name


CALLS = [
    Row("GET", "/api/cases", Scope.CASES, ANYWHERE),
    Row("GET", "/api/cases", Scope.CASES, ANYWHERE, query="?branch=main/{branch}&q={phone}"),
    Row("GET", "/api/cases/{case_id}", Scope.CASES, BRANCH),
    Row("GET", "/api/cases/{case_id}/phone", Scope.PHONES, BRANCH),
    *(
        Row("POST", "/api/cases/{case_id}/acts", Scope.CASE_ACTS, BRANCH, {"do": do, "seen": "999", **WHY})
        for do in ("pause", "resume", "stop", "score", "answer", "resend")
    ),
    Row("GET", "/api/queue", Scope.QUEUE, ANYWHERE),
    Row("POST", "/api/queue", Scope.QUEUE_ACTS, BRANCH, {"key": "effect:{effect}", "do": "drop"}),
    Row("POST", "/api/queue", Scope.QUEUE_ACTS, BRANCH, {"key": "unclear:{unclear}:1", "do": "handled"}),
    Row("POST", "/api/queue", Scope.QUEUE_ACTS, COMPANY, {"key": "inbox:{inbox}", "do": "dismiss"}),
    Row("POST", "/api/queue", Scope.QUEUE_ACTS, COMPANY, {"key": "unmatched:1", "do": "handled"}),
    Row("GET", "/api/reviews", Scope.REVIEWS, ANYWHERE),
    Row("GET", "/api/reviews", Scope.REVIEWS, BRANCH, query="?tab=decided&branch=main/{branch}"),
    Row("GET", "/api/reviews/funnel", Scope.REVIEWS, ANYWHERE),
    Row("GET", "/api/reviews/funnel", Scope.REVIEWS, BRANCH, query="?stage=sent&branch=main/{branch}&platform=2gis"),
    Row("GET", "/api/reviews/{case_id}", Scope.REVIEWS, BRANCH),
    Row("POST", "/api/reviews/{case_id}", Scope.REVIEW_ACTS, BRANCH, {"do": "answer", "seen": "999"}),
    Row("GET", "/api/complaints", Scope.COMPLAINTS, ANYWHERE),
    Row("GET", "/api/complaints", Scope.COMPLAINTS, BRANCH, query="?branch=main/{branch}"),
    Row("GET", "/api/complaints/{case_id}", Scope.COMPLAINTS, BRANCH),
    Row("POST", "/api/complaints/{case_id}", Scope.COMPLAINT_ACTS, BRANCH, {"do": "resolve", "seen": "999"}),
    Row("GET", "/api/analytics", Scope.ANALYTICS, ANYWHERE),
    Row("GET", "/api/analytics", Scope.ANALYTICS, BRANCH, query="?branch=main/{branch}"),
    Row("GET", "/api/scenarios", Scope.SCENARIOS, ANYWHERE),
    Row("GET", "/api/scenarios/{portal}/{name}", Scope.SCENARIOS, PORTAL),
    Row("GET", "/api/scenarios/{portal}/{name}/text", Scope.SCENARIOS, PORTAL),
    Row("POST", "/api/scenarios/{portal}/{name}/tests", Scope.SCENARIOS, PORTAL, {}),
    Row("POST", "/api/scenarios/{portal}/{name}/check", Scope.SCENARIO_ACTS, body={"text": "scenario: x"}),
    Row("POST", "/api/scenarios/{portal}/{name}/activate", Scope.SCENARIO_ACTS,
        body={"version": "{version}", "reason": ""}),
    Row("POST", "/api/scenarios/{portal}/{name}/acts", Scope.SCENARIO_ACTS, body={"do": "pause", "reason": ""}),
    Row("GET", f"{SCENARIO}/compare", Scope.SCENARIOS, PORTAL),
    Row("GET", f"{SCENARIO}/file", Scope.SCENARIO_ACTS),
    Row("POST", f"{SCENARIO}/file", Scope.SCENARIO_ACTS, body={"text": "x", "stamp": "x", "reason": ""}),
    Row("POST", f"{SCENARIO}/versions", Scope.SCENARIO_ACTS, body={"text": "x", "reason": ""}),
    Row("POST", f"{SCENARIO}/try", Scope.SCENARIO_ACTS,
        body={"version": "{version}", "mode": "shadow", "seen": "", "reason": ""}),
    Row("POST", f"{SCENARIO}/promote", Scope.SCENARIO_ACTS, body={"version": "{version}", "reason": ""}),
    Row("GET", f"{SCENARIO}/beside", Scope.SCENARIO_CASES),
    Row("POST", f"{SCENARIO}/past", Scope.SCENARIO_ACTS, body={"text": "not a scenario"}),
    Row("GET", f"{SCENARIO}/past/{{id_}}", Scope.SCENARIOS),
    Row("POST", f"{SCENARIO}/past/{{id_}}", Scope.SCENARIO_ACTS, body={"do": "cancel"}),
    Row("GET", f"{SCENARIO}/past/{{id_}}/{{case_id}}", Scope.SCENARIO_CASES,
        of={"case_id": "past_case"}),
    Row("GET", f"{SCENARIO}/did", Scope.SCENARIO_CASES),
    Row("GET", f"{SCENARIO}/migrate", Scope.SCENARIO_CASES),
    Row("POST", f"{SCENARIO}/migrate", Scope.SCENARIO_CASES, body={"version": "{version}", "reason": ""}),
    Row("GET", f"{SCENARIO}/undo", Scope.SCENARIO_CASES),
    Row("POST", f"{SCENARIO}/undo", Scope.SCENARIO_CASES, body={"seen": "x", "reason": ""}),
    Row("GET", "/api/connections", Scope.SETTINGS),
    Row("POST", "/api/doctor", Scope.SETTINGS, body={"do": "ask"}),
    Row("GET", "/api/webhooks", Scope.SETTINGS),
    Row("GET", "/api/webhooks/deliveries", Scope.SETTINGS),
    Row("POST", "/api/webhooks/deliveries/{effect}", Scope.WEBHOOK_ACTS, body={"do": "resend", "seen": "x"},
        of={"effect": "delivery"}),
    Row("POST", "/api/webhooks/{webhook}/test", Scope.WEBHOOK_ACTS, body={"do": "test"}),
    Row("GET", "/api/users", Scope.USERS),
    Row("GET", "/api/users/{user_id}", Scope.USERS),
    Row("POST", "/api/users", Scope.USER_ACTS, body={"name": " ", "role": "observer"}),
    Row("POST", "/api/users/{user_id}", Scope.USER_ACTS, body={"do": "close", "seen": "x"}),
    Row("GET", "/api/lanes", Scope.SETTINGS),
    Row("GET", "/api/doctor", Scope.SETTINGS),
    Row("GET", "/api/audit", Scope.AUDIT),
    Row("POST", "/api/persons/find", Scope.PRIVACY, body={"phone": "{phone}"}),
    Row("POST", "/api/persons/erase", Scope.ERASURE, body={"phone": "{phone}", "reason": ""}),
    Row("GET", "/api/story", Scope.STORIES, query="?deal=7"),
    Row("GET", "/api/attention", Scope.ATTENTION),
    Row("GET", "/api/status", Scope.STATUS),
    Row("POST", "/api/events", Scope.START, body={"event": "paid", "deal_id": 7}),
    Row("POST", "/api/cases", Scope.START, body={"scenario": "visit", "deal_id": 7}),
    Row("GET", "/api/openapi.json", None, ANYWHERE),
]  # fmt: skip


def api(house: House) -> TestClient:
    """The whole application of this house, before an engine that answers the same to everybody."""
    whole = entered(house.console, _whole(house.console.public_url))
    return TestClient(whole, base_url="https://qc.example", headers={"Accept-Language": "en"})


@cache
def _whole(public_url: str) -> ASGIApp:
    """Once for all houses, like the pages."""

    def take(asking: Asking) -> Taken:
        return Taken(True, (asking.event,))

    same: Any = {"story": lambda *_: {}, "attention": dict, "status": lambda _: {}, "take": take}
    return make_app(replace(doors(anywhere(public_url)), **same))


def token(house: House, *scopes: Scope, branches: Collection[Place] = (), name: str = "Касса") -> str:
    with house.database.transaction() as session:
        now = house.console.wall.now()
        return machines.make(session, house.console.ids, By("Анна"), name, scopes, now, branches)


def bearer(token: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **headers}
