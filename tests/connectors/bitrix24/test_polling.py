"""Polls: cursors, pages, overlaps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.core.events import DealChanged, DealMoved, DealSeen, TaskClosed
from qc_engine.ports import Arrival, Connector, Polled, TryLater

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)

Run = Callable[[str, datetime], Polled]


def connector(settings: Bitrix24Settings, clock: Any, pace: Any, watched: list[str]) -> Connector:
    return Bitrix24(settings, clock, pace).connector("bitrix24", "main", watched, timedelta(days=2))


@pytest.fixture
def engine(settings: Bitrix24Settings, clock: Any, pace: Any) -> Connector:
    return connector(settings, clock, pace, ["EXECUTING", "C1:DONE", "EXECUTING"])


def poll(engine: Connector, name: str) -> Run:
    return next(poll.run for poll in engine.polls if poll.name == name)


def drain(run: Run, cursor: str = "") -> tuple[list[Arrival], str, int]:
    """Every arrival until the poll has no more, the last cursor, and how many runs it took."""
    arrivals: list[Arrival] = []
    for runs in range(1, 20):
        polled = run(cursor, NOW)
        arrivals += polled.arrivals
        cursor = polled.cursor
        if not polled.more:
            return arrivals, cursor, runs
    raise AssertionError("the poll never ends")


def test_shape(engine: Connector, bitrix: Bitrix24) -> None:
    assert [(p.name, p.every.total_seconds()) for p in engine.polls] == [
        ("history", 60),
        ("tasks", 60),
        ("scan", 3600),
        ("changes", 60),
        ("names", 3600),
    ]
    polls = bitrix.polls([], timedelta(days=1))
    assert [p.name for p in polls] == ["history", "tasks", "scan", "changes", "names"]
    assert polls[2].run("", NOW) == Polled((), "")
    assert (engine.name, engine.portal) == ("bitrix24", "main")


# --- history -----------------------------------------------------------------------------------------


def history(rows: list[dict[str, object]]) -> Callable[[Any], Any]:
    def answer(params: Any) -> Any:
        floor = int(params["filter"].get(">ID", 0)) if params["filter"] else 0
        after = [row for row in rows if int(str(row["ID"])) > floor]
        ordered = sorted(after, key=lambda row: int(str(row["ID"])), reverse=params["order"]["ID"] == "DESC")
        start = max(0, int(params["start"]))
        return {"result": {"items": ordered[start : start + 50]}}

    return answer


def move(number: int, as_text: bool = False, at: str = "2026-03-04T12:59:00+03:00") -> dict[str, object]:
    kind = str if as_text else int
    return {
        "ID": kind(number),
        "OWNER_ID": kind(21),
        "STAGE_ID": "NEW",
        "CREATED_TIME": at,
        "TYPE_ID": kind(2),
    }


def test_history_begins_at_the_newest_row(portal: Any, engine: Connector) -> None:
    portal.on("crm.stagehistory.list", history([move(n) for n in range(1, 130)]))
    assert poll(engine, "history")("", NOW) == Polled((), "129")


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize(("rows", "runs"), [(60, 1), (70, 2), (569, 2), (570, 3), (571, 3), (1180, 4)])
def test_history_reads_pages_to_the_end(
    portal: Any, engine: Connector, as_text: bool, rows: int, runs: int
) -> None:
    portal.on("crm.stagehistory.list", history([move(n, as_text) for n in range(1, rows + 1)]))
    arrivals, cursor, needed = drain(poll(engine, "history"), "40")
    assert {arrival.key for arrival in arrivals} == {f"history:{n}" for n in range(21, rows + 1)}
    assert (cursor, needed, len(portal.requests)) == (str(rows), runs, runs)
    assert arrivals[-1].event == DealMoved(21, "NEW", datetime(2026, 3, 4, 9, 59, tzinfo=UTC))


def test_history_finds_a_row_that_was_committed_late(portal: Any, engine: Connector) -> None:
    portal.on("crm.stagehistory.list", history([move(100), move(101)]))
    arrivals, cursor, _ = drain(poll(engine, "history"), "101")
    assert "history:100" in {arrival.key for arrival in arrivals}
    assert cursor == "101"


def test_history_does_not_repeat_what_is_long_past(portal: Any, engine: Connector) -> None:
    portal.on("crm.stagehistory.list", history([move(100, at="2026-01-01T00:00:00+03:00"), move(101)]))
    assert [a.key for a in poll(engine, "history")("100", NOW).arrivals] == ["history:101"]


def test_history_of_the_vendors_sample(portal: Any, engine: Connector, sample: Any) -> None:
    portal.on("crm.stagehistory.list", sample("crm-stagehistory-list-response.json"))
    at = datetime(2024, 4, 25, 14, 59, 11, tzinfo=UTC)
    assert poll(engine, "history")("1", NOW) == Polled(
        [Arrival("history:35", DealMoved(21, "NEW", at))], "35"
    )


@pytest.mark.parametrize("rows", [[], [{"ID": "x"}], [{"ID": 5, "OWNER_ID": None, "STAGE_ID": None}]])
def test_history_with_nothing_to_tell(portal: Any, engine: Connector, rows: list[object]) -> None:
    portal.on("crm.stagehistory.list", {"items": rows})
    polled = poll(engine, "history")("4", NOW)
    assert (list(polled.arrivals), polled.more) == ([], False)
    assert polled.cursor in ("4", "5")


def test_failed_poll_keeps_its_cursor_by_raising(portal: Any, engine: Connector, failed: Any) -> None:
    portal.on("crm.stagehistory.list", failed("QUERY_LIMIT_EXCEEDED", status=503))
    with pytest.raises(TryLater):
        poll(engine, "history")("4", NOW)


# --- tasks -------------------------------------------------------------------------------------------


def closed(number: int, **more: object) -> dict[str, object]:
    return {
        "id": str(number), "status": "5", "closedDate": "2026-03-04T12:30:00+03:00",
        "changedDate": "2026-03-04T12:31:00+03:00", "tags": {"1": {"id": 1, "title": "qc-engine"}}, **more,
    }  # fmt: skip


def test_tasks_begin_now_and_look_back_a_little(portal: Any, engine: Connector) -> None:
    portal.on("tasks.task.list", {"tasks": []})
    assert poll(engine, "tasks")("", NOW) == Polled([], "2026-03-04T10:00:00+00:00")
    [params] = portal.sent("tasks.task.list")
    assert params["filter"] == {"REAL_STATUS": "5", ">=CHANGED_DATE": "2026-03-04T09:45:00+00:00"}


def test_tasks_that_are_ours_with_their_results(portal: Any, engine: Connector) -> None:
    rows = [closed(1), closed(2, tags=[]), closed(3, tags=[], description="x\n[qc-abc]")]
    portal.on("tasks.task.list", {"tasks": rows})
    portal.on("tasks.task.result.list", lambda p: [{"id": 1, "text": f"found {p['taskId']}"}])
    polled = poll(engine, "tasks")("2026-03-04T09:00:00+00:00", NOW)
    at = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    assert [arrival.event for arrival in polled.arrivals] == [
        TaskClosed(1, "found 1", at),
        TaskClosed(3, "found 3", at),
    ]
    assert polled.arrivals[0].key == f"task:1:{int(at.timestamp())}"
    assert (polled.cursor, polled.more) == ("2026-03-04T09:31:00+00:00", False)


def test_tasks_page_by_page(portal: Any, engine: Connector) -> None:
    rows = [closed(n, changedDate=f"2026-03-04T09:{n % 60:02}:00+00:00") for n in range(1, 121)]

    def page(params: Any) -> Any:
        start = int(params["start"])
        answer = {"result": {"tasks": rows[start : start + 50]}, "total": 120}
        return answer | ({"next": start + 50} if start + 50 < 120 else {})

    portal.on("tasks.task.list", page)
    portal.on("tasks.task.result.list", [])
    arrivals, cursor, runs = drain(poll(engine, "tasks"), "2026-03-04T08:00:00+00:00")
    assert (len({arrival.key for arrival in arrivals}), runs) == (120, 3)
    assert cursor == "2026-03-04T09:59:00+00:00"
    since = {params["filter"][">=CHANGED_DATE"] for params in portal.sent("tasks.task.list")}
    assert since == {"2026-03-04T07:45:00+00:00"}


def test_tasks_may_be_filtered_by_the_portal(
    portal: Any, settings: Bitrix24Settings, clock: Any, pace: Any
) -> None:
    portal.on("tasks.task.list", {"tasks": []})
    engine = connector(settings.model_copy(update={"task_tag_filter": True}), clock, pace, [])
    poll(engine, "tasks")("", NOW)
    assert portal.sent("tasks.task.list")[0]["filter"]["TAG"] == "qc-engine"


# --- scan --------------------------------------------------------------------------------------------


def deals(rows: list[dict[str, object]]) -> Callable[[Any], Any]:
    return lambda p: {"items": [r for r in rows if int(str(r["id"])) > int(p["filter"].get(">id", 0))][:50]}


@pytest.mark.parametrize("by_portal", [True, False])
def test_scan_walks_the_watched_stages(
    portal: Any, settings: Bitrix24Settings, clock: Any, pace: Any, deal_row: Any, by_portal: bool
) -> None:
    old = deal_row(60, movedTime="2026-02-01T00:00:00+03:00")
    portal.on("crm.item.list", deals([*(deal_row(n) for n in range(1, 60)), old]))
    changed = settings.model_copy(update={"moved_time_filter": by_portal})
    engine = connector(changed, clock, pace, ["EXECUTING", "C1:DONE"])
    arrivals, cursor, runs = drain(poll(engine, "scan"))
    assert [a.event.deal.deal_id for a in arrivals if isinstance(a.event, DealSeen)] == list(range(1, 60))
    assert (cursor, runs) == ("", 2)
    first, second = portal.sent("crm.item.list")
    window = {">=movedTime": "2026-03-02T10:00:00+00:00"} if by_portal else {}
    assert first["filter"] == {"@stageId": ["EXECUTING", "C1:DONE"], ">id": 0, **window}
    assert second["filter"][">id"] == 50


def test_scan_and_look_give_the_same_keys(
    portal: Any, engine: Connector, bitrix: Bitrix24, deal_row: Any
) -> None:
    portal.on("crm.item.list", {"items": [deal_row(7)]})
    assert list(poll(engine, "scan")("", NOW).arrivals) == list(bitrix.look([DealChanged(7)], NOW))
