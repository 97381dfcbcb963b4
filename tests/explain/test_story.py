"""Stories of whole cases, as a branch head reads them."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from qc_engine.core.case import Client
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealDeleted,
    DealMoved,
    DealSeen,
    EffectDone,
    EffectFailed,
    LinkClicked,
    MessageRefused,
    ReviewChecked,
    StaffWrote,
    TaskClosed,
)
from qc_engine.explain.phrases import say
from qc_engine.explain.printing import as_text
from qc_engine.explain.story import NoSuchCase, find_cases, story
from qc_engine.store import links, outbox

PHONE = "77015551234"
STAGES = {"UC_QUALITY": "Оценка качества", "C7:NEW": "Недовольные клиенты", "WON": "Успешно"}
LATER = datetime.fromisoformat("2026-03-04T12:01:00+05:00")
Born = Callable[..., Any]

UNHAPPY = """\
04.03.2026 12:02  Клиент ответил: «5, долго ждал»                         [ask]
  · Прочитано как оценка 5
  · Оценка 5 записана: «service»
  · Слова клиента сохранены в сделке
  ✗ просил не писать: клиент не просил прекратить                         post_visit.yaml:8
  ✗ клиент доволен: средняя 5,5 меньше 8                                  post_visit.yaml:12
  ✓ клиент недоволен: средняя 5,5 меньше 8                                post_visit.yaml:16
  · Сработало правило «клиент недоволен»
  → В сделку 4312 записано: UF_S2 = 5, UF_AVG = 5,5                       сделано 04.03.2026 12:02
  → В сделку 4312 добавлен комментарий: «Айгуль: 5, долго ждал»           сделано 04.03.2026 12:02
  → Клиенту написали: «Мы признательны Вам.»                              сделано 04.03.2026 12:02, номер 105
  → Сделка 4312 перенесена в «Успешно»                                    сделано 04.03.2026 12:02
  → Создана сделка «Недовольный клиент: Айгуль» в «Недовольные клиенты», \
ответственный 101 (руководитель филиала)  сделано 04.03.2026 12:02, номер 9001
  → Задача «Разобраться с оценкой 5,5» сотруднику 101 (руководитель филиала), срок 05.03.2026 12:02  ещё не ушло
"""


def told(session: Session, life: Any, language: str = "ru", **more: Any) -> dict[str, Any]:
    return story(session, life.id, language, STAGES, scenario=life.scenario, **more)


def unhappy(born: Born) -> Any:
    life = born()
    life.begin()
    life.arrives(0)
    life.arrives(1, "101")
    life.on(AnswerReceived(PHONE, "6", life.now, 102))
    life.arrives(2)
    life.arrives(3, "103")
    life.on(AnswerReceived(PHONE, "5, долго ждал", life.now, 104))
    for number, result in enumerate(("", "", "105", "", "9001"), start=4):
        life.arrives(number, result)
    return life


def test_an_unhappy_client(session: Session, born: Born) -> None:
    text = as_text(told(session, unhappy(born), scenario_file="post_visit.yaml"))
    assert text.startswith(
        "Дело K7Q2W9XR, сделка 4312 «Замена шин»\n"
        "Клиент: Айгуль, 7701•••1234\n"
        "Филиал: На Абая\n"
        "Сценарий: Опрос после визита, версия 01234567\n"
        "Состояние: завершено\n"
        "Итог: недовольный клиент\n"
        "Почему: сработало правило «клиент недоволен»\n"
        "Оценки: quality 6, service 5\n"
        "Средняя: 5,5\n"
        "\n"
        "03.03.2026 12:00  Дело открыто по сделке 4312\n"
        "\n"
        "04.03.2026 12:00  Подошло назначенное время\n"
    )
    assert "  → Сделка 4312 перенесена в «Оценка качества»   " in text
    assert text.endswith(f"\n{UNHAPPY}")
    assert PHONE not in text


def test_the_story_is_ready_for_json(session: Session, born: Born) -> None:
    found = told(session, unhappy(born))
    assert json.loads(json.dumps(found)) == found
    assert PHONE not in json.dumps(found)
    last = found["entries"][-1]
    assert last["happened_at"] == "2026-03-04T07:02:00+00:00"
    assert last["checked"][1]["text"] == "Условие не выполнено: средняя 5,5 меньше 8"
    created = last["effects"][4]
    assert (created["state"], created["vendor_id"], created["attempts"]) == ("done", "9001", 1)
    assert created["done_at"] == "2026-03-04T07:02:00+00:00"
    assert found["case"]["scores"] == {"quality": "6", "service": "5"}
    assert found["case"]["average"] == "5.5"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"client": Client(PHONE, surveyed_at=None)},
            "Ещё не написали: ждёт, пока будет сделано: Перенос сделки 4312 в «Оценка качества»",
        ),
        ({"client": Client("")}, "Не написали: в карточке нет телефона"),
        ({"deal_stage": "WON"}, "Не написали: до вопроса сделку перенесли в «Успешно»"),
    ],
)
def test_why_nothing_was_written(session: Session, born: Born, changes: dict[str, Any], line: str) -> None:
    life = born(**changes)
    life.begin()
    assert told(session, life)["summary"] == [line]


def test_a_client_asked_too_recently(session: Session, born: Born) -> None:
    life = born()
    asked = life.now - timedelta(days=3)
    other = born(id="BBBBBBBB", deal_id=5, client=Client(PHONE, surveyed_at=asked))
    other.begin()
    lines = as_text(told(session, other)).splitlines()
    assert lines[1] == "Не написали: клиента спрашивали 01.03.2026 12:00, чаще раза в 30 дней нельзя"
    assert "Итог: клиента недавно уже спрашивали" in lines
    without_scenario = story(session, other.id, "ru", {})["summary"]
    assert without_scenario == [
        "Не написали: клиента спрашивали 01.03.2026 12:00, чаще раза в 30 дней нельзя"
    ]


def test_a_case_before_its_day_and_in_quiet_hours(session: Session, born: Born) -> None:
    life = born()
    assert told(session, life)["summary"] == ["Ещё не написали: начнём 04.03.2026 12:00"]
    late = born(id="BBBBBBBB", deal_id=5)
    late.now += timedelta(hours=11)
    late.begin()
    assert told(session, late)["summary"] == [
        "Ещё не написали: у клиента тихие часы, ждём до 05.03.2026 09:00"
    ]
    assert "Снова посмотрим 05.03.2026 09:00" in as_text(told(session, late))


def test_an_uncertain_message(session: Session, born: Born) -> None:
    life = born()
    life.begin()
    life.arrives(0)
    row = life.attempt(1)
    outbox.settle(row, outbox.REVIEW, life.now, error="POST /v1/messages: ReadTimeout")
    text = as_text(told(session, life))
    assert text.splitlines()[1] == "Неизвестно, дошло ли до клиента: «Качество от 1 до 10?»"
    assert (
        "неизвестно, сделано ли; с 04.03.2026 12:00 ждёт решения человека: "
        "ответа на запрос не было (POST /v1/messages: ReadTimeout)" in text
    )


def test_a_refused_question_is_told_with_the_vendors_words_but_no_number(
    session: Session, born: Born
) -> None:
    life = born()
    life.begin()
    life.arrives(0)
    row = life.attempt(1)
    outbox.settle(row, outbox.FAILED, life.now, error=f"blocked: POST /v1/messages: {PHONE} is blocked")
    life.on(EffectFailed(row.key, row.kind, "blocked", f"{PHONE} is blocked", life.now))
    found = told(session, life)
    assert found["summary"] == [
        "Не написали: клиент или мессенджер запретил писать на этот номер "
        "(POST /v1/messages: 7701•••1234 is blocked)"
    ]
    last = found["entries"][-1]
    assert last["text"].startswith("Сообщение клиенту не доставлено: клиент или мессенджер")
    assert last["notes"][0]["text"].startswith("Сообщение клиенту не ушло: клиент или мессенджер")
    assert PHONE not in json.dumps(last["notes"][0]["text"] + last["text"])


def test_a_message_that_the_gate_holds_back(session: Session, born: Born) -> None:
    life = born()
    life.begin()
    life.arrives(0)
    outbox.postpone(life.effect(1), life.now + timedelta(hours=1), "gate.operator")
    assert told(session, life)["summary"] == [
        "Ещё не написали: ещё не ушло, повторим 04.03.2026 13:00: "
        "с клиентом говорит сотрудник, ждём до 04.03.2026 13:00"
    ]


@pytest.mark.parametrize(
    ("event", "text", "note"),
    [
        (DealMoved(4312, "WON", LATER), "Сделка 4312 перешла в «Успешно»", "Сделку вручную перенесли"),
        (DealDeleted(4312), "Сделку 4312 удалили из CRM", ""),
        (StaffWrote(PHONE, LATER, 7), "Сотрудник написал клиенту", "Сотрудник пишет клиенту сам"),
        (
            AnswerReceived(PHONE, "", LATER, 999, "voice"),
            "Клиент прислал голосовое сообщение",
            "Оценки в этих",
        ),
        (AnswerReceived(PHONE, "стоп", LATER, 999), "Клиент ответил: «стоп»", "Прочитано как просьба"),
        (
            MessageRefused(PHONE, "blocked by user", LATER),
            "Мессенджер отказался доставить",
            "Мессенджер не принял",
        ),
        (ReviewChecked("K7Q2W9XR", "found", LATER), "Менеджер ответил: отзыв есть", "Отзыв найден"),
        (TaskClosed(5, "", LATER), "Задача 5 закрыта", ""),
        (EffectDone("K7Q2W9XR:1:1", "101", LATER), "Сообщение ушло клиенту", "Вопрос ушёл"),
    ],
)
def test_events_in_words(session: Session, born: Born, event: Any, text: str, note: str) -> None:
    life = born()
    life.begin()
    life.arrives(0)
    life.on(event)
    last = told(session, life)["entries"][-1]
    assert last["text"].startswith(text)
    assert [one["text"][: len(note)] for one in last["notes"]][:1] == ([note] if note else [])


def test_clicks_of_people_and_machines(session: Session, born: Born) -> None:
    life = born()
    links.add(session, "codecode", life.id, "yandex", "https://y.example/1", life.now)
    life.begin()
    life.arrives(0)
    life.arrives(1, "101")
    life.on(AnswerReceived(PHONE, "9 и 10", life.now, 102))
    machine, person, again = (life.now + timedelta(seconds=seconds) for seconds in (1, 60, 90))
    links.add_clicks(
        session,
        [
            links.Click("codecode", machine, "machine", "agent: WhatsApp"),
            links.Click("codecode", person, "person", "ordinary browser"),
            links.Click("codecode", again, "person", "ordinary browser"),
        ],
    )
    life.on(LinkClicked("codecode", "yandex", person))
    entries = told(session, life)["entries"]
    clicks = [(one["kind"], one["text"]) for one in entries if "ссылку" in one["text"].casefold()]
    assert clicks == [
        ("click", "Ссылку открыла машина, за переход не считаем: Яндекс Карты"),
        ("decision", "Клиент открыл ссылку на отзыв: Яндекс Карты"),
        ("click", "Ссылку открыл человек: Яндекс Карты"),
    ]


@pytest.mark.parametrize("language", ["kk", "en"])
def test_other_languages_leave_no_key_and_no_russian_sentence(
    session: Session, born: Born, language: str
) -> None:
    text = as_text(told(session, unhappy(born), language))
    assert "Клиент ответил" not in text
    assert not [word for word in ("why.", "note.", "event.", "effect.", "done.", "head.") if word in text]
    assert {"kk": "орташа баға 5,5, 8 шегінен кем", "en": "the average 5.5 is below 8"}[language] in text


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("K7Q2W9XR", ["K7Q2W9XR"]),
        (" k7q2w9xr ", ["K7Q2W9XR"]),
        ("4312", ["K7Q2W9XR"]),
        ("№4312", ["K7Q2W9XR"]),
        (PHONE, ["K7Q2W9XR", "BBBBBBBB"]),
        ("8 (701) 555-12-34", ["K7Q2W9XR", "BBBBBBBB"]),
        ("00 7015551234", ["K7Q2W9XR", "BBBBBBBB"]),
        ("5551234", []),
        ("9" * 40, []),
        ("²", []),
        ("", []),
        ("K7Q2W9X%", []),
    ],
)
def test_cases_are_found_by_what_people_say(
    session: Session, born: Born, what: str, found: list[str]
) -> None:
    born()
    born(id="BBBBBBBB", deal_id=5)
    born(id="CCCCCCCC", deal_id=6, client=Client("77770001122"))
    assert find_cases(session, what) == found


@pytest.mark.parametrize("what", ["4312", "№ 4312"])
def test_a_deals_number_means_the_deals_of_all_portals(session: Session, born: Born, what: str) -> None:
    born()
    born(id="BBBBBBBB", portal="almaty")
    assert find_cases(session, what) == ["K7Q2W9XR", "BBBBBBBB"]


def test_a_story_of_a_further_portal_says_which(session: Session, born: Born) -> None:
    life = born(portal="almaty")
    life.begin()
    found = told(session, life)
    assert (found["case"]["portal"], found["case"]["deal_id"]) == ("almaty", 4312)
    text = as_text(found)
    assert text.startswith("Дело K7Q2W9XR, сделка 4312 (almaty) «Замена шин»\n")
    assert "  Дело открыто по сделке 4312 (almaty)\n" in text


def test_a_card_that_says_do_not_write_is_the_answer_to_why_nothing_was_written(
    session: Session, born: Born
) -> None:
    life = born()
    seen = Deal(4312, "Замена шин", "FINAL_INVOICE", life.case.entered_at, do_not_disturb=True)
    life.on(DealSeen(seen), timedelta())
    found = told(session, life)
    why = say("end.do_not_disturb", {}, "ru")
    assert found["summary"] == [f"Не написали: {why}"]
    assert "беспокоить" in why
    assert found["case"]["outcome_text"] == say("outcome.do_not_disturb", {}, "ru")


def test_a_story_of_the_only_portal_does_not_speak_of_portals(session: Session, born: Born) -> None:
    life = born()
    life.begin()
    found = told(session, life)
    assert found["case"]["portal"] == "main"
    assert "main" not in as_text(found)


def test_an_unknown_case_is_said_to_be_unknown(session: Session) -> None:
    with pytest.raises(NoSuchCase):
        story(session, "NOBODY", "ru", {})


def test_the_brief_story_leaves_out_what_did_not_hold(session: Session, born: Born) -> None:
    found = told(session, unhappy(born))
    full, brief = as_text(found), as_text(found, brief=True)
    assert "✗" in full
    assert "✗" not in brief
    assert set(brief.splitlines()) < set(full.splitlines())
