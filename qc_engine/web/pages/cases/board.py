"""The board: a column for every step of a scenario, one for what has not begun, one for what is over."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.wording.texts import masked
from qc_engine.store import board, codec
from qc_engine.store.board import Stand
from qc_engine.store.casebook import NO_OUTCOME
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.policy import scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases.seeking import VIEW, Asked, asked

PAUSED, UNCERTAIN, UNCLEAR = "paused", "uncertain", "unclear"
MARKS = (PAUSED, UNCERTAIN, UNCLEAR)


@dataclass(frozen=True)
class Card:
    """One case. `since`: when it came to where it is; `marks`: of MARKS."""

    id: str
    client: str
    phone: str
    branch: str
    since: datetime
    waits: str
    marks: Sequence[str] = ()


@dataclass(frozen=True)
class Column:
    """One place. `address`: of the list that has exactly `count` cases."""

    name: str
    title: str
    count: int
    address: str
    cards: Sequence[Card] = ()
    parts: Sequence["Column"] = ()  # of what is over: by outcome
    gone: bool = False  # a step that the scenario has no more


@dataclass(frozen=True)
class Board:
    """What is shown; without a scenario there are only those to choose from: title and address."""

    asked: Asked
    scenario: str = ""
    columns: Sequence[Column] = ()
    scenarios: Sequence[tuple[str, str]] = field(default_factory=tuple)


def shown(console: Console, visitor: Visitor, wanted: Asked) -> Board:
    """Counts by one query, and one for the cards of a column."""
    known = console.choices()
    name = wanted.values["scenario"] or (known.scenarios[0][0] if len(known.scenarios) == 1 else "")
    if not name:
        return Board(
            wanted, scenarios=[(title, wanted.address(scenario=one)) for one, title in known.scenarios]
        )
    here = asked({**wanted.values, "scenario": name}, console.zone)
    with console.database.reading() as session:
        found = board.counts(session, here.sought, scope(visitor.user))
        columns = list(_Columns(console, visitor, session, here, found).of(known.steps_of.get(name, ())))
    return Board(here, dict(known.scenarios).get(name, name), columns)


@dataclass(frozen=True)
class _Columns:
    """One look at the board."""

    console: Console
    visitor: Visitor
    session: Session
    asked: Asked
    found: Counter[Stand]

    def of(self, steps: Sequence[str]) -> Iterator[Column]:
        """Steps of former versions follow while a case is in them. None that the filters shut out."""
        gone = [one for one in board.known_steps(self.found) if one and one not in steps]
        places = [Stand(State.WAITING), *(Stand(State.ACTIVE, one) for one in (*steps, *gone))]
        for stand in places:
            if self._is_asked_for(state=stand.state, step=stand.step):
                yield self._column(stand, gone=stand.step in gone)
        if self._is_asked_for(state=State.ENDED):
            yield self._over()

    def _is_asked_for(self, **place: str) -> bool:
        return all(self.asked.values[name] in ("", value) for name, value in place.items() if value)

    def _column(self, stand: Stand, *, gone: bool) -> Column:
        count = self.found[stand]
        rows = board.oldest(self.session, stand, self.asked.sought, scope(self.visitor.user)) if count else ()
        title = self._step(stand.step) if stand.step else self.visitor.say("board.waiting")
        place = {"state": str(stand.state), **({"step": stand.step} if stand.step else {})}
        return Column(
            stand.step or stand.state, title, count, self._list(**place), self._cards(rows), gone=gone
        )

    def _step(self, name: str) -> str:
        return self.console.behind.step(self.visitor.look.language, self.asked.values["scenario"], name)

    def _over(self) -> Column:
        parts = [
            self._part(outcome, count)
            for outcome, count in sorted(self._outcomes().items(), key=lambda one: (-one[1], one[0]))
        ]
        title = self.visitor.say("board.ended")
        address = self._list(state=State.ENDED)
        return Column(State.ENDED, title, sum(one.count for one in parts), address, parts=parts)

    def _outcomes(self) -> Mapping[str, int]:
        return {one.outcome: count for one, count in self.found.items() if one.state == State.ENDED}

    def _part(self, outcome: str, count: int) -> Column:
        word = self.console.behind.word(self.visitor.look.language, "outcome", outcome) if outcome else ""
        title = word or self.visitor.say("board.no_outcome")
        return Column(outcome, title, count, self._list(state=State.ENDED, outcome=outcome or NO_OUTCOME))

    def _list(self, **place: str) -> str:
        return self.asked.address(**{VIEW: "", **place})

    def _cards(self, rows: Sequence[CaseRow]) -> Sequence[Card]:
        doubtful = board.in_doubt(self.session, [row.id for row in rows])
        labels = _once(lambda row: self.console.behind.questions(self.session, row))
        return [self._card(row, labels, row.id in doubtful) for row in rows]

    def _card(self, row: CaseRow, labels: "Labels", is_in_doubt: bool) -> Card:
        case = codec.load_case(row.body)
        is_unclear = case.question is not None and case.question.hints > 0
        marks = {PAUSED: case.still is not None, UNCERTAIN: is_in_doubt, UNCLEAR: is_unclear}
        since = case.step_at if case.state is State.ACTIVE else row.created_at
        return Card(
            row.id, case.client_name, masked(row.phone) if row.phone else "", row.branch, since,
            waits(self.visitor, case, labels(row)), [one for one in MARKS if marks[one]],
        )  # fmt: skip


Labels = Callable[[CaseRow], Mapping[str, str]]


def _once(ask: Labels) -> Labels:
    """Cases of one version have one answer."""
    known: dict[tuple[str, str, str], Mapping[str, str]] = {}

    def labels(row: CaseRow) -> Mapping[str, str]:
        version = (row.portal, row.scenario, row.version)
        if version not in known:
            known[version] = ask(row)
        return known[version]

    return labels


def waits(visitor: Visitor, case: Case, labels: Mapping[str, str]) -> str:
    """What comes next, as far as the case itself knows; `labels`: what people call its questions."""
    approval = next((one for one in case.approvals if one.given is None), None)
    if case.still:
        return visitor.say("board.waits_still", name=case.still.by)
    if approval:
        return visitor.say("board.waits_approval", title=approval.title or approval.name)
    if case.question:
        return visitor.say("board.waits_answer", question=labels.get(case.question.name, case.question.name))
    if case.check and case.check.due_at:
        return visitor.say("board.waits_review", at=visitor.clock(case.check.due_at))
    if case.wake_at:
        return visitor.say("board.waits_time", at=visitor.clock(case.wake_at))
    return visitor.say("board.waits_event")
