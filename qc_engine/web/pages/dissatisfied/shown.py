"""One complaint as the pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from qc_engine.core.case import Case
from qc_engine.core.recovery.asking_again import second_score
from qc_engine.core.recovery.complaints import Complaint
from qc_engine.core.wording.texts import average, masked, spoken
from qc_engine.store import cases
from qc_engine.store.dissatisfied import Opened
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.room import Console, Visitor

# As people open them in the portal; 0 stands for whoever is signed in there.
DEAL, TASK = "{crm}/crm/deal/details/{id}/", "{crm}/company/personal/user/0/tasks/task/view/{id}/"
UNITS = ((timedelta(days=2), timedelta(days=1), "days"), (timedelta(hours=1), timedelta(hours=1), "hours"))


@dataclass(frozen=True)
class Number:
    """Of a deal or a task, and its page in the portal; '' where nobody knows it."""

    id: str
    address: str = ""


@dataclass(frozen=True)
class Happened:
    """One line of the history: what, when, by whom, and what was said."""

    at: datetime
    what: str  # cause, settled, reopened, asked, recovered, still_unhappy, silent, not_asked
    way: str = ""
    by: str = ""
    said: Sequence[str] = ()  # the cause in words, the client's second score, somebody's reason


@dataclass(frozen=True)
class Dissatisfied:
    """Everything that the pages tell of one complaint."""

    row: CaseRow
    case: Case
    complaint: Complaint
    scores: Sequence[tuple[str, str]]
    deal: Number
    task: Number
    age: timedelta  # until it was settled, or until now
    titles: Mapping[str, str] = field(default_factory=dict)  # of causes

    @property
    def id(self) -> str:
        return self.case.id

    @property
    def phone(self) -> str:
        return masked(self.case.client.phone) if self.case.client.phone else ""

    @property
    def average(self) -> str:
        return spoken(average(self.case))

    @property
    def words(self) -> Sequence[str]:
        """The client's own, with what stands beside the questions, each once."""
        said = [*self.case.words, *(one for one in self.case.comments.values() if one)]
        return list(dict.fromkeys(said))

    @property
    def told(self) -> Sequence[tuple[str, str]]:
        """What the deal tells beside: who served, what was done, as the scenario calls it."""
        return [(name.replace("_", " "), value) for name, value in self.case.values.items() if value]

    @property
    def due_at(self) -> datetime | None:
        """Until when it is to be settled; None: it is, or nobody has a task for it."""
        return None if self.complaint.settled_at else self.complaint.due_at

    @property
    def cause(self) -> str:
        """As it was named last; '' where nobody has."""
        return self.titles.get(self.complaint.cause, self.complaint.cause)

    @property
    def action(self) -> str:
        """What was done about it, as it was said last."""
        return self.complaint.named.action if self.complaint.named else ""

    @property
    def second(self) -> str:
        """The client's last second score; '' where there is none."""
        scores = (second_score(one) for one in reversed(self.complaint.ratings))
        return next((one for one in scores if one), "")

    @property
    def history(self) -> Sequence[Happened]:
        """Oldest first."""
        return sorted([*self._causes(), *self._turns(), *self._ratings()], key=lambda one: one.at)

    def _causes(self) -> Sequence[Happened]:
        return [
            Happened(
                one.at, "cause", "", one.by, (self.titles.get(one.cause, one.cause), one.words, one.action)
            )
            for one in self.complaint.causes
        ]

    def _turns(self) -> Sequence[Happened]:
        return [Happened(one.at, one.what, one.way, one.by, (one.words,)) for one in self.complaint.turns]

    def _ratings(self) -> Sequence[Happened]:
        asked = [Happened(one.began_at, "asked") for one in self.complaint.ratings if one.began_at]
        ended = [
            Happened(one.ended_at, ENDED[one.result], "", "", (second_score(one),))
            for one in self.complaint.ratings
            if one.ended_at and one.result in ENDED
        ]
        return [*asked, *ended]


ENDED = {"recovered": "recovered", "reopened": "still_unhappy", "silent": "silent", "not_asked": "not_asked"}


def read(
    console: Console,
    session: Session,
    row: CaseRow,
    opened: Opened,
    now: datetime,
    titles: Mapping[str, str],
) -> Dissatisfied:
    case, names = cases.load(session, row), console.behind.questions(session, row)
    assert case.complaint is not None
    crm, complaint = console.behind.crm(row.portal), case.complaint
    task = str(complaint.task_id or opened.task or "")
    return Dissatisfied(
        row,
        case,
        complaint,
        [(names.get(name, name), spoken(score)) for name, score in case.scores.items()],
        _number(DEAL, crm, opened.deal),
        _number(TASK, crm, task),
        (complaint.settled_at or now) - complaint.at,
        titles,
    )


def _number(address: str, crm: str, number: str) -> Number:
    return Number(number, address.format(crm=crm, id=number) if crm and number.isdigit() else "")


def span(visitor: Visitor, passed: timedelta) -> str:
    """'3 дн.', in the largest unit that says enough."""
    for least, unit, name in UNITS:
        if passed >= least:
            return visitor.say(f"dissatisfied.span_{name}", n=passed // unit)
    return visitor.say("dissatisfied.span_minutes", n=max(0, passed // timedelta(minutes=1)))
