"""A rule that waits for an hour alone waits for nobody: `qc check` says so, and lets it be."""

import pytest

from qc_engine.scenario_files.checks.hours import perhaps_never
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names

TEXT = """\
scenario: visit
title: T
start: {{deal_in_stage: C1:NEW, wait: 0 s, not_later_than: 1 day}}
values: {{look: {{deal_field: UF_LOOK, is: moment}}}}
contact: {{quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}}
questions:
  quality: {{text: How was it?, scale: 1-10}}
steps:
  ask:
    do: [survey: {{ask: quality}}]
    rules:
      - {{name: late, when: {{{when}}}, do: [end: late]}}
      - {{name: rated, when: {{average_at_least: 1}}, do: [end: rated]}}
      - {{name: silent, when: {{silent_for: 1 day}}, do: [end: silent]}}
"""


@pytest.mark.parametrize(
    ("when", "name"),
    [
        ("formula: hour >= 18", "hour"),
        ("formula: weekday == 6 && hour > 9", "weekday"),
        ("formula: now > look", "now"),
        ("formula: hour >= 18 && average > 5.0", ""),
        ("formula: words.contains('x') && hour > 9", ""),
        ("formula: hour >= 18, in_step_for: 1 min", ""),
        ("formula: hour >= 18, score_below: 5", ""),
        ("formula: look > timestamp('2026-01-01T00:00:00Z')", ""),
    ],
)
def test_an_hour_alone(when: str, name: str) -> None:
    scenario = load_text(TEXT.format(when=when), "s.yaml", Names(complete=False))
    found = [(keys, message) for keys, message in perhaps_never(scenario)]
    assert [keys for keys, _ in found] == ([("steps", "ask", "rules", 0, "when")] if name else [])
    assert all(f"rule 'late': '{name}' by itself wakes nobody" in message for _, message in found)
