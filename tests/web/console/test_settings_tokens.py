"""Tokens of other systems: made and revoked by the owner, asked for by /api, each for what it may."""

import re
from dataclasses import MISSING, fields
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.ports import Asking, Taken
from qc_engine.serving.doors import make_doors
from qc_engine.store import schema, tokens
from qc_engine.store.console_tables import ApiTokenRow
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.app import Doors, make_app
from qc_engine.web.console import machines
from qc_engine.web.console.policy import Role, Scope, token_may
from qc_engine.web.console.staff import By
from tests.flow.fakes import BRANCH
from tests.web.console.house import OVERDUE, House, csrf

PATH = "/console/settings/tokens"
TOKEN = re.compile(r'data-text="(qc_\w{44})"')
CONFIGURED = "the token of the settings"
CALLS = {
    Scope.STORIES: ("GET", "/api/story?deal=7"),
    Scope.ATTENTION: ("GET", "/api/attention"),
    Scope.STATUS: ("GET", "/api/status"),
    Scope.START: ("POST", "/api/events"),
}
FOR_ALL = ("GET", "/api/openapi.json")


def api(house: House, configured: str = "") -> TestClient:
    """The whole application, with an engine that answers the same to everybody."""
    needed = [one.name for one in fields(Doors) if one.default is MISSING and one.default_factory is MISSING]
    given: dict[str, Any] = dict.fromkeys(needed, lambda *_: {"fine": True})
    given |= {"public_url": "https://qc.example", "console": house.console, "api_token": configured}

    def take(asking: Asking) -> Taken:
        return Taken(True, (asking.event,))

    return TestClient(make_app(Doors(**given, take=take)), base_url="https://qc.example")


def call(client: TestClient, what: tuple[str, str], token: str) -> int:
    method, path = what
    body = {"deal_id": 7, "event": "paid"} if method == "POST" else None
    return client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"}).status_code


def made(house: House, *scopes: Scope) -> str:
    with house.database.transaction() as session:
        return machines.make(
            session, house.console.ids, By("Анна"), "Касса", scopes, house.console.wall.now()
        )


def send(client: TestClient, **form: str) -> tuple[int, str]:
    token = csrf(client.get("/console").text)
    answer = client.post(PATH, data={"csrf": token, **form})
    return answer.status_code, answer.text


def rows(house: House) -> list[ApiTokenRow]:
    with house.database.reading() as session:
        return list(session.exec(select(ApiTokenRow)).all())


# --- who makes them ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branches", "code"),
    [
        (Role.OWNER, (), 200), (Role.ADMIN, (), 404), (Role.INTEGRATOR, (), 404), (Role.HEAD, (BRANCH.name,), 404),
        (Role.MANAGER, (BRANCH.name,), 404), (Role.OBSERVER, (), 404),
    ],
)  # fmt: skip
def test_only_the_owner(house: House, role: Role, branches: tuple[str, ...], code: int) -> None:
    client = house.signed_in(role, "Борис", *branches)
    assert client.get(PATH).status_code == code
    assert send(client, do="make", name="x", **{"may:status": "1"})[0] == code
    assert len(rows(house)) == (code == 200)


def test_forged_forms(house: House) -> None:
    assert house.signed_in().post(PATH, data={"csrf": "x", "do": "make"}).status_code == 403
    assert house.guest().get(PATH).headers["location"] == "/console/login"


def test_shown_once_and_kept_as_a_fingerprint(each_house: House) -> None:
    client = each_house.signed_in()
    code, page = send(client, do="make", name=" Касса <b> ", **{"may:status": "1", "may:nonsense": "1"})
    found = TOKEN.search(page)
    assert code == 200
    assert found is not None
    (row,) = rows(each_house)
    assert (row.name, row.scopes, row.made_by) == ("Касса <b>", ["status"], "Анна")
    assert found[1] not in repr(row)
    again = client.get(PATH).text
    assert found[1] not in again
    assert "Касса &lt;b&gt;" in again
    assert "ещё не использован" in again
    assert ("Анна", "token.made", f"token:{row.id}") in each_house.audit()
    assert call(api(each_house), CALLS[Scope.STATUS], found[1]) == 200


@pytest.mark.parametrize(
    "form", [{"name": "Касса"}, {"name": " ", "may:status": "1"}, {"name": "К", "may:all": "1"}]
)
def test_what_makes_no_sense(house: House, form: dict[str, str]) -> None:
    code, page = send(house.signed_in(), do="make", **form)
    assert (code, "отметьте, что ей можно" in page, rows(house)) == (422, True, [])


def test_bound_to_branches(each_house: House) -> None:
    client = each_house.signed_in()
    here = f"main/{BRANCH.name}"
    bound = {"do": "make", "name": "Касса", f"in:{here}": "1", "in:main/Нигде": "1"}
    code, page = send(client, **bound, **{"may:cases": "1", "may:audit": "1"})
    assert (code, "касается всей компании" in page, rows(each_house)) == (422, True, [])
    assert send(client, **bound, **{"may:cases": "1"})[0] == 200
    assert send(client, do="make", name="Отчёты", **{"may:cases": "1"})[0] == 200
    assert {row.name: row.branches for row in rows(each_house)} == {
        "Касса": [["main", BRANCH.name]],
        "Отчёты": None,
    }
    assert "все филиалы" in client.get(PATH).text
    schema.downgrade(each_house.database, "0014")
    schema.upgrade(each_house.database)
    stands = {row.name: row.closed_at is None for row in rows(each_house)}
    assert stands == {"Касса": False, "Отчёты": True}, "the older program would show it every branch"


# --- what they open ---------------------------------------------------------------------------


@pytest.mark.parametrize("scope", CALLS)
def test_each_opens_its_own_door_and_no_other(each_house: House, scope: Scope) -> None:
    token, client = made(each_house, scope), api(each_house)
    codes = {one: call(client, what, token) for one, what in CALLS.items()}
    assert codes == {one: (202 if one is Scope.START else 200) if one is scope else 403 for one in CALLS}
    assert call(client, FOR_ALL, token) == 200
    assert client.get("/console", follow_redirects=False).status_code == 303, "no door of people's"


def test_nobody_has_one(house: House) -> None:
    client = api(house)
    assert {call(client, what, "x") for what in (*CALLS.values(), FOR_ALL)} == {404}


def test_a_wrong_one(house: House) -> None:
    token, client = made(house, *Scope), api(house)
    for wrong in ("", "x", token[:-1], token + "x", token.swapcase(), "x" * 10_000):
        assert {call(client, what, wrong) for what in (*CALLS.values(), FOR_ALL)} == {401}
    assert client.get("/api/status", headers={"Authorization": f"Basic {token}"}).status_code == 401
    assert client.get("/api/status").headers["www-authenticate"] == "Bearer"


def test_the_token_of_the_settings_goes_on_and_may_everything(house: House) -> None:
    client = api(house, CONFIGURED)
    assert {call(client, what, CONFIGURED) for what in CALLS.values()} == {200, 202}
    assert call(client, CALLS[Scope.STATUS], "x") == 401
    token = made(house, Scope.STATUS)
    assert [call(client, CALLS[one], token) for one in (Scope.STATUS, Scope.STORIES)] == [200, 403]
    assert call(client, CALLS[Scope.STORIES], CONFIGURED) == 200


def test_without_a_console_only_the_token_of_the_settings(house: House) -> None:
    token = made(house, *Scope)
    needed = [one.name for one in fields(Doors) if one.default is MISSING and one.default_factory is MISSING]
    given: dict[str, Any] = dict.fromkeys(needed, lambda *_: {})
    client = TestClient(make_app(Doors(**{**given, "public_url": "https://qc.example"})))
    assert call(client, CALLS[Scope.STATUS], token) == 404


def test_when_it_was_last_used(each_house: House) -> None:
    token, client = made(each_house, Scope.STATUS), api(each_house)
    call(client, CALLS[Scope.STATUS], token)
    first = rows(each_house)[0].used_at
    assert first == each_house.console.wall.now()
    each_house.console.wall.advance(timedelta(seconds=59))  # type: ignore[attr-defined]
    call(client, CALLS[Scope.STATUS], token)
    assert rows(each_house)[0].used_at == first, "to the minute: a busy system must not write with each call"
    each_house.console.wall.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    call(client, CALLS[Scope.STATUS], token)
    assert rows(each_house)[0].used_at == each_house.console.wall.now()


def test_revoked_at_once_and_for_good(each_house: House) -> None:
    token, other = made(each_house, Scope.STATUS), made(each_house, Scope.STATUS)
    client, vera, machine = each_house.signed_in(), each_house.signed_in(Role.OWNER, "Вера"), api(each_house)
    with each_house.database.reading() as session:
        row = tokens.of_token(session, token)
    assert row is not None
    assert send(vera, do="close", token=row.id)[0] == 200
    assert [call(machine, CALLS[Scope.STATUS], one) for one in (token, other)] == [401, 200]
    code, page = send(client, do="close", token=row.id)
    assert (code, "Вас опередили. Вера" in page) == (409, True)
    assert ("Вера", "token.closed", f"token:{row.id}") in each_house.audit()
    assert "отозван" in client.get(PATH).text
    for nobody in ("", "x", "x" * 23, "\x00", "..%2f"):
        assert send(client, do="close", token=nobody)[0] == 404
    assert send(client, do="dance")[0] == 400


def test_the_policy() -> None:
    assert token_may(["status"], Scope.STATUS)
    assert token_may([], None)
    assert not token_may(["status", "everything", "*"], Scope.STORIES)


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_language(house: House, language: str) -> None:
    client = house.signed_in()
    made(house, *Scope)
    client.cookies.set("qc_language", language, domain="qc.example")
    assert "Ключи API" not in client.get(PATH).text


def test_whoever_reads_a_story_cannot_answer_for_anybody(lived: House) -> None:
    """The pages that we send to clients and managers are opened by their address alone."""
    flow = lived.flow
    engine: Any = SimpleNamespace(
        settings=lived.settings,
        database=lived.database,
        clock=flow.clock,
        libraries=flow.libraries,
        connectors=(),
    )
    client = TestClient(
        make_doors(engine, GroupCommit(lived.database), lambda: True), base_url="https://qc.example"
    )
    headers = {"Authorization": f"Bearer {made(lived, Scope.STORIES, Scope.ATTENTION)}"}
    row = lived.case(OVERDUE)
    for path in (f"/api/story?deal={OVERDUE}", "/api/attention"):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, "Айгуль" in answer.text) == (200, True), path
        assert not {row.answer_code, row.survey_code} & set(re.findall(r"\w+", answer.text)), path
        assert row.phone not in answer.text, path


def test_figures_have_a_token_of_their_own(lived: House) -> None:
    """Neither a token of /api nor a session of the console opens /metrics."""
    token = "figures-for-prometheus"
    engine: Any = SimpleNamespace(
        settings=lived.settings.model_copy(update={"metrics_token": SecretStr(token)}),
        database=lived.database, clock=lived.flow.clock, libraries=lived.flow.libraries, connectors=(),
    )  # fmt: skip
    client = TestClient(
        make_doors(engine, GroupCommit(lived.database), lambda: True), base_url="https://qc.example"
    )
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    told = {one.name: one for one in text_string_to_metric_families(answer.text)}
    assert answer.status_code == 200
    assert {one.labels["state"] for one in told["qc_cases"].samples} >= {"active", "waiting"}
    assert sum(one.value for one in told["qc_cases"].samples) > 0
    other = made(lived, *Scope)
    assert client.get("/metrics", headers={"Authorization": f"Bearer {other}"}).status_code == 401
    assert client.get("/api/status", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert client.get("/metrics").status_code == 401
