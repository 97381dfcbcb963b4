"""A local application: let in by a person or by an installation, bound to its events, removed."""

import hmac
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from connectors.bitrix24 import events
from connectors.bitrix24.access.application import Application
from connectors.bitrix24.access.bindings import EVENTS
from connectors.bitrix24.access.connecting import Connecting
from connectors.bitrix24.access.ways import OAuthAccess
from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import FixedClock
from qc_engine.core.events import DealChanged
from qc_engine.ports import Broken, Forbidden, Refused, Request, TryLater, Unsealable
from qc_engine.web.raw import keepable

CLIENT_ID = "local.65f0c4n4ry.1"
MEMBER = "a223c6b3710f85df22e9377d6c4f7553"
HOOK = "https://qc.example/hooks/bitrix24"
CODE = "code-c4n4ry"


@pytest.fixture
def connecting(
    oauth_settings: Bitrix24Settings, access: OAuthAccess, memory: Any, clock: FixedClock
) -> Connecting:
    assert oauth_settings.oauth
    return Connecting(oauth_settings.oauth, access, memory, clock)


@pytest.fixture
def application(
    oauth_settings: Bitrix24Settings, clock: FixedClock, memory: Any, access: OAuthAccess,
    insider: Client, pace: Any, guarded_portal: Any,
) -> Application:  # fmt: skip
    """Connected, with all its bindings."""
    guarded_portal.on("app.info", {"result": {"CODE": CLIENT_ID, "INSTALLED": True}})
    guarded_portal.on("profile", {"result": {"ID": "1", "ADMIN": True}})
    guarded_portal.on("event.get", {"result": [row(event, HOOK) for event in EVENTS]})
    guarded_portal.on("event.bind", True)
    guarded_portal.on("event.unbind", {"result": {"count": 1}})

    def client_with(other: Any) -> Client:
        return Client(oauth_settings, clock, pace, access=other)

    return Application(oauth_settings, clock, memory, access, insider, client_with, HOOK)


@pytest.fixture
def other_process(
    oauth_settings: Bitrix24Settings, clock: FixedClock, memory: Any, access: OAuthAccess, insider: Client
) -> Callable[[], Application]:
    """The same application as another process sees it, such as the doctor's."""
    return lambda: Application(oauth_settings, clock, memory, access, insider, lambda _: insider, HOOK)


@pytest.fixture
def look(application: Application, clock: FixedClock) -> Callable[[], None]:
    poll = application.poll()
    assert poll.every == timedelta(seconds=10)

    def once() -> None:
        polled = poll.run("cursor", clock.now())
        assert (polled.arrivals, polled.cursor, polled.more) == ((), "cursor", False)

    return once


def row(event: str, handler: str, offline: object = 0) -> dict[str, object]:
    return {"event": event, "handler": handler, "auth_type": "0", "offline": offline}


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def back(address: str, **other: str) -> dict[str, str]:
    """What the portal adds to our address when a person has agreed."""
    return {
        "code": CODE, "state": state_of(address), "domain": "portal.example", "member_id": MEMBER,
        "scope": "crm,task", "server_domain": "oauth.example", **other,
    }  # fmt: skip


# --- a person lets us in ------------------------------------------------------------------------------


def test_a_person_opens_the_portals_own_page(connecting: Connecting, memory: Any) -> None:
    first, second = connecting.begin(), connecting.begin()
    assert first.startswith(f"https://portal.example/oauth/authorize/?client_id={CLIENT_ID}&state=")
    assert state_of(first) != state_of(second)
    assert len(state_of(first)) >= 22
    assert memory.sealed == {"tokens", "state"}


def test_the_code_becomes_tokens(connecting: Connecting, desk: Any, access: OAuthAccess, memory: Any) -> None:
    memory.notes.clear()
    desk.codes.add(CODE)
    assert connecting.finish(back(connecting.begin())) == "portal.example"
    assert [(one["grant_type"], one["code"]) for one in desk.asked] == [("authorization_code", CODE)]
    tokens = access.keys.tokens()
    assert tokens is not None
    assert (tokens.access_token, tokens.refresh_token) == ("access-c4n4ry-2", "refresh-c4n4ry-2")
    assert (tokens.member_id, tokens.domain, tokens.application_token) == (MEMBER, "portal.example", "")


def test_what_only_an_installation_tells_is_kept(
    connecting: Connecting, desk: Any, access: OAuthAccess
) -> None:
    desk.codes.add(CODE)
    connecting.finish(back(connecting.begin()))
    tokens = access.keys.tokens()
    assert tokens
    assert (tokens.access_token, tokens.application_token) == ("access-c4n4ry-2", "app-c4n4ry")
    desk.codes.add(CODE)
    desk.member_id = "another portal under the same address"
    connecting.finish(back(connecting.begin()))
    tokens = access.keys.tokens()
    assert tokens
    assert tokens.application_token == ""


@pytest.mark.parametrize(
    "change",
    [
        {"state": ""},
        {"state": "someone else's"},
        {"state": "ключ"},
        {"state": "\ud800"},
        {"domain": "evil.example"},
        {"domain": ""},
        {"domain": "portal.example.evil"},
    ],
)
def test_foreign_ways_back_are_forbidden(
    connecting: Connecting, desk: Any, memory: Any, change: Mapping[str, str]
) -> None:
    desk.codes.add(CODE)
    before = memory.notes["tokens"]
    with pytest.raises(Forbidden) as caught:
        connecting.finish({**back(connecting.begin()), **change})
    assert (desk.asked, memory.notes["tokens"]) == ([], before)
    assert "c4n4ry" not in str(caught.value)


@pytest.mark.parametrize("missing", ["state", "domain"])
def test_ways_back_with_something_missing_are_forbidden(connecting: Connecting, missing: str) -> None:
    query = back(connecting.begin())
    del query[missing]
    with pytest.raises(Forbidden):
        connecting.finish(query)


def test_state_works_once_even_for_two_at_the_same_moment(
    connecting: Connecting, desk: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, read = back(connecting.begin()), memory.read
    all_have_read, outcomes = threading.Barrier(3), list[object]()

    def slowly(name: str) -> str:
        """Whoever may read the state waits a moment for others who may."""
        kept = str(read(name))
        if name == "state":
            with suppress(threading.BrokenBarrierError):
                all_have_read.wait(0.1)
        return kept

    def finish() -> None:
        try:
            outcomes.append(connecting.finish(query))
        except Forbidden as forbidden:
            outcomes.append(forbidden)

    monkeypatch.setattr(memory, "read", slowly)
    desk.codes.add(CODE)
    threads = [threading.Thread(target=finish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(type(one).__name__ for one in outcomes) == ["Forbidden", "Forbidden", "str"]
    assert len(desk.asked) == 1


def test_a_stranger_cannot_use_up_the_state(connecting: Connecting, desk: Any) -> None:
    query = back(connecting.begin())
    for _ in range(3):
        with pytest.raises(Forbidden):
            connecting.finish({**query, "state": "guess"})
    desk.codes.add(CODE)
    assert connecting.finish(query) == "portal.example"


@pytest.mark.parametrize(("minutes", "works"), [(9, True), (10, False), (60, False)])
def test_state_lives_ten_minutes(
    connecting: Connecting, desk: Any, clock: FixedClock, minutes: int, works: bool
) -> None:
    query = back(connecting.begin())
    clock.advance(timedelta(minutes=minutes))
    desk.codes.add(CODE)
    if works:
        connecting.finish(query)
    else:
        with pytest.raises(Forbidden, match="ten minutes"):
            connecting.finish(query)
    assert len(desk.asked) == works


def test_state_is_compared_in_constant_time(connecting: Connecting, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def watched(given: bytes, expected: bytes) -> bool:
        compared.append(given)
        return given == expected

    monkeypatch.setattr(hmac, "compare_digest", watched)
    with pytest.raises(Forbidden):
        connecting.finish({**back(connecting.begin()), "state": "guess"})
    assert compared == [b"guess"]


def test_state_sealed_with_a_lost_key_is_no_state(
    connecting: Connecting, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = back(connecting.begin())

    def sealed(name: str) -> str:
        raise Unsealable("sealed with another key")

    monkeypatch.setattr(memory, "read", sealed)
    with pytest.raises(Forbidden):
        connecting.finish(query)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), Refused),
        (httpx.Response(400, json={"error": "invalid_client"}), Broken),
        (httpx.Response(200, json={"error": "WRONG_CLIENT"}), Broken),
        (httpx.Response(503), TryLater),
        (httpx.ReadTimeout("x"), TryLater),
    ],
)
def test_codes_that_bring_nothing(
    connecting: Connecting, desk: Any, memory: Any, answer: Any, kind: type[Exception]
) -> None:
    before = memory.notes["tokens"]
    desk.trouble.append(answer)
    with pytest.raises(kind) as caught:
        connecting.finish(back(connecting.begin()))
    assert "c4n4ry" not in str(caught.value)
    assert memory.notes["tokens"] == before


def test_a_refusal_without_a_code(connecting: Connecting, desk: Any) -> None:
    with pytest.raises(Refused, match="begin again"):
        connecting.finish(back(connecting.begin(), code=""))
    assert desk.asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://evil.example/rest/"},
        {"endpoint": ""},
        {"endpoint": "http://portal.example/rest/"},
    ],
)
def test_tokens_of_another_portal_are_not_taken(
    connecting: Connecting, desk: Any, memory: Any, wrong: Mapping[str, str]
) -> None:
    before = memory.notes["tokens"]
    desk.codes.add(CODE)
    for name, value in wrong.items():
        setattr(desk, name, value)
    with pytest.raises(Forbidden, match="another portal"):
        connecting.finish(back(connecting.begin()))
    assert memory.notes["tokens"] == before


def test_only_the_portal_with_the_configured_member_id(
    oauth_settings: Bitrix24Settings, access: OAuthAccess, memory: Any, clock: FixedClock, desk: Any
) -> None:
    assert oauth_settings.oauth
    desk.codes |= {CODE}
    strict = Connecting(oauth_settings.oauth, access, memory, clock, member_id="other")
    with pytest.raises(Forbidden, match="another portal"):
        strict.finish(back(strict.begin()))
    desk.codes |= {CODE}
    ours = Connecting(oauth_settings.oauth, access, memory, clock, member_id=MEMBER.upper())
    assert ours.finish(back(ours.begin())) == "portal.example"


def test_a_renamed_portal_lets_us_in_under_its_new_name(
    connecting: Connecting, access: OAuthAccess, desk: Any
) -> None:
    access.moved("https://renamed.example")
    desk.codes.add(CODE)
    desk.endpoint = "https://renamed.example/rest/"
    address = connecting.begin()
    assert address.startswith("https://renamed.example/oauth/authorize/")
    assert connecting.finish(back(address, domain="renamed.example")) == "renamed.example"


# --- an installation ----------------------------------------------------------------------------------


def form(tree: Mapping[str, Any]) -> bytes:
    pairs = {
        f"{name}[{key}]": text
        for name, value in tree.items()
        if isinstance(value, dict)
        for key, text in value.items()
    }
    return urlencode(pairs | {name: value for name, value in tree.items() if isinstance(value, str)}).encode()


def install(pair: Mapping[str, object], **auth: str) -> bytes:
    known = {"application_token": "app-c4n4ry-new", "member_id": MEMBER, "domain": "portal.example"}
    return form({"event": "ONAPPINSTALL", "ts": "1696527000", "auth": {**pair, **known, **auth}})


def send(settings: Bitrix24Settings, application: Application, body: bytes, path: str = "install") -> None:
    request = Request(path, {"content-type": "application/x-www-form-urlencoded"}, body)
    assert events.parse(settings, request, application) == []


def test_an_installation_is_believed_when_our_portal_confirms_it(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any, desk: Any, look: Any,
    access: OAuthAccess, guarded_portal: Any,
) -> None:  # fmt: skip
    memory.notes.clear()
    send(oauth_settings, application, install(desk.next_pair()))
    assert guarded_portal.requests == []  # the portal waits for our answer: nothing slow here
    assert set(memory.notes) == {"pending"} <= memory.sealed
    with pytest.raises(Broken, match="not connected"):
        access.params()
    look()
    tokens = access.keys.tokens()
    assert tokens is not None
    assert (tokens.access_token, tokens.application_token) == ("access-c4n4ry-2", "app-c4n4ry-new")
    assert tokens.client_endpoint == "https://portal.example/rest/"
    assert json.loads(memory.notes["pending"]) == []
    assert guarded_portal.requests[0] == ("app.info", {"auth": "access-c4n4ry-2"})


def test_vendor_sample_of_an_installation(
    oauth_settings: Bitrix24Settings, clock: FixedClock, memory: Any, access: OAuthAccess, insider: Client,
    sample: Callable[[str], Any], wire: Any, pace: Any,
) -> None:  # fmt: skip
    assert oauth_settings.oauth
    at_home = oauth_settings.oauth.model_copy(update={"portal": "https://some-domain.bitrix24.ru"})
    settings = oauth_settings.model_copy(update={"oauth": at_home})
    access = OAuthAccess(at_home, memory, clock, httpx.Client())
    memory.notes.clear()
    application = Application(
        settings, clock, memory, access, insider, lambda one: Client(settings, clock, pace, access=one), HOOK
    )
    wire.post("https://some-domain.bitrix24.ru/rest/app.info").respond(json={"result": {"CODE": CLIENT_ID}})
    wire.post(url__startswith="https://portal.example/").respond(json={"result": []})
    send(settings, application, form(sample("event-onappinstall.json")), path="")
    application.poll().run("", clock.now())
    tokens = access.keys.tokens()
    assert tokens is not None
    assert tokens.application_token == "51856fefc120afa4b628cc82d3935cce"
    assert tokens.access_token == "s6p6eclrvim6da22ft9ch94ekreb52lv"


@pytest.mark.parametrize(
    "auth",
    [
        {"domain": "evil.example"},
        {"domain": ""},
        {"access_token": ""},
        {"refresh_token": ""},
    ],
)
def test_installations_that_cannot_be_ours_are_forbidden(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any, desk: Any, auth: dict[str, str]
) -> None:
    with pytest.raises(Forbidden):
        send(oauth_settings, application, install(desk.next_pair(), **auth))
    assert "pending" not in memory.notes


def test_installation_at_a_portal_with_another_member_id(
    oauth_settings: Bitrix24Settings,
    clock: FixedClock,
    memory: Any,
    access: OAuthAccess,
    insider: Client,
    desk: Any,
) -> None:
    settings = oauth_settings.model_copy(update={"member_id": MEMBER})
    strict = Application(settings, clock, memory, access, insider, lambda _: insider, HOOK)
    with pytest.raises(Forbidden, match="member_id"):
        send(settings, strict, install(desk.next_pair(), member_id="other"))
    send(settings, strict, install(desk.next_pair()))
    assert "pending" in memory.notes


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("app.info", {"result": {"CODE": "local.somebody.else"}}),
        ("app.info", {"result": []}),
        ("profile", {"result": {"ID": "7", "ADMIN": False}}),
        ("profile", {"result": {"ID": "7"}}),
    ],
)
def test_tokens_of_others_never_replace_ours(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any, desk: Any, look: Any,
    access: OAuthAccess, guarded_portal: Any, method: str, answer: object,
) -> None:  # fmt: skip
    before = access.keys.tokens()
    guarded_portal.on(method, answer)
    send(oauth_settings, application, install(desk.next_pair()))
    look()
    assert access.keys.tokens() == before
    assert json.loads(memory.notes["pending"]) == []


def test_made_up_tokens_are_asked_about_three_times(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any, look: Any, access: OAuthAccess,
    wire: Any, guarded_portal: Any,
) -> None:  # fmt: skip
    before = access.keys.tokens()
    made_up = {
        "access_token": "made-up",
        "refresh_token": "made-up",
        "client_endpoint": "https://evil.example/rest/",
    }
    send(oauth_settings, application, install(made_up))
    for _ in range(6):
        look()
    asked = [call for call in wire.calls if b"made-up" in call.request.content]
    assert [str(call.request.url) for call in asked] == ["https://portal.example/rest/app.info"] * 3
    assert access.keys.tokens() == before


def test_a_portal_that_is_down_is_asked_until_it_answers(
    oauth_settings: Bitrix24Settings, application: Application, desk: Any, look: Any, access: OAuthAccess,
    guarded_portal: Any, failed: Any,
) -> None:  # fmt: skip
    guarded_portal.on("app.info", failed("INTERNAL_SERVER_ERROR", status=500))
    send(oauth_settings, application, install(desk.next_pair()))
    for _ in range(5):
        look()
    guarded_portal.on("app.info", {"result": {"CODE": CLIENT_ID}})
    look()
    tokens = access.keys.tokens()
    assert tokens
    assert tokens.access_token == "access-c4n4ry-2"


def test_an_unconfirmed_installation_is_forgotten_with_its_access_token(
    oauth_settings: Bitrix24Settings, application: Application, desk: Any, look: Any, clock: FixedClock,
    guarded_portal: Any,
) -> None:  # fmt: skip
    send(oauth_settings, application, install(desk.next_pair()))
    clock.advance(timedelta(hours=1))
    look()
    assert guarded_portal.sent("app.info") == []


def test_a_flood_of_claims_is_held_at_the_newest_five(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any
) -> None:
    for number in range(20):
        send(oauth_settings, application, install({"access_token": f"a{number}", "refresh_token": "r"}))
    kept = [json.loads(one["tokens"])["access_token"] for one in json.loads(memory.notes["pending"])]
    assert kept == ["a19", "a18", "a17", "a16", "a15"]


def test_an_installation_at_the_renamed_portal(
    oauth_settings: Bitrix24Settings, application: Application, desk: Any, look: Any, access: OAuthAccess,
    wire: Any, guarded_portal: Any, memory: Any,
) -> None:  # fmt: skip
    memory.notes.clear()
    wire["home"].mock(httpx.Response(302, headers={"Location": "https://renamed.example/rest/app.info"}))
    wire.post(url__startswith="https://renamed.example/rest/").mock(
        side_effect=desk.guard(guarded_portal.handle)
    )
    send(oauth_settings, application, install(desk.next_pair()))
    look()
    tokens = access.keys.tokens()
    assert tokens
    assert (access.renamed_to, tokens.client_endpoint) == (
        "https://renamed.example",
        "https://renamed.example/rest/",
    )


# --- bindings -----------------------------------------------------------------------------------------


def test_missing_bindings_are_made_and_former_addresses_given_up(look: Any, guarded_portal: Any) -> None:
    theirs = row("ONCRMDEALADD", "https://other.example/handler")
    guarded_portal.on(
        "event.get",
        {"result": [
            row("OnCrmDealAdd", HOOK), row("ONTASKUPDATE", "https://old.example/hooks/bitrix24"), theirs,
            row("ONCRMDEALUPDATE", HOOK, offline=1), row("ONCRMLEADADD", "https://old.example/hooks/bitrix24"),
        ]},
    )  # fmt: skip
    look()
    bound = [(one["event"], one["handler"]) for one in guarded_portal.sent("event.bind")]
    assert bound == [(event, HOOK) for event in EVENTS if event != "ONCRMDEALADD"]
    unbound = [(one["event"], one["handler"]) for one in guarded_portal.sent("event.unbind")]
    assert unbound == [("ONTASKUPDATE", "https://old.example/hooks/bitrix24")]


def test_bindings_are_looked_at_every_hour_and_after_an_installation(
    look: Any, guarded_portal: Any, clock: FixedClock, access: OAuthAccess, desk: Any
) -> None:
    def looked() -> int:
        look()
        return len(guarded_portal.sent("event.get"))

    assert [looked() for _ in range(3)] == [1, 1, 1]
    clock.advance(timedelta(minutes=59))
    assert looked() == 1
    clock.advance(timedelta(minutes=1))
    assert looked() == 2
    clock.advance(timedelta(minutes=1))
    tokens = access.keys.tokens()
    assert tokens
    access.keys.adopt(tokens)
    assert looked() == 3
    assert guarded_portal.sent("event.bind") == []


def test_a_renewed_token_is_no_new_installation(look: Any, guarded_portal: Any, access: OAuthAccess) -> None:
    look()
    access.refresh({"auth": "access-c4n4ry-1"})
    look()
    assert len(guarded_portal.sent("event.get")) == 1


def test_binding_twice_is_fine_and_an_unknown_event_stops_nothing(
    other_process: Callable[[], Application], look: Any, guarded_portal: Any, failed: Any
) -> None:
    def bind(params: Mapping[str, Any]) -> object:
        if params["event"] == "ONCRMDEALMOVETOCATEGORY":
            raise failed("ERROR_EVENT_NOT_FOUND", "Event not found")
        raise failed("ERROR_HANDLER_ALREADY_EXIST", "Handler already exists!")

    guarded_portal.on("event.get", {"result": []})
    guarded_portal.on("event.bind", bind)
    look()
    assert len(guarded_portal.sent("event.bind")) == len(EVENTS)
    told = [one.what for one in other_process().findings() if not one.ok]
    assert told == ["Портал не сообщает о событии ONCRMDEALMOVETOCATEGORY"]


def test_bindings_that_fail_are_told_and_tried_again_later(
    application: Application, look: Any, guarded_portal: Any, failed: Any, clock: FixedClock
) -> None:
    guarded_portal.on("event.get", failed("ACCESS_DENIED", "Access denied!", 403))
    look()
    look()
    assert len(guarded_portal.sent("event.get")) == 1
    assert [
        "Подписки на события не проверены" in one.what for one in application.findings() if not one.ok
    ] == [True]
    guarded_portal.on("event.get", {"result": [row(event, HOOK) for event in EVENTS]})
    clock.advance(timedelta(minutes=5))
    look()
    assert [one.ok for one in application.findings()] == [True]


def test_nobody_is_asked_before_we_are_let_in(
    application: Application, look: Any, guarded_portal: Any, memory: Any
) -> None:
    memory.notes.clear()
    look()
    assert guarded_portal.requests == []
    [finding] = application.findings()
    assert not finding.ok
    assert "./qc bitrix24 connect" in finding.remedy


def test_without_its_token_the_doctor_says_that_events_do_not_come(
    application: Application, access: OAuthAccess, memory: Any
) -> None:
    memory.notes["tokens"] = json.dumps({**json.loads(memory.notes["tokens"]), "application_token": ""})
    [finding] = application.findings()
    assert (finding.ok, HOOK + "/install" in finding.remedy) == (False, True)


# --- events and removal -------------------------------------------------------------------------------


def event(name: str, token: str = "app-c4n4ry", **auth: str) -> bytes:
    known = {"application_token": token, "member_id": MEMBER, "domain": "portal.example"}
    data = {"event": name, "ts": "1772618400", "data[FIELDS][ID]": "7405"}
    return form({**data, "auth": {"access_token": "access-c4n4ry-9", **known, **auth}})


def parse(settings: Bitrix24Settings, application: Application, body: bytes) -> list[object]:
    return [one.event for one in events.parse(settings, Request("", {}, body), application)]


def test_events_of_the_installation_are_understood(
    oauth_settings: Bitrix24Settings, application: Application, access: OAuthAccess
) -> None:
    assert parse(oauth_settings, application, event("ONCRMDEALADD")) == [DealChanged(7405)]
    assert parse(oauth_settings, application, event("ONCRMDEALMOVETOCATEGORY")) == [DealChanged(7405)]
    access.moved("https://renamed.example")
    renamed = event("ONCRMDEALADD", domain="renamed.example")
    assert parse(oauth_settings, application, renamed) == [DealChanged(7405)]


def test_an_outgoing_webhook_of_the_same_portal_is_understood_too(
    oauth_settings: Bitrix24Settings, application: Application
) -> None:
    both = Bitrix24Settings.model_validate({"oauth": oauth_settings.oauth, "application_token": "outgoing"})
    for token in ("outgoing", "app-c4n4ry"):
        assert parse(both, application, event("ONCRMDEALADD", token)) == [DealChanged(7405)]
    with pytest.raises(Forbidden):
        parse(both, application, event("ONCRMDEALADD", "neither"))


@pytest.mark.parametrize(
    "body",
    [
        event("ONCRMDEALADD", "wrong"),
        event("ONCRMDEALADD", ""),
        event("ONCRMDEALADD", member_id="another"),
        event("ONCRMDEALADD", member_id=""),
        event("ONCRMDEALADD", domain="evil.example"),
        event("ONCRMDEALADD", domain=""),
        event("ONAPPUNINSTALL", "wrong"),
        event("ONAPPUNINSTALL", member_id="another"),
    ],
)
def test_events_of_others_are_forbidden(
    oauth_settings: Bitrix24Settings, application: Application, access: OAuthAccess, body: bytes
) -> None:
    with pytest.raises(Forbidden):
        parse(oauth_settings, application, body)
    assert access.keys.tokens() is not None


@pytest.mark.parametrize("token", ["", "app-c4n4ry"])
def test_before_the_installation_no_event_is_believed(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any, token: str
) -> None:
    memory.notes.clear()
    with pytest.raises(Forbidden):
        parse(oauth_settings, application, event("ONCRMDEALADD", token))


def test_lost_key_lets_no_event_in(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sealed(name: str) -> str:
        raise Unsealable("sealed with another key")

    monkeypatch.setattr(memory, "read", sealed)
    with pytest.raises(Forbidden):
        parse(oauth_settings, application, event("ONCRMDEALADD"))


def test_removal_erases_the_tokens_and_breaks_the_connection(
    oauth_settings: Bitrix24Settings, application: Application, memory: Any, insider: Client, look: Any,
    guarded_portal: Any, desk: Any, connecting: Connecting,
) -> None:  # fmt: skip
    assert parse(oauth_settings, application, event("ONAPPUNINSTALL")) == []
    assert "c4n4ry" not in memory.notes["tokens"]
    with pytest.raises(Broken, match=r"was removed.*\./qc bitrix24 connect"):
        insider.call("profile", {})
    look()
    assert guarded_portal.requests == []
    assert [one.ok for one in application.findings()] == [False]
    desk.codes.add(CODE)
    connecting.finish(back(connecting.begin()))
    assert insider.call("profile", {}).result == {"ID": "1", "ADMIN": True}


def test_an_old_removal_that_comes_again_removes_nothing(
    oauth_settings: Bitrix24Settings, application: Application, access: OAuthAccess, clock: FixedClock
) -> None:
    old = event("ONAPPUNINSTALL").replace(b"1772618400", b"%d" % (clock.now().timestamp() - 60))
    assert parse(oauth_settings, application, old) == []
    assert access.keys.tokens() is not None


# --- secrets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["event-onappinstall.json", "event-app-oncrmdealadd.json"])
@pytest.mark.parametrize("spelled", [str, lambda text: text.replace("%5B", "[").replace("%5D", "]")])
def test_no_token_of_an_event_is_kept_in_the_inbox(
    sample: Callable[[str], Any], name: str, spelled: Callable[[str], str]
) -> None:
    tree = sample(name)
    body = spelled(form(tree).decode())
    kept = keepable(body.encode())
    secrets = [value for key, value in tree["auth"].items() if key.endswith("_token")]
    assert len(secrets) >= 2
    assert all(secret in body and secret not in kept for secret in secrets)
    assert kept.count("[removed]") == len(secrets)
    assert tree["auth"]["member_id"] in kept


def test_no_secret_in_any_log(
    oauth_settings: Bitrix24Settings, application: Application, connecting: Connecting, desk: Any, look: Any,
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level("DEBUG")
    address = connecting.begin()
    desk.codes.add(CODE)
    connecting.finish(back(address))
    with pytest.raises(Forbidden) as caught:
        connecting.finish(back(address))
    send(
        oauth_settings,
        application,
        install({"access_token": "made-up-s3cr3t", "refresh_token": "made-up-s3cr3t"}),
    )
    look()
    send(oauth_settings, application, install(desk.next_pair()))
    look()
    parse(
        oauth_settings,
        application,
        event("ONAPPUNINSTALL", "app-c4n4ry-new").replace(b"1772618400", b"9" * 10),
    )
    printed = capsys.readouterr()
    everything = caplog.text + printed.out + printed.err + str(caught.value)
    assert "the application was removed" in everything
    assert "grant_type=authorization_code" in everything
    for secret in (
        CODE,
        "client-c4n4ry",
        "access-c4n4ry",
        "refresh-c4n4ry",
        "app-c4n4ry",
        "s3cr3t",
        state_of(address),
    ):
        assert secret not in everything
