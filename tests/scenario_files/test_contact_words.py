"""The words about contact, comments and anger: what they make, what is wrong with them, what editors are told."""

from datetime import timedelta
from typing import Any

import pytest

from qc_engine.core.scenario import Complains, Scenario
from qc_engine.scenario_files.checks.mentions import WORDS, mentions
from qc_engine.scenario_files.load import BadScenarios, load_text
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reference.schema import scenario_schema

NAMES = Names(stages={"Start": "A"}, fields={"Score": "UF_S", "Words": "UF_W"})
SCORE = "{text: Сколько?, scale: 0-10, save_to: Score}"
COMMENT = "{text: Почему?, kind: comment, save_to: Words}"


def text(
    *,
    contact: str = "",
    score: str = SCORE,
    comment: str = COMMENT,
    ask: str = "[score, why]",
    rules: str = "",
) -> str:
    return f"""\
scenario: s
title: S
start: {{deal_in_stage: Start, wait: 1 h, not_later_than: 3 days}}
contact: {{quiet_hours: none, at_most_once_in: 1 day, pause_after_operator: 1 h{contact}}}
questions:
  score: {score}
  why: {comment}
anytime:
  - {{name: anger, when: complains, do: [notify: {{for: branch_head, text: "{{words|?}}, {{comment_why|?}}"}}]}}
{rules}steps:
  ask:
    do: [survey: {{ask: {ask}}}]
    rules:
      - {{name: good, when: {{average_at_least: 8}}, do: [end: happy]}}
      - {{name: bad, when: {{average_below: 8}}, do: [end: unhappy]}}
      - {{name: silent, when: {{silent_for: 2 days}}, do: [end: unanswered]}}
"""


def loaded(**parts: str) -> Scenario:
    return load_text(text(**parts), "s.yaml", NAMES)


def mistakes(**parts: str) -> list[str]:
    with pytest.raises(BadScenarios) as wrong:
        loaded(**parts)
    return [str(one) for one in wrong.value.problems]


def test_what_is_not_written_stays_as_it_was() -> None:
    rules = loaded().contact
    assert (rules.quiet_hours_of, rules.after_complaint, bool(rules.holidays)) == (
        "branch",
        timedelta(),
        False,
    )


def test_what_is_written() -> None:
    rules = loaded(contact=", quiet_hours_of: client, after_complaint: 14 days").contact
    assert (rules.quiet_hours_of, rules.after_complaint) == ("client", timedelta(days=14))


def test_a_comment() -> None:
    one = loaded(comment="{text: Почему?, kind: comment, skip_after: 20 min}").questions["why"]
    assert (one.scored, one.field, one.skip_after) == (False, "", timedelta(minutes=20))
    assert loaded().questions["score"].scored
    assert mentions(loaded()).fields["UF_W"] == WORDS


@pytest.mark.parametrize(
    "when", ["complains", "[complains]", "{complains: }", "{complains: , score_below: 5}"]
)
def test_anger_is_a_condition_like_others(when: str) -> None:
    rule = f'  - {{name: more, when: {when}, do: [comment: "!"]}}\n'
    assert Complains() in loaded(rules=rule).anytime[1].when


@pytest.mark.parametrize(
    ("parts", "mistake"),
    [
        ({"contact": ", quiet_hours_of: clint"}, "s.yaml:4:97: quiet_hours_of: unknown word 'clint'; did you mean 'client'?"),
        ({"contact": ", after_complaint: soon"}, "s.yaml:4:98: after_complaint: write a number and a unit, for example"),
        ({"comment": "{text: Почему?, kind: comment, scale: 1-5}"}, "s.yaml:7:46: scale: a comment has no scale"),
        ({"score": "{text: Сколько?, save_to: Score}"}, "s.yaml:6:10: 'scale' is missing"),
        ({"score": "{text: Сколько?, kind: score}"}, "s.yaml:6:10: 'scale' is missing"),
        ({"score": "{text: Сколько?, scale: 0-10, skip_after: 1 h}"}, "s.yaml:6:52: skip_after: only a comment may be skipped"),
        ({"comment": "{text: Почему?, kind: words}"}, "s.yaml:7:30: kind: unknown word 'words'; known: comment, score"),
        ({"ask": "[why]"}, "s.yaml:11:3: step 'ask' asks only for words; beside a comment ask for a score"),
        (
            {"rules": '  - {name: x, when: {score_below: 1}, do: [comment: "{score_why}"]}\n'},
            "s.yaml:10:53: comment: unknown variable 'score_why'",
        ),
        (
            {"rules": '  - {name: x, when: {score_below: 1}, do: [comment: "{comment_why}"]}\n'},
            "s.yaml:10:53: comment: 'comment_why' may be absent; give a fallback: {comment_why|...}",
        ),
    ],
)  # fmt: skip
def test_mistakes_have_their_places(parts: dict[str, str], mistake: str) -> None:
    found = mistakes(**parts)
    assert any(one.startswith(mistake) for one in found), found


def test_editors_are_told() -> None:
    schema: dict[str, Any] = scenario_schema()
    contact = schema["properties"]["contact"]["properties"]
    assert contact["quiet_hours_of"]["anyOf"][0]["enum"] == ["branch", "client"]
    assert "after_complaint" in contact
    question = schema["$defs"]["question"]
    assert (question["required"], question["else"]) == (["text"], {"required": ["scale"]})
    assert "complains" in schema["$defs"]["conditions"]["anyOf"][0]["enum"]
