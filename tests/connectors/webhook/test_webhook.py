"""Webhooks leave signed, are repeated under one id, and never reach the own network."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.webhook.addresses import is_public, place_to_connect, system_resolve
from connectors.webhook.connector import Webhooks, connector
from connectors.webhook.settings import WebhookSettings
from qc_engine.clock import FixedClock
from qc_engine.core.effects import CallWebhook, CloseTask
from qc_engine.ports import CannotTell, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
AT = datetime(2026, 3, 6, 7, 0, tzinfo=UTC)
EFFECT = CallWebhook("loyalty", "bonus.confirmed", AT, {"amount": "500", "branch": "На Абая"})
JOB = Job("K7Q2W9XR:9:1", "qc-abc", EFFECT)


class Free:
    """A door without a limit."""

    def slot(self, urgent: bool = False) -> None: ...

    def answered(self) -> None: ...

    def pause(self, seconds: float) -> None: ...


class Receiver:
    """Remembers what it was sent; `answer` says what comes back."""

    def __init__(
        self, answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(204)
    ) -> None:
        self.requests: list[httpx.Request] = []
        self.answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


def hook(**changes: object) -> WebhookSettings:
    given = {"url": "https://loyalty.example/hooks/qc?a=b", "secret": SecretStr(SECRET)} | changes
    return WebhookSettings.model_validate(given)


def webhooks(
    receiver: Receiver, clock: FixedClock, addresses: Sequence[str] = ("93.184.216.34",), **changes: object
) -> Webhooks:
    http = httpx.Client(transport=httpx.MockTransport(receiver), trust_env=False, follow_redirects=False)
    return Webhooks({"loyalty": hook(**changes)}, clock, Free(), http, lambda *_: addresses)


def only(hooks: Webhooks, job: Job = JOB) -> Outcome:
    (outcome,) = hooks.perform([job])
    return outcome


# --- what leaves ------------------------------------------------------------------------------


def test_a_message_is_signed_as_standard_webhooks_says(clock: FixedClock) -> None:
    receiver = Receiver()
    assert only(webhooks(receiver, clock)) == Done()
    (request,) = receiver.requests
    stamp, body = str(int(clock.now().timestamp())), request.content
    signed = hmac.new(KEY, f"msg_K7Q2W9XR_9_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    assert request.headers["webhook-id"] == "msg_K7Q2W9XR_9_1"
    assert request.headers["webhook-timestamp"] == stamp
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(signed).decode()
    assert json.loads(body) == {
        "type": "bonus.confirmed",
        "timestamp": "2026-03-06T07:00:00.000Z",
        "data": {"amount": "500", "branch": "На Абая"},
    }


def test_the_signature_of_the_standards_own_example() -> None:
    """The example that the reference libraries test with."""
    from connectors.webhook.signing import headers_of

    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    sent_at = datetime.fromtimestamp(1614265330, UTC)
    headers = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at, body, key)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_the_key_is_changed_there_are_two_signatures(clock: FixedClock) -> None:
    """The receiver believes whichever it knows; each is what that key alone would sign."""
    receiver, other = Receiver(), base64.b64encode(b"another key of twenty-four bytes").decode()
    for changes in (
        {},
        {"secret": f"whsec_{other}"},
        {"secret": f"whsec_{other}", "previous_secret": SECRET},
    ):
        only(webhooks(receiver, clock, **changes))
    before, after, meanwhile = (one.headers["webhook-signature"] for one in receiver.requests)
    assert before != after
    assert meanwhile == f"{after} {before}"


def test_a_repeat_has_the_same_id_and_body_and_its_own_time(clock: FixedClock) -> None:
    receiver = Receiver()
    hooks = webhooks(receiver, clock)
    only(hooks)
    clock.advance(timedelta(minutes=10))
    only(hooks, replace(JOB, attempt=2))
    first, second = receiver.requests
    assert first.content == second.content
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 600


def test_the_connection_goes_where_was_looked_under_the_name_of_the_host(clock: FixedClock) -> None:
    receiver = Receiver()
    only(webhooks(receiver, clock, ["2606:2800:220:1::1", "93.184.216.34"]))
    (request,) = receiver.requests
    assert str(request.url) == "https://[2606:2800:220:1::1]/hooks/qc?a=b"
    assert request.headers["host"] == "loyalty.example"
    assert request.extensions["sni_hostname"] == "loyalty.example"


# --- what comes back --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "kind", "after"),
    [
        (200, {}, Done, None),
        (202, {}, Done, None),
        (500, {}, TryLater, None),
        (503, {"retry-after": "30"}, TryLater, 30),
        (429, {"retry-after": "0"}, TryLater, 1),
        (429, {"retry-after": "999999999"}, TryLater, 3600),
        (429, {"retry-after": "-5"}, TryLater, None),
        (503, {"retry-after": "soon"}, TryLater, None),
        (301, {"location": "http://127.0.0.1/"}, Refused, None),
        (400, {}, Refused, None),
        (401, {}, Refused, None),
        (410, {}, Refused, None),
    ],
)
def test_answers(
    clock: FixedClock, status: int, headers: dict[str, str], kind: type[Outcome], after: int | None
) -> None:
    receiver = Receiver(lambda _: httpx.Response(status, headers=headers, text="secret text"))
    outcome = only(webhooks(receiver, clock))
    assert isinstance(outcome, kind)
    assert len(receiver.requests) == 1
    assert "secret text" not in str(outcome)
    if isinstance(outcome, TryLater):
        assert outcome.after == (timedelta(seconds=after) if after else None)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("x"), TryLater),
        (httpx.ConnectTimeout("x"), TryLater),
        (httpx.ReadTimeout("x"), OutcomeUnknown),
        (httpx.RemoteProtocolError("x"), OutcomeUnknown),
    ],
)
def test_no_answer(clock: FixedClock, error: httpx.HTTPError, kind: type[Outcome]) -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise error

    assert isinstance(only(webhooks(Receiver(fails), clock)), kind)


def test_what_is_no_webhook_is_refused(clock: FixedClock) -> None:
    hooks = webhooks(Receiver(), clock)
    unknown = only(hooks, replace(JOB, effect=replace(EFFECT, webhook="other")))
    assert isinstance(unknown, Refused)
    assert unknown.code == "no_webhook"
    assert isinstance(only(hooks, replace(JOB, effect=CloseTask(5))), Refused)
    assert isinstance(hooks.find(JOB), CannotTell)


# --- where nothing may go ---------------------------------------------------------------------

PRIVATE = (
    "127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255",
    "224.0.0.1", "192.0.0.8", "198.18.0.1", "203.0.113.9", "240.0.0.1", "::1", "::", "fc00::1", "fd12:3456::1", "fe80::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1",
)  # fmt: skip
PUBLIC = (
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2a02:6b8::feed:ff",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_connection_into_a_private_network(clock: FixedClock, address: str) -> None:
    """Also when only one of several addresses leads there."""
    for addresses in ([address], ["93.184.216.34", address]):
        receiver = Receiver()
        outcome = only(webhooks(receiver, clock, addresses))
        assert isinstance(outcome, Refused)
        assert outcome.code == "private_address"
        assert receiver.requests == []


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(clock: FixedClock, address: str) -> None:
    import ipaddress

    assert is_public(ipaddress.ip_address(address))
    assert only(webhooks(Receiver(), clock, [address])) == Done()


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost", "127.0.0.1", "0"]
)
def test_odd_spellings_of_home_are_seen_through(host: str) -> None:
    with pytest.raises((Refused, TryLater)):
        place_to_connect(host, 443, system_resolve, allow_private=False)


def test_a_name_that_changes_its_mind_is_looked_up_once(clock: FixedClock) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    receiver = Receiver()
    hooks = webhooks(receiver, clock)
    hooks.resolve = lambda *_: next(answers)
    assert only(hooks) == Done()
    assert receiver.requests[0].url.host == "93.184.216.34"
    assert isinstance(only(hooks), Refused)


@pytest.mark.parametrize("error", [OSError("no DNS"), UnicodeError("bad name"), ValueError("no address")])
def test_not_knowing_is_no_leave_to_try(clock: FixedClock, error: Exception) -> None:
    def fails(host: str, port: int) -> Sequence[str]:
        raise error

    receiver = Receiver()
    hooks = webhooks(receiver, clock)
    hooks.resolve = fails
    assert isinstance(only(hooks), TryLater)
    hooks.resolve = lambda *_: []
    assert isinstance(only(hooks), TryLater)
    assert receiver.requests == []


def test_the_own_network_on_purpose(clock: FixedClock) -> None:
    assert only(webhooks(Receiver(), clock, ["10.0.0.5"], allow_private=True)) == Done()


def test_only_allowed_ports(clock: FixedClock) -> None:
    elsewhere = "https://loyalty.example:8443/x"
    outcome = only(webhooks(Receiver(), clock, url=elsewhere))
    assert isinstance(outcome, Refused)
    assert outcome.code == "port_not_allowed"
    receiver = Receiver()
    assert only(webhooks(receiver, clock, url=elsewhere, ports=(8443,))) == Done()
    assert receiver.requests[0].headers["host"] == "loyalty.example:8443"


# --- settings and doctor ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://loyalty.example/"},
        {"url": "https://"},
        {"url": "https://user:pass@loyalty.example/"},
        {"url": "https://loyalty.example/#x"},
        {"url": "ftp://loyalty.example/"},
        {"secret": "whsec_short"},
        {"secret": "whsec_" + base64.b64encode(b"x" * 23).decode()},
        {"secret": "whsec_" + base64.b64encode(b"x" * 65).decode()},
        {"secret": "whsec_не base64"},
        {"ports": []},
    ],
)
def test_faults_in_the_settings(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as fault:
        hook(**changes)
    assert "whsec_short" not in str(fault.value)


def test_the_doctor_looks_and_calls_nobody(clock: FixedClock) -> None:
    receiver = Receiver()
    assert [one.ok for one in webhooks(receiver, clock).doctor()] == [True]
    (finding,) = webhooks(receiver, clock, ["127.0.0.1"]).doctor()
    assert not finding.ok
    assert "private network" in finding.what
    assert receiver.requests == []


def test_the_connector_performs_webhooks_alone(clock: FixedClock) -> None:
    made = connector({"loyalty": hook()}, clock, Free())
    assert made.performs is not None
    assert made.performs.performs == {CallWebhook}
    assert made.performs.takes({"CallWebhook": 10}) == timedelta(seconds=5)
