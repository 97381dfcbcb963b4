"""What the past holds for a trial: people, their cases as they began, and what happened to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qc_engine.core.calendar import NO_HOLIDAYS, Holidays
from qc_engine.core.case import Case, Client
from qc_engine.core.channel import Channel
from qc_engine.core.events import Event
from qc_engine.core.review.checking import GivenBonus

WRITTEN, QUESTION, LINKS, TASK = "written", "question", "links", "task"  # what of ours people react to
REVIEW, COMPLAINT, OTHER = "review", "complaint", "other"  # what a task is about
APPROVAL = "approval:{}".format  # by the name of what somebody is asked


@dataclass(frozen=True)
class Cause:
    """What of ours a fact reacts to: a question by its name, the review links, a task by what it is about.

    'Stop' reacts to our writing at all, whatever we ask.
    """

    kind: str
    name: str = ""


@dataclass(frozen=True)
class Fact:
    """Something that happened. With a cause it happens again as long after that cause as it did."""

    at: datetime  # when the engine learned of it
    event: Event
    case_id: str = ""  # "": it concerns the person, whatever case is open
    cause: Cause | None = None
    since: datetime | None = None  # when the cause happened; None without a cause

    @property
    def delay(self) -> timedelta:
        return self.at - self.since if self.since else timedelta()


@dataclass(frozen=True)
class Fate:
    """What became of one message, told by whom it was for: purpose, question, channel."""

    purpose: str
    question: str
    channel: str
    refused: str = ""  # a code: the channel did not take it
    arrived_after: timedelta | None = None  # None: nothing was heard of it
    failed_after: timedelta | None = None  # the messenger refused it after the channel had taken it
    code: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Past:
    """One case: how it began, and what is known of its outside."""

    case: Case  # as it began
    began_at: datetime
    outcome: str  # in fact; "" while it runs
    start_stage: str  # where the deal stood
    fates: tuple[Fate, ...] = ()  # of its messages, oldest first
    moves_refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # stage -> code, reason
    our_moves: Mapping[str, datetime] = field(default_factory=dict)  # stage -> when we put the deal there
    asked: frozenset[str] = frozenset()  # questions that reached the client


@dataclass(frozen=True)
class Point:
    """An address of a person in a channel, and since when it was one."""

    channel: str
    address: str
    joined_at: datetime
    left_at: datetime | None = None
    wrote_at: datetime | None = None  # before the first case


@dataclass(frozen=True)
class Person:
    """One phone with the cases to be tried; cases of other scenarios or days count for the gates alone."""

    client: Client  # as known when the first of the cases began
    cases: tuple[Past, ...]
    facts: tuple[Fact, ...]
    zones: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    surveyed: tuple[datetime, ...] = ()  # elsewhere
    complaints: tuple[tuple[datetime, datetime | None], ...] = ()  # elsewhere: since when, settled when
    bonuses: tuple[GivenBonus, ...] = ()  # elsewhere


@dataclass(frozen=True)
class Text:
    """A version of a scenario: its text, and what the names in it meant."""

    source: str
    names: Mapping[str, Any]


@dataclass(frozen=True)
class Season:
    """What a trial is about. Of cases that began in [since, until) everything up to `horizon` is known."""

    scenario: str
    portal: str
    since: datetime
    until: datetime
    horizon: datetime
    active: str  # the version that is active now
    texts: Mapping[str, Text]  # by version: the active one, and those that cases began with
    channels: Mapping[str, Channel] = field(default_factory=dict)
    holidays: Holidays = NO_HOLIDAYS
    titles: Mapping[str, str] = field(default_factory=dict)  # id of a stage or field -> what people see
    count: int = 0  # cases in it
    branches: tuple[str, ...] = ()  # that have cases in it
