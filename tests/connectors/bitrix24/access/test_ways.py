"""Two ways into a portal: what travels with a call, and how a token is renewed."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.bitrix24.access.oauth import OAuthServer
from connectors.bitrix24.access.tokens import Tokens, dump, granted, load
from connectors.bitrix24.access.ways import OAuthAccess, WebhookAccess
from connectors.bitrix24.calls.addresses import is_one_of, origin_of
from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import FixedClock, SystemClock
from qc_engine.ports import Broken, TryLater, Unsealable
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory

METHOD = "crm.item.get"


def tokens_in(memory: Any) -> Any:
    return json.loads(memory.notes["tokens"])


def expire(desk: Any) -> None:
    desk.alive.clear()


# --- what travels with a call ------------------------------------------------------------------------


def test_webhook_is_its_address(settings: Bitrix24Settings) -> None:
    access = WebhookAccess(settings)
    assert access.origin() + access.path("profile") == "https://portal.example/rest/1/s3cr3tcanary/profile"
    assert access.params() == {}
    assert "s3cr3tcanary" not in repr(access)
    with pytest.raises(Broken, match="cannot be renewed"):
        access.refresh({})


def test_token_travels_in_the_body_and_never_in_the_address(
    guarded_portal: Any, insider: Client, wire: Any
) -> None:
    guarded_portal.on(METHOD, 5)
    assert insider.call(METHOD, {"id": 1, "auth": "not ours"}).result == 5
    assert guarded_portal.requests == [(METHOD, {"id": 1, "auth": "access-c4n4ry-1"})]
    assert [str(call.request.url) for call in wire.calls] == [f"https://portal.example/rest/{METHOD}"]


# --- renewing -----------------------------------------------------------------------------------------


def test_nothing_is_renewed_before_the_portal_says_so(
    guarded_portal: Any, insider: Client, desk: Any, clock: FixedClock
) -> None:
    guarded_portal.on(METHOD, 5)
    for _ in range(3):
        clock.advance(timedelta(hours=2))  # long after the hour that the server promised
        insider.call(METHOD, {})
    assert desk.asked == []


def test_expired_token_is_renewed_once_and_the_call_repeated(
    guarded_portal: Any, insider: Client, desk: Any, pace: Any, memory: Any
) -> None:
    guarded_portal.on(METHOD, 5)
    expire(desk)
    assert [insider.call(METHOD, {}).result for _ in range(2)] == [5, 5]
    assert [(one["grant_type"], one["refresh_token"]) for one in desk.asked] == [
        ("refresh_token", "refresh-c4n4ry-1")
    ]
    assert pace.slots == 3  # the failed call, its repetition, the second call; not the OAuth server
    kept = tokens_in(memory)
    assert (kept["access_token"], kept["refresh_token"]) == ("access-c4n4ry-2", "refresh-c4n4ry-2")
    assert (kept["application_token"], kept["domain"]) == ("app-c4n4ry", "portal.example")
    assert "tokens" in memory.sealed


def test_new_tokens_are_written_before_they_are_used(
    guarded_portal: Any, insider: Client, desk: Any, memory: Any
) -> None:
    known: list[str] = []

    def answer(_: object) -> int:
        known.append(tokens_in(memory)["refresh_token"])
        return 5

    guarded_portal.on(METHOD, answer)
    expire(desk)
    insider.call(METHOD, {})
    assert known == ["refresh-c4n4ry-2"]


def test_crash_between_renewal_and_use_loses_nothing(
    guarded_portal: Any, access: OAuthAccess, desk: Any, memory: Any, clock: FixedClock, restarted: Any
) -> None:
    expire(desk)
    access.refresh({"auth": "access-c4n4ry-1"})
    # Here the process dies; another one begins with what the memory holds.
    guarded_portal.on(METHOD, 5)
    assert restarted().call(METHOD, {}).result == 5
    assert len(desk.asked) == 1


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_fifty_calls_of_several_processes_cost_one_renewal(
    guarded_portal: Any, desk: Any, database: Database, clock: FixedClock, together: Any,
    oauth_settings: Bitrix24Settings, processes: int, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A refresh token is worth something once: whoever comes second with it would be shut out."""
    assert oauth_settings.oauth
    databases = [Database(database.url) for _ in range(processes)]
    ways = [_process(oauth_settings.oauth, one, clock) for one in databases]
    ways[0].keys.adopt(
        Tokens(desk.access_token, desk.refresh_token, desk.endpoint, desk.member_id, "portal.example")
    )
    failed, renew = dict(ways[-1].params()), OAuthServer.refresh

    def slowly(server: OAuthServer, token: str) -> Tokens:
        SystemClock().sleep(0.05)  # so that the others come to the same door meanwhile
        return renew(server, token)

    monkeypatch.setattr(OAuthServer, "refresh", slowly)
    expire(desk)
    assert together(50, lambda number: ways[number % processes].refresh(failed)) == [None] * 50
    assert len(desk.asked) == 1
    assert {one.params()["auth"] for one in ways} == {"access-c4n4ry-2"}
    for one in databases:
        one.close()


def _process(oauth: Any, database: Database, clock: FixedClock) -> OAuthAccess:
    """With connections of its own, as another process has them."""
    memory = DatabaseMemory(database, clock, "key", "bitrix24:")
    return OAuthAccess(oauth, memory, clock, httpx.Client())


def test_many_calls_that_expire_together_cost_one_renewal(
    guarded_portal: Any, insider: Client, desk: Any, access: OAuthAccess, together: Any
) -> None:
    guarded_portal.on(METHOD, lambda params: params["id"])
    expire(desk)
    failed = {"auth": "access-c4n4ry-1"}
    assert together(12, lambda number: access.refresh(failed)) == [None] * 12
    assert len(desk.asked) == 1
    expire(desk)
    assert together(12, lambda number: insider.call(METHOD, {"id": number}).result) == list(range(12))
    assert len(desk.asked) == 2


class Turn:
    """A lock that tells when so many threads have come to it."""

    def __init__(self, count: int) -> None:
        self.all_there = threading.Event()
        self._lock, self._coming = threading.Lock(), iter(range(count - 1, -1, -1))

    def __enter__(self) -> None:
        if next(self._coming, None) == 0:
            self.all_there.set()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_those_who_waited_for_a_failed_renewal_do_not_repeat_it(
    access: OAuthAccess, desk: Any, together: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, asked = Turn(6), []

    def down(request: httpx.Request) -> httpx.Response:
        asked.append(turn.all_there.wait(10))
        raise httpx.ConnectError("down")

    monkeypatch.setattr(access, "_turn", turn)
    monkeypatch.setattr(access.server, "_http", httpx.Client(transport=httpx.MockTransport(down)))
    outcomes = together(6, lambda number: access.refresh({"auth": "access-c4n4ry-1"}))
    assert [type(outcome) for outcome in outcomes] == [TryLater] * 6
    assert asked == [True]
    with pytest.raises(TryLater):  # who comes later asks again: the network may be back
        access.refresh({"auth": "access-c4n4ry-1"})
    assert len(asked) == 2


@pytest.mark.parametrize("word", ["expired_token", "EXPIRED_TOKEN", "invalid_token"])
def test_two_words_ask_for_a_renewal(wire: Any, insider: Client, desk: Any, word: str) -> None:
    answers = [httpx.Response(401, json={"error": word}), httpx.Response(200, json={"result": 5})]
    wire.post(f"https://portal.example/rest/{METHOD}").mock(side_effect=answers)
    assert insider.call(METHOD, {}).result == 5
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"error": "NO_AUTH_FOUND"}'),
        (401, b'{"error": "authorization_error"}'),
        (401, b'{"error": "ERROR_OAUTH"}'),
        (401, b'{"error": "APPLICATION_NOT_FOUND"}'),
        (401, b'{"error": "insufficient_scope"}'),
        (401, b"<html>"),
        (401, b"["),
        (401, b"[" * 100_000),
    ],
)
def test_nothing_else_does(wire: Any, insider: Client, desk: Any, status: int, body: bytes) -> None:
    wire.post(f"https://portal.example/rest/{METHOD}").respond(status, content=body)
    with pytest.raises(Broken):
        insider.call(METHOD, {})
    assert desk.asked == []


def test_token_that_is_refused_twice_is_broken(wire: Any, insider: Client, desk: Any) -> None:
    route = wire.post(f"https://portal.example/rest/{METHOD}").respond(401, json={"error": "invalid_token"})
    with pytest.raises(Broken):
        insider.call(METHOD, {})
    assert (route.call_count, len(desk.asked)) == (2, 1)


# --- what the OAuth server answers --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), Broken, "./qc bitrix24 connect"),
        (httpx.Response(400, json={"error": "invalid_client"}), Broken, "client_secret is wrong"),
        (httpx.Response(200, json={"error": "WRONG_CLIENT"}), Broken, "client_secret is wrong"),
        (httpx.Response(401, json={"error": "NOT_INSTALLED"}), Broken, "not installed"),
        (httpx.Response(401, json={"error": "PAYMENT_REQUIRED"}), Broken, "subscription has ended"),
        (httpx.Response(403, json={"error": "invalid_scope"}), Broken, "lacks rights"),
        (httpx.Response(403, json={"error": "insufficient_scope"}), Broken, "lacks rights"),
        (httpx.Response(400, json={"error": "invalid_request"}), Broken, "does not understand"),
        (httpx.Response(400, json={"error": "c4n4ry"}), Broken, "./qc bitrix24 connect"),
        (httpx.Response(302, headers={"Location": "https://evil.example/?c4n4ry"}), Broken, "HTTP 302"),
        (httpx.Response(404, content=b"<html>"), Broken, "HTTP 404"),
        (httpx.Response(200, json={"access_token": "c4n4ry"}), TryLater, "no sense"),
        (httpx.Response(200, content=b"<html>"), TryLater, "no sense"),
        (httpx.Response(200, content=b"x" * 100_000), TryLater, "does not end"),
        (httpx.Response(429, content=b""), TryLater, "HTTP 429"),
        (httpx.Response(503, content=b"<html>"), TryLater, "HTTP 503"),
        (httpx.ConnectError("c4n4ry"), TryLater, "ConnectError"),
        (httpx.ReadTimeout("c4n4ry"), TryLater, "ReadTimeout"),
        (httpx.ReadError("c4n4ry"), TryLater, "ReadError"),
        (httpx.DecodingError("c4n4ry"), TryLater, "DecodingError"),
    ],
)
def test_answers_of_the_oauth_server(
    guarded_portal: Any, insider: Client, desk: Any, memory: Any,
    answer: httpx.Response | Exception, kind: type[Exception], says: str
) -> None:  # fmt: skip
    guarded_portal.on(METHOD, 5)
    expire(desk)
    desk.trouble.append(answer)
    with pytest.raises(kind) as caught:
        insider.call(METHOD, {})
    assert says in str(caught.value)
    assert "c4n4ry" not in str(caught.value)
    assert (caught.value.__cause__, guarded_portal.requests, memory.writes) == (None, [], [])


def test_lost_answer_is_asked_again_with_the_old_token(
    guarded_portal: Any, insider: Client, desk: Any
) -> None:
    guarded_portal.on(METHOD, 5)
    expire(desk)
    desk.trouble.append(httpx.ReadTimeout("lost"))
    with pytest.raises(TryLater):
        insider.call(METHOD, {})
    assert insider.call(METHOD, {}).result == 5
    assert [one["refresh_token"] for one in desk.asked] == ["refresh-c4n4ry-1"] * 2


def test_refused_renewal_is_not_tried_again_at_once(
    guarded_portal: Any, insider: Client, desk: Any, clock: FixedClock
) -> None:
    guarded_portal.on(METHOD, 5)
    expire(desk)
    desk.trouble += [httpx.Response(401, json={"error": "PAYMENT_REQUIRED"})]
    for _ in range(5):
        with pytest.raises(Broken, match="subscription has ended"):
            insider.call(METHOD, {})
    assert len(desk.asked) == 1
    clock.advance(timedelta(minutes=6))
    assert insider.call(METHOD, {}).result == 5  # they have paid
    assert len(desk.asked) == 2


def test_another_process_was_quicker(
    guarded_portal: Any, insider: Client, access: OAuthAccess, desk: Any, memory: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    guarded_portal.on(METHOD, 5)
    theirs = desk.next_pair()

    def meanwhile(request: httpx.Request) -> httpx.Response:
        memory.notes["tokens"] = json.dumps({**tokens_in(memory), **theirs})
        return httpx.Response(400, json={"error": "invalid_grant"})

    http = httpx.Client(transport=httpx.MockTransport(meanwhile))
    monkeypatch.setattr(access.server, "_http", http)
    assert insider.call(METHOD, {}).result == 5


def test_tokens_that_the_database_did_not_take_are_not_lost(
    guarded_portal: Any, insider: Client, desk: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded_portal.on(METHOD, 5)
    expire(desk)

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(memory, "write", full)
        with pytest.raises(OSError, match="disk full"):
            insider.call(METHOD, {})
    assert insider.call(METHOD, {}).result == 5
    assert len(desk.asked) == 1  # the old refresh token would have been refused
    assert tokens_in(memory)["refresh_token"] == "refresh-c4n4ry-2"


def test_removal_during_a_renewal_stays(
    access: OAuthAccess, desk: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(request: httpx.Request) -> httpx.Response:
        access.keys.forget()
        return httpx.Response(200, json=desk.next_pair())

    http = httpx.Client(transport=httpx.MockTransport(meanwhile))
    monkeypatch.setattr(access.server, "_http", http)
    access.refresh({"auth": "access-c4n4ry-1"})
    assert "c4n4ry" not in memory.notes["tokens"]
    with pytest.raises(Broken, match="removed"):
        access.params()


def test_tokens_of_another_portal_are_not_taken(access: OAuthAccess, desk: Any, memory: Any) -> None:
    expire(desk)
    desk.member_id = "another"
    with pytest.raises(Broken, match="another portal"):
        access.refresh({"auth": "access-c4n4ry-1"})
    assert memory.writes == []


def test_without_tokens_it_says_what_to_do(access: OAuthAccess, memory: Any, desk: Any) -> None:
    memory.notes.clear()
    with pytest.raises(Broken, match=r"not connected yet: ./qc bitrix24 connect"):
        access.params()


def test_lost_key_is_a_broken_connection(
    access: OAuthAccess, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sealed(name: str) -> str:
        raise Unsealable("sealed with another key: do this")

    with monkeypatch.context() as patch:
        patch.setattr(memory, "read", sealed)
        with pytest.raises(Broken, match="sealed with another key: do this"):
            access.params()
        access.keys.adopt(Tokens("a", "r"))  # connecting again is the way out
    assert access.params() == {"auth": "a"}


# --- where the portal is ------------------------------------------------------------------------------


def test_new_address_outlives_the_process_unless_a_person_writes_another_one(
    access: OAuthAccess, memory: Any, clock: FixedClock, oauth_settings: Bitrix24Settings
) -> None:
    assert (access.renamed_to, memory.writes) == ("", [])
    access.moved("https://renamed.example")
    assert oauth_settings.oauth
    again = OAuthAccess(oauth_settings.oauth, memory, clock, httpx.Client())
    assert again.origin() == again.renamed_to == "https://renamed.example"
    assert again.origins() == ("https://portal.example", "https://renamed.example")
    corrected = oauth_settings.oauth.model_copy(update={"portal": "https://other.example"})
    assert OAuthAccess(corrected, memory, clock, httpx.Client()).origin() == "https://other.example"


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://renamed.example/rest/", "https://renamed.example"),
        ("https://portal.example/rest/", "https://portal.example"),
        ("http://renamed.example/rest/", "https://portal.example"),
        ("", "https://portal.example"),
    ],
)
def test_renewal_tells_a_new_address(access: OAuthAccess, desk: Any, endpoint: str, origin: str) -> None:
    desk.endpoint = endpoint
    access.refresh({"auth": "access-c4n4ry-1"})
    assert access.origin() == origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Portal.Example/rest/1/x/", "https://portal.example"),
        ("https://portal.example:443", "https://portal.example"),
        ("https://portal.example:8443/", "https://portal.example:8443"),
        ("http://127.0.0.1:9000/rest/", "http://127.0.0.1:9000"),
        ("http://[::1]:9000/", "http://[::1]:9000"),
        ("http://localhost:80/", "http://localhost"),
        ("http://portal.example/", ""),
        ("http://127.0.0.1.evil.example/", ""),
        ("https://me@portal.example/", ""),
        ("https://portal.example:port/", ""),
        ("https://[::1", ""),
        ("//portal.example/", ""),
        ("/auth/", ""),
        ("ftp://localhost/", ""),
        ("", ""),
    ],
)
def test_where_a_secret_may_go(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_a_domain_may_be_written_with_or_without_its_port() -> None:
    ours = ("https://portal.example", "http://127.0.0.1:9000")
    assert all(
        is_one_of(name, ours) for name in ("portal.example", "PORTAL.example", "127.0.0.1:9000", "127.0.0.1")
    )
    assert not any(
        is_one_of(name, ours) for name in ("", "evil.example", "portal.example.evil", "127.0.0.1:9001")
    )


# --- the tokens themselves ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("oauth-token-response.json", ("s1morf609228iwyjjpvfv6wsvuja4p8u", "4f9k4jpmg13usmybzuqknt2v9fh0q6rl", 0)),
        ("oauth-refresh-response.json", ("ydtj8pho532wydb5ixk78ol7uqlb7sch", "3s6lr4kr3cv2od4v853gvrchb875bwxb", 1780319382)),
    ],
)  # fmt: skip
def test_vendor_samples(sample: Callable[[str], Any], name: str, tokens: tuple[str, str, int]) -> None:
    read = granted(sample(name))
    assert read is not None
    assert (read.access_token, read.refresh_token, read.expires) == tokens
    assert (read.client_endpoint, read.member_id) == (
        "https://portal.bitrix24.ru/rest/",
        "a223c6b3710f85df22e9377d6c4f7553",
    )
    assert load(dump(read)) == read
    assert not any(secret in repr(read) for secret in tokens[:2] if secret)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"access_token": "x"}', '{"removed": true}'])
def test_no_tokens(text: str) -> None:
    assert load(text) is None


def test_no_secret_reaches_a_log_or_an_exception(
    guarded_portal: Any, insider: Client, desk: Any, caplog: pytest.LogCaptureFixture, access: OAuthAccess
) -> None:
    caplog.set_level(logging.DEBUG)
    guarded_portal.on(METHOD, 5)
    told = []
    for trouble in (
        httpx.ReadError("x"),
        httpx.Response(503),
        httpx.Response(400, json={"error": "invalid_grant"}),
    ):
        expire(desk)
        desk.trouble.append(trouble)
        with pytest.raises((TryLater, Broken)) as caught:
            insider.call(METHOD, {})
        told += [str(caught.value), repr(caught.value)]
        assert caught.value.__cause__ is None
    assert "oauth/token/?grant_type=refresh_token" in caplog.text
    everything = caplog.text + " ".join(told) + repr(access.keys.tokens()) + repr(insider) + repr(access)
    assert "client-c4n4ry" not in everything
    assert "refresh-c4n4ry" not in everything
    assert "access-c4n4ry" not in everything


# --- helpers ------------------------------------------------------------------------------------------


@pytest.fixture
def together() -> Callable[[int, Callable[[int], object]], list[object]]:
    """Runs one piece of work on many threads at the same moment; their results or exceptions, in order."""

    def run(count: int, work: Callable[[int], object]) -> list[object]:
        start, outcomes = threading.Barrier(count), dict[int, object]()

        def one(number: int) -> None:
            start.wait(10)
            try:
                outcomes[number] = work(number)
            except Exception as failure:  # noqa: BLE001  the test looks at it
                outcomes[number] = failure

        threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return [outcomes[number] for number in range(count)]

    return run


@pytest.fixture
def restarted(
    oauth_settings: Bitrix24Settings, memory: Any, clock: FixedClock, pace: Any
) -> Callable[[], Client]:
    """A client of a new process with the same memory."""
    return lambda: Client(oauth_settings, clock, pace, httpx.Client(), memory=memory)
