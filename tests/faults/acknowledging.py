"""A process that stores words and says aloud which of them are stored: for a disk whose flush fails."""

import sys
from pathlib import Path

from qc_engine.store.database import Database
from qc_engine.store.driver import Driver
from qc_engine.store.tables import CursorRow


def main(path: Path, words: int) -> None:
    """By both ways in turn: the hot writer's own, and a session."""
    database = Database(f"sqlite:///{path}")
    driver = Driver(database)
    for number in range(words):
        word = f"word-{number}"
        try:
            _by_driver(driver, word) if number % 2 else _by_session(database, word)
        except Exception as trouble:  # noqa: BLE001  whatever it is called, it is not stored
            _say("refused", word, type(trouble).__name__)
        else:
            _say("stored", word)


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def _by_driver(driver: Driver, word: str) -> None:
    with driver.transaction() as writing:
        writing.insert("INSERT INTO cursors (name, value)", [(word, "x")])


def _by_session(database: Database, word: str) -> None:
    with database.transaction() as session:
        session.add(CursorRow(name=word, value="x"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
