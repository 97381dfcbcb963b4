"""The console as a part of the whole application: there or not, and faults in the visitor's own language."""

from dataclasses import MISSING, fields, replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from qc_engine.core.place import Place
from qc_engine.store import place
from qc_engine.web.app import Doors, make_app
from qc_engine.web.bodies import AsgiApp
from qc_engine.web.console import words
from qc_engine.web.console.room import Console
from tests.web.console.house import House


def nothing(*_: object) -> Any:
    return None


def doors(console: Console | None) -> Doors:
    needed = [one.name for one in fields(Doors) if one.default is MISSING and one.default_factory is MISSING]
    given: dict[str, Any] = dict.fromkeys(needed, nothing)
    return Doors(**{**given, "public_url": "https://qc.example", "console": console})


def whole(console: Console | None) -> AsgiApp:
    return make_app(doors(console))


def browser(app: AsgiApp) -> TestClient:
    return TestClient(app, base_url="https://qc.example", follow_redirects=False)


@pytest.mark.parametrize("path", ["/console", "/console/login", "/console/cases", "/console/enter/x"])
def test_switched_off_it_does_not_exist(path: str) -> None:
    client = browser(whole(None))
    assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]


def test_strangers_are_sent_to_the_login_page(house: House) -> None:
    client = browser(whole(house.console))
    answer = client.get("/console")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/login")
    part = client.get("/console/today/queue", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/console/login")


@pytest.mark.parametrize(
    ("language", "says"),
    [("ru", "Такой страницы нет"), ("kk", "Мұндай бет жоқ"), ("en", "There is no such page")],
)
def test_faults_speak_the_visitors_language(house: House, language: str, says: str) -> None:
    client = browser(whole(house.console))
    client.cookies = house.signed_in().cookies
    client.cookies.set("qc_language", language, domain="qc.example")
    answer = client.get("/console/cases/NOBODY22")
    assert (answer.status_code, says in answer.text) == (404, True)
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert client.get("/a/nobody").status_code == 404, "other pages speak for themselves"


def declared_a_copy(console: Console) -> None:
    """By a person, after it was started at another place."""
    here, now = Place(console.public_url), console.clock.now()
    with console.database.transaction() as session:
        found = place.settle(session, Place("https://qc.example"), "K7Q2ABCD", now)
        place.declare(session, found, here, now, is_trial=True)


@pytest.mark.parametrize(
    ("public_url", "is_demo", "banners"),
    [
        ("https://qc.example", False, []),
        ("http://qc.example", False, ["no_tls"]),
        ("http://127.0.0.1:8080", False, []),
        ("http://127.0.0.1:8080", True, ["demo"]),
        ("http://10.0.0.7", True, ["demo", "no_tls"]),
        ("https://staging.qc.example", False, ["copy"]),
    ],
)
def test_the_page_says_what_is_not_as_it_should_be(
    house: House, public_url: str, is_demo: bool, banners: list[str]
) -> None:
    console = replace(house.console, public_url=public_url, is_demo=is_demo)
    if "copy" in banners:
        declared_a_copy(console)
    page = browser(whole(console)).get("/console/login").text
    said = [name for name in ("demo", "copy", "no_tls") if words.say("ru", f"banner.{name}") in page]
    assert said == banners


def test_no_static_file_and_no_page_is_forgotten_by_the_policy(house: House) -> None:
    client = browser(whole(house.console))
    page = client.get("/console/login").text
    named = [part.split('"')[0] for part in page.replace('src="', 'href="').split('href="')[1:]]
    files = [one for one in named if one.startswith("/static/")]
    assert len(files) == 6
    for one in files:
        answer = client.get(one)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
