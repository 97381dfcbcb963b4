"""What the settings ask of the engine, and what they are told. All of it is called on threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from qc_engine.store.examinations import Examination

Told = Mapping[str, Any]


@dataclass(frozen=True)
class Health:
    """How our own parts stand now; what was heard when vendors were last asked; since when they are asked."""

    own: Examination
    last: Examination | None
    asking: Examination | None


@dataclass(frozen=True)
class Value:
    """One setting. A secret is only told to be there. `origin`: a variable, a place in a file, or ''."""

    name: str
    what: str  # the setting's own description
    value: str
    origin: str
    is_secret: bool = False
    is_set: bool = True


@dataclass(frozen=True)
class Connection:
    """One portal or channel: what is configured, and how it stands."""

    name: str  # as people call it
    kind: str  # portal, channel
    address: str
    values: Sequence[Value]
    broken: str = ""
    broken_since: datetime | None = None
    paused_until: datetime | None = None
    heard_at: datetime | None = None  # when it last told us anything, within the last while
    polls: Sequence["Poll"] = ()
    refused: str = ""  # the newest effect that waits for a person
    refused_at: datetime | None = None


@dataclass(frozen=True)
class Poll:
    """What is asked again and again."""

    name: str
    answered_at: datetime | None
    failing_since: datetime | None
    why: str


@dataclass(frozen=True)
class Branch:
    """One branch as config.yaml has it. `origin`: where it stands there."""

    portal: str
    name: str
    is_fallback: bool
    crm_value: str
    head: str
    manager: str
    zone: str
    pages: Sequence[tuple[str, str]]
    origin: str


@dataclass(frozen=True)
class Endpoint:
    """One outgoing webhook of config.yaml. Of its address only the host: the rest may be a key."""

    name: str
    address: str
    ports: Sequence[int]
    allow_private: bool
    origin: str


@dataclass(frozen=True)
class Heard:
    """What came of a test delivery; `why` of one that was not taken."""

    ok: bool
    why: str = ""


class Office(Protocol):
    """Everything but `examine` only looks."""

    def standing(self, language: str) -> Told:
        """What `qc status --json` tells, and the sentences of `qc status`."""

    def health(self) -> Health: ...

    def examine(self, by: str) -> bool:
        """Ask every vendor, on a thread of its own; False when somebody is asking already."""

    def connections(self, language: str) -> Sequence[Connection]: ...

    def branches(self) -> Sequence[Branch]: ...

    def endpoints(self) -> Sequence[Endpoint]: ...

    def test(self, webhook: str, key: str, language: str) -> Heard:
        """One signed delivery that says it is a test, by the same rules as all; waits for the answer.

        Raises KeyError when config.yaml has no such webhook.
        """

    def error(self, told: str, language: str) -> str:
        """What an effect's error says, in words."""
