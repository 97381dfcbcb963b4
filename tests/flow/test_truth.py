"""How far a message came is known from the channel alone, in whatever order it tells, and only a failure counts."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Case
from qc_engine.core.effects import NotifyStaff, SendMessage
from qc_engine.core.events import AnswerReceived, Event, MessageRefused, MessageStatus, StaffWrote
from qc_engine.explain.story import story
from qc_engine.ports import Arrival, Done, Job, OutcomeUnknown, TryLater
from qc_engine.store import cases, inbox
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, DeliveryRow, EffectRow, InboxRow
from tests.flow.fakes import PHONE, Flow

MINUTE = timedelta(minutes=1)
OPERATORS_ID = 777


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    """One client who has just been asked."""
    flow = Flow(database, clock)
    flow.close_order()
    flow.later(days=1)
    assert len(flow.world.texts) == 1
    return flow


def tells(flow: Flow, event: Event, key: str = "") -> InboxRow:
    """The channel says something; the inbox row that became of it."""
    key = key or f"{type(event).__name__}:{event}"[:180]
    with flow.database.transaction() as session:
        inbox.add(session, "chat2desk", Arrival(key, event), flow.clock.now())
    flow.settle()
    with flow.database.reading() as session:
        return session.exec(select(InboxRow).where(InboxRow.key == key)).one()


def question(flow: Flow) -> EffectRow:
    with flow.database.reading() as session:
        rows = session.exec(select(EffectRow).where(EffectRow.kind == "SendMessage").order_by("id")).all()
        return rows[0]


def number(flow: Flow) -> int:
    return int(question(flow).result)


def status(flow: Flow, state: str, after: timedelta = MINUTE, message_id: int | None = None) -> MessageStatus:
    return MessageStatus(PHONE, state, flow.clock.now() + after, message_id or number(flow))


def case_of(flow: Flow) -> Case:
    with flow.database.reading() as session:
        row = session.exec(select(CaseRow)).one()
        return cases.load(session, row)


def told(flow: Flow) -> dict[str, Any]:
    """What JSON says of the first question."""
    with flow.database.reading() as session:
        document = story(session, case_of(flow).id, "ru", {})
    effects = [one for entry in document["entries"] for one in entry.get("effects", ())]
    first = next(one for one in effects if one["kind"] == "SendMessage")
    return {"summary": document["summary"], "delivery": first["delivery"], **first["arrival"]}


STEPS = [("sent", MINUTE), ("delivered", 2 * MINUTE), ("read", 5 * MINUTE)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_news_does_not_matter(flow: Flow, order: tuple[int, ...]) -> None:
    began = flow.clock.now()
    for step in order:
        tells(flow, status(flow, *STEPS[step]))
    found = told(flow)
    assert found["state"] == "read"
    assert found["delivered_at"] == (began + 2 * MINUTE).isoformat()
    assert found["read_at"] == (began + 5 * MINUTE).isoformat()
    assert found["text"] == "доставлено 04.03.2026 12:02, прочитано 04.03.2026 12:05"
    assert found["delivery"].endswith(found["text"])


def test_repeats_change_nothing_and_the_earliest_moment_is_kept(flow: Flow) -> None:
    began = flow.clock.now()
    tells(flow, status(flow, "delivered", 3 * MINUTE))
    again = tells(flow, status(flow, "delivered", 2 * MINUTE))
    assert (again.result, again.reason) == ("ignored", "it was known")
    assert told(flow)["delivered_at"] == (began + 2 * MINUTE).isoformat()
    with flow.database.reading() as session:
        assert len(session.exec(select(DeliveryRow)).all()) == 1


def test_a_status_changes_no_case(flow: Flow) -> None:
    before = case_of(flow)
    row = tells(flow, status(flow, "read"))
    assert (row.result, row.case_id) == ("applied", before.id)
    assert case_of(flow) == before


def test_until_the_channel_tells_more_it_is_only_accepted(flow: Flow) -> None:
    found = told(flow)
    assert (found["state"], found["text"], found["read_at"]) == ("accepted", "", None)
    tells(flow, status(flow, "sent"))
    assert told(flow)["text"] == "отправлено 04.03.2026 12:01"


def refused(flow: Flow, message_id: int | None = None, **changes: Any) -> MessageRefused:
    how: dict[str, Any] = {
        "reason": "24 hours passed",
        "code": "window_closed",
        "at": flow.clock.now() + MINUTE,
    } | changes
    return MessageRefused(PHONE, message_id=message_id, **how)


@pytest.mark.parametrize("named", [True, False])
def test_a_failure_is_the_scenarios_business(flow: Flow, named: bool) -> None:
    tells(flow, refused(flow, number(flow) if named else None))
    assert case_of(flow).outcome == "undelivered"
    found = told(flow)
    assert (found["state"], found["code"], found["reason"]) == ("failed", "window_closed", "24 hours passed")
    assert "клиент молчит больше 24 часов" in found["text"]
    assert "шаблон (template) в сценарии" in found["next_step"]
    (line,) = found["summary"]
    assert found["next_step"] in line


def test_two_refusals_of_one_message_are_one_and_the_better_reason_stays(flow: Flow) -> None:
    """`outbox_status` says 'failed', the system message says why; whichever comes first."""
    tells(flow, refused(flow, number(flow), reason="failed", code=""))
    row = tells(flow, refused(flow, reason="Нет WhatsApp", code="no_account"))
    assert (row.result, row.reason) == ("ignored", "it was known")
    assert told(flow)["code"] == "no_account"
    assert len(flow.world.done(NotifyStaff)) == 1


def test_what_had_arrived_cannot_fail_any_more(flow: Flow) -> None:
    tells(flow, status(flow, "delivered"))
    row = tells(flow, refused(flow, number(flow)))
    assert (row.result, row.reason) == ("ignored", "the message had arrived")
    assert case_of(flow).outcome == ""


def test_what_failed_and_came_after_all_is_told_as_it_is(flow: Flow) -> None:
    tells(flow, refused(flow, number(flow)))
    tells(flow, status(flow, "read", 9 * MINUTE))
    found = told(flow)
    assert (found["state"], found["text"]) == ("read", "прочитано 04.03.2026 12:09")
    assert found["failed_at"]
    assert found["summary"] == []


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda flow: refused(flow, OPERATORS_ID), "it is no message of ours"),
        (lambda flow: status(flow, "read", message_id=OPERATORS_ID), "it is no message of ours"),
        (
            lambda flow: refused(flow, at=flow.clock.now() + 2 * timedelta(hours=1)),
            "it is no message of ours",
        ),
        (lambda flow: MessageRefused("77010009999", "x", flow.clock.now()), "it is no message of ours"),
        (lambda flow: MessageStatus("", "read", flow.clock.now(), 5), "it is no message of ours"),
    ],
)
def test_other_peoples_messages(flow: Flow, event: Any, reason: str) -> None:
    flow.clock.advance(timedelta(hours=3))
    flow.settle()
    row = tells(flow, event(flow))
    assert (row.result, row.reason) == ("ignored", reason)
    assert case_of(flow).outcome == ""


def test_a_refusal_after_an_operator_wrote_is_the_operators(flow: Flow) -> None:
    flow.clock.advance(MINUTE)
    tells(flow, StaffWrote(PHONE, flow.clock.now(), OPERATORS_ID, "Добрый день"))
    row = tells(flow, refused(flow))
    assert row.reason == "it is no message of ours"
    assert case_of(flow).outcome == ""


def test_a_client_on_the_black_list_concerns_the_case_and_no_message(flow: Flow) -> None:
    flow.clock.advance(timedelta(hours=5))
    tells(flow, MessageRefused(PHONE, "client_added_to_blacklist", flow.clock.now(), code="blocked"))
    assert case_of(flow).outcome == "undelivered"
    assert told(flow)["state"] == "accepted"


# --- quicker than we know -----------------------------------------------------------------------


@pytest.fixture
def hasty(database: Database, clock: FixedClock) -> Flow:
    """The answer to our call was lost: nobody knows the number of the question yet."""
    flow = Flow(database, clock)
    flow.world.answer = lambda job: OutcomeUnknown("cut") if _is_message(job) else Done()
    flow.close_order()
    flow.later(days=1)
    flow.world.answer = lambda _: Done()
    return flow


def _is_message(job: Job) -> bool:
    return isinstance(job.effect, SendMessage)


def test_news_of_a_message_whose_number_is_not_known_is_held(hasty: Flow) -> None:
    coming = 1000 + len(hasty.world.ledger)
    read = MessageStatus(PHONE, "read", hasty.clock.now(), coming)
    assert tells(hasty, read).processed_at is None
    hasty.later(seconds=15)
    hasty.later(seconds=15)
    assert number(hasty) == coming
    assert told(hasty)["state"] == "read"


def test_a_refusal_before_we_know_that_it_left(hasty: Flow) -> None:
    assert tells(hasty, refused(hasty, at=hasty.clock.now())).processed_at is None
    assert case_of(hasty).outcome == ""
    hasty.later(seconds=15)
    hasty.later(seconds=15)
    assert case_of(hasty).outcome == "undelivered"


def test_our_own_words_coming_back_are_no_operator(hasty: Flow) -> None:
    """After a restart the connector remembers nothing; the outbox does."""
    text = question(hasty).payload["text"]
    row = tells(hasty, StaffWrote(PHONE, hasty.clock.now(), 4000, f"  {text}\n", by="bot"))
    assert (row.result, row.reason) == ("ignored", "we wrote it ourselves")
    hasty.later(seconds=30)
    row = tells(hasty, StaffWrote(PHONE, hasty.clock.now(), number(hasty), "", by="bot"))
    assert row.reason == "we wrote it ourselves"
    template = question(hasty).payload["template"]["name"]
    assert template == "visit_quality"
    assert case_of(hasty).client.operator_at is None


def test_a_template_of_ours_coming_back_is_no_operator(hasty: Flow) -> None:
    row = tells(hasty, StaffWrote(PHONE, hasty.clock.now(), 4000, "@HSM@\nvisit_quality|ru\nАйгуль\nНа Абая"))
    assert row.reason == "we wrote it ourselves"
    row = tells(hasty, StaffWrote(PHONE, hasty.clock.now(), 4001, "@HSM@\npromo|ru", by="bot"))
    assert row.result == "applied"


# --- two bots in one chat -----------------------------------------------------------------------


def test_a_menu_that_reacts_to_the_answer_takes_no_score_and_gets_no_fight(flow: Flow) -> None:
    """The menu speaks within the second of the answer: the score holds, the next question waits."""
    at = flow.clock.now() + MINUTE
    flow.clock.advance(MINUTE)
    with flow.database.transaction() as session:
        for arrival in (
            Arrival("menu", StaffWrote(PHONE, at, 5001, "1. Запись 2. Цены", by="bot")),
            Arrival("answer", AnswerReceived(PHONE, "9", at, 5000)),
        ):
            inbox.add(session, "chat2desk", arrival, at)
    flow.settle()
    assert [str(score) for score in case_of(flow).scores.values()] == ["9"]
    assert len(flow.world.texts) == 1
    # What the client tells the menu is no score.
    flow.clock.advance(MINUTE)
    tells(flow, AnswerReceived(PHONE, "1", flow.clock.now(), 5002))
    assert len(case_of(flow).scores) == 1
    flow.later(hours=2)
    assert len(flow.world.texts) == 2


def test_words_before_a_held_question_do_not_push_its_answer_aside(flow: Flow) -> None:
    """'Спасибо' while the second question is still here answers nothing; the '10' after it answers it."""
    flow.world.answer = lambda job: TryLater("503") if isinstance(job.effect, SendMessage) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, SendMessage)
    for number, text in enumerate(("9", "спасибо"), 5000):
        flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(PHONE, text, flow.clock.now(), number)))
        flow.settle()
    flow.world.answer, flow.world.carried_out = lambda _: Done(), lambda _: True
    flow.later(minutes=20)
    flow.arrive(Arrival("inbox:5009", AnswerReceived(PHONE, "10", flow.clock.now(), 5009)))
    flow.settle()
    with flow.database.reading() as session:
        (row,) = session.exec(select(CaseRow)).all()
        case = cases.get(session, row.id)
    assert case is not None
    assert case.scores == {"quality": 9, "service": 10}
