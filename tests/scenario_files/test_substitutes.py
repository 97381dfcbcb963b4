"""'active' and 'instead_of': which scenarios of a folder begin cases."""

from pathlib import Path

import pytest

from qc_engine.core.scenario import Scenario, beginning, standing_for
from qc_engine.scenario_files.load import BadScenarios, load_scenarios, load_text
from qc_engine.scenario_files.names import Names

NAMES = Names(stages={"Start": "NEW", "Other": "OTHER", "Won": "WON"})
TEXT = """\
scenario: {name}
title: T
{more}
start: {{deal_in_stage: {stage}, wait: 1 h, not_later_than: 3 days}}
contact: {{quiet_hours: none, at_most_once_in: 1 day, pause_after_operator: 1 h}}
steps:
  one:
    rules:
      - {{name: late, when: {{in_step_for: 1 day}}, do: [move_deal: Won, end: done]}}
"""


def text(name: str, more: str = "", stage: str = "Start") -> str:
    return TEXT.format(name=name, more=more, stage=stage)


def folder_of(path: Path, *texts: str) -> Path:
    for number, one in enumerate(texts):
        (path / f"{number}.yaml").write_text(one, "utf-8")
    return path


@pytest.mark.parametrize(
    ("rest", "begin"),
    [
        ({"a": "", "b": ""}, {"a", "b"}),
        ({"a": "", "b": "active: false"}, {"a"}),
        ({"a": "", "b": "active: false\ninstead_of: a"}, {"a"}),
        ({"a": "", "b": "active: true\ninstead_of: a"}, {"b"}),
        ({"a": "active: false", "b": "instead_of: a"}, {"b"}),
        # one stands for all that the other one stands for, also while that is off
        ({"a": "", "b": "instead_of: a", "c": "instead_of: b"}, {"c"}),
        ({"a": "", "b": "active: false\ninstead_of: a", "c": "instead_of: b"}, {"c"}),
        ({"a": "active: false", "b": "active: false"}, set()),
    ],
)
def test_which_ones_begin_cases(tmp_path: Path, rest: dict[str, str], begin: set[str]) -> None:
    read = load_scenarios(folder_of(tmp_path, *(text(*one) for one in rest.items())), NAMES)
    assert set(read) == set(rest)
    assert {one.name for one in beginning(read.values())} == begin


def test_who_stands_for_whom() -> None:
    pairs = {"a": "", "b": "instead_of: a", "c": "instead_of: b", "d": ""}
    read: list[Scenario] = [load_text(text(*one), "x", NAMES) for one in pairs.items()]
    assert [sorted(standing_for(name, read)) for name in "abcd"] == [["a", "b", "c"]] * 3 + [["d"]]


@pytest.mark.parametrize(
    ("more", "stage", "message"),
    [
        (
            "instead_of: tyre_center",
            "Start",
            "0.yaml:3:13: instead_of: unknown scenario 'tyre_center'; did you mean",
        ),
        ("instead_of: other", "Start", "stands? instead of itself"),
        ("instead_of: tyre_centre", "Other", "'tyre_centre' starts from another stage"),
        ("instead_of: back", "Start", "'other' and 'back' stand instead of one another"),
        ("active: no", "Start", "active: unknown word 'no'"),
        ("active: flase", "Start", "did you mean 'false'"),
        ("instead_of: 7", "Start", "instead_of: '7': use small latin letters"),
    ],
)
def test_what_is_wrong_with_it(tmp_path: Path, more: str, stage: str, message: str) -> None:
    back = text("back", "active: false\ninstead_of: other", stage)
    others = [text("tyre_centre"), back] if "back" in more else [text("tyre_centre")]
    with pytest.raises(BadScenarios) as bad:
        load_scenarios(folder_of(tmp_path, text("other", more, stage), *others), NAMES)
    assert any(message.replace("stands? ", "stand ") in str(one) for one in bad.value.problems), bad.value


def test_a_scenario_that_is_off_needs_nothing_of_the_portal_but_has_no_mistakes() -> None:
    strange = text("other", "active: false", stage="Nobody has this stage")
    assert load_text(strange, "x", NAMES).start.stage == "Nobody has this stage"
    with pytest.raises(BadScenarios, match="unknown stage"):
        load_text(strange.replace("false", "true"), "x", NAMES)
    with pytest.raises(BadScenarios, match="did you mean 'in_step_for'"):
        load_text(strange.replace("in_step_for", "in_stepfor"), "x", NAMES)
