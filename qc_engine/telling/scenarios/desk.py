"""The workshop of the console: what its page of scenarios shows and does, as the commands do it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from threading import BoundedSemaphore

from qc_engine.clock import Clock
from qc_engine.explain.hiding import without_pages
from qc_engine.flow.versions.library import Library, VersionLost
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.yaml.including import apart
from qc_engine.store import notebook, scenarios
from qc_engine.telling.scenarios import done, drafts, looking, saving, sides, switching
from qc_engine.telling.scenarios.acting import ACTS
from qc_engine.telling.scenarios.bench import Bench
from qc_engine.telling.scenarios.drafts import Unwritable
from qc_engine.telling.scenarios.opened import NoSuchVersion, Opened
from qc_engine.telling.scenarios.pasts_room import PastsRoom
from qc_engine.telling.scenarios.playing import play
from qc_engine.telling.scenarios.reporting import called, fault_of, faulty, report_of
from qc_engine.telling.scenarios.trials_room import TrialsRoom
from qc_engine.telling.scenarios.upkeep_room import UpkeepRoom
from qc_engine.telling.teller import Teller
from qc_engine.web.pages.scenarios.workshop import FILE, Came, Draft, Fault, Report, Said, Told

CHANGED, SAME, FAULTS, KNOWN = "changed", "same", "faults", "known"


@dataclass(frozen=True)
class Desk:
    """Reading and playing take a processor for a while: one at a time, the surveys go on meanwhile."""

    teller: Teller
    clock: Clock
    turn: BoundedSemaphore = field(default_factory=BoundedSemaphore)
    bench: Bench = field(default_factory=Bench)

    @property
    def trials(self) -> TrialsRoom:
        return TrialsRoom(self)

    @property
    def pasts(self) -> PastsRoom:
        return PastsRoom(self, self.bench)

    @property
    def upkeep(self) -> UpkeepRoom:
        return UpkeepRoom(self)

    def opened(self, portal: str, name: str) -> Opened:
        teller = self.teller
        return Opened(teller.settings, teller.database, self.clock, portal, name, teller.libraries)

    # --- looking ------------------------------------------------------------------------------

    def all(self) -> Sequence[Told]:
        with self.teller.database.reading() as session:
            rows = [row for row in scenarios.everywhere(session) if row.portal in self.teller.libraries]
            return [looking.listed(session, self.opened(row.portal, row.name), row) for row in rows]

    def one(self, portal: str, name: str) -> Told | None:
        if portal not in self.teller.libraries:
            return None
        with self.teller.database.reading() as session:
            row = scenarios.of_portal(session, portal).get(name)
            return looking.whole(session, self.opened(portal, name), row) if row else None

    def text(self, portal: str, name: str, version: str) -> str | None:
        with self.teller.database.reading() as session:
            row = notebook.version(session, portal, version)
        return row.source if row and row.name == name else None

    def compared(self, portal: str, name: str, before: str, after: str) -> Told | None:
        one = self.opened(portal, name)
        try:
            with self.turn, self.teller.database.reading() as session:
                pair = (sides.side(session, one, before), sides.side(session, one, after))
        except (NoSuchVersion, BadScenarios):
            return None
        return {"words": sides.in_words(*pair), "lines": sides.by_lines(*pair), "kinds": sides.KINDS}

    def did(self, portal: str, name: str, hours: int, language: str) -> Told:
        with self.teller.database.reading() as session:
            told = done.did(session, self.opened(portal, name), timedelta(hours=hours), language)
        shown: Told = without_pages(told)
        return shown

    # --- playing ------------------------------------------------------------------------------

    def played(self, portal: str, name: str, version: str, language: str) -> Report:
        with self.turn:
            return self.looked_at(self.opened(portal, name), version, language)[1]

    def looked_at(
        self, one: Opened, version: str, language: str, *, beside: bool = False
    ) -> tuple[Library | None, Report]:
        """Read and played (`beside`: see `play`); `turn` is to be held meanwhile.

        Without a library where it cannot be read.
        """
        try:
            library = switching.from_file(one) if version == FILE else switching.older(one, version)
            tests = play(one, library, language=language, beside=beside)
        except BadScenarios as bad:
            return None, faulty(one, bad)
        except (NoSuchVersion, VersionLost):
            return None, Report()
        return library, report_of(one, library, tests)

    # --- acting -------------------------------------------------------------------------------

    def activate(
        self, portal: str, name: str, version: str, language: str, is_file: bool, said: Said
    ) -> Came:
        one = self.opened(portal, name)
        with self.turn:
            library, report = self.looked_at(one, FILE if is_file else version, language)
        if library is None or not report.is_fine:
            return Came(FAULTS, report)
        if report.version != version:
            return Came(CHANGED, report)
        with one.database.transaction() as session:
            switching.put(session, one, library, said.by, said.because)
            said.note(session)
        return Came(report=report)

    def act(self, portal: str, name: str, do: str, said: Said) -> bool:
        one = self.opened(portal, name)
        with one.database.transaction() as session:
            happened = ACTS[do](session, one, said.by, said.because)
            if happened:
                said.note(session)
        return happened

    # --- writing ------------------------------------------------------------------------------

    def draft(self, portal: str, name: str, version: str = "") -> Draft:
        one = self.opened(portal, name)
        try:
            read = drafts.written(one)
        except Unwritable as why:
            return Draft("", "", "", str(why))
        kept = self.text(portal, name, version) if version else None
        return Draft(called(one, str(read.path)), apart(kept)[0] if kept else read.text, read.stamp)

    def faults(self, portal: str, name: str, text: str) -> Sequence[Fault]:
        one = self.opened(portal, name)
        try:
            path = drafts.written(one).path
        except Unwritable:
            return ()
        with self.turn:
            found = drafts.faults_in(one, path, saving.tidy(text))
        return [fault_of(one, problem) for problem in found]

    def save(self, portal: str, name: str, text: str, stamp: str, language: str, said: Said) -> Came:
        one, text = self.opened(portal, name), saving.tidy(text)
        try:
            read = drafts.written(one)
            if read.stamp != stamp:
                return Came(saving.LATELY_CHANGED)
            return self._saved(one, read, text, language, said)
        except Unwritable as why:
            return Came(str(why))

    def _saved(self, one: Opened, read: drafts.Written, text: str, language: str, said: Said) -> Came:
        try:
            with self.turn:
                library, tests = drafts.tried(one, read.path, text, language)
        except BadScenarios as bad:
            return Came(FAULTS, faulty(one, bad))
        report = report_of(one, library, tests)
        if not report.is_fine:
            return Came(FAULTS, report)
        if text == read.text and self._is_in_force(one, report.version):
            return Came(SAME, report)
        saving.save(one, library, read, text, said.by, said.because, said.note)
        return Came(report=report)

    def _is_in_force(self, one: Opened, version: str) -> bool:
        with one.database.reading() as session:
            return scenarios.of_portal(session, one.portal)[one.name].version == version

    def keep(self, portal: str, name: str, text: str, language: str, said: Said) -> Came:
        one = self.opened(portal, name)
        try:
            with self.turn:
                library, tests = drafts.tried(one, drafts.written(one).path, saving.tidy(text), language)
        except BadScenarios as bad:
            return Came(FAULTS, faulty(one, bad))
        except Unwritable as why:
            return Came(str(why))
        report = report_of(one, library, tests)
        if not report.is_fine:
            return Came(FAULTS, report)
        return Came("" if saving.keep(one, library, said.by, said.because, said.note) else KNOWN, report)
