"""After a complaint: what settles it, what opens it again, when the client is asked, and what is kept apart."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from qc_engine.core.case import Case, State
from qc_engine.core.decide import decide
from qc_engine.core.effects import (
    AddComment,
    CloseTask,
    CreateTask,
    MoveDeal,
    ReopenTask,
    SendMessage,
    SetFields,
)
from qc_engine.core.events import (
    ComplaintCauseNamed,
    ComplaintReopened,
    ComplaintResolved,
    Deal,
    DealMoved,
    DealSeen,
    EffectDone,
    EffectFailed,
    MessageRefused,
    ScoresEntered,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.recovery.asking_again import as_asked
from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.texts import average
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names
from tests.core.test_tyre_centre import ROOT, Story, effects, waiting

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
EXAMPLE = Path(ROOT / "scenarios" / "examples" / "complaint_recovery.yaml").read_text("utf-8")
DONE = "Недовольные клиенты / Улажено"
NEW = "Недовольные клиенты / Новая жалоба"
HEAD, COMPLAINT_DEAL, TASK = "Анна", 900, 77


def scenario(old: str = "", new: str = "") -> Scenario:
    assert old in EXAMPLE
    return load_text(EXAMPLE.replace(old, new) if old else EXAMPLE, "s.yaml", Names(complete=False))


USUAL = scenario()


def unhappy(by: Scenario = USUAL) -> Story:
    """The client gave 3; the complaint's deal and task have their numbers."""
    told = Story(by, waiting(scenario=by.name, deal_stage="Закрыть заказ/наряд")).begin()
    told.says("3")
    assert (told.case.outcome, told.case.complaint is not None) == ("dissatisfied", True)
    assert told.case.complaint is not None
    told.case = replace(told.case, complaint=replace(told.case.complaint, deal_id=COMPLAINT_DEAL))
    assert told.case.complaint is not None
    told.on(EffectDone(told.case.complaint.task_key, str(TASK), told.now))
    return told


def resolved(by: Scenario = USUAL, *, ask: bool = True) -> Story:
    told = unhappy(by)
    told.on(ComplaintResolved(told.case.id, HEAD, told.now, "", ask))
    return told


def asked_again(by: Scenario = USUAL) -> Story:
    told = wake(resolved(by))
    return told.asked()


def wake(told: Story) -> Story:
    assert told.case.wake_at is not None
    told.on(TimerDue(told.case.id, told.case.wake_at), told.case.wake_at - told.now)
    return told


def stands(case: Case) -> str:
    return case.complaint.stands if case.complaint else ""


def notes(told: Story) -> list[str]:
    assert told.last is not None
    return [one.key for one in told.last.notes]


# --- settled ----------------------------------------------------------------------------------


def test_the_button_closes_the_task_and_plans_the_question() -> None:
    told = resolved()
    assert told.last is not None
    assert [one.task_id for one in effects(told.last, CloseTask)] == [TASK]
    assert [(one.deal_id, one.text) for one in effects(told.last, AddComment)] == [
        (COMPLAINT_DEAL, "Жалоба улажена\n(Анна)")
    ]
    assert (told.case.state, told.case.wake_at) == (State.ENDED, told.now + 2 * DAY)
    told.on(TaskClosed(TASK, "", told.now))
    assert len(told.case.complaint.turns) == 1  # type: ignore[union-attr]


def test_twice_is_once() -> None:
    told = resolved()
    told.on(ComplaintResolved(told.case.id, "Борис", told.now))
    assert notes(told) == ["note.complaint_stands"]
    assert len(told.case.complaint.ratings) == 1  # type: ignore[union-attr]


def test_settled_without_asking_wakes_nobody() -> None:
    told = resolved(ask=False)
    assert (stands(told.case), told.case.wake_at) == ("settled", None)


@pytest.mark.parametrize(("stage", "result"), [(DONE, "settled"), ("Недовольные клиенты / В работе", "open")])
@pytest.mark.parametrize("seen", [True, False])
def test_the_complaints_deal(stage: str, result: str, seen: bool) -> None:
    told = unhappy()
    deal = Deal(COMPLAINT_DEAL, "Жалоба", stage, told.now + MINUTE)
    told.on(DealSeen(deal) if seen else DealMoved(COMPLAINT_DEAL, stage, told.now + MINUTE))
    assert stands(told.case) == result


def test_an_old_move_does_not_settle_what_was_opened_again() -> None:
    told = unhappy()
    moved = DealMoved(COMPLAINT_DEAL, DONE, told.now + MINUTE)
    told.on(moved)
    told.on(ComplaintReopened(told.case.id, "рано", HEAD, told.now + MINUTE))
    assert (stands(told.case), told.case.wake_at) == ("reopened", None)
    assert told.last is not None
    assert [one.task_id for one in effects(told.last, ReopenTask)] == [TASK]
    told.on(moved)
    assert stands(told.case) == "reopened"


def moves(told: Story) -> list[tuple[int, str, tuple[str, ...], bool]]:
    assert told.last is not None
    return [(one.deal_id, one.stage, one.expected, one.from_anywhere) for one in effects(told.last, MoveDeal)]


TO_SETTLED, BACK = (COMPLAINT_DEAL, DONE, (), True), (COMPLAINT_DEAL, NEW, (DONE,), False)


@pytest.mark.parametrize(("way", "expected"), [("page", [TO_SETTLED]), ("task", [TO_SETTLED]), ("deal", [])])
def test_however_it_is_settled_its_deal_stands_where_settled_ones_stand(
    way: str, expected: list[object]
) -> None:
    told = unhappy()
    how = {
        "page": ComplaintResolved(told.case.id, HEAD, told.now),
        "task": TaskClosed(TASK, "", told.now),
        "deal": DealMoved(COMPLAINT_DEAL, DONE, told.now + MINUTE),
    }
    told.on(how[way])
    assert moves(told) == expected
    assert told.case.deal_stage != DONE, "the visit's own deal stays where it is"
    told.on(ComplaintReopened(told.case.id, "рано", HEAD, told.now + MINUTE))
    assert moves(told) == [BACK]
    told.on(ComplaintResolved(told.case.id, HEAD, told.now + 2 * MINUTE))
    assert moves(told) == [TO_SETTLED]


def test_what_we_moved_ourselves_is_no_news() -> None:
    """The CRM tells late of our own move; after it a person's hand counts again."""
    told = resolved()
    told.on(ComplaintReopened(told.case.id, "рано", HEAD, told.now))
    echo = DealMoved(COMPLAINT_DEAL, DONE, told.now + MINUTE)
    told.on(echo)
    assert stands(told.case) == "reopened", "our move back is still under way"
    assert told.case.complaint is not None
    over = replace(told.case.complaint, moved_at=told.now + 2 * MINUTE)
    told.case = replace(told.case, complaint=over)
    told.on(echo)
    assert stands(told.case) == "reopened"
    told.on(DealMoved(COMPLAINT_DEAL, DONE, told.now + 3 * MINUTE))
    assert stands(told.case) == "settled"


@pytest.mark.parametrize("lacks", ["stage", "deal", "opened_in"])
def test_where_something_is_not_known_no_deal_is_moved(lacks: str) -> None:
    told = unhappy(
        scenario("  resolved_in: Недовольные клиенты / Улажено", "") if lacks == "stage" else USUAL
    )
    assert told.case.complaint is not None
    unknown = {"deal": {"deal_id": None}, "opened_in": {"opened_in": ""}}.get(lacks, {})
    told.case = replace(told.case, complaint=replace(told.case.complaint, **unknown))
    told.on(ComplaintResolved(told.case.id, HEAD, told.now))
    assert moves(told) == ([TO_SETTLED] if lacks == "opened_in" else [])
    told.on(ComplaintReopened(told.case.id, "рано", HEAD, told.now + MINUTE))
    assert moves(told) == []


def test_a_complaints_deal_that_is_gone_does_not_stop_the_case() -> None:
    told = asked_again()
    assert told.case.complaint is not None
    (key,) = told.case.complaint.moves
    told.on(EffectFailed(key, "MoveDeal", "deal_gone", "deal 900 is not in the portal", told.now))
    assert told.case.state is State.ACTIVE
    told.on(EffectFailed("K:9:9", "MoveDeal", "deal_gone", "deal 7 is not in the portal", told.now))
    assert told.case.state is State.ENDED


def test_until_when_somebody_is_to_settle_it() -> None:
    told = unhappy()
    assert told.case.complaint is not None
    assert told.case.complaint.due_at == told.case.complaint.at + DAY
    told = asked_again()
    told.says("4")
    assert told.case.complaint is not None
    assert told.case.complaint.due_at == told.now + DAY, "a new task has a day of its own"


def test_the_visits_own_deal_settles_nothing() -> None:
    told = unhappy()
    told.on(DealMoved(told.case.deal_id, DONE, told.now))
    assert stands(told.case) == "open"


# --- asked again ------------------------------------------------------------------------------


def test_the_scores_of_the_visit_stay_what_they_are() -> None:
    told = asked_again()
    assert (told.case.state, told.case.step, told.case.outcome) == (
        State.ACTIVE,
        "asked_again",
        "dissatisfied",
    )
    assert told.case.scores == {"service": Decimal(3)}
    told.says("9")
    assert (told.case.scores, average(told.case)) == ({"service": Decimal(3)}, Fraction(3))
    assert told.case.complaint is not None
    assert told.case.complaint.ratings[-1].scores == {"again": Decimal(9)}
    assert (told.case.outcome, stands(told.case)) == ("recovered", "recovered")
    assert told.last is not None
    assert [one.fields for one in effects(told.last, SetFields)] == [{"Повторная оценка": "9"}]


def test_seen_twice_it_is_as_before() -> None:
    case = asked_again().case
    assert as_asked(as_asked(case)) == case
    assert (as_asked(case).scores, case.scores) == ({}, {"service": Decimal(3)})
    assert as_asked(waiting()) == waiting()


def test_a_correction_belongs_to_the_second_answer() -> None:
    more = EXAMPLE.replace("ask: [again]", "ask: [again, more]")
    more = more.replace("\nanytime:", "  more: {text: А скорость?, scale: 1-10}\n\nanytime:")
    told = asked_again(load_text(more, "s.yaml", Names(complete=False)))
    told.says("ой, 7")
    told.asked().says("ой, 6")
    assert told.case.scores == {"service": Decimal(3)}
    assert told.case.complaint is not None
    assert told.case.complaint.ratings[-1].scores == {"again": Decimal(6)}
    assert told.case.question is not None, "half an answer is none yet"
    assert stands(told.case) == "settled"
    told.says("10")
    assert (average(as_asked(told.case)), stands(told.case)) == (Fraction(3), "recovered")


@pytest.mark.parametrize(("question", "taken"), [("again", True), ("service", False)])
def test_what_a_person_enters_meanwhile_belongs_to_the_second_answer(question: str, taken: bool) -> None:
    """The visit's score is not put right while the client is asked again: it would lead the case back there."""
    told = asked_again()
    told.on(ScoresEntered(told.case.id, {question: Decimal(9)}, "сказал по телефону", HEAD, told.now))
    assert told.case.scores == {"service": Decimal(3)}
    assert told.case.complaint is not None
    assert told.case.complaint.ratings[-1].scores == ({"again": Decimal(9)} if taken else {})
    assert ("note.score_not_entered" in notes(told)) is not taken
    assert (told.case.step, stands(told.case)) == ("asked_again", "recovered" if taken else "settled")


def test_unhappy_again() -> None:
    told = asked_again()
    told.says("4")
    assert told.last is not None
    (task,) = effects(told.last, CreateTask)
    assert "Было 3, стало 4" in task.text
    assert [one.stage for one in effects(told.last, MoveDeal)] == [NEW], "the button had put it away"
    assert [one.text for one in effects(told.last, AddComment)] == ["Повторная оценка клиента: 4"]
    assert (stands(told.case), told.case.outcome) == ("reopened", "dissatisfied")
    told.on(EffectDone(told.case.complaint.task_key, "78", told.now))  # type: ignore[union-attr]
    told.on(TaskClosed(78, "", told.now))
    assert (stands(told.case), told.case.wake_at) == ("settled", None), "asked once"


def test_the_deal_that_was_moved_goes_back() -> None:
    told = unhappy()
    told.on(DealMoved(COMPLAINT_DEAL, DONE, told.now + MINUTE))
    wake(told).asked().says("2")
    assert told.last is not None
    assert [(one.deal_id, one.stage, one.expected) for one in effects(told.last, MoveDeal)] == [
        (COMPLAINT_DEAL, NEW, (DONE,))
    ]


def test_asked_as_often_as_the_scenario_says() -> None:
    by = scenario("go_to: asked_again}", "go_to: asked_again, times: 2}")
    told = asked_again(by)
    told.says("4")
    told.on(ComplaintResolved(told.case.id, HEAD, told.now))
    wake(told).asked().says("10")
    assert stands(told.case) == "recovered"
    assert told.case.complaint is not None
    assert [one.result for one in told.case.complaint.ratings] == ["reopened", "recovered"]
    assert told.case.scores == {"service": Decimal(3)}


def test_silence() -> None:
    told = wake(asked_again())
    assert (told.case.state, stands(told.case), told.case.outcome) == (State.ENDED, "settled", "dissatisfied")
    assert told.last is not None
    assert told.last.effects == ()
    assert told.case.complaint is not None
    assert (told.case.complaint.rated_at, told.case.complaint.ratings[-1].result) == (None, "silent")


def test_words_after_that_are_late_words() -> None:
    told = wake(asked_again())
    told.says("10")
    assert (stands(told.case), told.case.scores) == ("settled", {"service": Decimal(3)})
    assert "note.late_answer" in notes(told)


@pytest.mark.parametrize("end", ["stop", "refused"])
def test_what_may_end_it_anywhere_leaves_the_outcome_of_the_visit(end: str) -> None:
    told = asked_again()
    if end == "stop":
        told.says("стоп")
    else:
        assert told.last is not None
        told.on(MessageRefused(told.case.client.phone, "no", told.now, told.messages, "no_account"))
    assert (told.case.state, told.case.outcome, stands(told.case)) == (State.ENDED, "dissatisfied", "settled")


def test_a_deal_opened_anew_is_the_same_complaint() -> None:
    begin, rest = EXAMPLE.split("          - reopen_complaint:\n", 1)
    again = begin + "          - go_to: unhappy\n" + rest.split("          - end: dissatisfied\n", 1)[1]
    by = load_text(again, "s.yaml", Names(complete=False))
    told = asked_again(by)
    at = told.case.complaint.at if told.case.complaint else None
    told.says("2")
    assert told.case.complaint is not None
    assert (stands(told.case), told.case.complaint.at, told.case.complaint.deal_id) == ("reopened", at, None)
    assert told.case.scores == {"service": Decimal(3)}


# --- when -------------------------------------------------------------------------------------


def test_not_while_another_survey_of_this_person_has_just_begun() -> None:
    told = resolved()
    assert told.case.wake_at is not None
    client = replace(told.case.client, surveyed_at=told.case.wake_at - timedelta(hours=1))
    told.case = replace(told.case, client=client)
    wake(told)
    assert notes(told) == ["gate.another_survey"]
    assert (told.case.state, told.case.wake_at) == (State.ENDED, told.now + timedelta(hours=23))
    assert wake(told).case.state is State.ACTIVE


def test_the_limit_between_two_surveys_does_not_count() -> None:
    told = wake(resolved())
    assert told.case.client.surveyed_at is not None
    assert told.now < told.case.client.surveyed_at + USUAL.contact.at_most_once_in
    assert told.case.step == "asked_again"


def test_not_at_night() -> None:
    told = resolved()
    assert told.case.complaint is not None
    night = datetime.fromisoformat("2026-03-06T23:00:00+05:00")
    told.case = replace(told.case, complaint=told.case.complaint.with_rating(due_at=night), wake_at=night)
    wake(told)
    assert told.case.wake_at == datetime.fromisoformat("2026-03-07T09:00:00+05:00")
    assert wake(told).case.step == "asked_again"


@pytest.mark.parametrize("why", ["late", "stopped", "complains", "no phone"])
def test_not_any_more(why: str) -> None:
    told = resolved()
    client, late = told.case.client, timedelta()
    match why:
        case "late":
            late = 9 * DAY
        case "stopped":
            client = replace(client, opted_out_at=told.now)
        case "complains":
            client = replace(client, complained_at=told.now)
        case _:
            client = replace(client, phone="")
    told.case = replace(told.case, client=client)
    told.now += late
    told.on(TimerDue(told.case.id, told.now), 2 * DAY)
    assert (told.case.state, told.case.wake_at, stands(told.case)) == (State.ENDED, None, "settled")
    assert notes(told)[-1] == "note.complaint_not_asked"
    assert told.last is not None
    assert effects(told.last, SendMessage) == []


def test_a_card_that_forbids_it() -> None:
    told = resolved()
    told.on(DealSeen(Deal(told.case.deal_id, "Заказ", "WON", told.now, do_not_disturb=True)))
    assert (told.case.wake_at, stands(told.case)) == (None, "settled")


def test_a_timer_before_its_time_changes_nothing() -> None:
    told = resolved()
    due = told.case.wake_at
    told.on(TimerDue(told.case.id, told.now))
    assert (told.case.state, told.case.wake_at) == (State.ENDED, due)


def test_nobody_takes_it_back_while_the_client_answers() -> None:
    told = asked_again()
    told.on(ComplaintReopened(told.case.id, "рано", HEAD, told.now))
    assert notes(told) == ["note.complaint_stands"]
    assert (told.case.state, stands(told.case)) == (State.ACTIVE, "settled")


# --- why --------------------------------------------------------------------------------------


def test_the_cause_goes_into_the_complaints_deal() -> None:
    told = unhappy()
    told.on(ComplaintCauseNamed(told.case.id, "waiting", "два часа", "скидка", HEAD, told.now))
    assert told.last is not None
    (fields,) = effects(told.last, SetFields)
    assert (fields.deal_id, fields.fields["Причина недовольства"]) == (COMPLAINT_DEAL, "Долго ждал. два часа")
    told.on(ComplaintCauseNamed(told.case.id, "price", "", "", "Борис", told.now))
    assert told.case.complaint is not None
    assert [(one.cause, one.by) for one in told.case.complaint.causes] == [
        ("waiting", HEAD),
        ("price", "Борис"),
    ]
    assert told.last.notes[0].values == {"cause": "Дорого", "by": "Борис", "before": "Долго ждал"}


@pytest.mark.parametrize("cause", ["nonsense", ""])
def test_what_is_no_cause_is_not_taken(cause: str) -> None:
    told = unhappy()
    told.on(ComplaintCauseNamed(told.case.id, cause, "", "", HEAD, told.now))
    assert notes(told) == ["note.complaint_stands"]
    assert told.case.complaint is not None
    assert told.case.complaint.causes == ()


def test_where_nobody_complained_nothing_happens() -> None:
    case = waiting(scenario=USUAL.name, deal_stage="Закрыть заказ/наряд", wake_at=None)
    at = case.entered_at
    for event in (
        ComplaintCauseNamed(case.id, "price", "", "", HEAD, at),
        ComplaintResolved(case.id, HEAD, at),
        ComplaintReopened(case.id, "x", HEAD, at),
    ):
        decision = decide(case, event, USUAL, at)
        assert (decision.case, decision.effects) == (case, ())
