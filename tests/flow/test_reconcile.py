"""The nightly pass: what it repairs, what it only tells, and that it can be stopped anywhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import CreateTask
from qc_engine.core.events import Deal, DealChanged, DealDeleted, DealSeen, Hint, TaskChanged, TaskClosed
from qc_engine.flow.watching import comparing
from qc_engine.flow.watching.reconcile import Reconciler, due
from qc_engine.ports import Absent, Arrival, CannotTell, Connector, Done, Poll, Polled, Refused, TryLater
from qc_engine.store import alarms, cases, inbox, outbox, reports
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.reports import Report
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow
from tests.flow.fakes import PHONE, Flow

START, QUALITY = "FINAL_INVOICE", "UC_QUALITY"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Crm:
    """The other side: deals and tasks as they stand now. What it is asked while a test holds it fails."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.deals: dict[int, Deal] = {}
        self.hidden: set[int] = set()  # shown to nobody, and not called missing either
        self.closed_tasks: set[int] = set()
        self.asked: list[Sequence[Hint]] = []
        self.down: Exception | None = None

    def put(self, deal_id: int, stage: str, **changes: Any) -> None:
        entered_at = changes.pop("entered_at", self.flow.clock.now())
        self.deals[deal_id] = Deal(
            deal_id,
            "Заказ",
            stage,
            entered_at,
            "abay",
            77,
            "Айгуль",
            f"+{PHONE[:-4]}{deal_id:04d}",
            **changes,
        )

    def look(self, hints: Sequence[Hint], now: datetime) -> Sequence[Arrival]:
        self.asked.append(hints)
        if self.down:
            raise self.down
        return [one for hint in hints for one in self._look(hint, now)]

    def _look(self, hint: Hint, now: datetime) -> Sequence[Arrival]:
        match hint:
            case DealChanged(deal_id) if deal_id in self.hidden:
                return []
            case DealChanged(deal_id) if deal_id in self.deals:
                return [self._seen(self.deals[deal_id])]
            case DealChanged(deal_id):
                return [Arrival(f"deal:{deal_id}:deleted", DealDeleted(deal_id))]
            case TaskChanged(task_id) if task_id in self.closed_tasks:
                return [Arrival(f"task:{task_id}:closed", TaskClosed(task_id, "отзыв есть", now))]
            case _:
                return []

    def _seen(self, deal: Deal) -> Arrival:
        return Arrival(f"deal:{deal.deal_id}:{deal.stage}:{deal.entered_at.timestamp():.0f}", DealSeen(deal))

    def scan(self, cursor: str, _: datetime) -> Polled:
        """Two deals to a page."""
        standing = [one for one in sorted(self.deals) if self.deals[one].stage == START]
        page = [one for one in standing if one > int(cursor or 0)][:2]
        more = len(page) == 2
        return Polled([self._seen(self.deals[one]) for one in page], str(page[-1]) if more else "", more)


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    return Flow(database, clock)


@pytest.fixture
def crm(flow: Flow) -> Crm:
    return Crm(flow)


@pytest.fixture
def reconciler(flow: Flow, crm: Crm) -> Reconciler:
    scan = Poll("scan", timedelta(hours=1), crm.scan)
    connector = Connector("bitrix24", portal=MAIN, looks=crm, performs=flow.world, polls=[scan])
    return Reconciler(
        flow.database, flow.clock, flow.libraries[MAIN], connector, b"key", zone="Asia/Almaty", at="03:30"
    )


def closed(flow: Flow, crm: Crm, *deal_ids: int) -> None:
    """Orders that are closed here and there alike."""
    for deal_id in deal_ids:
        crm.put(deal_id, START)
        flow.close_order(deal_id, crm.deals[deal_id].phone[1:])  # type: ignore[index]


def keys(report: Report) -> dict[str, int]:
    return dict(report.counts)


def case_of(flow: Flow, deal_id: int) -> CaseRow:
    with flow.database.reading() as session:
        (row,) = cases.of_deal(session, MAIN, deal_id)
    return row


def alarm(flow: Flow) -> str:
    with flow.database.reading() as session:
        return ", ".join(one.key for one in alarms.all_alarms(session))


# --- when -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "now", "zone", "at", "expected"),
    [
        (None, "2026-03-03T03:29:59+05:00", "Asia/Almaty", "03:30", False),
        (None, "2026-03-03T03:30:00+05:00", "Asia/Almaty", "03:30", True),
        ("2026-03-02T03:30:00+05:00", "2026-03-03T03:30:00+05:00", "Asia/Almaty", "03:30", True),
        ("2026-03-03T03:30:00+05:00", "2026-03-03T23:59:00+05:00", "Asia/Almaty", "03:30", False),
        # The machine slept over it: caught up on the same day, not in the next night before its time.
        ("2026-03-02T03:30:00+05:00", "2026-03-03T18:00:00+05:00", "Asia/Almaty", "03:30", True),
        ("2026-03-02T03:30:00+05:00", "2026-03-04T01:00:00+05:00", "Asia/Almaty", "03:30", False),
        # A pass by hand in the evening does not replace the night's, one after it does.
        ("2026-03-02T22:00:00+05:00", "2026-03-03T03:31:00+05:00", "Asia/Almaty", "03:30", True),
        ("2026-03-03T03:31:00+05:00", "2026-03-03T03:40:00+05:00", "Asia/Almaty", "03:30", False),
        # Spring: 02:30 does not exist, it is 03:30 then. Autumn: 02:30 comes twice, and counts once.
        ("2026-03-28T02:30:00+01:00", "2026-03-29T01:29:00+00:00", "Europe/Berlin", "02:30", False),
        ("2026-03-28T02:30:00+01:00", "2026-03-29T01:30:00+00:00", "Europe/Berlin", "02:30", True),
        ("2026-10-24T02:30:00+02:00", "2026-10-25T00:30:00+00:00", "Europe/Berlin", "02:30", True),
        ("2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00", "Europe/Berlin", "02:30", False),
    ],
)
def test_when_it_is_due(last: str | None, now: str, zone: str, at: str, expected: bool) -> None:
    last_at = datetime.fromisoformat(last) if last else None
    moment = datetime.fromisoformat(now).astimezone(UTC)
    assert due(last_at, moment, zone, time.fromisoformat(at)) is expected


def test_a_loop_works_once_a_day(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    closed(flow, crm, 5)
    asked = []
    for _ in range(3):
        while reconciler.work():
            pass
        asked.append(len(crm.asked))
        flow.clock.advance(timedelta(hours=1))
    assert asked[0] > 0
    assert asked == [asked[0]] * 3
    flow.clock.advance(DAY)
    assert reconciler.work() == 1


# --- what is repaired -------------------------------------------------------------------------


def test_nothing_differs(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    closed(flow, crm, 5, 6)
    report = reconciler.run()
    assert (report.repaired, report.reported, alarm(flow)) == ((), (), "")
    assert report.looked_at == 4  # each as an open case, and as a deal in the start stage


def test_our_own_moves_are_no_difference(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    closed(flow, crm, 5)
    flow.later(days=1)
    assert case_of(flow, 5).state == "active"
    assert reconciler.run().repaired == ()  # the CRM has not carried it out yet
    crm.put(5, QUALITY)
    assert reconciler.run().repaired == ()


@pytest.mark.parametrize("days", [0, 1])
def test_a_deal_that_a_hand_moved_unnoticed(flow: Flow, crm: Crm, reconciler: Reconciler, days: int) -> None:
    closed(flow, crm, 5)
    flow.later(days=days, minutes=1)
    crm.put(5, "LOSE")
    report = reconciler.run()
    assert keys(report) == {"reconcile.moved": 1}
    assert report.repaired[0].params["stage"] == "LOSE"
    flow.later(days=1)
    assert case_of(flow, 5).outcome == "stopped_by_hand"
    assert reconciler.run().repaired == ()


def test_an_older_move_that_came_last_is_put_right(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    """The fact was heard once, then an older one overtook it: saying it again must not be taken for a repeat."""
    closed(flow, crm, 5)
    flow.clock.advance(MINUTE)
    crm.put(5, "LOSE")
    (lost,) = crm.look([DealChanged(5)], flow.clock.now())
    crm.put(5, "EXECUTING", entered_at=flow.clock.now() - timedelta(seconds=20))
    (older,) = crm.look([DealChanged(5)], flow.clock.now())
    with flow.database.transaction() as session:
        for one in (lost, older):
            inbox.add(session, "bitrix24", one, flow.clock.now(), portal=MAIN)
    flow.settle()
    crm.deals[5] = lost.event.deal  # type: ignore[union-attr]
    assert keys(reconciler.run()) == {"reconcile.moved": 1}
    flow.settle()
    assert case_of(flow, 5).body["deal_stage"] == "LOSE"


def test_a_client_who_must_not_be_disturbed(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    closed(flow, crm, 5)
    crm.put(5, START, entered_at=crm.deals[5].entered_at, do_not_disturb=True)
    assert keys(reconciler.run()) == {"reconcile.told": 1}
    flow.later(days=1)
    assert (case_of(flow, 5).state, flow.world.texts) == ("ended", [])


def test_a_deleted_deal(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    closed(flow, crm, 5, 6)
    del crm.deals[6]
    assert keys(reconciler.run()) == {"reconcile.deleted": 1}
    flow.later(days=1)
    assert (case_of(flow, 6).outcome, case_of(flow, 5).state) == ("deal_gone", "active")


def test_deals_that_nobody_noticed_begin(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    for deal_id in range(10, 15):
        crm.put(deal_id, START)
    crm.put(20, START, entered_at=flow.clock.now() - timedelta(days=30))  # too late to ask
    closed(flow, crm, 5)
    report = reconciler.run()
    assert (keys(report), alarm(flow)) == ({"reconcile.begun": 5}, "")
    flow.settle()
    assert case_of(flow, 14).state == "waiting"
    assert keys(reconciler.run()) == {}


def test_what_waits_in_the_inbox_is_no_repair(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    crm.put(10, START)
    (arrival,) = crm.look([DealChanged(10)], flow.clock.now())
    with flow.database.transaction() as session:
        inbox.add(session, "bitrix24", arrival, flow.clock.now(), portal=MAIN)
    assert reconciler.run().repaired == ()


# --- what is only told ------------------------------------------------------------------------


def test_why_nobody_was_asked(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    closed(flow, crm, 5)
    crm.put(30, "WON")
    with flow.database.transaction() as session:
        for number, deal_id in enumerate((5, 30, 31, 30)):
            hint = Arrival(f"look:history:{number}", DealChanged(deal_id))
            inbox.add(session, "bitrix24", hint, flow.clock.now(), portal=MAIN)
        inbox.add(session, "bitrix24", Arrival("event:1", DealChanged(77)), flow.clock.now(), portal=MAIN)
        rows = session.exec(select(InboxRow).where(col(InboxRow.is_hint))).all()
        inbox.finish_hints(session, rows, flow.clock.now())
    flow.clock.advance(MINUTE)
    report = reconciler.run()
    assert keys(report) == {"reconcile.passed": 1, "reconcile.passed_deleted": 1}
    assert report.reported[0].params["stage"] == "WON"
    assert (report.for_a_person, alarm(flow)) == (0, "")
    flow.clock.advance(MINUTE)
    assert keys(reconciler.run()) == {}  # told once, not every night


def test_a_deal_that_is_not_shown(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    closed(flow, crm, 5)
    crm.hidden.add(5)
    report = reconciler.run()
    assert (keys(report), alarm(flow)) == ({"reconcile.unseen": 1}, "reconcile:main")
    crm.hidden.clear()
    reconciler.run()
    assert alarm(flow) == ""


def test_a_refused_question_is_told_and_the_pass_goes_on(
    flow: Flow, crm: Crm, reconciler: Reconciler
) -> None:
    closed(flow, crm, 5)
    crm.put(10, START)
    crm.down = Refused("crm.item.list: ACCESS_DENIED", "access_denied")
    assert keys(reconciler.run()) == {"reconcile.refused": 1, "reconcile.begun": 1}


def reviewed(flow: Flow, crm: Crm) -> int:
    """A case that waits for a manager's task; the task's number."""
    closed(flow, crm, 5)
    flow.later(days=1)
    crm.put(5, QUALITY)
    with flow.database.transaction() as session:
        (row,) = cases.of_deal(session, MAIN, 5)
        case = cases.load(session, row)
        task = CreateTask("Отзыв?", "Проверьте", 201, flow.clock.now() + DAY, 5)
        session.add(
            EffectRow(
                key=f"{case.id}:90:0", case_id=case.id, lane="crm", kind="CreateTask", state=outbox.DONE,
                payload=outbox.codec.dump_effect(task), run_at=flow.clock.now(), result="901",
                created_at=flow.clock.now(),
            )
        )  # fmt: skip
        row.task_id, row.body = 901, {**row.body, "task_id": 901}
    return 901


def test_a_task_that_is_not_there_any_more(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    task_id = reviewed(flow, crm)
    flow.world.find = lambda _: Absent()  # type: ignore[method-assign]
    report = reconciler.run()
    assert (keys(report), alarm(flow)) == ({"reconcile.task_gone": 1}, "reconcile:main")
    assert report.reported[0].params["number"] == str(task_id)


def test_a_task_that_the_portal_made_twice(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    """Nobody's answer was lost: only the mark tells. The alarm stays until a person has deleted one."""
    task_id = reviewed(flow, crm)

    def made() -> EffectRow:
        with flow.database.reading() as session:
            return session.exec(select(EffectRow).where(EffectRow.result == str(task_id))).one()

    key = f"twice:{made().id}"
    flow.world.find = lambda _: Done("900", (str(task_id),))  # type: ignore[method-assign]
    for _ in range(2):
        assert (keys(reconciler.run()), alarm(flow), made().error) == ({}, key, "twice: 900")
    flow.world.find = lambda _: CannotTell("too many")  # type: ignore[method-assign]
    assert (reconciler.run() and alarm(flow)) == key
    flow.world.find = lambda _: Done(str(task_id))  # type: ignore[method-assign]
    assert (keys(reconciler.run()), alarm(flow), made().error) == ({}, "", "was_twice: 900")


def test_a_double_of_a_case_that_has_ended(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    task_id = reviewed(flow, crm)
    flow.world.find = lambda _: Done(str(task_id), ("902",))  # type: ignore[method-assign]
    reconciler.run()
    with flow.database.transaction() as session:
        (row,) = cases.of_deal(session, MAIN, 5)
        row.state, row.task_id = "done", None
    assert (reconciler.run() and alarm(flow))[:6] == "twice:"
    flow.world.find = lambda _: Absent()  # type: ignore[method-assign]
    assert (reconciler.run() and alarm(flow)) == ""


def test_a_task_that_was_closed_unnoticed(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    crm.closed_tasks.add(reviewed(flow, crm))
    flow.world.find = lambda _: Absent()  # type: ignore[method-assign]
    assert keys(reconciler.run()) == {"reconcile.task_closed": 1}
    flow.settle()
    assert case_of(flow, 5).body["review"] == "found"
    assert keys(reconciler.run()) == {}


def test_what_did_not_leave_for_a_day(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    flow.world.answer = lambda _: TryLater("503 busy", after=timedelta(hours=2))
    closed(flow, crm, 5, 6)
    flow.later(days=1)
    flow.clock.advance(timedelta(hours=23))
    assert keys(reconciler.run()) == {}
    flow.clock.advance(timedelta(hours=2))
    stuck = [dict(line.params) for line in reconciler.run().reported]
    assert {(one["what"], one["count"], one["why"]) for one in stuck} == {
        ("MoveDeal", "2", "503 busy"),
        ("SendMessage", "2", ""),
    }


# --- interrupted ------------------------------------------------------------------------------


def test_it_goes_on_where_it_was_stopped(
    flow: Flow, crm: Crm, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "AT_ONCE", 2)
    closed(flow, crm, *range(1, 8))
    assert reconciler.step() is None
    crm.down = TryLater("503")
    with pytest.raises(TryLater):
        reconciler.run()
    assert reconciler.work() == 0
    crm.down = None
    report = reconciler.run()
    asked = [hint.deal_id for hints in crm.asked for hint in hints if isinstance(hint, DealChanged)]
    read_again = len(asked) - len(set(asked))
    assert (sorted(set(asked)), read_again) == (list(range(1, 8)), 4)  # one page, in two failed attempts
    assert report.looked_at == 14
    with flow.database.reading() as session:
        assert reports.unfinished(session, MAIN) is None
        assert reports.last(session, MAIN) == report


def test_no_transaction_is_open_while_it_asks(
    flow: Flow, crm: Crm, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed(flow, crm, 5)
    look = crm.look

    def writes_meanwhile(hints: Sequence[Hint], now: datetime) -> Sequence[Arrival]:
        flow.arrive(Arrival(f"meanwhile {len(crm.asked)}", DealChanged(99)))
        return look(hints, now)

    monkeypatch.setattr(crm, "look", writes_meanwhile)
    assert reconciler.run().repaired == ()
    assert len(crm.asked) == 1


def test_long_lists_are_cut_and_counted(flow: Flow, crm: Crm, reconciler: Reconciler) -> None:
    for deal_id in range(1, reports.MOST_LISTED + 4):
        crm.put(deal_id, START)
    report = reconciler.run()
    assert (len(report.repaired), report.repaired_in_all) == (reports.MOST_LISTED, reports.MOST_LISTED + 3)
    assert keys(report) == {"reconcile.begun": reports.MOST_LISTED + 3}
