"""Codes of the second step: those of RFC 6238, which any authenticator shows, and those for a lost phone."""

import hashlib
import hmac
import re
from base64 import b32encode
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlmodel import Session

from qc_engine.ids import Ids
from qc_engine.store import two_steps
from qc_engine.store.memory import Seal

DIGITS, SECONDS = 6, 30
EITHER_SIDE = 1  # half minutes that the phone's clock may be off
SECRET_BYTES = 20
RECOVERY_CODES = 10
TYPED = re.compile(r"[^0-9A-Z]")


class Unreadable(Exception):
    """The secret was sealed with another key: an administrator has to reset the second step."""


def new_secret(ids: Ids) -> bytes:
    """160 bits, as the RFC recommends."""
    return hashlib.sha256((ids.code() + ids.code()).encode()).digest()[:SECRET_BYTES]


def as_text(secret: bytes) -> str:
    """To be typed where no camera is: in groups of four."""
    text = b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(secret: bytes, login: str, issuer: str) -> str:
    """What stands in the QR code."""
    return _totp(secret).get_provisioning_uri(login, issuer)


def step_of(secret: bytes, typed: str, now: datetime, after: int) -> int | None:
    """The half minute that this code is of; None for a wrong one, and for one of `after` or before."""
    code = TYPED.sub("", typed.upper())
    this = int(now.timestamp()) // SECONDS
    found = [
        step
        for step in range(this - EITHER_SIDE, this + EITHER_SIDE + 1)
        if hmac.compare_digest(code.encode(), _totp(secret).generate(step * SECONDS))
    ]
    return next((step for step in found if step > after), None)


def recovery_codes(ids: Ids) -> list[str]:
    """About 80 bits each, of letters and digits that nobody mistakes for others."""
    return [f"{ids.case_id()}-{ids.case_id()}" for _ in range(RECOVERY_CODES)]


def accepted(session: Session, seal: Seal, user_id: str, typed: str, now: datetime) -> str:
    """'code', 'recovery' or '' when it is neither; whatever was accepted works no second time.

    Raises Unreadable.
    """
    row = two_steps.held(session, user_id)
    if row is None:
        return ""
    step = step_of(opened(seal, user_id, row.secret), typed, now, row.last_used)
    if step is not None:
        row.last_used = step
        session.add(row)
        return "code"
    plain = TYPED.sub("", typed.upper())
    return "recovery" if two_steps.use_code(session, user_id, f"{plain[:8]}-{plain[8:]}", now) else ""


def sealed(seal: Seal, user_id: str, secret: bytes) -> str:
    return seal.close(two_steps.name_of(user_id), secret.hex())


def opened(seal: Seal, user_id: str, kept: str) -> bytes:
    """Raises Unreadable."""
    text = seal.open(two_steps.name_of(user_id), kept)
    if text is None:
        raise Unreadable
    return bytes.fromhex(text)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), SECONDS)  # noqa: S303 (what every authenticator understands)
