"""What each fact of the past reacted to: the question that was answered, the opened link, the task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.core.case import Case
from qc_engine.core.effects import CreateTask, MoveDeal, SendMessage
from qc_engine.core.events import (
    AnsweredFor,
    AnswerReceived,
    ApprovalGiven,
    BonusTakenBack,
    CaseStopped,
    ChannelJoined,
    DealDeleted,
    DealMoved,
    DealSeen,
    Event,
    FormAnswered,
    LinkClicked,
    MessageRefused,
    ReviewChecked,
    ReviewCorrected,
    ScoresEntered,
    StaffWrote,
    TaskClosed,
)
from qc_engine.trying.past import (
    APPROVAL,
    COMPLAINT,
    LINKS,
    OTHER,
    QUESTION,
    REVIEW,
    TASK,
    WRITTEN,
    Cause,
    Fact,
    Fate,
)

# The rest is made anew in a trial: timers, and what became of our own effects.
OF_THE_PAST = (
    AnswerReceived | ApprovalGiven | BonusTakenBack | ChannelJoined | DealDeleted | DealMoved | DealSeen
    | FormAnswered | LinkClicked | MessageRefused | ReviewChecked | ReviewCorrected | StaffWrote | TaskClosed
    | AnsweredFor | CaseStopped | ScoresEntered
)  # fmt: skip
OF_THE_PERSON = "blocked"
CLOCKS_DIFFER = timedelta(seconds=5)  # a channel's clock, and one that tells whole seconds
DONE, FAILED = "done", "failed"  # of the outbox; 'failed' also of a channel
ARRIVED = ("delivered", "read")


@dataclass(frozen=True)
class Heard:
    """A line of the inbox."""

    at: datetime  # when it came in
    event: Event
    case_id: str


@dataclass(frozen=True)
class Made:
    """A line of the outbox; `told`: what a channel said of a message, state -> (when, code, reason)."""

    key: str
    kind: str
    payload: Mapping[str, Any]
    state: str
    left_at: datetime | None
    result: str = ""
    error: str = ""
    told: Mapping[str, tuple[datetime, str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Behind:
    """What we had done to the outside of one case, in its order."""

    ended: Case  # as it is now
    made: Sequence[Made]

    # --- what facts react to ---

    def fact(self, heard: Heard) -> Fact | None:
        """None for what a trial makes anew."""
        event = heard.event
        if not isinstance(event, OF_THE_PAST) or (
            isinstance(event, MessageRefused) and not self._of_the_person(event)
        ):
            return None
        found = self._cause(heard)
        if found is None and isinstance(event, TaskClosed):
            return None  # of a task that meant nothing to the case
        cause, since = found or (None, None)
        return Fact(heard.at, event, heard.case_id, cause, since)

    def _of_the_person(self, event: MessageRefused) -> bool:
        """A refusal of one message is known as its fate."""
        named = event.message_id is not None or event.code != OF_THE_PERSON
        return not named and not any(
            FAILED in one.told and one.told[FAILED][0] == event.at for one in self.made
        )

    def _cause(self, heard: Heard) -> tuple[Cause, datetime] | None:
        match heard.event:
            case AnswerReceived(text=text, kind=kind):
                return self._written(heard) if _stops(text, kind) else self._question(heard)
            case FormAnswered():
                return self._question(heard)
            case LinkClicked():
                return self._with_links()
            case TaskClosed(task_id=number):
                return self._task(str(number))
            case ReviewChecked() | ReviewCorrected() | BonusTakenBack():
                return self._about_it(REVIEW)
            case ApprovalGiven(name=name):
                return self._about_it(APPROVAL(name))
            case DealMoved() | DealSeen():
                review = self._about_it(REVIEW)
                return review if review and review[1] <= heard.at else None
            case _:
                return None

    def _written(self, heard: Heard) -> tuple[Cause, datetime] | None:
        first = next((one.left_at for one in self._messages() if _is_before(one, heard)), None)
        return (Cause(WRITTEN), first) if first else None

    def _question(self, heard: Heard) -> tuple[Cause, datetime] | None:
        """The last one that the client had before the words; the delay counts from its first delivery."""
        asked = [one for one in self._messages() if one.payload["question"]]
        before = [one for one in asked if _is_before(one, heard)]
        if not before:
            return None
        name = before[-1].payload["question"]
        first = next(one.left_at for one in asked if one.payload["question"] == name)
        return (Cause(QUESTION, name), first) if first else None

    def _with_links(self) -> tuple[Cause, datetime] | None:
        links = self.ended.links.values()
        carrying = (one for one in self._messages() if any(link in one.payload["text"] for link in links))
        first = next(carrying, None)
        return (Cause(LINKS), first.left_at) if first and first.left_at else None

    def _task(self, number: str) -> tuple[Cause, datetime] | None:
        made = next((one for one in self._tasks() if one.result == number), None)
        about = self._about(made) if made else OTHER
        return (Cause(TASK, about), made.left_at) if made and made.left_at and about != OTHER else None

    def _about_it(self, what: str) -> tuple[Cause, datetime] | None:
        made = next((one for one in self._tasks() if self._about(one) == what), None)
        return (Cause(TASK, what), made.left_at) if made and made.left_at else None

    def _about(self, made: Made) -> str:
        check, complaint = self.ended.check, self.ended.complaint
        number = int(made.result) if made.result.isdigit() else None
        reviews = {self.ended.task_id, check.task_was if check else None} - {None}
        if made.key == self.ended.task_key or number in reviews:
            return REVIEW
        for one in self.ended.approvals:
            if made.key == one.task_key or (number and number == one.task_id):
                return APPROVAL(one.name)
        settles = complaint and (made.key == complaint.task_key or number == complaint.task_id)
        return COMPLAINT if settles and number else OTHER

    def _messages(self) -> Iterator[Made]:
        """Those that left, oldest first."""
        left = (one for one in self.made if one.kind == SendMessage.__name__ and one.state == DONE)
        return (one for one in left if one.left_at)

    def _tasks(self) -> Iterator[Made]:
        return (one for one in self.made if one.kind == CreateTask.__name__ and one.state == DONE)

    # --- what became of our effects ---

    def fates(self) -> tuple[Fate, ...]:
        messages = (one for one in self.made if one.kind == SendMessage.__name__)
        return tuple(_fate(one) for one in messages if one.state in (DONE, FAILED))

    def moves_refused(self) -> dict[str, tuple[str, str]]:
        refused = (one for one in self._moves() if one.state == FAILED)
        return {one.payload["stage"]: _reason(one.error) for one in refused}

    def our_moves(self) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for one in self._moves():
            if one.state == DONE and one.left_at:
                found.setdefault(one.payload["stage"], one.left_at)
        return found

    def asked(self) -> frozenset[str]:
        return frozenset(one.payload["question"] for one in self._messages()) - {""}

    def _moves(self) -> Iterator[Made]:
        return (one for one in self.made if one.kind == MoveDeal.__name__)


@lru_cache(maxsize=4096)
def _stops(text: str, kind: str) -> bool:
    """Clients say the same few things."""
    return read(text, kind=kind).kind is Kind.OPT_OUT


def named(event: Event, phone: str, channel: str) -> Event:
    """The event with what the engine knew besides: whose address it was, and the channel it came by."""
    if isinstance(event, AnswerReceived | ChannelJoined):
        return replace(event, phone=phone, channel=channel)
    return event


def _is_before(one: Made, heard: Heard) -> bool:
    event: Any = heard.event
    assert one.left_at is not None
    number = getattr(event, "message_id", 0)
    if one.left_at >= heard.at:
        return False
    if number and one.result.isdigit() and getattr(event, "channel", "") == one.payload.get("channel", ""):
        return int(one.result) <= number
    return bool(one.left_at <= event.at + CLOCKS_DIFFER)


def _fate(one: Made) -> Fate:
    payload = one.payload
    key = (payload["purpose"], payload["question"], payload.get("channel", ""))
    if one.state == FAILED:
        code, reason = _reason(one.error)
        return Fate(*key, refused=code, code=code, reason=reason)
    arrived = [one.told[state][0] for state in ARRIVED if state in one.told]
    failed = one.told.get(FAILED)
    return Fate(
        *key,
        arrived_after=_after(one, min(arrived)) if arrived else None,
        failed_after=_after(one, failed[0]) if failed and not arrived else None,
        code=failed[1] if failed else "",
        reason=failed[2] if failed else "",
    )


def _after(one: Made, at: datetime) -> timedelta:
    return max(timedelta(), at - one.left_at) if one.left_at else timedelta()


def _reason(error: str) -> tuple[str, str]:
    code, _, reason = error.partition(": ")
    return code, reason
