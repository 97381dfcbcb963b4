"""The console as a whole: what stands behind its pages, and who is in front of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.ids import Ids
from qc_engine.store.database import Database
from qc_engine.web.console import words
from qc_engine.web.console.policy import Action, Place, Thing, User, Where, may

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


@dataclass(frozen=True)
class Choices:
    """What the list of cases can be narrowed to."""

    places: Sequence[Place] = ()
    scenarios: Sequence[tuple[str, str]] = ()  # name, title
    steps: Sequence[str] = ()
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
    language: str = "ru"
    zone: str = "UTC"
    is_demo: bool = False

    @property
    def is_tls(self) -> bool:
        return self.public_url.startswith("https://")


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

    def clock(self, moment: datetime) -> str:
        return words.clock(moment, self.zone)
