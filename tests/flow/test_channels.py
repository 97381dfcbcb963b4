"""More than one way to the client: who takes over, what counts, and what is never asked twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Case, State
from qc_engine.core.channel import FORM, MAIN, Channel
from qc_engine.core.effects import NotifyStaff, SendMessage, SetFields
from qc_engine.core.events import (
    AnswerReceived,
    ChannelJoined,
    ChannelLeft,
    Event,
    FormAnswered,
    MessageRefused,
    MessageStatus,
)
from qc_engine.explain.resolving import resolve
from qc_engine.explain.story import story
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Arrival, Broken, CannotTell, Done, Outcome, OutcomeUnknown, Refused, TryLater
from qc_engine.store import cases, codec, outbox
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, InvitationRow
from tests.flow.fakes import NAMES, PHONE, ROOT, Flow, Site, World

CHANNELS = {
    MAIN: Channel("chat2desk", window=True),
    "telegram": Channel("telegram", by_phone=False, receipts=False),
    "sms": Channel("sms", answers=False),
    FORM: Channel(FORM),
}
WORDS = replace(
    NAMES,
    channels={one.name: key for key, one in CHANNELS.items() if key != FORM},
    without_answers=("sms",),
    by_invitation=("telegram",),
)
CHAT = "555001"  # the client's chat with our bot
QUALITY, SERVICE = "качество работы", "вежливость"


@pytest.fixture
def flow(database: Database, clock: FixedClock, tmp_path: Path) -> Flow:
    text = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8")
    contact = "contact:\n  channels: [chat2desk, telegram, sms]\n  next_channel_after: 6 hours\n"
    ask = "          ask: [quality, service]\n"
    text = text.replace("contact:\n", contact, 1)
    text = text.replace(ask, f"{ask}          by_link: 'Оцените визит: {{survey_link}}'\n", 1)
    (tmp_path / "tyre_centre.yaml").write_text(text, "utf-8")
    return Flow(database, clock, {"main": Site(tmp_path, WORDS)}, CHANNELS)


def news(flow: Flow, source: str, event: Event) -> None:
    flow.arrive(Arrival(f"{source}:{len(rows(flow, InboxRow))}", event), source=source)
    flow.settle()


def rows(flow: Flow, table: type) -> list:
    with flow.database.reading() as session:
        return list(session.exec(select(table)))


def the_case(flow: Flow) -> Case:
    (row,) = rows(flow, CaseRow)
    with flow.database.reading() as session:
        case = cases.get(session, row.id)
    assert case is not None
    return case


def opens_telegram(flow: Flow, address: str = CHAT) -> None:
    (invitation,) = rows(flow, InvitationRow)
    news(flow, "telegram", ChannelJoined(address, invitation.token, flow.clock.now()))


def asked_in(flow: Flow) -> dict[str, list[str]]:
    """What really left, by channel."""
    worlds: dict[str, World] = {"whatsapp": flow.world, **flow.further}
    return {name: world.texts for name, world in worlds.items() if world.texts}


def says(flow: Flow, text: str, source: str = "telegram", number: int = 7000) -> None:
    now = flow.clock.now()
    event = (
        AnswerReceived("", text, now, number, address=CHAT)
        if source == "telegram"
        else AnswerReceived(PHONE, text, now, number)
    )
    news(flow, source, event)


def whatsapp(flow: Flow, answer: Callable[[SendMessage], Outcome], happens: bool = False) -> None:
    """From now on Chat2Desk answers so to every message."""
    flow.world.answer = lambda job: answer(job.effect) if isinstance(job.effect, SendMessage) else Done()
    flow.world.carried_out = lambda job: happens or not isinstance(job.effect, SendMessage)


def refuses(code: str) -> Callable[[SendMessage], Outcome]:
    return lambda _: Refused("no", code=code)


def bound(flow: Flow, deal_id: int = 4312) -> None:
    """The order is closed, and the client opens our bot before the day has passed."""
    flow.close_order(deal_id)
    opens_telegram(flow)


# --- taking over ------------------------------------------------------------------------------


def test_telegram_takes_over_where_there_is_no_whatsapp(flow: Flow) -> None:
    bound(flow)
    whatsapp(flow, refuses("no_account"))
    flow.later(days=1, minutes=1)
    assert asked_in(flow).keys() == {"telegram"}
    assert QUALITY in flow.further["telegram"].texts[-1]
    assert flow.further["telegram"].done(SendMessage)[-1].address == CHAT
    says(flow, "9")
    assert SERVICE in flow.further["telegram"].texts[-1]
    says(flow, "10", number=7001)
    assert "https://qc.example/r/" in flow.further["telegram"].texts[-1]
    assert flow.world.done(SetFields)[-1].fields == {"UF_S2": "10", "UF_AVG": "9.5"}
    assert the_case(flow).step == "review_offered"


def test_a_refusal_after_acceptance_counts_too(flow: Flow) -> None:
    bound(flow)
    flow.later(days=1, minutes=1)
    asked = next(one for one in rows(flow, EffectRow) if one.payload.get("question"))
    number = int(asked.result)
    news(
        flow, "chat2desk", MessageRefused(PHONE, "нет WhatsApp", flow.clock.now(), number, code="no_account")
    )
    assert QUALITY in flow.further["telegram"].texts[-1]


@pytest.mark.parametrize("code", ["blocked", "opted_out"])
def test_who_does_not_want_us_is_not_followed(flow: Flow, code: str) -> None:
    bound(flow)
    whatsapp(flow, refuses(code))
    flow.later(days=1, minutes=1)
    assert QUALITY not in " ".join(flow.further["telegram"].texts)
    assert not flow.further["sms"].texts


def test_without_the_chat_the_page_by_sms(flow: Flow) -> None:
    flow.close_order()
    whatsapp(flow, refuses("no_account"))
    flow.later(days=1, minutes=1)
    case = the_case(flow)
    assert flow.further["sms"].texts == [f"Оцените визит: {case.survey_url}"]
    news(
        flow, "web", FormAnswered(case.id, {"quality": "9", "service": "9", "": "Спасибо!"}, flow.clock.now())
    )
    assert flow.world.done(SetFields)[-1].fields == {"UF_S1": "9", "UF_S2": "9", "UF_AVG": "9"}
    (reply,) = flow.further[FORM].texts
    assert "https://qc.example/r/" in reply
    assert len(flow.further["sms"].texts) == 1  # what is read on the page costs no second message
    assert the_case(flow).words == ("Спасибо!",)


def test_when_every_way_is_closed_a_person_learns_it(flow: Flow) -> None:
    flow.close_order()
    whatsapp(flow, refuses("no_account"))
    flow.further["sms"].answer = lambda _: Refused("no money", code="refused")
    flow.further["sms"].carried_out = lambda _: False
    flow.later(days=1, minutes=1)
    case = the_case(flow)
    assert (case.state, case.outcome) == (State.ENDED, "undelivered")
    assert len(flow.world.done(NotifyStaff)) == 1
    assert case.client.surveyed_at is None  # nobody was asked: the next visit may ask


# --- by the clock -----------------------------------------------------------------------------


def test_not_delivered_in_time(flow: Flow) -> None:
    bound(flow)
    flow.later(days=1, minutes=1)
    assert len(asked_in(flow)["whatsapp"]) == 1
    flow.later(hours=5, minutes=50)
    assert QUALITY not in flow.further["telegram"].texts[-1]
    flow.later(minutes=20)
    assert QUALITY in flow.further["telegram"].texts[-1]


def test_delivered_in_time(flow: Flow) -> None:
    bound(flow)
    flow.later(days=1, minutes=1)
    number = int(next(one for one in rows(flow, EffectRow) if one.payload.get("question")).result)
    news(flow, "chat2desk", MessageStatus(PHONE, "delivered", flow.clock.now(), number))
    flow.later(hours=7)
    assert QUALITY not in flow.further["telegram"].texts[-1]


def test_an_answer_counts_whatever_way_it_takes(flow: Flow) -> None:
    """The question went to Telegram too, and then WhatsApp wakes up: one question, one answer."""
    bound(flow)
    flow.later(days=1, minutes=1)
    flow.later(hours=6, minutes=10)
    says(flow, "9", source="chat2desk", number=4)  # every channel numbers by itself
    assert the_case(flow).scores == {"quality": 9}
    assert SERVICE in flow.world.texts[-1]  # and we go on where the client speaks
    says(flow, "10", source="telegram", number=3)
    assert the_case(flow).step == "review_offered"


@pytest.mark.parametrize("outage", [TryLater("503"), Broken("401")])
def test_whatsapp_is_dead_and_telegram_takes_over(flow: Flow, outage: Exception) -> None:
    """What could not leave is called back before it is asked elsewhere; when WhatsApp is back, it stays so."""
    bound(flow)
    whatsapp(flow, lambda _: outage)
    flow.later(days=1, minutes=1)
    for _ in range(40):
        flow.later(minutes=10)
    assert QUALITY in flow.further["telegram"].texts[-1]
    whatsapp(flow, lambda _: Done(), happens=True)
    for _ in range(40):
        flow.later(minutes=10)
    assert flow.world.texts == []
    says(flow, "9")
    assert SERVICE in flow.further["telegram"].texts[-1]


def test_nobody_is_asked_twice_on_a_guess(flow: Flow) -> None:
    """Whether it left is not known: a person decides, the other channel does not."""
    bound(flow)
    whatsapp(flow, lambda _: OutcomeUnknown("timeout"))
    flow.world.find = lambda _: CannotTell("the vendor shows nothing")
    flow.later(days=1, minutes=1)
    for _ in range(50):
        flow.later(minutes=10)
    assert QUALITY not in flow.further["telegram"].texts[-1]
    assert [one.state for one in rows(flow, EffectRow) if one.payload.get("question")] == [outbox.REVIEW]


def test_the_night_is_no_reason_for_another_channel(flow: Flow) -> None:
    flow.clock.advance(timedelta(hours=9))  # 21:00 in Almaty
    bound(flow)
    flow.later(days=1, minutes=1)
    for _ in range(11):
        flow.later(hours=1)
    assert QUALITY not in flow.further["telegram"].texts[-1]
    flow.later(hours=2)
    assert QUALITY in flow.world.texts[-1]


# --- opening the chat -------------------------------------------------------------------------


def test_an_open_question_is_repeated_where_the_client_comes(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1, minutes=1)
    opens_telegram(flow)
    assert QUALITY in flow.further["telegram"].texts[-1]
    says(flow, "9")
    assert SERVICE in flow.further["telegram"].texts[-1]


def test_the_first_to_open_a_link_owns_it(flow: Flow) -> None:
    flow.close_order()
    opens_telegram(flow)
    opens_telegram(flow, "666")
    assert len(flow.further["telegram"].texts) == 1
    event = AnswerReceived("", "5", flow.clock.now(), 1, address="666")
    news(flow, "telegram", event)
    assert rows(flow, InboxRow)[-1].reason == "nobody knows whose chat this is"


def test_a_stopped_chat_is_no_way_any_more(flow: Flow) -> None:
    bound(flow)
    news(flow, "telegram", ChannelLeft(CHAT, flow.clock.now()))
    whatsapp(flow, refuses("no_account"))
    flow.later(days=1, minutes=1)
    assert len(flow.further["sms"].texts) == 1
    news(flow, "telegram", ChannelJoined(CHAT, "", flow.clock.now()))
    assert QUALITY in flow.further["telegram"].texts[-1]


def test_stop_in_one_channel_holds_in_all(flow: Flow) -> None:
    bound(flow)
    says(flow, "стоп")
    assert the_case(flow).outcome == "opted_out"
    assert "больше не будем" in flow.further["telegram"].texts[-1]
    flow.later(days=40)
    flow.close_order(4313)
    flow.later(days=1, minutes=1)
    assert flow.world.texts == []


def test_the_window_of_one_channel_is_not_that_of_another(flow: Flow) -> None:
    """Words in Telegram open no window in WhatsApp: the approved template is needed there."""
    bound(flow)
    says(flow, "когда готово?")
    flow.later(days=1, minutes=1)
    question = next(one for one in flow.world.done(SendMessage) if one.question)
    assert question.template is not None


def test_a_family_shares_one_messenger(flow: Flow) -> None:
    """Two phones, one chat: the words belong to whom we asked there last."""
    bound(flow)
    flow.close_order(4313, "77019990000")
    token = next(one.token for one in rows(flow, InvitationRow) if one.phone == "77019990000")
    news(flow, "telegram", ChannelJoined(CHAT, token, flow.clock.now()))
    whatsapp(flow, refuses("no_account"))
    flow.later(days=1, minutes=1)
    says(flow, "9")
    says(flow, "10", number=7001)
    steps = sorted(codec.load_case(row.body).step for row in rows(flow, CaseRow))
    assert steps == ["ask", "review_offered"]


def test_explain_names_the_channel(flow: Flow) -> None:
    bound(flow)
    whatsapp(flow, refuses("no_account"))
    flow.later(days=1, minutes=1)
    with flow.database.reading() as session:
        told = str(story(session, the_case(flow).id, "ru", {}))
    assert "Дальше пишем через другой канал: Telegram" in told
    assert "(Telegram)" in told
    assert CHAT not in told


def test_the_story_says_where_it_was_written_instead(flow: Flow) -> None:
    """A refusal is no call for help once the question stands in another chat."""
    bound(flow)
    flow.later(days=1, minutes=1)
    number = int(next(one for one in rows(flow, EffectRow) if one.payload.get("question")).result)
    news(
        flow, "chat2desk", MessageRefused(PHONE, "нет WhatsApp", flow.clock.now(), number, code="no_account")
    )
    with flow.database.reading() as session:
        summary = story(session, the_case(flow).id, "ru", {})["summary"]
    (lost,) = [line for line in summary if "не дошло" in line]
    assert lost.endswith("Написали через Telegram")


def test_words_in_one_channel_hold_back_what_leaves_by_another(flow: Flow) -> None:
    """'Stop' came in Telegram and nobody has read it yet: nothing leaves through WhatsApp meanwhile."""
    bound(flow)
    flow.clock.advance(timedelta(days=1, minutes=1))
    wake_due(flow.database, flow.clock)
    flow.handler.handle_some()
    flow.deliverer("crm").deliver_some()
    stop = AnswerReceived("", "стоп", flow.clock.now(), 7000, address=CHAT)
    flow.arrive(Arrival("stop", stop), source="telegram")
    flow.deliverer("channel").deliver_some()
    assert flow.world.texts == []
    flow.later(minutes=1)
    assert flow.world.texts == []
    assert "больше не будем" in flow.further["telegram"].texts[-1]


def question_row(flow: Flow) -> EffectRow:
    return next(one for one in rows(flow, EffectRow) if one.payload.get("question"))


def test_what_a_person_drops_is_sent_by_no_other_way(flow: Flow) -> None:
    """'Do not do it' means no channel at all."""
    bound(flow)
    whatsapp(flow, lambda _: OutcomeUnknown("timeout"))
    flow.world.find = lambda _: CannotTell("the vendor shows nothing")
    flow.later(days=1, minutes=1)
    flow.later(minutes=10)
    with flow.database.transaction() as session:
        resolve(session, question_row(flow).id or 0, "drop", flow.clock.now())
    flow.settle()
    assert QUALITY not in " ".join(flow.further["telegram"].texts)
    assert the_case(flow).outcome == "undelivered"


@pytest.mark.parametrize("answered", [False, True])
def test_late_news_of_a_question_that_went_another_way_changes_nothing(flow: Flow, answered: bool) -> None:
    """Telegram has it already when WhatsApp says that it could not deliver: the survey goes on."""
    bound(flow)
    flow.later(days=1, minutes=1)
    number = int(question_row(flow).result)
    flow.later(hours=6, minutes=10)
    assert QUALITY in flow.further["telegram"].texts[-1]
    if answered:
        says(flow, "9")
    news(flow, "chat2desk", MessageRefused(PHONE, "gone", flow.clock.now(), number, code="no_account"))
    case = the_case(flow)
    assert (case.state, case.channel) == (State.ACTIVE, "telegram")
    assert len(flow.further["telegram"].texts) == (3 if answered else 2)
    assert flow.world.done(NotifyStaff) == []


def test_half_an_answered_page_is_not_asked_again_in_whatsapp(flow: Flow) -> None:
    """What is left stands on the page; a reminder by SMS will say so."""
    flow.close_order()
    whatsapp(flow, refuses("no_account"))
    flow.later(days=1, minutes=1)
    case = the_case(flow)
    news(flow, "web", FormAnswered(case.id, {"quality": "9"}, flow.clock.now()))
    whatsapp(flow, lambda _: Done(), happens=True)
    flow.later(hours=7)
    assert flow.world.texts == []
    flow.later(days=1)
    assert flow.further["sms"].texts == [f"Оцените визит: {case.survey_url}"] * 2


def test_whoever_opens_the_chat_after_the_survey_is_greeted(flow: Flow) -> None:
    flow.close_order()
    for _ in range(5):
        flow.later(days=1, minutes=1)
    assert the_case(flow).state is State.ENDED
    opens_telegram(flow)
    assert flow.further["telegram"].texts == [
        "Здравствуйте! Теперь мы можем писать Вам и сюда. Если не нужно, ответьте «стоп»."
    ]
