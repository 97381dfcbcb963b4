"""Signing in at the company's identity provider: who gets in, who does not, and every way to cheat."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from pydantic import ValidationError
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine import health
from qc_engine.store.console_tables import SessionRow, SpentStateRow, UserRow
from qc_engine.telling.console import link_for
from qc_engine.web.console.gate import COOKIE
from qc_engine.web.console.policy import Role
from qc_engine.web.console.ways import WAY
from qc_engine.web.oidc.settings import OidcSettings
from tests.web.console.house import PASSWORD, House, csrf
from tests.web.console.identities import (
    ISSUER,
    SECRET,
    FakeProvider,
    away,
    key,
    providing,
    signed_with_public_key,
    unsigned,
)
from tests.web.console.test_entering import is_in, later, rows
from tests.web.console.test_settings_users import press, user
from tests.web.console.test_two_steps import set_up

ACCOUNT, BACK = "/console/account", "/console/login/oidc/back"


@pytest.fixture
def fake(house: House) -> Iterator[FakeProvider]:
    with providing(house) as one:
        yield one


@pytest.fixture
def each_fake(each_house: House) -> Iterator[FakeProvider]:
    with providing(each_house) as one:
        yield one


def through(fake: FakeProvider, client: TestClient, path: str = "/console/login/oidc") -> httpx.Response:
    """To the provider and back."""
    answer: Any = client.get(fake.sign_in(away(client, path)))
    return answer  # type: ignore[no-any-return]


def invited(house: House, fake: FakeProvider, name: str = "Анна", role: Role = Role.OWNER) -> TestClient:
    """Somebody who has come in by the provider from the first day."""
    client = house.guest()
    answer = through(fake, client, f"{house.link(role, name)}/oidc")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    return client


# --- the honest way ---------------------------------------------------------------------------


def test_invited_once_and_recognised_ever_after(each_house: House, each_fake: FakeProvider) -> None:
    assert is_in(invited(each_house, each_fake))
    client = each_house.guest()
    assert 'href="/console/login/oidc"' in client.get("/console/login").text
    answer = through(each_fake, client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert is_in(client)
    row = user(each_house, "Анна")
    assert (row.issuer, row.subject, row.password) == (ISSUER, "u-1", "")
    assert [one for _, one, _ in each_house.audit()] == ["link.made", "identity.linked", "login", "login"]
    assert [one.by_provider for one in rows(each_house, SessionRow)] == [True, True]


def test_what_the_provider_is_asked(house: House, fake: FakeProvider) -> None:
    client = house.guest()
    answer = client.get("/console/login/oidc")
    query = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert {name: query[name] for name in ("response_type", "scope", "redirect_uri", "code_challenge_method")} == {
        "response_type": "code", "scope": "openid", "redirect_uri": f"https://qc.example{BACK}",
        "code_challenge_method": "S256",
    }  # fmt: skip
    assert SECRET not in answer.headers["location"]
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{WAY}=v1.")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"))
    assert not [one for one in (query["state"], query["nonce"]) if one in cookie]
    again = dict(parse_qsl(urlsplit(away(house.guest())).query))
    assert not [name for name in ("state", "nonce", "code_challenge") if query[name] == again[name]]


def test_an_invitation_page_offers_both_ways_and_uses_nothing_up(house: House, fake: FakeProvider) -> None:
    path = house.link()
    client = house.guest()
    assert f'href="{path}/oidc"' in client.get(path).text
    away(client, f"{path}/oidc")
    assert client.get(path).status_code == 200
    assert through(fake, client, f"{path}/oidc").status_code == 303
    assert house.guest().get(path).status_code == 410


def test_without_a_provider_nothing_of_it_is_there(house: House) -> None:
    client = house.guest()
    assert [client.get(f"/console/login{path}").status_code for path in ("/oidc", "/oidc/back")] == [404, 404]
    assert "/oidc" not in client.get("/console/login").text
    assert "identity" not in house.signed_in().get(ACCOUNT).text


# --- who does not get in ----------------------------------------------------------------------


def test_whom_nobody_invited_stays_outside(each_house: House, each_fake: FakeProvider) -> None:
    invited(each_house, each_fake)
    each_fake.subject = "u-2"
    each_fake.claims = {"email": "anna@company.kz", "preferred_username": "Анна"}  # like another's
    client = each_house.guest()
    answer = through(each_fake, client)
    assert (answer.status_code, "Попросите администратора" in answer.text, is_in(client)) == (
        403,
        True,
        False,
    )
    assert each_house.audit()[-1] == ("", "login.provider_failed", "")


def test_whoever_was_shut_out_stays_out(house: House, fake: FakeProvider) -> None:
    owner = house.signed_in(Role.OWNER, "Вера")
    client = invited(house, fake, "Анна", Role.ADMIN)
    assert press(owner, user(house, "Анна"), "close")[0] == 200
    assert not is_in(client)
    assert through(fake, house.guest()).status_code == 403


def test_one_identity_is_one_person(house: House, fake: FakeProvider) -> None:
    invited(house, fake)
    answer = through(fake, house.guest(), f"{house.link(Role.ADMIN, 'Борис')}/oidc")
    assert (answer.status_code, user(house, "Борис").subject) == (409, None)


@pytest.mark.parametrize("spoil", ["used", "old"])
def test_a_link_that_is_no_good_any_more(house: House, fake: FakeProvider, spoil: str) -> None:
    path, client = house.link(), house.guest()
    there = away(client, f"{path}/oidc")
    if spoil == "used":
        house.guest().post(path, data={"login": "Анна", "password": PASSWORD, "again": PASSWORD})
    else:
        later(house, minutes=9)
        with house.database.transaction() as session:
            link_for(session, house.settings, house.console.wall.now(), user(house, "Анна"))
    fake.now = house.console.wall.now()
    assert client.get(fake.sign_in(there)).status_code == 410
    assert not is_in(client)
    assert user(house, "Анна").subject is None


def test_an_address_that_is_hammered_is_slowed_down(house: House, fake: FakeProvider) -> None:
    client = house.guest()
    assert [client.get(f"{BACK}?code=x&state=x").status_code for _ in range(7)] == [401] * 5 + [429] * 2
    assert len([one for _, one, _ in house.audit() if one == "login.provider_failed"]) == 5
    assert house.audit()[-1][1] == "login.throttled"
    invited(house, fake)  # who has set out from here is not held up by others


# --- cheating ---------------------------------------------------------------------------------

Cheat = Callable[[FakeProvider], None]


def says(**claims: Any) -> Cheat:
    return lambda fake: fake.claims.update(claims)


def forged(make: Callable[[dict[str, Any]], str]) -> Cheat:
    def cheat(fake: FakeProvider) -> None:
        class Forging(FakeProvider):
            def signed(self, asked: dict[str, str]) -> str:
                at = int(self.now.timestamp())
                return make({
                    "iss": ISSUER, "aud": "qc", "sub": "u-1", "exp": at + 300, "iat": at, "nonce": asked["nonce"],
                })  # fmt: skip

        fake.__class__ = Forging

    return cheat


def signed_by_a_stranger(fake: FakeProvider) -> None:
    fake.signed_by = key("two")


def signed_by_a_namesake(fake: FakeProvider) -> None:
    """Another key under the name of the right one."""
    fake.published = [{**key("two").as_dict(private=False), "kid": "one"}]


CHEATS: dict[str, Cheat] = {
    "another nonce": says(nonce="of somebody else"),
    "no nonce": says(nonce=None),
    "for another client": says(aud="wiki"),
    "for two, without saying which": says(aud=["qc", "wiki"]),
    "for two, asked by the other": says(aud=["qc", "wiki"], azp="wiki"),
    "no audience": says(aud=None),
    "foreign issuer": says(iss="https://evil.example"),
    "issuer with a slash more": says(iss=f"{ISSUER}/"),
    "no issuer": says(iss=None),
    "expired": says(exp=1_000_000_000),
    "never expires": says(exp=None),
    "expires at no number": says(exp="tomorrow"),
    "of the future": says(iat=4_000_000_000),
    "not valid yet": says(nbf=4_000_000_000),
    "no subject": says(sub=None),
    "empty subject": says(sub=""),
    "a number for a subject": says(sub=1),
    "a subject without end": says(sub="u" * 256),
    "a zero byte in the subject": says(sub="u\x001"),
    "another access token": says(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "signed by a stranger": signed_by_a_stranger,
    "signed by a namesake": signed_by_a_namesake,
    "alg none": forged(lambda claims: unsigned(claims, {"alg": "none"})),
    "alg none with a name": forged(lambda claims: unsigned(claims, {"alg": "none", "kid": "one"})),
    "alg nOnE": forged(lambda claims: unsigned(claims, {"alg": "nOnE", "kid": "one"})),
    "RS256 without a signature": forged(lambda claims: unsigned(claims, {"alg": "RS256", "kid": "one"})),
    "HS256 with the public key": forged(signed_with_public_key),
    "no token at all": forged(lambda _: "not a token"),
    "five parts": forged(lambda _: "a.b.c.d.e"),
}


def test_a_token_that_proves_nothing(house: House, fake: FakeProvider) -> None:
    """Each cheat in a browser of its own, and a while after the one before."""
    invited(house, fake)
    honest, came = fake.__class__, {}
    for name, cheat in CHEATS.items():
        later(house, hours=1)  # the provider's keys are read anew
        fake.now, fake.claims, fake.signed_by, fake.published = house.console.wall.now(), {}, key(), []
        fake.__class__ = honest
        cheat(fake)
        client = house.guest()
        answer = through(fake, client)
        said = "Вход не подтверждён" in answer.text and COOKIE not in answer.headers.get("set-cookie", "")
        came[name] = (answer.status_code, said, is_in(client), house.audit()[-1][1])
    assert came == dict.fromkeys(CHEATS, (401, True, False, "login.provider_failed"))


def test_a_provider_that_means_well_is_understood(house: House, fake: FakeProvider) -> None:
    """What the standard leaves open."""
    invited(house, fake)
    for claims in ({"aud": ["qc"]}, {"aud": ["qc", "wiki"], "azp": "qc"}, {"exp": fake.now.timestamp() - 30}):
        fake.claims = claims
        assert through(fake, house.guest()).status_code == 303, claims


def test_a_new_key_is_learnt_but_not_for_every_stranger(house: House, fake: FakeProvider) -> None:
    invited(house, fake)
    fake.signed_by = key("two")
    fake.published = [one.as_dict(private=False) for one in (key(), key("two"))]
    assert through(fake, house.guest()).status_code == 401, "read a moment ago"
    later(house, minutes=1)
    fake.now = house.console.wall.now()
    assert through(fake, house.guest()).status_code == 303
    assert fake.keys_read == 2


def test_a_secret_among_the_public_keys_is_no_key(house: House, fake: FakeProvider) -> None:
    import base64

    pem = base64.urlsafe_b64encode(key().as_pem(private=False)).decode().rstrip("=")
    fake.published = [{"kty": "oct", "k": pem, "kid": "one"}, {"kty": "EC", "crv": "P-999", "kid": "odd"}, 7]  # type: ignore[list-item]
    forged(signed_with_public_key)(fake)
    client = house.guest()
    assert through(fake, client, f"{house.link()}/oidc").status_code == 401


# --- the way back -----------------------------------------------------------------------------


def test_a_way_back_is_walked_once(each_house: House, each_fake: FakeProvider) -> None:
    """Whoever copies cookie and address, from a log or over a shoulder, comes too late."""
    invited(each_house, each_fake)
    client, thief = each_house.guest(), each_house.guest()
    back = each_fake.sign_in(away(client))
    thief.cookies.set(WAY, client.cookies[WAY], domain="qc.example")
    assert client.get(back).status_code == 303
    assert (thief.get(back).status_code, is_in(thief)) == (401, False)
    fresh = each_fake.sign_in(f"{ISSUER}/auth?" + urlsplit(away(client)).query)
    assert client.get(fresh).status_code == 303
    assert len(rows(each_house, SpentStateRow)) == 3


def test_a_code_works_once(house: House, fake: FakeProvider) -> None:
    """Somebody else's code, brought along by one's own way."""
    invited(house, fake)
    victim, thief = house.guest(), house.guest()
    stolen = fake.sign_in(away(victim))
    mine = dict(parse_qsl(urlsplit(away(thief)).query))["state"]
    code = dict(parse_qsl(urlsplit(stolen).query))["code"]
    assert thief.get(f"{BACK}?code={code}&state={mine}").status_code == 401, "PKCE: it was given to another"
    assert not is_in(thief)
    assert victim.get(stolen).status_code == 401, "and it is used up"


Spoil = Callable[[TestClient, str], str]  # of a browser and the address by which it comes back


def with_cookie(value: str) -> Spoil:
    def spoil(client: TestClient, back: str) -> str:
        client.cookies.clear()
        client.cookies.set(WAY, value, domain="qc.example")
        return back

    return spoil


SPOILT: dict[str, Spoil] = {
    "no cookie": with_cookie(""),
    "a cookie of one's own": with_cookie("v1.AAAA"),
    "another state": lambda _, back: back.replace("state=", "state=x"),
    "a longer state": lambda _, back: f"{back}x",
    "no state": lambda _, back: back.partition("&state")[0],
    "another issuer": lambda _, back: f"{back}&iss=https://evil.example",
    "cancelled": lambda _, back: back.replace("code=", "error=access_denied&x="),
    "a code without end": lambda _, back: back.replace("code=", "code=" + "x" * 3000),
}


def test_a_way_back_that_is_not_the_one(house: House, fake: FakeProvider) -> None:
    invited(house, fake)
    came = {}
    for name, spoil in SPOILT.items():
        later(house, hours=1)
        client = house.guest()
        answer = client.get(spoil(client, fake.sign_in(away(client))))
        forgotten = f'{WAY}=""' in answer.headers["set-cookie"]
        came[name] = (answer.status_code, is_in(client), forgotten)
    assert came == dict.fromkeys(SPOILT, (401, False, True))


def test_whoever_takes_too_long_begins_again(house: House, fake: FakeProvider) -> None:
    invited(house, fake)
    client = house.guest()
    back = fake.sign_in(away(client))
    later(house, minutes=10)
    assert (client.get(back).status_code, is_in(client)) == (401, False)


def test_the_way_of_one_browser_is_not_anothers(house: House, fake: FakeProvider) -> None:
    """Nobody is signed in under somebody else's name by an address that was sent to them."""
    invited(house, fake)
    attacker, victim = house.guest(), house.guest()
    back = fake.sign_in(away(attacker))
    away(victim)
    assert (victim.get(back).status_code, is_in(victim)) == (401, False)


def test_nobody_is_sent_anywhere_else(house: House, fake: FakeProvider) -> None:
    invited(house, fake)
    client = house.guest()
    back = fake.sign_in(away(client, "/console/login/oidc?next=https://evil.example"))
    answer = client.get(f"{back}&next=https://evil.example&redirect_uri=https://evil.example")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


# --- a provider that fails --------------------------------------------------------------------


DOWN: dict[str, tuple[str, httpx.Response | Exception]] = {
    "down": ("openid-configuration", httpx.ConnectError("down")),
    "500": ("openid-configuration", httpx.Response(500)),
    "html": ("openid-configuration", httpx.Response(200, text="<html>")),
    "a list": ("openid-configuration", httpx.Response(200, json=[1])),
    "moved": ("openid-configuration", httpx.Response(302, headers={"Location": "https://evil.example"})),
    "without end": ("openid-configuration", httpx.Response(200, content=b" " * 600_000)),
    "keys slow": ("keys", httpx.ReadTimeout("slow")),
}
ODD: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "without TLS": {"authorization_endpoint": "http://id.company.kz/auth"},
    "no door for codes": {"token_endpoint": None},
    "keys in a script": {"jwks_uri": "javascript:alert(1)"},
    "keys at no port": {"jwks_uri": "https://id.company.kz:x/keys"},
    "a door at half an address": {"authorization_endpoint": "https://[id.company.kz/auth"},
}


def test_a_provider_that_is_down_or_odd_leaves_the_password(house: House, fake: FakeProvider) -> None:
    house.signed_in()
    client, came = house.guest(), {}
    for name in (*DOWN, *ODD):
        later(house, minutes=1)  # not asked again at once
        fake.instead = dict([DOWN[name]]) if name in DOWN else {}
        fake.description = ODD.get(name, {})
        told = client.get("/console/login/oidc")
        came[name] = (told.status_code, "сейчас не работает" in told.text)
    assert came == dict.fromkeys((*DOWN, *ODD), (503, True))
    assert client.post("/console/login", data={"login": "Анна", "password": PASSWORD}).status_code == 303


def test_one_that_is_down_is_not_waited_for_by_everybody(house: House, fake: FakeProvider) -> None:
    fake.instead = {"openid-configuration": httpx.ConnectTimeout("slow")}
    assert house.guest().get("/console/login/oidc").status_code == 503
    fake.instead = {}
    assert house.guest().get("/console/login/oidc").status_code == 503, "for a quarter of a minute"
    later(house, seconds=15)
    assert house.guest().get("/console/login/oidc").status_code == 303


# --- beside the second step -------------------------------------------------------------------


def test_our_second_step_is_not_asked_where_the_provider_has_its_own(
    house: House, fake: FakeProvider
) -> None:
    client = invited(house, fake)
    house.console = replace(house.console, needs_two_steps=True)
    assert is_in(client)
    borya = house.signed_in(Role.ADMIN, "Борис")
    assert borya.get("/console").headers["location"] == f"{ACCOUNT}/two-steps", "of a password it is"


def test_a_link_alone_does_not_go_around_the_second_step(house: House, fake: FakeProvider) -> None:
    """Whoever got hold of a link of somebody with a second step would have come in without the phone."""
    set_up(house, house.signed_in())
    fake.now = house.console.wall.now()
    with house.database.transaction() as session:
        link = link_for(session, house.settings, fake.now, user(house, "Анна"))
    client = house.guest()
    answer = through(fake, client, f"{link.removeprefix('https://qc.example')}/oidc")
    assert (answer.status_code, is_in(client), user(house, "Анна").subject) == (409, False, None)


# --- linking and unlinking --------------------------------------------------------------------


def linking(client: TestClient) -> str:
    """Where the account's page leads to."""
    page = client.get(ACCOUNT).text
    return (
        "/console/account/identity?" + page.split('href="/console/account/identity?', 1)[1].split('"', 1)[0]
    )


def test_linked_and_unlinked_on_the_account_page(each_house: House, each_fake: FakeProvider) -> None:
    client = each_house.signed_in()
    answer = through(each_fake, client, linking(client))
    assert (answer.status_code, answer.headers["location"]) == (303, ACCOUNT)
    assert "Привязан" in client.get(ACCOUNT).text
    other = each_house.guest()
    assert (through(each_fake, other).status_code, is_in(other)) == (303, True)
    token = csrf(client.get(ACCOUNT).text)
    assert client.post("/console/account/identity", data={"csrf": token}).status_code == 303
    assert [is_in(client), is_in(other)] == [True, False]
    assert through(each_fake, each_house.guest()).status_code == 403
    assert client.post("/console/account/identity", data={"csrf": token}).status_code == 409
    actions = [one for _, one, _ in each_house.audit()]
    assert [actions.count(one) for one in ("identity.linked", "identity.unlinked")] == [1, 1]


def test_the_only_way_in_is_kept(house: House, fake: FakeProvider) -> None:
    client = invited(house, fake)
    page = client.get(ACCOUNT).text
    assert "Пароля у вас нет" in page
    assert client.post("/console/account/identity", data={"csrf": csrf(page)}).status_code == 409
    assert user(house, "Анна").subject == "u-1"


def test_who_is_linked_is_no_invited_one_and_may_be_the_last_owner(house: House, fake: FakeProvider) -> None:
    client = invited(house, fake)
    second = house.signed_in(Role.OWNER, "Вера")
    assert "Приглаш" not in client.get("/console/settings/users").text.split("<tbody", 1)[-1]
    assert press(client, user(house, "Вера"), "close")[0] == 200, "Анна can come in without a password"
    assert not is_in(second)


def test_nobody_links_what_is_not_theirs(house: House, fake: FakeProvider) -> None:
    """An address that somebody was sent, a login of yesterday, a browser that was left."""
    client = house.signed_in()
    path = linking(client)
    for forged_path in ("/console/account/identity", f"{path}x", "/console/account/identity?ticket=ы"):
        assert client.get(forged_path).status_code == 400
    assert client.post("/console/account/identity", data={"csrf": "x"}).status_code == 403
    there = away(client, path)
    other = house.signed_in(Role.ADMIN, "Борис")
    other.cookies.set(WAY, client.cookies[WAY], domain="qc.example")
    assert other.get(fake.sign_in(there)).status_code == 401, "begun by Анна, ended by Борис"
    later(house, minutes=10)
    answer = client.get(path)
    assert (answer.status_code, "войдите снова" in answer.text) == (401, True)
    with house.database.reading() as session:
        assert [one.subject for one in session.exec(select(UserRow)).all()] == [None, None]


# --- settings ---------------------------------------------------------------------------------

GOOD = {"issuer": ISSUER, "client_id": "qc", "client_secret": SECRET}


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.company.kz"},
        {"issuer": "https://user:p@id.company.kz"},
        {"issuer": "https://id.company.kz/?a=1"},
        {"issuer": "id.company.kz"},
        {"issuer": "https://"},
        {"issuer": "https://id.company.kz:x"},
        {"client_id": ""},
        {"client_secret": ""},
        {"label": ""},
    ],
    ids=str,
)
def test_settings_that_make_no_sense(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as raised:
        OidcSettings.model_validate({**GOOD, **wrong})
    assert SECRET not in str(raised.value)


def test_the_package_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qc_engine.web.oidc.settings.find_spec", lambda _: None)
    with pytest.raises(ValidationError, match=r"pip install 'qc-engine\[oidc\]'"):
        OidcSettings.model_validate(GOOD)


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_language(house: House, fake: FakeProvider, language: str) -> None:
    client = house.guest()
    client.cookies.set("qc_language", language, domain="qc.example")
    told = client.get("/console/login").text + through(fake, client).text
    assert "oidc." not in told
    assert "Войти через" not in told
    assert "Company ID" in told


def test_what_was_spent_is_cleared_away(house: House, fake: FakeProvider) -> None:
    invited(house, fake)
    house.console.wall.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
    fake.now = house.console.wall.now()
    assert through(fake, house.guest()).status_code == 303
    assert len(rows(house, SpentStateRow)) == 1


@pytest.mark.parametrize(("description", "ok"), [({}, True), ({"issuer": "https://evil.example"}, False)])
def test_the_doctor_asks_whether_it_is_there(
    house: House, fake: FakeProvider, description: dict[str, Any], ok: bool
) -> None:
    fake.description = description
    settings = house.settings.model_copy(update={"console_oidc": OidcSettings.model_validate(GOOD)})
    (finding,) = health.asked(settings, [])
    assert (finding.ok, bool(finding.remedy)) == (ok, not ok)
    assert SECRET not in finding.what
