"""What is told of an event's road through the engine: it came in, it was decided upon, its effects left.

All that belongs to a case is one trace, in whichever processes it happened, because trace and span are named
by what the database knows. Nothing of a person is told: no text, phone, name, address or token.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from qc_engine.clock import Clock
from qc_engine.core.case import Case
from qc_engine.core.draft import Decision
from qc_engine.core.events import DealSeen, TaskClosed
from qc_engine.ports import Absent, Arrival, Done, Outcome, Refused, Search, TryLater
from qc_engine.store.outbox import Claimed
from qc_engine.store.tables import InboxRow

Value = str | int | bool
LOOKED_AT = frozenset(one.__name__ for one in (DealSeen, TaskClosed))  # what comes of a look at a hint
FROM_EFFECT = re.compile(r"effect:(?P<key>.+?)(?::failed)?:(?P<attempt>[1-9]\d*)")
A_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,39}")  # a code that is none may be a vendor's text


@dataclass(frozen=True)
class Place:
    """Where a span stands. These names are known everywhere; they leave as keyed hashes only."""

    trace: str
    span: str


@dataclass(frozen=True)
class Span:
    """One part of the road."""

    name: str
    place: Place
    began: datetime
    ended: datetime
    facts: Mapping[str, Value]
    parent: Place | None = None
    links: Sequence[Place] = ()
    failed: bool = False


class Traces(Protocol):
    """Whoever keeps spans."""

    def tell(self, spans: Sequence[Span]) -> None:
        """Never waits, never raises; what there is no room for is lost."""


@dataclass(frozen=True)
class CameIn:
    """A row of the inbox, and when it was taken up."""

    source: str
    portal: str
    key: str
    kind: str
    received_at: datetime
    taken_up: datetime

    @property
    def facts(self) -> dict[str, Value]:
        return {"qc.event": self.kind, "qc.source": self.source, "qc.portal": self.portal}

    @property
    def alone(self) -> Place:
        """Before anybody knows whose it is, and when it is nobody's."""
        return _alone(self.source, self.key)


def _alone(source: str, key: str) -> Place:
    return Place(f"arrival:{source}:{key}", "came in")


def _of_case(case_id: str, span: str) -> Place:
    return Place(f"case:{case_id}", span)


@dataclass
class Road:
    """What one transaction of the handler has done; it is told when that is committed."""

    traces: Traces
    clock: Clock
    _came: CameIn | None = None
    _decisions: list[tuple[Case, Decision]] = field(default_factory=list)
    _spans: list[Span] = field(default_factory=list)

    def begin(self) -> None:
        self._spans.clear()

    def takes_up(self, row: InboxRow, now: datetime) -> None:
        self._came = CameIn(row.source, row.portal, row.key, row.kind, row.received_at, now)
        self._decisions.clear()

    def decided(self, before: Case, decision: Decision) -> None:
        self._decisions.append((before, decision))

    def handled(self, row: InboxRow) -> None:
        """An event that has to wait is told when it is handled at last."""
        assert self._came is not None
        for before, decision in self._decisions:
            self._spans += _decided(self._came, before, decision, self.clock.now())
        if not self._decisions and row.processed_at is not None:
            self._spans += _settled(self._came, row, self.clock.now())

    def failed(self, bug: Exception) -> None:
        """Our own fault; of it only the kind is told."""
        if (came := self._came) is not None:
            facts = came.facts | {"qc.outcome": "failed", "qc.code": type(bug).__name__}
            place, now = Place(came.alone.trace, f"failed:{came.taken_up}"), self.clock.now()
            self.traces.tell(
                [Span(f"handle {came.kind}", place, came.taken_up, now, facts, came.alone, failed=True)]
            )

    def tell(self) -> None:
        self.traces.tell(self._spans)


def _came_in(came: CameIn, place: Place) -> Span:
    """From its being stored to its being taken up: what it waited in the inbox."""
    began = min(came.received_at, came.taken_up)
    links = [came.alone] if came.kind in LOOKED_AT and place != came.alone else []
    return Span(
        f"arrive {came.kind}", place, began, came.taken_up, came.facts, _effect_before(came, place), links
    )


def _effect_before(came: CameIn, place: Place) -> Place | None:
    """What left, when this says how it went."""
    found = FROM_EFFECT.fullmatch(came.key) if came.source == "outbox" else None
    return Place(place.trace, f"left:{found['key']}:{found['attempt']}") if found else None


def _decided(came: CameIn, before: Case, decision: Decision, now: datetime) -> Iterator[Span]:
    arrived = _of_case(before.id, f"came in:{came.source}:{came.key}")
    yield _came_in(came, arrived)
    after = decision.case
    facts = came.facts | {"qc.outcome": "decided", "qc.case": before.id, "qc.portal": before.portal}
    facts |= {"qc.scenario": before.scenario, "qc.step": before.step, "qc.next_step": after.step}
    facts |= {"qc.state": after.state.value, "qc.effects": len(decision.effects)}
    place = _of_case(before.id, f"decided:{before.id}:{before.rev + 1}")
    yield Span(f"handle {came.kind}", place, came.taken_up, now, facts, arrived)


def _settled(came: CameIn, row: InboxRow, now: datetime) -> Iterator[Span]:
    """Nothing was decided: ignored, or the beginning of a case."""
    arrived = _of_case(row.case_id, f"came in:{came.source}:{came.key}") if row.case_id else came.alone
    yield _came_in(came, arrived)
    facts = came.facts | {"qc.outcome": row.result, "qc.case": row.case_id}
    place = Place(arrived.trace, f"handled:{came.source}:{came.key}")
    yield Span(f"handle {came.kind}", place, came.taken_up, now, facts, arrived)


# --- looks and effects --------------------------------------------------------------------------


def looked(
    source: str, rows: Sequence[InboxRow], new: Sequence[Arrival], began: datetime, ended: datetime
) -> list[Span]:
    """The hints, and what a look at the CRM brought for them."""
    hints = [CameIn(row.source, row.portal, row.key, row.kind, row.received_at, began) for row in rows]
    by_deal = [(row.event.get("deal_id"), hint.alone) for row, hint in zip(rows, hints, strict=True)]
    found = [(one, _deal_of(one), type(one.event).__name__) for one in new]
    return [
        *(_came_in(hint, hint.alone) for hint in hints),
        *(
            Span(
                f"look {kind}", _alone(source, one.key), began, ended,
                {"qc.event": kind, "qc.source": source},
                links=[place for deal, place in by_deal if deal is not None and deal == about],
            )
            for one, about, kind in found
        ),
    ]  # fmt: skip


def _deal_of(arrival: Arrival) -> int | None:
    return arrival.event.deal.deal_id if isinstance(arrival.event, DealSeen) else None


def left(lane: str, one: Claimed, outcome: Outcome | Search, began: datetime, ended: datetime) -> Span:
    """One attempt of one effect: the vendor was asked to carry it out, or whether it had been."""
    kind = type(one.effect).__name__
    facts: dict[str, Value] = {"qc.effect": kind, "qc.lane": lane, "qc.case": one.case_id}
    facts |= {"qc.attempt": one.attempts, "qc.urgent": one.urgent, "qc.searched": one.uncertain}
    facts["qc.outcome"] = type(outcome).__name__
    if isinstance(outcome, Refused):
        facts["qc.code"] = outcome.code if A_WORD.fullmatch(outcome.code) else "other"
    return Span(
        f"deliver {kind}",
        _of_case(one.case_id, f"left:{one.key}:{one.attempts}"),
        began, ended, facts,
        _of_case(one.case_id, f"decided:{one.key.rpartition(':')[0]}"),
        failed=not isinstance(outcome, Done | Absent | TryLater),
    )  # fmt: skip
