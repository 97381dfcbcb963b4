"""Folders, versions, and the customer's own scenario."""

from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from qc_engine.core import scenario as core
from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.wording.values import Values
from qc_engine.scenario_files.load import BadScenarios, load_scenarios, load_text, version
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.words.table import ACTIONS, CONDITIONS, variables

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMES = Names(
    stages={
        "Закрыть заказ/наряд": "FINAL_INVOICE",
        "Оценка качества": "UC_QUALITY",
        "Подтверждение наличия отзыва": "UC_REVIEW",
        "Сделка успешна": "WON",
        "Недовольные клиенты / Новая жалоба": "C7:NEW",
        "Новая жалоба": "C7:NEW",
    },
    fields={
        "branch": "UF_CRM_BRANCH",
        "Оценка работы": "UF_CRM_QC_SCORE_1",
        "Оценка обслуживания": "UF_CRM_QC_SCORE_2",
        "average": "UF_CRM_QC_AVERAGE",
        "Средняя оценка": "UF_CRM_QC_AVERAGE",
    },
    contact_fields={
        "bonus": "UF_CRM_QC_BONUS",
        "Бонус за отзыв": "UF_CRM_QC_BONUS",
        "Не писать": "UF_CRM_QC_OPT_OUT",
    },
)
ANSWER = "Мы признательны Вам за помощь, за Вашу оценку. Мы сделаем все возможное, чтобы стать лучше для Вас!"
SMALL = """\
scenario: {name}
title: T
start: {{deal_in_stage: C1:NEW, wait: 0 s, not_later_than: 1 day}}
contact: {{quiet_hours: {hours}, at_most_once_in: 0 s, pause_after_operator: 0 s}}
steps:
  one:
    do: [{do}, end: done]
"""


def small(do: str = "say: Hi", hours: str = "none", name: str = "small") -> str:
    return SMALL.format(do=do, hours=hours, name=name)


def only(do: str) -> core.Action:
    return load_text(small(do), "s.yaml", NAMES).steps["one"].do[0]


# --- the customer's scenario ------------------------------------------------------------------


@pytest.fixture(scope="module")
def tyre() -> core.Scenario:
    return load_scenarios(SCENARIOS, NAMES)["tyre_centre"]


def test_the_customers_scenario_is_short_and_known_to_editors() -> None:
    lines = (SCENARIOS / "tyre_centre.yaml").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 120
    assert lines[0] == "# yaml-language-server: $schema=../schemas/scenario.json"


def test_the_customers_scenario_starts_as_agreed(tyre: core.Scenario) -> None:
    assert tyre.start == core.Start("FINAL_INVOICE", timedelta(days=1), timedelta(days=3))
    assert (tyre.contact.quiet_from, tyre.contact.quiet_to) == (time(21), time(9))
    assert tyre.contact.at_most_once_in == timedelta(days=30)
    assert tyre.first_step == "ask"
    assert [question.field for question in tyre.questions.values()] == [
        "UF_CRM_QC_SCORE_1",
        "UF_CRM_QC_SCORE_2",
    ]
    assert tyre.questions["quality"].text.template == "visit_quality|ru"


@pytest.mark.parametrize(
    ("step", "condition", "moves", "outcome"),
    [
        ("ask", core.AverageAtLeast(Decimal(8)), [], "review_offered"),
        ("ask", core.AverageBelow(Decimal(8)), [], "unhappy"),
        ("ask", core.SilentFor(timedelta(days=2)), ["WON"], "unanswered"),
        ("review_offered", core.Clicked(), ["UC_REVIEW"], "review_check"),
        ("review_offered", core.InStepFor(timedelta(days=7)), ["WON"], "happy"),
        ("review_check", core.ReviewIs("found"), ["WON"], "review_confirmed"),
        ("review_check", core.DealMovedTo("WON"), [], "found"),
        ("review_check", core.ReviewIs("score_only"), ["WON"], "review_score_only"),
        ("review_check", core.ReviewIs("in_moderation"), ["WON"], "review_in_moderation"),
        ("review_check", core.ReviewIs("vanished"), ["WON"], "review_vanished"),
        ("review_check", core.ReviewIs("not_found"), ["WON"], "review_not_found"),
        ("review_check", core.InStepFor(timedelta(days=21)), ["WON"], "review_unchecked"),
        ("anytime", core.AskedToStop(), ["WON"], "opted_out"),
        ("anytime", core.MessageFailed(), ["WON"], "undelivered"),
    ],
)
def test_the_customers_roads(
    tyre: core.Scenario, step: str, condition: core.Condition, moves: list[str], outcome: str
) -> None:
    rules = tyre.anytime if step == "anytime" else tyre.steps[step].rules
    do = next(rule.do for rule in rules if rule.when == (condition,))
    assert [action.stage for action in do if isinstance(action, core.MoveDealTo)] == moves
    last = do[-1]
    leads_to = {core.GoTo: "step", core.End: "outcome", core.TakeAsAnswer: "answer"}
    assert getattr(last, leads_to.get(type(last), ""), "") == outcome


def test_an_unhappy_client_is_put_on_the_heads_desk(tyre: core.Scenario) -> None:
    said = next(rule.do for rule in tyre.steps["ask"].rules if rule.do[-1] == core.GoTo("unhappy"))
    assert said[0] == core.Say(core.Text(ANSWER))
    do = tyre.steps["unhappy"].do
    assert do[-1] == core.End("dissatisfied")
    deal, task, notice = (
        next(action for action in do if isinstance(action, kind))
        for kind in (core.OpenDeal, core.OpenTask, core.Notify)
    )
    assert isinstance(deal, core.OpenDeal)
    assert (deal.stage, deal.person) == ("C7:NEW", core.Person("head"))
    assert all(name in deal.comment for name in ("{score_quality|", "{score_service|", "{words|"))
    assert isinstance(task, core.OpenTask)
    assert (task.person, task.due, task.about) == (core.Person("head"), timedelta(days=1), "")
    assert isinstance(notice, core.Notify)
    assert notice.person == core.Person("head")


# --- single words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("move_deal: Сделка успешна", core.MoveDealTo("WON")),
        ("move_deal: C9:UC_KN8KFI", core.MoveDealTo("C9:UC_KN8KFI")),
        ("set_fields: {average: 1, UF_CRM_X1: '2', comments: x}", core.WriteFields(
            {"UF_CRM_QC_AVERAGE": "1", "UF_CRM_X1": "2", "comments": "x"})),
        ("set_contact: {bonus: 1}", core.WriteContact({"UF_CRM_QC_BONUS": "1"})),
        ("notify: {for: 15, text: Hi}", core.Notify(core.Person("", 15), "Hi")),
        ("comment: '{words|none}'", core.Comment("{words|none}")),
        ("create_task: {title: T, text: X, for: branch_manager, due: 2 hours, about: review}", core.OpenTask(
            "T", "X", core.Person("manager"), timedelta(hours=2), "review")),
        ("create_task: {title: T, text: X, for: 7, due: 1 day, about: review, look_again: [1 day, 36 hours], look_again_text: Again}",
            core.OpenTask("T", "X", core.Person("", 7), timedelta(days=1), "review",
                          (timedelta(days=1), timedelta(hours=36)), "Again")),
        ("create_task: {title: T, text: X, for: 7, due: 1 day, about: review, look_again: 2 days}", core.OpenTask(
            "T", "X", core.Person("", 7), timedelta(days=1), "review", (timedelta(days=2),))),
        ("confirm_bonus: {rule: review}", core.ConfirmBonus("review")),
        ("confirm_bonus: {rule: r, amount: 500, once_in: 90 days, set_contact: {bonus: 1}, undo_contact: {bonus: 0},"
         " comment: C, webhook: loyalty, say: Hi, say_otherwise: Ho}", core.ConfirmBonus(
            "r", "500", timedelta(days=90), {"UF_CRM_QC_BONUS": "1"}, {"UF_CRM_QC_BONUS": "0"}, "C", "loyalty",
            core.Text("Hi"), core.Text("Ho"))),
        ("review_is: vanished", core.TakeAsAnswer("vanished")),
        ("create_deal: {title: T, stage: Новая жалоба, for: branch_head, fields: {average: 1}}", core.OpenDeal(
            "T", "C7:NEW", core.Person("head"), "", {"UF_CRM_QC_AVERAGE": "1"})),
        ("say: {text: Hi, template: hi|es_mx, template_variables: [branch, 'client_name|you']}", core.Say(
            core.Text("Hi", "hi|es_mx", ("branch", "client_name|you")))),
    ],
)  # fmt: skip
def test_words_become_types(written: str, expected: core.Action) -> None:
    assert only(written) == expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("21:00-09:00", (time(21), time(9))),
        ("22:30 - 24:00", (time(22, 30), time(0))),
        ("none", (time(0), time(0))),
    ],
)
def test_quiet_hours(hours: str, expected: tuple[time, time]) -> None:
    contact = load_text(small(hours=hours), "s.yaml", NAMES).contact
    assert (contact.quiet_from, contact.quiet_to) == expected


def test_a_shared_text_is_written_once_and_used_by_name() -> None:
    text = small("say: thanks") + "texts:\n  thanks: {text: Thank you, template: thanks|ru}\n"
    assert load_text(text, "s.yaml", NAMES).steps["one"].do[0] == core.Say(
        core.Text("Thank you", "thanks|ru")
    )
    with pytest.raises(
        BadScenarios, match=r"s.yaml:7:15: say: unknown text 'thank_s'; did you mean 'thanks'\?"
    ):
        load_text(text.replace("say: thanks", "say: thank_s"), "s.yaml", NAMES)


def test_every_type_of_the_core_has_a_word() -> None:
    of_conditions = {word.makes for word in CONDITIONS.values() if word.makes in get_args(core.Condition)}
    named = (
        "formula",
        "approved",
        "declined",
    )  # what these make is read otherwise, see test_further_words.py
    assert of_conditions | {core.Formula, core.ApprovalIs} == set(get_args(core.Condition))
    assert len(CONDITIONS) == len(of_conditions) + len(named)
    made = {word.makes for name, word in ACTIONS.items() if name not in ("survey", "say")}
    assert made | {core.Survey, core.Say} == set(get_args(core.Action))


def test_variables_are_those_that_the_core_writes_out() -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    case = Case(
        id="c", deal_id=1, deal_title="D", scenario="s", version="v", round=1, state=State.ACTIVE, step="ask",
        entered_at=now, step_at=now, deal_stage="X", client=Client("77011234567"), scores={"quality": Decimal(8)},
        branch=Branch("B", "Asia/Almaty", 1, 2),
    )  # fmt: skip
    assert set(variables(["quality"])) == Values(case).names


# --- folders and versions ---------------------------------------------------------------------


def test_the_version_is_the_content_whatever_the_editor() -> None:
    text = small()
    assert (
        version(text) == version("\ufeff" + text.replace("\n", "\r\n")) == load_text(text, "a", NAMES).version
    )
    assert version(text) != version(text + "# a remark\n")
    assert len(version(text)) == 16


def test_a_stored_text_gives_the_scenario_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(small(), encoding="utf-8")
    assert load_text(small(), "stored", NAMES) == load_scenarios(tmp_path, NAMES)["small"]


def test_every_mistake_of_every_file_comes_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(small().replace("title", "titl"), encoding="utf-8")
    (tmp_path / "b.yml").write_bytes("title: Опрос".encode("cp1251"))
    (tmp_path / "c.yaml").write_text(small(name="same"), encoding="utf-8")
    (tmp_path / "d.yaml").write_text(small(name="same"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a scenario", encoding="utf-8")
    with pytest.raises(BadScenarios) as bad:
        load_scenarios(tmp_path, NAMES)
    assert [str(problem).removeprefix(f"{tmp_path}/") for problem in bad.value.problems] == [
        "a.yaml:2:1: unknown word 'titl'; did you mean 'title'?",
        "b.yml:1:8: not UTF-8 (looks like windows-1251 or another old encoding); save the file as UTF-8",
        "d.yaml:1:11: 'same' is in another file too; give one another name",
    ]


@pytest.mark.parametrize(
    ("folder", "message"),
    [("", "no scenario here: no file ends in .yaml"), ("no", "cannot be opened: No such file or directory")],
)
def test_a_folder_without_scenarios(tmp_path: Path, folder: str, message: str) -> None:
    with pytest.raises(BadScenarios, match=message):
        load_scenarios(tmp_path / folder, NAMES)


def test_names_are_needed_for_aliases_only() -> None:
    bare = Names()
    assert load_text(small(), "s.yaml", bare).start.stage == "C1:NEW"
    with pytest.raises(BadScenarios, match="7:21: move_deal: unknown stage 'won'"):
        load_text(small("move_deal: won"), "s.yaml", bare)
    assert fields(replace(bare, users={"director": 1}))
