"""Mail at the wire: what the server says, and what is known of the letter afterwards."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from connectors.mail.client import Post
from connectors.mail.settings import MailSettings
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater
from tests.connectors.mail.server import HANG_UP, MailServer, listening, plain_login

TO = "owner@company.kz"


def settings(port: int, **more: Any) -> MailSettings:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "qc@company.kz", **more}
    return MailSettings.model_validate(given)


def letter(text: str = "Неделя\n.точка в начале строки\n..две\n") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "qc@company.kz", TO, "Отчёт"
    made.set_content(text)
    return made


def test_the_letter_arrives_as_it_was_written() -> None:
    with listening(MailServer()) as server:
        Post(settings(server.port)).send(letter(), TO)
    assert server.recipients == [TO]
    (came,) = server.letters
    assert came["Subject"] == "Отчёт"
    assert came.get_content().replace("\r\n", "\n") == letter().get_content()
    assert server.heard[0] == "ehlo company.kz"
    assert server.heard[-1].upper() == "QUIT"


@pytest.mark.parametrize(
    ("says", "ends", "words", "was_taken"),
    [
        ({"HELLO": "421 busy"}, TryLater, "421 busy", 0),
        ({"HELLO": "554 not for you"}, Broken, "554 not for you", 0),
        ({"HELLO": HANG_UP}, TryLater, "does not answer", 0),
        ({"MAIL": "451 later"}, TryLater, "451 later", 0),
        ({"MAIL": "553 not yours"}, Refused, "553 not yours", 0),
        ({"MAIL": HANG_UP}, TryLater, "broke before the letter", 0),
        ({"RCPT": "450 come again"}, TryLater, "450 come again", 0),
        ({"RCPT": "550 nobody here"}, Refused, "550 nobody here", 0),
        ({"DATA": "451 no disk"}, TryLater, "451 no disk", 0),
        ({"DATA": "250 what?"}, TryLater, "250 what?", 0),
        ({"DATA": HANG_UP}, TryLater, "broke before the letter", 0),
        ({".": "452 full"}, TryLater, "452 full", 0),
        ({".": "554 looks like spam"}, Refused, "looks like spam", 0),
        ({".": HANG_UP}, OutcomeUnknown, "was lost", 1),
        ({".": "riddle"}, OutcomeUnknown, "says nothing", 1),
        ({"QUIT": HANG_UP}, None, "", 1),
        ({"QUIT": "500 never"}, None, "", 1),
    ],
    ids=str,
)
def test_what_is_known_after_each_answer(
    says: dict[str, str], ends: type[Exception] | None, words: str, was_taken: int
) -> None:
    with listening(MailServer(says)) as server:
        post = Post(settings(server.port))
        if ends is None:
            post.send(letter(), TO)
        else:
            with pytest.raises(ends, match=words.replace("?", r"\?")):
                post.send(letter(), TO)
    assert len(server.taken) == was_taken


def test_nobody_listens() -> None:
    with socket.socket() as taken:  # and nobody else begins to listen there meanwhile
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(TryLater, match="does not answer"):
            Post(settings(taken.getsockname()[1])).send(letter(), TO)


class Impatient(Post):
    """Up to the letter it waits like any other: however slow this machine is, it comes so far."""

    def _hand_over(self, server: smtplib.SMTP, letter: EmailMessage) -> None:
        assert server.sock is not None
        server.sock.settimeout(0.2)
        super()._hand_over(server, letter)


def test_an_answer_that_never_comes_leaves_it_open() -> None:
    """The server took it, and is still thinking when our patience ends."""
    slow = MailServer({".": "250-still\r\n250-thinking"})
    with listening(slow) as server, pytest.raises(OutcomeUnknown, match="timed out"):
        Impatient(settings(server.port)).send(letter(), TO)
    assert len(slow.taken) == 1


@pytest.mark.parametrize(
    ("says", "offers", "ends", "words"),
    [
        ({}, ("AUTH PLAIN LOGIN",), None, ""),
        ({"AUTH": "535 wrong password"}, ("AUTH PLAIN",), Broken, "535 wrong password"),
        ({"AUTH": "454 not now"}, ("AUTH PLAIN",), TryLater, "454 not now"),
        ({}, (), Broken, "cannot do what config.yaml wants"),
    ],
)
def test_signing_in(
    says: dict[str, str], offers: tuple[str, ...], ends: type[Exception] | None, words: str
) -> None:
    with listening(MailServer(says, offers)) as server:
        post = Post(settings(server.port, user="qc", password="p-1"))
        if ends is None:
            post.try_out()
            signed = [line for line in server.heard if line.upper().startswith("AUTH")]
            assert [plain_login(line) for line in signed] == [("qc", "p-1")]
        else:
            with pytest.raises(ends, match=words) as raised:
                post.try_out()
            assert "p-1" not in str(raised.value)
    assert server.word("MAIL") == 0


# --- safe connections ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("mail") / "mail.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def safely(certificate: Path) -> Callable[[], MailServer]:
    def made() -> MailServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return MailServer(offers=("STARTTLS", "AUTH PLAIN"), tls=context)

    return made


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_over_a_safe_connection(security: str, safely: Callable[[], MailServer], certificate: Path) -> None:
    believing = ssl.create_default_context(cafile=str(certificate))
    with listening(safely(), from_the_start=security == "tls") as server:
        told = settings(server.port, security=security, user="qc", password="p-1")
        Post(told, believing).send(letter(), TO)
    assert server.recipients == [TO]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_stranger_is_told_nothing(security: str, safely: Callable[[], MailServer]) -> None:
    with listening(safely(), from_the_start=security == "tls") as server:
        told = settings(server.port, security=security, user="qc", password="p-1")
        with pytest.raises(Broken, match="certificate is not believed"):
            Post(told).send(letter(), TO)
    assert server.word("AUTH") == server.word("MAIL") == 0


def test_a_server_without_starttls_is_told_nothing() -> None:
    """Somebody on the way may have taken the offer out."""
    with listening(MailServer(offers=("AUTH PLAIN",))) as server:
        told = settings(server.port, security="starttls", user="qc", password="p-1")
        with pytest.raises(Broken, match="STARTTLS"):
            Post(told).send(letter(), TO)
    assert server.word("AUTH") == server.word("MAIL") == 0


def test_a_port_that_speaks_no_tls() -> None:
    with listening(MailServer()) as server, pytest.raises(Broken, match="is 'security' right"):
        Post(settings(server.port, security="tls")).send(letter(), TO)


# --- settings -----------------------------------------------------------------------------------

GOOD = {"host": "smtp.company.kz", "sender": "qc@company.kz"}


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_usual_ports(security: str, port: int) -> None:
    assert MailSettings.model_validate({**GOOD, "security": security}).at_port == port


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"host": "smtp://company.kz"}, "server's name alone"),
        ({"host": "smtp.company.kz\r\nX"}, "server's name alone"),
        ({"sender": "Quality"}, "address of mail"),
        ({"sender": "a@b.kz\r\nBcc: x@y.kz"}, "address of mail"),
        ({"user": "qc"}, "set QC_MAIL__PASSWORD"),
        ({"password": "p-1"}, "set user"),
        ({"user": "qc", "password": "p-1", "security": "none"}, "readable on its way"),
        ({"user": "почта", "password": "p-1"}, "Latin"),
        ({"password": "p 1", "user": "qc"}, "must not hold spaces"),
        ({"security": "ssl"}, "pattern"),
        ({"timeout": "0 s"}, "no time to answer"),
    ],
    ids=str,
)
def test_settings_that_make_no_sense(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as raised:
        MailSettings.model_validate({**GOOD, **wrong})
    assert "p-1" not in str(raised.value)
