"""A local application: how it gets in, what its tokens are worth, and what the portal answers otherwise."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.app import Sandbox

Send = Callable[..., httpx.Response]
Control = Callable[..., Any]
APPLICATION = {
    "client_id": "local.5f",
    "client_secret": "hush",
    "redirect": "http://engine/back?tenant=1",
    "install": "http://engine/install",
}
KEYS = {"client_id": "local.5f", "client_secret": "hush"}
TOKEN_KEYS = {
    "access_token",
    "client_endpoint",
    "domain",
    "expires_in",
    "member_id",
    "refresh_token",
    "scope",
    "server_endpoint",
    "status",
}


@pytest.fixture(autouse=True)
def application(control: Control) -> None:
    control("application", **APPLICATION)


@pytest.fixture
def token(send: Send) -> Callable[..., httpx.Response]:
    """token(grant_type=..., code=...) at the OAuth server."""
    return lambda **query: send("GET", "/oauth/token/", params=KEYS | query)


@pytest.fixture
def pair(send: Send, token: Callable[..., httpx.Response]) -> dict[str, Any]:
    return dict(token(grant_type="authorization_code", code=allowed(send)).json())


def allowed(send: Send, user: int = 1) -> str:
    """The code with which the person's browser comes back."""
    page = "/oauth/authorize/?client_id=local.5f&state=st%26ate"
    answer = send("POST", page, data={"user": str(user)})
    assert answer.status_code == 302
    back = urlsplit(answer.headers["location"])
    query = parse_qs(back.query)
    assert (back.netloc, query["tenant"], query["state"]) == ("engine", ["1"], ["st&ate"])
    assert set(query) == {"tenant", "code", "state", "domain", "member_id", "scope", "server_domain"}
    assert query["domain"] == ["portal.kz:9000"]
    return query["code"][0]


def profile(send: Send, access_token: str) -> httpx.Response:
    return send("POST", "/rest/profile", json={"auth": access_token})


# --- getting in ---


def test_a_person_is_asked_first(send: Send, box: Sandbox) -> None:
    page = send("GET", "/oauth/authorize/?client_id=local.5f&state=%3Cscript%3E")
    assert (page.status_code, "<button" in page.text, "<script>" in page.text) == (200, True, False)
    assert "Ерлан Сейткали" in page.text
    box.portal.switches.set("oauth_allow_at_once", True)
    assert send("GET", "/oauth/authorize/?client_id=local.5f").status_code == 302
    assert send("GET", "/oauth/authorize/?client_id=nobody").status_code == 404


def test_a_fired_person_cannot_let_anybody_in(send: Send, control: Control) -> None:
    control("company", "PATCH", fire=101)
    assert "Ерлан Сейткали" not in send("GET", "/oauth/authorize/?client_id=local.5f").text
    assert send("POST", "/oauth/authorize/?client_id=local.5f", data={"user": "101"}).status_code == 403


def test_a_code_becomes_tokens_that_open_the_portal(send: Send, pair: dict[str, Any]) -> None:
    assert set(pair) == TOKEN_KEYS
    assert (pair["client_endpoint"], pair["expires_in"]) == ("http://portal.kz:9000/rest/", 3600)
    answer = profile(send, pair["access_token"])
    assert answer.json()["result"]["ID"] == "1"
    in_query = send("GET", "/rest/profile", params={"auth": pair["access_token"]})
    assert in_query.json()["result"] == answer.json()["result"]


def test_the_installation_hands_over_tokens(send: Send, control: Control, posted: Any) -> None:
    control("application/install")
    (form,) = posted.named("ONAPPINSTALL")
    assert (form["url"], form["data[INSTALLED]"]) == ("http://engine/install", "Y")
    assert profile(send, form["auth[access_token]"]).status_code == 200
    assert form["auth[client_endpoint]"] == "http://portal.kz:9000/rest/"
    assert len(form["auth[application_token]"]) == 32
    refreshed = send(
        "GET",
        "/oauth/token/",
        params={**KEYS, "grant_type": "refresh_token", "refresh_token": form["auth[refresh_token]"]},
    )
    assert refreshed.status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ({"grant_type": "authorization_code", "code": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_secret": "wrong"}, 400, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "nobody"}, 400, "invalid_client"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "scope": "crm,telephony"}, 403, "invalid_scope"),
    ],
)
def test_what_the_oauth_server_refuses(
    token: Callable[..., httpx.Response], query: dict[str, str], status: int, error: str
) -> None:
    answer = token(**query)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_tokens_of_another_application(
    control: Control, send: Send, token: Callable[..., httpx.Response]
) -> None:
    control("application", client_id="local.2", client_secret="other")
    code = allowed(send)
    answer = token(grant_type="authorization_code", code=code, client_id="local.2", client_secret="other")
    assert (answer.status_code, answer.json()["error"]) == (200, "WRONG_CLIENT")


@pytest.mark.parametrize(("waited", "status"), [(29, 200), (31, 400)])
def test_a_code_lives_thirty_seconds_and_works_once(
    box: Sandbox, send: Send, token: Callable[..., httpx.Response], waited: float, status: int
) -> None:
    code = allowed(send)
    box.clock.jump(waited)
    assert token(grant_type="authorization_code", code=code).status_code == status
    assert token(grant_type="authorization_code", code=code).json()["error"] == "invalid_grant"


# --- the hour of a token ---


def test_every_refresh_replaces_the_refresh_token(
    box: Sandbox, send: Send, pair: dict[str, Any], token: Callable[..., httpx.Response]
) -> None:
    box.clock.jump(3601)
    old = profile(send, pair["access_token"])
    assert (old.status_code, old.json()["error"]) == (401, "expired_token")
    fresh = token(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json()
    assert set(fresh) == TOKEN_KEYS | {"expires", "user_id"}
    assert profile(send, fresh["access_token"]).status_code == 200
    again = token(grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert box.portal.close_ledger()["tokens_refreshed"] == 1


def test_the_old_refresh_token_may_live_a_little_longer(
    box: Sandbox, pair: dict[str, Any], token: Callable[..., httpx.Response]
) -> None:
    box.portal.switches.set("old_refresh_token_seconds", 60.0)
    statuses = []
    for waited in (0, 50, 11):
        box.clock.jump(waited)
        answer = token(grant_type="refresh_token", refresh_token=pair["refresh_token"])
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 400]


def test_half_a_year_without_a_refresh(
    box: Sandbox, pair: dict[str, Any], token: Callable[..., httpx.Response]
) -> None:
    box.clock.jump(181 * 86_400)
    assert token(grant_type="refresh_token", refresh_token=pair["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        ({"path": "application/expire-tokens"}, "expired_token"),
        ({"path": "application/revoke"}, "invalid_token"),
        ({"path": "application/uninstall"}, "APPLICATION_NOT_FOUND"),
        ({"path": "company", "method": "PATCH", "fire": 1}, "authorization_error"),
        ({"path": "switches", "subscription_ended": True}, "PAYMENT_REQUIRED"),
    ],
)
def test_tokens_that_open_nothing(
    send: Send, control: Control, pair: dict[str, Any], spoil: dict[str, Any], error: str
) -> None:
    assert profile(send, pair["access_token"]).status_code == 200
    control(**spoil)
    answer = profile(send, pair["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, error)


@pytest.mark.parametrize(
    ("path", "error"),
    [("/rest/profile", "NO_AUTH_FOUND"), ("/rest/profile?auth=wrong", "invalid_token")],
)
def test_no_token_and_a_wrong_one(send: Send, path: str, error: str) -> None:
    answer = send("GET", path)
    assert (answer.status_code, answer.json()["error"]) == (401, error)


def test_an_uninstalled_application_is_told_and_gets_no_more_tokens(
    send: Send, control: Control, posted: Any, pair: dict[str, Any], token: Callable[..., httpx.Response]
) -> None:
    control("application/uninstall", clean=True)
    (form,) = posted.named("ONAPPUNINSTALL")
    assert (form["url"], form["data[CLEAN]"]) == ("http://engine/install", "1")
    assert "auth[access_token]" not in form
    assert form["auth[application_token]"]
    assert token(grant_type="refresh_token", refresh_token=pair["refresh_token"]).status_code == 400


# --- the portal moves ---


@pytest.mark.parametrize(
    ("asked", "host", "location"),
    [
        ("old.kz:9000", "new.kz", "http://new.kz:9000"),
        ("old.kz", "new.kz", "http://new.kz"),
        ("old.kz:9000", "new.kz:9001", "http://new.kz:9001"),
        ("new.kz:9000", "new.kz", None),
        ("NEW.kz:9000", "new.kz:9000", None),
        ("old.kz:9000", None, None),
    ],
)
def test_a_renamed_portal_answers_302(
    send: Send, control: Control, asked: str, host: str | None, location: str | None
) -> None:
    control("rename", host=host)
    path = "/rest/1/s3cret/crm.item.get?entityTypeId=2&id=%31"
    answer = send("POST", path, host=asked, json={})
    wanted = None if location is None else location + path
    assert (answer.status_code == 302, answer.headers.get("location")) == (wanted is not None, wanted)


def test_an_application_follows_the_renamed_portal(
    send: Send, control: Control, pair: dict[str, Any], token: Callable[..., httpx.Response]
) -> None:
    control("rename", host="new.kz")
    moved = profile(send, pair["access_token"])
    assert (moved.status_code, moved.headers["location"]) == (302, "http://new.kz:9000/rest/profile")
    there = send("POST", moved.headers["location"], json={"auth": pair["access_token"]}, host="new.kz:9000")
    assert there.status_code == 200
    fresh = token(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json()
    assert fresh["client_endpoint"] == "http://new.kz:9000/rest/"


def test_the_page_of_the_application_moves_with_the_portal(send: Send, control: Control) -> None:
    control("rename", host="new.kz")
    path = "/oauth/authorize/?client_id=local.5f&state=s"
    moved = send("GET", path)
    assert (moved.status_code, moved.headers["location"]) == (302, f"http://new.kz:9000{path}")
    assert send("GET", path, host="new.kz:9000").status_code == 200


def test_several_portals_are_told_apart(send: Send, control: Control, posted: Any, pair: Any) -> None:
    control("switches", member_id="another")
    control("application/install")
    assert posted.named("ONAPPINSTALL")[0]["auth[member_id]"] == "another"
    query = {**KEYS, "grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    assert send("GET", "/oauth/token/", params=query).json()["member_id"] == "another"


def test_dead_tokens_of_many_events_are_thrown_away(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box.portal.applications, "_many", 3)
    for _ in range(4):
        box.portal.applications.access_only("local.5f", 1)
    box.clock.jump(3601)
    alive = box.portal.applications.access_only("local.5f", 1)
    assert list(box.portal.applications.access) == [alive]


# --- mistakes of whoever plays with it ---


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("application", {"client_id": "x"}, 400),
        ("application", {**APPLICATION, "events": ["ONNOTHING"], "handler": "http://x"}, 400),
        ("application", {**APPLICATION, "events": ["ONCRMDEALADD"]}, 400),
        ("application/install", {"client_id": "nobody"}, 404),
        ("rename", {"host": "http://new.kz/"}, 400),
        ("webhooks", {"user": 999, "secret": "x"}, 400),
        ("webhooks", {"user": 101}, 400),
        ("rights", {"user": 101, "role": {"fly": True}}, 400),
    ],
)
def test_mistakes_are_told(send: Send, path: str, body: dict[str, Any], status: int) -> None:
    answer = send("POST", f"/sandbox/{path}", json=body)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
