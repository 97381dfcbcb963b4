"""Who plays: clients with their own ways of answering, and what should become of each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LINK = re.compile(r"https?://\S+/r/\w+")
ANSWER_LINK = re.compile(r"((https?://\S+/a/\w+)\?answer=(\w+)\.\S+)")  # the link, its page, its answer


@dataclass(frozen=True)
class Look:
    """What a manager finds, and how they say it: by 'link', 'task', 'deal' or 'correction'."""

    answer: str
    way: str = "link"


@dataclass(frozen=True)
class Person:
    """A client: how they react, and what must be read back from the CRM in the end."""

    kind: str
    replies: Sequence[str] = ()  # one for each message of ours, as long as they last; '' is only read
    opens: str = ""  # the link: '', 'click', 'preview'
    looks: Sequence[Look] = ()  # of the manager for the review; the last one is what they see from then on
    outcome: str = ""
    stage: str = "WON"
    messages: int = 0
    tasks: int = 0
    scores: tuple[str, str, str] = ("", "", "")  # first, second, average as they stand in the deal
    complaint: bool = False  # a deal in the pipeline of dissatisfied clients
    note: str = ""
    whatsapp: str = ""  # of this client: '' works, 'silent' delivers nothing, 'refuses' has no account
    way: str = ""  # how else they are reached: '', 'telegram', 'sms'
    on_page: Sequence[str] = ()  # scores given on the survey's own page
    words: str = ""  # and what is written beside them
    guarded: bool = False  # a guard opens every link before its reader


FOUND, NOT_FOUND = (Look("found"),), (Look("not_found"),)
HAPPY: dict[str, Any] = {"outcome": "review_confirmed", "messages": 4, "tasks": 1}

CAST: Sequence[Person] = (
    Person("happy", ("9", "десять из десяти"), "click", FOUND, **HAPPY, scores=("9", "10", "9.5")),
    Person(
        "unhappy",
        ("3", "ужасно, 4"),
        outcome="dissatisfied",
        messages=3,
        tasks=1,
        scores=("3", "4", "3.5"),
        complaint=True,
    ),
    Person(
        "on the threshold",
        ("7", "9/10"),
        outcome="happy",
        messages=3,
        scores=("7", "9", "8"),
        note="7 and 9 make exactly 8: that is happy",
    ),
    Person(
        "just below",
        ("7", "8,5"),
        outcome="dissatisfied",
        messages=3,
        tasks=1,
        scores=("7", "8.5", "7.75"),
        complaint=True,
    ),
    Person("silent", (), outcome="unanswered", messages=2, note="the question and one reminder"),
    Person(
        "unclear answer",
        ("нормально", "8", "8"),
        outcome="happy",
        messages=4,
        scores=("8", "8", "8"),
        note="one hint, then a number",
    ),
    Person("opt-out", ("стоп",), outcome="opted_out", messages=2, note="one short farewell, then nothing"),
    Person(
        "link preview only",
        ("10", "10"),
        "preview",
        outcome="happy",
        messages=3,
        scores=("10", "10", "10"),
        note="a messenger drew a preview: no click, no task",
    ),
    Person(
        "review not found",
        ("9", "9"),
        "click",
        NOT_FOUND,
        outcome="review_not_found",
        messages=3,
        tasks=1,
        scores=("9", "9", "9"),
    ),
    Person(
        "both at once", ("9 и 10",), "click", (Look("found", "task"),), outcome="review_confirmed",
        messages=3, tasks=1, scores=("9", "10", "9.5"),
        note="the second question is not asked any more; the manager closes the task with a result",
    ),
    Person(
        "one score, then silence", ("2",), outcome="dissatisfied", messages=3, tasks=1,
        scores=("2", "", ""), complaint=True, note="a low score is not lost when the rest is silence",
    ),
    Person(
        "WhatsApp dead, Telegram takes over", ("", "9", "10"), "click", FOUND, outcome="review_confirmed",
        messages=5, tasks=1, scores=("9", "10", "9.5"), whatsapp="silent", way="telegram",
        note="six hours after a question that never arrived; with a welcome, five messages, all in Telegram",
    ),
    Person(
        "no messenger: the page by SMS", outcome="dissatisfied", messages=1, tasks=1,
        scores=("4", "5", "4.5"), complaint=True, whatsapp="refuses", way="sms",
        on_page=("4", "5"), words="Долго ждал, и никто не извинился",
        note="one SMS; both scores and the words are given on its page",
    ),
    Person(
        "a preview, a guard, then the client", ("9", "9"), "click", FOUND, **HAPPY, scores=("9", "9", "9"),
        guarded=True, note="three visits within a minute, one of them a person's: one task",
    ),
    Person(
        "stars without words", ("10", "9"), "click", (Look("score_only", "task"),),
        outcome="review_score_only", messages=3, tasks=1, scores=("10", "9", "9.5"),
        note="the manager closes the task with a result",
    ),
    Person(
        "in moderation, then found", ("8", "10"), "click", (Look("in_moderation"), Look("found", "deal")),
        **HAPPY, scores=("8", "10", "9"), note="the task comes back after a day; the manager moves the deal",
    ),
    Person(
        "the review has gone", ("10", "8"), "click", (Look("found"), Look("vanished", "correction")),
        outcome="review_vanished", messages=4, tasks=1, scores=("10", "8", "9"),
        note="five days later; the bonus is taken back",
    ),
)  # fmt: skip


@dataclass
class Player:
    """A person on the stage, and what happened to them."""

    person: Person
    name: str
    phone: str  # digits
    branch: str
    deal_id: int = 0
    contact_id: int = 0
    received: list[str] = field(default_factory=list)
    said: int = 0
    opened: bool = False

    def hears(self, text: str) -> str | None:
        """A message of ours arrived: what does this client answer?"""
        self.received.append(text)
        if self.said >= len(self.person.replies):
            return None
        self.said += 1
        return self.person.replies[self.said - 1] or None

    @property
    def awaits_link(self) -> bool:
        """Everything is said, and the link has not come yet?"""
        return not self.opened and self.said == len(self.person.replies)

    def link(self) -> str | None:
        """The review link that this client opens now, once."""
        found = next((LINK.search(text) for text in self.received if LINK.search(text)), None)
        if not found or not self.person.opens or self.opened:
            return None
        self.opened = True
        return found[0]
