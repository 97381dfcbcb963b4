"""The words about complaints: what they make, and what is wrong with them."""

from datetime import timedelta

import pytest

from qc_engine.core.scenario import CAUSES, ReRate, Scenario
from qc_engine.scenario_files.checks.mentions import WORDS, mentions
from qc_engine.scenario_files.load import BadScenarios, load_text
from qc_engine.scenario_files.names import Names

NAMES = Names(
    stages={"Start": "A", "New": "C7:NEW", "Done": "C7:DONE", "Won": "WON"},
    fields={"Score": "UF_S", "Again": "UF_A", "Cause": "UF_C", "Deed": "UF_D"},
)
HAPPY = "- {name: happy now, when: {average_at_least: 8}, do: [end: recovered]}"
TASK = "title: t, text: '{score_score|no} {score_again} {complaint_url}', for: branch_head, due: 1 day"
STILL = (
    f"- {{name: still unhappy, when: {{average_below: 8}}, do: [reopen_complaint: {{{TASK}}}, end: unhappy]}}"
)
OPENS = "create_deal: {title: t, stage: New, for: branch_head}"
NOTHING_ASKED = """
      - {name: on, when: {in_step_for: 9 days}, do: [go_to: nothing]}
  nothing:
    rules:"""
GOOD = (
    "{save_cause_to: Cause, save_action_to: Deed, resolved_in: Done, re_rate: {after: 2 days, go_to: again}}"
)


def text(
    complaints: str = GOOD, still: str = STILL, opens: str = OPENS, ask: str = "again", happy: str = HAPPY
) -> str:
    return f"""\
scenario: s
title: S
start: {{deal_in_stage: Start, wait: 1 h, not_later_than: 3 days}}
contact: {{quiet_hours: none, at_most_once_in: 1 day, pause_after_operator: 1 h}}
complaints: {complaints}
questions:
  score: {{text: Сколько?, scale: 1-10, save_to: Score}}
  again: {{text: А теперь?, scale: 1-10, save_to: Again}}
steps:
  ask:
    do: [survey: {{ask: [score]}}]
    rules:
      - {{name: good, when: {{average_at_least: 8}}, do: [end: happy]}}
      - {{name: bad, when: {{average_below: 8}}, do: [{opens}, end: unhappy]}}
      - {{name: silent, when: {{silent_for: 2 days}}, do: [end: unanswered]}}
  again:
    do: [survey: {{ask: [{ask}]}}]
    rules:
      {happy}
      {still}
      - {{name: said nothing, when: {{silent_for: 2 days}}, do: [end: unhappy]}}
"""


def loaded(**parts: str) -> Scenario:
    return load_text(text(**parts), "s.yaml", NAMES)


def mistakes(**parts: str) -> list[str]:
    with pytest.raises(BadScenarios) as wrong:
        loaded(**parts)
    return [str(one).partition(": ")[2] for one in wrong.value.problems]


def test_what_is_written() -> None:
    made = loaded().complaints
    assert (made.cause_field, made.action_field, made.resolved_in) == ("UF_C", "UF_D", "C7:DONE")
    assert made.re_rate == ReRate(timedelta(days=2), "again", 1)
    assert made.known_causes is CAUSES
    assert set(CAUSES) == {"waiting", "quality", "price", "manners", "parts", "other"}
    assert {one.said_in(language).body == "" for one in CAUSES.values() for language in ("kk", "en")} == {
        False
    }


def test_causes_of_its_own() -> None:
    causes = "{causes: {wait: {ru: Долго, en: Slow}, other: Другое}, re_rate: {after: 2 days, go_to: again}}"
    made = loaded(complaints=causes).complaints
    assert list(made.known_causes) == ["wait", "other"]
    assert [made.title("wait", one) for one in ("ru", "kk", "en")] == ["Долго", "Долго", "Slow"]
    assert (made.title("other", "en"), made.title("gone", "ru")) == ("Другое", "gone")


def test_the_portal_is_asked_for_its_names() -> None:
    told = mentions(loaded())
    assert set(told.stages) == {"A", "C7:NEW", "C7:DONE"}
    assert {name: told.fields[name] for name in ("UF_C", "UF_D")} == {"UF_C": WORDS, "UF_D": WORDS}


LATE = "re_rate: {after: 2 days, go_to: again, times: 3}"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"complaints": "{re_rate: {after: 2 days, go_to: agian}}"},
            "go_to: unknown step 'agian'; did you mean 'again'?",
        ),
        (
            {"complaints": "{re_rate: {after: 2 days, go_to: again, times: 9}}"},
            "times: '9': write a number from 1 to 3",
        ),
        ({"complaints": "{re_rate: {go_to: again}}"}, "'after' is missing"),
        (
            {"complaints": "{resolved_in: Dome, re_rate: {after: 1 day, go_to: again}}"},
            "did you mean 'Done'?",
        ),
        (
            {"complaints": "{resolved_in: New, re_rate: {after: 1 day, go_to: again}}"},
            "create_deal puts new complaints there: each would be settled at once",
        ),
        (
            {"complaints": "{causes: {Too Long: x}, " + LATE + "}"},
            "use small latin letters, digits and _, at most 40",
        ),
        (
            {"complaints": "{causes: {a: {en: x}}, " + LATE + "}"},
            "the scenario's own language is missing here",
        ),
        ({"opens": "comment: x"}, "nothing here is a complaint; open one with create_deal"),
        (
            {"ask": "score"},
            "question 'score' is asked in step 'ask' too: its first score would be written over",
        ),
        ({"still": ""}, "no rule for an average below 8"),
        (
            {"still": "- {name: low, when: {average_below: 8}, do: [end: unhappy]}"},
            "rule 'low' leaves the complaint settled; add reopen_complaint",
        ),
        (
            {"happy": "- {name: any, when: {average_at_least: 1}, do: [end: x]}", "still": ""},
            "no rule for an unhappy second score: it would count as recovered",
        ),
        (
            {"complaints": "{resolved_in: Done}"},
            "nobody is asked again here; write 'complaints: {re_rate: ...}'",
        ),
        (
            {"still": STILL.replace("due: 1 day", "due: 1 day, stage: Done")},
            "settled complaints stand there (resolved_in); name another stage",
        ),
        (
            {"complaints": GOOD.replace("go_to: again", "go_to: nothing"), "still": STILL + NOTHING_ASKED},
            "step 'nothing' asks nothing; put a survey into its 'do'",
        ),
        ({"still": STILL.replace("{score_again}", "{score_agian}")}, "unknown variable 'score_agian'"),
    ],
)
def test_mistakes(parts: dict[str, str], expected: str) -> None:
    told = mistakes(**parts)
    assert any(expected in one for one in told), told


def test_a_new_complaint_deal_opens_it_again_too() -> None:
    still = "- {name: still unhappy, when: {average_below: 8}, do: [go_to: unhappy]}"
    unhappy = "  unhappy:\n    do: [create_deal: {title: t, stage: New, for: branch_head}, end: unhappy]\n"
    assert load_text(text(still=still) + unhappy, "s.yaml", NAMES).complaints.re_rate
