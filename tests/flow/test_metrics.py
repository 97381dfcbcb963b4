"""Figures for Prometheus: true, cheap, the same from both databases, and nobody's name among them."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, text
from sqlmodel import Session

from qc_engine.clock import FixedClock, SystemClock
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.flow.watching.metric_names import LABELS, MEANING
from qc_engine.flow.watching.metrics import DAY_LASTS, NOW_LASTS, Metrics, Sample, exposed
from qc_engine.ports import Arrival, CannotTell, Done, Job, Outcome, OutcomeUnknown, TryLater
from qc_engine.store import alarms, inbox, lanes, polls, snapshots, workers
from qc_engine.store.database import Database
from qc_engine.store.tables import ClickRow
from qc_engine.store.workers import Worker
from tests.flow.fakes import PHONE, Flow

HOUR = timedelta(hours=1)
Read = Mapping[tuple[str, ...], float]


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    return Flow(database, clock)


def read(metrics: Metrics) -> Read:
    """(name, label values ...) -> value, by the parser that others have."""
    families = list(text_string_to_metric_families(metrics.text().decode()))
    assert {one.name: one.documentation for one in families} == dict(MEANING)
    assert {one.type for one in families} == {"gauge"}
    found = {}
    for one in families:
        for sample in one.samples:
            assert sample.name == one.name
            assert tuple(sample.labels) == LABELS.get(one.name, ())
            found[one.name, *sample.labels.values()] = sample.value
    return found


def look(flow: Flow) -> Read:
    return read(Metrics(flow.database, flow.clock))


def test_an_empty_engine_has_figures(flow: Flow) -> None:
    found = look(flow)
    assert found["qc_inbox_open",] == found["qc_timers_due",] == found["qc_day_asked",] == 0
    assert found["qc_cases", "active"] == found["qc_cases", "waiting"] == 0
    assert found["qc_workers", "living"] == 0
    assert not [one for one in found if one[0] in ("qc_alarms", "qc_effects")]
    assert (("qc_disk_free_bytes",) in found) == flow.database.is_sqlite
    assert ("qc_backup_age_seconds",) not in found, "nobody makes any"
    with flow.database.transaction() as session:
        snapshots.note(session, flow.clock.now() - HOUR)
    assert look(flow)["qc_backup_age_seconds",] == HOUR.total_seconds()


def test_what_waits_and_for_how_long(flow: Flow, clock: FixedClock) -> None:
    flow.world.answer = lambda job: (
        TryLater("busy", after=HOUR) if isinstance(job.effect, MoveDeal) else Done()
    )
    for number in range(3):
        flow.close_order(5000 + number, f"7701000{number:04d}")
    assert look(flow)["qc_cases", "waiting"] == 3
    flow.later(days=1)
    with flow.database.transaction() as session:
        lanes.mark_broken(session, "crm", "the door is shut", clock.now())
    clock.advance(HOUR + timedelta(minutes=5))
    found = look(flow)
    assert (found["qc_effects", "crm", "planned"], found["qc_effects_due", "crm"]) == (3, 3)
    assert found["qc_effects_oldest_seconds", "crm"] == 300
    assert found["qc_lane_broken", "crm"] == 1
    assert (found["qc_cases", "active"], found["qc_cases", "waiting"]) == (3, 0)
    assert found["qc_day_effects", "crm", "planned"] == 3


def test_nothing_that_a_person_lets_stand_still_is_late(flow: Flow, clock: FixedClock) -> None:
    flow.close_order()
    clock.advance(timedelta(days=1, hours=1))
    due = look(flow)
    assert due["qc_timers_due",] == 1
    assert due["qc_timers_late_seconds",] > 0
    with flow.database.transaction() as session:
        session.execute(text("UPDATE cases SET still_since = created_at"))
    found = look(flow)
    assert (found["qc_timers_due",], found["qc_timers_late_seconds",]) == (0, 0)


def test_what_needs_a_person(flow: Flow, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(job: Job) -> Outcome:
        return OutcomeUnknown("no answer") if isinstance(job.effect, SendMessage) else Done()

    flow.world.answer = answer
    monkeypatch.setattr(flow.world, "find", lambda job: CannotTell("nobody knows"))
    flow.close_order()
    for _ in range(40):
        flow.later(hours=1)
    with flow.database.transaction() as session:
        inbox.add_unreadable(session, "chat2desk", "{", "no JSON", clock.now())
        alarms.raise_alarm(session, f"page:{PHONE}", "alarm.page", {"branch": "На Абая"}, clock.now())
        polls.failed(session, "bitrix24:history", "it is down", clock.now() - HOUR)
    found = look(flow)
    assert found["qc_inbox_quarantined",] == 1
    assert found["qc_alarms", "page"] == 1
    assert found["qc_poll_failing_seconds", "bitrix24:history"] == 3600
    assert found["qc_effects", "channel", "review"] == 1


def test_a_day_is_a_day(flow: Flow, clock: FixedClock) -> None:
    with flow.database.transaction() as session:
        for hours, grade in ((30, "person"), (25, "machine"), (23, "person"), (2, "machine"), (1, "person")):
            at = clock.now() - timedelta(hours=hours)
            session.add(ClickRow(code="x", at=at, grade=grade, reason="", agent=f"Agent {PHONE}"))
            session.flush()
    flow.close_order()
    found = look(flow)
    assert {one[1]: n for one, n in found.items() if one[0] == "qc_day_visits"} == {"person": 2, "machine": 1}
    arrived = {one[1]: n for one, n in found.items() if one[0] == "qc_day_arrivals"}
    assert (found["qc_day_cases_begun",], arrived) == (1, {"DealSeen": 1})
    clock.advance(timedelta(hours=24, seconds=1))
    found = look(flow)
    assert found["qc_day_cases_begun",] == 0
    assert not [one for one in found if one[:2] == ("qc_day_arrivals", "DealSeen")]


def test_workers_by_machine(flow: Flow) -> None:
    with flow.database.transaction() as session:
        now = workers.moment(session, SystemClock())
        for name, host, ago in (("a", "one", 2), ("b", "one", 90), ("c", "two", 60)):
            workers.say(session, Worker(name, "0001", host, skew=0.5), now - timedelta(seconds=ago))
    found = look(flow)
    assert (found["qc_workers", "living"], found["qc_workers", "silent"]) == (1, 2)
    assert 2 <= found["qc_worker_beat_age_seconds", "one"] < 50 < found["qc_worker_beat_age_seconds", "two"]
    assert found["qc_worker_clock_skew_seconds", "two"] == 0.5


def test_whoever_asks_often_gets_the_same(flow: Flow, clock: FixedClock) -> None:
    asked: list[str] = []
    event.listen(flow.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    metrics = Metrics(flow.database, clock)
    first = metrics.text()
    much = len(asked)
    assert metrics.text() == first
    clock.advance(NOW_LASTS - timedelta(seconds=1))
    metrics.text()
    assert len([one for one in asked if one.startswith("SELECT")]) <= much
    clock.advance(timedelta(seconds=1))
    metrics.text()
    assert not [one for one in asked[much:] if "clicks" in one]
    clock.advance(DAY_LASTS)
    metrics.text()
    assert [one for one in asked[much:] if "clicks" in one]


def test_no_figure_walks_through_a_large_table(sqlite_database: Database, clock: FixedClock) -> None:
    """SQLite says how it would read: never a whole table of what grows for years."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(
        sqlite_database.engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3]))
    )
    Metrics(sqlite_database, clock).text()
    selects = [one for one in asked if one[0].startswith("SELECT")]
    assert len(selects) > 15
    with sqlite_database.reading() as session:
        plans = {words: _plan(session, words, values) for words, values in selects}
    scans = {words: plan for words, plan in plans.items() if any(one in LARGE for one in plan)}
    # From the newest row backwards, until one is older than a day.
    backwards = [words for words in scans if words.endswith(".id DESC\n LIMIT ? OFFSET ?")]
    assert list(scans) == backwards
    assert sorted(plan for (plan,) in scans.values()) == ["SCAN clicks", "SCAN effects", "SCAN inbox"]


LARGE = tuple(
    f"SCAN {table}" for table in ("cases", "inbox", "effects", "clicks", "facts", "clients", "traces")
)


def _plan(session: Session, words: str, values: tuple[object, ...]) -> list[str]:
    rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all()
    return [row[-1] for row in rows]


def test_a_label_is_written_so_that_others_can_read_it() -> None:
    odd = 'a"b\\c\nd'
    (family,) = (
        one for one in text_string_to_metric_families(exposed([Sample("qc_alarms", 1, (odd,))]).decode())
        if one.samples
    )  # fmt: skip
    assert [one.labels for one in family.samples] == [{"family": odd}]


def test_answers_of_a_day(flow: Flow, clock: FixedClock) -> None:
    for number in range(3):
        flow.close_order(5000 + number, f"7701000{number:04d}")
    flow.later(days=1)
    for words in ("9", "10"):
        number = int(clock.now().timestamp())
        flow.arrive(Arrival(f"inbox:{number}", AnswerReceived("77010000001", words, clock.now(), number)))
        flow.later(minutes=1)
    found = look(flow)
    assert (found["qc_day_asked",], found["qc_day_answered",], found["qc_day_clicked",]) == (3, 1, 0)
    assert {one[1]: n for one, n in found.items() if one[0] == "qc_day_marks"} == {"9": 1}
    assert found["qc_day_arrivals", "AnswerReceived", "applied"] == 2
    assert found["qc_day_effects", "channel", "done"] >= 3


def test_nobody_is_named(flow: Flow, clock: FixedClock) -> None:
    flow.close_order()
    flow.later(days=1)
    flow.arrive(Arrival("inbox:1", AnswerReceived(PHONE, "9", clock.now(), 1)))
    flow.settle()
    with flow.database.transaction() as session:
        alarms.broken(session, "channel", "refused", clock.now())
    written = Metrics(flow.database, clock).text().decode()
    assert not [word for word in (PHONE, PHONE[-7:], "Айгуль", "На Абая", "4312") if word in written]
    assert 'lane="channel"' in written
