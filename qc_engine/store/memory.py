"""What connectors must not forget over a restart; secrets among it are sealed with a key kept elsewhere."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import AbstractContextManager

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.ports import Unsealable
from qc_engine.store.alone import alone
from qc_engine.store.database import Database
from qc_engine.store.tables import NoteRow

VERSION = "v1."
PURPOSE = b"qc-engine: sealed notes, v1"
KEY_BYTES = 32
NONCE_BYTES = 12  # what AES-GCM is specified for


class DatabaseMemory:
    """Notes of one connector, kept in the database under `prefix`.

    `secret` seals. `former_secrets` are tried when it does not fit: after a change of the key every note
    moves to the new one with its next write.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        secret: str,
        prefix: str,
        former_secrets: Sequence[str] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._prefix = prefix
        self._seal = Seal(secret, former_secrets)

    def read(self, name: str) -> str:
        """Empty when nothing was kept. Raises Unsealable when it was sealed with another key."""
        full = self._full(name)
        with self._database.reading() as session:
            row = session.get(NoteRow, full)
        if row is None:
            return ""
        return self._opened(full, row.value) if row.sealed else row.value

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        """Durable when this returns. `sealed`: encrypted with a key that is not in the database."""
        full = self._full(name)
        kept = self._seal.close(full, value) if sealed else value
        row = NoteRow(name=full, value=kept, sealed=sealed, updated_at=self._clock.now())
        with self._database.transaction() as session:
            put(session, row)

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Nobody else, in no process of the installation, is at `name` meanwhile. Raises TryLater."""
        return alone(self._database, self._full(name))

    def keep_first(self, name: str, value: str) -> str:
        """Sealed, where there is no such note yet; what stands there. Raises Unsealable."""
        if found := self.read(name):
            return found
        full, now = self._full(name), self._clock.now()
        row = NoteRow(name=full, value=self._seal.close(full, value), sealed=True, updated_at=now)
        with self._database.transaction() as session:
            put(session, row, only_new=True)
        return self.read(name)

    def _full(self, name: str) -> str:
        return f"{self._prefix}:{name}"

    def _opened(self, name: str, value: str) -> str:
        if (text := self._seal.open(name, value)) is not None:
            return text
        raise Unsealable(
            f"the note '{name}' was sealed with another key: put the former secret_key back "
            f"(QC_PREVIOUS_SECRET_KEY), or connect again: ./qc bitrix24 connect"
        )


class Seal:
    """AES-256-GCM; the note's name is bound to its value, so that no note can stand in for another.

    `former` secrets open what they closed once, and close nothing.
    """

    def __init__(self, secret: str, former: Sequence[str] = ()) -> None:
        self._ciphers = [_cipher(one) for one in (secret, *former)]

    def close(self, name: str, text: str) -> str:
        # From the system's source, as the cipher demands: the same nonce twice would open both texts.
        nonce = os.urandom(NONCE_BYTES)
        closed = self._ciphers[0].encrypt(nonce, text.encode(), name.encode())
        return VERSION + urlsafe_b64encode(nonce + closed).decode("ascii")

    def open(self, name: str, value: str) -> str | None:
        """None when another key closed it, or somebody changed it."""
        found = (_open(one, name, value) for one in self._ciphers)
        return next((text for text in found if text is not None), None)

    def is_of_today(self, name: str, value: str) -> bool:
        """Closed with the key that closes now."""
        return _open(self._ciphers[0], name, value) is not None


def _cipher(secret: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE)
    return AESGCM(derive.derive(secret.encode()))


def _open(cipher: AESGCM, name: str, value: str) -> str | None:
    if not value.startswith(VERSION):
        return None
    try:
        sealed = urlsafe_b64decode(value.removeprefix(VERSION))
        opened = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError):
        return None
    return opened.decode()


def put(session: Session, row: NoteRow, *, only_new: bool = False) -> None:
    """Insert or replace in one statement: two writers of a new note must not trip over each other."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(NoteRow).values(**row.model_dump())
    new = {name: statement.excluded[name] for name in ("value", "sealed", "updated_at")}
    if only_new:
        session.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
    else:
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=new))
