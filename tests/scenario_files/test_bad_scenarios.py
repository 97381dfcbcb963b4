"""Every mistake has its place: one row, one broken scenario, every message that comes out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc_engine.scenario_files.load import BadScenarios, load_text
from qc_engine.scenario_files.names import Names

NAMES = Names(
    stages={"closed": "FINAL_INVOICE", "asking": "UC_QUALITY", "won": "WON", "unhappy": "C7:NEW"},
    fields={"score": "UF_CRM_SCORE", "average": "UF_CRM_AVERAGE"},
    contact_fields={"bonus": "UF_CRM_BONUS"},
    users={"director": 1},
)
GOOD = """\
scenario: visit
title: After the visit
start: {deal_in_stage: closed, wait: 1 day, not_later_than: 3 days}
contact:
  quiet_hours: 21:00-09:00
  at_most_once_in: 30 days
  pause_after_operator: 2 hours
questions:
  quality:
    text: How was it, 1 to 10?
    scale: 1-10
    save_to: score
anytime:
  - name: stop
    when: asked_to_stop
    do: [end: opted_out]
steps:
  ask:
    do:
      - move_deal: asking
      - survey:
          ask: [quality]
          save_average_to: average
    rules:
      - name: happy
        when: {average_at_least: 8}
        do:
          - say: Thank you!
          - go_to: offered
      - name: unhappy
        when: {average_below: 8}
        do: [end: dissatisfied]
      - name: silent
        when: {silent_for: 2 days}
        do: [end: unanswered]
  offered:
    rules:
      - name: clicked
        when: link_clicked
        do: [end: clicked]
      - name: late
        when: {in_step_for: 7 days}
        do: [end: happy]
"""


UNHAPPY = """\
      - name: unhappy
        when: {average_below: 8}
        do: [end: dissatisfied]
"""
SILENT = """\
      - name: silent
        when: {silent_for: 2 days}
        do: [end: unanswered]
"""
LATE = """\
      - name: late
        when: {in_step_for: 7 days}
        do: [end: happy]
"""


def messages(text: str) -> list[str]:
    try:
        load_text(text, "s.yaml", NAMES)
    except BadScenarios as bad:
        return [str(problem) for problem in bad.problems]
    return []


def test_the_good_one_is_good() -> None:
    assert messages(GOOD) == []


ROWS = [
    # --- words and their values ---
    ("scenario: visit\n", "", ["s.yaml:1:1: 'scenario' is missing"]),
    (
        "scenario: visit",
        "scenario: Visit 1",
        ["s.yaml:1:11: scenario: 'Visit 1': use small latin letters, digits and _, at most 40"],
    ),
    ("title: After the visit", "title:", ["s.yaml:2:1: title: is empty; write a title"]),
    ("title:", "titel:", ["s.yaml:2:1: unknown word 'titel'; did you mean 'title'?"]),
    (
        "title: After the visit",
        "title: A\nshiny: 1",
        [
            "s.yaml:3:1: unknown word 'shiny'; known: anytime, contact, questions, scenario, start, steps, texts, title"
        ],
    ),
    ("title: After the visit", "title: [A]", ["s.yaml:2:8: title: write a title, nothing nested"]),
    (
        "deal_in_stage: closed",
        "deal_in_stage: closd",
        ["s.yaml:3:24: deal_in_stage: unknown stage 'closd'; did you mean 'closed'?"],
    ),
    (
        "wait: 1 day,",
        "wait: 1,",
        ["s.yaml:3:38: wait: write a number and a unit, for example '30 s', '5 min', '1 day 2 hours'"],
    ),
    (
        "wait: 1 day,",
        "wait: 1 fortnight,",
        ["s.yaml:3:38: wait: '1 fortnight' is no time span; units: s, min, hours, days, weeks"],
    ),
    (", not_later_than: 3 days", "", ["s.yaml:3:8: 'not_later_than' is missing"]),
    (
        "21:00-09:00",
        "21-9",
        ["s.yaml:5:16: quiet_hours: '21-9': write hours, for example 21:00-09:00, or none"],
    ),
    (
        "21:00-09:00",
        "25:00-09:00",
        ["s.yaml:5:16: quiet_hours: '25:00-09:00': write hours, for example 21:00-09:00, or none"],
    ),
    (
        "21:00-09:00",
        "09:00-09:00",
        ["s.yaml:5:16: quiet_hours: '09:00-09:00' begins when it ends; write none for no quiet hours"],
    ),
    ("scale: 1-10", "scale: 10", ["s.yaml:11:12: scale: '10' is no scale; write for example 1-10"]),
    ("scale: 1-10", "scale: 10-1", ["s.yaml:11:12: scale: '10-1' is no scale; write for example 1-10"]),
    (
        "save_to: score",
        "save_to: scor",
        ["s.yaml:12:14: save_to: unknown deal field 'scor'; did you mean 'score'?"],
    ),
    ("ask: [quality]", "ask: [qualty]", ["s.yaml:22:17: unknown question 'qualty'; did you mean 'quality'?"]),
    ("ask: [quality]", "ask: [quality, quality]", ["s.yaml:22:16: ask: a question is named twice"]),
    ("go_to: offered", "goto: offered", ["s.yaml:29:13: unknown action 'goto'; did you mean 'go_to'?"]),
    (
        "go_to: offered",
        "go_to: ofered",
        ["s.yaml:29:20: go_to: unknown step 'ofered'; did you mean 'offered'?"],
    ),
    ("- go_to: offered", "- go_to", ["s.yaml:29:13: go_to: a value is missing; write 'go_to: ...'"]),
    ("- go_to: offered", "  go_to: offered", ["s.yaml:29:13: one item is one word; put '- ' before 'go_to'"]),
    (
        "average_at_least: 8",
        "average_at_least: eight",
        ["s.yaml:26:34: average_at_least: 'eight' is no number; write for example 8 or 8.5"],
    ),
    (
        "average_at_least: 8",
        "average_at_least: 8,5",
        [
            "s.yaml:26:36: unknown condition '5'; known: asked_to_stop, average_at_least, average_below, complains, deal_moved_to, in_step_for, "
            "link_clicked, message_failed, not_understood, review, score_below, silent_for, task_closed_unanswered"
        ],
    ),
    (
        "average_at_least",
        "avarage_at_least",
        ["s.yaml:26:16: unknown condition 'avarage_at_least'; did you mean 'average_at_least'?"],
    ),
    (
        "when: link_clicked",
        "when: silent_for",
        ["s.yaml:39:15: silent_for: a value is missing; write 'silent_for: ...'"],
    ),
    ("when: link_clicked", "when: {link_clicked: true}", ["s.yaml:39:30: link_clicked: takes no value"]),
    (
        "when: link_clicked",
        "when: {review: fund}",
        ["s.yaml:39:24: review: unknown word 'fund'; did you mean 'found'?"],
    ),
    ("when: link_clicked", "when: []", ["s.yaml:39:15: when: write at least one condition"]),
    ("        when: link_clicked\n", "", ["s.yaml:38:9: 'when' is missing"]),
    ("[end: clicked]", "", ["s.yaml:40:9: do: is empty"]),
    (
        "[end: clicked]",
        "[end: Clicked!]",
        ["s.yaml:40:19: end: 'Clicked!': use small latin letters, digits and _, at most 40"],
    ),
    (
        "silent_for: 2 days",
        "silent_for: 0 s",
        ["s.yaml:34:28: silent_for: must be longer than nothing, for example '1 day'"],
    ),
    (
        "move_deal: asking",
        "move_deal: askin",
        ["s.yaml:20:20: move_deal: unknown stage 'askin'; did you mean 'asking'?"],
    ),
    (
        "move_deal: asking",
        "set_contact: {bonos: 1}",
        ["s.yaml:20:23: unknown contact field 'bonos'; did you mean 'bonus'?"],
    ),
    (
        "move_deal: asking",
        "set_fields: {score: 1, UF_CRM_SCORE: 2}",
        ["s.yaml:20:32: 'UF_CRM_SCORE' is the same field as 'score'"],
    ),
    (
        "move_deal: asking",
        "notify: {for: directr, text: Hi}",
        ["s.yaml:20:23: for: unknown person 'directr'; did you mean 'director'?"],
    ),
    (
        "move_deal: asking",
        "create_task: {title: T, txt: Look, for: director, due: 1 day}",
        ["s.yaml:20:33: unknown word 'txt'; did you mean 'text'?"],
    ),
    (
        "move_deal: asking",
        "create_task: {title: T, text: Look, for: 0, due: soon, about: revue}",
        [
            "s.yaml:20:50: for: unknown person '0'; known: branch_head, branch_manager, director",
            "s.yaml:20:58: due: write a number and a unit, for example '30 s', '5 min', '1 day 2 hours'",
            "s.yaml:20:71: about: unknown word 'revue'; did you mean 'review'?",
        ],
    ),
    # --- texts ---
    (
        "Thank you!",
        "Hi {cleint_name|you}",
        ["s.yaml:28:18: say: unknown variable 'cleint_name'; did you mean 'client_name'?"],
    ),
    (
        "Thank you!",
        "Hi {client_name}",
        ["s.yaml:28:18: say: 'client_name' may be absent; give a fallback: {client_name|...}"],
    ),
    (
        "Thank you!",
        "Hi {client_name|}",
        ["s.yaml:28:18: say: 'client_name' may be absent; give a fallback: {client_name|...}"],
    ),
    (
        "Thank you!",
        "Hi {branch",
        ["s.yaml:28:18: say: a brace without its pair; write {name} or {name|fallback}"],
    ),
    ("Thank you!", "{branch}", ["s.yaml:28:18: say: a text that begins with '{' must stand in quotes"]),
    (
        "Thank you!",
        "{branch}, thank you",
        ["s.yaml:28:26: a text that begins with '{' or '[' must stand in quotes"],
    ),
    ("Thank you!", "x" * 4097, ["s.yaml:28:18: say: 4097 signs are too many for one message; at most 4096"]),
    ("Thank you!", "''", ["s.yaml:28:18: say: is empty; write a text"]),
    (
        "say: Thank you!",
        "say: {text: Hi, template: hello}",
        ["s.yaml:28:39: template: 'hello': write name|language, for example visit_quality|ru"],
    ),
    (
        "say: Thank you!",
        "say: {text: Hi, template: a|ru, template_variables: [brnch]}",
        ["s.yaml:28:66: unknown variable 'brnch'; did you mean 'branch'?"],
    ),
    (
        "How was it,",
        "{branch} was it,",
        ["s.yaml:10:20: something follows a closing quote or bracket; quote the whole text"],
    ),
    (
        "How was it",
        "How was it: 1",
        ["s.yaml:10:21: ': ' inside a text, or a wrong indentation; quote a text that holds ': '"],
    ),
    (
        "How was it, 1 to 10?",
        "'{score_quality}?'",
        ["s.yaml:10:11: text: 'score_quality' may be absent; give a fallback: {score_quality|...}"],
    ),
    ("say: Thank you!", "say: thank_u", []),
    (
        "do: [end: opted_out]",
        "do: [say: 'Mean {average}', end: opted_out]",
        ["s.yaml:16:15: say: 'average' may be absent; give a fallback: {average|...}"],
    ),
    (
        "title: After the visit",
        "title: T\ntexts: {thanks_all: Hi, Big: 1}",
        [
            "s.yaml:3:9: text 'thanks_all' is used nowhere",
            "s.yaml:3:25: 'Big': use small latin letters, digits and _, at most 40",
        ],
    ),
    # --- sense: averages ---
    (UNHAPPY, "", ["s.yaml:26:9: no rule for an average below 8; add a rule with 'average_below: 8'"]),
    ("average_below: 8", "average_below: 5", ["s.yaml:26:9: no rule for an average from 5 to below 8"]),
    ("average_below: 8", "average_below: 7.5", ["s.yaml:26:9: no rule for an average from 7.5 to below 8"]),
    (
        "average_at_least: 8",
        "average_below: 3",
        ["s.yaml:26:9: no rule for an average of 8 or more; add a rule with 'average_at_least: 8'"],
    ),
    (
        "average_at_least: 8",
        "average_at_least: 11",
        [
            "s.yaml:26:9: no average can be there: the scale goes from 1 to 10",
            "s.yaml:26:9: no rule for an average from 8 to below 11",
        ],
    ),
    (
        "average_at_least: 8",
        "average_at_least: 8, average_below: 5",
        [
            "s.yaml:26:9: no rule for an average of 8 or more; add a rule with 'average_at_least: 8'",
            "s.yaml:26:9: rule 'happy' can never match: its conditions exclude each other",
        ],
    ),
    # --- sense: rules ---
    (
        "average_below: 8",
        "average_at_least: 9",
        [
            "s.yaml:26:9: no rule for an average below 8; add a rule with 'average_below: 8'",
            "s.yaml:31:9: rule 'unhappy' never gets its turn: 'happy' (line 25) always matches before it",
        ],
    ),
    (
        "when: link_clicked",
        "when: asked_to_stop",
        ["s.yaml:39:15: rule 'clicked' never gets its turn: 'stop' (line 14) always matches before it"],
    ),
    (
        "when: link_clicked",
        "when: [{review: found}, {review: not_found}]",
        ["s.yaml:39:9: rule 'clicked' can never match: its conditions exclude each other"],
    ),
    (
        "name: clicked",
        "name: late",
        ["s.yaml:41:15: two rules are named 'late'; explanations could not tell them apart"],
    ),
    ("[end: clicked]", "[end: clicked, say: Bye]", ["s.yaml:40:28: nothing is done after 'end'"]),
    (
        "[end: clicked]",
        "[survey: {ask: quality}, end: clicked]",
        ["s.yaml:40:9: a survey belongs into the 'do' of a step; go_to that step"],
    ),
    (
        "when: {in_step_for: 7 days}",
        "when: {silent_for: 7 days}",
        ["s.yaml:42:9: silent_for waits for an answer, but step 'offered' asks nothing; use in_step_for"],
    ),
    (
        "save_average_to: average",
        "remind_after: 3 days\n          reminder: Hello",
        ["s.yaml:35:9: silent_for leaves the step before remind_after: the reminder is never sent"],
    ),
    (
        "save_average_to: average",
        "remind_after: 1 day",
        ["s.yaml:23:25: 'remind_after' needs 'reminder' beside it"],
    ),
    (
        "save_average_to: average",
        "reminder: Hello",
        ["s.yaml:23:21: 'reminder' needs 'remind_after' beside it"],
    ),
    (
        "save_average_to: average",
        "save_average_to: score",
        ["s.yaml:23:28: question 'quality' is saved there already"],
    ),
    # --- sense: steps ---
    ("go_to: offered", "end: happy", ["s.yaml:36:3: step 'offered' is never reached: no rule goes there"]),
    (
        SILENT,
        "",
        [
            "s.yaml:18:3: a case may wait in step 'ask' for ever; add a rule with silent_for or in_step_for that leaves it"
        ],
    ),
    ("[end: clicked]", "[say: Hi]", []),
    (
        "do: [end: clicked]\n" + LATE,
        "do: [say: Hi]\n",
        ["s.yaml:36:3: step 'offered' has no way out: no rule ends the case or goes to a step"],
    ),
    ("[end: happy]", "[go_to: offered]", []),
    (
        "do: [end: clicked]\n" + LATE,
        "do: [say: Hi]\n" + LATE.replace("end: happy", "go_to: offered"),
        ["s.yaml:36:3: no road from step 'offered' leads to an end"],
    ),
    (
        "  offered:\n    rules:\n",
        "  offered:\n    do: [go_to: third]\n  third:\n    do: [go_to: offered]\n    rules:\n",
        [
            "s.yaml:36:3: no road from step 'offered' leads to an end",
            "s.yaml:36:3: step 'offered' comes back to itself without waiting for anything",
            "s.yaml:38:3: no road from step 'third' leads to an end",
            "s.yaml:40:5: step 'third' leaves at once; its rules are never looked at",
        ],
    ),
    (
        "questions:\n",
        "questions:\n  speed: {text: And?, scale: 1-5}\n",
        ["s.yaml:9:3: question 'speed' is never asked"],
    ),
    (
        "questions:\n",
        "questions:\n  speed: {text: And?, scale: 1-5, save_to: score}\n",
        [
            "s.yaml:9:3: question 'speed' is never asked",
            "s.yaml:13:14: question 'speed' is saved there already",
        ],
    ),
    # --- several at once: a broken word hides no nonsense elsewhere ---
    ("title: After the visit\n", "titl: A\n", ["s.yaml:2:1: unknown word 'titl'; did you mean 'title'?"]),
]


@pytest.mark.parametrize(("old", "new", "expected"), ROWS, ids=range(len(ROWS)))
def test_every_mistake_has_its_place(old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    assert messages(GOOD.replace(old, new, 1)) == expected


def test_every_mistake_of_a_file_is_reported_at_once() -> None:
    text = GOOD.replace("title:", "titel:").replace("go_to: offered", "goto: offered")
    assert messages(text.replace(LATE, "").replace("[end: clicked]", "[say: Hi]")) == [
        "s.yaml:2:1: unknown word 'titel'; did you mean 'title'?",
        "s.yaml:29:13: unknown action 'goto'; did you mean 'go_to'?",
        "s.yaml:36:3: step 'offered' has no way out: no rule ends the case or goes to a step",
    ]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_read_or_refused_never_more(data: st.DataObject) -> None:
    """Lines lost, doubled, moved or cut: the answer is a scenario or problems inside the file."""
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[at])))
        damage = data.draw(st.sampled_from(["lose", "double", "cut", "indent", "swap"]))
        changed = {
            "lose": [],
            "double": [lines[at]] * 2,
            "cut": [lines[at][:cut]],
            "indent": ["  " + lines[at]],
            "swap": [lines[at][cut:] + lines[at][:cut]],
        }
        lines[at : at + 1] = changed[damage] or [""]
    for message in messages("\n".join(lines)):
        file, line, column, _ = message.split(":", 3)
        assert file == "s.yaml"
        assert 1 <= int(line) <= len(lines) + 1
        assert int(column) >= 1
