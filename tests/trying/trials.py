"""A trial as tests run it: over the database of a flow, by the version that is active there."""

from datetime import timedelta

from qc_engine.core.effects import SendMessage
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from qc_engine.trying.past import Person, Season
from qc_engine.trying.reading import looking, people_of, season_of
from qc_engine.trying.report import Report, Voices
from qc_engine.trying.roads import Road
from qc_engine.trying.trial import Trial, Versions
from tests.flow.fakes import NAMES, ROOT, Flow

TEXT = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8")


def season_and_people(flow: Flow, days: int = 90) -> tuple[Season, list[Person]]:
    now = flow.clock.now()
    with looking(flow.database) as session:
        season = season_of(
            session, flow.libraries["main"], "tyre_centre", (now - timedelta(days=days), now), now
        )
        return season, list(people_of(session, season))


def changed(*swaps: tuple[str, str], text: str = TEXT) -> Scenario:
    """The shipped scenario after each swap; each must find something."""
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)
    return load_text(text, "new.yaml", NAMES)


def tried(season: Season, people: list[Person], new: Scenario, branch: str = "") -> Report:
    versions = Versions(season)
    trial = Trial(season, versions.active, versions.ready(new), branch)
    return trial.report(people, Voices("ru", season.titles))


def roads(season: Season, people: list[Person], new: Scenario) -> dict[str, tuple[Road, Road]]:
    """Both roads of every case, by its id."""
    versions = Versions(season)
    trial = Trial(season, versions.active, versions.ready(new))
    return {pair[0].past.case.id: pair for person in people for pair in trial.roads(person)}


def texts(road: Road) -> list[str]:
    return [one.effect.text for one in road.done(SendMessage) if isinstance(one.effect, SendMessage)]
