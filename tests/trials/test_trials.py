"""Tests inside scenarios: what a story may tell, and what is said when it does not hold."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from qc_engine.core.channel import Channel
from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.texts import PLACE
from qc_engine.explain.phrases import catalogue, languages, say
from qc_engine.scenario_files.load import load_scenarios
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.trials.files import load_trials
from qc_engine.trials.patterns import fits, nearest
from qc_engine.trials.run import run_trials
from qc_engine.trials.trial import TrialResult

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names(
    stages={"Закрыт": "FINAL", "Опрос": "UC_ASK", "Успех": "WON", "Жалоба": "C7:NEW"},
    fields={"Оценка": "UF_S", "Слова": "UF_W"},
    contact_fields={"Не писать": "UF_STOP"},
    users={"Анна Белова": 15},
    channels={"chat2desk": "", "telegram": "telegram", "sms": "sms"},
    without_answers=("sms",),
    by_invitation=("telegram",),
)
CHANNELS = {
    "": Channel("chat2desk", window=True),
    "telegram": Channel("telegram", by_phone=False),
    "sms": Channel("sms", answers=False),
}
SCENARIO = """\
scenario: small
title: Маленький
start: {deal_in_stage: Закрыт, wait: 1 day, not_later_than: 3 days}
contact: {quiet_hours: 21:00-09:00, at_most_once_in: 30 days, pause_after_operator: 2 hours, after_complaint: 7 days}
questions:
  mark: {text: "{client_name|Клиент}, как Вам {branch}?", scale: 1-10, save_to: Оценка}
anytime:
  - {name: стоп, when: asked_to_stop, do: [set_contact: {Не писать: 1}, say: Не будем., end: opted_out]}
  - {name: не дошло, when: message_failed, do: [end: lost]}
steps:
  ask:
    do:
      - move_deal: Опрос
      - survey: {ask: mark, hint: Одно число., remind_after: 1 day, reminder: Ещё раз?, by_link: "{survey_link}"}
    rules:
      - {name: хорошо, when: {average_at_least: 8}, do: [say: "Спасибо! {review_links}", go_to: links]}
      - name: плохо
        when: {average_below: 8}
        do:
          - say: Простите.
          - create_deal: {title: "Жалоба, {branch}", stage: Жалоба, for: branch_head, comment: "{score_mark}"}
          - create_task: {title: Разобраться, text: "Оценка {score_mark}", for: Анна Белова, due: 1 day}
          - notify: {for: branch_head, text: "Плохо: {score_mark}"}
          - end: bad
      - {name: молчит, when: {silent_for: 2 days}, do: [end: silent]}
  links:
    rules:
      - {name: открыл, when: link_clicked, do: [create_task: {title: Отзыв?, text: Да, for: branch_manager, due: 1 day, about: review}, go_to: check]}
      - {name: не открыл, when: {in_step_for: 5 days}, do: [move_deal: Успех, end: good]}
  check:
    rules:
      - {name: есть, when: {review: found}, do: [move_deal: Успех, end: found]}
      - {name: нет, when: {review: not_found}, do: [end: none]}
      - {name: без ответа, when: task_closed_unanswered, do: [notify: {for: branch_manager, text: И что?}]}
      - {name: руками, when: {deal_moved_to: Успех}, do: [review_is: found]}
      - {name: долго, when: {in_step_for: 9 days}, do: [end: none]}
tests:
"""


def results(
    tmp_path: Path, story: str, given: str = "", change: Mapping[str, str] | None = None
) -> TrialResult:
    """One test of the small scenario; `story` is a line for each item, without the dash."""
    lines = "".join(f"      - {line}\n" for line in story.strip().splitlines())
    text = SCENARIO
    for old, new in (change or {}).items():
        assert old in text
        text = text.replace(old, new)
    begin = f"    given: {given}\n" if given else ""
    (tmp_path / "small.yaml").write_text(f"{text}  - name: проба\n{begin}    story:\n{lines}", "utf-8")
    scenario = load_scenarios(tmp_path, NAMES)["small"]
    scenario = replace(scenario, contact=replace(scenario.contact, known=CHANNELS))
    (result,) = run_trials(scenario, load_trials(tmp_path, NAMES)["small"])
    return result


def instead(result: TrialResult, language: str = "ru") -> str:
    assert result.failure is not None
    return "; ".join(say(one.key, one.values, language, "Asia/Almaty") for one in result.failure.instead)


# --- what holds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "story"),
    [
        ("{client_name: Айгуль, branch: На Абая}", "asked: mark\nexpect: {said: 'айгуль, как вам на абая?', deal: Опрос, step: ask}"),
        ("", "client: '9'\nexpect: {said: 'Спасибо!*2ГИС: https://*', field: {Оценка: 9}, step: links}\nclick: 2gis\nexpect: {task: branch_manager, step: check}\nmanager: found\nexpect: {no_message: true, end: found, deal: Успех}"),
        ("", "client: '3'\nexpect: {said: Простите., new_deal: {for: branch_head, stage: Жалоба, text: '*3'}, task: {for: Анна Белова, text: Оценка 3}, notified: {for: branch_head, text: '*: 3'}, end: bad}"),
        ("", "client_sends: sticker\nexpect: {said: Одно число.}\nform: {mark: 10, words: '9 из 10'}\nexpect: {step: links, field: {Оценка: 10}}"),
        ("", "after: 1 day\nexpect: {said: Ещё раз?}\nafter: 1 day\nexpect: {no_message: true, end: silent}"),
        ("", "client: стоп\nexpect: {said: Не будем., contact: {Не писать: 1}, end: opted_out}\nafter: 300 days\nexpect: nothing"),
        ("", "client: '9'\nclick: yandex\ntask_closed:\nexpect: {notified: {for: branch_manager, text: И что?}}\nmanager: not_found\nexpect: {end: none}"),
        ("", "client: '9'\nclick: yandex\ntask_closed: отзыв есть\nexpect: {end: found}"),
        ("", "client: '9'\nclick: yandex\nmoved: Успех\nexpect: {end: found}"),
        ("", "moved: Где-то ещё\nexpect: {end: stopped_by_hand, deal: Где-то ещё}"),
        ("", "message_fails: no_account\nexpect: {end: lost}"),
        ("", "operator: Минуту\nclient: '9'\nexpect: {no_message: true, step: ask}"),
        ("{starts_at: '20:59'}", "asked: mark\nclient: '9'\nexpect: {said: '*yandex*'}"),  # awake: an answer at once
        ("{starts_at: '21:00'}", "expect: no_message\nafter: 12 hours\nasked: mark"),
        ("{phone: none}", "expect: {no_message: true, end: no_phone}"),
        ("{stopped: true}", "expect: {nothing: true, end: opted_out}"),
        ("{asked_before: 29 days}", "expect: {end: asked_recently}"),
        ("{asked_before: 30 days}", "asked: mark"),
        ("{complained: 6 days}", "expect: {end: complaint_open}"),
        ("{complained: 7 days}", "asked: mark"),
        ("{before_survey: true}", "expect: {nothing: true, deal: Закрыт}\nmoved: В работе\nafter: 2 days\nexpect: {end: stopped_by_hand}"),
        ("{before_survey: true}", "after: 23 hours\nexpect: nothing\nafter: 1 hour\nasked: mark"),
    ],
)  # fmt: skip
def test_stories_that_hold(tmp_path: Path, given: str, story: str) -> None:
    result = results(tmp_path, story, given)
    assert result.failure is None, instead(result)
    assert result.passed


@pytest.mark.parametrize(
    ("channels", "given", "story"),
    [
        (
            "[telegram, chat2desk]",
            "{channels: telegram}",
            "asked: mark\nmessage_fails: no_account\nasked: mark",
        ),
        (
            "[chat2desk, telegram]",
            "",
            "opens_chat: telegram\nasked: mark\nclient: '9'\nexpect: {step: links}",
        ),
        ("sms", "", "expect: {said: 'https://*/s/*'}\nform: {mark: 4}\nexpect: {end: bad}"),
    ],
)
def test_stories_in_other_channels(tmp_path: Path, channels: str, given: str, story: str) -> None:
    change = {"after_complaint: 7 days": f"after_complaint: 7 days, channels: {channels}"}
    result = results(tmp_path, story, given, change)
    assert result.failure is None, instead(result)


def test_at_night_a_reply_waits_for_the_morning(tmp_path: Path) -> None:
    """A message that the gate holds is not said yet; time brings it, once."""
    story = "asked: mark\nafter: 10 hours\nmanager: found\nform: {mark: 9}\nexpect: {step: links}"
    assert results(tmp_path, story, "{starts_at: '20:00'}").passed
    silent = "after: 9 hours\noperator: Ждите\nafter: 3 hours\nexpect: {no_message: true, step: ask}"
    assert results(tmp_path, silent).passed


# --- what does not hold -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "story", "line", "column", "said"),
    [
        ("", "asked: mark\nexpect: {said: '*отзыв*'}", 2, 18, "сказано: «Клиент, как Вам Филиал?»"),
        ("", "client: '9'\nexpect: {step: links, said: '*Google*', end: good}", 2, 49, "опрос на шаге links"),
        ("", "client: '9'\nasked: mark\nexpect: {step: links}", 2, 9, "вопросов не задано"),
        ("", "after: 1 day\nexpect: no_message", 2, 17, "клиенту сказано: «Ещё раз?»"),
        ("", "client: '4'\nexpect: {step: ask}", 2, 18, "опрос закончен: bad"),
        ("", "client: '4'\nexpect: {webhook: visit.*}", 2, 18, "другим системам ничего не сообщено"),
        ("", "expect: {deal: Успех}", 1, 18, "сделка на стадии «Опрос»"),
        ("", "client: '9'\nexpect: {field: {Оценка: 8}}", 2, 18, "в поле «Оценка» записано «9»"),
        ("", "expect: {contact: {Не писать: 1}}", 1, 18, "в поле «Не писать» ничего не записано"),
        ("", "client: '4'\nexpect: {task: branch_head}", 2, 18, "поставлена задача для Анна Белова: «Разобраться»"),
        ("", "client: '4'\nexpect: {notified: {for: branch_head, text: Хорошо}}", 2, 18, "уведомление для branch_head: «Плохо: 4»"),
        ("", "client: '4'\nexpect: {new_deal: {for: branch_head, stage: Успех}}", 2, 18, "создана сделка для branch_head на стадии «Жалоба»: «Жалоба, Филиал»"),
        ("", "client: '9'\nexpect: {task: branch_head}", 2, 18, "задач не поставлено"),
        ("", "client: '9'\nexpect: {notified: branch_head}", 2, 18, "уведомлений не было"),
        ("", "client: '9'\nexpect: {new_deal: branch_head}", 2, 18, "новых сделок не создано"),
        ("", "client: '9'\nexpect: nothing", 2, 17, "в сделку записано Оценка: 9"),
        ("{starts_at: '22:00'}", "asked: mark", 1, 9, "вопросов не задано; опрос ждёт до 05.03.2026 09:00"),
        ("{asked_before: 1 day}", "asked: mark", 1, 9, "вопросов не задано; опрос закончен: asked_recently; клиента спрашивали 03.03.2026 12:00, чаще раза в 30 дней нельзя"),
        ("{before_survey: true}", "expect: {step: ask}", 1, 18, "опрос ещё не начат"),
        # what cannot happen
        ("", "click: yandex\nexpect: {step: check}", 1, 9, "этой ссылки клиент не получал: https://qc.example/r/yandex"),
        ("", "task_closed: готово\nexpect: {step: ask}", 1, 9, "нет открытой задачи"),
        ("{phone: none}", "message_fails: blocked\nexpect: {end: no_phone}", 1, 9, "клиенту ещё ничего не отправлено"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_story_that_does_not_hold(
    tmp_path: Path, given: str, story: str, line: int, column: int, said: str
) -> None:
    result = results(tmp_path, story, given)
    failure = result.failure
    assert failure is not None
    assert instead(result) == said
    before = SCENARIO.count("\n") + 2 + bool(given)
    assert (failure.line.line - before, failure.line.column) == (line, column)
    assert result.trial.file == str(tmp_path / "small.yaml")


def test_a_client_cannot_answer_where_nobody_reads(tmp_path: Path) -> None:
    change = {"after_complaint: 7 days": "after_complaint: 7 days, channels: sms"}
    result = results(tmp_path, "client: '9'\nexpect: {step: links}", change=change)
    assert instead(result) == "в канале sms клиент ответить не может; напишите form"


def test_the_story_so_far_is_told_in_its_order(tmp_path: Path) -> None:
    result = results(tmp_path, "client: '4'\nafter: 3 days\nexpect: {end: good}")
    told = [f"{one.at:%d %H:%M} {say(one.what.key, one.what.values, 'ru')}" for one in result.story]
    assert told == [
        "04 12:00 Перешли к шагу «ask»",
        "04 12:00 сделка передвинута на стадию «Опрос»",
        "04 12:00 задан вопрос mark: «Клиент, как Вам Филиал?»",
        "04 12:01 client: 4",
        "04 12:01 Сработало правило «плохо»",
        "04 12:01 опрос закончен: bad",
        "04 12:01 в сделку записано Оценка: 4",
        "04 12:01 клиенту сказано: «Простите.»",
        "04 12:01 создана сделка для branch_head на стадии «Жалоба»: «Жалоба, Филиал»",
        "04 12:01 поставлена задача для Анна Белова: «Разобраться»",
        "04 12:01 уведомление для branch_head: «Плохо: 4»",
        "04 12:01 after: 3 days",
    ]
    assert result.failure is not None
    assert result.failure.line.words == "end: good"


def test_a_story_that_goes_on_and_on_is_stopped(tmp_path: Path) -> None:
    change = {
        "{in_step_for: 5 days}, do: [move_deal: Успех, end: good]": "{in_step_for: 1 min}, do: [go_to: links]"
    }
    result = results(tmp_path, "client: '9'\nafter: 300 days\nexpect: {step: links}", change=change)
    assert instead(result) == "история не кончается: слишком много событий"


# --- patterns and words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("Спасибо!", "спасибо!", True),
        ("Спасибо", "Спасибо!", False),
        ("*отзыв*", "Оставьте\nОТЗЫВ, пожалуйста", True),
        ("Ещё*раз", "еще  один\n раз", True),
        ("Ещё*раз", "ещё раз!", False),
        ("a*a", "a", False),
        ("*", "", True),
        ("a*b*c", "a-c-b", False),
        ("*a*" * 200, "b" * 4000, False),
    ],
)
def test_patterns(pattern: str, text: str, holds: bool) -> None:
    assert fits(pattern, text) is holds


def test_the_nearest_text_is_shown() -> None:
    assert nearest("*яндекс*", ["Как у нас?", "Вот Яндекс Карты", "До свидания"]) == "Вот Яндекс Карты"


@pytest.mark.parametrize("language", languages())
def test_every_word_of_a_trial_is_written(language: str) -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "qc_engine" / "trials").glob("*.py"))
    said = {key for key in catalogue("ru") if key.startswith("trial.")}
    written = {key for key in catalogue(language) if key.startswith("trial.")}
    assert written == said
    for key in said - {"trial.failed", "trial.impossible"}:
        stem = (
            key.rsplit(".", 1)[0]
            if key.startswith("trial.did.") or "no_Create" in key or "no_Notify" in key
            else key
        )
        assert f'"{stem}' in code or f'"{key}' in code, key
    places = {key: {one[1] for one in PLACE.finditer(catalogue(language)[key])} for key in said}
    assert places == {key: {one[1] for one in PLACE.finditer(catalogue("ru")[key])} for key in said}


# --- the shipped scenarios --------------------------------------------------------------------


def shipped() -> list[tuple[Scenario, list[TrialResult]]]:
    names = Names(complete=False)
    scenarios, trials = load_scenarios(ROOT / "scenarios", names), load_trials(ROOT / "scenarios", names)
    return [(one, run_trials(one, trials[name])) for name, one in scenarios.items()]


def test_the_shipped_scenarios_pass_their_tests() -> None:
    for scenario, played in shipped():
        assert [one.trial.name for one in played if not one.passed] == []
        assert len(played) >= 5, scenario.name


def test_the_tests_of_the_customers_scenario_see_a_change(tmp_path: Path) -> None:
    """A threshold moved, a step forgotten, a text lost: some test notices each of them."""
    for name in ("tyre_centre.yaml", "tyre_centre.tests.yaml"):
        (tmp_path / name).write_text((ROOT / "scenarios" / name).read_text("utf-8"), "utf-8")
    text = (tmp_path / "tyre_centre.yaml").read_text("utf-8")
    changes = [
        ("average_at_least: 8", "average_at_least: 7", "average_below: 8", "average_below: 7"),
        ("silent_for: 2 days, score_below: 8", "silent_for: 2 days, score_below: 2"),
        ("set_contact: {Не писать: 1}, ", ""),
        ("remind_after: 1 day", "remind_after: 30 hours"),
        ("quiet_hours: 21:00-09:00", "quiet_hours: none"),
        ("at_most_once_in: 30 days", "at_most_once_in: 20 days"),
        ("look_again: [1 day, 3 days, 7 days]", "look_again: [1 day, 3 days]"),
        ("when: {task_overdue_for: 1 day}", "when: {task_overdue_for: 2 days}"),
        ("save_to: Оценка обслуживания", "save_to: Средняя оценка 2"),
        ("pause_after_operator: 2 hours", "pause_after_operator: 0 s"),
    ]
    for change in changes:
        changed = text
        for old, new in zip(change[::2], change[1::2], strict=True):
            assert old in changed
            changed = changed.replace(old, new)
        (tmp_path / "tyre_centre.yaml").write_text(changed, "utf-8")
        names = Names(complete=False)
        scenario = load_scenarios(tmp_path, names)["tyre_centre"]
        played = run_trials(scenario, load_trials(tmp_path, names)["tyre_centre"])
        assert [one for one in played if not one.passed], change
