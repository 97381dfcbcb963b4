"""The owner's page of one week as a file that stands alone."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader

from qc_engine.clock import Clock
from qc_engine.telling.console import console_of
from qc_engine.telling.teller import Teller
from qc_engine.web.console import words
from qc_engine.web.console.policy import Role, User
from qc_engine.web.console.room import Console, Look, Visitor
from qc_engine.web.pages import looks
from qc_engine.web.pages.analytics import week
from qc_engine.web.pages.analytics.asking import PATH
from qc_engine.web.pages.analytics.week import Report

# Not a page: it stands alone, and brings its own looks along.
HERE = Path(__file__).parent / "templates"
PAGES = looks.TEMPLATES.loader
FILES = looks.TEMPLATES.overlay(loader=ChoiceLoader([FileSystemLoader(HERE), *([PAGES] if PAGES else [])]))


@dataclass(frozen=True)
class Written:
    """The report of one week in one language."""

    report: Report
    language: str
    page: str  # HTML that needs nothing else
    address: str  # of the same page in the console


def weekly_report(teller: Teller, clock: Clock, text: str = "", language: str = "") -> str:
    """HTML of every branch; `text`: '2026-W09', '' is the last whole week. Its links lead to the console."""
    return weekly_written(teller, clock, text, language).page


def weekly_written(teller: Teller, clock: Clock, text: str = "", language: str = "") -> Written:
    """As `weekly_report`, with what it says."""
    console = console_of(teller, clock)
    visitor = _owner(console, clock.now(), language or console.language)
    say = partial(words.say, visitor.look.language)
    told = week.values(console, visitor, text)
    page = FILES.get_template("week_file.html").render(t=say, language=visitor.look.language, **told)
    here, report = console.public_url.rstrip("/"), told["report"]
    # Every address in it is our own, and begins so; what others wrote is escaped.
    page = page.replace('href="/console', f'href="{here}/console')
    address = f"{here}{PATH}/week?week={week.named(report.first)}"
    return Written(report, visitor.look.language, page, address)


def _owner(console: Console, now: datetime, language: str) -> Visitor:
    """Whoever has the command line may see everything anyway."""
    user = User("", "", Role.OWNER)
    return Visitor(user, "", "", Look(language, "light"), "", now, console.zone)
