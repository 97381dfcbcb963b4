"""Bugs in the gate that somebody might write one day: the judge of the year must see each of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from qc_engine.core.calendar import Holidays
from qc_engine.core.case import Case
from qc_engine.core.rules import timing
from qc_engine.core.talk import gate
from qc_engine.flow import contact, deliver
from qc_engine.store import cases
from tests.simulation.planting import Garden

PLANTS = Garden()
plant = PLANTS.plant


def _forgetting(patch: pytest.MonkeyPatch, **facts: Any) -> None:
    """Both doors of the gate see a client without these facts."""
    at_the_beginning, before_a_message = timing.may_begin, deliver.gate

    def forgotten(case: Case) -> Case:
        return replace(case, client=replace(case.client, **facts))

    patch.setattr(timing, "may_begin", lambda case, *rest: at_the_beginning(forgotten(case), *rest))
    patch.setattr(
        deliver, "gate", lambda message, case, *rest: before_a_message(message, forgotten(case), *rest)
    )


@plant("'stop' is not looked at")
def _(patch: pytest.MonkeyPatch) -> None:
    _forgetting(patch, opted_out_at=None)


@plant("nobody knows when this person was last asked")
def _(patch: pytest.MonkeyPatch) -> None:
    _forgetting(patch, surveyed_at=None)


@plant("an operator is talked over")
def _(patch: pytest.MonkeyPatch) -> None:
    _forgetting(patch, operator_at=None)


@plant("holidays are days like others")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Holidays, "has", lambda *_: False)


@plant("a branch has no holidays of its own")
def _(patch: pytest.MonkeyPatch) -> None:
    has = Holidays.has
    patch.setattr(Holidays, "has", lambda self, day, _: has(self, day, ""))


@plant("the night is the branch's, wherever the client is")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gate, "zone_of", lambda case, *_: case.branch.timezone)


@plant("the clocks never change")
def _(patch: pytest.MonkeyPatch) -> None:
    quiet_until = gate.quiet_until

    def as_in_winter(rules: Any, zone: str, moment: datetime) -> datetime:
        summer = 4 <= moment.month <= 10
        shift = timedelta(hours=1) if summer and not zone.startswith("Asia") else timedelta()
        return quiet_until(rules, zone, moment - shift) + shift

    patch.setattr(gate, "quiet_until", as_in_winter)


@plant("a complaint holds nothing back")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gate, "_held_by_complaint", lambda *_: None)


@plant("complaints of other cases are not seen")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cases, "complained_at", lambda *_: None)


@plant("what is late is sent all the same")
def _(patch: pytest.MonkeyPatch) -> None:
    before = deliver.gate
    patch.setattr(deliver, "gate", lambda message, *rest: before(replace(message, fresh_until=None), *rest))


@plant("a message of a case that has ended leaves")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "outlived", lambda *_: False)
    patch.setattr(deliver.outbox, "cancel_planned", lambda *_: None)


@plant("nobody looks up whose the phone is")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(contact, "zones_of", lambda _: ())
