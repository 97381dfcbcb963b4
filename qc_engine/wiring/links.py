"""The review links of an installation: the door in front of them, and the daily look at their pages."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from qc_engine.clock import Clock
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.store.database import Database
from qc_engine.wiring.installation import Installation, portals_of
from qc_engine.wiring.keys import secret_of
from redirect.addresses import DEFAULT_RANGES
from redirect.alone import pages_by_branch
from redirect.app import CommitsRows, Redirect
from redirect.checking import PageCheck, ReviewPage
from redirect.platforms import check_target


def redirect_of(
    settings: Installation, commit: CommitsRows, clock: Clock, on_person: Callable[[], None] = lambda: None
) -> Redirect:
    """The same in the engine and on a host of its own."""
    links = settings.links
    return Redirect(
        commit,
        clock,
        language=settings.language,
        pages=pages_by_branch(review_pages(settings)),
        secret=secret_of(settings).encode(),
        public_url=settings.public_url,
        picture=links.picture,
        lifetime=links.lifetime,
        ranges=[*DEFAULT_RANGES, *map(str, links.machine_ranges)],
        on_person=on_person,
    )


def page_check(settings: Installation, database: Database, clock: Clock) -> PageCheck:
    """Asks every review page of config.yaml once a day."""
    return PageCheck(database, clock, lambda: list(_pages(settings)))


def review_pages(settings: Installation) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """(portal, branch) -> platform -> address, of all portals of config.yaml."""
    return {
        (name, branch.name): branch.review_pages
        for name, portal in portals_of(settings).items()
        for branch in portal.branches
    }


def unfit_pages(settings: Installation, path: Path) -> list[Problem]:
    """Where in config.yaml a review page stands to which no visitor can be sent, and why."""
    source = read_file(path)
    found = ((place, check_target(str(place[-1]), page)) for place, page in _places(settings))
    return [source.problem(place, f"{place[-1]}: {fault}") for place, fault in found if fault]


def _places(settings: Installation) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for name, portal in portals_of(settings).items():
        above: tuple[str | int, ...] = ("portals", name) if name in settings.portals else ()
        for number, branch in enumerate(portal.branches):
            for platform, page in branch.review_pages.items():
                yield (*above, "branches", number, "review_pages", platform), page


def _pages(settings: Installation) -> Iterator[ReviewPage]:
    for (portal, branch), pages in review_pages(settings).items():
        yield from (ReviewPage(portal, branch, platform, url) for platform, url in pages.items())
