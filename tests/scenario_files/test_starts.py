"""`start:` is read to the letter: exactly one way, and every mistake at its place with a remedy."""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest

from qc_engine.core.scenario import BranchIs, Formula, Scenario, Schedule, Segment, Start, StartScenario
from qc_engine.scenario_files.checks.mentions import mentions
from qc_engine.scenario_files.load import BadScenarios, load_scenarios, load_text
from qc_engine.scenario_files.names import Names

NAMES = Names(
    stages={"Сделка успешна": "WON", "Закрыт": "FINAL"},
    fields={"Город": "UF_CITY", "Дата мероприятия": "UF_DATE", "Оценка": "UF_SCORE"},
    branches=("На Абая", "На Саина"),
)
TEXT = """scenario: s
title: T
{values}start: {start}
contact: {{quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}}
steps:
  tell:
    do: [{do}, end: told]
"""


def text(start: str, do: str = "say: Hello", values: str = "") -> str:
    return TEXT.format(start=start, do=do, values=values)


def read(start: str, **others: str) -> Scenario:
    return load_text(text(start, **others), "s.yaml", NAMES)


SEGMENT = "segment: {stages: Сделка успешна}"
MONTHLY = Schedule("month", time(11), 5)


@pytest.mark.parametrize(
    ("start", "made"),
    [
        (
            "{deal_in_stage: Закрыт, wait: 1 day, not_later_than: 2 days}",
            Start("FINAL", timedelta(days=1), timedelta(days=2)),
        ),
        ("{event: visit_finished}", Start(event="visit_finished")),
        ("{event: visit_finished, wait: 2 h}", Start(event="visit_finished", wait=timedelta(hours=2))),
        ("{deal_field_changed: дата мероприятия}", Start(changed_field="UF_DATE")),
        ("{by_hand: true}", Start(by_hand=True)),
        (
            f"{{schedule: {{every: month, day: 5, at: \"11:00\"}}, {SEGMENT}}}",
            Start(schedule=MONTHLY, segment=Segment(("WON",))),
        ),
        (
            "{schedule: {every: week, day: Sunday, at: 9:30}, segment: {stages: [Закрыт, Сделка успешна], "
            "fields: {Город: Алматы}, entered_within: 31 days}}",
            Start(
                schedule=Schedule("week", time(9, 30), 7),
                segment=Segment(("FINAL", "WON"), {"UF_CITY": "Алматы"}, timedelta(days=31)),
            ),
        ),
        (
            f"{{schedule: {{every: day, at: 00:05}}, {SEGMENT}}}",
            Start(schedule=Schedule("day", time(0, 5)), segment=Segment(("WON",))),
        ),
        (
            "{by_hand: true, only_if: {branch_is: [на абая]}}",
            Start(by_hand=True, only_if=(BranchIs(("На Абая",)),)),
        ),
    ],
)  # fmt: skip
def test_the_ways_to_start(start: str, made: Start) -> None:
    assert read(start).start == made


def test_a_formula_may_name_what_is_known_before_the_survey() -> None:
    values = "values: {old: {from_start: old}, city: {deal_field: Город}}\n"
    scenario = read(
        '{deal_field_changed: Дата мероприятия, only_if: [formula: "old != city", branch_is: На Саина]}',
        values=values,
        do='say: "{old|no} {city|no}"',
    )
    formula, branch = scenario.start.only_if
    assert isinstance(formula, Formula)
    assert set(formula.uses) == {"old", "city"}
    assert branch == BranchIs(("На Саина",))


WAYS = "deal_in_stage, event, deal_field_changed, schedule, by_hand"
AT = 'at: "11:00"'


@pytest.mark.parametrize(
    ("start", "problems"),
    [
        # --- exactly one way ---
        ("{wait: 1 day}", [f"3:8: nothing starts it; write one of {WAYS}"]),
        ("{evnt: visit}", ["3:9: unknown word 'evnt'; did you mean 'event'?"]),
        (
            "{event: visit, by_hand: true}",
            ["3:23: 'event' and 'by_hand' are several ways to start; leave one"],
        ),
        (
            "{deal_in_stage: Закрыт, wait: 1 h, not_later_than: 1 h, event: visit}",
            ["3:64: 'deal_in_stage' and 'event' are several ways to start; leave one"],
        ),
        ("{deal_in_stage: Закрыт}", ["3:8: 'not_later_than' is missing", "3:8: 'wait' is missing"]),
        ("visit", ["3:8: start: write words here: "]),
        ("{event: Visit}", ["3:16: event: 'Visit': use small latin letters, digits and _, at most 40"]),
        ("{by_hand: false}", ["3:18: by_hand: 'false': write true, or another way to start"]),
        # --- names ---
        (
            "{deal_in_stage: Закрт, wait: 0 s, not_later_than: 1 h}",
            ["3:24: deal_in_stage: unknown stage 'Закрт'; did you mean 'Закрыт'?"],
        ),
        (
            "{deal_field_changed: Дата мероприяти}",
            [
                "3:29: deal_field_changed: unknown deal field 'Дата мероприяти'; "
                "did you mean 'Дата мероприятия'?"
            ],
        ),
        # --- a schedule ---
        (
            f"{{schedule: {{every: month, day: 5, {AT}}}}}",
            ["3:9: schedule: for which deals? Write 'segment', for example segment: {stages: [Done]}"],
        ),
        (
            f"{{event: visit, {SEGMENT}}}",
            ["3:23: only a schedule has a segment; leave it out, or write 'schedule'"],
        ),
        (
            f"{{schedule: {{every: month, day: 32, {AT}}}, {SEGMENT}}}",
            [
                "3:39: schedule: day: '32': write a day of the month from 1 to 31; "
                "31 is the last day of every month"
            ],
        ),
        (
            f"{{schedule: {{every: month, day: monday, {AT}}}, {SEGMENT}}}",
            [
                "3:39: schedule: day: 'monday': write a day of the month from 1 to 31; "
                "31 is the last day of every month"
            ],
        ),
        (
            f"{{schedule: {{every: week, day: mondey, {AT}}}, {SEGMENT}}}",
            ["3:38: schedule: day: unknown day of the week 'mondey'; did you mean 'monday'?"],
        ),
        (
            f"{{schedule: {{every: week, {AT}}}, {SEGMENT}}}",
            ["3:19: schedule: every week: on which day? Write 'day', for example day: monday"],
        ),
        (
            f"{{schedule: {{every: day, day: 5, {AT}}}, {SEGMENT}}}",
            ["3:37: schedule: every day has no 'day'; leave it out"],
        ),
        (
            f"{{schedule: {{every: year, day: 5, {AT}}}, {SEGMENT}}}",
            ["3:27: every: unknown word 'year'; known: day, month, week"],
        ),
        (
            f"{{schedule: {{every: month, day: 5, at: 25:00}}, {SEGMENT}}}",
            ["3:46: at: '25:00' is no time; write for example \"11:00\""],
        ),
        (f"{{schedule: {{every: month, day: 5}}, {SEGMENT}}}", ["3:19: 'at' is missing"]),
        # --- a segment ---
        (
            f"{{schedule: {{every: day, {AT}}}, segment: {{entered_within: 31 days}}}}",
            ["3:55: segment: this is every deal of the portal; write stages or fields"],
        ),
        (
            f"{{schedule: {{every: day, {AT}}}, segment: {{stages: [Сделка успешн]}}}}",
            ["3:65: unknown stage 'Сделка успешн'; did you mean 'Сделка успешна'?"],
        ),
        (
            f"{{schedule: {{every: day, {AT}}}, segment: {{fields: {{Гогод: Алматы}}}}}}",
            ["3:65: unknown deal field 'Гогод'; did you mean 'Город'?"],
        ),
        # --- whom it concerns ---
        (
            "{event: visit, only_if: {average_at_least: 8}}",
            ["3:33: 'average_at_least': nobody has been asked yet; write branch_is or formula"],
        ),
        (
            '{event: visit, only_if: {formula: "average > 8.0"}}',
            [
                "3:42: formula: 'average' is not known before the survey begins; name branch, now or one of 'values'"
            ],
        ),
        (
            "{event: visit, only_if: {branch_is: На Обая}}",
            ["3:44: unknown branch 'На Обая'; did you mean 'На Абая'?"],
        ),
        (
            "{event: visit, only_if: clicked}",
            ["3:32: write one of branch_is, formula with its value"],
        ),
        ("{event: visit, only_if: []}", ["3:32: only_if: write at least one condition"]),
    ],
)
def test_every_mistake_has_its_place_and_a_remedy(start: str, problems: list[str]) -> None:
    with pytest.raises(BadScenarios) as found:
        read(start)
    told = [f"{one.line}:{one.column}: {one.message}" for one in found.value.problems]
    assert len(told) == len(problems), told
    for line, expected in zip(told, problems, strict=True):
        assert line.startswith(expected), told


@pytest.mark.parametrize(
    ("do", "values", "problem"),
    [
        (
            "set_fields: {Дата мероприятия: 1}", "",
            "the scenario writes this field itself, and would start itself again",
        ),
        (
            'say: "{was|no}"', "values: {was: {from_start: odl}}\n",
            "from_start: unknown value of a changed field 'odl'; did you mean 'old'?",
        ),
    ],
)  # fmt: skip
def test_a_changed_field_must_make_sense(do: str, values: str, problem: str) -> None:
    with pytest.raises(BadScenarios) as found:
        read("{deal_field_changed: Дата мероприятия}", do=do, values=values)
    assert [one.message.startswith(problem) for one in found.value.problems] == [True]


# --- one scenario starts another --------------------------------------------------------------


def folder(path: Path, **scenarios: str) -> Mapping[str, Scenario]:
    for name, content in scenarios.items():
        (path / f"{name}.yaml").write_text(content.replace("scenario: s\n", f"scenario: {name}\n"), "utf-8")
    return load_scenarios(path, NAMES)


def test_one_scenario_starts_another(tmp_path: Path) -> None:
    do = 'start_scenario: {scenario: other, in: 7 days, values: {why: "deal {deal_id}"}}'
    read = folder(tmp_path, first=text("{event: a}", do=do), other=text("{by_hand: true}"))
    action, _ = read["first"].steps["tell"].do
    assert action == StartScenario("other", timedelta(days=7), {"why": "deal {deal_id}"})


def test_the_other_scenario_must_be_there(tmp_path: Path) -> None:
    do = "start_scenario: {scenario: othr}"
    with pytest.raises(BadScenarios) as found:
        folder(tmp_path, first=text("{event: a}", do=do), other=text("{by_hand: true}"))
    (problem,) = found.value.problems
    assert str(problem).endswith("7:37: scenario: unknown scenario 'othr'; did you mean 'other'?")


AT_ONCE = "scenario: each begins the next at once, for ever: {}; write 'in' beside one, for example in: 1 day"


def test_scenarios_that_begin_one_another_for_ever(tmp_path: Path) -> None:
    def begins(name: str, rest: str = "") -> str:
        return text("{by_hand: true}", do=f"start_scenario: {{scenario: {name}{rest}}}")

    with pytest.raises(BadScenarios) as found:
        folder(tmp_path, first=begins("second"), second=begins("third"), third=begins("second"))
    assert [str(one).rpartition("/")[2] for one in found.value.problems] == [
        f"second.yaml:7:37: {AT_ONCE.format('second -> third -> second')}",
        f"third.yaml:7:37: {AT_ONCE.format('third -> second -> third')}",
    ]
    with pytest.raises(BadScenarios, match="for ever: third -> third;"):
        folder(tmp_path, third=begins("third"))
    assert folder(tmp_path, third=begins("second", ", in: 1 day"))


def test_a_substitute_starts_in_the_same_way(tmp_path: Path) -> None:
    other = text("{event: b}").replace("title: T", "title: T\ninstead_of: first")
    with pytest.raises(BadScenarios, match="'first' starts in another way, so this one cannot stand for it"):
        folder(tmp_path, first=text("{event: a}"), other=other)


def test_what_the_doctor_must_look_for() -> None:
    scenario = read(
        f"{{schedule: {{every: day, {AT}}}, segment: {{stages: Закрыт, fields: {{Город: Алматы}}}}}}",
        values="values: {date: {deal_field: Дата мероприятия}}\n",
        do='say: "{date|no}"',
    )
    told = mentions(scenario)
    assert (told.start, told.stages) == ("", ())
    assert (told.reads, told.looks_in) == ({"UF_CITY", "UF_DATE"}, {"FINAL"})
