"""A scenario for the further words, small enough to be changed in a line."""

from collections.abc import Callable
from typing import Any

from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names
from tests.core.test_tyre_centre import Story, waiting

NAMES = Names(
    stages={"closed": "FINAL_INVOICE", "won": "WON"},
    fields={"score": "UF_SCORE", "event": "UF_EVENT", "sum": "UF_SUM", "kind": "UF_KIND"},
    branches=("На Абая", "На Момышулы"),
    webhooks=("loyalty",),
)
WHOLE = """\
scenario: further
title: Further
start: {{deal_in_stage: closed, wait: 1 day, not_later_than: 3 days}}
contact: {{quiet_hours: 21:00-09:00, at_most_once_in: 30 days, pause_after_operator: 2 hours}}
values:
  event_date: {{deal_field: event, is: date}}
  total: {{deal_field: sum, is: number}}
  sort: {{deal_field: kind, is: text}}
questions:
  quality: {{text: "Как Вам?", scale: 1-10, save_to: score}}
anytime:
  - {{name: stop, when: asked_to_stop, do: [end: opted_out]}}
steps:
  ask:
    do: [survey: {{ask: quality, remind_after: 1 day, reminder: "Ещё раз?"}}]
    rules:
{rules}
      - {{name: answered, when: {{formula: "answered > 0"}}, do: [go_to: after]}}
      - {{name: silent, when: {{silent_for: 3 days}}, do: [end: silent]}}
  after:
{after}
"""
USUAL = """\
    rules:
      - {name: over, when: {in_step_for: 9 days}, do: [end: over]}
"""
Make = Callable[..., Story]


def further(rules: str = "", after: str = USUAL, more: str = "") -> Scenario:
    """`rules` of the first step and the whole second one; `more` is put behind all."""
    listed = "\n".join(f"      - {line}" for line in rules.splitlines())
    return load_text(WHOLE.format(rules=listed, after=after.rstrip("\n")) + more, "further.yaml", NAMES)


def story(scenario: Scenario, **changes: Any) -> Story:
    return Story(scenario, waiting(scenario="further", **changes))
