"""What a scenario does with links and rewards, and what the platforms have published about that."""

import string
import time
from datetime import date
from pathlib import Path

import pytest

from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_scenarios, load_text
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.platform_rules.acknowledging import (
    EXPIRED,
    UNUSED,
    acknowledgement_of,
    good_until,
    idle,
    known_rules,
    unknown_rules,
)
from qc_engine.scenario_files.platform_rules.book import KINDS, READ, REPORTED, RULES, UNVERIFIED, rule_of
from qc_engine.scenario_files.platform_rules.findings import Finding, findings
from qc_engine.scenario_files.platform_rules.mentioning import (
    Pages,
    pages_of,
    promises_reward,
    speaks_of_reviews,
)
from qc_engine.scenario_files.platform_rules.telling import Teller, rule_words
from qc_engine.scenario_files.platform_rules.texts import LOCALE, catalogue, say
from qc_engine.scenario_files.yaml.source import Keys
from qc_engine.settings import Acknowledged

SCENARIOS = Path(__file__).parents[2] / "scenarios"
YANDEX = Pages("yandex", frozenset({"https://yandex.kz/maps/org/1/reviews/"}))
GATED, PAID = "yandex/review-gating", "yandex/reward"
LINKS = 'say: "Ссылки: {review_links}"'

HEAD = """\
scenario: s
title: S
start: {deal_in_stage: Start, wait: 1 h, not_later_than: 3 days}
contact: {quiet_hours: none, at_most_once_in: 1 day, pause_after_operator: 1 h%s}
questions:
  one: {text: Первый?, scale: 1-10}
  two: {text: %s, scale: 1-10}
"""


def scenario(rules: str, *, contact: str = "", second: str = "Второй?", anytime: str = "") -> Scenario:
    """A step that asks two questions, with these rules, and whatever steps follow them."""
    survey = "steps:\n  ask:\n    do: [survey: {ask: [one, two]}]\n    rules:\n"
    silent = "" if "silent_for" in rules.partition("---")[0] else SILENT
    ask, _, more = rules.partition("---\n")
    top = f"anytime:\n{anytime}" if anytime else ""
    text = HEAD % (contact, second) + top + survey + ask + silent + more
    return load_text(text, "s.yaml", Names(complete=False))


def names_of(found: list[Finding]) -> list[str]:
    return [one.rule.name for one in found]


def against(rules: str, **more: str) -> list[str]:
    return names_of(findings(scenario(rules, **more), [YANDEX]))


SILENT = "      - {name: silent, when: {silent_for: 2 days}, do: [end: silent]}\n"
GOOD = "      - {name: good, when: {average_at_least: 8}, do: [%s]}\n"
BAD = "      - {name: bad, when: {average_below: 8}, do: [%s]}\n"
LATE = "      - {name: late, when: {in_step_for: 7 days}, do: [%s]}\n"


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "gated"),
    [
        # above a score only, in the rule itself or in the step that it leads to
        (GOOD % f"{LINKS}, end: a" + BAD % "end: b", True),
        (GOOD % "go_to: offer" + BAD % "end: b" + "---\n  offer: {do: [" + LINKS + ", end: a]}\n", True),
        # below a score only is selective too
        (GOOD % "end: a" + BAD % f"{LINKS}, end: b", True),
        # everybody, by one rule, by each of two, or before any score was looked at
        (GOOD % f"{LINKS}, end: a" + BAD % f"{LINKS}, end: b", False),
        (GOOD % "go_to: offer" + BAD % "go_to: offer" + "---\n  offer: {do: [" + LINKS + ", end: a]}\n", False),
        # nobody
        (GOOD % "end: a" + BAD % "end: b", False),
        # the unhappy only if somebody clicks or answers
        (
            GOOD % f"{LINKS}, end: a" + BAD % "go_to: wait" + "---\n  wait:\n    rules:\n"
            f"      - {{name: w, when: link_clicked, do: [{LINKS}, end: a]}}\n" + LATE % "end: b",
            True,
        ),
        # the unhappy a week later, if nothing else happens: they are invited as well
        (
            GOOD % f"{LINKS}, end: a" + BAD % "go_to: wait" + "---\n  wait:\n    rules:\n"
            + LATE % f"{LINKS}, end: b",
            False,
        ),
        # one low score is enough to be left out
        (
            "      - {name: low, when: {score_below: 5}, do: [end: b]}\n"
            "      - {name: rest, when: {average_at_least: 1}, do: [" + LINKS + ", end: a]}\n",
            True,
        ),
        # an address written out is a link too
        (GOOD % 'say: "https://yandex.kz/maps/org/1/reviews/", end: a' + BAD % "end: b", True),
        (GOOD % 'say: "https://other.example/", end: a' + BAD % "end: b", False),
        # those who fell silent after one answer are told apart
        (
            GOOD % "end: a" + BAD % "end: b"
            + "      - {name: half, when: {silent_for: 1 day, score_below: 8}, do: [end: b]}\n"
            f"      - {{name: half good, when: {{silent_for: 1 day}}, do: [{LINKS}, end: a]}}\n",
            True,
        ),
    ],
)  # fmt: skip
def test_who_gets_the_links(rules: str, gated: bool) -> None:
    assert against(rules) == ([GATED] if gated else [])


def test_roads_in_a_circle_come_to_an_end() -> None:
    rules = (
        GOOD % "go_to: one_way" + BAD % "go_to: other_way" + "---\n"
        "  one_way:\n    rules:\n      - {name: a, when: link_clicked, do: [go_to: other_way]}\n"
        + LATE
        % "end: a"
        + "  other_way:\n    rules:\n"
        f"      - {{name: b, when: link_clicked, do: [{LINKS}, go_to: one_way]}}\n"
        + LATE
        % f"{LINKS}, end: b"
    )
    (found,) = findings(scenario(rules), [YANDEX])
    assert found.gating is not None
    assert [one.rule.name for one in found.gating.denies] == ["good"]


def test_the_rule_nearest_to_the_links_is_the_one_that_decides() -> None:
    rules = (
        GOOD % "go_to: split" + BAD % "go_to: split" + "---\n  split:\n    rules:\n"
        "      - {name: low, when: {score_below: 5}, do: [end: b]}\n"
        f"      - {{name: rest, when: {{average_at_least: 1}}, do: [{LINKS}, end: a]}}\n" + LATE % "end: c"
    )
    (found,) = findings(scenario(rules), [YANDEX])
    assert found.gating is not None
    assert [one.rule.name for one in found.gating.gives] == ["rest"]
    assert [one.rule.name for one in found.gating.denies] == ["low"]


def test_links_in_a_question_go_to_everybody() -> None:
    rules = GOOD % f"{LINKS}, end: a" + BAD % "end: b"
    assert against(rules, second='"Второй? {review_links}"') == []


def test_a_rule_for_all_steps_may_deny_the_links() -> None:
    rules = GOOD % f"{LINKS}, end: a" + BAD % f"{LINKS}, end: b"
    assert against(rules, anytime="  - {name: low, when: {score_below: 5}, do: [end: low]}\n") == [GATED]


def test_who_complained_is_left_out_by_the_gate_before_every_message() -> None:
    complaint = "create_deal: {title: t, stage: New, for: branch_head}"
    rules = GOOD % f"{LINKS}, end: a" + BAD % f"{LINKS}, {complaint}, end: b"
    assert against(rules) == []
    (found,) = findings(scenario(rules, contact=", after_complaint: 14 days"), [YANDEX])
    assert found.places == [("contact", "after_complaint")]
    assert "after_complaint" in told(found)


def test_a_second_survey_is_another_answer() -> None:
    """What somebody says the second time is not what decided the first time."""
    rules = (
        GOOD % f"{LINKS}, end: a"
        + BAD % "go_to: again"
        + "---\n  again:\n    do: [survey: {ask: [one, two]}]\n"
        "    rules:\n"
        + GOOD % f"{LINKS}, end: a"
        + BAD % "end: b"
        + "      - {name: silent, when: {silent_for: 2 days}, do: [end: silent]}\n"
    )
    (found,) = findings(scenario(rules), [YANDEX])
    assert found.gating is not None
    assert [(one.rule.name, one.gets) for one in found.gating.denies] == [("bad", 1)]


def test_a_file_from_nowhere_takes_no_minutes() -> None:
    many = "".join(
        f"      - {{name: r{n}, when: {{score_below: {n / 100 + 1:.2f}}}, do: [end: b]}}\n"
        for n in range(300)
    )
    begun = time.monotonic()
    assert against(many + GOOD % f"{LINKS}, end: a" + BAD % "end: b") == [GATED]
    assert time.monotonic() - begun < 5


# --- rewards ------------------------------------------------------------------------------------

OFFER = (
    GOOD % "go_to: offer" + BAD % "go_to: offer"
    + "---\n  offer:\n    do: [" + LINKS + "]\n    rules:\n%s" + LATE % "end: a"
)  # fmt: skip
FOUND = "      - {name: found, when: {review: found}, do: [%s, end: x]}\n"


@pytest.mark.parametrize(
    ("do", "paid"),
    [
        ("set_contact: {Бонус за отзыв: 1}", True),
        ("set_contact: {Loyalty gift: 500}", True),
        ("set_fields: {Скидка: 10}", True),
        ("confirm_bonus: {rule: review}", True),
        ('say: "Спасибо! Начислили Вам 300 баллов."', True),
        ('notify: {for: branch_manager, text: "Выдайте клиенту купон"}', True),
        ("create_task: {title: Подарить подарок, text: t, for: branch_head, due: 1 day}", True),
        ("move_deal: Начисление бонуса", True),
        ("set_contact: {Бонус за отзыв: 0}", False),
        ('say: "Спасибо за отзыв! Признательны за оценку 10 баллов."', False),
        ("move_deal: Сделка успешна", False),
    ],
)
def test_what_is_a_reward_for_a_review(do: str, paid: bool) -> None:
    assert against(OFFER % (FOUND % do)) == ([PAID] if paid else [])


@pytest.mark.parametrize(
    ("rule", "paid"),
    [
        ("{name: r, when: {review: found}, do: [%s, end: x]}", True),
        ("{name: r, when: {review: score_only}, do: [%s, end: x]}", True),
        ("{name: r, when: link_clicked, do: [%s, end: x]}", True),
        # somebody without a review gets it all the same
        ("{name: r, when: {review: not_found}, do: [%s, end: x]}", False),
        ("{name: r, when: {deal_moved_to: Won}, do: [%s, end: x]}", False),
    ],
)
def test_when_a_reward_hangs_on_a_review(rule: str, paid: bool) -> None:
    line = f"      - {rule}\n" % "set_contact: {Бонус: 1}"
    assert against(OFFER % line) == ([PAID] if paid else [])


def test_a_step_behind_the_click_rewards_only_those_who_clicked() -> None:
    clicked = "      - {name: clicked, when: link_clicked, do: [go_to: check]}\n"
    check = "  check:\n    rules:\n      - {name: hand, when: {deal_moved_to: Won}, do: [set_contact: {Бонус: 1}, end: x]}\n"
    rules = OFFER % clicked + check + LATE % "end: b"
    (found,) = findings(scenario(rules), [YANDEX])
    assert found.rule.name == PAID
    assert found.places == [("steps", "check", "rules", 0)]


def test_a_bonus_for_answering_is_nobodys_business() -> None:
    bonus = "set_contact: {Бонус за ответы: 1}"
    assert against(GOOD % f"{bonus}, {LINKS}, end: a" + BAD % f"{bonus}, {LINKS}, end: b") == []


def test_a_text_that_offers_a_reward_for_a_review() -> None:
    offer = 'say: "Оставьте отзыв, подарим скидку: {review_links}"'
    (found,) = findings(scenario(GOOD % f"{offer}, end: a" + BAD % f"{offer}, end: b"), [YANDEX])
    assert found.rule.name == PAID
    assert "Оставьте отзыв, подарим скидку" in told(found)


def test_ids_are_known_by_what_people_see() -> None:
    rules = OFFER % (FOUND % "set_contact: {UF_CRM_77: 1}")
    assert findings(scenario(rules), [YANDEX]) == []
    assert names_of(findings(scenario(rules), [YANDEX], {"UF_CRM_77": "Бонус"})) == [PAID]


@pytest.mark.parametrize(
    ("text", "reward"),
    [
        ("Дарим скидку 10 %", True),
        ("КЕШБЭК на карту", True),
        ("Сізге сыйлық бар", True),
        ("бонустық ұпай", True),
        ("A voucher for you", True),
        ("Баллы уже на карте", True),
        ("Мы признательны Вам за помощь", False),
        ("оценка от 1 до 10 баллов", False),
        ("{bonus_link}", False),
        ("Здравствуйте, {client_name|наш бонусный клиент}", True),
    ],
)
def test_words_of_a_reward(text: str, reward: bool) -> None:
    assert promises_reward(text) is reward


@pytest.mark.parametrize(
    ("text", "review"),
    [
        ("Напишите отзыв", True),
        ("Пікір қалдырыңыз", True),
        ("Ценим отзывчивость", False),
        ("{review_links}", False),
    ],
)
def test_words_of_a_review(text: str, review: bool) -> None:
    assert speaks_of_reviews(text) is review


# --- the shipped scenarios ------------------------------------------------------------------------


def test_the_customers_scenario_is_warned_of_and_the_other_one_is_not() -> None:
    shipped = load_scenarios(SCENARIOS, Names(complete=False))
    pages = [Pages(name) for name in ("2gis", "google", "yandex")]
    every = [f"{name}/{kind}" for kind in KINDS for name in ("2gis", "google", "yandex")]
    assert names_of(findings(shipped["tyre_centre"], pages)) == every
    assert findings(shipped["open_invitation"], pages) == []


def test_only_the_platforms_that_branches_have() -> None:
    pages = pages_of(
        [{"yandex": "https://y.example/1"}, {"yandex": "https://y.example/2", "flamp": "https://f/"}]
    )
    assert [(one.platform, len(one.addresses)) for one in pages] == [("flamp", 1), ("yandex", 2)]
    (flamp, _) = findings(scenario(GOOD % f"{LINKS}, end: a" + BAD % "end: b"), pages)
    assert (flamp.rule.name, flamp.rule.standing) == ("flamp/review-gating", UNVERIFIED)


# --- the book -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.name)
def test_every_rule_has_a_page_to_read_and_says_how_well_it_is_known(rule: object) -> None:
    one = rule_of(*str(getattr(rule, "name", "")).split("/"))
    assert one is rule
    assert one.sources
    for source in one.sources:
        assert source.url.startswith("https://")
        assert source.standing in (READ, REPORTED, UNVERIFIED)
        assert not source.date or date.fromisoformat(source.date)
    for language in ("ru", "kk", "en"):
        assert one.sources[0].url in rule_words(language, one)


def test_every_language_has_every_sentence_with_the_same_values() -> None:
    languages = {path.stem: catalogue(path.stem) for path in LOCALE.glob("*.json")}
    assert set(languages) == {"ru", "kk", "en"}
    for sentences in languages.values():
        assert sentences.keys() == languages["ru"].keys()
        for key, sentence in sentences.items():
            assert fields(sentence) == fields(languages["ru"][key]), key
    assert {rule.says for rule in RULES} <= languages["ru"].keys()


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


# --- in words -------------------------------------------------------------------------------------


def told(finding: Finding, language: str = "ru") -> str:
    def line_of(keys: Keys) -> int:
        return 7

    return Teller(language, line_of).what(finding)


def test_a_finding_is_told_in_plain_words() -> None:
    (found,) = findings(scenario(GOOD % f"{LINKS}, end: a" + BAD % "end: b"), [YANDEX])
    assert told(found) == (
        "ссылки на страницу отзывов получает не каждый, кто ответил на вопросы. "
        "Правило «good» (строка 7) даёт их, когда средняя оценка 8 или выше. "
        "Правило «bad» (строка 7) их не даёт, когда средняя оценка ниже 8."
    )
    assert "Rule 'bad' (line 7) gives none if the average is below 8." in told(found, "en")
    assert "«bad» ережесі (7-жол)" in told(found, "kk")


def test_words_of_a_scenario_are_never_read_as_a_template() -> None:
    do = 'say: "Бонус {client_name|x} {review_links}"'
    (found,) = findings(scenario(GOOD % f"{do}, end: a" + BAD % f"{do}, end: b"), [YANDEX])
    assert "{client_name|x}" in told(found)


# --- who decided ------------------------------------------------------------------------------------

TODAY = date(2026, 11, 22)


def by_owner(rule: str = GATED, **more: object) -> Acknowledged:
    values = {"rule": rule, "by": "Анна Белова", "reason": "так решил владелец", "date": "2026-11-01", **more}
    return Acknowledged.model_validate(values)


@pytest.mark.parametrize(
    ("one", "holds", "idles"),
    [
        (by_owner(), True, []),
        (by_owner(scenario="s"), True, []),
        (by_owner(scenario="other"), False, [(0, UNUSED)]),
        (by_owner("google/reward"), False, [(0, UNUSED)]),
        (by_owner(until="2026-11-22"), True, []),
        (by_owner(until="2026-11-21"), False, [(0, EXPIRED)]),
        (by_owner(date="2025-11-21"), False, [(0, EXPIRED)]),
    ],
)
def test_an_acknowledgement_holds_for_its_rule_and_its_time(
    one: Acknowledged, holds: bool, idles: list[tuple[int, str]]
) -> None:
    (found,) = findings(scenario(GOOD % f"{LINKS}, end: a" + BAD % "end: b"), [YANDEX])
    assert (acknowledgement_of(found, [one], TODAY) is one) is holds
    assert list(idle([one], [found], TODAY)) == idles


def test_without_an_end_it_holds_a_year() -> None:
    assert good_until(by_owner()) == date(2027, 11, 1)


def test_an_unknown_rule_is_told_with_the_one_that_was_meant() -> None:
    known = known_rules(["yandex", "flamp"])
    rows = [by_owner("gogle/reward"), by_owner("flamp/reward"), by_owner("nothing at all")]
    first, last = unknown_rules(rows, known)
    assert first == (0, "rule: unknown rule 'gogle/reward'; did you mean 'google/reward'?")
    assert last[0] == 2


def test_the_advice_is_yaml_that_can_be_pasted() -> None:
    for language in ("ru", "kk", "en"):
        advice = say(language, "advice", rule="google/reward", today="2026-11-22")
        assert "{rule: google/reward, by: " in advice
        assert advice.endswith("date: 2026-11-22}")
