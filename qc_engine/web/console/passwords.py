"""Passwords: which ones are accepted, and how they are kept."""

import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 200
# Argon2 is made to take much memory: a crowd at the door must not take all of it.
AT_ONCE = threading.BoundedSemaphore(2)
NOBODYS = "nobody has this password"  # compared where there is none, so that it takes as long
COMMON = {
    "1234567890", "0123456789", "0987654321", "9876543210", "12345678910", "1234512345", "1q2w3e4r5t",
    "1qaz2wsx3edc", "q1w2e3r4t5", "zaq12wsxcde", "qwertyuiop", "qwerty12345", "password123", "password1234",
    "passw0rd123", "iloveyou123", "administrator", "adminadmin", "changeme123", "welcome1234",
    "йцукенгшщз", "пароль12345", "парольпароль",
}  # fmt: skip


def objection(password: str, login: str) -> str:
    """Why this password is not accepted, as a key of the catalogue; '' when it is."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        return "password.short"
    if len(password) > LONGEST:
        return "password.long"
    if folded in COMMON or len(set(folded)) < 4:
        return "password.common"
    return "password.login" if login and login in folded else ""


def kept(password: str) -> str:
    """What is stored of a password. About a tenth of a second, on purpose."""
    with AT_ONCE:
        return _hasher().hash(password)


def fits(password: str, stored: str) -> bool:
    """Takes as long when there is nothing to compare with."""
    from argon2.exceptions import VerificationError

    with AT_ONCE:
        try:
            _hasher().verify(stored or _nobodys(), password[: LONGEST + 1])
        except VerificationError:
            return False
    return bool(stored)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # only here: most processes never ask for a password

    return PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    return _hasher().hash(NOBODYS)
