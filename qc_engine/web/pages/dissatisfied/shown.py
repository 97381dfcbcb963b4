"""One complaint as the page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from qc_engine.core.case import Case, Complaint
from qc_engine.core.wording.texts import average, masked, spoken
from qc_engine.store import codec
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
class Dissatisfied:
    """Everything that the page tells of one complaint."""

    case: Case
    complaint: Complaint
    scores: Sequence[tuple[str, str]]
    deal: Number
    task: Number
    age: timedelta  # until it was settled, or until now

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


def read(console: Console, session: Session, row: CaseRow, opened: Opened, now: datetime) -> Dissatisfied:
    case, names = codec.load_case(row.body), console.behind.questions(session, row)
    assert case.complaint is not None
    crm, complaint = console.behind.crm(row.portal), case.complaint
    task = str(complaint.task_id or opened.task or "")
    return Dissatisfied(
        case,
        complaint,
        [(names.get(name, name), spoken(score)) for name, score in case.scores.items()],
        _number(DEAL, crm, opened.deal),
        _number(TASK, crm, task),
        (complaint.settled_at or now) - complaint.at,
    )


def _number(address: str, crm: str, number: str) -> Number:
    return Number(number, address.format(crm=crm, id=number) if crm and number.isdigit() else "")


def span(visitor: Visitor, passed: timedelta) -> str:
    """'3 дн.', in the largest unit that says enough."""
    for least, unit, name in UNITS:
        if passed >= least:
            return visitor.say(f"dissatisfied.span_{name}", n=passed // unit)
    return visitor.say("dissatisfied.span_minutes", n=max(0, passed // timedelta(minutes=1)))
