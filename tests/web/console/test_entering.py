"""Coming in and going out: links that work once, passwords, sessions, forged forms, and whoever guesses."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from argon2 import Type
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.store.console_tables import LoginTryRow, OneTimeLinkRow, SessionRow, UserRow
from qc_engine.web.console import limits, passwords
from qc_engine.web.console.gate import COOKIE
from qc_engine.web.console.passwords import _hasher as real_hasher  # before the tests' own takes its place
from qc_engine.web.console.policy import Role
from tests.flow.fakes import BRANCH
from tests.web.console.house import PASSWORD, House, csrf

RIGHT = {"login": "Анна", "password": PASSWORD}
FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def rows(house: House, table: Any) -> list[Any]:
    with house.database.reading() as session:
        return list(session.exec(select(table)).all())


def later(house: House, **span: float) -> None:
    house.console.wall.advance(timedelta(**span))  # type: ignore[attr-defined]


def is_in(client: TestClient) -> bool:
    return client.get("/console").status_code == 200


# --- links ------------------------------------------------------------------------------------


def test_a_link_lets_in_once(each_house: House) -> None:
    client, path = each_house.guest(), each_house.link()
    form = {**RIGHT, "again": PASSWORD}
    assert [client.get(path).status_code for _ in range(2)] == [200, 200], "previews use nothing up"
    assert client.post(path, data=form).status_code == 303
    assert is_in(client)
    other = each_house.guest()
    assert [other.get(path).status_code, other.post(path, data=form).status_code] == [410, 410]
    assert not is_in(other)
    assert [(name, action) for name, action, _ in each_house.audit()] == [
        ("", "link.made"), ("Анна", "password.set"),
    ]  # fmt: skip


def test_a_link_grows_old_and_a_newer_one_replaces_it(house: House) -> None:
    path = house.link()
    later(house, hours=24)
    assert house.guest().get(path).status_code == 410
    assert house.guest().get("/console/enter/never-existed").status_code == 410


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"again": "другой пароль"}, "Пароли не совпадают"),
        ({"password": "коротко", "again": "коротко"}, "короче 10 знаков"),
        ({"password": "длинно " * 29, "again": "длинно " * 29}, "длиннее 200 знаков"),
        ({"password": "Qwertyuiop", "again": "Qwertyuiop"}, "угадывают первым"),
        ({"password": "aaaaaaaaaaaa", "again": "aaaaaaaaaaaa"}, "угадывают первым"),
        ({"password": "анна12345678", "again": "анна12345678"}, "В пароле есть логин"),
        ({"login": "a b"}, "Логин: от 3 до 80 знаков"),
        ({"login": "<x>"}, "Логин: от 3 до 80 знаков"),
    ],
)
def test_what_is_not_accepted(house: House, changes: dict[str, str], says: str) -> None:
    client, path = house.guest(), house.link()
    answer = client.post(path, data={**RIGHT, "again": PASSWORD} | changes)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert client.post(path, data={**RIGHT, "again": PASSWORD}).status_code == 303, "nothing was used up"


@pytest.mark.parametrize("login", ["анна\x00", "\x00", "\ud800", "’ OR 1=1 --", "а" * 500])
def test_hostile_logins_are_nobodys(each_house: House, login: str) -> None:
    typed = login.encode("utf-8", "surrogatepass")
    form = f"password=мимо&login={quote(typed)}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert each_house.guest().post("/console/login", content=form, headers=headers).status_code == 401


def test_two_people_cannot_have_one_login(house: House) -> None:
    house.signed_in(Role.OWNER, "Анна")
    answer = house.guest().post(house.link(Role.ADMIN, "Другая"), data={**RIGHT, "again": PASSWORD})
    assert (answer.status_code, "Такой логин уже есть" in answer.text) == (422, True)


def test_nothing_that_opens_a_door_is_stored(each_house: House) -> None:
    path = each_house.link()
    client = each_house.guest()
    client.post(path, data={**RIGHT, "again": PASSWORD})
    token = client.cookies[COOKIE]
    kept = repr(
        [*rows(each_house, UserRow), *rows(each_house, SessionRow), *rows(each_house, OneTimeLinkRow)]
    )
    assert hashlib.sha256(token.encode()).hexdigest() in kept
    assert [secret in kept for secret in (token, path.rpartition("/")[2], PASSWORD)] == [False] * 3


# --- passwords --------------------------------------------------------------------------------


def test_a_login_by_password_makes_a_new_session(each_house: House) -> None:
    first = each_house.signed_in()
    client = each_house.guest()
    client.cookies.set(COOKIE, "x" * 44, domain="qc.example")  # somebody has put a session into this browser
    answer = client.post("/console/login", data={**RIGHT, "login": "  АННА "})
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert cookie.startswith(f"{COOKIE}=")
    assert "x" * 44 not in cookie
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert is_in(first)
    assert len(rows(each_house, SessionRow)) == 2


def test_a_new_login_ends_the_session_that_this_browser_had(each_house: House) -> None:
    client, other = each_house.signed_in(), each_house.signed_in(Role.HEAD, "Пётр", BRANCH.name)
    before, elsewhere = client.cookies[COOKIE], each_house.guest()
    elsewhere.cookies.set(COOKIE, before, domain="qc.example")
    assert client.post("/console/login", data={**RIGHT, "login": "пётр"}).status_code == 303
    assert [is_in(one) for one in (client, other, elsewhere)] == [True, True, False]
    assert "Пётр" in client.get("/console").text


@pytest.mark.parametrize(
    "form", [{"login": "Анна", "password": "мимо мимо мимо"}, {"login": "Никто", "password": PASSWORD}]
)
def test_wrong_is_wrong_whatever_is_wrong(house: House, form: dict[str, str]) -> None:
    house.signed_in()
    answer = house.guest().post("/console/login", data=form)
    assert (answer.status_code, "Логин или пароль не подходит" in answer.text) == (401, True)
    assert "set-cookie" not in answer.headers
    assert house.audit()[-1][:2] == ("", "login.failed")


def test_passwords_are_made_hard_to_guess_from_what_is_stored() -> None:
    made = real_hasher()
    assert (made.type, made.memory_cost, made.time_cost) == (Type.ID, 64 * 1024, 2)


def test_a_password_is_compared_as_it_is() -> None:
    right = " Парóль\t😀 x"
    stored = passwords.kept(right)
    assert passwords.fits(right, stored)
    assert not [one for one in (right.strip(), right.upper(), right[:-1]) if passwords.fits(one, stored)]


def test_an_unknown_login_costs_as_much_as_a_wrong_password(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.signed_in()
    compared: list[str] = []
    real = passwords._hasher()

    class Watched:
        hash = real.hash

        def verify(self, stored: str, password: str) -> bool:
            compared.append(password)
            return real.verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Watched)
    passwords._nobodys.cache_clear()  # in whatever order the tests run
    for login in ("Анна", "Никто"):
        house.guest().post("/console/login", data={"login": login, "password": "мимо мимо мимо"})
    assert compared == ["мимо мимо мимо"] * 2


def test_guessing_is_slowed_down_per_account_and_address(each_house: House) -> None:
    each_house.signed_in()
    client = each_house.guest()
    wrong = {**RIGHT, "password": "мимо мимо мимо"}
    codes = [client.post("/console/login", data=wrong).status_code for _ in range(7)]
    assert codes == [401] * 5 + [429, 429]
    assert client.post("/console/login", data=RIGHT).status_code == 429, "not even the right one is looked at"
    assert client.post("/console/login", data={**wrong, "login": "Никто"}).status_code == 401
    noted = [action for _, action, _ in each_house.audit("link.made", "password.set")]
    assert sorted(noted) == ["login.failed"] * 6 + ["login.throttled"], "a crowd does not fill the audit"
    later(each_house, minutes=16)
    assert client.post("/console/login", data=RIGHT).status_code == 303
    assert len(rows(each_house, LoginTryRow)) == 0, "what was mistyped before counts no more"


@pytest.mark.parametrize(
    ("tries", "refused"),
    [((5, 5, 5), False), ((6, 6, 6), True), ((1, 26, 1), True), ((1, 1, 51), True), ((5, 25, 50), False)],
)
def test_limits(tries: tuple[int, int, int], refused: bool) -> None:
    assert limits.are_too_many(tries) is refused


# --- sessions ---------------------------------------------------------------------------------


def test_sessions_end_by_themselves(house: House) -> None:
    client = house.signed_in()
    for _ in range(4):
        later(house, hours=11)
        assert is_in(client), "used again and again"
    later(house, hours=12)
    assert client.get("/console").headers["location"] == "/console/login"


def test_no_session_lives_for_ever(house: House) -> None:
    client = house.signed_in()
    for _ in range(33):
        later(house, hours=10)
        assert is_in(client)
    later(house, hours=10)
    assert not is_in(client)


def test_a_page_that_asks_by_itself_is_no_use_of_the_session(house: House) -> None:
    client = house.signed_in()
    for _ in range(2):
        later(house, hours=7)
        client.get("/console/today/queue", headers={"HX-Request": "true", "HX-Polled": "1"})
    answer = client.get("/console/today/queue", headers={"HX-Request": "true", "HX-Polled": "1"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/console/login")


def test_logout_ends_it_on_our_side(house: House) -> None:
    client = house.signed_in()
    token, page = client.cookies[COOKIE], client.get("/console").text
    assert client.post("/console/logout", data={"csrf": csrf(page)}).status_code == 303
    client.cookies.set(COOKIE, token, domain="qc.example")
    assert not is_in(client)


def test_one_sees_and_ends_only_ones_own_sessions(house: House) -> None:
    phone, desk, stranger = house.signed_in(), house.guest(), house.signed_in(Role.ADMIN, "Борис")
    desk.post("/console/login", data=RIGHT)
    page = desk.get("/console/account").text
    assert page.count('name="session"') == 2, "the other one, and all others"
    mine = page.split('name="session" value="', 1)[1].split('"')[0]
    theirs = stranger.get("/console/account").text
    assert stranger.post("/console/account", data={"csrf": csrf(theirs), "session": mine}).status_code == 404
    assert is_in(phone)
    assert desk.post("/console/account", data={"csrf": csrf(page), "session": mine}).status_code == 303
    assert [is_in(one) for one in (phone, desk, stranger)] == [False, True, True]
    phone.post("/console/login", data=RIGHT)
    desk.post("/console/account", data={"csrf": csrf(page), "session": "others"})
    assert [is_in(one) for one in (phone, desk, stranger)] == [False, True, True]


def test_password_fields_are_such_and_may_be_filled_by_helpers(house: House) -> None:
    for path, kinds in ((house.link(), ["new-password"] * 2), ("/console/login", ["current-password"])):
        page = house.guest().get(path).text
        fields = re.findall(r"<input[^>]*name=\"(?:password|again)\"[^>]*>", page)
        assert [re.findall(r'autocomplete="([\w-]+)"', field)[0] for field in fields] == kinds
        assert all('type="password"' in field and "onpaste" not in field for field in fields)


def test_a_new_password_ends_all_sessions(house: House) -> None:
    from qc_engine.telling.console import link_for

    client = house.signed_in()
    (user,) = rows(house, UserRow)
    with house.database.transaction() as session:
        link = link_for(session, house.settings, house.console.wall.now(), user)
    path = link.removeprefix("https://qc.example")
    other = house.guest()
    new = {"login": "захватчик", "password": "совсем другой пароль", "again": "совсем другой пароль"}
    assert other.post(path, data=new).status_code == 303
    assert [is_in(client), is_in(other)] == [False, True]
    assert rows(house, UserRow)[0].login == "анна", "the login stays"


def test_whoever_is_shut_out_is_out_at_once(house: House) -> None:
    client = house.signed_in()
    with house.database.transaction() as session:
        row = session.exec(select(UserRow)).one()
        row.closed_at = house.console.wall.now()
        session.add(row)
    assert not is_in(client)
    assert house.guest().post("/console/login", data=RIGHT).status_code == 401


# --- forged forms -----------------------------------------------------------------------------

FORMS = ["/console", "/console/logout", "/console/account", "/console/cases/CASE0004/phone"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("token", "headers"),
    [(str, FOREIGN), (lambda _: "", {}), (lambda good: good[:-1] + "x", {}), (str, {"Origin": "null"})],
    ids=["another site", "no token", "a wrong token", "an origin that hides"],
)
def test_forged_forms_do_nothing(
    house: House, path: str, token: Callable[[str], str], headers: dict[str, str]
) -> None:
    client = house.signed_in()
    good = csrf(client.get("/console").text)
    before = house.audit()
    answer = client.post(path, data={"csrf": token(good), "session": "others"}, headers=headers)
    assert answer.status_code == 403
    assert house.audit() == before


@pytest.mark.parametrize("path", ["/console/login", "/console/look", "/console/enter/x"])
def test_other_sites_cannot_sign_anybody_in(house: House, path: str) -> None:
    assert house.guest().post(path, data=RIGHT, headers=FOREIGN).status_code == 403


@pytest.mark.parametrize(
    "path", [*FORMS, "/console/cases", "/console/cases/CASE0004", "/console/today/queue"]
)
def test_nothing_is_open_to_strangers(house: House, path: str) -> None:
    client = house.guest()
    for answer in (client.get(path), client.post(path, data={"csrf": "x"})):
        assert answer.status_code in (303, 405)
        assert answer.headers.get("location", "/console/login") == "/console/login"


@pytest.mark.parametrize("path", FORMS)
def test_what_a_stranger_sends_is_not_even_read(house: House, path: str) -> None:
    """The editor takes much; whoever is not signed in sends nothing."""
    answer = house.guest().post(path, content=b"x" * 20_000)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/login")
    assert house.guest().post(path, content=b"x" * 20_000, headers=FOREIGN).status_code == 403


@pytest.mark.parametrize(
    ("referer", "to"),
    [
        ("https://qc.example/console/cases?q=1", "/console/cases?q=1"),
        ("https://evil.example/elsewhere", "/console"),
        ("https://evil.example//evil.example/console", "/console"),
        ("https://evil.example/console//evil.example", "/console"),
        ("https://evil.example/console/\\evil.example", "/console"),
        ("http://[/console/cases", "/console"),
        ("", "/console"),
    ],
)
def test_language_and_theme_lead_nowhere_else(house: House, referer: str, to: str) -> None:
    client = house.guest()
    form = {"language": "kk", "theme": "dark"}
    answer = client.post("/console/look", data=form, headers={"Referer": referer})
    assert (answer.status_code, answer.headers["location"]) == (303, to)
    page = client.get("/console/login").text
    assert '<html lang="kk" data-theme="dark" data-bs-theme="dark">' in page
    client.post("/console/look", data={"language": "xx", "theme": "pink"})
    assert 'lang="kk"' in client.get("/console/login").text, "what cannot be is left as it was"


def test_every_page_is_strict_about_scripts(house: House) -> None:
    client = house.signed_in()
    for path in ("/console", "/console/cases", "/console/account"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
    # With 'no-referrer' a browser would send 'Origin: null' with the form; of this page only the host is told.
    assert house.guest().get(house.link(Role.ADMIN, "Б")).headers["referrer-policy"] == "strict-origin"
