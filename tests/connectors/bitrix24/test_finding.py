"""Markers: was it carried out by an attempt whose answer was lost?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bitrix24.connector import Bitrix24
from qc_engine.core.effects import AddComment, CreateDeal, CreateTask, Effect, SetFields
from qc_engine.ports import Absent, CannotTell, Done, Job, OutcomeUnknown, TryLater

TRIED = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
MARKER = "qc-abcdefghij"
DEAL = CreateDeal("Low score", "C7:NEW", 15, 84, 351)
TASK = CreateTask("Check", "Look", 5, TRIED + timedelta(days=1), 351)
COMMENT = AddComment(351, "said no")


def job(effect: Effect, attempt: int = 2, tried: datetime | None = TRIED) -> Job:
    return Job("K", MARKER, effect, attempt, tried)


def comment(number: int, text: str = "other", created: str = "2026-03-04T13:00:00+03:00") -> dict[str, str]:
    return {"ID": str(number), "CREATED": created, "COMMENT": text}


def task(number: int, **more: object) -> dict[str, object]:
    return {"id": str(number), "description": "other", "tags": [], **more}


def tasks_by(tagged: list[Any], of_deal: list[Any]) -> Callable[[Any], Any]:
    return lambda p: {"tasks": tagged if "TAG" in p["filter"] else of_deal}


def paged(rows: list[Any]) -> Callable[[Any], Any]:
    return lambda p: rows[int(p["start"]) : int(p["start"]) + 50]


OURS = {"description": f"Look\n[{MARKER}]"}
TAGGED = {"tags": {"35": {"id": 35, "title": MARKER}}}
TWICE = [{"id": 5, "originId": MARKER}, {"id": 6, "originId": MARKER}]
FULL_DEALS = [{"id": n, "originId": "x"} for n in range(1, 51)]
FULL_TASKS = [task(n) for n in range(1, 51)]
MANY = [comment(n) for n in range(400, 0, -1)]
OLDER = [comment(n, created="2026-03-04T09:30:00+00:00") for n in range(400, 0, -1)]


@pytest.mark.parametrize(
    ("effect", "method", "answer", "found"),
    [
        (DEAL, "crm.item.list", {"items": [{"id": 900, "originId": MARKER}]}, Done("900")),
        (DEAL, "crm.item.list", {"items": []}, Absent()),
        (DEAL, "crm.item.list", {"items": [{"id": 1, "originId": "other"}]}, Absent()),
        (DEAL, "crm.item.list", {"items": FULL_DEALS}, CannotTell),
        (DEAL, "crm.item.list", {"items": TWICE[::-1]}, Done("5", ("6",))),
        (TASK, "tasks.task.list", tasks_by([task(9, **TAGGED), task(7, **OURS)], []), Done("7", ("9",))),
        (COMMENT, "crm.timeline.comment.list", paged([comment(n, f"[{MARKER}]") for n in (4, 3)]), Done("3", ("4",))),
        (TASK, "tasks.task.list", tasks_by([task(7, **TAGGED)], []), Done("7")),
        (TASK, "tasks.task.list", tasks_by([], [task(8, **OURS)]), Done("8")),
        (TASK, "tasks.task.list", tasks_by([task(7, tags=[MARKER])], []), Done("7")),
        (TASK, "tasks.task.list", tasks_by([], [task(9)]), Absent()),
        (TASK, "tasks.task.list", tasks_by(FULL_TASKS, []), Absent()),
        (TASK, "tasks.task.list", tasks_by([], FULL_TASKS), CannotTell),
        (TASK, "tasks.task.list", {"tasks": []}, Absent()),
        (COMMENT, "crm.timeline.comment.list", paged([comment(9, f"said no\n[{MARKER}]")]), Done("9")),
        (COMMENT, "crm.timeline.comment.list", paged([comment(9, MARKER + "x")]), Absent()),
        (COMMENT, "crm.timeline.comment.list", paged([]), Absent()),
        (COMMENT, "crm.timeline.comment.list", paged([*MANY[:51], comment(1, f"[{MARKER}]")]), Done("1")),
        (COMMENT, "crm.timeline.comment.list", paged(MANY), CannotTell),
        (COMMENT, "crm.timeline.comment.list", paged(OLDER), Absent()),
        (COMMENT, "crm.timeline.comment.list", paged(OLDER[::-1]), CannotTell),
        (SetFields(1, {}), "none", None, Absent()),
    ],
)  # fmt: skip
def test_find(portal: Any, bitrix: Bitrix24, effect: Effect, method: str, answer: Any, found: Any) -> None:
    portal.on(method, answer)
    search = bitrix.find(job(effect))
    assert isinstance(search, found) if isinstance(found, type) else search == found
    assert len(portal.requests) == (0 if method == "none" else 1)


def test_tasks_are_searched_from_the_first_attempt_on(portal: Any, bitrix: Bitrix24) -> None:
    portal.on("tasks.task.list", {"tasks": []})
    bitrix.find(job(TASK))
    bitrix.find(job(TASK, tried=None))
    filters = [params["filter"] for params in portal.sent("tasks.task.list")]
    assert filters == [
        {"TAG": MARKER},
        {"UF_CRM_TASK": "D_351", ">=CREATED_DATE": "2026-03-04T09:45:00+00:00"},
        {"TAG": MARKER},
        {"UF_CRM_TASK": "D_351"},
    ]


def test_find_says_when_it_could_not_look(portal: Any, bitrix: Bitrix24, failed: Any) -> None:
    portal.on("crm.item.list", failed("INTERNAL_SERVER_ERROR"))
    with pytest.raises(TryLater):
        bitrix.find(job(DEAL))


@pytest.mark.parametrize(
    ("rows", "outcome", "added"),
    [
        ([{"id": 900, "originId": MARKER}], Done("900"), 0),
        ([], Done("901"), 1),
        (FULL_DEALS, OutcomeUnknown, 0),
    ],
)
def test_a_second_attempt_looks_before_it_creates(
    portal: Any, bitrix: Bitrix24, rows: list[Any], outcome: Any, added: int
) -> None:
    portal.on("crm.item.list", {"items": rows})
    portal.on("crm.item.add", {"item": {"id": 901}})
    [result] = bitrix.perform([job(DEAL)])
    assert isinstance(result, outcome) if isinstance(outcome, type) else result == outcome
    assert len(portal.sent("crm.item.add")) == added


def test_second_attempts_of_all_kinds_share_one_look(portal: Any, bitrix: Bitrix24) -> None:
    portal.on("crm.item.list", {"items": []})
    portal.on("crm.item.add", {"item": {"id": 901}})
    portal.on("tasks.task.list", tasks_by([], [task(8, **OURS)]))
    portal.on("crm.timeline.comment.list", paged([]))
    portal.on("crm.timeline.comment.add", 55)
    effects: list[Effect] = [DEAL, TASK, COMMENT]
    jobs = [Job(f"K{n}", MARKER, effect, 2, TRIED) for n, effect in enumerate(effects)]
    assert bitrix.perform(jobs) == [Done("901"), Done("8"), Done("55")]
    assert len(portal.requests) == 2


def test_an_unreadable_trace_holds_back_its_own_job_alone(portal: Any, bitrix: Bitrix24, failed: Any) -> None:
    portal.on("crm.item.list", failed("INTERNAL_SERVER_ERROR"))
    portal.on("crm.timeline.comment.list", paged([]))
    portal.on("crm.timeline.comment.add", 55)
    deal, said = bitrix.perform([Job("a", MARKER, DEAL, 2), Job("b", MARKER, COMMENT, 2)])
    assert isinstance(deal, TryLater)
    assert said == Done("55")
