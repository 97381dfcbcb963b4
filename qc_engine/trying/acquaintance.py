"""What is known of a person at a moment of a trial, as the engine would look it up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.core.case import Case, Client, ContactPoint
from qc_engine.core.events import AnswerReceived
from qc_engine.core.review.checking import GivenBonus
from qc_engine.trying.past import Person, Point
from qc_engine.trying.roads import Road

LookedUp = tuple[datetime | None, tuple[str, ...], tuple[ContactPoint, ...], tuple[GivenBonus, ...]]
NOTHING: LookedUp = (None, (), (), ())


@dataclass
class Acquaintance:
    """One person on all the roads at once: whoever is asked in one case is not asked in the next."""

    person: Person
    roads: Mapping[str, Road]
    client: Client = field(init=False)
    wrote: dict[tuple[str, str], datetime] = field(default_factory=dict)  # by channel and address

    def __post_init__(self) -> None:
        self.client = self.person.client

    def change(self, **changes: Any) -> None:
        self.client = replace(self.client, **changes)

    def learn(self, client: Client) -> None:
        """What a decision made of the client; the rest is looked up anew."""
        self.client = replace(client, complained_at=None, zones=(), points=(), bonuses=())

    def heard(self, answer: AnswerReceived, now: datetime) -> None:
        """Words that belong to no case of the trial: 'stop' holds all the same."""
        self.note_point(answer)
        stop = read(answer.text, kind=answer.kind).kind is Kind.OPT_OUT
        self.change(
            wrote_at=max(answer.at, self.client.wrote_at or answer.at),
            opted_out_at=self.client.opted_out_at or (now if stop else None),
        )

    def note_point(self, answer: AnswerReceived) -> None:
        self.wrote[answer.channel, answer.address or self.person.client.phone] = answer.at

    def informed(self, road: Road, now: datetime) -> Case:
        """The case with its client as the engine would look them up at this moment."""
        assert road.scenario is not None
        rules = road.scenario.contact
        looked_up = (
            self._complained_at(now) if rules.after_complaint else None,
            self.person.zones if rules.quiet_hours_of == "client" else (),
            self._points(now),
            self._bonuses(now) if road.case.check else (),
        )
        client = self._with(looked_up)
        # Copying a case for each decision would cost as much as deciding.
        return road.case if road.case.client == client else replace(road.case, client=client)

    def _with(self, looked_up: LookedUp) -> Client:
        if looked_up == NOTHING:
            return self.client
        complained_at, zones, points, bonuses = looked_up
        return replace(self.client, complained_at=complained_at, zones=zones, points=points, bonuses=bonuses)

    def _complained_at(self, now: datetime) -> datetime | None:
        here = [road.case.complaint for road in self.roads.values()]
        open_here = [one.at for one in here if one and not one.settled_at]
        elsewhere = [
            at for at, settled in self.person.complaints if at <= now and not (settled and settled <= now)
        ]
        return max([*open_here, *elsewhere], default=None)

    def _bonuses(self, now: datetime) -> tuple[GivenBonus, ...]:
        before = [one for one in self.person.bonuses if one.at <= now]
        here = [
            GivenBonus(bonus.rule, road.case.id, bonus.at, bonus.taken_back_at is not None)
            for road in self.roads.values()
            for bonus in road.case.bonuses
        ]
        return tuple(sorted([*before, *here], key=lambda one: one.at))

    def _points(self, now: datetime) -> tuple[ContactPoint, ...]:
        known = {(one.channel, one.address): one for one in self.person.points if one.joined_at <= now}
        keys = sorted({*known, *self.wrote})
        return tuple(self._point(key, known.get(key), now) for key in keys)

    def _point(self, key: tuple[str, str], known: Point | None, now: datetime) -> ContactPoint:
        wrote_at = self.wrote.get(key) or (known.wrote_at if known else None)
        left_at = known.left_at if known and known.left_at and known.left_at <= now else None
        if left_at and wrote_at and wrote_at > left_at:
            left_at = None
        joined_at = known.joined_at if known else wrote_at or now
        return ContactPoint(*key, joined_at, wrote_at, left_at)
