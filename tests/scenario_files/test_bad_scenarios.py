"""Every mistake has its place: one row, one broken scenario, every message that comes out."""

import re
import sys
from dataclasses import replace
from types import FrameType

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


def messages(text: str, names: Names = NAMES) -> list[str]:
    try:
        load_text(text, "s.yaml", names)
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
            "s.yaml:3:1: unknown word 'shiny'; known: active, anytime, branches, complaints, contact, include, instead_of, language, outcomes, parameters, questions, scenario, start, steps, tests, texts, title, values"
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
    (
        "ask: [quality]",
        "ask: [quality, quality]",
        ["s.yaml:22:16: ask: a question is named twice; leave one out"],
    ),
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
            "s.yaml:26:36: unknown condition '5'; known: approved, asked_to_stop, average_at_least, average_below, "
            "branch_is, complains, deal_moved_to, declined, formula, in_step_for, link_clicked, message_failed, not_understood, review, score_below, silent_for, "
            "task_closed_unanswered, task_overdue_for"
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
    (
        "when: link_clicked",
        "when: {link_clicked: true}",
        ["s.yaml:39:30: link_clicked: takes no value; write the word alone"],
    ),
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
        ["s.yaml:20:32: 'UF_CRM_SCORE' is the same as 'score'; write it once"],
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
    # --- reviews and bonuses ---
    (
        "move_deal: asking",
        "create_task: {title: T, text: Look, for: 7, due: 1 day, look_again: [1 day]}",
        ["s.yaml:20:9: look_again needs 'about: review' beside it"],
    ),
    (
        "move_deal: asking",
        "create_task: {title: T, text: Look, for: 7, due: 1 day, about: review, look_again: [1 dya, 0 s]}",
        [
            "s.yaml:20:93: '1 dya' is no time span; units: s, min, hours, days, weeks",
            "s.yaml:20:100: must be longer than nothing, for example '1 day'",
        ],
    ),
    (
        "move_deal: asking",
        "confirm_bonus: {rule: review, amount: much, set_contact: {bonsu: 1}, webhok: loyalty}",
        [
            "s.yaml:20:47: amount: 'much' is no amount; write for example 500 or 99.50",
            "s.yaml:20:67: unknown contact field 'bonsu'; did you mean 'bonus'?",
            "s.yaml:20:78: unknown word 'webhok'; did you mean 'webhook'?",
        ],
    ),
    (
        "when: link_clicked\n        do: [end: clicked]",
        "when: link_clicked\n        do: [review_is: fuond]",
        ["s.yaml:40:25: review_is: unknown word 'fuond'; did you mean 'found'?"],
    ),
    (
        "when: link_clicked\n        do: [end: clicked]",
        "when: link_clicked\n        do: [review_is: found]",
        ["s.yaml:40:9: nothing follows from 'review_is: found': add a rule with that 'review'"],
    ),
    (
        "when: link_clicked\n        do: [end: clicked]",
        "when: link_clicked\n        do: [take_back_bonus: {rule: reveiw, because: gone}, end: clicked]",
        ["s.yaml:40:9: no confirm_bonus has the rule 'reveiw' that take_back_bonus names; use one word"],
    ),
    # --- the further words ---
    (
        "say: Thank you!",
        "wait: 1 dya",
        ["s.yaml:28:19: wait: '1 dya' is no time span; units: s, min, hours, days, weeks"],
    ),
    (
        "say: Thank you!",
        "wait: 0 s",
        ["s.yaml:28:19: wait: must be longer than nothing, for example '1 day'"],
    ),
    (
        "say: Thank you!",
        "wait: [1 day]",
        ["s.yaml:28:19: wait: write a time span, for example '30 min' or '1 day', nothing nested"],
    ),
    (
        "say: Thank you!",
        "wait: 5300 weeks",
        ["s.yaml:28:19: wait: '5300 weeks' is more than 100 years; write a shorter time span"],
    ),
    (
        "title: After the visit",
        "title: After the visit\nparameters:\n  good: {is: nomber, default: 8}",
        ["s.yaml:4:14: is: unknown word 'nomber'; did you mean 'number'?"],
    ),
    (
        "title: After the visit",
        "title: After the visit\nparameters:\n  good: {is: number}",
        ["s.yaml:4:9: 'default' is missing"],
    ),
    (
        "title: After the visit",
        "title: After the visit\nparameters:\n  good: {is: number, default: 8}",
        ["s.yaml:4:3: parameter 'good' is used nowhere; write $good somewhere, or delete it"],
    ),
    (
        "average_at_least: 8",
        "average_at_least: $good",
        ["s.yaml:26:34: unknown parameter 'good'; write it under 'parameters', with a default"],
    ),
    (
        "say: Thank you!",
        'say: "{$good}"',
        ["s.yaml:28:18: unknown parameter 'good'; write it under 'parameters', with a default"],
    ),
    (
        "title: After the visit",
        "title: After the visit\nbranches:\n  North: {good: 9}",
        ["s.yaml:4:11: unknown parameter 'good'; write it under 'parameters', with a default"],
    ),
    (
        "say: Thank you!",
        'say: "{average:plural(point, points)}"',
        [
            "s.yaml:28:18: say: plural needs 3 forms in this language (ru), 2 are given; write for example plural(день, дня, дней)"
        ],
    ),
    (
        "say: Thank you!",
        'say: "{average:plural(point}"',
        [
            "s.yaml:28:18: say: ':plural(point' is no filter; write {name}, {name|fallback} or {name:filter|fallback}"
        ],
    ),
    (
        "say: Thank you!",
        'say: "{branch:plural(a, b, c)}"',
        ["s.yaml:28:18: say: the filter 'plural' needs a number, and 'branch' is a text"],
    ),
    (
        "say: Thank you!",
        'say: "{branch:uper_first}"',
        ["s.yaml:28:18: say: unknown filter 'uper_first'; did you mean 'upper_first'?"],
    ),
    ("say: Thank you!", "say: {ru: Hi, de: Hallo}", ["s.yaml:28:27: unknown word 'de'; known: en, kk, ru"]),
    (
        "say: Thank you!",
        "say: {en: Hi}",
        ["s.yaml:28:18: say: the scenario's own language is missing here; write 'ru' too"],
    ),
    (
        "say: Thank you!",
        'say: {text: Hi, file: "http://x.example/a.pdf"}',
        [
            "s.yaml:28:35: file: 'http://x.example/a.pdf': only https:// is fetched by messengers; write https://"
        ],
    ),
    ("say: Thank you!", 'say: {file: "https://x.example/a.pdf"}', ["s.yaml:28:18: say: 'text' is missing"]),
    (
        "when: {average_at_least: 8}",
        "when: {formula: 'average > 8'}",
        ["s.yaml:26:34: formula: average is a fraction: write 8.0"],
    ),
    (
        "when: {average_at_least: 8}",
        "when: {formula: '[1.0].all(a, [2.0].all(b, a < b))'}",
        ["s.yaml:26:25: formula: one loop (all, exists, map, filter) inside another; write two formulas"],
    ),
    (
        "when: {average_at_least: 8}",
        "when: {formula: 'average / 0.0 > 1.0'}",
        ["s.yaml:26:25: formula: nothing can be divided by 0.0; write another number"],
    ),
    (
        "when: {average_at_least: 8}",
        "when: {formula: ''}",
        ["s.yaml:26:25: formula: is empty; write a formula, for example 'average >= 8.0'"],
    ),
    (
        "when: {average_at_least: 8}",
        "when: {formula: [average]}",
        ["s.yaml:26:25: formula: write a formula, for example 'average >= 8.0', nothing nested"],
    ),
    (
        "when: {average_at_least: 8}",
        "when: {branch_is: []}",
        ["s.yaml:26:27: branch_is: name at least one branch"],
    ),
    (
        "when: link_clicked",
        "when: {approved: refund}",
        [
            "s.yaml:39:9: unknown name of an approve 'refund'; nobody is asked anything here: add an 'approve' with this name"
        ],
    ),
    (
        "say: Thank you!",
        "approve: {name: refund, title: T, text: T, for: director, due: 1 day}",
        [
            "s.yaml:28:13: nothing follows from the answer to 'refund': add a rule with 'approved: refund' or 'declined: refund'"
        ],
    ),
    (
        "say: Thank you!",
        "approve: {name: Refund, title: T, text: T, for: director, due: 0 s}",
        [
            "s.yaml:28:29: name: 'Refund': use small latin letters, digits and _, at most 40",
            "s.yaml:28:76: due: must be longer than nothing, for example '1 day'",
        ],
    ),
    (
        "say: Thank you!",
        "call_webhook: {webhook: loyalty, event: Visit, data: [a]}",
        [
            "s.yaml:28:53: event: 'Visit': write small latin letters, digits and _ with a point between, for example visit.rated",
            's.yaml:28:66: data: write names and their values, for example {deal: "{deal_id}"}',
        ],
    ),
    (
        "say: Thank you!",
        'call_webhook: {webhook: loyalty, event: visit.rated, data: {a: "{nope}"}}',
        [
            "s.yaml:28:76: a: unknown variable 'nope'; known: answer_links, answer_url, average, branch, case_id, clicked_time, client_name, complaint_url, deal_id, deal_title, entered_date, look_date, name_variants, phone_masked, review_links, review_page, review_pages, score_quality, survey_link, words"
        ],
    ),
    (
        "say: Thank you!",
        "start_scenario: {scenario: Visit, in: soon, values: [a]}",
        [
            "s.yaml:28:40: scenario: 'Visit': use small latin letters, digits and _, at most 40",
            "s.yaml:28:51: in: write a number and a unit, for example '30 s', '5 min', '1 day 2 hours'",
            's.yaml:28:65: values: write names and their values, for example {deal: "{deal_id}"}',
        ],
    ),
    (
        "title: After the visit",
        "title: After the visit\nvalues: {a: {is: number}}",
        ["s.yaml:3:13: a: write one of deal_field and from_start: where does the value come from?"],
    ),
    (
        "title: After the visit",
        "title: After the visit\nvalues: {branch: {from_start: b}}",
        ["s.yaml:3:10: 'branch' is a word of the engine; give the value another name"],
    ),
    (
        "title: After the visit",
        "title: After the visit\ninclude: [../x.yaml]",
        [
            "s.yaml:3:11: include: '../x.yaml' is not here; write the path of a file of texts below the folder of scenarios, for example shared/polite.yaml"
        ],
    ),
    (
        "deal_in_stage: closed",
        "deal_in_stage: closed, event: x",
        ["s.yaml:3:32: 'deal_in_stage' and 'event' are several ways to start; leave one"],
    ),
    (
        "deal_in_stage: closed",
        "event: x, segment: {stages: closed}",
        ["s.yaml:3:19: only a schedule has a segment; leave it out, or write 'schedule'"],
    ),
    (
        "deal_in_stage: closed",
        "by_hand: yes",
        ["s.yaml:3:18: by_hand: 'yes': write true, or another way to start"],
    ),
    (
        "deal_in_stage: closed",
        "by_hand: true, only_if: {formula: 'average > 8.0'}",
        [
            "s.yaml:3:43: formula: 'average' is not known before the survey begins; name branch, now or one of 'values'"
        ],
    ),
    (
        "title: After the visit",
        "title: &t After\nlanguage: de",
        ["s.yaml:2:8: an anchor (&t) is not allowed; delete it"],
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
            "s.yaml:3:9: text 'thanks_all' is used nowhere; name it in an action, or delete it",
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
            "s.yaml:26:9: no average can be there: the scale goes from 1 to 10; write a limit within it",
            "s.yaml:26:9: no rule for an average from 8 to below 11",
        ],
    ),
    (
        "average_at_least: 8",
        "average_at_least: 8, average_below: 5",
        [
            "s.yaml:26:9: no rule for an average of 8 or more; add a rule with 'average_at_least: 8'",
            "s.yaml:26:9: rule 'happy' can never match: its conditions exclude each other; leave one out",
        ],
    ),
    # --- sense: rules ---
    (
        "average_below: 8",
        "average_at_least: 9",
        [
            "s.yaml:26:9: no rule for an average below 8; add a rule with 'average_below: 8'",
            "s.yaml:31:9: rule 'unhappy' never gets its turn: 'happy' (line 25) always matches before it; put it further up",
        ],
    ),
    (
        "when: link_clicked",
        "when: asked_to_stop",
        [
            "s.yaml:39:15: rule 'clicked' never gets its turn: 'stop' (line 14) always matches before it; put it further up"
        ],
    ),
    (
        "when: link_clicked",
        "when: [{review: found}, {review: not_found}]",
        ["s.yaml:39:9: rule 'clicked' can never match: its conditions exclude each other; leave one out"],
    ),
    (
        "name: clicked",
        "name: late",
        ["s.yaml:41:15: two rules are named 'late'; rename one: explanations could not tell them apart"],
    ),
    (
        "[end: clicked]",
        "[end: clicked, say: Bye]",
        ["s.yaml:40:28: nothing is done after 'end'; put this before it, or delete it"],
    ),
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
        [
            "s.yaml:35:9: silent_for leaves the step before remind_after: the reminder is never sent; wait longer"
        ],
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
        ["s.yaml:23:28: question 'quality' is saved there already; name another field"],
    ),
    # --- sense: steps ---
    (
        "go_to: offered",
        "end: happy",
        ["s.yaml:36:3: step 'offered' is never reached: no rule goes there; go_to it, or delete it"],
    ),
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
        [
            "s.yaml:36:3: step 'offered' has no way out: no rule ends the case or goes to a step; add a rule with 'end' or 'go_to'"
        ],
    ),
    ("[end: happy]", "[go_to: offered]", []),
    (
        "do: [end: clicked]\n" + LATE,
        "do: [say: Hi]\n" + LATE.replace("end: happy", "go_to: offered"),
        ["s.yaml:36:3: no road from step 'offered' leads to an end; add a rule with 'end'"],
    ),
    (
        "  offered:\n    rules:\n",
        "  offered:\n    do: [go_to: third]\n  third:\n    do: [go_to: offered]\n    rules:\n",
        [
            "s.yaml:36:3: no road from step 'offered' leads to an end; add a rule with 'end'",
            "s.yaml:36:3: step 'offered' comes back to itself without waiting for anything; wait with in_step_for",
            "s.yaml:38:3: no road from step 'third' leads to an end; add a rule with 'end'",
            "s.yaml:40:5: step 'third' leaves at once; its rules are never looked at: delete them",
        ],
    ),
    (
        "questions:\n",
        "questions:\n  speed: {text: And?, scale: 1-5}\n",
        ["s.yaml:9:3: question 'speed' is never asked; name it in a survey, or delete it"],
    ),
    (
        "questions:\n",
        "questions:\n  speed: {text: And?, scale: 1-5, save_to: score}\n",
        [
            "s.yaml:9:3: question 'speed' is never asked; name it in a survey, or delete it",
            "s.yaml:13:14: question 'speed' is saved there already; name another field",
        ],
    ),
    # --- several at once: a broken word hides no nonsense elsewhere ---
    ("title: After the visit\n", "titl: A\n", ["s.yaml:2:1: unknown word 'titl'; did you mean 'title'?"]),
]


PAUSE, AVERAGE, SCALE = "pause_after_operator: 2 hours", "save_average_to: average", "scale: 1-10"
TITLE = "title: After the visit"
CHANNELS = replace(
    NAMES,
    channels={"chat2desk": "", "telegram": "telegram", "sms": "sms"},
    without_answers=("sms",),
    by_invitation=("telegram",),
    room={"": (4096, 4096), "telegram": (4096, 4096), "sms": (459, 201)},
)
MORE = [
    # --- channels and pages ---
    (PAUSE, f"{PAUSE}\n  channels: telegramm", ["8:13: unknown channel 'telegramm'; did you mean 'telegram'?"]),
    (PAUSE, f"{PAUSE}\n  channels: [sms, sms]", ["8:13: channels: a channel is named twice; leave one out"]),
    (PAUSE, f"{PAUSE}\n  channels: []", ["8:13: channels: name at least one channel"]),
    (PAUSE, f"{PAUSE}\n  channels: [chat2desk, sms]", ["22:9: clients cannot answer in sms: write by_link with {survey_link} in it"]),
    (PAUSE, f"{PAUSE}\n  next_channel_after: 10 min", ["8:3: there is no next channel: name two or more in 'channels'"]),
    (PAUSE, f"{PAUSE}\n  welcome: '{{branhc}}'", ["8:12: welcome: unknown variable 'branhc'; did you mean 'branch'?"]),
    (PAUSE, f"{PAUSE}\n  quiet_hours_of: city", ["8:19: quiet_hours_of: unknown word 'city'; known: branch, client"]),
    ("Thank you!", "Hi {telegram_link}", ["28:18: say: 'telegram_link' may be absent; give a fallback: {telegram_link|...}"]),
    (AVERAGE, f"{AVERAGE}\n          by_link: Hi", ["24:20: without {survey_link} in it nobody can answer"]),
    (AVERAGE, f"{AVERAGE}\n          hints: 4", ["24:18: hints: '4': write a number from 0 to 3"]),
    (AVERAGE, f"{AVERAGE}\n          hint: '{{score_quality}}'", ["24:17: hint: 'score_quality' may be absent; give a fallback: {score_quality|...}"]),
    (SCALE, f"{SCALE}\n    on_page: '{{brnch}}?'", ["12:14: on_page: unknown variable 'brnch'; did you mean 'branch'?"]),
    (SCALE, f"{SCALE}\n    on_page: {{text: Hi}}", ["12:14: on_page: write a text, nothing nested"]),
    (SCALE, f"{SCALE}\n    skip_after: 1 hour", ["12:17: skip_after: only a comment may be skipped; leave it out"]),
    (SCALE, f"{SCALE}\n    kind: comment", ["11:12: scale: a comment has no scale; leave it out"]),
    (SCALE, "kind: coment", ["10:5: 'scale' is missing", "11:11: kind: unknown word 'coment'; did you mean 'comment'?"]),
    # --- filters of places ---
    ("Thank you!", "Hi {client_name:frist_name|you}", ["28:18: say: unknown filter 'frist_name'; did you mean 'first_name'?"]),
    ("Thank you!", "Hi {client_name:first_name}", ["28:18: say: 'client_name:first_name' may be absent; give a fallback: {client_name:first_name|...}"]),
    ("Thank you!", "Hi {client_name:date|you}", ["28:18: say: the filter 'date' needs a date or a moment, and 'client_name' is a text"]),
    ("Thank you!", "On {entered_date:time}", ["28:18: say: the filter 'time' needs a moment, and 'entered_date' is a date"]),
    ("Thank you!", "On {entered_date:date:time}", ["28:18: say: the filter 'time' needs a moment, and 'entered_date:date' is a text"]),
    ("Thank you!", "In {entered_date:days_left}", ["28:18: say: 'entered_date:days_left' may be absent; give a fallback: {entered_date:days_left|...}"]),
    ("Thank you!", "'{average:}!'", ["28:18: say: ':' is no filter; write {name}, {name|fallback} or {name:filter|fallback}"]),
    ("Thank you!", "'{average:number(2)}!'", ["28:18: say: the filter 'number' takes nothing in brackets; write {...:number}"]),
    ("Thank you!", "'{average:money(a, b)}!'", ["28:18: say: write one word in brackets, for example money(₸)"]),
    ("Thank you!", "'{average:plural(балл, балла)}'", ["28:18: say: plural needs 3 forms in this language (ru), 2 are given; write for example plural(день, дня, дней)"]),
    ("Thank you!", "'{average:plural}'", ["28:18: say: plural needs 3 forms in this language (ru), 0 are given; write for example plural(день, дня, дней)"]),
    # --- values, languages, included files ---
    (TITLE, "title: A\nvalues: {price: {deal_field: score, is: number}}", []),
    (TITLE, "title: A\nvalues: {price: {deal_field: scor}}", ["3:30: deal_field: unknown deal field 'scor'; did you mean 'score'?"]),
    (TITLE, "title: A\nvalues: {price: {is: number}}", ["3:17: price: write one of deal_field and from_start: where does the value come from?"]),
    (TITLE, "title: A\nvalues: {price: {deal_field: score, from_start: old}}", ["3:17: price: write one of deal_field and from_start: where does the value come from?"]),
    (TITLE, "title: A\nvalues: {price: {deal_field: score, is: sum}}", ["3:41: is: unknown word 'sum'; known: date, moment, number, text"]),
    (TITLE, "title: A\nvalues: {average: {deal_field: score}}", ["3:10: 'average' is a word of the engine; give the value another name"]),
    (TITLE, "title: A\nlanguage: de", ["3:11: language: unknown word 'de'; known: en, kk, ru"]),
    (TITLE, "title: A\ninclude: [shared/polite.yaml]", ["3:11: include: 'shared/polite.yaml' is not here; write the path of a file of texts below the folder of scenarios, for example shared/polite.yaml"]),
    (PAUSE, f"{PAUSE}\n  language_field: bonos", ["8:19: language_field: unknown contact field 'bonos'; did you mean 'bonus'?"]),
    (PAUSE, f"{PAUSE}\n  language_field: bonus", []),
    ("move_deal: asking", "say: 'Only {$good_from}'", ["20:14: unknown parameter 'good_from'; write it under 'parameters', with a default"]),
    ("average_at_least: 8", "average_at_least: $good_from", ["26:34: unknown parameter 'good_from'; write it under 'parameters', with a default"]),
    # --- too long for a channel ---
    ("Thank you!", "'" + "Спасибо! " * 440 + "{words|нет} channel'", []),
    # --- traps of YAML ---
    (TITLE, "title: A\ntitle: B", ["3:1: 'title' is written twice, first in line 2"]),
    (TITLE, "title: &a A\nactive: *a", ["2:8: an anchor (&a) is not allowed; delete it", "3:9: an alias (*a) is not allowed; write the value again"]),
    (TITLE, "title: !!python/name:os.system A", ["2:8: a tag (tag:yaml.org,2002:python/name:os.system) is not allowed; delete it"]),
    (TITLE, "<<: {title: T}", ["2:1: a merge key (<<) is not allowed; write the words out"]),
    (TITLE, "title: T\nactive: NO", ["3:9: active: unknown word 'NO'; known: false, true"]),
    ("21:00-09:00", "12:30", ["5:16: quiet_hours: '12:30': write hours, for example 21:00-09:00, or none"]),
    ("21:00-09:00", "NO", ["5:16: quiet_hours: 'NO': write hours, for example 21:00-09:00, or none"]),
    ("average_at_least: 8", "average_at_least: 1e1", ["26:34: average_at_least: '1e1' is no number; write for example 8 or 8.5"]),
    ("average_below: 8", "average_below: 8.00001", ["31:31: average_below: '8.00001' is no number; write for example 8 or 8.5"]),
    (TITLE, "title: " + "[" * 30 + "]" * 30, ["2:27: nested more than 20 levels deep; is a bracket too many?"]),
    (TITLE, f"title: '{'x' * 1_000_000}'", ["1:1: too large: 1000959 bytes, at most 100000; leave something out"]),
    (TITLE, "title: A\u202eB", ["2:9: an invisible sign (U+202E) is not allowed; delete it"]),
    (TITLE, "title: @x", ["2:8: a text that begins with this sign must stand in quotes"]),
    ("questions:\n", "questions:\n\t\n", ["9:1: a tab stands where only spaces may; indent with spaces"]),
    ("steps:\n", "---\nsteps:\n", ["17:1: a second document begins here; one file holds one"]),
    ("scenario: visit", "%YAML 1.1\n---\nscenario: visit", ["1:1: lines that begin with % are not allowed; delete them"]),
    ("[quality]", "[quality", ["23:26: a bracket is opened and never closed; close it above"]),
    ("Thank you!", "'Thank you!", ["44:1: a quote is opened and never closed; close it above"]),
    ("  offered:\n", "   offered:\n", ["36:4: the indentation fits no line above"]),
    ("[end: happy]", "end: happy", ["43:16: ': ' inside a text, or a wrong indentation; quote a text that holds ': '"]),
    ("[end: happy]", "{end: happy, say: Hi}", ["43:26: one item is one word; put '- ' before 'say'"]),
    # --- words, once more ---
    ("when: link_clicked", "when: {deal_moved_to: wonn}", ["39:31: deal_moved_to: unknown stage 'wonn'; did you mean 'won'?"]),
    ("when: link_clicked", "when: {task_overdue_for: 0 days}", ["39:34: task_overdue_for: must be longer than nothing, for example '1 day'"]),
    ("move_deal: asking", "create_deal: {title: T, stage: unhapy, for: director}", ["20:40: stage: unknown stage 'unhapy'; did you mean 'unhappy'?"]),
    ("move_deal: asking", "comment: '{words}'", ["20:18: comment: 'words' may be absent; give a fallback: {words|...}"]),
    ("move_deal: asking", "move_deal: [asking]", ["20:20: move_deal: write a stage, nothing nested"]),
    ("average_below: 8", "average_below: 7.99", ["26:9: no rule for an average from 7.99 to below 8"]),
    ("steps:\n", "stepz:\n", ["17:1: unknown word 'stepz'; did you mean 'steps'?"]),
    ("questions:\n", "questions:\n" + "".join(f"  q{n}: {{text: A, scale: 1-10}}\n" for n in range(200)), ["209:3: questions: 201 questions are too many; at most 200"]),
]  # fmt: skip
ROWS += [(old, new, [f"s.yaml:{one}" for one in expected]) for old, new, expected in MORE]
BROKEN = [row for row in ROWS if row[2]]
# What a sentence must hold beside the cause: what to write, what was meant, what is known, what to do about it.
REMEDY = re.compile(
    r"; |did you mean|write |known: |must |at most|is missing|is empty|name at least|name two|add |needs "
    r"|no rule for|go_to that step|belongs|nobody can answer|one file holds one|put |fits no line|first in line"
)


def test_there_are_enough_of_them() -> None:
    assert len({old + new for old, new, _ in BROKEN}) >= 60


@pytest.mark.parametrize("expected", [row[2] for row in BROKEN])
def test_every_sentence_names_a_remedy(expected: list[str]) -> None:
    assert all(REMEDY.search(one) for one in expected)


@pytest.mark.parametrize(("old", "new", "expected"), ROWS, ids=range(len(ROWS)))
def test_every_mistake_has_its_place(old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    names = CHANNELS if "channel" in new or "telegram" in new or "link:" in new else NAMES
    assert messages(GOOD.replace(old, new, 1), names) == expected


@pytest.mark.parametrize("saved", ["\r\n", "\r", "\ufeff"])
def test_editors_move_no_mistake(saved: str) -> None:
    wrong = GOOD.replace("go_to: offered", "goto: offered")
    text = saved + wrong if saved == "\ufeff" else wrong.replace("\n", saved)
    assert messages(text) == ["s.yaml:29:13: unknown action 'goto'; did you mean 'go_to'?"]


HEAD = GOOD[: GOOD.index("steps:")]
HOSTILE = {
    "brackets": "a: " + "[" * 99_000,
    "words": GOOD + "".join(f"k{n}: 1\n" for n in range(3_500)),
    "one word": GOOD + "k: 1\n" * 19_000,
    "a ring of steps": HEAD + "steps:\n" + "".join(f"  s{n}: {{do: [go_to: s{(n + 1) % 200}]}}\n" for n in range(200)),
    "steps that are not there": HEAD + "steps:\n" + "".join(f"  s{n}: {{do: [go_to: z{n}]}}\n" for n in range(200)),
    "many steps": HEAD + "steps:\n" + "".join(f"  s{n}: {{do: [end: x]}}\n" for n in range(2_500)),
    "rules of one step": HEAD + "steps:\n  a:\n    rules:\n"
    + "".join(f"      - {{name: r{n}, when: link_clicked, do: [end: x]}}\n" for n in range(750)),
    "a long word": GOOD.replace("go_to: offered", "go_to: " + "o" * 90_000),
    "braces": GOOD.replace("Thank you!", "'" + "{" * 90_000 + "'"),
    "texts": GOOD.replace(TITLE, "title: T\ntexts: {" + "".join(f"t{n}: x, " for n in range(199)) + "}"),
    "flow": GOOD + "x: {" + ", ".join(f"k{n}: [1, {{a: b}}]" for n in range(4_000)) + "}",
}  # fmt: skip
MOST_CALLS = 5_000_000  # a second of calls, on a machine of these days


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_takes_long(name: str) -> None:
    """Counted in calls, not in seconds: whatever else the machine does."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = messages(HOSTILE[name])
    finally:
        sys.setprofile(before)
    assert found
    assert calls < MOST_CALLS


def test_every_mistake_of_a_file_is_reported_at_once() -> None:
    text = GOOD.replace("title:", "titel:").replace("go_to: offered", "goto: offered")
    assert messages(text.replace(LATE, "").replace("[end: clicked]", "[say: Hi]")) == [
        "s.yaml:2:1: unknown word 'titel'; did you mean 'title'?",
        "s.yaml:29:13: unknown action 'goto'; did you mean 'go_to'?",
        "s.yaml:36:3: step 'offered' has no way out: no rule ends the case or goes to a step; add a rule with 'end' or 'go_to'",
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
