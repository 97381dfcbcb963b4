"""What a step is called in the console: one text or several languages, and every mistake has its place."""

from pathlib import Path

import pytest

from qc_engine.core.scenario import End, Scenario, Text
from qc_engine.explain.called import steps
from qc_engine.explain.phrases import languages
from qc_engine.explain.voice import Voice
from qc_engine.scenario_files.load import BadScenarios, load_scenarios, load_text
from qc_engine.scenario_files.names import Names
from tests.core.further import NAMES, USUAL, WHOLE

ROOT = Path(__file__).resolve().parents[2]
LATIN = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def shipped() -> list[Scenario]:
    names = Names(complete=False)
    folders = ("scenarios", "scenarios/examples")
    return [one for folder in folders for one in load_scenarios(ROOT / folder, names).values()]


def titled(title: str) -> str:
    """A scenario whose second step is called so: line 21, from column 12."""
    return WHOLE.format(rules="", after=f"    title: {title}\n{USUAL}".rstrip("\n"))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Звонок мастера", Text("Звонок мастера")),
        ("{ru: Звонок, kk: Қоңырау}", Text("Звонок", languages={"kk": Text("Қоңырау")})),
    ],
)
def test_a_step_may_have_a_title(title: str, expected: Text) -> None:
    scenario = load_text(titled(title), "s.yaml", NAMES)
    assert (scenario.steps["after"].title, scenario.steps["ask"].title) == (expected, Text(""))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("", "21:5: title: is empty; write a text"),
        ("{kk: Қоңырау}", "21:12: title: the scenario's own language is missing here; write 'ru' too"),
        (
            '"Ждём {client_name|клиента}"',
            "21:12: title: 'Ждём {client_name|клиента}' stands above many cases: write it without {...}",
        ),
        ("о" * 61, "21:12: title: 61 signs are too many; at most 60"),
        ("[a, b]", "21:12: title: write a text, nothing nested"),
    ],
)
def test_every_mistake_has_its_place(title: str, expected: str) -> None:
    with pytest.raises(BadScenarios) as bad:
        load_text(titled(title), "s.yaml", NAMES)
    assert [str(one) for one in bad.value.problems] == [f"s.yaml:{expected}"]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("{over: Позвонили}", None),
        ("{over: {ru: Позвонили, kk: Қоңырау шалынды}}", None),
        ("{ovr: Позвонили}", "unknown outcome: no 'end' here says 'ovr'; did you mean 'over'?"),
        ('{over: "{client_name|Вы}"}', "write it without {...}"),
        ("{}", "write at least one outcome"),
    ],
)
def test_an_end_may_have_a_title(outcomes: str, expected: str | None) -> None:
    text = f"{titled('Звонок')}\noutcomes: {outcomes}\n"
    if expected is None:
        (title,) = load_text(text, "s.yaml", NAMES).outcomes.values()
        assert title.body == "Позвонили"
        return
    with pytest.raises(BadScenarios) as bad:
        load_text(text, "s.yaml", NAMES)
    assert expected in str(bad.value.problems[0])


@pytest.mark.parametrize("language", languages())
def test_no_step_and_no_end_of_what_we_ship_is_shown_by_its_inner_name(
    shipped: list[Scenario], language: str
) -> None:
    for scenario in shipped:
        for name, title in steps(scenario, language).items():
            assert title != name, (scenario.name, name)
            assert language == "en" or not set(LATIN) & set(title.lower()), (scenario.name, title)
        for outcome in ends(scenario):
            assert Voice(language).knows("outcome", outcome), (scenario.name, outcome)


def ends(scenario: Scenario) -> set[str]:
    rules = [*scenario.anytime, *(rule for step in scenario.steps.values() for rule in step.rules)]
    done = [*(step.do for step in scenario.steps.values()), *(rule.do for rule in rules)]
    return {action.outcome for actions in done for action in actions if isinstance(action, End)}
