"""A case: everything that a decision may look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from qc_engine.core.frozen import frozen
from qc_engine.core.recovery.complaints import Complaint
from qc_engine.core.review.checking import Bonus, ClickedPage, GivenBonus, ReviewCheck
from qc_engine.core.trace import Phrase


class State(StrEnum):
    """Where a case is in its life."""

    WAITING = "waiting"  # the deal is closed, the day has not passed yet
    ACTIVE = "active"  # in a step of the scenario
    ENDED = "ended"


@dataclass(frozen=True)
class ContactPoint:
    """Where one person can be met: a channel, and the address there."""

    channel: str
    address: str
    joined_at: datetime
    wrote_at: datetime | None = None
    left_at: datetime | None = None  # stopped or blocked our chat there


@dataclass(frozen=True)
class Client:
    """One person by phone, shared by all cases of that phone."""

    phone: str  # digits only; "" when the CRM has none
    opted_out_at: datetime | None = None
    surveyed_at: datetime | None = None  # when a survey last began, in any case
    wrote_at: datetime | None = None
    operator_at: datetime | None = None  # when a live operator last wrote
    complained_at: datetime | None = None  # the last complaint that nobody has settled; looked up when asked
    zones: tuple[str, ...] = ()  # where the phone may be at home; looked up when asked
    points: tuple[ContactPoint, ...] = ()  # looked up
    bonuses: tuple[GivenBonus, ...] = ()  # of this person in this portal, from all cases; looked up

    def point(self, channel: str) -> ContactPoint | None:
        """Where the person can be met in this channel; of several, where they were last."""
        if not self.points:
            return None
        here = [one for one in self.points if one.channel == channel and not one.left_at]
        return max(here, key=lambda one: max(one.joined_at, one.wrote_at or one.joined_at), default=None)

    def wrote_in(self, channel: str) -> datetime | None:
        """When they last wrote there; where no point is known there was one channel only."""
        if not self.points:
            return self.wrote_at
        moments = [one.wrote_at for one in self.points if one.channel == channel and one.wrote_at]
        return max(moments, default=None)


@dataclass(frozen=True)
class Branch:
    """The service point that served the client, as config.yaml describes it."""

    name: str
    timezone: str
    head: int  # user ids in the CRM
    manager: int
    review_pages: Mapping[str, str] = field(default_factory=dict)  # platform -> address


@frozen
class OpenQuestion:
    """The question that the next reply belongs to."""

    name: str
    effect_key: str
    asked_at: datetime | None = None  # None until its delivery is known
    message_id: int = 0
    hints: int = 0
    reminded: bool = False
    channel: str = ""  # through which it was asked last
    waits_for: str = ""  # the deal move without which it must not leave
    asked_before: bool = False  # another channel has it too: an answer may come from there
    not_left: bool = False  # certainly still with us; looked up when an answer comes
    other_way_at: datetime | None = None  # when to look whether another channel must take over


@dataclass(frozen=True)
class Paused:
    """The rest of a list of actions, from number `next` on: of the step's own, or of a rule of it."""

    until: datetime
    next: int
    rule: str = ""  # name of the rule; "": what the step does on entry


@dataclass(frozen=True)
class Approval:
    """A person was asked yes or no."""

    name: str
    asked_at: datetime
    due_at: datetime
    person: int = 0  # who got the task
    title: str = ""  # of the task, and what it says besides, as the person reads it
    text: str = ""
    task_key: str = ""  # effect key of the task, until its id is known
    task_id: int | None = None
    given: bool | None = None  # None: not answered yet
    answered_at: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class Still:
    """A person lets the case stand still."""

    since: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class EnteredScore:
    """A score that a person wrote down, not the client; `was`: what stood there before."""

    question: str
    score: Decimal
    by: str
    reason: str
    at: datetime
    was: Decimal | None = None


@dataclass(frozen=True)
class Case:
    """One run of one scenario for one client and deal."""

    id: str
    deal_id: int  # unique within its portal
    deal_title: str
    scenario: str
    version: str
    round: int
    state: State
    step: str
    entered_at: datetime  # when the deal entered the stage that started this case
    step_at: datetime  # when the case came to its step
    deal_stage: str  # where we last saw or put the deal
    client: Client
    branch: Branch
    branch_known: bool = True  # False: the deal named no branch that config.yaml knows
    client_name: str = ""
    contact_id: int | None = None
    links: Mapping[str, str] = field(default_factory=dict)  # platform -> short link
    answer_url: str = ""  # the page on which a manager answers about the review
    survey_url: str = ""  # the page on which the client answers where there is no chat
    invitations: Mapping[str, str] = field(default_factory=dict)  # channel -> link that opens our chat there
    channel: str = ""  # the way to the client at this moment; "" is the main channel
    our_stages: tuple[str, ...] = ()  # stages into which we moved the deal ourselves
    scores: Mapping[str, Decimal] = field(default_factory=dict)  # question -> score
    comments: Mapping[str, str] = field(default_factory=dict)  # question -> words, "" when it was skipped
    words: tuple[str, ...] = ()  # the client's own words, oldest first
    complained: bool = False  # words of anger beside a good score have been told of
    complaint: Complaint | None = None
    question: OpenQuestion | None = None
    reminded: bool = False  # some survey of this case needed a reminder
    task_id: int | None = None
    task_key: str = ""  # effect key of the task about the review, until its id is known
    review: str = ""  # how it stands with the review, see core/review/reviews.py
    check: ReviewCheck | None = None
    clicked: tuple[ClickedPage, ...] = ()  # each platform once, the first one first
    bonuses: tuple[Bonus, ...] = ()
    outcome: str = ""
    ended_why: Phrase | None = None
    ended_in: int = 0  # the revision that the last decision made
    wake_at: datetime | None = None
    rev: int = 0
    portal: str = "main"  # the CRM portal that the deal lives in, as config.yaml calls it
    values: Mapping[str, str] = field(default_factory=dict)  # by the scenario's names, as the CRM writes them
    started_by: str = ""  # who or what began it, if not the deal's stage
    language: str = ""  # of the client, where known: ru, kk, en
    paused: tuple[Paused, ...] = ()  # the step's own list and those of its rules, each once
    approvals: tuple[Approval, ...] = ()
    still: Still | None = None
    entered: tuple[EnteredScore, ...] = ()  # the whole history, oldest first
    is_test: bool = False  # somebody of the company tries it on themselves: no figure counts it

    @property
    def approval_tasks(self) -> tuple[int, ...]:
        """Of the questions to people that wait for yes or no."""
        return tuple(one.task_id for one in self.approvals if one.task_id and one.given is None)

    @property
    def awaits_review(self) -> bool:
        """Is somebody to look for the review, for the first time or again?"""
        return self.check is not None and self.check.due_at is not None
