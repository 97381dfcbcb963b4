"""What the page asks of the engine, and what it is told. All of it is called on threads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sqlmodel import Session

if TYPE_CHECKING:
    from qc_engine.web.pages.scenarios.rooms import Pasts, Trials, Upkeep

Told = Mapping[str, Any]
FILE = "file"  # in the place of a version: what the file holds now


@dataclass(frozen=True)
class Said:
    """Who wants something done, and why; `note` is written down in the same transaction."""

    by: str
    because: str
    note: Callable[[Session], None]


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where. `story`: what had happened in a test until then."""

    file: str
    line: int
    column: int
    text: str
    story: Sequence[str] = ()

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Run:
    """One test that was played; it holds when there is no fault."""

    name: str
    fault: Fault | None
    story: Sequence[str]


@dataclass(frozen=True)
class Report:
    """What a check said. `version`: that of the text; '' when it cannot be read at all."""

    version: str = ""
    faults: Sequence[Fault] = ()  # of the scenarios, or of the tests as they are written
    runs: Sequence[Run] = ()

    @property
    def failing(self) -> Sequence[Fault]:
        return [*self.faults, *(run.fault for run in self.runs if run.fault)]

    @property
    def is_fine(self) -> bool:
        return bool(self.version) and not self.failing


@dataclass(frozen=True)
class Draft:
    """The scenario's file, to be edited. `why_not`: a key of the catalogue; then there is no text."""

    file: str
    text: str
    stamp: str
    why_not: str = ""


@dataclass(frozen=True)
class Came:
    """What came of something that somebody wanted: '' when it was done, else why not, a key."""

    why_not: str = ""
    report: Report = Report()


class Workshop(Protocol):
    """Portals and names are those of scenarios that there are; otherwise None, or nothing happens."""

    def all(self) -> Sequence[Told]:
        """Every scenario of every portal: see qc_engine/telling/scenarios/listed.py."""

    def one(self, portal: str, name: str) -> Told | None:
        """The same with its log, its kept versions and its file."""

    def text(self, portal: str, name: str, version: str) -> str | None:
        """None when nobody keeps it."""

    def compared(self, portal: str, name: str, before: str, after: str) -> Told | None:
        """Rows in words, and lines. None: one of the two cannot be read."""

    def played(self, portal: str, name: str, version: str, language: str) -> Report:
        """The check and the tests of a version, or of FILE."""

    def did(self, portal: str, name: str, hours: int, language: str) -> Told:
        """What was done lately, and what is held."""

    def activate(
        self, portal: str, name: str, version: str, language: str, is_file: bool, said: Said
    ) -> Came:
        """Only when everything holds, and the text is still that `version`."""

    def act(self, portal: str, name: str, do: str, said: Said) -> bool:
        """pause, resume, freeze, thaw, stop, clear (its alarm); False when it stands otherwise by now."""

    def draft(self, portal: str, name: str, version: str = "") -> Draft:
        """The file as it is now; with a `version`, its text in the file's stead."""

    def faults(self, portal: str, name: str, text: str) -> Sequence[Fault]:
        """Of a text that somebody is writing; no test is played."""

    def save(self, portal: str, name: str, text: str, stamp: str, language: str, said: Said) -> Came:
        """Write the text into the file that was read as `stamp`, and put it in force."""

    def keep(self, portal: str, name: str, text: str, language: str, said: Said) -> Came:
        """Keep the text among the versions, in force nowhere; `report.version` says which one it is."""

    @property
    def trials(self) -> "Trials": ...

    @property
    def pasts(self) -> "Pasts": ...

    @property
    def upkeep(self) -> "Upkeep": ...
