"""Review pages are asked once a day; a dead one is an alarm until it lives again."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from qc_engine.clock import FixedClock
from qc_engine.store import alarms
from qc_engine.store.database import Database
from redirect.checking import Asked, PageCheck, ReviewPage, ask_page

URL = "https://yandex.kz/maps/org/1/reviews"
PAGE = ReviewPage("main", "Центр", "yandex", URL)
ELSEWHERE = "https://yandex.kz/showcaptcha"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def answers(*codes: int, **headers: str) -> list[httpx.Response]:
    return [httpx.Response(code, headers=headers) for code in codes]


@pytest.mark.parametrize(
    ("head", "get", "asked"),
    [
        (200, None, Asked()),
        (405, 200, Asked()),
        (404, 200, Asked()),
        (404, 404, Asked("HTTP 404")),
        (410, 410, Asked("HTTP 410")),
        (403, 403, Asked()),
        (429, 429, Asked()),
        (500, 503, Asked("HTTP 503", is_certain=False)),
    ],
)
@respx.mock
def test_what_an_answer_means(http: httpx.Client, head: int, get: int | None, asked: Asked) -> None:
    respx.head(URL).respond(head)
    getting = respx.get(URL).respond(get or 200)
    assert ask_page(http, URL) == asked
    assert getting.called is (get is not None)


@pytest.mark.parametrize(
    ("trouble", "wrong"),
    [
        (httpx.ConnectTimeout("x"), "no answer in time"),
        (httpx.ConnectError(f"{URL} secret"), "no connection"),
    ],
)
@respx.mock
def test_no_answer_is_not_certain(http: httpx.Client, trouble: Exception, wrong: str) -> None:
    respx.head(URL).mock(side_effect=trouble)
    assert ask_page(http, URL) == Asked(wrong, is_certain=False)


@respx.mock
def test_redirects_are_followed_but_not_for_ever(http: httpx.Client) -> None:
    respx.head(URL).respond(302, headers={"location": "/showcaptcha"})
    respx.head(ELSEWHERE).respond(200)
    assert ask_page(http, URL) == Asked()
    respx.head(ELSEWHERE).respond(302, headers={"location": URL})
    assert ask_page(http, URL) == Asked("more than 5 redirects", is_certain=False)


@pytest.mark.parametrize(
    "place", ["http://169.254.169.254/latest", "file:///etc/passwd", "https://u:p@x.example/"]
)
@respx.mock
def test_nobody_leads_us_elsewhere(http: httpx.Client, place: str) -> None:
    respx.head(URL).respond(302, headers={"location": place})
    assert ask_page(http, URL).wrong == "it leads to an address that is not https"


@respx.mock
def test_nothing_is_sent_along(http: httpx.Client) -> None:
    route = respx.head(URL).respond(200, headers={"set-cookie": "a=b"})
    ask_page(http, URL)
    assert not {"authorization", "cookie", "referer"} & route.calls[0].request.headers.keys()


# --- day by day ---------------------------------------------------------------------------------

Standing = Callable[[], dict[str, str]]


@pytest.fixture
def standing(sqlite_database: Database) -> Standing:
    def read() -> dict[str, str]:
        with sqlite_database.reading() as session:
            return {row.key: row.params["reason"] for row in alarms.all_alarms(session)}

    return read


@respx.mock
def test_a_dead_page_is_an_alarm_until_it_lives(
    sqlite_database: Database, clock: FixedClock, standing: Standing
) -> None:
    pages = [PAGE, ReviewPage("main", "Центр", "google", "https://g.page/r/x/review")]
    respx.head(pages[1].url).respond(200)
    head, get = respx.head(URL).respond(404), respx.get(URL).respond(404)
    check = PageCheck(sqlite_database, clock, lambda: pages)
    assert check.check() == 0
    assert standing() == {"page:main:yandex:Центр": "HTTP 404"}
    head.respond(200)
    get.respond(200)
    clock.advance(timedelta(hours=1))
    check.check()
    assert standing() == {"page:main:yandex:Центр": "HTTP 404"}, "asked once a day"
    clock.advance(timedelta(hours=23))
    check.check()
    assert standing() == {}


@respx.mock
def test_one_without_an_answer_is_asked_again_first(
    sqlite_database: Database, clock: FixedClock, standing: Standing
) -> None:
    head = respx.head(URL)
    head.side_effect = [httpx.ReadTimeout("x"), httpx.Response(200)]
    check = PageCheck(sqlite_database, clock, lambda: [PAGE])
    check.check()
    assert standing() == {}
    clock.advance(timedelta(hours=1))
    check.check()
    assert (standing(), head.call_count) == ({}, 2)
    clock.advance(timedelta(days=1))
    head.side_effect = httpx.ReadTimeout("x")
    check.check()
    clock.advance(timedelta(hours=1))
    check.check()
    assert standing() == {"page:main:yandex:Центр": "no answer in time"}


@respx.mock
def test_a_page_that_nobody_has_any_more_is_no_alarm(
    sqlite_database: Database, clock: FixedClock, standing: Standing
) -> None:
    respx.head(URL).respond(404)
    respx.get(URL).respond(404)
    pages = [PAGE]
    check = PageCheck(sqlite_database, clock, lambda: pages)
    check.check()
    assert len(standing()) == 1
    pages.clear()
    check.check()
    assert standing() == {}


@respx.mock
def test_a_changed_page_is_asked_at_once(
    sqlite_database: Database, clock: FixedClock, standing: Standing
) -> None:
    respx.head(URL).respond(404)
    respx.get(URL).respond(404)
    respx.head(ELSEWHERE).respond(200)
    pages = [PAGE]
    check = PageCheck(sqlite_database, clock, lambda: pages)
    check.check()
    pages[:] = [ReviewPage("main", "Центр", "yandex", ELSEWHERE)]
    check.check()
    assert standing() == {}
