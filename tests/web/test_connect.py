"""The page to which a vendor sends the browser back."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from qc_engine.ports import Broken, Forbidden, OutcomeUnknown, Refused, TryLater
from qc_engine.web.connect import connect_router

QUERY = {
    "code": "code-c4n4ry",
    "state": "state-c4n4ry",
    "domain": "<script>c4n4ry</script>",
    "member_id": "member-c4n4ry",
}


class Door:
    """Lets in, or raises what it is told to."""

    def __init__(self, failure: Exception | None = None, portal: str = "shiny.bitrix24.kz") -> None:
        self.failure, self.portal = failure, portal
        self.asked: list[Mapping[str, str]] = []

    def begin(self) -> str:
        return "https://portal.example/oauth/authorize/"

    def finish(self, query: Mapping[str, str]) -> str:
        self.asked.append(query)
        if self.failure:
            raise self.failure
        return self.portal


def browser(**doors: Door) -> TestClient:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(connect_router({name.replace("_", "-"): door for name, door in doors.items()}))
    return TestClient(app)


def test_whoever_lets_us_in_reads_that_it_worked() -> None:
    door = Door(portal="shiny.bitrix24.kz/<b>")
    page = browser(bitrix24=door).get("/connect/bitrix24", params=QUERY)
    assert page.status_code == 200
    assert "Портал подключён" in page.text
    assert "shiny.bitrix24.kz/&lt;b&gt;" in page.text
    assert door.asked == [QUERY]


@pytest.mark.parametrize(
    ("failure", "status", "says"),
    [
        (Forbidden("c4n4ry"), 403, "Ссылка не подходит"),
        (Refused("c4n4ry"), 400, "Не успели"),
        (Broken("c4n4ry"), 502, "Портал не подключён"),
        (TryLater("c4n4ry"), 503, "Попробуйте позже"),
        (OutcomeUnknown("c4n4ry"), 503, "Попробуйте позже"),
    ],
)
def test_every_failure_says_what_to_do(failure: Exception, status: int, says: str) -> None:
    page = browser(bitrix24=Door(failure)).get("/connect/bitrix24", params=QUERY)
    assert page.status_code == status
    assert says in page.text
    assert "./qc bitrix24 connect" in page.text


@pytest.mark.parametrize("failure", [None, Forbidden("no"), TryLater("no"), Refused("no"), Broken("no")])
def test_nothing_of_the_address_is_shown_kept_or_passed_on(failure: Exception | None) -> None:
    page = browser(bitrix24=Door(failure)).get("/connect/bitrix24", params=QUERY)
    assert "c4n4ry" not in page.text + str(page.headers)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_nothing_of_the_address_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    browser(bitrix24=Door(Forbidden("another portal"))).get("/connect/bitrix24", params=QUERY)
    browser(bitrix24=Door()).get("/connect/bitrix24", params=QUERY)
    printed = "".join(capsys.readouterr())
    assert "another portal" in printed
    assert "c4n4ry" not in printed


def test_each_portal_has_its_own_door() -> None:
    main, almaty = Door(), Door()
    there = browser(bitrix24=main, bitrix24_almaty=almaty)
    there.get("/connect/bitrix24-almaty", params=QUERY)
    assert (len(main.asked), len(almaty.asked)) == (0, 1)


@pytest.mark.parametrize("path", ["/connect/unknown", "/connect/", "/connect/bitrix24/more"])
def test_other_addresses_are_not_there(path: str) -> None:
    door = Door()
    page = browser(bitrix24=door).get(f"{path}?{urlencode(QUERY)}", follow_redirects=False)
    assert page.status_code in (404, 307)
    assert "c4n4ry" not in page.text
    assert door.asked == []


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_only_a_browser_that_comes_back_uses_the_state(method: str) -> None:
    door = Door()
    assert browser(bitrix24=door).request(method, "/connect/bitrix24", params=QUERY).status_code == 405
    assert door.asked == []
