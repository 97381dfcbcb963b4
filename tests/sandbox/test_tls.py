"""The sandbox as a process: TLS beside plain http, one state behind both, and the file that keeps it."""

import contextlib
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from sandbox.tls import certificate_at

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@contextlib.contextmanager
def running(*options: str, end: signal.Signals = signal.SIGTERM) -> Iterator[dict[str, Any]]:
    """The sandbox as `qc sandbox` starts it, ended by this signal; nothing ends in a traceback."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield dict(json.loads(process.stdout.readline()))
        finally:
            process.send_signal(end)
            _, told = process.communicate(timeout=20)
        assert "Traceback" not in told


def client(trusted: str | None = None) -> httpx.Client:
    context = ssl.create_default_context(cafile=trusted) if trusted else True
    return httpx.Client(verify=context, trust_env=False)


def test_both_doors_lead_to_one_portal_and_it_is_kept(tmp_path: Path) -> None:
    certificate, state = tmp_path / "portal.pem", tmp_path / "portal.json"
    options = ("--tls-port", "0", "--certificate", str(certificate), "--state", str(state))
    with running(*options) as at, client(at["certificate"]) as secure, client() as plain:
        assert at["certificate"] == str(certificate)
        made = secure.post(
            at["tls_portal_url"] + "crm.item.add.json",
            json={"entityTypeId": 2, "fields": {"title": "по TLS"}},
        ).json()["result"]["item"]
        answer = plain.get(at["portal_url"] + "crm.deal.get", params={"id": made["id"]})
        assert answer.json()["result"]["TITLE"] == "по TLS"
        address = at["tls_portal_url"].replace("127.0.0.1", "localhost")
        assert secure.get(address + "profile").status_code == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE"), client() as stranger:
            stranger.get(at["tls_portal_url"] + "profile")
    assert state.exists()
    with running("--state", str(state), end=signal.SIGINT) as at, client() as plain:
        assert "tls_portal_url" not in at
        kept = plain.get(at["portal_url"] + "crm.deal.get", params={"id": made["id"]})
        assert kept.json()["result"]["TITLE"] == "по TLS"


def test_a_connection_drops_under_tls_too(tmp_path: Path) -> None:
    options = ("--tls-port", "0", "--certificate", str(tmp_path / "c.pem"))
    with running(*options, end=signal.SIGINT) as at:
        fault = {"vendor": "bitrix24", "match": "profile", "how": "not_done_no_answer"}
        with client(at["certificate"]) as secure, client() as plain:
            plain.post(at["control_url"] + "/faults", json=fault).raise_for_status()
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
                secure.get(at["tls_portal_url"] + "profile")
            assert secure.get(at["tls_portal_url"] + "profile").status_code == 200


@pytest.mark.parametrize("broken", ["[]", "{"])
def test_a_broken_state_is_told_at_the_start(tmp_path: Path, broken: str) -> None:
    state = tmp_path / "portal.json"
    state.write_text(broken, encoding="utf-8")
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(state)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, "--state" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)
    assert state.read_text(encoding="utf-8") == broken


def test_a_certificate_names_every_way_to_this_machine(tmp_path: Path) -> None:
    path, key = certificate_at(tmp_path / "portal.pem", NOW, "192.168.7.7")
    made = x509.load_pem_x509_certificate(path.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    addresses = names.get_values_for_type(x509.IPAddress)
    assert addresses == [ip_address(one) for one in ("127.0.0.1", "::1", "192.168.7.7")]
    assert key.stat().st_mode & 0o077 == 0
    assert b"PRIVATE" not in path.read_bytes()


@pytest.mark.parametrize(("later", "same"), [(timedelta(days=300), True), (timedelta(days=366), False)])
def test_a_good_certificate_is_kept_and_an_old_one_replaced(
    tmp_path: Path, later: timedelta, same: bool
) -> None:
    path, _ = certificate_at(tmp_path / "portal.pem", NOW)
    before = path.read_bytes()
    certificate_at(path, NOW + later)
    assert (path.read_bytes() == before) == same


def test_a_file_that_is_no_certificate_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "portal.pem"
    path.write_text("x", encoding="utf-8")
    path.with_name("portal.pem.key").write_text("x", encoding="utf-8")
    certificate_at(path, NOW)
    assert path.read_bytes().startswith(b"-----BEGIN CERTIFICATE")
