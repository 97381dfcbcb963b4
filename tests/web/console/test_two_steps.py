"""The second step of a login: codes of the RFC, used once each, recovery codes, guessing, and who resets it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.ids import RandomIds
from qc_engine.store.console_tables import HalfLoginRow, RecoveryCodeRow, TwoStepRow
from qc_engine.store.memory import Seal
from qc_engine.telling.console import link_for
from qc_engine.web.console import codes
from qc_engine.web.console.gate import SECOND_STEP as PATH
from qc_engine.web.console.policy import Role
from tests.web.console.house import PASSWORD, House, csrf
from tests.web.console.test_settings_users import is_in, press, user

RFC = b"12345678901234567890"
RIGHT = {"login": "анна", "password": PASSWORD}
CODE = re.compile(r"<code>([0-9A-Z]{8}-[0-9A-Z]{8})</code>")


# --- the codes themselves ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_the_examples_of_the_rfc(seconds: int, code: str) -> None:
    """Appendix B of RFC 6238, of its eight digits the last six."""
    now = datetime.fromtimestamp(seconds, UTC)
    assert codes.step_of(RFC, code, now, 0) == seconds // 30
    assert codes.step_of(RFC, f" {code[:3]} {code[3:]} ", now, 0) == seconds // 30


@pytest.mark.parametrize(("off", "fits"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_phone_may_be_half_a_minute_off(off: int, fits: bool) -> None:
    now = datetime.fromtimestamp(1111111111, UTC)
    assert (codes.step_of(RFC, "050471", now + timedelta(seconds=off), 0) is not None) is fits


@pytest.mark.parametrize("typed", ["", "05047", "0504711", "abcdef", "\x00", "٠٥٠٤٧١", "050471 or 1=1"])
def test_what_is_no_code(typed: str) -> None:
    assert codes.step_of(RFC, typed, datetime.fromtimestamp(1111111111, UTC), 0) is None


def test_a_used_code_and_all_before_it_work_no_more() -> None:
    now = datetime.fromtimestamp(1111111111, UTC)
    step = 1111111111 // 30
    assert codes.step_of(RFC, "050471", now, step) is None
    assert codes.step_of(RFC, "050471", now, step - 1) == step


def test_secrets_and_recovery_codes_are_each_another() -> None:
    ids = RandomIds()
    assert len({codes.new_secret(ids) for _ in range(100)}) == 100
    assert len(codes.new_secret(ids)) == 20
    assert len({one for _ in range(20) for one in codes.recovery_codes(ids)}) == 200


# --- setting it up ----------------------------------------------------------------------------


def now_of(house: House) -> datetime:
    return house.console.wall.now()


def later(house: House, seconds: float = 30) -> None:
    house.console.wall.advance(timedelta(seconds=seconds))  # type: ignore[attr-defined]


def secret_of(house: House, name: str = "Анна") -> bytes:
    with house.database.reading() as session:
        row = session.get_one(TwoStepRow, user(house, name).id)
        return codes.opened(house.console.seal(), row.user_id, row.secret)


def code_of(house: House, name: str = "Анна") -> str:
    """What the phone shows at this moment."""
    at = int(now_of(house).timestamp())
    return codes._totp(secret_of(house, name)).generate(at).decode()


def send(client: TestClient, do: str, code: str = "") -> tuple[int, str]:
    token = csrf(client.get(PATH).text)
    answer = client.post(PATH, data={"csrf": token, "do": do, "code": code})
    return answer.status_code, answer.text


def set_up(house: House, client: TestClient, name: str = "Анна") -> list[str]:
    """The recovery codes."""
    assert send(client, "begin")[0] == 200
    status, page = send(client, "confirm", code_of(house, name))
    assert status == 200
    later(house)  # so that the next code is another
    return CODE.findall(page)


def half_way(house: House, form: dict[str, str] = RIGHT) -> tuple[TestClient, str]:
    """A browser in which the password was right."""
    client = house.guest()
    answer = client.post("/console/login", data=form)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    return client, re.findall(r'name="half" value="(\w{22})"', answer.text)[0]


def prove(client: TestClient, half: str, code: str) -> int:
    return client.post("/console/login/code", data={"half": half, "code": code}).status_code


def test_set_up_with_a_picture_and_confirmed_by_a_code(each_house: House) -> None:
    client, elsewhere = each_house.signed_in(), each_house.guest()
    elsewhere.post("/console/login", data=RIGHT)
    assert send(client, "begin")[0] == 200
    page = client.get(PATH).text
    secret = secret_of(each_house)
    assert 'src="data:image/svg+xml' in page
    assert codes.as_text(secret) in page
    assert is_in(elsewhere)
    client2 = each_house.guest()
    assert client2.post("/console/login", data=RIGHT).status_code == 303, (
        "nothing is asked before it is confirmed"
    )
    assert send(client, "confirm", "000000")[0] == 422
    status, page = send(client, "confirm", code_of(each_house))
    found = CODE.findall(page)
    assert (status, len(set(found))) == (200, 10)
    assert [is_in(one) for one in (client, elsewhere, client2)] == [True, False, False]
    again = client.get(PATH).text
    assert codes.as_text(secret) not in again
    assert CODE.findall(again) == []
    assert "осталось: 10" in again
    assert ("Анна", "two_steps.set", f"user:{user(each_house, 'Анна').id}") in each_house.audit()


def test_neither_secret_nor_codes_are_stored_as_they_are(each_house: House) -> None:
    found = set_up(each_house, each_house.signed_in())
    with each_house.database.reading() as session:
        kept = repr([*session.exec(select(TwoStepRow)).all(), *session.exec(select(RecoveryCodeRow)).all()])
    secret = secret_of(each_house)
    assert [one in kept for one in (secret.hex(), codes.as_text(secret).replace(" ", ""), found[0])] == [
        False
    ] * 3


# --- coming in --------------------------------------------------------------------------------


def test_after_the_password_a_code_is_asked_for(each_house: House) -> None:
    set_up(each_house, each_house.signed_in())
    client, half = half_way(each_house)
    assert not is_in(client), "the password alone lets nobody in"
    assert prove(client, half, "000000") == 401
    assert prove(client, half, code_of(each_house)) == 303
    assert is_in(client)
    assert prove(each_house.guest(), half, code_of(each_house)) == 401, "half a login works once"
    actions = [action for _, action, _ in each_house.audit()]
    assert actions[-2:] == ["login.code_failed", "login"]


def test_a_code_that_was_seen_over_the_shoulder_works_no_second_time(each_house: House) -> None:
    set_up(each_house, each_house.signed_in())
    code = code_of(each_house)
    client, half = half_way(each_house)
    assert prove(client, half, code) == 303
    thief, other = half_way(each_house)
    assert prove(thief, other, code) == 401
    later(each_house)
    assert prove(thief, other, code) == 401, "not within its time either"
    assert prove(thief, other, code_of(each_house)) == 303


def test_a_recovery_code_lets_in_once(each_house: House) -> None:
    client = each_house.signed_in()
    found = set_up(each_house, client)
    phone, half = half_way(each_house)
    assert prove(phone, half, f" {found[0].lower().replace('-', ' ')} ") == 303
    again, other = half_way(each_house)
    assert [prove(again, other, one) for one in (found[0], "AAAAAAAA-AAAAAAAA")] == [401, 401]
    assert "осталось: 9" in client.get(PATH).text
    assert prove(again, other, found[1]) == 303


def test_half_a_login_grows_old(house: House) -> None:
    set_up(house, house.signed_in())
    client, half = half_way(house)
    later(house, 300)
    assert prove(client, half, code_of(house)) == 401
    for token in ("", "x" * 22, "\x00", "x" * 5000):
        assert prove(client, token, code_of(house)) == 401
    assert not is_in(client)
    half_way(house)
    with house.database.reading() as session:
        assert len(session.exec(select(HalfLoginRow)).all()) == 1, "what is too old is cleared away"


def test_guessing_codes_is_slowed_down(each_house: House) -> None:
    set_up(each_house, each_house.signed_in())
    client, half = half_way(each_house)
    assert [prove(client, half, "000000") for _ in range(7)] == [401] * 5 + [429, 429]
    assert prove(client, half, code_of(each_house)) == 429, "not even the right one is looked at"
    again, other = half_way(each_house)
    assert prove(again, other, code_of(each_house)) == 429, "another password does not begin anew"
    later(each_house, 16 * 60)
    again, other = half_way(each_house)
    assert prove(again, other, code_of(each_house)) == 303


def test_a_wrong_password_says_nothing_of_the_second_step(house: House) -> None:
    set_up(house, house.signed_in())
    answer = house.guest().post("/console/login", data={**RIGHT, "password": "мимо мимо мимо"})
    assert (answer.status_code, "Логин или пароль не подходит" in answer.text) == (401, True)
    assert "half" not in answer.text


def test_a_new_password_by_a_link_is_not_enough(each_house: House) -> None:
    """Whoever got hold of the link has not got hold of the phone."""
    client = each_house.signed_in()
    set_up(each_house, client)
    with each_house.database.transaction() as session:
        link = link_for(session, each_house.settings, now_of(each_house), user(each_house, "Анна"))
    guest = each_house.guest()
    form = {"login": "анна", "password": "совсем другой пароль", "again": "совсем другой пароль"}
    answer = guest.post(link.removeprefix("https://qc.example"), data=form)
    assert (answer.status_code, 'name="half"' in answer.text) == (200, True)
    assert [is_in(guest), is_in(client)] == [False, False]
    half = re.findall(r'name="half" value="(\w{22})"', answer.text)[0]
    assert prove(guest, half, code_of(each_house)) == 303
    assert each_house.audit()[-1][1] == "password.set"


def test_whoever_is_shut_out_meanwhile_stays_out(house: House) -> None:
    set_up(house, house.signed_in())
    client, half = half_way(house)
    owner = house.signed_in(Role.OWNER, "Вера")
    assert press(owner, user(house, "Анна"), "close")[0] == 200
    assert prove(client, half, code_of(house)) == 401


# --- turning it off ---------------------------------------------------------------------------


def test_off_and_new_codes_only_with_a_code(each_house: House) -> None:
    client = each_house.signed_in()
    found = set_up(each_house, client)
    for do in ("off", "codes"):
        assert send(client, do, "000000")[0] == 422
    status, page = send(client, "codes", code_of(each_house))
    fresh = CODE.findall(page)
    assert (status, len(fresh), set(fresh) & set(found)) == (200, 10, set())
    assert send(client, "off", found[0])[0] == 422, "the old ones work no more"
    assert send(client, "begin")[0] == 409, "nobody replaces a secret without a code"
    assert send(client, "off", fresh[0])[0] == 200
    assert each_house.guest().post("/console/login", data=RIGHT).status_code == 303
    assert send(client, "dance")[0] == 400


def test_an_administrator_resets_it_and_it_is_written_down(each_house: House) -> None:
    owner, boris = each_house.signed_in(), each_house.signed_in(Role.MANAGER, "Борис", "На Абая")
    set_up(each_house, boris, "Борис")
    row = user(each_house, "Борис")
    page = owner.get(f"/console/settings/users/{row.id}").text
    assert "после пароля нужен код" in page
    assert press(owner, row, "two_steps")[0] == 200
    assert not is_in(boris)
    login = {"login": "борис", "password": PASSWORD}
    assert each_house.guest().post("/console/login", data=login).status_code == 303
    assert ("Анна", "two_steps.reset", f"user:{row.id}") in each_house.audit()
    assert press(owner, row, "two_steps")[0] == 422, "there is none any more"
    set_up(each_house, owner)
    admin = each_house.signed_in(Role.ADMIN, "Вера")
    assert press(admin, user(each_house, "Анна"), "two_steps")[0] == 403, "an admin does not change an owner"


def test_with_another_key_nobody_comes_in_until_it_is_reset(house: House) -> None:
    from dataclasses import replace

    found = set_up(house, house.signed_in())
    house.console = replace(house.console, seal=lambda: Seal("another key"))
    client, half = half_way(house)
    assert prove(client, half, found[0]) == 401
    assert house.audit()[-1][1] == "login.code_failed"


# --- where everybody needs one ----------------------------------------------------------------


def test_the_owner_can_require_it_of_everybody(each_house: House) -> None:
    from dataclasses import replace

    each_house.console = replace(each_house.console, needs_two_steps=True)
    client = each_house.signed_in()
    for path in ("/console", "/console/cases", "/console/settings/users", "/console/reviews.csv"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    part = client.get("/console/today/queue", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, PATH)
    token = csrf(client.get(PATH).text)
    assert client.post("/console", data={"csrf": token, "key": "effect:1", "do": "drop"}).status_code == 303
    assert "дальше не пройти" in client.get(PATH).text
    set_up(each_house, client)
    assert is_in(client)
    assert "Выключить" not in client.get(PATH).text
    assert send(client, "off", code_of(each_house))[0] == 409
    boris = each_house.signed_in(Role.ADMIN, "Борис")
    assert boris.post("/console/logout", data={"csrf": csrf(boris.get(PATH).text)}).status_code == 303


def test_forged_forms(house: House) -> None:
    client = house.signed_in()
    token = csrf(client.get(PATH).text)
    assert client.post(PATH, data={"csrf": "x", "do": "begin"}).status_code == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post(PATH, data={"csrf": token, "do": "begin"}, headers=foreign).status_code == 403
    assert house.guest().post("/console/login/code", data={"half": "x"}, headers=foreign).status_code == 403
    assert house.guest().get(PATH).headers["location"] == "/console/login"
    with house.database.reading() as session:
        assert session.exec(select(TwoStepRow)).all() == []


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_language(house: House, language: str) -> None:
    client = house.signed_in()
    client.cookies.set("qc_language", language, domain="qc.example")
    send(client, "begin")
    assert "Второй шаг" not in client.get(PATH).text
    assert f'<html lang="{language}"' in client.get("/console/account").text


def test_a_new_password_ends_logins_that_are_half_done(each_house: House) -> None:
    """By the old one nobody comes in any more, not even with a code."""
    set_up(each_house, each_house.signed_in())
    client, half = half_way(each_house)
    with each_house.database.transaction() as session:
        link = link_for(session, each_house.settings, now_of(each_house), user(each_house, "Анна"))
    new = {"login": "Анна", "password": "совсем другой пароль", "again": "совсем другой пароль"}
    fresh = each_house.guest().post(link.removeprefix("https://qc.example"), data=new)
    assert prove(client, half, code_of(each_house)) == 401
    (mine,) = re.findall(r'name="half" value="(\w{22})"', fresh.text)
    assert prove(each_house.guest(), mine, code_of(each_house)) == 303
