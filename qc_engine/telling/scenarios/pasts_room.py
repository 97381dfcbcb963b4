"""A version, a file or a draft on the clients of the past, as `qc simulate` tries it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from qc_engine.explain.hiding import without_pages
from qc_engine.flow.versions.library import Library, VersionLost
from qc_engine.ids import RandomIds
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.store.database import Database
from qc_engine.telling.scenarios import drafts, pasts_kept, saving, switching
from qc_engine.telling.scenarios.bench import Bench, Run
from qc_engine.telling.scenarios.drafts import Unwritable
from qc_engine.telling.scenarios.opened import SHORT, NoSuchVersion, Opened
from qc_engine.telling.scenarios.past_told import report_told
from qc_engine.telling.scenarios.reporting import faulty
from qc_engine.telling.scenarios.trying_out import NOTHING_IN_FORCE
from qc_engine.trying.past import Season
from qc_engine.trying.reading import crowd_of, days_with_cases, looking, season_beside
from qc_engine.trying.report import Voices
from qc_engine.trying.roads import Road
from qc_engine.trying.telling import story
from qc_engine.trying.trial import Trial, Versions
from qc_engine.web.pages.scenarios.rooms import DONE, RUNNING, Asked, Begun, Past
from qc_engine.web.pages.scenarios.workshop import FILE, Came, Said, Told

if TYPE_CHECKING:
    from qc_engine.telling.scenarios.desk import Desk

FAULTS, NO_VERSION, NO_CASES, BUSY = "faults", "no_version", "no_cases", "busy"


@dataclass(frozen=True)
class PastsRoom:
    """See `Pasts` for what each of it promises."""

    desk: "Desk"
    bench: Bench

    def begin(self, portal: str, name: str, asked: Asked, language: str, said: Said) -> Begun:
        one = self.desk.opened(portal, name)
        if other := self.bench.under_way():
            return _busy(other)
        if name not in one.library().active:
            return Begun(came=Came(NOTHING_IN_FORCE))
        try:
            with self.desk.turn:
                fresh = _library(one, asked)
                return self._begun(one, fresh, asked, language, said)
        except BadScenarios as bad:
            return Begun(came=Came(FAULTS, faulty(one, bad)))
        except (NoSuchVersion, VersionLost):
            return Begun(came=Came(NO_VERSION))
        except Unwritable as why:
            return Begun(came=Came(str(why)))

    def _begun(self, one: Opened, fresh: Library, asked: Asked, language: str, said: Said) -> Begun:
        now = one.now()
        span = (now - timedelta(days=asked.days), now)
        with looking(one.database) as session:
            season = season_beside(session, one.library(), fresh, one.name, span, now)
            days = None if season.count else days_with_cases(session, season)
        if not season.count or asked.branch not in ("", *season.branches):
            return Begun(came=Came(NO_CASES), days=days)
        voices = Voices(language, season.titles, (one.library().active[one.name], fresh.active[one.name]))
        run = Run(
            RandomIds().case_id(), _trial(season, fresh, asked), one.database,
            voices, asked, said.by, now, self.bench.wall, keep=self._keep,
        )  # fmt: skip
        if other := self.bench.begin(run):
            return _busy(other)
        with one.database.transaction() as session:
            said.note(session)
        return Begun(run.id)

    def _keep(self, run: Run) -> None:
        pasts_kept.keep(run, self.desk.teller.settings.timezone)

    @property
    def _database(self) -> Database:
        return self.desk.teller.database

    # --- what came of it ----------------------------------------------------------------------

    def one(self, portal: str, name: str, id_: str) -> Past | None:
        run = self.bench.get(id_)
        past = run.past if run else pasts_kept.past_of(self._database, id_, self.bench.wall.now())
        return past if past and (past.portal, past.name) == (portal, name) else None

    def report(self, id_: str, language: str) -> Told | None:
        run = self.bench.get(id_)
        if run is None:
            return pasts_kept.report_of(self._database, id_, language)
        if run.state != DONE or run.report is None:
            return None
        settings = self.desk.teller.settings
        told: Told = without_pages(report_told(run.report, run.voices.speaking(language)(settings.timezone)))
        return told

    def both(self, id_: str, case_id: str, language: str) -> Told | None:
        run = self.bench.get(id_)
        if run is None:
            return None
        with self.desk.turn:
            pair = _roads(run, case_id)
        if pair is None:
            return None
        voice = run.voices.speaking(language)(pair[0].past.case.branch.timezone)
        old, new = (story(voice, road, f"{road.case.scenario}@{road.case.version[:SHORT]}") for road in pair)
        told: Told = without_pages({"case_id": case_id, "old": old, "new": new})
        return told

    def cancel(self, id_: str, said: Said) -> None:
        run = self.bench.get(id_)
        if run is None or run.state != RUNNING or run.stop.is_set():
            return
        run.stop.set()
        with run.database.transaction() as session:
            said.note(session)


def _library(one: Opened, asked: Asked) -> Library:
    """The scenario as it is asked for. Raises BadScenarios, NoSuchVersion, VersionLost, Unwritable."""
    if asked.text is not None:
        return drafts.read(one, drafts.written(one).path, saving.tidy(asked.text))
    return switching.from_file(one) if asked.version == FILE else switching.older(one, asked.version)


def _trial(season: Season, fresh: Library, asked: Asked) -> Trial:
    versions = Versions(season)
    return Trial(season, versions.active, versions.ready(fresh.active[season.scenario]), asked.branch)


def _roads(run: Run, case_id: str) -> tuple[Road, Road] | None:
    """Lived once more: of a report nothing but its sums is kept."""
    people = crowd_of(run.database, run.trial.season, run.trial.branch, case_id)
    pairs = (pair for person in people for pair in run.trial.roads(person))
    return next((pair for pair in pairs if pair[0].past.case.id == case_id), None)


def _busy(other: Run) -> Begun:
    return Begun(came=Came(BUSY), other=other.past)
