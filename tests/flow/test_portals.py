"""Several portals in one engine: numbers do not mix, and nobody waits for a stranger's outage."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch
from qc_engine.core.effects import CreateTask, Lane, MoveDeal, SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealChanged,
    DealDeleted,
    DealMoved,
    DealSeen,
    EffectDone,
    LinkClicked,
    TaskClosed,
)
from qc_engine.flow.poll import Poller
from qc_engine.flow.starts.begin import Branches
from qc_engine.ports import Arrival, Broken, Done, Outcome, OutcomeUnknown, Poll, Polled, TryLater
from qc_engine.store import inbox, lanes, outbox
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow
from tests.flow.fakes import BRANCH, NAMES, PHONE, ROOT, Flow, Site

ALMATY, CRM_OF_ALMATY = "almaty", "crm:almaty"
START = "C2:CLOSED"
OTHER_PHONE = "77015559999"
SAUNA = Branch("Баня на Сейфуллина", "Asia/Almaty", 901, 902, {"2gis": "https://2gis.example/9"})


@pytest.fixture
def almaty(tmp_path: Path) -> Site:
    """Another business: its own scenario, its own ids behind the same names, its own branch."""
    text = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8")
    text = text.replace("scenario: tyre_centre", "scenario: sauna").replace("Вы были у нас", "С лёгким паром")
    folder = tmp_path / "almaty"
    folder.mkdir()
    (folder / "sauna.yaml").write_text(text, "utf-8")
    stages = {name: f"C2:{id_.removeprefix('C7:')}" for name, id_ in NAMES.stages.items()}
    names = replace(NAMES, stages=stages | {"Закрыть заказ/наряд": START})
    return Site(folder, names, SAUNA)


@pytest.fixture
def flow(database: Database, clock: FixedClock, almaty: Site) -> Flow:
    return Flow(database, clock, {MAIN: Site(), ALMATY: almaty})


def both_close(flow: Flow, deal_id: int = 7, *, phone: str = PHONE, other: str = OTHER_PHONE) -> None:
    """The same number in both portals."""
    flow.close_order(deal_id, phone)
    flow.close_order(deal_id, other, portal=ALMATY, stage=START)


def fails(flow: Flow, portal: str, outcome: Callable[[], Outcome]) -> None:
    """This portal's CRM ends every call so; the channel goes on."""
    world = flow.worlds[portal]
    world.answer = lambda job: Done() if isinstance(job.effect, SendMessage) else outcome()
    world.carried_out = lambda job: isinstance(job.effect, SendMessage)


def is_well_again(flow: Flow, portal: str) -> None:
    flow.worlds[portal].answer, flow.worlds[portal].carried_out = (lambda _: Done()), (lambda _: True)


def says(flow: Flow, text: str, number: int, phone: str = PHONE) -> None:
    event = AnswerReceived(phone, text, flow.clock.now(), number)
    flow.arrive(Arrival(f"inbox:{number}", event), portal="")
    flow.settle()


def rows(flow: Flow, table: Any) -> list[Any]:
    with flow.database.reading() as session:
        return list(session.exec(select(table).order_by(col(table.id))).all())


def case_in(flow: Flow, portal: str) -> CaseRow:
    (row,) = [one for one in rows(flow, CaseRow) if one.portal == portal]
    return row


def asked(flow: Flow) -> list[str]:
    """Who was written to first, in the order of the messages."""
    sent = [job.effect for job in flow.world.ledger if isinstance(job.effect, SendMessage)]
    return [one.phone for one in sent if one.question == "quality"]


def moves(flow: Flow, portal: str) -> list[tuple[int, str]]:
    return [
        (one.deal_id, one.stage) for one in flow.worlds[portal].done(MoveDeal) if isinstance(one, MoveDeal)
    ]


# --- nothing mixes ----------------------------------------------------------------------------


def test_one_number_is_two_deals(flow: Flow) -> None:
    both_close(flow)
    flow.later(days=1)
    assert moves(flow, MAIN) == [(7, "UC_QUALITY")]
    assert moves(flow, ALMATY) == [(7, "C2:UC_QUALITY")]
    flow.arrive(Arrival("m", DealMoved(7, "C2:LOSE", flow.clock.now())), portal=ALMATY)
    flow.settle()
    assert case_in(flow, ALMATY).outcome == "stopped_by_hand"
    assert case_in(flow, MAIN).outcome == ""
    flow.arrive(Arrival("d", DealDeleted(7)), portal=MAIN)
    flow.settle()
    assert case_in(flow, MAIN).outcome == "deal_gone"


def test_each_portal_has_its_scenario_and_its_branches(flow: Flow) -> None:
    both_close(flow)
    flow.later(days=1)
    assert [case_in(flow, portal).scenario for portal in (MAIN, ALMATY)] == ["tyre_centre", "sauna"]
    assert [case_in(flow, portal).branch for portal in (MAIN, ALMATY)] == [BRANCH.name, SAUNA.name]
    texts = sorted(flow.world.texts)
    assert [f"С лёгким паром: {SAUNA.name}" in text for text in texts] == [False, True]
    assert [f"Вы были у нас: {BRANCH.name}" in text for text in texts] == [True, False]


def test_one_scenario_in_two_portals_keeps_the_names_of_each(
    database: Database, clock: FixedClock, almaty: Site
) -> None:
    """The same file, so the same version; the stages behind its words are the portal's own."""
    flow = Flow(database, clock, {MAIN: Site(), ALMATY: replace(almaty, folder=ROOT / "scenarios")})
    both_close(flow)
    for library in flow.libraries.values():
        library.active = {name: replace(one, version="newer") for name, one in library.active.items()}
    flow.later(days=1)
    assert len({(row.scenario, row.version, row.deal_id) for row in rows(flow, CaseRow)}) == 1
    assert moves(flow, MAIN) == [(7, "UC_QUALITY")]
    assert moves(flow, ALMATY) == [(7, "C2:UC_QUALITY")]


def test_a_start_stage_of_one_portal_is_any_stage_of_another(flow: Flow) -> None:
    flow.close_order(7, portal=ALMATY, stage="FINAL_INVOICE")
    flow.close_order(8, portal=MAIN, stage=START)
    assert rows(flow, CaseRow) == []


def test_a_portal_that_nobody_knows_begins_nothing(flow: Flow) -> None:
    flow.close_order(7, portal="closed long ago")
    (row,) = rows(flow, InboxRow)
    assert (row.result, row.reason) == ("ignored", "it belongs to no case")


def test_one_number_is_two_tasks(flow: Flow) -> None:
    made_with_the_same_number(flow)
    assert {row.task_id for row in rows(flow, CaseRow)} == {555}
    flow.arrive(Arrival("t", TaskClosed(555, "Отзыв найден", flow.clock.now())), portal=ALMATY)
    flow.settle()
    assert case_in(flow, ALMATY).outcome == "review_confirmed"
    assert case_in(flow, MAIN).outcome == ""


def made_with_the_same_number(flow: Flow) -> None:
    """Both clients are happy and open their link; both portals call the task 555."""
    for world in flow.worlds.values():
        world.answer = lambda job: Done("555") if isinstance(job.effect, CreateTask) else Done()
    both_close(flow)
    flow.later(days=1)
    for number, phone in enumerate((PHONE, OTHER_PHONE)):
        says(flow, "9 и 10", 5000 + number, phone)
        code = flow.world.texts[-1].rpartition("/r/")[2].split()[0]
        flow.arrive(Arrival(f"click:{number}", LinkClicked(code, "yandex", flow.clock.now())), portal="")
        flow.settle()


def test_a_task_being_made_in_one_portal_holds_up_no_other_task(flow: Flow) -> None:
    fails_at_tasks = lambda job: OutcomeUnknown("cut") if isinstance(job.effect, CreateTask) else Done()  # noqa: E731
    flow.worlds[ALMATY].answer = fails_at_tasks
    flow.worlds[ALMATY].carried_out = lambda job: not isinstance(job.effect, CreateTask)
    flow.close_order(7, portal=ALMATY, stage=START)
    flow.later(days=1)
    says(flow, "9 и 10", 5000)
    code = flow.world.texts[-1].rpartition("/r/")[2].split()[0]
    flow.arrive(Arrival("click", LinkClicked(code, "yandex", flow.clock.now())), portal="")
    flow.settle()
    for portal in (MAIN, ALMATY):
        flow.arrive(Arrival("t", TaskClosed(31, "готово", flow.clock.now())), portal=portal)
    flow.settle()
    closed = {row.portal: row.processed_at for row in rows(flow, InboxRow) if row.kind == "TaskClosed"}
    assert closed[MAIN] is not None
    assert closed[ALMATY] is None


@pytest.mark.parametrize(("portal", "held"), [(ALMATY, True), (MAIN, False)])
def test_news_of_a_task_explains_a_closing_in_its_own_portal(flow: Flow, portal: str, held: bool) -> None:
    """Behind the closing stands the news that Almaty's task got this very number."""
    flow.close_order(7, portal=ALMATY, stage=START)
    now, made = flow.clock.now(), f"{case_in(flow, ALMATY).id}:2:0"
    flow.arrive(Arrival("closed", TaskClosed(31, "готово", now)), portal=portal)
    flow.arrive(Arrival("made", EffectDone(made, "31", now)), portal="")
    flow.handler.handle_some()
    (closed,) = [row for row in rows(flow, InboxRow) if row.kind == "TaskClosed"]
    assert (closed.processed_at is None) is held


# --- one's trouble is not another's -----------------------------------------------------------


@pytest.mark.parametrize(
    "outcome", [lambda: TryLater("503"), lambda: Broken("401"), lambda: OutcomeUnknown("?")]
)
def test_hours_without_one_portal_cost_the_other_nothing(flow: Flow, outcome: Callable[[], Outcome]) -> None:
    fails(flow, ALMATY, outcome)
    both_close(flow)
    flow.later(days=1)
    assert asked(flow) == [PHONE]
    says(flow, "9 и 10", 5000)
    for _ in range(8):
        flow.later(minutes=30)
    assert asked(flow) == [PHONE]
    assert len(flow.world.texts) == 2
    is_well_again(flow, ALMATY)
    for _ in range(8):
        flow.later(minutes=5)
    assert asked(flow) == [PHONE, OTHER_PHONE]


def test_only_the_lane_that_is_broken_is_called_broken(flow: Flow) -> None:
    fails(flow, ALMATY, lambda: Broken("401 INVALID_CREDENTIALS"))
    both_close(flow)
    flow.later(days=1)
    with flow.database.reading() as session:
        assert [one.key for one in lanes.all_lanes(session) if one.broken] == [CRM_OF_ALMATY]
    is_well_again(flow, ALMATY)
    flow.later(minutes=5)
    with flow.database.reading() as session:
        assert [one.key for one in lanes.all_lanes(session) if one.broken] == []


@pytest.fixture
def hanging(flow: Flow) -> Iterator[threading.Event]:
    """A call of the further portal that does not come back until it is let go."""
    reached, let_go = threading.Event(), threading.Event()

    def hang(_: object) -> Outcome:
        reached.set()
        assert let_go.wait(30)
        return Done()

    flow.worlds[ALMATY].answer = hang
    both_close(flow)
    flow.clock.advance(flow.libraries[MAIN].active["tyre_centre"].start.wait)
    stuck = flow.deliverer(CRM_OF_ALMATY)
    others = [one for one in flow.deliverers if one is not stuck]
    flow.deliverers = []
    flow.settle()
    thread = threading.Thread(target=stuck.deliver_some)
    thread.start()
    assert reached.wait(30)
    flow.deliverers = others
    yield let_go
    let_go.set()
    thread.join(30)
    assert not thread.is_alive()


def test_a_call_that_hangs_holds_nobody_else(flow: Flow, hanging: threading.Event) -> None:
    flow.settle()
    assert asked(flow) == [PHONE]
    says(flow, "9 и 10", 5000)
    assert len(flow.world.texts) == 2
    assert moves(flow, ALMATY) == []
    assert not hanging.is_set()


def test_a_portal_taken_out_of_the_config_does_not_hold_the_channel(flow: Flow) -> None:
    fails(flow, MAIN, lambda: TryLater("503"))
    both_close(flow)
    flow.world.answer = lambda job: TryLater("503")
    flow.world.carried_out = lambda _: False
    flow.later(days=1)
    taken_out = flow.libraries.pop(ALMATY), flow.beginnings.pop(ALMATY)
    is_well_again(flow, MAIN)
    flow.later(minutes=1)
    assert asked(flow) == [PHONE]
    (waiting,) = [row for row in rows(flow, EffectRow) if row.state == "planned"]
    assert "almaty is no longer in config.yaml" in waiting.error
    flow.libraries[ALMATY], flow.beginnings[ALMATY] = taken_out
    flow.later(minutes=5)
    assert asked(flow) == [PHONE, OTHER_PHONE]


def test_a_case_of_a_portal_taken_out_is_set_aside_and_the_others_go_on(flow: Flow) -> None:
    """Nobody decides about it without its scenario; once the portal is back, the event is run again."""
    both_close(flow)
    taken_out = flow.libraries.pop(ALMATY), flow.beginnings.pop(ALMATY)
    flow.later(days=1)
    assert asked(flow) == [PHONE]
    for _ in range(6):
        flow.later(minutes=1)
    (aside,) = [row for row in rows(flow, InboxRow) if row.result == "quarantined"]
    assert "portal almaty is no longer in config.yaml" in aside.reason
    flow.libraries[ALMATY], flow.beginnings[ALMATY] = taken_out
    with flow.database.transaction() as session:
        assert inbox.release(session, aside.id, flow.clock.now())
    flow.settle()
    assert asked(flow) == [PHONE, OTHER_PHONE]


def test_hints_of_a_portal_that_is_down_do_not_crowd_out_the_others(flow: Flow) -> None:
    """The first fifty hints are a stranger's, and nobody can look at them."""

    class Portal:
        def look(self, hints: Any, now: Any) -> list[Arrival]:
            seen = [Deal(one.deal_id, "Заказ", "FINAL_INVOICE", now, phone=f"+{PHONE}") for one in hints]
            return [Arrival(f"deal:{one.deal_id}", DealSeen(one)) for one in seen]

    for number in range(60):
        flow.arrive(Arrival(f"e{number}", DealChanged(number)), portal=ALMATY)
    flow.arrive(Arrival("e", DealChanged(7)), portal=MAIN)
    poller = Poller(flow.database, flow.clock, flow.libraries[MAIN], "crm", MAIN, Portal(), lambda: None)
    assert poller.look() == 1
    flow.settle()
    assert [(row.portal, row.deal_id) for row in rows(flow, CaseRow)] == [(MAIN, 7)]


def test_a_poll_brings_what_belongs_to_its_portal(flow: Flow) -> None:
    """Deal 7 is ours only in Almaty: what the main portal tells of its own deal 7 is no news."""
    flow.close_order(7, portal=ALMATY, stage=START)
    moved = Polled([Arrival("h1", DealMoved(7, "LOSE", flow.clock.now()))], "1")
    poll = Poll("history", flow.clock.now() - flow.clock.now(), lambda *_: moved)
    for portal, brought in ((MAIN, 0), (ALMATY, 1)):
        library = flow.libraries[portal]
        poller = Poller(flow.database, flow.clock, library, f"crm of {portal}", portal, None, lambda: None)
        assert poller.poll(poll) == brought
    assert [row.portal for row in rows(flow, InboxRow) if row.kind == "DealMoved"] == [ALMATY]


# --- one person, whatever portal --------------------------------------------------------------


def test_a_client_of_both_is_asked_once_within_the_limit(flow: Flow) -> None:
    both_close(flow, other=PHONE)
    flow.later(days=1)
    assert asked(flow) == [PHONE]
    assert sorted(row.outcome for row in rows(flow, CaseRow)) == ["", "asked_recently"]
    flow.later(days=31)
    flow.close_order(9, PHONE, portal=ALMATY, stage=START)
    flow.later(days=1)
    assert asked(flow) == [PHONE, PHONE]


def test_stop_holds_in_every_portal(flow: Flow) -> None:
    flow.close_order(7)
    flow.later(days=1)
    says(flow, "стоп", 5000)
    flow.later(days=40)
    flow.close_order(9, PHONE, portal=ALMATY, stage=START)
    flow.later(days=1)
    assert asked(flow) == [PHONE]
    assert case_in(flow, ALMATY).outcome == "opted_out"


@pytest.fixture
def impatient(database: Database, clock: FixedClock, almaty: Site) -> Flow:
    """Almaty may ask every day, so that one client can be in two surveys at once."""
    path = almaty.folder / "sauna.yaml"
    path.write_text(
        path.read_text("utf-8").replace("at_most_once_in: 30 days", "at_most_once_in: 1 hour"), "utf-8"
    )
    return Flow(database, clock, {MAIN: Site(), ALMATY: almaty})


def scores(flow: Flow, portal: str) -> dict[str, str]:
    found: dict[str, str] = case_in(flow, portal).body["scores"]
    return found


def two_surveys(flow: Flow) -> None:
    flow.close_order(7)
    flow.later(hours=3)
    flow.close_order(7, PHONE, portal=ALMATY, stage=START)
    flow.later(hours=21)
    assert asked(flow) == [PHONE]
    flow.later(hours=3)


def test_an_answer_goes_to_the_case_whose_question_left(impatient: Flow) -> None:
    """Almaty's case began later, but its portal is down and its question has not left."""
    fails(impatient, ALMATY, lambda: TryLater("503"))
    two_surveys(impatient)
    assert asked(impatient) == [PHONE]
    says(impatient, "9", 5000)
    assert (scores(impatient, MAIN), scores(impatient, ALMATY)) == ({"quality": "9"}, {})


def test_of_two_questions_the_last_one_is_answered(impatient: Flow) -> None:
    two_surveys(impatient)
    assert asked(impatient) == [PHONE, PHONE]
    says(impatient, "4", 5000)
    assert (scores(impatient, MAIN), scores(impatient, ALMATY)) == ({}, {"quality": "4"})


def test_words_older_than_the_last_question_answer_the_one_before(impatient: Flow) -> None:
    """The channel's numbers grow: what was written before the second question left is not about it."""
    two_surveys(impatient)
    first, second = (
        int(row.result) for row in rows(impatient, EffectRow) if row.kind == "SendMessage" and row.result
    )
    assert first < second
    says(impatient, "9", first)
    assert (scores(impatient, MAIN), scores(impatient, ALMATY)) == ({"quality": "9"}, {})


def test_an_answer_is_held_while_nobody_knows_which_question_it_follows(impatient: Flow) -> None:
    impatient.close_order(7)
    impatient.later(hours=3)
    impatient.close_order(7, PHONE, portal=ALMATY, stage=START)
    impatient.later(hours=21)
    unknown = lambda job: OutcomeUnknown("cut") if isinstance(job.effect, SendMessage) else Done()  # noqa: E731
    impatient.world.answer = unknown
    impatient.later(hours=3)
    says(impatient, "4", 5000)
    assert [row.processed_at for row in rows(impatient, InboxRow) if row.kind == "AnswerReceived"] == [None]
    is_well_again(impatient, MAIN)
    impatient.later(seconds=15)
    impatient.later(seconds=15)
    assert (scores(impatient, MAIN), scores(impatient, ALMATY)) == ({}, {"quality": "4"})


# --- branches may change while the engine runs ------------------------------------------------


def test_branches_are_replaced_between_events(flow: Flow) -> None:
    flow.close_order(7)
    moved_head = replace(BRANCH, head=777)
    flow.beginnings[MAIN].branches = Branches({"abay": moved_head}, SAUNA)
    flow.close_order(8, OTHER_PHONE)
    heads = {row.deal_id: row.body["branch"]["head"] for row in rows(flow, CaseRow)}
    assert heads == {7: BRANCH.head, 8: 777}


@pytest.mark.parametrize(
    ("value", "name", "known"),
    [("abay", BRANCH.name, True), ("?", SAUNA.name, False), (None, SAUNA.name, False)],
)
def test_a_branch_is_found_by_its_value(flow: Flow, value: str | None, name: str, known: bool) -> None:
    branches = Branches({"abay": BRANCH}, SAUNA)
    branch, is_known = branches.of(Deal(7, "Заказ", "NEW", flow.clock.now(), value))
    assert (branch.name, is_known) == (name, known)


# --- lanes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lane", "portal", "name"),
    [
        (Lane.CRM, MAIN, "crm"),
        (Lane.CRM, ALMATY, "crm:almaty"),
        (Lane.CHANNEL, MAIN, "channel"),
        (Lane.CHANNEL, ALMATY, "channel"),
    ],
)
def test_every_portal_has_a_lane_and_clients_have_one(lane: Lane, portal: str, name: str) -> None:
    assert outbox.lane_of(lane, portal) == name


def test_the_same_event_key_of_two_portals_is_two_events(flow: Flow) -> None:
    with flow.database.transaction() as session:
        one = Arrival("history:1", DealMoved(7, "WON", flow.clock.now()))
        added = [
            inbox.add(session, source, one, flow.clock.now(), portal=portal)
            for source, portal in (("bitrix24", MAIN), ("bitrix24-almaty", ALMATY), ("bitrix24", MAIN))
        ]
    assert added == [True, True, False]
