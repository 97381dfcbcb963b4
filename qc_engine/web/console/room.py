"""The console as a whole: what stands behind its pages, and who is in front of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.case import Case
from qc_engine.core.events import Event
from qc_engine.ids import Ids
from qc_engine.store.database import Database
from qc_engine.store.memory import Seal
from qc_engine.store.tables import CaseRow
from qc_engine.web.console import words
from qc_engine.web.console.policy import Action, Place, Thing, User, Where, may
from qc_engine.web.oidc.provider import Provider
from qc_engine.web.pages.cases.doable import Doable
from qc_engine.web.pages.dissatisfied.outlook import Outlook
from qc_engine.web.pages.privacy.keeping import Keeping
from qc_engine.web.pages.scenarios.workshop import Workshop
from qc_engine.web.pages.settings.office import Office

ENTER = "/console/enter/"  # and the token of a one-time link
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Branches = Collection[tuple[str, str]] | None  # (portal, branch); None: every one
Told = Mapping[str, Any]


@dataclass(frozen=True)
class Behind:
    """What the console asks of the engine. The callables are called on threads."""

    attention: Callable[[str, Branches], Told]  # in a language, of these branches
    dossier: Callable[[str, str], Told | None]  # of a case, in a language
    # (session, effect, how, now); raises ValueError when nobody has to decide (any more)
    resolve: Callable[[Session, int, str, datetime], None]
    word: Callable[[str, str, str], str]  # (language, group, word): what people call a state, an outcome
    step: Callable[[str, str, str], str]  # (language, scenario or '', step): what people call it
    # (session, case, event, language, now): what would come of it, in sentences; nothing happens
    follows: Callable[[Session, Case, Event, str, datetime], Sequence[str]]
    questions: Callable[[Session, CaseRow], Mapping[str, str]]  # what people call those of a case
    doable: Callable[[Session, CaseRow], Doable]  # what may be done to a case by hand
    causes: Callable[[str], Mapping[str, str]]  # of complaints, in a language: word -> what people call it
    # (session, case, language, now): what may be said about its complaint, and what would follow
    outlook: Callable[[Session, CaseRow, str, datetime], Outlook]
    privacy: Keeping  # what is held about people, and its end
    crm: Callable[[str], str]  # of a portal: its address in a browser; "" where the settings do not tell


@dataclass(frozen=True)
class Choices:
    """What the list of cases can be narrowed to."""

    places: Sequence[Place] = ()
    scenarios: Sequence[tuple[str, str]] = ()  # name, title
    steps: Sequence[str] = ()
    steps_of: Mapping[str, Sequence[str]] = field(default_factory=dict)  # scenario -> its steps, in order
    outcomes: Sequence[str] = ()


@dataclass(frozen=True)
class Console:
    """One installation's console."""

    database: Database
    clock: Clock  # the engine's: in a demo it leaps
    wall: Clock  # the machine's: sessions and links live by it
    ids: Ids
    behind: Behind
    choices: Callable[[], Choices]
    public_url: str
    workshop: Workshop  # of the scenarios
    office: Office  # of the settings
    seal: Callable[[], Seal]  # closes what the database must not tell
    language: str = "ru"
    zone: str = "UTC"
    is_demo: bool = False
    provider: Provider | None = None  # where people may sign in too
    is_copy: Callable[[], bool] = lambda: False  # for trying, as a person has said
    needs_two_steps: bool = False  # nobody gets any further without a second step of the login

    @property
    def is_tls(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def can_be_overheard(self) -> bool:
        """Without TLS, unless nothing leaves this machine."""
        return not self.is_tls and urlsplit(self.public_url).hostname not in LOOPBACK


@dataclass(frozen=True)
class Look:
    """How somebody wants to see the pages."""

    language: str
    theme: str  # auto, light, dark


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in, at one moment."""

    user: User
    session_id: str
    csrf: str
    look: Look
    address: str
    now: datetime  # by the engine's clock
    zone: str

    def may(self, action: Action, thing: Thing = Where.ANYWHERE) -> bool:
        return may(self.user, action, thing)

    def say(self, key: str, **values: object) -> str:
        return words.say(self.look.language, key, **values)

    def counted(self, thing: str, number: int) -> str:
        return words.counted(self.look.language, thing, number)

    def ago(self, moment: datetime) -> str:
        return words.ago(self.look.language, moment, self.now)

    def number(self, value: object) -> str:
        """'3,5', in English '3.5'; what is no number stays as it is."""
        return words.number(self.look.language, value)

    def clock(self, moment: datetime) -> str:
        return words.clock(moment, self.zone)
