"""The installation's keys: that of today, former ones that still open what they sealed, and what lasts."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qc_engine.clock import Clock
from qc_engine.ports import Unsealable
from qc_engine.settings import Settings
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory, Seal

LASTING, PREFIX = "lasting", "keys"
PRIVATE = 0o600


class WrongKey(Exception):
    """This database belongs to another key; with the given one erased people would be asked again."""


@dataclass(frozen=True)
class Keys:
    """`now` seals; `former` open what they sealed once, the newest of them first."""

    now: str
    former: Sequence[str] = ()

    @property
    def oldest(self) -> str:
        return [self.now, *self.former][-1]

    def seal(self) -> Seal:
        return Seal(self.now, self.former)


def keys_of(settings: Settings) -> Keys:
    """The configured ones; else those of a file beside the database, made on the first run, one a line."""
    former = settings.previous_secret_key.get_secret_value().split()
    given = settings.secret_key.get_secret_value()
    now, *older = [given] if given else _in_file(key_file(settings))
    return Keys(now, tuple(dict.fromkeys(one for one in (*older, *former) if one != now)))


def secret_of(settings: Settings) -> str:
    """The key of today."""
    return keys_of(settings).now


def key_file(settings: Settings) -> Path:
    """Where the keys stand that nobody has configured."""
    database = Database(settings.database_url).path
    return (database or Path("var/qc.db")).with_suffix(".key")


def _in_file(path: Path) -> Sequence[str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _put_first(path, new_key())
    return path.read_text(encoding="ascii").split()


def new_key() -> str:
    return secrets.token_hex(32)


def _put_first(path: Path, key: str) -> None:
    """Whole when it has its name, and of two processes that start together one has made it."""
    draft = _draft(path, [key])
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def write_keys(path: Path, keys: Sequence[str]) -> None:
    """Instead of what the file held; at no moment is there half a file."""
    _draft(path, keys).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _draft(path: Path, keys: Sequence[str]) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="ascii"
    ) as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


# --- what lasts -------------------------------------------------------------------------------


def lasting_secret(settings: Settings, database: Database, clock: Clock) -> str:
    """What marks in the CRM and fingerprints of erased people are made with: a new key changes neither.

    It is the first key that this database had, kept in it under the key of today. Raises WrongKey.
    """
    keys = keys_of(settings)
    memory = DatabaseMemory(database, clock, keys.now, PREFIX, keys.former)
    try:
        return memory.keep_first(LASTING, keys.oldest)
    except Unsealable:
        pass
    raise WrongKey(
        "this database was sealed with another secret_key. All machines have the same one; was it changed, "
        "or is this a backup: put the former key, that of its day, into QC_PREVIOUS_SECRET_KEY. If that is "
        "lost for ever: qc secrets give-up"
    )


def give_up(settings: Settings, database: Database, clock: Clock) -> None:
    """The former key is lost: marks and fingerprints begin anew, made with the key of today."""
    keys = keys_of(settings)
    DatabaseMemory(database, clock, keys.now, PREFIX).write(LASTING, keys.now, sealed=True)
