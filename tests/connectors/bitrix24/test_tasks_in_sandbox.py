"""The life of one task over the sandbox's wire: made, closed by a person, back with a new day, closed again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import FixedClock
from qc_engine.core.effects import CloseTask, CreateTask, Effect, ReopenTask, UpdateTask
from qc_engine.core.events import TaskChanged, TaskClosed
from qc_engine.ports import Done, Job, Refused
from sandbox.bitrix24 import deals, tasks
from sandbox.bitrix24.company import tyre_chain
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


class Nobody:
    """No event is sent anywhere."""

    def post(self, *_: object, **__: object) -> None: ...


class Unhurried:
    """A pace that never waits."""

    def slot(self, urgent: bool = False) -> None: ...

    def answered(self) -> None: ...

    def pause(self, seconds: float) -> None: ...


class Desk:
    """A portal with one deal, our connector before it, and a person who works there."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.portal = Portal(self.clock, Nobody(), "secret", tyre_chain())
        self.person = next(iter(self.portal.company.people))
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        settings = Bitrix24Settings(webhook_url="https://portal.example/rest/1/secret/")
        self.bitrix = Bitrix24(settings, self.clock, Unhurried(), http)
        self.count = 0

    def _answer(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[1].lower()
        try:
            timed = run(self.portal, method, json.loads(request.content), 1)
        except Say as no:
            return httpx.Response(no.status, json=no.body())
        return httpx.Response(200, json={"result": timed.answer.result, "time": timed.time})

    def does(self, effect: Effect) -> Any:
        self.count += 1
        (outcome,) = self.bitrix.perform([Job(f"K:1:{self.count}", f"qc-{self.count:010}", effect)])
        return outcome

    def heard(self, task_id: int) -> list[tuple[str, str]]:
        """Key and result of every closing that a look brings."""
        arrivals = self.bitrix.look([TaskChanged(task_id)], self.clock.now())
        return [(one.key, one.event.result) for one in arrivals if isinstance(one.event, TaskClosed)]

    def person_closes(self, row: dict[str, Any], words: str) -> None:
        tasks.add_result(self.portal, row, words, self.person)
        tasks.complete(self.portal, row, self.person)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_same_task_comes_back(desk: Desk) -> None:
    deal_id = deals.create(desk.portal, {"title": "Заказ"}, desk.person)["id"]
    made = desk.does(CreateTask("Есть ли отзыв?", "Ищите здесь", desk.person, NOW, deal_id))
    assert isinstance(made, Done)
    task_id = int(made.result)
    row = desk.portal.tasks.rows[task_id]
    assert desk.does(ReopenTask(task_id)) == Done()  # it is open: nothing to do
    desk.person_closes(row, "отзыва нет")
    (first,) = desk.heard(task_id)
    assert first[1] == "отзыва нет"
    for _ in range(2):  # a repeat changes nothing
        assert desk.does(ReopenTask(task_id)) == Done()
        assert desk.does(UpdateTask(task_id, TOMORROW, "Посмотрите ещё раз [b]завтра[/b]")) == Done()
    assert row["status"] == tasks.WAITING
    assert row["deadline"] == TOMORROW
    assert row["description"].startswith("Посмотрите ещё раз ［b］завтра［/b］\n[qc-")
    assert desk.heard(task_id) == []
    desk.clock.advance(timedelta(days=1))
    desk.person_closes(row, "отзыв найден")
    (second,) = desk.heard(task_id)
    assert (second[1], second[0] != first[0]) == ("отзыв найден", True)
    assert desk.does(CloseTask(task_id)) == Done()


def test_a_task_that_somebody_has_begun_with_is_not_taken_back(desk: Desk) -> None:
    deal_id = deals.create(desk.portal, {"title": "Заказ"}, desk.person)["id"]
    numbers = []
    for title in ("Нетронутая", "Взята в работу"):
        made = desk.does(CreateTask(title, "Ищите здесь", desk.person, NOW, deal_id))
        assert isinstance(made, Done)
        numbers.append(int(made.result))
    desk.portal.tasks.rows[numbers[1]]["status"] = "3"
    assert desk.does(CloseTask(numbers[0], untouched=True)) == Done()
    refused = desk.does(CloseTask(numbers[1], untouched=True))
    assert isinstance(refused, Refused)
    assert refused.code == "task_touched"


def test_a_task_that_somebody_deleted(desk: Desk) -> None:
    assert isinstance(desk.does(ReopenTask(999)), Refused)
    assert isinstance(desk.does(UpdateTask(999, TOMORROW, "x")), Refused)
    assert desk.does(CloseTask(999)) == Done()
