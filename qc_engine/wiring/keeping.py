"""How the keys of an installation stand, and their way from one to the next: for commands and the doctor.

Nothing here shows a key.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qc_engine.clock import Clock, SystemClock
from qc_engine.ports import Finding
from qc_engine.store import resealing, workers
from qc_engine.store.database import Database
from qc_engine.store.resealing import Stand
from qc_engine.wiring import keys
from qc_engine.wiring.installation import Installation
from qc_engine.wiring.workforce import sign_of

OTHERS = 0o077
GIVE_BACK = (
    "Верните прежний ключ в QC_PREVIOUS_SECRET_KEY; если он потерян навсегда: qc secrets give-up, "
    "qc bitrix24 connect, qc console forget-two-steps"
)


class CannotChange(Exception):
    """The keys stay as they are; the text says what is to be done first."""


@dataclass(frozen=True)
class Keeper:
    """The keys of one installation and what they sealed."""

    settings: Installation
    database: Database
    clock: Clock

    @property
    def is_in_file(self) -> bool:
        """Nobody has configured a key: it stands beside the database, and we may write it."""
        return not self.settings.secret_key.get_secret_value()

    def stand(self) -> Stand:
        with self.database.reading() as session:
            return resealing.stand(session, keys.keys_of(self.settings).seal())

    def begin(self) -> None:
        """A new key in the file, the former ones under it. Raises CannotChange."""
        self._only_in_file("put a new key into QC_SECRET_KEY and the one of now into QC_PREVIOUS_SECRET_KEY")
        keys.lasting_secret(self.settings, self.database, self.clock)
        known = keys.keys_of(self.settings)
        keys.write_keys(keys.key_file(self.settings), [keys.new_key(), known.now, *known.former])

    def rotate(self, tell: Callable[[int, int], None]) -> Stand:
        """Everything sealed anew under the key of today. Raises CannotChange, WrongKey."""
        keys.lasting_secret(self.settings, self.database, self.clock)
        if behind := self._behind():
            raise CannotChange(f"first start anew what still runs with another key: {', '.join(behind)}")
        return resealing.reseal(self.database, keys.keys_of(self.settings).seal(), tell)

    def drop(self) -> int:
        """How many former keys the file held. Raises CannotChange while one of them is needed."""
        self._only_in_file("take QC_PREVIOUS_SECRET_KEY away")
        if (now := self.stand()).old or now.lost:
            raise CannotChange("something is still sealed with a former key: qc secrets rotate")
        known = keys.keys_of(self.settings)
        keys.write_keys(keys.key_file(self.settings), [known.now])
        return len(known.former)

    def give_up(self) -> None:
        keys.give_up(self.settings, self.database, self.clock)

    def _only_in_file(self, instead: str) -> None:
        if not self.is_in_file:
            raise CannotChange(f"the key is configured, so it is yours to change: {instead}")

    def _behind(self) -> Sequence[str]:
        """Workers that could not read what is sealed with the key of today."""
        ours = sign_of(keys.secret_of(self.settings))
        with self.database.reading() as session:
            seen = workers.seen(session, workers.moment(session, SystemClock()))
        others = [one.worker for one in seen if one.lives and one.worker.key not in ("", ours)]
        return [f"{one.host} ({one.pid})" for one in others]


# --- for the doctor ---------------------------------------------------------------------------


def findings(settings: Installation, database: Database) -> Iterator[Finding]:
    """Does every secret stand under the key of today, and is that kept from others?"""
    keeper = Keeper(settings, database, SystemClock())
    now = keeper.stand()
    if now.lost:
        yield Finding(False, f"Не открывается ни одним ключом: {', '.join(now.lost)}", GIVE_BACK)
    if now.old:
        told = f"Под прежним ключом ещё {len(now.old)} из {len(now.old) + now.fresh} секретов"
        yield Finding(False, told, "Перешифруйте: qc secrets rotate")
    if not (now.lost or now.old):
        yield Finding(True, f"Секреты в базе зашифрованы нынешним ключом: {now.fresh}{_unneeded(keeper)}")
    yield from _file(keeper)


def _unneeded(keeper: Keeper) -> str:
    former = len(keys.keys_of(keeper.settings).former)
    how = "qc secrets drop" if keeper.is_in_file else "уберите QC_PREVIOUS_SECRET_KEY"
    return f"; прежние ключи больше не нужны: {how}" if former else ""


def _file(keeper: Keeper) -> Iterator[Finding]:
    path = keys.key_file(keeper.settings)
    if keeper.is_in_file and path.exists() and path.stat().st_mode & OTHERS:
        told = f"Файл ключа {path} могут читать другие"
        yield Finding(False, told, f"Закройте его: chmod 600 {path}")
