"""What stands where: alarms, queues by lane, forecasts, the last reconciliation."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from qc_engine.clock import FixedClock, SystemClock
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.explain.overview import as_text
from qc_engine.explain.voice import Voice
from qc_engine.flow.watching.status import status
from qc_engine.health import _workers
from qc_engine.ports import Connector, Done, TryLater
from qc_engine.store import alarms, lanes, reports, workers
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.reports import Pass, Report
from qc_engine.store.workers import Worker
from tests.flow.fakes import Flow, Site, World

HOUR = timedelta(hours=1)


class Forecasting(World):
    """A vendor that lets one effect through in a minute."""

    batch_size = 4

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        return timedelta(minutes=sum(waiting.values()))


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    return Flow(database, clock, {MAIN: Site(), "astana": Site()})


def connectors() -> list[Connector]:
    return [
        Connector("bitrix24", portal=MAIN, performs=Forecasting()),
        Connector("chat2desk", performs=World()),
        Connector("bitrix24-astana", portal="astana", performs=Forecasting()),
    ]


def told(flow: Flow, full: bool = False) -> dict[str, Any]:
    return status(flow.database, flow.clock, full, connectors())


def lane(flow: Flow, name: str) -> dict[str, Any]:
    return next(one for one in told(flow)["lanes"] if one["lane"] == name)


def test_an_empty_engine(flow: Flow) -> None:
    document = told(flow)
    assert (document["alarms"], document["reconciled"], document["next_at"]) == ([], [], None)
    assert [(one["lane"], one["portal"], one["count"]) for one in document["lanes"]] == [
        ("crm", "main", 0),
        ("crm:astana", "astana", 0),
        ("channel", "", 0),
    ]
    assert all(one["forecast"] is None for one in document["lanes"])
    assert "effects" not in document


def test_a_queue_and_its_forecast(flow: Flow, clock: FixedClock) -> None:
    flow.world.answer = lambda job: (
        TryLater("busy", after=HOUR) if isinstance(job.effect, MoveDeal) else Done()
    )
    for number in range(5):
        flow.close_order(5000 + number, f"7701000{number:04d}")
    flow.later(days=1)
    planned_at = clock.now()
    assert (lane(flow, "crm")["count"], lane(flow, "crm")["later"]) == (0, 5)
    clock.advance(HOUR)
    crm, channel = lane(flow, "crm"), lane(flow, "channel")
    assert (crm["waiting"], crm["count"], crm["later"], crm["urgent"]) == ({"MoveDeal": 5}, 5, 0, 0)
    assert crm["oldest_at"] == planned_at.isoformat()
    assert crm["forecast"] == {
        "requests": 2,
        "empty_at": (clock.now() + timedelta(minutes=5)).isoformat(),
    }
    assert channel["waiting"] == {"SendMessage": 5}
    assert channel["forecast"]["requests"] == 1  # a vendor without a forecast of its own: an ordinary pace
    assert lane(flow, "crm:astana")["count"] == 0


def test_urgent_ones_are_counted(flow: Flow) -> None:
    flow.world.answer = lambda job: TryLater("busy") if isinstance(job.effect, MoveDeal) else Done()
    flow.close_order()
    flow.later(days=1)
    with flow.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE effects SET priority = 1 WHERE kind = 'MoveDeal'")
    flow.clock.advance(HOUR)
    assert (lane(flow, "crm")["urgent"], lane(flow, "channel")["urgent"]) == (1, 0)


def test_a_lane_that_is_closed(flow: Flow, clock: FixedClock) -> None:
    lanes.BucketPace(flow.database, clock, "bitrix24-astana", 2, 50).pause(60)
    with flow.database.transaction() as session:
        lanes.mark_broken(session, "crm:astana", "HTTP 401", clock.now())
        alarms.raise_alarm(session, "broken:crm:astana", "alarm.broken", {"reason": "HTTP 401"}, clock.now())
    clock.advance(timedelta(seconds=30))
    astana = lane(flow, "crm:astana")
    assert astana["paused_until"] == (clock.now() + timedelta(seconds=30)).isoformat()
    since = (clock.now() - timedelta(seconds=30)).isoformat()
    assert (astana["broken"], astana["broken_since"]) == ("HTTP 401", since)
    assert lane(flow, "crm")["broken"] == ""
    assert [one["key"] for one in told(flow)["alarms"]] == ["broken:crm:astana"]
    clock.advance(HOUR)
    assert lane(flow, "crm:astana")["paused_until"] is None


def test_the_last_reconciliation_of_each_portal(flow: Flow, clock: FixedClock) -> None:
    under_way = Pass(Report("astana", clock.now()), clock.now())
    under_way.repaired("reconcile.begun", deal_id=5, at=clock.now())
    under_way.reported("reconcile.unseen", needs_person=True, deal_id=6)
    under_way.reported("reconcile.passed", deal_id=7, stage="WON", at=clock.now())
    with flow.database.transaction() as session:
        reports.keep(session, under_way.report, clock.now())
    (one,) = told(flow)["reconciled"]
    assert (one["portal"], one["at"]) == ("astana", clock.now().isoformat())
    assert (one["repaired"], one["reported"], one["for_a_person"]) == (1, 2, 1)


def test_totals_only_when_asked(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)
    document = told(flow, full=True)
    assert document["cases"] == {"active": 1}
    assert document["effects"]["done"] == len(flow.world.done(SendMessage)) + len(flow.world.done(MoveDeal))


def test_the_document_without_connectors_is_still_whole(flow: Flow, clock: FixedClock) -> None:
    flow.world.answer = lambda _: TryLater("busy")
    flow.close_order()
    flow.later(days=1)
    clock.advance(HOUR)
    names = [(one["lane"], one["count"], one["forecast"]) for one in status(flow.database, clock)["lanes"]]
    assert names == [("channel", 1, None), ("crm", 1, None)]


def test_who_works_and_who_has_fallen_silent(sqlite_database: Database, clock: FixedClock) -> None:
    """By the machine's own clock, which is not that of a demo."""
    now = SystemClock().now()
    with sqlite_database.transaction() as session:
        for number, at in enumerate((now, now - timedelta(minutes=1)), 1):
            since = (now - timedelta(hours=1)).isoformat()
            workers.say(session, Worker(f"w{number}", "2", f"host{number}", number, "worker", since), at)
        workers.hold(session, "bitrix24", "w1", now)
    document = status(sqlite_database, clock)
    assert [(one["host"], one["lives"], one["duties"]) for one in document["workers"]] == [
        ("host1", True, ["bitrix24"]),
        ("host2", False, []),
    ]
    lines = as_text(document, Voice("ru", "Asia/Almaty")).splitlines()
    assert (lines[-2].startswith("Работает с "), lines[-2].endswith("host1, процесс 1; на нём bitrix24")) == (
        True,
        True,
    )
    assert (lines[-1].startswith("Молчит с "), lines[-1].endswith("host2, процесс 2")) == (True, True)


def test_one_key_for_all_workers(sqlite_database: Database) -> None:
    now = SystemClock().now()
    with sqlite_database.transaction() as session:
        for number, key in enumerate(("a1", "b2")):
            workers.say(
                session, Worker(f"w{number}", "2", "host", number, "all", now.isoformat(), key=key), now
            )
    (wrong,) = (one for one in _workers(sqlite_database) if not one.ok)
    assert "QC_SECRET_KEY" in wrong.remedy


@pytest.mark.parametrize(
    ("silent_for", "skew", "said"),
    [
        (0, 0.0, [(True, "Рабочих процессов: 1: host (7)")]),
        (0, 3.5, [(True, "Рабочих процессов: 1: host (7)"), (False, "Часы host расходятся с базой на +3.5 с")]),
        (60, 0.0, [(False, "Никто не работает с ")]),
    ],
)  # fmt: skip
def test_what_the_doctor_says_of_workers(
    sqlite_database: Database, silent_for: int, skew: float, said: list[tuple[bool, str]]
) -> None:
    at = SystemClock().now() - timedelta(seconds=silent_for)
    assert list(_workers(sqlite_database)) == []  # before the first start nobody is missed
    with sqlite_database.transaction() as session:
        workers.say(session, Worker("w", "2", "host", 7, "all", at.isoformat(), skew=skew), at)
    found = list(_workers(sqlite_database))
    assert [(one.ok, one.what[: len(what)]) for one, (_, what) in zip(found, said, strict=True)] == said
    assert all(one.ok or one.remedy for one in found)
