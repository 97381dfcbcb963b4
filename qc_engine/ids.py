"""The only place where chance enters."""

from typing import Protocol

import shortuuid

# No 0/O, 1/I/l: people read case ids aloud.
CASE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CASE_LENGTH = 8
CODE_LENGTH = 22


class Ids(Protocol):
    """Where new names come from; a test gives a seeded one."""

    def case_id(self) -> str:
        """Eight letters and digits that can be told by phone."""

    def code(self) -> str:
        """22 characters (128 bits) for an address that nobody may guess."""


class RandomIds:
    """From the system's source of randomness."""

    def case_id(self) -> str:
        return shortuuid.ShortUUID(alphabet=CASE_ALPHABET).random(length=CASE_LENGTH)

    def code(self) -> str:
        return shortuuid.ShortUUID().random(length=CODE_LENGTH)
