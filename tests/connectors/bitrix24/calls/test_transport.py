"""Where a call goes: the portal's new address, and every redirect that would carry a key away."""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.bitrix24.access.ways import OAuthAccess, WebhookAccess
from connectors.bitrix24.calls.exchange import open_http
from connectors.bitrix24.calls.transport import Transport
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import FixedClock
from qc_engine.ports import Broken, OutcomeUnknown, TryLater

METHOD = "crm.item.get"
BASE = "https://portal.example/rest/1/s3cr3tcanary"
RENAMED = "https://renamed.example/rest/1/s3cr3tcanary"
LONG = timedelta(seconds=30)


@pytest.fixture
def webhook(settings: Bitrix24Settings, pace: Any) -> Transport:
    return Transport(settings, pace, httpx.Client())


@pytest.fixture
def application(oauth_settings: Bitrix24Settings, pace: Any, access: OAuthAccess) -> Transport:
    return Transport(oauth_settings, pace, httpx.Client(), access)


def redirect(location: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": location})


# --- a renamed portal ---------------------------------------------------------------------------------


def test_renamed_portal_gets_the_same_post_on_its_new_host(
    wire: respx.MockRouter, webhook: Transport, pace: Any
) -> None:
    old = wire.post(f"{BASE}/{METHOD}").mock(return_value=redirect(f"{RENAMED}/{METHOD}"))
    new = wire.post(f"{RENAMED}/{METHOD}").respond(json={"result": 5})
    assert webhook.renamed_to == ""
    replies = [webhook.post(METHOD, {"id": 1}, LONG) for _ in range(2)]
    assert [json.loads(reply.body) for reply in replies] == [{"result": 5}] * 2
    assert (old.call_count, new.call_count, pace.slots) == (1, 2, 3)
    assert [json.loads(call.request.content) for call in new.calls] == [{"id": 1}] * 2
    assert webhook.renamed_to == "https://renamed.example"


def test_an_application_remembers_the_new_address_for_ever(
    wire: respx.MockRouter, application: Transport, access: OAuthAccess, memory: Any,
    oauth_settings: Bitrix24Settings, clock: FixedClock, pace: Any,
) -> None:  # fmt: skip
    old = wire.post(f"https://portal.example/rest/{METHOD}")
    old.mock(return_value=redirect(f"https://renamed.example/rest/{METHOD}"))
    new = wire.post(f"https://renamed.example/rest/{METHOD}").respond(json={"result": 5})
    application.post(METHOD, {}, LONG)
    assert json.loads(new.calls[0].request.content) == {"auth": "access-c4n4ry-1"}
    assert oauth_settings.oauth
    restarted = OAuthAccess(oauth_settings.oauth, memory, clock, httpx.Client())
    again = Transport(oauth_settings, pace, httpx.Client(), restarted)
    again.post(METHOD, {}, LONG)
    assert (old.call_count, new.call_count, again.renamed_to) == (1, 2, "https://renamed.example")


def test_renamed_and_expired_at_once(
    wire: respx.MockRouter, application: Transport, desk: Any, pace: Any
) -> None:
    wire.post(f"https://portal.example/rest/{METHOD}").mock(
        return_value=redirect(f"https://renamed.example/rest/{METHOD}")
    )
    here = desk.guard(lambda _: httpx.Response(200, json={"result": 5}))
    wire.post(f"https://renamed.example/rest/{METHOD}").mock(side_effect=here)
    desk.alive.clear()
    assert application.post(METHOD, {}, LONG).status == 200
    assert (len(desk.asked), pace.slots) == (1, 3)


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("/auth/", 302),
        ("", 302),
        ("https://evil.example/", 302),
        ("https://evil.example/rest/1/s3cr3tcanary/crm.item.list", 302),
        ("https://evil.example/login/rest/1/s3cr3tcanary/crm.item.get", 302),
        ("//evil.example/rest/1/s3cr3tcanary/crm.item.get", 302),
        ("https://me@evil.example/rest/1/s3cr3tcanary/crm.item.get", 302),
        ("http://renamed.example/rest/1/s3cr3tcanary/crm.item.get", 302),
        ("http://127.0.0.1:9000/rest/1/s3cr3tcanary/crm.item.get", 302),
        ("https://renamed.example/rest/1/s3cr3tcanary/crm.item.get/", 302),
        ("https://renamed.example/rest/1/s3cr3tcanary/crm.item.get", 301),
        ("https://renamed.example/rest/1/s3cr3tcanary/crm.item.get", 303),
        ("https://renamed.example/rest/1/s3cr3tcanary/crm.item.get", 307),
        ("https://renamed.example/rest/1/s3cr3tcanary/crm.item.get", 308),
        (f"{BASE}/{METHOD}", 302),
    ],
)
def test_any_other_redirect_is_refused(
    wire: respx.MockRouter, webhook: Transport, location: str, status: int
) -> None:
    wire.post(f"{BASE}/{METHOD}").mock(return_value=redirect(location, status))
    with pytest.raises(Broken, match="redirects") as caught:
        webhook.post(METHOD, {"id": 1}, LONG)
    assert "s3cr3tcanary" not in str(caught.value)
    assert {call.request.url.host for call in wire.calls} == {"portal.example"}
    assert webhook.renamed_to == ""


@pytest.mark.parametrize(
    ("location", "follows"),
    [
        ("http://localhost:9002/rest/1/x/profile", True),
        ("https://renamed.example/rest/1/x/profile", True),
        ("http://renamed.example/rest/1/x/profile", False),
    ],
)
def test_a_sandbox_without_tls_may_move_on_this_machine(
    wire: respx.MockRouter, pace: Any, location: str, follows: bool
) -> None:
    settings = Bitrix24Settings.model_validate({"webhook_url": "http://127.0.0.1:9001/rest/1/x/"})
    transport = Transport(settings, pace, httpx.Client())
    wire.post("http://127.0.0.1:9001/rest/1/x/profile").mock(return_value=redirect(location))
    new = wire.post(location).respond(json={"result": 5})
    if follows:
        assert transport.post("profile", {}, LONG).status == 200
    else:
        with pytest.raises(Broken):
            transport.post("profile", {}, LONG)
    assert new.call_count == follows


# --- slots, deadlines, secrets ------------------------------------------------------------------------


def test_urgent_calls_ask_for_an_urgent_slot(wire: respx.MockRouter, webhook: Transport, pace: Any) -> None:
    wire.post(f"{BASE}/{METHOD}").respond(json={"result": 5})
    webhook.post(METHOD, {}, LONG, urgent=True)
    webhook.post(METHOD, {}, LONG)
    assert (pace.slots, pace.urgent) == (2, 1)


def test_no_slot_is_taken_without_a_key(application: Transport, access: OAuthAccess, pace: Any) -> None:
    access.keys.forget()
    with pytest.raises(Broken, match="removed"):
        application.post(METHOD, {}, LONG)
    assert pace.slots == 0


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ConnectError("https://portal.example/rest/1/s3cr3tcanary"), TryLater),
        (httpx.ReadTimeout("https://portal.example/rest/1/s3cr3tcanary"), OutcomeUnknown),
        (httpx.DecodingError("https://portal.example/rest/1/s3cr3tcanary"), OutcomeUnknown),
        (redirect(f"https://evil.example/rest/1/s3cr3tcanary/{METHOD}?c4n4ry"), OutcomeUnknown),
    ],
)
def test_no_secret_in_any_log_or_exception(
    wire: respx.MockRouter, webhook: Transport, caplog: pytest.LogCaptureFixture,
    problem: Exception | httpx.Response, kind: type[Exception],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    wire.post(f"{BASE}/{METHOD}").mock(side_effect=[problem])
    wire.post(url__startswith="https://evil.example").mock(side_effect=httpx.ReadError("s3cr3tcanary"))
    with pytest.raises(kind) as caught:
        webhook.post(METHOD, {}, LONG)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert "s3cr3tcanary" not in caplog.text + str(caught.value) + repr(webhook)


@pytest.mark.parametrize("logger", ["httpx", "httpcore.http11", "httpcore.connection"])
def test_what_libraries_log_is_cleaned(
    webhook: Transport, caplog: pytest.LogCaptureFixture, logger: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for text in (
        "GET https://oauth.example/oauth/token/?grant_type=x&client_secret=s3cr3t&code=s3cr3t&x=1",
        "GET https://oauth.example/oauth/token/?refresh_token=s3cr3t",
        "[(b'Location', b'https://renamed.example/rest/1/s3cr3t/profile?auth=s3cr3t')]",
    ):
        logging.getLogger(logger).info("%s", text)
    assert caplog.text.count("***") == 5
    assert "s3cr3t" not in caplog.text
    assert "grant_type=x&client_secret=***&code=***&x=1" in caplog.text


def test_root_certificate_of_a_box_is_trusted(tmp_path: Path, certificate: bytes) -> None:
    file = tmp_path / "box.pem"
    file.write_bytes(certificate)
    url = "https://portal.example/rest/1/x/"
    with open_http(Bitrix24Settings.model_validate({"webhook_url": url, "extra_ca": file})) as http:
        trusted = http._transport._pool._ssl_context.get_ca_certs()  # type: ignore[attr-defined]
    assert any(dict(pair[0] for pair in one["subject"]).get("commonName") == "Box CA" for one in trusted)


@pytest.fixture
def certificate() -> bytes:
    """A root certificate of our own, in PEM."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Box CA")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2046, 1, 1, tzinfo=UTC)
    )
    ca = dated.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return ca.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_settings_without_a_webhook_give_no_webhook_access(oauth_settings: Bitrix24Settings) -> None:
    with pytest.raises(ValueError, match="no incoming webhook"):
        WebhookAccess(oauth_settings)
