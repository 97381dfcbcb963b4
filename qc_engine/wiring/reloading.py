"""The scenarios of a running engine follow their folder, and what people say by commands."""

import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.flow.versions.library import Library, VersionLost
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.yaml.including import ENDINGS
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.store import alarms
from qc_engine.store.database import Database
from qc_engine.wiring.versions import NamesNow, has_last_good, put_in_force, stamp, take_effect, take_note

log = structlog.get_logger(__name__)
EVERY = timedelta(seconds=2)
Fingerprint = tuple[tuple[str, int, int], ...]


def fingerprint(folder: Path) -> Fingerprint:
    """What tells one content of a folder from another, without reading it: names, times and sizes."""
    found = []
    for path in sorted(folder.rglob("*")):
        try:
            about = path.stat()
        except OSError:  # an editor has just put another file in its place
            continue
        if path.suffix in ENDINGS and path.is_file():
            found.append((str(path), about.st_mtime_ns, about.st_size))
    return tuple(found)


@dataclass
class Watched:
    """A folder, as it was when it was last read."""

    folder: Path
    read: Fingerprint | None = None  # None: nothing yet, or not to its end
    seen: Fingerprint = ()

    def __post_init__(self) -> None:
        self.read = self.seen = fingerprint(self.folder)

    def has_changed(self) -> bool:
        """Is it another one than the one that was read, and at rest? A file may be saved piece by piece."""
        now = fingerprint(self.folder)
        at_rest, self.seen = now == self.seen, now
        if now == self.read or not at_rest:
            return False
        self.read = now
        return True

    def look_again(self) -> None:
        """What was read did not come to its end."""
        self.read = None


@dataclass
class Reloading:
    """Keeps the library of one portal in step: everybody holds the same one, what is in it changes."""

    database: Database
    clock: Clock
    library: Library
    folder: Watched
    read: Callable[[], Library]  # the folder by the names that are known. Raises BadScenarios
    names: Callable[[], NamesNow]
    # What does not hold in the tests of these scenarios, as they stand in the folder.
    play: Callable[[Library, Collection[str]], Sequence[Problem]]
    by_hand: bool = False
    ask_names: Callable[[], None] = lambda: None  # the portal, which takes its time; news come by `renamed`
    fresh: Library | None = None  # the folder when it was last whole
    on_change: Callable[[], None] = lambda: None
    # Of several workers one writes down what its folder holds; the others follow what is in force.
    records: Callable[[], bool] = lambda: True
    _recorded: bool = False  # was it us, when we last looked?
    _unread: bool = False  # is the folder one that cannot be read by the names that are known?
    _stamp: object = field(default=None)
    _turn: AbstractContextManager[object] = field(default_factory=threading.RLock)  # files, commands, names

    def start(self, fresh: Library | None, broken: BadScenarios | None = None) -> None:
        """Raises `broken`, or what the tests say, when there is no last good version to go on with."""
        self._unread, self._recorded = fresh is None, self.records()
        if fresh is not None and (broken := self._failing(fresh)):
            fresh = None
        self.fresh = fresh
        with self.database.transaction() as session:
            if broken and self._recorded and not has_last_good(session, self.library.portal):
                raise broken
            self._take_in(session, fresh, broken, self.clock.now())

    def look(self) -> int:
        """0, because there is nothing more to do at once."""
        with self._turn:
            takes_over = self._takes_over()
            is_new = self.folder.has_changed() or takes_over
            if is_new:
                self._read_again()
            elif self._said_otherwise():
                self._apply()
        # A name that nobody knows may have been made a moment ago. The alarm is up, nobody waits for us.
        if is_new and self._unread and self._recorded:
            self.ask_names()
        return 0

    def _takes_over(self) -> bool:
        """Who wrote it down until now is gone: from here on our folder counts, as after a restart."""
        before, self._recorded = self._recorded, self.records()
        return self._recorded and not before

    def renamed(self, learn: Callable[[Library], None]) -> None:
        """People renamed something at the portal: what is not in force now must know it too."""
        with self._turn:
            if self.fresh is not None:
                try:
                    learn(self.fresh)
                except BadScenarios as fault:
                    log.error("names no longer fit", portal=self.library.portal, reason=str(fault))
            if self._unread:
                self._read_again()
            else:
                self._apply()

    def _said_otherwise(self) -> bool:
        with self.database.reading() as session:
            return stamp(session, self.library.portal) != self._stamp

    def _read_again(self) -> None:
        try:
            self._read()
        except Exception:
            self.folder.look_again()
            raise

    def _read(self) -> None:
        fresh: Library | None = None
        try:
            fresh = self.read()
            broken = self._failing(fresh)
        except BadScenarios as faults:
            broken = faults
        self._unread = fresh is None
        fresh = None if broken else fresh
        with self.database.transaction() as session:
            self._take_in(session, fresh, broken, self.clock.now())
        self.on_change()

    def _failing(self, fresh: Library) -> BadScenarios | None:
        """Tests of what would take effect. Outside of any transaction: stories take their time."""
        if not self._recorded:
            return None
        with self.database.reading() as session:
            names = take_effect(session, fresh, by_hand=self.by_hand)
        problems = self.play(fresh, names) if names else ()
        return BadScenarios(problems) if problems else None

    def _apply(self) -> None:
        """Somebody paused, activated or froze something."""
        with self.database.transaction() as session:
            self._in_force(session, self.clock.now())
        self.on_change()

    def _take_in(
        self, session: Session, fresh: Library | None, broken: BadScenarios | None, now: datetime
    ) -> None:
        if fresh is not None:
            self.fresh = fresh
        if self._recorded:
            self._write_down(session, fresh, broken, now)
        self._in_force(session, now)

    def _write_down(
        self, session: Session, fresh: Library | None, broken: BadScenarios | None, now: datetime
    ) -> None:
        if fresh is not None:
            take_note(session, fresh, now, by_hand=self.by_hand)
        if broken is not None:
            self._alarm(session, broken, now)
        elif fresh is not None:
            alarms.clear(session, self._key)

    def _in_force(self, session: Session, now: datetime) -> None:
        session.flush()
        try:
            put_in_force(session, self.library, self.fresh, self.names())
        except (BadScenarios, VersionLost) as fault:
            log.error("a version cannot be put in force", portal=self.library.portal, reason=str(fault))
            if isinstance(fault, BadScenarios) and self._recorded:
                self._alarm(session, fault, now)
        self._stamp = stamp(session, self.library.portal)

    @property
    def _key(self) -> str:
        return f"scenarios:{self.library.portal}"

    def _alarm(self, session: Session, broken: BadScenarios, now: datetime) -> None:
        first = broken.problems[0]
        told = {
            "portal": self.library.portal, "file": first.file, "line": first.line, "column": first.column,
            "text": first.message, "count": len(broken.problems),
        }  # fmt: skip
        alarms.raise_alarm(session, self._key, "alarm.scenarios", told, now)
