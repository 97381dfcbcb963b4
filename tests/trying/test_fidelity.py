"""What the real flow did, the model does too: stories that a season does not have."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.channel import Channel
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    ChannelJoined,
    Deal,
    DealMoved,
    DealSeen,
    LinkClicked,
    MessageRefused,
    MessageStatus,
    ReviewChecked,
    StartAsked,
    TaskClosed,
)
from qc_engine.ports import Arrival, Done, Refused
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from tests.flow.fakes import PHONE, Flow
from tests.trying.trials import changed, roads, season_and_people, texts


def says(flow: Flow, text: str, minutes: int = 5, phone: str = PHONE) -> None:
    flow.later(minutes=minutes)
    event = AnswerReceived(phone, text, flow.clock.now(), 0)
    flow.arrive(Arrival(f"say:{flow.clock.now()}:{text}", event))
    flow.settle()


def tells(flow: Flow, event: object, source: str = "") -> None:
    flow.later(minutes=5)
    flow.arrive(Arrival(f"event:{flow.clock.now()}", event), source=source)  # type: ignore[arg-type]
    flow.settle()


def rows(flow: Flow) -> list[CaseRow]:
    with flow.database.reading() as session:
        return list(session.exec(select(CaseRow).order_by(CaseRow.deal_id)).all())


def clicks(flow: Flow) -> None:
    with flow.database.reading() as session:
        code = links.of_case(session, rows(flow)[0].id)[0].code
    tells(flow, LinkClicked(code, "yandex", flow.clock.now()))


def happy(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)
    says(flow, "9")
    says(flow, "10")


def refused_at_once(flow: Flow) -> None:
    nobody = Refused("no WhatsApp there", code="no_account")
    flow.world.answer = lambda job: nobody if isinstance(job.effect, SendMessage) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, SendMessage)
    flow.close_order()
    flow.later(days=1)


def refused_later(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)
    refusal = MessageRefused(PHONE, "131026", flow.clock.now(), 1002, "no_account")
    tells(flow, refusal)


def deal_elsewhere(flow: Flow) -> None:
    gone = Refused("deal is in LOSE", code="deal_elsewhere")
    flow.world.answer = lambda job: gone if isinstance(job.effect, MoveDeal) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, MoveDeal)
    flow.close_order()
    flow.later(days=1)


def two_deals(flow: Flow) -> None:
    flow.close_order(1)
    flow.close_order(2)
    flow.later(days=1)
    says(flow, "9")


def stopped_before(flow: Flow) -> None:
    flow.close_order()
    says(flow, "стоп")
    flow.later(days=2)


def words_before_the_question(flow: Flow) -> None:
    flow.close_order()
    says(flow, "9")  # to people, before anybody asked
    flow.later(days=1)
    says(flow, "3")
    flow.later(days=3)


def words_behind_the_question(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)
    says(flow, "9")
    says(flow, "спасибо")
    says(flow, "ой, 8")
    says(flow, "10")
    says(flow, "до свидания")


def seen_by_polling(flow: Flow) -> None:
    """Our own moves come back by the poll, in a variant that may not have made them yet."""
    flow.close_order()
    flow.later(days=1)
    deal = Deal(4312, "Заказ", "UC_QUALITY", flow.clock.now(), "abay", 77, "Айгуль", f"+{PHONE}")
    tells(flow, DealSeen(deal))
    tells(flow, DealMoved(4312, "UC_QUALITY", deal.entered_at))
    says(flow, "10")
    says(flow, "10")


def entered_again(flow: Flow) -> None:
    flow.close_order()
    flow.later(hours=20)
    tells(flow, DealMoved(4312, "C9:ELSE", flow.clock.now()))
    flow.later(hours=1)
    tells(flow, DealMoved(4312, "FINAL_INVOICE", flow.clock.now()))
    flow.later(days=1)


def begun_by_a_person(flow: Flow) -> None:
    """In whatever stage the deal stands, and however long."""
    now = flow.clock.now()
    asked = StartAsked(4312, now, scenario="tyre_centre", by="Мария")
    deal = Deal(4312, "Заказ", "EXECUTING", now - timedelta(days=100), "abay", 77, "Айгуль", f"+{PHONE}")
    tells(flow, DealSeen(deal, asked))
    flow.later(days=1)
    says(flow, "9")
    says(flow, "10")


def review_by_hand(flow: Flow) -> None:
    happy(flow)
    clicks(flow)
    tells(flow, DealMoved(4312, "WON", flow.clock.now()))


def review_not_yet(flow: Flow) -> None:
    happy(flow)
    clicks(flow)
    case = rows(flow)[0]
    tells(flow, ReviewChecked(case.id, "not_found", flow.clock.now()))
    flow.later(days=1)
    tells(flow, ReviewChecked(case.id, "in_moderation", flow.clock.now()))
    flow.later(days=3)
    tells(flow, ReviewChecked(case.id, "found", flow.clock.now()))


def review_by_task(flow: Flow) -> None:
    happy(flow)
    clicks(flow)
    case = rows(flow)[0]
    assert case.task_id
    tells(flow, TaskClosed(case.task_id, "отзыва нет", flow.clock.now()))
    flow.later(days=1)
    tells(flow, TaskClosed(case.task_id, "отзыв есть", flow.clock.now()))


def do_not_disturb(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)
    deal = Deal(4312, "Заказ", "UC_QUALITY", flow.clock.now(), "abay", 77, "Айгуль", f"+{PHONE}")
    tells(flow, DealSeen(Deal(**{**vars(deal), "do_not_disturb": True})))


def at_night(flow: Flow) -> None:
    flow.clock.advance(timedelta(hours=11))  # 23:00 there
    flow.close_order()
    flow.later(days=1)
    flow.later(hours=12)
    says(flow, "5")
    says(flow, "6")


STORIES: list[Callable[[Flow], None]] = [
    happy, refused_at_once, refused_later, deal_elsewhere, two_deals, stopped_before,
    words_before_the_question, words_behind_the_question, seen_by_polling, entered_again, review_by_hand,
    begun_by_a_person,
    review_not_yet, review_by_task, do_not_disturb, at_night,
]  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_model_ends_where_the_flow_did(
    story: Callable[[Flow], None], sqlite_database: Database, clock: FixedClock
) -> None:
    flow = Flow(sqlite_database, clock)
    story(flow)
    flow.later(days=1)
    season, people = season_and_people(flow)
    found = roads(season, people, changed())
    for row in rows(flow):
        old, new = found[row.id]
        assert (old.case.state, old.case.outcome, old.case.step) == (row.state, row.outcome, row.step)
        assert {name: str(score) for name, score in old.case.scores.items()} == row.body["scores"]
        assert list(old.case.words) == row.body["words"]
        assert texts(new) == texts(old)
        assert not old.missing
    sent = [text for old, _ in found.values() for text in texts(old)]
    assert sorted(sent) == sorted(flow.world.texts)


# --- several channels -------------------------------------------------------------------------

CHANNELS = {"": Channel("chat2desk", window=True), "telegram": Channel("telegram", by_phone=False)}


def test_a_client_who_came_to_telegram_is_written_to_there(
    sqlite_database: Database, clock: FixedClock
) -> None:
    flow = Flow(sqlite_database, clock, channels=CHANNELS)
    flow.close_order()
    case = rows(flow)[0]
    token = case.body["invitations"]["telegram"].rpartition("/")[2]
    tells(flow, ChannelJoined("chat7", token, flow.clock.now()), "telegram")
    flow.later(days=1)
    words = AnswerReceived("", "9", flow.clock.now() + timedelta(minutes=5), 0, address="chat7")
    flow.clock.advance(timedelta(minutes=5))
    flow.arrive(Arrival("tg:1", words), source="telegram")
    flow.settle()
    season, people = season_and_people(flow)
    old, _ = roads(season, people, changed())[case.id]
    assert {name: str(score) for name, score in old.case.scores.items()} == {"quality": "9"}
    assert len(texts(old)) == 3
    assert sorted(texts(old)) == sorted([*flow.world.texts, *flow.further["telegram"].texts])


def test_what_a_channel_told_of_arrival_is_kept(sqlite_database: Database, clock: FixedClock) -> None:
    flow = Flow(sqlite_database, clock)
    flow.close_order()
    flow.later(days=1)
    at = flow.clock.now() + timedelta(minutes=5)
    tells(flow, MessageStatus(PHONE, "delivered", at, 1002))
    (person,) = season_and_people(flow)[1]
    (fate,) = person.cases[0].fates
    assert (fate.purpose, fate.question) == ("question", "quality")
    assert fate.arrived_after == timedelta(minutes=5)
