"""A certificate for the sandbox's TLS port: clients that insist on https find the portal there."""

import os
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=365)
BEFORE = timedelta(days=1)  # clocks of two machines are never quite the same
NAMES = ("localhost", "127.0.0.1", "::1")


def certificate_at(path: Path, now: datetime, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """The certificate (PEM, to be trusted by clients) at `path` and its key beside it; made when needed.

    A made one is self-signed for localhost, 127.0.0.1, ::1 and `host`. `now` is aware, real time.
    """
    key = path.with_name(f"{path.name}.key")
    if not (key.exists() and path.exists() and _is_good(path, now)):
        _make(path, key, now, dict.fromkeys((*NAMES, host)))
    return path, key


def _is_good(path: Path, now: datetime) -> bool:
    try:
        known = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        return False
    return known.not_valid_before_utc <= now < known.not_valid_after_utc


def _make(path: Path, key_path: Path, now: datetime, names: dict[str, None]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "qc-engine sandbox")])
    subject_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_san(one) for one in names]), critical=False)
        # Its own authority, so that it can be trusted as it is (REQUESTS_CA_BUNDLE, SSL_CERT_FILE).
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(subject_key, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_path, key)
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
