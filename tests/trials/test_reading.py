"""What is wrong with a test is told at its line and column, and stops no engine."""

from pathlib import Path

import pytest

from qc_engine.scenario_files.load import BadScenarios, load_scenarios, load_text, version
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reference.schema import scenario_schema, written
from qc_engine.scenario_files.reference.schema import tests_schema as schema_of_tests
from qc_engine.scenario_files.trials.files import load_trials
from qc_engine.scenario_files.trials.words import EXPECTATIONS, FACTS, GIVEN
from qc_engine.trials.trial import Given

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names(
    stages={"closed": "FINAL", "won": "WON"},
    fields={"score": "UF_S"},
    contact_fields={"bonus": "UF_B"},
    users={"director": 1},
    channels={"chat2desk": "", "telegram": "telegram"},
)
SCENARIO = """\
scenario: visit
title: T
start: {deal_in_stage: closed, wait: 1 day, not_later_than: 3 days}
contact: {quiet_hours: none, at_most_once_in: 1 day, pause_after_operator: 1 h}
questions:
  quality: {text: How?, scale: 1-10, save_to: score}
steps:
  ask:
    do: [survey: {ask: quality}]
    rules:
      - {name: all, when: {average_at_least: 5}, do: [end: rated]}
      - {name: low, when: {average_below: 5}, do: [end: rated]}
      - {name: late, when: {silent_for: 1 day}, do: [end: unanswered]}
"""
TESTS = """\
of: visit
tests:
  - name: one
    given: {client_name: A}
    story:
      - asked: quality
      - client: "9"
      - expect: {end: rated, field: {score: 9}}
"""


def mistakes(tmp_path: Path, tests: str, scenario: str = SCENARIO) -> list[str]:
    (tmp_path / "visit.yaml").write_text(scenario, "utf-8")
    (tmp_path / "visit.tests.yaml").write_text(tests, "utf-8")
    try:
        load_trials(tmp_path, NAMES)
    except BadScenarios as bad:
        return [str(one).removeprefix(f"{tmp_path}/visit.tests.yaml:") for one in bad.problems]
    return []


FACT_WORDS = ", ".join(sorted({*FACTS, "asked", "expect"}))
EXPECTED_WORDS = ", ".join(sorted(EXPECTATIONS))
ENDS = (
    "asked_recently, complaint_open, no_channel, no_phone, not_concerned, opted_out, rated, stopped_by_hand, "
    "too_late, unanswered"
)
CLIENT, ASKED, EXPECT = '- client: "9"', "- asked: quality", "- expect: {end: rated, field: {score: 9}}"
ROWS = [
    # --- the file ---
    ("of: visit", "of: vist", ["1:5: of: unknown scenario 'vist'; did you mean 'visit'?"]),
    ("of: visit\n", "", ["1:1: 'of' is missing"]),
    ("tests:\n", "test:\n", ["2:1: unknown word 'test'; did you mean 'tests'?"]),
    ("of: visit", "of: [visit]", ["1:5: of: write the name of a scenario, nothing nested"]),
    ("  - name: one", "  - &a name: one", ["3:5: an anchor (&a) is not allowed; delete it"]),
    # --- a test ---
    ("name: one", "nmae: one", ["3:5: unknown word 'nmae'; did you mean 'name'?"]),
    ("name: one", "name:", ["3:5: name: is empty; write a title"]),
    ("    given:", "    givn:", ["4:5: unknown word 'givn'; did you mean 'given'?"]),
    ("client_name: A", "clint_name: A", ["4:13: unknown word 'clint_name'; did you mean 'client_name'?"]),
    ("client_name: A", "starts_at: 25:00", ["4:24: starts_at: '25:00' is no time; write for example \"20:30\""]),
    ("client_name: A", "stopped: yes", ["4:22: stopped: write true, or leave the whole word out"]),
    ("client_name: A", "phone: 77010000000", ["4:20: phone: unknown word '77010000000'; known: none"]),
    ("client_name: A", "asked_before: 2 years", ["4:27: asked_before: '2 years' is no time span; units: s, min, hours, days, weeks"]),
    ("client_name: A", "channels: [telegramm]", ["4:24: unknown channel 'telegramm'; did you mean 'telegram'?"]),
    ("    story:\n", "    stroy:\n", ["5:5: unknown word 'stroy'; did you mean 'story'?"]),
    # --- what happens ---
    (CLIENT, '- clinet: "9"', ["7:9: unknown word 'clinet'; did you mean 'client'?"]),
    (CLIENT, "- nonsense: 1", [f"7:9: unknown word 'nonsense'; known: {FACT_WORDS}"]),
    (CLIENT, "- client", ["7:9: write what happens, for example 'client: 9', or 'expect: {said: ...}'"]),
    (CLIENT, "- client:", ["7:9: client: is empty; write a text"]),
    (CLIENT, '- client: "9"\n        after: 1 day', ["8:9: one item is one word; put '- ' before 'after'"]),
    (CLIENT, "- client: [9]", ["7:17: client: write a text, nothing nested"]),
    (CLIENT, "- client_sends: gif", ["7:23: client_sends: unknown word 'gif'; known: contact, file, location, photo, sticker, video, voice"]),
    (CLIENT, "- after: 0 s", ["7:16: after: must be longer than nothing, for example '1 day'"]),
    (CLIENT, "- after: 2000 days", ["7:16: after: a story lasts at most 400 days"]),
    (CLIENT, "- click: yandx", ["7:16: click: unknown platform 'yandx'; did you mean 'yandex'?"]),
    (CLIENT, "- click: Мой сайт", ["7:16: click: unknown platform 'Мой сайт'; known: 2gis, google, yandex"]),
    (CLIENT, "- manager: fuond", ["7:18: manager: unknown word 'fuond'; did you mean 'found'?"]),
    (CLIENT, "- task_closed: {a: 1}", ["7:22: task_closed: write a text, nothing nested"]),
    (CLIENT, "- moved: wonn", ["7:16: moved: unknown stage 'wonn'; did you mean 'won'?"]),
    (CLIENT, "- message_fails: blokked", ["7:24: message_fails: unknown word 'blokked'; did you mean 'blocked'?"]),
    (CLIENT, "- form: {qualty: 9}", ["7:16: unknown question 'qualty'; did you mean 'quality'?"]),
    (CLIENT, "- form: 9", ["7:15: form: write names and their values, for example {Оценка работы: 9}"]),
    (CLIENT, "- opens_chat: viber", ["7:21: unknown channel 'viber'; known: chat2desk, telegram; another one needs its section in config.yaml"]),
    (CLIENT, "- end: rated", ["7:9: 'end' is something expected; write 'expect: {end: ...}'"]),
    # --- what is expected ---
    (ASKED, "- asked: qualty", ["6:16: asked: unknown question 'qualty'; did you mean 'quality'?"]),
    ("{end: rated, field: {score: 9}}", "{ende: rated}", ["8:18: unknown expectation 'ende'; did you mean 'end'?"]),
    ("{end: rated, field: {score: 9}}", "{zzz: 1}", [f"8:18: unknown expectation 'zzz'; known: {EXPECTED_WORDS}"]),
    ("{end: rated, field: {score: 9}}", "", ["8:9: expect: write what is expected, for example {said: '*thank you*'}"]),
    ("{end: rated, field: {score: 9}}", "rated", ["8:17: expect: write what is expected, for example {said: '*thank you*'}"]),
    ("end: rated", "end: ratd", ["8:23: end: unknown end 'ratd'; did you mean 'rated'?"]),
    ("end: rated", "end: zzz", [f"8:23: end: unknown end 'zzz'; known: {ENDS}"]),
    ("end: rated", "step: aks", ["8:24: step: unknown step 'aks'; did you mean 'ask'?"]),
    ("end: rated", "deal: wonn", ["8:24: deal: unknown stage 'wonn'; did you mean 'won'?"]),
    ("{score: 9}", "{scoer: 9}", ["8:38: unknown deal field 'scoer'; did you mean 'score'?"]),
    ("{score: 9}", "{score: 9, UF_CRM_X: }", ["8:48: UF_CRM_X: is empty; write a text"]),
    ("field: {score: 9}", "contact: {bonsu: 1}", ["8:40: unknown contact field 'bonsu'; did you mean 'bonus'?"]),
    ("end: rated", "task: directr", ["8:24: task: unknown person 'directr'; did you mean 'director'?"]),
    ("end: rated", "task: {fro: director}", ["8:25: unknown word 'fro'; did you mean 'for'?"]),
    ("end: rated", "new_deal: {for: director, stage: wonn}", ["8:51: stage: unknown stage 'wonn'; did you mean 'won'?"]),
    ("end: rated", "no_message: 0", ["8:30: no_message: write true, or leave the whole word out"]),
    # --- a story that proves nothing ---
    ("      " + EXPECT + "\n", "", ["7:9: story: nothing is expected after this; add 'expect: ...', or leave it out"]),
    ("      " + ASKED + "\n      " + CLIENT + "\n      " + EXPECT, "      " + CLIENT,
     ["6:7: story: nothing is expected, so this test cannot fail; end it with 'expect: ...'"]),
    (EXPECT, f"{EXPECT}\n  - name: one\n    story: [asked: quality]", ["9:5: two tests are named 'one', see line 3"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), ROWS, ids=range(len(ROWS)))
def test_every_mistake_has_its_place(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in TESTS
    assert mistakes(tmp_path, TESTS.replace(old, new, 1)) == expected


def test_the_good_one_is_good(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TESTS) == []
    (trial,) = load_trials(tmp_path, NAMES)["visit"].trials
    assert (trial.name, trial.given, len(trial.story)) == ("one", Given(client_name="A"), 4)
    assert [one.words for one in trial.story] == [
        "asked: quality",
        "client: 9",
        "end: rated",
        "field: {score: 9}",
    ]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    tests = TESTS.replace("client:", "clinet:").replace("end: rated", "ende: rated").replace("score", "scoer")
    assert len(mistakes(tmp_path, tests)) == 3


# --- where tests stand ------------------------------------------------------------------------


def inside(tests: str = TESTS) -> str:
    return SCENARIO + tests.partition("\n")[2]


def test_tests_stand_in_the_file_or_beside_it(tmp_path: Path) -> None:
    (tmp_path / "visit.yaml").write_text(inside(), "utf-8")
    (tmp_path / "more.tests.yml").write_text(TESTS.replace("name: one", "name: two"), "utf-8")
    trials = load_trials(tmp_path, NAMES)["visit"].trials
    assert [(one.name, Path(one.file).name, one.line) for one in trials] == [
        ("one", "visit.yaml", 15),
        ("two", "more.tests.yml", 3),
    ]
    assert set(load_scenarios(tmp_path, NAMES)) == {"visit"}  # a file of tests is no scenario


def test_one_name_in_two_files_is_told_with_both_places(tmp_path: Path) -> None:
    twice = mistakes(tmp_path, TESTS, inside())
    assert twice == [f"3:5: two tests are named 'one', see {tmp_path}/visit.yaml:15"]


def test_a_broken_test_stops_no_engine_and_no_running_case(tmp_path: Path) -> None:
    text = inside(TESTS.replace("client:", "clinet:"))
    (tmp_path / "visit.yaml").write_text(text, "utf-8")
    (tmp_path / "visit.tests.yaml").write_text("of: [", "utf-8")
    assert load_scenarios(tmp_path, NAMES)["visit"].name == load_text(text, "stored", NAMES).name
    with pytest.raises(BadScenarios) as bad:
        load_trials(tmp_path, NAMES)
    assert len(bad.value.problems) == 2


def test_other_tests_make_another_version(tmp_path: Path) -> None:
    assert version(inside()) != version(inside(TESTS.replace("one", "two")))


def test_tests_beside_a_broken_scenario_are_read(tmp_path: Path) -> None:
    broken = SCENARIO.replace("title: T\n", "titel: T\n")
    assert mistakes(tmp_path, TESTS, broken) == []
    assert mistakes(tmp_path, TESTS.replace("client:", "clinet:"), broken) == [
        "7:9: unknown word 'clinet'; did you mean 'client'?"
    ]


# --- for editors ------------------------------------------------------------------------------


def test_the_schema_of_tests_is_fresh_and_has_every_word() -> None:
    schema = schema_of_tests()
    assert (ROOT / "schemas" / "tests.json").read_text("utf-8") == written(schema), "write the schemas again"
    defs = schema["$defs"]
    assert set(defs["test_line"]["properties"]) == {*FACTS, "asked", "expect"}
    assert set(defs["expectations"]["properties"]) == set(EXPECTATIONS)
    assert set(defs["test"]["properties"]["given"]["properties"]) == set(GIVEN)
    assert scenario_schema()["$defs"]["test"] == defs["test"]
    for words in (defs["test_line"], defs["expectations"], defs["test"]["properties"]["given"]):
        for word, one in words["properties"].items():
            assert any("а" <= letter <= "я" for letter in one["description"]), word
