"""What waits for a person, and what the person's answer does."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from qc_engine.core.effects import Lane
from qc_engine.core.events import EffectDone, EffectFailed
from qc_engine.explain.attention import as_text, attention, resolve
from qc_engine.explain.hiding import beginning, hidden
from qc_engine.explain.phrases import known, languages
from qc_engine.explain.resolving import CHOICES, NotWaiting
from qc_engine.ports import Arrival
from qc_engine.store import alarms, codec, inbox, lanes, outbox, reports
from qc_engine.store.cases import MAIN
from qc_engine.store.reports import Pass, Report
from qc_engine.store.tables import EffectRow, InboxRow

QC = Path(__file__).resolve().parents[2] / "qc_engine"
SAID = re.compile(r'"((?:reconciled?|status|alarm|attention)\.\w+)"')
PHONE = "77015551234"
STAGES = {"UC_QUALITY": "Оценка качества"}
NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
Born = Callable[..., Any]

UNCERTAIN = """\
04.03.2026 12:00  Неизвестно, сделано ли: Вопрос клиенту: «Качество от 1 до 10?»  \
[K7Q2W9XR, На Абая, Айгуль 7701•••1234]
  · что известно: исполнитель остановился посреди дела
  · первая попытка 04.03.2026 12:00, всего попыток: 1
  · искали и не нашли, раз: 2
  · сообщение годится до 07.03.2026 12:00, позже повтор не уйдёт
  · Если ничего не делать: время молчания клиента не пойдёт, дело будет стоять, пока клиент не ответит \
или не истечёт время шага
  → qc resolve 2 happened        это сделано, считать выполненным
  → qc resolve 2 again           точно не сделано, сделать ещё раз
  → qc resolve 2 drop            не делать
"""


def uncertain(life: Any, number: int = 1, state: str = outbox.REVIEW) -> EffectRow:
    """The first question: claimed, then nobody knew."""
    life.begin()
    if number:
        life.arrives(0)
    row: EffectRow = life.attempt(number)
    row.looks = 2
    outbox.settle(row, state, life.now, error="the worker that had it is gone")
    life.session.flush()
    return row


def from_outbox(session: Session) -> list[tuple[str, Any]]:
    rows = session.exec(select(InboxRow).where(InboxRow.source == "outbox").order_by(col(InboxRow.id))).all()
    return [(row.key, codec.load_event(row.kind, row.event)) for row in rows]


# --- what is shown ----------------------------------------------------------------------------


def test_nothing_waits(session: Session) -> None:
    found = attention(session, "ru")
    assert found["count"] == 0
    assert as_text(found) == "Всё в порядке, решений человека не нужно\n"


def test_an_uncertain_message(session: Session, born: Born) -> None:
    row = uncertain(born())
    assert row.id == 2
    found = attention(session, "ru", stage_names=STAGES)
    assert as_text(found) == UNCERTAIN
    assert found["uncertain"][0]["since_at"] == "2026-03-04T07:00:00+00:00"
    assert PHONE not in json.dumps(found)


def test_what_waits_for_an_uncertain_effect_is_named(session: Session, born: Born) -> None:
    uncertain(born(), number=0)
    (one,) = attention(session, "ru", stage_names=STAGES)["uncertain"]
    assert one["what"] == "Перенос сделки 4312 в «Оценка качества»"
    assert one["to"] == "4312"
    assert one["known"][-1] == "этого ждёт: Вопрос клиенту: «Качество от 1 до 10?»"


def test_a_refused_effect(session: Session, born: Born) -> None:
    row = uncertain(born(), state=outbox.FAILED)
    row.error = "deal_gone: deal 4312 is not in the portal any more"
    (one,) = attention(session, "ru")["failed"]
    assert one["known"][0] == "что известно: сделки больше нет в CRM"
    assert one["if_nothing"].startswith("Если ничего не делать: само не повторится")


def test_events_set_aside(session: Session) -> None:
    raw = f'phone=%2B{PHONE}&text=привет&token="abc"' + "x" * 300
    inbox.add_unreadable(session, "chat2desk", raw, "not JSON", NOW)
    event = EffectDone("A:1:0", "5", NOW)
    inbox.add(session, "clock", Arrival("k", event), NOW)
    broken = session.exec(select(InboxRow).where(InboxRow.key == "k")).one()
    inbox.finish(broken, "quarantined", f"Traceback:\n  File x\nKeyError: '{PHONE}'\n", NOW)
    found = attention(session, "ru", zone="Asia/Almaty")
    unreadable, ours = found["quarantined"]
    assert unreadable["received"] == "04.03.2026 13:00"
    assert len(unreadable["raw"]) == 200
    assert unreadable["raw"].startswith('phone=%2B7701•••1234&text=привет&token="•••')
    assert ours["reason"] == "KeyError: '7701•••1234'"
    assert ours["commands"][0]["command"] == f"qc replay {broken.id}"
    assert "qc replay" in as_text(found)


def test_a_broken_lane(session: Session) -> None:
    lanes.mark_broken(session, "crm", "crm.item.update: INVALID_CREDENTIALS", NOW)
    lanes.mark_broken(session, "channel", "x", NOW)
    lanes.mark_whole(session, "channel")
    session.flush()
    found = attention(session, "ru")
    assert found["count"] == 1
    assert as_text(found).startswith("Связь «CRM» не работает: crm.item.update: INVALID_CREDENTIALS\n")


@pytest.mark.parametrize("language", ["kk", "en"])
def test_other_languages(session: Session, born: Born, language: str) -> None:
    uncertain(born())
    text = as_text(attention(session, language))
    assert "qc resolve 2 again" in text
    assert "Неизвестно" not in text
    assert "known." not in text


# --- what a person says -----------------------------------------------------------------------


def test_happened_starts_the_clock_of_the_question_when_it_left(session: Session, born: Born) -> None:
    row = uncertain(born())
    left = row.first_tried_at
    assert left
    resolve(session, row.id or 0, "happened", NOW, result="555")
    assert (row.state, row.result, row.done_at) == ("done", "555", NOW)
    assert from_outbox(session) == [(f"effect:{row.key}:1", EffectDone(row.key, "555", left))]


def test_happened_tells_the_case_nothing_about_a_move(session: Session, born: Born) -> None:
    row = uncertain(born(), number=0)
    resolve(session, row.id or 0, "happened", NOW)
    assert row.state == "done"
    assert from_outbox(session) == []


def test_again_is_planned_as_if_never_tried(session: Session, born: Born) -> None:
    row = uncertain(born())
    resolve(session, row.id or 0, "again", NOW)
    assert (row.state, row.run_at, row.first_tried_at, row.looks) == ("planned", NOW, None, 0)
    assert (row.done_at, row.error) == (None, "")
    assert [one.key for one in outbox.ready(session, Lane.CHANNEL, NOW, 10)] == [row.key]


def test_drop_cancels_what_waited_and_tells_the_case(session: Session, born: Born) -> None:
    life = born()
    row = uncertain(life, number=0)
    resolve(session, row.id or 0, "drop", NOW)
    session.expire_all()
    assert [life.effect(number).state for number in (0, 1)] == ["cancelled", "cancelled"]
    failed = EffectFailed(row.key, "MoveDeal", "dropped", "by a person", NOW)
    assert from_outbox(session) == [(f"effect:{row.key}:failed:1", failed)]


def test_of_a_refusal_the_case_knew_already(session: Session, born: Born) -> None:
    row = uncertain(born(), state=outbox.FAILED)
    resolve(session, row.id or 0, "drop", NOW)
    assert row.state == "cancelled"
    assert from_outbox(session) == []
    assert attention(session, "ru")["count"] == 0


@pytest.mark.parametrize("first", CHOICES)
@pytest.mark.parametrize("second", CHOICES)
def test_the_second_person_sees_what_the_first_did(
    session: Session, born: Born, first: str, second: str
) -> None:
    row = uncertain(born())
    resolve(session, row.id or 0, first, NOW)
    before, told = row.model_dump(), from_outbox(session)
    with pytest.raises(NotWaiting, match=f"effect 2 is {row.state}"):
        resolve(session, row.id or 0, second, NOW + timedelta(hours=1))
    assert (row.model_dump(), from_outbox(session)) == (before, told)


@pytest.mark.parametrize(("effect", "how"), [(2, "perhaps"), (99, "again"), (2, "")])
def test_a_wrong_answer_changes_nothing(session: Session, born: Born, effect: int, how: str) -> None:
    row = uncertain(born())
    with pytest.raises(ValueError, match=r"no answer|no effect"):
        resolve(session, effect, how, NOW)
    assert row.state == "review"


# --- what is hidden ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("звонил +7 (701) 555-12-34.", "звонил +7701•••1234."),
        ('{"phone": "77015551234"}', '{"phone": "7701•••1234"}'),
        ("at 2026-03-04 10:15, deal 4312", "at 2026-03-04 10:15, deal 4312"),
        ("id 123456789", "id 123456789"),
        ("auth[application_token]=abc&x=1", "auth[application_token]=•••&x=1"),
        ('"api_key": "s3cret", "a": 1', '"api_key": "•••", "a": 1'),
    ],
)
def test_numbers_and_keys_are_hidden(text: str, shown: str) -> None:
    assert hidden(text) == shown


def test_a_number_at_the_cut_is_hidden_whole() -> None:
    assert "77015" not in beginning("x" * 194 + PHONE, 200)


# --- alarms -----------------------------------------------------------------------------------

SILENT = {"portal": "main", "count": 6, "span": timedelta(days=1), "kind": "broken", "lane": "crm:astana"}
SILENCE = """\
04.03.2026 13:00  Тревога: Заказы закрываются, а вопросы не уходят (портал «основной»). За последнее время (1 день) \
ждут своего вопроса: 6. Связь «CRM «astana»» не работает: HTTP 401
  · Если ничего не делать: клиентов не спросят, а через несколько дней спрашивать будет поздно. \
Что исправить, скажет qc doctor. Тревога снимется с первым вопросом
  → qc doctor                    проверить связь и узнать, что исправить
  → qc status                    посмотреть очереди и прогноз
"""


def test_an_alarm_stands_above_everything(session: Session, born: Born) -> None:
    uncertain(born())
    alarms.raise_alarm(session, "silence:main", "alarm.silence", SILENT | {"reason": "HTTP 401"}, NOW)
    found = attention(session, "ru", zone="Asia/Almaty")
    assert found["count"] == 2
    assert as_text(found).startswith(SILENCE)
    assert found["alarms"][0]["since_at"] == NOW.isoformat()


def test_a_reconciliation_names_what_it_found(session: Session) -> None:
    under_way = Pass(Report("main", NOW), NOW)
    under_way.reported("reconcile.passed", deal_id=7, stage="UC_QUALITY", at=NOW)
    for deal_id in range(12):
        under_way.reported("reconcile.unseen", needs_person=True, deal_id=deal_id)
    reports.keep(session, under_way.report, NOW)
    told = {"portal": "main", "count": 12, "at": NOW.isoformat()}
    alarms.raise_alarm(session, "reconcile:main", "alarm.reconcile", told, NOW)
    (one,) = attention(session, "ru", stage_names=STAGES)["alarms"]
    assert len(one["known"]) == 11
    assert one["known"][0].startswith("Портал не показывает сделку 0:")
    assert one["known"][-1] == "и ещё: 2"
    assert "qc reconcile" in as_text(attention(session, "ru"))


def test_a_broken_lane_is_told_once_and_since_when(session: Session) -> None:
    lanes.mark_broken(session, "crm", "INVALID_CREDENTIALS", NOW)
    alarms.raise_alarm(session, "broken:crm", "alarm.broken", {"lane": "crm"}, NOW)
    session.flush()
    found = attention(session, "ru")
    assert (found["count"], found["alarms"]) == (1, [])
    assert as_text(found).startswith("04.03.2026 08:00  Связь «CRM» не работает: INVALID_CREDENTIALS\n")


def test_an_alarm_of_a_kind_that_nobody_described(session: Session) -> None:
    alarms.raise_alarm(session, "weather:main", "alarm.weather", {"wind": "storm"}, NOW)
    text = as_text(attention(session, "ru"))
    assert text.splitlines() == [
        "04.03.2026 08:00  Тревога: alarm.weather: wind=storm",
        "  → qc doctor                    проверить связь и узнать, что исправить",
    ]


@pytest.mark.parametrize("language", languages())
def test_whatever_the_watch_says_is_written(language: str) -> None:
    kinds = ("broken", "paused", "polls", "unheard", "refused")
    said = {f"alarm.silence.{kind}" for kind in kinds} | {"alarm.polls.failing"}
    said |= {f"portal.{MAIN}", *(f"kind.{kind}" for kind in codec.EFFECTS)}
    for path in (QC / "flow", QC / "explain"):
        for module in path.rglob("*.py"):
            said |= set(SAID.findall(module.read_text(encoding="utf-8")))
    assert "reconcile.stuck" in said
    assert "status.forecast_broken" in said
    assert sorted(key for key in said if not known(key, language)) == []
