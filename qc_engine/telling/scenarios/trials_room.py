"""Candidates as the console begins, watches and promotes them: as `qc scenario shadow` and `ramp` do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qc_engine.explain.hiding import without_pages
from qc_engine.flow.versions.library import Library, VersionLost
from qc_engine.flow.versions.ramping import NotACondition
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.store.scenarios import RAMP
from qc_engine.telling.scenarios import silent, trying_out
from qc_engine.telling.scenarios.ending import clear_alarm, end_ramp
from qc_engine.telling.scenarios.opened import NoSuchVersion, Opened, version_meant
from qc_engine.telling.scenarios.playing import play
from qc_engine.telling.scenarios.reporting import faulty, report_of
from qc_engine.web.pages.scenarios.rooms import Pace, Plan
from qc_engine.web.pages.scenarios.workshop import FILE, Came, Report, Said, Told

if TYPE_CHECKING:
    from qc_engine.telling.scenarios.desk import Desk

FAULTS, CHANGED, OTHERWISE, NO_CONDITION = "faults", "changed", "stands_otherwise", "no_condition"


@dataclass(frozen=True)
class TrialsRoom:
    """See `Trials` for what each of it promises."""

    desk: "Desk"

    def pace(self, portal: str, name: str) -> Pace:
        one = self.desk.opened(portal, name)
        with one.database.reading() as session:
            begun, days = trying_out.pace(session, one)
        return Pace(begun, days, trying_out.branches(one))

    # --- beginning ----------------------------------------------------------------------------

    def weighed(self, portal: str, name: str, version: str, language: str) -> Came:
        return self._weighed(self.desk.opened(portal, name), version, language)[1]

    def _weighed(self, one: Opened, version: str, language: str) -> tuple[Library | None, Came]:
        with self.desk.turn:
            # Also by the tests of the folder: nobody could promote what does not pass them.
            library, report = self.desk.looked_at(one, version, language, beside=True)
            if library is None or not report.is_fine:
                return None, Came(FAULTS, report)
            return library, Came(trying_out.unfit(one, library.active[one.name]), report)

    def begin(
        self, portal: str, name: str, version: str, language: str, plan: Plan, is_file: bool, stand: str,
        said: Said,
    ) -> Came:  # fmt: skip
        one = self.desk.opened(portal, name)
        library, came = self._weighed(one, FILE if is_file else version, language)
        if library is None or came.why_not:
            return came
        if came.report.version != version:
            return Came(CHANGED, came.report)
        try:
            return self._begun(one, library, plan, stand, said, came.report)
        except NotACondition:
            return Came(NO_CONDITION, came.report)

    def _begun(
        self, one: Opened, library: Library, plan: Plan, stand: str, said: Said, report: Report
    ) -> Came:
        trial = trying_out.Trial(plan.mode, plan.share, plan.branches, plan.stop_if, plan.after)
        with one.database.transaction() as session:
            if trying_out.stand(one.row(session)) != stand:
                return Came(OTHERWISE, report)
            trying_out.begin(session, one, library, trial, said.by, said.because)
            said.note(session)
        return Came(report=report)

    # --- promoting ----------------------------------------------------------------------------

    def examined(self, portal: str, name: str, language: str) -> Report:
        one = self.desk.opened(portal, name)
        try:
            with self.desk.turn:
                library = trying_out.ramped(one)
                return (
                    report_of(one, library, play(one, library, None, language, beside=True))
                    if library
                    else Report()
                )
        except BadScenarios as bad:
            return faulty(one, bad)
        except VersionLost:
            return Report()

    def promote(self, portal: str, name: str, version: str, language: str, said: Said) -> Came:
        report = self.examined(portal, name, language)
        if not report.is_fine:
            return Came(FAULTS if report.version or report.faults else OTHERWISE, report)
        one = self.desk.opened(portal, name)
        with one.database.transaction() as session:
            row = one.row(session)
            if (row.mode, row.candidate) != (RAMP, version) or report.version != version:
                return Came(OTHERWISE, report)
            clear_alarm(session, one)
            end_ramp(session, one, said.by, said.because, promote=True)
            said.note(session)
        return Came(report=report)

    # --- watching -----------------------------------------------------------------------------

    def beside(self, portal: str, name: str, version: str, language: str) -> Told | None:
        one = self.desk.opened(portal, name)
        with one.database.reading() as session:
            try:
                meant = version_meant(session, one, version) if version else silent.candidate(session, one)
            except NoSuchVersion:
                return None
            told: Told = without_pages(silent.report(session, one, meant, language)) if meant else {}
        return told or None

    def both(self, portal: str, name: str, case_id: str, version: str, language: str) -> Told | None:
        one = self.desk.opened(portal, name)
        try:
            with one.database.reading() as session:
                meant = version or silent.candidate(session, one)
                found = silent.stories(session, one, case_id, meant, language)
        except (BadScenarios, VersionLost):
            return None
        told: Told | None = without_pages(found) if found else None
        return told
