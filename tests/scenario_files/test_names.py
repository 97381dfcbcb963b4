"""Names that people see in the CRM, as scenarios may write them."""

from pathlib import Path

import pytest

from qc_engine.scenario_files.checks.mentions import mentions
from qc_engine.scenario_files.load import load_scenarios
from qc_engine.scenario_files.names import Names

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMES = Names(
    stages={"Жалобы / Новая": "C7:NEW", "Зелёный свет": "UC_GREEN", "WON": "C9:WON", "New": "UC_1"},
    fields={"Оценка работы": "UF_CRM_1"},
    contact_fields={"Не писать": "UF_CRM_2"},
    users={"Анна Белова": 15},
    ambiguous={"Новая": ("Заказы / Новая", "Жалобы / Новая")},
)


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("Жалобы / Новая", "C7:NEW"),
        ("жалобы/новая", "C7:NEW"),
        ("  Зеленый   СВЕТ ", "UC_GREEN"),
        ("UC_OTHER", "UC_OTHER"),  # what looks like an id is one
        ("WON", "C9:WON"),  # unless it is exactly somebody's name for a stage
        ("NEW", "NEW"),  # and not when a name only looks alike
        ("new", "UC_1"),
    ],
)
def test_a_stage_by_what_people_see(word: str, stage: str) -> None:
    assert NAMES.stage(word) == stage


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Новая", "'Новая' could be 'Заказы / Новая' or 'Жалобы / Новая': write which"),
        ("Зелёный цвет", "did you mean 'Зелёный свет'?"),
    ],
)
def test_a_stage_that_nobody_can_tell(word: str, said: str) -> None:
    with pytest.raises(ValueError, match="stage") as told:
        NAMES.stage(word)
    assert said in str(told.value)


def test_a_thing_with_two_names_is_told_once() -> None:
    with pytest.raises(ValueError, match="known") as told:
        Names(stages={"Одна": "A", "Воронка / Одна": "A", "Другая": "B"}).stage("Xyz")
    assert str(told.value).endswith("known: Другая, Одна")


def test_fields_and_people() -> None:
    assert NAMES.deal_field("оценка работы") == "UF_CRM_1"
    assert NAMES.contact_field("НЕ ПИСАТЬ") == "UF_CRM_2"
    assert NAMES.person("анна белова") == ("", 15)
    assert NAMES.person("branch_head") == ("head", 0)
    with pytest.raises(ValueError, match="Анна Белова"):
        NAMES.person("Анна Белых")


def test_before_the_portal_was_read_a_word_stands_for_itself() -> None:
    unread = Names(complete=False, ambiguous={"Новая": ("A / Новая", "B / Новая")})
    assert unread.stage("Что угодно") == "Что угодно"
    assert unread.deal_field("Оценка") == "Оценка"
    assert unread.person("Анна Белова") == ("", 0)
    with pytest.raises(ValueError, match="write which"):
        unread.stage("Новая")


def test_what_the_customers_scenario_needs_on_the_portal() -> None:
    found = mentions(load_scenarios(SCENARIOS, Names(complete=False))["tyre_centre"])
    assert found.start == "Закрыть заказ/наряд"
    assert found.stages[0] == found.start
    assert {"Оценка качества", "Подтверждение наличия отзыва", "Сделка успешна"} <= set(found.stages)
    assert found.final == {"Сделка успешна"}
    assert found.contact_texts == {("Не писать", "1"), ("Бонус за отзыв", "1"), ("Бонус за отзыв", "0")}
    assert found.fields == {
        "Оценка работы": "double", "Оценка обслуживания": "double", "Средняя оценка": "double",
    }  # fmt: skip
    assert found.contact_fields == {"Не писать": "boolean", "Бонус за отзыв": "boolean"}
