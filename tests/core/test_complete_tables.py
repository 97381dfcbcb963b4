"""What is looked up by its type in a table: no member of a closed set is missing, and none is too many."""

from typing import get_args

import pytest

from qc_engine.core.decide import LATE_TAKERS, TAKERS
from qc_engine.core.decision import BY_PEOPLE
from qc_engine.core.events import Event
from qc_engine.core.rules.actions import ACTIONS
from qc_engine.core.rules.conditions import CHECKS, CLOCKS
from qc_engine.core.scenario import OF_FACT, TIMED, Action, Clicked, Condition, Rule


@pytest.mark.parametrize(
    ("table", "members"),
    [(CHECKS, Condition), (TAKERS, Event), (ACTIONS, Action)],
    ids=["when", "event", "do"],
)
def test_every_member_has_its_line(table: object, members: object) -> None:
    assert isinstance(table, dict)
    assert set(table) == set(get_args(members))


def test_the_clocks_are_those_of_time() -> None:
    assert set(CLOCKS) == set(TIMED)


def test_what_is_late_or_by_people_is_an_event() -> None:
    assert set(LATE_TAKERS) | BY_PEOPLE <= set(get_args(Event))


def test_a_fact_that_is_absent_has_the_reason_of_its_condition() -> None:
    for kind in OF_FACT:
        rule = Rule("a", (kind(),), (), line=7)
        assert rule.fact == kind.fact
        assert rule.not_so.verdict.why.key == f"why.{kind.fact}_not"
    assert Rule("b", (), ()).fact == ""
    assert Rule("c", (Clicked(),), ()).not_so.line == 0
