"""/api/users, /api/webhooks, /api/connections, the funnel of reviews, and how often one may ask."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from qc_engine.store import outbox, sessions, users
from qc_engine.store.console_tables import SessionRow
from qc_engine.web.app import make_app
from qc_engine.web.console.policy import Role, Scope
from tests.connectors.webhook.test_webhook import Receiver
from tests.flow.fakes import BRANCH
from tests.web.console.calls import bearer, token
from tests.web.console.house import House
from tests.web.console.test_calls import Machine, told
from tests.web.console.test_settings_users import user
from tests.web.console.test_settings_webhooks import SECRET_PATH, called, row_of, wired
from tests.web.console.test_whole_app import doors

HERE = f"main/{BRANCH.name}"


@pytest.fixture
def machine(house: House) -> Machine:
    return Machine(house, Scope.USERS, Scope.USER_ACTS)


def test_somebody_is_invited_once_and_the_link_is_told_once(each_house: House) -> None:
    machine = Machine(each_house, Scope.USERS, Scope.USER_ACTS)
    body = {"name": "Пётр", "role": "head", "branches": [HERE]}
    first = told(machine.post("/api/users", body, "7"))
    assert each_house.guest().get(urlsplit(first["link"]).path).status_code == 200
    assert told(machine.post("/api/users", body, "7")) == {"said": first["said"], "link": ""}
    (one,) = told(machine.get("/api/users"))["users"]
    assert (one["name"], one["role"], one["branches"], one["state"], one["mine"]) == (
        "Пётр",
        "head",
        [HERE],
        "invited",
        True,
    )
    assert ("Касса", "link.made", f"user:{one['id']}") in each_house.audit()
    for wrong, status in (
        ({"role": "owner", "branches": []}, 403), ({"role": "admin", "branches": []}, 403),
        ({"branches": []}, 422), ({"branches": ["main/Нигде"]}, 422), ({"name": " "}, 422), ({"role": "king"}, 400),
    ):  # fmt: skip
        told(machine.post("/api/users", {**body, **wrong}), status)
    assert len(told(machine.get("/api/users"))["users"]) == 1


def test_a_leaver_is_shut_out(house: House, machine: Machine) -> None:
    client = house.signed_in(Role.MANAGER, "Пётр", BRANCH.name)
    path = f"/api/users/{user(house, 'Пётр').id}"
    assert told(machine.get(path))["signed_in"] == 1
    told(machine.post(path, {"do": "role", "role": "observer", "branches": []}))
    told(machine.post(path, {"do": "close", "seen": "old"}), 409)
    told(machine.post(path, {"do": "close", "seen": told(machine.get(path))["seen"]}))
    assert client.get("/console").status_code == 303
    assert told(machine.get(path))["state"] == "closed"
    told(machine.post(path, {"do": "link"}), 422)
    told(machine.post(path, {"do": "reopen"}))
    told(machine.post(path, {"do": "two_steps"}), 422)
    assert told(machine.post(path, {"do": "link"}))["link"]
    told(machine.post(path, {"do": "dance"}), 400)
    told(machine.get("/api/users/NOBODY22"), 404)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_owners_and_admins_are_made_and_changed_by_people_alone(
    house: House, machine: Machine, role: Role
) -> None:
    house.signed_in(role, "Олег")
    one = user(house, "Олег")
    for do in ("close", "link", "sign_out", "role", "unlink"):
        told(machine.post(f"/api/users/{one.id}", {"do": do, "role": "observer"}), 403)
    assert told(machine.get(f"/api/users/{one.id}"))["mine"] is False
    house.signed_in(Role.OBSERVER, "Вера")
    told(machine.post(f"/api/users/{user(house, 'Вера').id}", {"do": "role", "role": role}), 403)


def test_an_outside_identity_is_unlinked(house: House, machine: Machine) -> None:
    house.signed_in(Role.OBSERVER, "Вера")
    row, now = user(house, "Вера"), house.console.wall.now()
    with house.database.transaction() as session:
        users.set_identity(session, users.get(session, row.id) or row, "https://id.example", "vera")
        mine = SessionRow(
            id="s2", token_hash="t2", user_id=row.id, created_at=now, seen_at=now, by_provider=True
        )
        sessions.add(session, mine)
    path = f"/api/users/{row.id}"
    assert (told(machine.get(path))["by_provider"], told(machine.get(path))["signed_in"]) == (True, 2)
    told(machine.post(path, {"do": "unlink"}))
    assert (told(machine.get(path))["by_provider"], told(machine.get(path))["signed_in"]) == (False, 1)
    told(machine.post(path, {"do": "unlink"}), 422)
    assert ("Касса", "identity.unlinked", f"user:{row.id}") in house.audit()


def test_outgoing_webhooks(house: House) -> None:
    receiver = Receiver()
    wired(house, receiver)
    number = called(house, outbox.FAILED, attempts=3)
    machine = Machine(house, Scope.SETTINGS, Scope.WEBHOOK_ACTS)
    (one,) = told(machine.get("/api/webhooks"))["webhooks"]
    assert (one["name"], one["address"], one["lately"]) == (
        "loyalty",
        "https://loyalty.example",
        {"failed": 1},
    )
    assert "canary" in SECRET_PATH
    assert "canary" not in str(one)
    (line,) = told(machine.get("/api/webhooks/deliveries?state=failed"))["deliveries"]
    assert (line["id"], line["event"], line["can"], line["attempts"]) == (
        number,
        "bonus.confirmed",
        "again",
        3,
    )
    assert told(machine.get("/api/webhooks/deliveries?webhook=other"))["deliveries"] == []
    path = f"/api/webhooks/deliveries/{number}"
    told(machine.post(path, {"do": "resend", "seen": "old"}), 409)
    for _ in range(2):  # one request, sent twice
        told(machine.post(path, {"do": "resend", "seen": line["seen"]}, "7"))
    assert row_of(house, number).state == outbox.PLANNED
    told(machine.post("/api/webhooks/loyalty/test", {"do": "test"}))
    assert len(receiver.requests) == 1
    for strange in ("deliveries/9999", "deliveries/x", "nobody/test"):
        told(
            machine.post(f"/api/webhooks/{strange}", {"do": strange[-4:] if "test" in strange else "resend"}),
            404,
        )
    assert [action for name, action, _ in house.audit() if name == "Касса"] == [
        "webhook.resent",
        "webhook.tested",
    ]


def test_what_is_connected(house: House) -> None:
    machine = Machine(house, Scope.SETTINGS)
    found = told(machine.get("/api/connections"))
    assert {one["kind"] for one in found["connections"]} == {"portal", "channel"}
    secrets = [value for one in found["connections"] for value in one["values"] if value["is_secret"]]
    assert secrets
    assert {value["value"] for value in secrets} == {""}
    assert HERE in {one["branch"] for one in found["branches"]}


def test_the_funnel_leads_to_its_links(lived: House) -> None:
    machine = Machine(lived, Scope.REVIEWS)
    rows = told(machine.get("/api/reviews/funnel?since=2026-03-01"))["branches"]
    row = next(one for one in rows if one["clicked"])
    assert row["prepared"] >= row["sent"] >= row["clicked"] > 0
    query = f"since=2026-03-01&stage=clicked&branch={row['branch']}&platform={row['platform']}"
    links = told(machine.get(f"/api/reviews/funnel?{query}"))
    assert (links["count"], len(links["links"])) == (row["clicked"], row["clicked"])
    told(machine.get("/api/reviews/funnel?stage=clicked"), 400)


def test_a_token_that_asks_too_often_waits(house: House) -> None:
    app = make_app(replace(doors(house.console), api_a_minute=2))
    client = TestClient(app, base_url="https://qc.example", headers={"Accept-Language": "en"})
    one, other = token(house, Scope.CASES), token(house, Scope.QUEUE)
    assert [client.get("/api/cases", headers=bearer(one)).status_code for _ in range(2)] == [200, 200]
    refused = client.get("/api/cases", headers=bearer(one))
    assert told(refused, 429)["type"] == "urn:qc-engine:problem:too-many"
    assert refused.headers["retry-after"] == "60"
    assert client.get("/api/cases", headers=bearer(other)).status_code == 403
    assert client.get("/api/cases", headers=bearer("qc_unknown")).status_code == 401
    house.console.wall.sleep(60)
    assert client.get("/api/cases", headers=bearer(one)).status_code == 200
