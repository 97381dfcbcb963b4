"""Formulas: what they may look at, and what their verdict says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from qc_engine.core.answers.reading import Scale
from qc_engine.core.case import Case, State
from qc_engine.core.channel import Channel
from qc_engine.core.draft import Draft
from qc_engine.core.events import TimerDue
from qc_engine.core.rules.conditions import check
from qc_engine.core.scenario import BranchIs, Formula, Question, Text
from qc_engine.core.trace import Verdict
from qc_engine.explain.phrases import say
from qc_engine.scenario_files.reading import Reading
from qc_engine.scenario_files.words.formulas import compiled
from qc_engine.scenario_files.yaml.source import TOP, Value
from tests.core.further import NAMES, further, story
from tests.core.test_tyre_centre import BRANCH, waiting

NOW = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)  # 19:30 of a Wednesday in Almaty
KINDS = {"event_date": "date", "total": "number", "sort": "text"}
RATED: dict[str, Any] = {"scores": {"quality": Decimal("8.5")}}


def formula(text: str) -> Formula:
    reading = Reading("f.yaml", NAMES, questions=frozenset({"quality", "service"}), value_kinds=KINDS)
    return compiled(Value(text, TOP), reading)


def verdict(text: str, **changes: Any) -> Verdict:
    scenario = further()
    questions = {**scenario.questions, "service": Question("service", Text("?"), Scale())}
    known = {"": Channel("chat2desk"), "telegram": Channel("telegram", by_phone=False)}
    scenario = replace(scenario, questions=questions, contact=replace(scenario.contact, known=known))
    case: Case = waiting(**{"state": State.ACTIVE, "step": "ask", **changes})
    return check(formula(text), Draft(case, TimerDue(case.id, NOW), scenario, NOW))


@pytest.mark.parametrize(
    ("text", "changes", "holds"),
    [
        ("average >= 8.0", RATED, True),
        ("average >= 9.0", RATED, False),
        ('scores["quality"] > 8.0 && scores.quality < 9.0', RATED, True),
        ("answered == 1", RATED, True),
        ("answered == 0", {}, True),
        ("answered == 2", {**RATED, "comments": {"service": "Долго"}}, True),
        ("answered == 1", {**RATED, "comments": {"service": ""}}, True),  # it was skipped
        ('branch == "На Абая"', {}, True),
        ('client_name.startsWith("Айг")', {}, True),
        ('words.contains("дорого")', {"words": ("Хорошо", "но дорого")}, True),
        ('words == ""', {}, True),
        ('language == "ru"', {}, True),
        ('language == "kk"', {"language": "kk"}, True),
        ('channel == "chat2desk"', {}, True),
        ('channel == "telegram"', {"channel": "telegram"}, True),
        ('step == "ask"', {}, True),
        ("reminded", {}, False),
        ("reminded", {"reminded": True}, True),
        ("hour == 19 && weekday == 3", {}, True),
        ('now > timestamp("2026-03-04T14:00:00Z")', {}, True),
        ('event_date - now > duration("24h")', {"values": {"event_date": "2026-03-06"}}, True),
        ('event_date == timestamp("2026-03-05T19:00:00Z")', {"values": {"event_date": "2026-03-06"}}, True),
        ("total >= 1000.0", {"values": {"total": "12 500,50"}}, True),
        ('sort == "мойка" || sort == ""', {}, True),
        ('sort == "мойка"', {"values": {"sort": "мойка"}}, True),
        # One side is enough where the other is not there yet.
        ('average < 5.0 || branch == "На Абая"', {}, True),
        ('average < 5.0 && branch == "На Момышулы"', {}, False),
        ("has(scores.service) && scores.service < 5.0", RATED, False),
    ],
)
def test_what_a_formula_sees(text: str, changes: dict[str, Any], holds: bool) -> None:
    assert verdict(text, **changes).passed is holds


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("average >= 8.0", RATED, "формула «average >= 8.0» верна: average = 8,5"),
        (
            'average < 8.0 && branch != "X"', RATED,
            'формула «average < 8.0 && branch != "X"» не верна: average = 8,5, branch = «На Абая»',
        ),
        ("scores.quality > 8.0", RATED, "формула «scores.quality > 8.0» верна: scores = quality: 8,5"),
        ("!reminded", {}, "формула «!reminded» верна: reminded = false"),
        ("1 < 2", {}, "формула «1 < 2» верна: без значений"),
        ("average >= 8.0", {}, "формула «average >= 8.0»: average ещё нет"),
        ("scores.service > 8.0", RATED, "формула «scores.service > 8.0»: service ещё нет"),
        ("total > 1.0", {}, "формула «total > 1.0»: total ещё нет"),
        ("total > 1.0", {"values": {"total": "много"}}, "формула «total > 1.0»: total ещё нет"),
        ("1 / answered == 1", {}, "формулу «1 / answered == 1» не посчитать: divide by zero"),
        ('words == "я"', {"words": ("я" * 99,)}, f'формула «words == "я"» не верна: words = «{"я" * 60}…»'),
        ("event_date > now", {"values": {"event_date": "06.03.2026"}},
         "формула «event_date > now» верна: event_date = 06.03.2026 00:00, now = 04.03.2026 19:30"),
    ],
)  # fmt: skip
def test_every_verdict_has_its_values(text: str, changes: dict[str, Any], said: str) -> None:
    why = verdict(text, **changes).why
    assert say(why.key, why.values, "ru") == said


def test_an_average_is_none_until_the_last_answer() -> None:
    scenario = further()
    survey, step = scenario.steps["ask"].survey, scenario.steps["ask"]
    assert survey is not None
    ask_two = replace(step, do=(replace(survey, questions=("quality", "more")),))
    questions = {**scenario.questions, "more": Question("more", Text("?"), Scale())}
    both = replace(scenario, questions=questions, steps={**scenario.steps, "ask": ask_two})
    case = waiting(state=State.ACTIVE, step="ask", scores={"quality": Decimal(9)})
    draft = Draft(case, TimerDue(case.id, NOW), both, NOW)
    assert check(formula("average >= 8.0"), draft).why.key == "why.formula_missing"
    done = replace(case, scores={"quality": Decimal(9), "more": Decimal(8)})
    assert check(formula("average >= 8.5"), replace(draft, case=done)).passed


@pytest.mark.parametrize("odd", [float("inf"), "x" * 5000, 10**30, None, [], object()])
def test_whatever_stands_in_a_value_it_is_a_verdict(odd: object) -> None:
    scenario = further()
    case: Case = waiting(state=State.ACTIVE, step="ask", values={"total": str(odd)}, client_name=str(odd))
    draft = Draft(case, TimerDue(case.id, NOW), scenario, NOW)
    assert check(formula("total > 1.0 && client_name.matches('(a+)+$')"), draft).passed in (True, False)


@pytest.mark.parametrize(
    ("names", "branch", "holds"),
    [
        (("На Абая",), "На Абая", True),
        (("На Момышулы", "на  абая"), "На Абая", True),
        (("На Момышулы",), "На Абая", False),
    ],
)
def test_the_branch(names: tuple[str, ...], branch: str, holds: bool) -> None:
    case = waiting(state=State.ACTIVE, step="ask", branch=replace(BRANCH, name=branch))
    found = check(BranchIs(names), Draft(case, TimerDue(case.id, NOW), further(), NOW))
    assert (found.passed, dict(found.why.values)) == (holds, {"branch": branch})


def test_a_reminder_is_remembered_after_the_answer() -> None:
    told = story(
        further("{name: late, when: {formula: 'reminded && answered > 0'}, do: [end: late]}")
    ).begin()
    told.on(TimerDue(told.case.id, told.now + timedelta(days=1)), timedelta(days=1))
    told.says("9")
    assert told.case.outcome == "late"
