"""What people do to one case by hand: stop, pause, scores, words by phone, a question once more."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Case, State
from qc_engine.core.effects import AddComment, CloseTask, CreateDeal, SendMessage, SetFields
from qc_engine.core.events import (
    AnsweredFor,
    AnswerReceived,
    CasePaused,
    CaseResumed,
    CaseStopped,
    Event,
    LinkClicked,
    MessageRefused,
    MessageStatus,
    ResendAsked,
    ScoresEntered,
)
from qc_engine.ports import Arrival, Done, Job, Outcome, OutcomeUnknown, Refused
from qc_engine.store import cases, inbox, outbox, traces
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow
from tests.flow.fakes import PHONE, Flow

THANKS, SORRY = "Спасибо за высокую оценку", "Мы признательны Вам"


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    flow = Flow(database, clock)
    flow.close_order()
    return flow


def case(flow: Flow) -> Case:
    with flow.database.reading() as session:
        return cases.load(session, session.exec(select(CaseRow)).one())


def does(flow: Flow, kind: type[Event], key: str = "", **more: object) -> Case:
    """A person does it; a second press of the button has the same key."""
    one = case(flow)
    told: dict[str, Any] = {"case_id": one.id, "reason": "звонили", "by": "Анна", "at": flow.clock.now()}
    event = kind(**{**told, **more})
    flow.arrive(Arrival(key or f"{kind.__name__}:{one.rev}", event), source="console")
    flow.settle()
    return case(flow)


def says(flow: Flow, text: str) -> None:
    flow.clock.advance(timedelta(minutes=1))
    now = flow.clock.now()
    number = int(now.timestamp())
    flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(PHONE, text, now, number)))
    flow.settle()


def enters(flow: Flow, **scores: int) -> Case:
    return does(flow, ScoresEntered, scores={name: Decimal(score) for name, score in scores.items()})


def notes(flow: Flow) -> list[str]:
    with flow.database.reading() as session:
        told = traces.of_case(session, case(flow).id)
    return [note["key"] for note in told[-1].body["notes"]]


def fields(flow: Flow) -> Mapping[str, str]:
    """What stands in the deal."""
    told: dict[str, str] = {}
    for effect in flow.world.done(SetFields):
        assert isinstance(effect, SetFields)
        told |= effect.fields
    return told


def rows(flow: Flow, *states: str) -> list[EffectRow]:
    with flow.database.reading() as session:
        return list(session.exec(select(EffectRow).where(col(EffectRow.state).in_(states))).all())


def asked(flow: Flow) -> None:
    flow.later(days=1)
    assert len(flow.world.texts) == 1


def unanswered(flow: Flow) -> None:
    asked(flow)
    flow.later(days=2)
    flow.later(days=2)
    assert case(flow).outcome == "unanswered"


# --- stop -------------------------------------------------------------------------------------


def test_a_stopped_case_says_nothing_any_more(flow: Flow) -> None:
    one = does(flow, CaseStopped, reason="сотрудник компании")
    assert (one.state, one.outcome, one.wake_at) == (State.ENDED, "stopped_by_person", None)
    assert one.ended_why
    assert one.ended_why.values == {"by": "Анна", "reason": "сотрудник компании"}
    flow.later(days=9)
    assert flow.world.ledger == []


def test_what_has_not_left_is_dropped_and_the_task_is_closed(flow: Flow) -> None:
    asked(flow)
    for text in ("9", "9"):
        says(flow, text)
    link = flow.world.texts[-1].rpartition("/r/")[2].split()[0]
    flow.arrive(Arrival("click", LinkClicked(link, "yandex", flow.clock.now())))
    flow.settle()
    task = case(flow).task_id
    assert task
    does(flow, CaseStopped)
    assert [one.task_id for one in flow.world.done(CloseTask) if isinstance(one, CloseTask)] == [task]
    flow.later(days=30)
    assert case(flow).outcome == "stopped_by_person"


def test_what_we_learned_still_goes_to_the_crm(flow: Flow) -> None:
    asked(flow)
    flow.world.answer = lambda job: Refused("down") if isinstance(job.effect, SendMessage) else Done()
    now = flow.clock.now() + timedelta(minutes=1)
    flow.clock.advance(timedelta(minutes=1))
    flow.arrive(Arrival("inbox:1", AnswerReceived(PHONE, "7", now, int(now.timestamp()))))
    flow.handler.handle_some()
    one = case(flow)
    flow.arrive(Arrival("stop", CaseStopped(one.id, "x", "Анна", now)), source="console")
    flow.settle()
    assert fields(flow) == {"UF_S1": "7"}
    assert [row.kind for row in rows(flow, outbox.CANCELLED)] == ["SendMessage"]


def test_a_double_click_is_one(flow: Flow) -> None:
    does(flow, CaseStopped, key="one")
    rev = case(flow).rev
    assert does(flow, CaseStopped, key="one").rev == rev
    assert does(flow, CaseStopped, key="another").rev == rev, "it is over"


# --- pause ------------------------------------------------------------------------------------


def test_time_and_messages_wait_and_go_on_afterwards(flow: Flow) -> None:
    one = does(flow, CasePaused)
    assert one.still
    assert (one.still.by, one.still.reason, one.state) == ("Анна", "звонили", State.WAITING)
    flow.later(days=2)
    assert flow.world.texts == []
    does(flow, CaseResumed)
    assert len(flow.world.texts) == 1


def test_an_answer_during_a_pause_counts_before_the_silence_does(flow: Flow) -> None:
    asked(flow)
    does(flow, CasePaused)
    says(flow, "9")
    assert case(flow).scores == {}
    flow.later(days=5)
    one = does(flow, CaseResumed)
    assert (one.scores, one.state) == ({"quality": Decimal(9)}, State.ACTIVE), "not ended as silent"
    assert len(flow.world.texts) == 2


def test_nothing_planned_leaves_during_a_pause(flow: Flow) -> None:
    asked(flow)
    says(flow, "9")
    flow.world.answer = lambda _: Done()
    now = flow.clock.now()
    one = case(flow)
    flow.arrive(
        Arrival("two", ScoresEntered(one.id, {"service": Decimal(9)}, "x", "Анна", now)),
        Arrival("still", CasePaused(one.id, "x", "Анна", now)),
        source="console",
    )
    flow.settle()
    assert len(flow.world.texts) == 2
    assert rows(flow, outbox.PLANNED), "it waits"
    does(flow, CaseResumed)
    assert flow.world.texts[-1].startswith(THANKS)


def test_stop_by_the_client_holds_also_during_a_pause(flow: Flow) -> None:
    asked(flow)
    does(flow, CasePaused)
    says(flow, "стоп")
    assert case(flow).client.opted_out_at
    assert does(flow, CaseResumed).outcome == "opted_out"


def test_a_paused_case_can_be_stopped(flow: Flow) -> None:
    asked(flow)
    does(flow, CasePaused)
    says(flow, "9, но дорого")
    one = does(flow, CaseStopped)
    assert (one.outcome, one.still) == ("stopped_by_person", None)
    assert one.words == ("9, но дорого",), "kept, though late"
    with flow.database.reading() as session:
        assert session.exec(select(InboxRow).where(InboxRow.reason == inbox.STANDS_STILL)).all() == []


def test_twice_is_told(flow: Flow) -> None:
    does(flow, CaseResumed)
    assert notes(flow) == ["note.goes_on_already"]
    does(flow, CasePaused)
    still = does(flow, CasePaused, by="Борис").still
    assert notes(flow) == ["note.still_already"]
    assert still
    assert still.by == "Анна", "who was first"
    assert does(flow, CaseResumed).still is None


# --- scores -----------------------------------------------------------------------------------


def test_missing_scores_of_an_open_survey(flow: Flow) -> None:
    asked(flow)
    one = enters(flow, quality=9, service=10)
    assert (one.scores, one.step) == ({"quality": Decimal(9), "service": Decimal(10)}, "review_offered")
    assert fields(flow) == {"UF_S1": "9", "UF_S2": "10", "UF_AVG": "9.5"}
    assert flow.world.texts[-1].startswith(THANKS)
    assert [(each.question, each.by, each.was) for each in one.entered] == [
        ("quality", "Анна", None),
        ("service", "Анна", None),
    ]
    assert "note.score_by_hand" in notes(flow)
    comments = [each.text for each in flow.world.done(AddComment) if isinstance(each, AddComment)]
    assert comments == ["Оценки внесены вручную: 9; 10. Анна: звонили"]


def test_one_of_two_lets_the_bot_ask_the_other(flow: Flow) -> None:
    asked(flow)
    one = enters(flow, quality=9)
    assert one.question
    assert one.question.name == "service"
    assert len(flow.world.texts) == 2


def test_the_second_alone_leaves_the_first_question_open(flow: Flow) -> None:
    asked(flow)
    one = enters(flow, service=9)
    assert one.question
    assert (one.question.name, len(flow.world.texts)) == ("quality", 1)


@pytest.mark.parametrize(
    ("scores", "outcome", "step"),
    [((3, 4), "dissatisfied", "unhappy"), ((9, 10), "", "review_offered")],
)
def test_a_survey_that_has_just_timed_out(
    flow: Flow, scores: tuple[int, int], outcome: str, step: str
) -> None:
    unanswered(flow)
    one = enters(flow, quality=scores[0], service=scores[1])
    assert (one.outcome, one.step) == (outcome, step)
    assert len(flow.world.done(CreateDeal)) == (outcome == "dissatisfied")
    assert flow.world.texts[-1].startswith(SORRY if outcome else THANKS)


def test_part_of_a_timed_out_survey_is_only_written_down(flow: Flow) -> None:
    unanswered(flow)
    texts = len(flow.world.texts)
    one = enters(flow, quality=9)
    assert (one.outcome, one.state, fields(flow)) == ("unanswered", State.ENDED, {"UF_S1": "9"})
    assert len(flow.world.texts) == texts


def test_a_correction_keeps_the_history_and_says_nothing_twice(flow: Flow) -> None:
    asked(flow)
    says(flow, "9")
    says(flow, "9")
    before = len(flow.world.texts)
    one = enters(flow, service=10)
    assert fields(flow) == {"UF_S1": "9", "UF_S2": "10", "UF_AVG": "9.5"}
    assert [(each.score, each.was) for each in one.entered] == [(Decimal(10), Decimal(9))]
    assert (one.step, len(flow.world.texts)) == ("review_offered", before)


def test_a_correction_that_turns_the_case_leads_it_the_other_way(flow: Flow) -> None:
    asked(flow)
    says(flow, "9")
    says(flow, "9")
    one = enters(flow, quality=2, service=2)
    assert (one.outcome, len(flow.world.done(CreateDeal))) == ("dissatisfied", 1)
    assert fields(flow)["UF_AVG"] == "2"
    assert enters(flow, quality=2, service=2).rev == one.rev + 1
    assert notes(flow) == ["note.score_same"]


def test_whom_somebody_has_stopped_stays_stopped(flow: Flow) -> None:
    asked(flow)
    does(flow, CaseStopped)
    one = enters(flow, quality=9, service=9)
    assert one.outcome == "stopped_by_person"
    assert fields(flow) == {"UF_S1": "9", "UF_S2": "9", "UF_AVG": "9"}
    assert len(flow.world.texts) == 1


@pytest.mark.parametrize("scores", [{"quality": 11}, {"quality": 0}, {"nothing": 5}])
def test_nonsense_changes_nothing(flow: Flow, scores: dict[str, int]) -> None:
    asked(flow)
    one = enters(flow, **scores)
    assert (one.scores, one.entered, notes(flow)) == ({}, (), ["note.score_not_entered"])


def test_before_the_survey_there_is_nothing_to_enter(flow: Flow) -> None:
    assert enters(flow, quality=9).scores == {}
    assert notes(flow) == ["note.score_not_entered"]


# --- words by phone ---------------------------------------------------------------------------


def test_words_by_phone_are_an_answer(flow: Flow) -> None:
    asked(flow)
    one = does(flow, AnsweredFor, text="восемь, всё хорошо")
    assert one.scores == {"quality": Decimal(8)}
    assert [each.by for each in one.entered] == ["Анна"]
    assert one.client.wrote_at is None, "nobody has written: the messenger's window stays shut"
    comments = [each.text for each in flow.world.done(AddComment) if isinstance(each, AddComment)]
    assert "Клиент ответил не в чате: «восемь, всё хорошо». Анна: звонили" in comments


def test_words_by_phone_are_heard_also_while_an_operator_talks(flow: Flow) -> None:
    asked(flow)
    with flow.database.transaction() as session:
        client = cases.client(session, PHONE)
        cases.save_client(session, type(client)(PHONE, None, client.surveyed_at, None, flow.clock.now()))
    assert does(flow, AnsweredFor, text="8").scores == {"quality": Decimal(8)}


def test_unclear_words_bring_the_client_no_hint(flow: Flow) -> None:
    asked(flow)
    one = does(flow, AnsweredFor, text="да как обычно")
    assert (one.scores, one.words, len(flow.world.texts)) == ({}, ("да как обычно",), 1)


@pytest.mark.parametrize("begun", [True, False])
def test_stop_by_phone_holds(flow: Flow, begun: bool) -> None:
    if begun:
        asked(flow)
    one = does(flow, AnsweredFor, text="больше мне не пишите")
    assert (one.outcome, bool(one.client.opted_out_at)) == ("opted_out", True)


def test_late_words_are_kept(flow: Flow) -> None:
    unanswered(flow)
    one = does(flow, AnsweredFor, text="всё было хорошо")
    assert (one.words, one.outcome) == (("всё было хорошо",), "unanswered")


# --- once more --------------------------------------------------------------------------------


def sends(flow: Flow, outcome: Outcome, *, really: bool = False) -> None:
    def answer(job: Job) -> Outcome:
        return outcome if isinstance(job.effect, SendMessage) else Done()

    flow.world.answer = answer
    flow.world.carried_out = lambda job: really or not isinstance(job.effect, SendMessage)


def well(flow: Flow) -> None:
    flow.world.answer, flow.world.carried_out = lambda _: Done(), lambda _: True


def message(flow: Flow) -> EffectRow:
    """The last one to the client."""
    with flow.database.reading() as session:
        found = select(EffectRow).where(EffectRow.kind == "SendMessage").order_by(col(EffectRow.id).desc())
        return session.exec(found.limit(1)).one()


def test_a_refused_question_is_sent_once_more_though_the_case_had_ended(flow: Flow) -> None:
    sends(flow, Refused("no account", "no_account"))
    flow.later(days=1)
    assert case(flow).outcome == "undelivered"
    lost = message(flow).key
    well(flow)
    one = does(flow, ResendAsked, effect_key=lost)
    assert (one.state, one.outcome, len(flow.world.texts)) == (State.ACTIVE, "", 1)
    assert rows(flow, outbox.FAILED) == [], "it waits for nobody any more"
    assert one.client.surveyed_at == flow.clock.now()
    assert does(flow, ResendAsked, effect_key=lost).question == one.question, "another question is open now"
    assert (notes(flow), len(flow.world.texts)) == (["note.not_resent_overtaken"], 1)


def test_what_the_messenger_refused_afterwards(flow: Flow) -> None:
    asked(flow)
    row = message(flow)
    refused = MessageRefused(PHONE, "blocked", flow.clock.now(), int(row.result), "template_problem")
    flow.arrive(Arrival("refused", refused))
    flow.settle()
    assert case(flow).outcome == "undelivered"
    assert does(flow, ResendAsked, effect_key=row.key).state is State.ACTIVE
    assert len(flow.world.texts) == 2


@pytest.mark.parametrize(
    ("confirmed", "texts", "says_so"), [(False, 1, "note.not_resent_unknown"), (True, 2, "note.asked")]
)
def test_what_was_accepted_needs_the_word_of_a_person(
    flow: Flow, confirmed: bool, texts: int, says_so: str
) -> None:
    asked(flow)
    does(flow, ResendAsked, effect_key=message(flow).key, confirmed=confirmed)
    assert len(flow.world.texts) == texts
    with flow.database.reading() as session:
        told = [note["key"] for one in traces.of_case(session, case(flow).id) for note in one.body["notes"]]
    assert says_so in told


def test_what_has_arrived_is_never_repeated(flow: Flow) -> None:
    asked(flow)
    row = message(flow)
    flow.arrive(Arrival("read", MessageStatus(PHONE, "read", flow.clock.now(), int(row.result))))
    flow.settle()
    does(flow, ResendAsked, effect_key=row.key, confirmed=True)
    assert (notes(flow), len(flow.world.texts)) == (["note.not_resent_arrived"], 1)


def test_what_is_on_its_way_is_not_repeated(flow: Flow) -> None:
    sends(flow, OutcomeUnknown("ReadTimeout"), really=True)
    flow.clock.advance(timedelta(days=1))
    for _ in range(4):
        flow.handler.handle_some()
    flow.settle()
    row = message(flow)
    assert row.state == outbox.UNKNOWN
    does(flow, ResendAsked, effect_key=row.key, confirmed=True)
    assert "note.not_resent_on_its_way" in notes(flow)


@pytest.mark.parametrize(("confirmed", "texts"), [(False, 0), (True, 1)])
def test_in_doubt_a_person_decides(flow: Flow, confirmed: bool, texts: int) -> None:
    sends(flow, OutcomeUnknown("ReadTimeout"))
    flow.later(days=1)
    for _ in range(6):
        flow.later(minutes=10)
    row = message(flow)
    assert row.state == outbox.REVIEW
    well(flow)
    does(flow, ResendAsked, effect_key=row.key, confirmed=confirmed)
    assert len(flow.world.texts) == texts
    assert bool(rows(flow, outbox.REVIEW)) is not confirmed


def test_nobody_is_asked_again_who_said_stop(flow: Flow) -> None:
    sends(flow, Refused("no account", "no_account"))
    flow.later(days=1)
    lost = message(flow).key
    well(flow)
    says(flow, "стоп")
    does(flow, ResendAsked, effect_key=lost)
    assert notes(flow) == ["note.not_resent_opted_out"]


def test_another_cases_message_is_none_of_it(flow: Flow, tmp_path: Path) -> None:
    asked(flow)
    does(flow, ResendAsked, effect_key="OTHER:1:1", confirmed=True)
    assert len(flow.world.texts) == 1
