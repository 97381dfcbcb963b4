"""One review as the page shows it: where to look, what was said, what may be said and what would follow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.events import BonusTakenBack, Event, ReviewChecked, ReviewCorrected
from qc_engine.core.review.checking import Bonus, ReviewAnswer
from qc_engine.core.wording.names import name_variants
from qc_engine.core.wording.texts import average, masked, spoken
from qc_engine.store import audit, cases, codec
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.policy import Action, Place
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.review_answer.shown import ReviewView
from qc_engine.web.pages.review_answer.view import review_view

REASON = "…"  # in the place of what nobody has written yet


@dataclass(frozen=True)
class Option:
    """What may be said, in words, and what would come of it."""

    answer: str
    label: str
    follows: Sequence[str] = ()


@dataclass(frozen=True)
class Review:
    """Everything that the page tells of one case's review."""

    row: CaseRow
    case: Case
    scores: Sequence[tuple[str, str]]
    view: ReviewView | None = None  # what the signed page tells of it
    pending: str = ""  # somebody has just said something, and the engine has not heard it yet
    offered: Sequence[Option] = ()
    correctable: Sequence[Option] = ()
    take_back: Option | None = None

    @property
    def id(self) -> str:
        return self.case.id

    @property
    def phone(self) -> str:
        return masked(self.case.client.phone) if self.case.client.phone else ""

    @property
    def variants(self) -> str:
        return ", ".join(name_variants(self.case.client_name))

    @property
    def average(self) -> str:
        return spoken(average(self.case))

    @property
    def due_at(self) -> datetime | None:
        """Until when somebody is to look; None: nobody need."""
        runs = self.case.state is State.ACTIVE and self.case.check
        return self.case.check.due_at if runs and self.case.check else None

    @property
    def look(self) -> tuple[int, int]:
        """Which look it is, and of how many: the first one, and one for each rung of the ladder."""
        check = self.case.check
        return (check.rungs + 1, len(check.ladder) + 1) if check else (0, 0)

    @property
    def task(self) -> int | None:
        return self.case.task_id or (self.case.check.task_was if self.case.check else None)

    @property
    def counted(self) -> ReviewAnswer | None:
        """The answer that stands, by whom and when."""
        said = [one for one in self.case.check.said if one.counts] if self.case.check else []
        return said[-1] if said else None

    @property
    def bonuses(self) -> Sequence[Bonus]:
        return self.case.bonuses

    @property
    def since(self) -> datetime:
        """From when on the review may be there."""
        return self.case.clicked[0].at if self.case.clicked else self.case.step_at

    @property
    def turn(self) -> int:
        """How many answers there were."""
        return len(self.case.check.said) if self.case.check else 0

    @property
    def seen(self) -> str:
        """What a form is good for: the review as it stood when the page was made."""
        holding = sum(one.taken_back_at is None for one in self.case.bonuses)
        return f"{self.turn}:{self.case.review}:{self.case.state}:{holding}"

    @property
    def key(self) -> str:
        """Of what is said now: two people cannot say it both."""
        return f"review:{self.case.id}:{self.turn}:{self.row.rev}"


def read(console: Console, session: Session, row: CaseRow) -> Review:
    """As it stands, without what may be said about it."""
    case, names = codec.load_case(row.body), console.behind.questions(session, row)
    return Review(row, case, [(names.get(name, name), spoken(score)) for name, score in case.scores.items()])


def opened(console: Console, visitor: Visitor, session: Session, row: CaseRow) -> Review:
    """With the places to look at, what this visitor may say, and what would follow."""
    one, view = read(console, session, row), review_view(session, row.answer_code)
    one = replace(one, case=cases.load(session, row), view=view)
    said = audit.handled_by(session, one.key)
    if said is not None:
        return replace(one, pending=visitor.say("reviews.pending", name=said.name, did=said.note))
    may = view and visitor.may(Action.ANSWER_REVIEWS, Place(row.portal, row.branch))
    return _with_choices(console, visitor, session, one, view) if view and may else one


def _with_choices(
    console: Console, visitor: Visitor, session: Session, one: Review, view: ReviewView
) -> Review:
    by, now = visitor.user.name, visitor.now

    def option(answer: str, event: Event) -> Option:
        told = console.behind.follows(session, one.case, event, visitor.look.language, now)
        label = console.behind.word(visitor.look.language, "review", answer) if answer else ""
        return Option(answer, label, told)

    offered = view.offered if view.is_open else ()
    return replace(
        one,
        offered=[option(answer, ReviewChecked(one.id, answer, now, by)) for answer in offered],
        correctable=[option(to, ReviewCorrected(one.id, to, REASON, by, now)) for to in view.correctable],
        take_back=option("", BonusTakenBack(one.id, REASON, by, now)) if view.holds_bonus else None,
    )
