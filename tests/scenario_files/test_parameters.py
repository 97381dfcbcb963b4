"""Parameters and branches: what is put in, whose mistake it is, and that it is told once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc_engine.core.scenario import AverageAtLeast, Person, Scenario
from qc_engine.scenario_files.load import BadScenarios, load_text
from qc_engine.scenario_files.names import Names

NAMES = Names(
    stages={"closed": "C1:NEW", "won": "WON"},
    users={"director": 1, "Анна": 2},
    branches=("Шинный центр на Абая", "Шинный центр на Сатпаева", "Склад"),
)
TEXT = """\
scenario: visit
title: T
parameters:
  good_from: {is: number, default: 8, about: С какой средней просим отзыв}
  pause: {is: span, default: 1 day}
  thanks: {is: text, default: Спасибо}
  boss: {is: person, default: branch_head}
branches:
  шинный центр на абая: {good_from: 9, boss: Анна}
  Шинный центр на Сатпаева: {good_from: 9, boss: Анна, pause: 1 day}
  Склад: {thanks: {ru: Спасибо!, kk: Рақмет!}, pause: 2 days}
start: {deal_in_stage: closed, wait: $pause, not_later_than: 3 days}
contact: {quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}
questions:
  quality: {text: 'Как? Хорошо, если {$good_from} или больше', scale: 1-10}
steps:
  ask:
    do: [survey: {ask: quality}]
    rules:
      - name: happy
        when: {average_at_least: $good_from}
        do: [say: $thanks, end: happy]
      - name: unhappy
        when: {average_below: $good_from}
        do: [notify: {for: $boss, text: Смотрите}, end: unhappy]
      - {name: silent, when: {silent_for: 1 day}, do: [end: silent]}
"""


def messages(text: str, names: Names = NAMES) -> list[str]:
    try:
        load_text(text, "s.yaml", names)
    except BadScenarios as bad:
        return [str(one).removeprefix("s.yaml:") for one in bad.problems]
    return []


@pytest.fixture
def scenario() -> Scenario:
    return load_text(TEXT, "s.yaml", NAMES)


@pytest.mark.parametrize(
    ("branch", "limit", "wait", "boss", "thanks"),
    [
        ("somewhere else", 8, 1, Person("head"), "Спасибо"),
        ("Шинный центр на Абая", 9, 1, Person("", 2), "Спасибо"),
        ("Шинный центр на Сатпаева", 9, 1, Person("", 2), "Спасибо"),
        ("Склад", 8, 2, Person("head"), "Спасибо!"),
    ],
)
def test_each_branch_by_its_own_values(
    scenario: Scenario, branch: str, limit: int, wait: int, boss: Person, thanks: str
) -> None:
    here = scenario.at_branch(branch)
    happy, unhappy, _ = here.steps["ask"].rules
    assert happy.when == (AverageAtLeast(Decimal(limit)),)
    assert here.start.wait == timedelta(days=wait)
    assert unhappy.do[0].person == boss  # type: ignore[union-attr]
    assert happy.do[0].text.body == thanks  # type: ignore[union-attr]
    assert here.questions["quality"].text.body == f"Как? Хорошо, если {limit} или больше"
    assert (here.name, here.version) == (scenario.name, scenario.version)


def test_branches_with_the_same_values_share_one(scenario: Scenario) -> None:
    first, second = (scenario.of_branch[f"Шинный центр на {street}"] for street in ("Абая", "Сатпаева"))
    assert first is second
    assert scenario.of_branch["Склад"].steps["ask"].rules[0].do[0].text.said_in("kk").body == "Рақмет!"  # type: ignore[union-attr]


ROWS = [
    ("default: 8,", "default: eight,", ["4:36: default: 'eight' is no number; write for example 8 or 8.5"]),
    ("default: 8,", "", ["4:14: 'default' is missing"]),
    ("is: number", "is: numbr", ["4:19: is: unknown word 'numbr'; did you mean 'number'?"]),
    ("is: span, default: 1 day", "is: span, default: ", ["5:21: default: is empty; write what holds where no branch says otherwise"]),
    ("{good_from: 9, boss: Анна}", "{good_from: nine}", ["9:37: good_from: 'nine' is no number; write for example 8 or 8.5"]),
    ("{good_from: 9, boss: Анна}", "{good_fron: 9}", ["9:26: unknown parameter 'good_fron'; did you mean 'good_from'?"]),
    ("{good_from: 9, boss: Анна}", "{boss: Анн}", ["9:32: boss: unknown person 'Анн'; did you mean 'Анна'?"]),
    ("{good_from: 9, boss: Анна}", "9", ["9:25: write parameters and their values here: boss, good_from, pause, thanks"]),
    ("  Склад: ", "  шинный  центр на Абая: ", [
        "11:3: 'шинный  центр на Абая' is the same as 'шинный центр на абая'; write it once"]),
    ("шинный центр на абая", "Шинный центр на Обая", ["9:3: unknown branch 'Шинный центр на Обая'; did you mean 'Шинный центр на Абая'?"]),
    ("say: $thanks", "say: $thank", ["6:3: parameter 'thanks' is used nowhere; write $thanks somewhere, or delete it",
                                     "22:19: unknown parameter 'thank'; did you mean 'thanks'?"]),
    ("{$good_from} или", "{$good} или", ["15:19: unknown parameter 'good'; known: boss, good_from, pause, thanks"]),
    ("text: Смотрите", "text: 'Смотрите {$thanks}'",
     ["25:41: ${thanks} is more than one text; write ${thanks} for the whole value (branch 'Склад')".replace("{thanks}", "thanks")]),
    # --- whose value it is ---
    ("default: 8,", "default: 11,", [
        "21:9: no average can be there: the scale goes from 1 to 10; write a limit within it"]),
    ("{good_from: 9, boss: Анна, pause: 1 day}", "{good_from: 11}", [
        "21:9: no average can be there: the scale goes from 1 to 10; write a limit within it (branch 'Шинный центр на Сатпаева')"]),
    ("average_below: $good_from", "average_below: 8", [
        "21:9: no rule for an average from 8 to below 9 (branches 'Шинный центр на Абая', 'Шинный центр на Сатпаева')"]),
    ("silent_for: 1 day", "silent_for: $good_from", [
        "26:43: silent_for: write a number and a unit, for example '30 s', '5 min', '1 day 2 hours' ($good_from is '8')"]),
    ("default: Спасибо", "default: 'Спасибо, {client_nam|друг}'", [
        "22:19: say: unknown variable 'client_nam'; did you mean 'client_name'? ($thanks is 'Спасибо, {client_nam|друг}')"]),
    ("{ru: Спасибо!, kk: Рақмет!}", "'{brnch}'", [
        "22:19: say: unknown variable 'brnch'; did you mean 'branch'? ($thanks is '{brnch}') (branch 'Склад')"]),
    ("wait: $pause, not", "wait: 1 day, not", ["5:3: parameter 'pause' is used nowhere; write $pause somewhere, or delete it"]),
    ("deal_in_stage: closed, wait: $pause", "deal_in_stage: $pause, wait: 1 day", [
        "12:24: deal_in_stage: unknown stage '1 day'; known: closed, won ($pause is '1 day')",
        "12:24: deal_in_stage: unknown stage '2 days'; known: closed, won ($pause is '2 days') (branch 'Склад')"]),
    ("default: Спасибо}", "default: Спасибо}\n  Big: {is: text, default: A}", [
        "7:3: 'Big': use small latin letters, digits and _, at most 40"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), ROWS, ids=range(len(ROWS)))
def test_every_mistake_has_its_place(old: str, new: str, expected: list[str]) -> None:
    assert old in TEXT
    assert messages(TEXT.replace(old, new, 1)) == expected


def test_the_good_one_is_good() -> None:
    assert messages(TEXT) == []


def test_a_branch_cannot_start_otherwise() -> None:
    text = TEXT.replace("default: Спасибо}", "default: Спасибо}\n  begin: {is: stage, default: closed}")
    text = text.replace("deal_in_stage: closed", "deal_in_stage: $begin")
    assert messages(text.replace("{thanks:", "{begin: won, thanks:")) == [
        "13:1: a branch may wait differently (wait, not_later_than), but not start otherwise; write one start for all (branch 'Склад')"
    ]
    assert messages(text) == []


def test_without_config_a_branch_is_what_is_written() -> None:
    scenario = load_text(TEXT, "s.yaml", Names(stages=NAMES.stages, users=NAMES.users))
    assert list(scenario.of_branch) == ["шинный центр на абая", "Шинный центр на Сатпаева", "Склад"]


def test_a_dollar_elsewhere_is_a_dollar() -> None:
    text = TEXT.replace("text: Смотрите", "text: Оплата $5 и $Big")
    assert messages(text) == []
    assert load_text(text, "s", NAMES).steps["ask"].rules[1].do[0].text == "Оплата $5 и $Big"  # type: ignore[union-attr]


def test_many_branches_are_read_in_good_time() -> None:
    names = Names(stages=NAMES.stages, users=NAMES.users)
    branches = "".join(f"  Филиал {n}: {{good_from: {1 + n % 9}.5, boss: {n + 1}}}\n" for n in range(300))
    text = TEXT[: TEXT.index("branches:")] + "branches:\n" + branches + TEXT[TEXT.index("start:") :]
    scenario = load_text(text, "s.yaml", names)
    assert len(scenario.of_branch) == 300
    assert len({id(one) for one in scenario.of_branch.values()}) == 300


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_refused_never_more(data: st.DataObject) -> None:
    """Words lost, doubled or cut: the answer is a scenario or problems inside the file."""
    lines = TEXT.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[at])))
        damage = data.draw(st.sampled_from(["lose", "cut", "swap", "dollar", "brace"]))
        changed = {
            "lose": "",
            "cut": lines[at][:cut],
            "swap": lines[at][cut:] + lines[at][:cut],
            "dollar": f"{lines[at][:cut]}${lines[at][cut:]}",
            "brace": f"{lines[at][:cut]}{{kk: {lines[at][cut:]}",
        }
        lines[at] = changed[damage]
    for message in messages("\n".join(lines)):
        line, column, _ = message.split(":", 2)
        assert 1 <= int(line) <= len(lines) + 1
        assert int(column) >= 1
