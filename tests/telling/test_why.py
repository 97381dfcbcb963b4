"""'Why did the bot not write?': a short answer and the facts, for every way in which it may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.calendar import Holidays
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealDeleted,
    DealMoved,
    DealSeen,
    MessageRefused,
    StaffWrote,
)
from qc_engine.explain.story import find_cases
from qc_engine.ports import Arrival, Job, Refused, TryLater
from qc_engine.store import alarms, lanes, reports
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.reports import Pass, Report
from qc_engine.store.tables import EffectRow, InboxRow, LaneRow
from qc_engine.telling.why import Asked, as_text, why_not
from tests.flow.fakes import PHONE, Flow

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
NAMES = {MAIN: {"FINAL_INVOICE": "Закрыть заказ/наряд", "EXECUTING": "В работе", "C5:NEW": "Запись / Новая"}}
Doing = Callable[[Flow], None]


@pytest.fixture
def flow(sqlite_database: Database) -> Flow:
    return Flow(sqlite_database, FixedClock(NOON))


def asked(flow: Flow, what: str = "4312", language: str = "ru") -> dict[str, Any]:
    with flow.database.reading() as session:
        about = Asked(session, language, flow.clock.now(), flow.libraries, NAMES, "Asia/Almaty")
        return why_not(about, what, find_cases(session, what))


def everything(told: dict[str, Any]) -> str:
    return as_text(told)


def _waiting(flow: Flow) -> None:
    flow.close_order()


def _at_night(flow: Flow) -> None:
    flow.clock.advance(timedelta(hours=10))
    flow.close_order()
    flow.later(days=1)


def _on_a_holiday(flow: Flow) -> None:
    flow.libraries[MAIN].holidays = Holidays(frozenset({(0, 3, 4)}))
    flow.close_order()
    flow.later(days=1)


def _before_a_holiday(flow: Flow) -> None:
    flow.libraries[MAIN].holidays = Holidays(frozenset({(2026, 3, 4)}))
    flow.close_order()


def _operator(flow: Flow) -> None:
    flow.close_order()
    flow.clock.advance(timedelta(hours=23, minutes=30))
    flow.arrive(Arrival("staff", StaffWrote(PHONE, flow.clock.now(), 5)))
    flow.settle()
    flow.later(minutes=30)


def _unheard(flow: Flow) -> None:
    flow.close_order()
    flow.clock.advance(timedelta(days=1, hours=1))


def _asked_recently(flow: Flow) -> None:
    flow.close_order(4000)
    flow.later(days=1)
    flow.close_order()
    flow.later(days=1)


def _will_be_asked_too_soon(flow: Flow) -> None:
    flow.close_order(4000)
    flow.later(days=1)
    flow.close_order()


def _written(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)


def _did_not_arrive(flow: Flow) -> None:
    _written(flow)
    with flow.database.reading() as session:
        (number,) = session.exec(select(EffectRow.result).where(EffectRow.kind == "SendMessage")).all()
    refused = MessageRefused(PHONE, "no such account", flow.clock.now(), int(number or 0), "no_account")
    flow.arrive(Arrival("refused", refused), portal="")
    flow.settle()


def _opted_out(flow: Flow) -> None:
    _written(flow)
    flow.arrive(Arrival("stop", AnswerReceived(PHONE, "стоп", flow.clock.now(), 9000)))
    flow.settle()
    flow.close_order(4313)


def _moved_by_hand(flow: Flow) -> None:
    flow.close_order()
    flow.later(hours=1)
    flow.arrive(Arrival("moved", DealMoved(4312, "WON", flow.clock.now())))
    flow.settle()
    flow.later(days=1)


def _no_phone(flow: Flow) -> None:
    flow.close_order(phone="")
    flow.later(days=1)


def _vendor(answer: Exception, kind: type) -> Doing:
    def do(flow: Flow) -> None:
        def call(job: Job) -> Any:
            return answer if isinstance(job.effect, kind) else outbox_done()

        flow.world.answer = call
        flow.close_order()
        flow.later(days=1)

    return do


def outbox_done() -> Any:
    from qc_engine.ports import Done

    return Done()


def _paused(flow: Flow) -> None:
    flow.close_order()
    now = flow.clock.now()
    with flow.database.transaction() as session:
        session.add(LaneRow(key="bitrix24", level_at=now, paused_until=now + timedelta(hours=2)))
        session.add(LaneRow(key="bitrix24-astana", level_at=now, broken="another portal's trouble"))


def _broken(flow: Flow) -> None:
    flow.close_order()
    now = flow.clock.now()
    with flow.database.transaction() as session:
        lanes.mark_broken(session, "channel", "401 Unauthorized", now)
        told = {"portal": MAIN, "at": now.isoformat(), "kind": "failing", "reason": "503"}
        alarms.raise_alarm(session, "polls:main", "alarm.polls", told, now)


CASES: list[tuple[Doing, str, str, list[str]]] = [
    (
        _waiting, "4312",
        "Ещё не писали, начнём 04.03.2026 12:00: через 1 день после входа в стадию 03.03.2026 12:00",
        ["Состояние: ещё не начато, ждёт своего времени", "Проверка перед отправкой сейчас: писать можно"],
    ),
    (
        _at_night, "4312",
        "Ещё не писали, начнём 05.03.2026 09:00: у клиента тихие часы, ждём до 05.03.2026 09:00",
        ["Проверка перед отправкой сейчас: у клиента тихие часы, ждём до 05.03.2026 09:00"],
    ),
    (
        _on_a_holiday, "4312",
        "Ещё не писали, начнём 05.03.2026 09:00: праздник, ждём до 05.03.2026 09:00",
        ["Проверка перед отправкой сейчас: праздник, ждём до 05.03.2026 09:00"],
    ),
    (
        _before_a_holiday, "4312",
        "Ещё не писали, начнём 05.03.2026 09:00: праздник, ждём до 05.03.2026 09:00",
        ["Проверка перед отправкой сейчас: писать можно"],
    ),
    (
        _operator, "4312",
        "Ещё не писали, начнём 04.03.2026 13:30: с клиентом говорит сотрудник, ждём до 04.03.2026 13:30",
        [],
    ),
    (
        _unheard, "4312",
        "Время пришло 04.03.2026 12:00, но движок это ещё не разобрал: он не запущен или не успевает",
        [],
    ),
    (
        _asked_recently, "4312",
        "Не написали: клиента спрашивали 04.03.2026 12:00, чаще раза в 30 дней нельзя",
        ["Последний опрос 04.03.2026 12:00, следующий возможен с 03.04.2026 12:00"],
    ),
    (
        _will_be_asked_too_soon, "4312",
        "Не напишем: клиента спрашивали 04.03.2026 12:00, чаще раза в 30 дней нельзя",
        ["Последний опрос 04.03.2026 12:00, следующий возможен с 03.04.2026 12:00"],
    ),
    (
        _written, PHONE,
        "Писали 04.03.2026 12:00: «Здравствуйте, Айгуль! Вы были у нас: На Абая.",
        ["Снова посмотрим 05.03.2026 12:00", "сделано 04.03.2026 12:00"],
    ),
    (
        _did_not_arrive, "4312",
        "Сообщение «Здравствуйте, Айгуль!",
        ["номер 1002, не дошло, 04.03.2026 12:00: на этом номере нет WhatsApp"],
    ),
    (
        _opted_out, "4313",
        "Не напишем: клиент просил больше не писать",
        ["Клиент 04.03.2026 12:00 попросил больше не писать"],
    ),
    (
        _moved_by_hand, "4312",
        "Не написали: до вопроса сделку перенесли в «WON»",
        ["Опрос закончен: до вопроса сделку перенесли в «WON»"],
    ),
    (_no_phone, "4312", "Не написали: в карточке нет телефона", ["В карточке нет телефона"]),
    (
        _vendor(Refused("blocked", "blocked"), SendMessage), "4312",
        "Не написали: клиент или мессенджер запретил писать на этот номер (blocked)",
        ["Решает человек: qc resolve", "happened|again|drop"],
    ),
    (
        _vendor(TryLater("503"), MoveDeal), "4312",
        "Ещё не написали: ждёт, пока будет сделано: Перенос сделки 4312",
        ["Проверка перед отправкой сейчас: писать можно"],
    ),
    (
        _paused, "4312",
        "Ещё не писали, начнём 04.03.2026 12:00",
        ["приостановлена до 03.03.2026 14:00"],
    ),
    (
        _broken, "4312",
        "Ещё не писали, начнём 04.03.2026 12:00",
        ["Связь «канал сообщений» не работает: 401 Unauthorized", "Портал «основной» не отвечает с 03.03.2026 12:00: 503"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("doing", "what", "answer", "facts"), CASES)
def test_with_a_case(flow: Flow, doing: Doing, what: str, answer: str, facts: list[str]) -> None:
    doing(flow)
    told = asked(flow, what)
    assert told["answer"].startswith(answer), told["answer"]
    text = everything(told)
    assert [one for one in facts if one not in text] == [], text
    assert "another portal" not in text or "astana" not in flow.libraries


def test_the_gate_beside_the_case_is_the_gate_itself(flow: Flow) -> None:
    _at_night(flow)
    (case,) = asked(flow)["cases"]
    gate = case["gate"]
    assert (gate["verdict"], gate["code"]) == ("wait", "gate.quiet")
    assert gate["until"] == case["wake_at"] == "2026-03-05T04:00:00+00:00"


def test_nothing_is_told_of_another_portals_trouble(flow: Flow) -> None:
    flow.libraries["astana"] = replace(flow.libraries[MAIN], portal="astana")
    _paused(flow)
    assert "another portal's trouble" not in everything(asked(flow))


def test_a_message_that_should_have_left(flow: Flow) -> None:
    flow.world.answer = lambda _: TryLater("503")
    _written(flow)
    flow.clock.advance(timedelta(hours=3))
    assert "Должно было уйти" in everything(asked(flow))


def test_the_case_that_matters_comes_first(flow: Flow) -> None:
    _asked_recently(flow)
    told = asked(flow, PHONE)
    assert [one["deal_id"] for one in told["cases"]] == [4000, 4312]
    assert told["answer"] == told["cases"][0]["answer"]
    assert "сделка 4312: Не написали" in everything(told)


# --- no case ----------------------------------------------------------------------------------


def deal(stage: str, entered_at: datetime = NOON, phone: str = PHONE) -> DealSeen:
    return DealSeen(Deal(77, "Заказ", stage, entered_at, "abay", 77, "Айгуль", phone))


def _seen(*events: Any) -> Doing:
    def do(flow: Flow) -> None:
        flow.arrive(*(Arrival(f"event:{number}", one) for number, one in enumerate(events)))
        flow.settle()

    return do


def _not_heard_yet(flow: Flow) -> None:
    flow.arrive(Arrival("event", deal("FINAL_INVOICE")))


def _set_aside(flow: Flow) -> None:
    _not_heard_yet(flow)
    with flow.database.transaction() as session:
        row = session.get_one(InboxRow, 1)
        row.processed_at, row.result = NOON, "quarantined"


def _reconciled(flow: Flow) -> None:
    done = Pass(Report(MAIN, NOON), NOON)
    done.reported("reconcile.passed", deal_id=77, stage="EXECUTING", at=NOON)
    done.reported("reconcile.passed", deal_id=78, stage="WON", at=NOON)
    with flow.database.transaction() as session:
        reports.keep(session, done.report, NOON)


NO_CASES: list[tuple[Doing, str, str]] = [
    (_seen(), "77", "О сделке 77 CRM нам не сообщала: на начальной стадии мы её не видели"),
    (_seen(), "+7 701 555 00 99", "С этим телефоном дел нет: ни одна сделка с ним не была на начальной стадии"),
    (_seen(), "чепуха", "Это не похоже ни на телефон, ни на номер сделки, ни на номер дела"),
    (
        _seen(deal("EXECUTING")), "77",
        "Сделка 77 с 03.03.2026 12:00 стоит в «В работе», а опрос начинают сделки в «Закрыть заказ/наряд»",
    ),
    (
        _seen(deal("C5:NEW")), "#77",
        "Сделка 77 в другой воронке: с 03.03.2026 12:00 стоит в «Запись / Новая», а опрос начинают сделки",
    ),
    (
        _seen(deal("FINAL_INVOICE", NOON - timedelta(days=9))), "77",
        "Сделка 77 вошла в «Закрыть заказ/наряд» 22.02.2026 12:00, спросить надо было до 26.02.2026 12:00",
    ),
    (_not_heard_yet, "77", "Сделка 77 с 03.03.2026 12:00 стоит в «Закрыть заказ/наряд», а дело ещё не начато"),
    (_set_aside, "77", "Событие об этой сделке отложено из-за ошибки: qc replay 1"),
    (_seen(deal("EXECUTING"), DealDeleted(77)), "77", "Сделки 77 в CRM больше нет"),
    (_seen(DealMoved(77, "FINAL_INVOICE", NOON)), "77", "Через начальную стадию «Закрыть заказ/наряд» она"),
    (_reconciled, "77", "Сделку 77 провели через начальную стадию раньше, чем мы посмотрели"),
]  # fmt: skip


@pytest.mark.parametrize(("doing", "what", "answer"), NO_CASES)
def test_without_a_case(flow: Flow, doing: Doing, what: str, answer: str) -> None:
    doing(flow)
    told = asked(flow, what)
    assert told["cases"] == []
    assert told["answer"].startswith(answer), told["answer"]
    assert any("qc reconcile" in fact for fact in told["facts"])


def test_a_stranger_who_asked_to_stop(flow: Flow) -> None:
    flow.arrive(Arrival("stop", AnswerReceived("77015550099", "стоп", NOON, 1)))
    flow.settle()
    facts = asked(flow, "+7 701 555 00 99")["facts"]
    assert facts[:2] == ["Клиент 03.03.2026 12:00 попросил больше не писать", "Клиент писал 03.03.2026 12:00"]


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
@pytest.mark.parametrize("doing", [one[0] for one in CASES] + [one[0] for one in NO_CASES])
def test_in_every_language_nothing_is_left_bare(flow: Flow, doing: Doing, language: str) -> None:
    doing(flow)
    for what in ("4312", "77", PHONE):
        text = everything(asked(flow, what, language))
        assert "whynot." not in text
        assert "gate." not in text
        assert "{" not in text
        assert PHONE not in text
