"""Effects carried out: what is looked at before, what is written, and how each job ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.core.effects import (
    AddComment,
    CloseTask,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    NotifyStaff,
    ReopenTask,
    SendMessage,
    SetFields,
    UpdateContact,
    UpdateTask,
)
from qc_engine.ports import Broken, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater

DEADLINE = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
MARKER = "qc-abcdefghij"

MOVE = MoveDeal(351, "C1:ASK", ("EXECUTING",), {"UF_CRM_SCORE": "8"})
FIELDS = SetFields(351, {"UF_CRM_SCORE": "8.5"})
DEAL = CreateDeal("Low score", "C7:NEW", 15, 84, 351, "bad [b]day[/b]", {"UF_CRM_SCORE": "3"})
TASK = CreateTask("Check", "Look at [url=x]this[/url]", 5, DEADLINE, 351)
CLOSE = CloseTask(77)
REOPEN = ReopenTask(77)
AGAIN = UpdateTask(77, DEADLINE, "Look [b]again[/b]")
NOTIFY = NotifyStaff(5, "A [b]complaint[/b]")
COMMENT = AddComment(351, "said [i]no[/i]")
CONTACT = UpdateContact(84, {"UF_CRM_BONUS": "Y"})


def job(effect: Effect, attempt: int = 1, key: str = "") -> Job:
    return Job(key or f"K:{type(effect).__name__}", MARKER, effect, attempt)


@pytest.fixture
def ready(portal: Any, deal_row: Any) -> Any:
    """A portal that accepts everything."""
    portal.on("crm.item.list", {"items": [deal_row(351)]})
    portal.on(
        "crm.item.update",
        lambda p: {"item": {"id": p["id"], "stageId": p["fields"].get("stageId", "EXECUTING")}},
    )
    portal.on("crm.item.add", {"item": {"id": 900}})
    portal.on("tasks.task.get", {"task": {"id": "77", "status": "2"}})
    portal.on("tasks.task.add", {"task": {"id": "3711"}})
    portal.on("tasks.task.complete", {"task": {"id": "77", "status": "5"}})
    portal.on("tasks.task.renew", {"task": {"id": "77", "status": "2"}})
    portal.on("tasks.task.update", {"task": {"id": "77"}})
    portal.on("im.notify.system.add", 12345)
    portal.on("im.notify.personal.add", 12346)
    portal.on("crm.timeline.comment.add", 999)
    return portal


@pytest.mark.parametrize(
    ("effect", "method", "params", "result"),
    [
        (MOVE, "crm.item.update",
         {"entityTypeId": "2", "id": "351", "useOriginalUfNames": "Y",
          "fields": {"UF_CRM_SCORE": "8", "stageId": "C1:ASK", "categoryId": "1"}}, ""),
        (MoveDeal(351, "WON", ("EXECUTING",)), "crm.item.update",
         {"entityTypeId": "2", "id": "351", "useOriginalUfNames": "Y", "fields": {"stageId": "WON"}}, ""),
        (MoveDeal(351, "EXECUTING", (), {"UF_CRM_SCORE": ""}), "crm.item.update",
         {"entityTypeId": "2", "id": "351", "useOriginalUfNames": "Y", "fields": {"UF_CRM_SCORE": ""}}, ""),
        (FIELDS, "crm.item.update",
         {"entityTypeId": "2", "id": "351", "useOriginalUfNames": "Y",
          "fields": {"UF_CRM_SCORE": "8.5"}}, ""),
        (CONTACT, "crm.item.update",
         {"entityTypeId": "3", "id": "84", "useOriginalUfNames": "Y", "fields": {"UF_CRM_BONUS": "Y"}}, ""),
        (DEAL, "crm.item.add",
         {"entityTypeId": "2", "useOriginalUfNames": "Y",
          "fields": {"UF_CRM_SCORE": "3", "title": "Low score", "categoryId": "7", "stageId": "C7:NEW",
                     "assignedById": "15", "originatorId": "qc-engine", "originId": MARKER,
                     "sourceDescription": "Сделка 351", "contactIds": ["84"],
                     "comments": "bad ［b］day［/b］"}}, "900"),
        (TASK, "tasks.task.add",
         {"fields": {"TITLE": "Check", "DESCRIPTION": f"Look at ［url=x］this［/url］\n[{MARKER}]",
                     "RESPONSIBLE_ID": "5", "DEADLINE": "2026-03-05T09:30:00+00:00", "TASK_CONTROL": "N",
                     "TAGS": ["qc-engine", MARKER], "UF_CRM_TASK": ["D_351"], "XML_ID": MARKER}}, "3711"),
        (CLOSE, "tasks.task.complete", {"taskId": "77"}, ""),
        (AGAIN, "tasks.task.update",
         {"taskId": "77", "fields": {"DESCRIPTION": f"Look ［b］again［/b］\n[{MARKER}]",
                                     "DEADLINE": "2026-03-05T09:30:00+00:00"}}, ""),
        (NOTIFY, "im.notify.system.add",
         {"USER_ID": "5", "MESSAGE": "A ［b］complaint［/b］", "TAG": MARKER, "CLIENT_ID": "qc-engine"}, ""),
        (COMMENT, "crm.timeline.comment.add",
         {"fields": {"ENTITY_ID": "351", "ENTITY_TYPE": "deal",
                     "COMMENT": f"said ［i］no［/i］\n[{MARKER}]"}}, "999"),
    ],
)  # fmt: skip
def test_each_effect_in_the_portals_words(
    ready: Any, bitrix: Bitrix24, effect: Effect, method: str, params: dict[str, Any], result: str
) -> None:
    assert bitrix.perform([job(effect)]) == [Done(result)]
    assert ready.sent(method) == [params]


def test_personal_notifications(ready: Any, settings: Bitrix24Settings, clock: Any, pace: Any) -> None:
    portal = Bitrix24(settings.model_copy(update={"notify": "personal"}), clock, pace)
    assert portal.perform([job(NOTIFY)]) == [Done()]
    assert len(ready.sent("im.notify.personal.add")) == 1


def test_fifty_jobs_take_two_requests_and_none_takes_none(
    ready: Any, bitrix: Bitrix24, deal_row: Any, pace: Any
) -> None:
    ready.on("crm.item.list", lambda p: {"items": [deal_row(int(number)) for number in p["filter"]["@id"]]})
    jobs = [job(MoveDeal(number, "C1:ASK", ("EXECUTING",)), key=f"K{number}") for number in range(1, 51)]
    assert bitrix.perform(jobs) == [Done()] * 50
    assert (len(ready.requests), len(ready.sent("crm.item.list"))) == (2, 1)
    assert bitrix.perform([]) == []
    assert (len(ready.requests), pace.slots) == (2, 2)


def test_jobs_that_need_no_look_take_one_request(ready: Any, bitrix: Bitrix24) -> None:
    effects: list[Effect] = [FIELDS, DEAL, TASK, NOTIFY, COMMENT, CONTACT]
    jobs = [job(effect) for effect in effects]
    outcomes = bitrix.perform(jobs)
    assert outcomes == [Done(), Done("900"), Done("3711"), Done(), Done("999"), Done()]
    assert len(ready.requests) == 1


def test_more_jobs_than_a_batch_holds(ready: Any, bitrix: Bitrix24) -> None:
    jobs = [job(FIELDS, key=f"K{number}") for number in range(120)]
    assert bitrix.perform(jobs) == [Done()] * 120
    assert len(ready.requests) == 3


# --- before a move -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [([("351", "C1:LOST")], "deal_elsewhere", "C1:LOST"), ([], "deal_gone", "351")],
)
def test_a_managers_hand_wins(
    ready: Any, bitrix: Bitrix24, deal_row: Any, rows: Any, code: str, words: str
) -> None:
    ready.on("crm.item.list", {"items": [deal_row(int(number), stage) for number, stage in rows]})
    [outcome] = bitrix.perform([job(MOVE)])
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert words in str(outcome)
    assert ready.sent("crm.item.update") == []


def test_what_a_person_has_just_said_moves_it_from_anywhere(
    ready: Any, bitrix: Bitrix24, deal_row: Any
) -> None:
    ready.on("crm.item.list", {"items": [deal_row(351, "C1:LOST")]})
    assert bitrix.perform([job(MoveDeal(351, "WON", (), from_anywhere=True))]) == [Done()]
    (sent,) = ready.sent("crm.item.update")
    assert sent["fields"]["stageId"] == "WON"


def test_deal_that_is_there_already_needs_no_write(ready: Any, bitrix: Bitrix24) -> None:
    assert bitrix.perform([job(MoveDeal(351, "EXECUTING", ()))]) == [Done()]
    assert len(ready.requests) == 1


def test_second_move_of_one_deal_waits_for_the_first(ready: Any, bitrix: Bitrix24) -> None:
    outcomes = bitrix.perform([job(MOVE, key="a"), job(MoveDeal(351, "WON", ("C1:ASK",)), key="b")])
    assert outcomes[0] == Done()
    assert isinstance(outcomes[1], TryLater)
    assert len(ready.sent("crm.item.update")) == 1


def test_move_that_the_portal_ignored_is_refused(ready: Any, bitrix: Bitrix24) -> None:
    ready.on("crm.item.update", {"item": {"id": 351, "stageId": "EXECUTING"}})
    [outcome] = bitrix.perform([job(MOVE)])
    assert isinstance(outcome, Refused)


def test_vendor_sample_of_an_update_is_done(ready: Any, bitrix: Bitrix24, sample: Any) -> None:
    ready.on("crm.item.update", sample("crm-item-update-deal-response.json"))
    assert bitrix.perform([job(MoveDeal(351, "C9:UC_NYL06U", ("EXECUTING",)))]) == [Done()]


def test_unread_stages_hold_moves_back_but_nothing_else(ready: Any, bitrix: Bitrix24, failed: Any) -> None:
    ready.on("crm.item.list", failed("OPERATION_TIME_LIMIT"))
    outcomes = bitrix.perform([job(MOVE), job(COMMENT)])
    assert isinstance(outcomes[0], TryLater)
    assert outcomes[1] == Done("999")


@pytest.mark.parametrize("task", [{"task": {"id": "77", "status": "5"}}, []])
def test_task_that_is_closed_or_gone_is_left_alone(ready: Any, bitrix: Bitrix24, task: object) -> None:
    ready.on("tasks.task.get", task)
    assert bitrix.perform([job(CLOSE)]) == [Done()]
    assert ready.sent("tasks.task.complete") == []


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"status": "2", "createdBy": "1", "changedBy": "1"}, ""),
        ({"status": "2"}, ""),  # the portal tells less: its status alone counts
        ({"status": "3", "createdBy": "1", "changedBy": "1"}, "task_touched"),
        ({"status": "2", "createdBy": "1", "changedBy": "201"}, "task_touched"),
    ],
)
def test_a_task_is_taken_back_only_when_nobody_has_touched_it(
    ready: Any, bitrix: Bitrix24, task: dict[str, str], code: str
) -> None:
    ready.on("tasks.task.get", {"task": {"id": "77", **task}})
    (outcome,) = bitrix.perform([job(CloseTask(77, untouched=True))])
    assert (outcome.code if isinstance(outcome, Refused) else "") == code
    assert ready.sent("tasks.task.complete") == ([] if code else [{"taskId": "77"}])
    (asked,) = ready.sent("tasks.task.get")
    assert {"CREATED_BY", "CHANGED_BY"} <= set(asked["select"])


@pytest.mark.parametrize(
    ("stands", "code", "writes"),
    [
        ("9", "", True), (9, "", True), ("9.00", "", True),
        ("7", "", False),  # an earlier attempt, or a person, has put it back
        ("10", "field_changed", False), ("", "field_changed", False), (None, "deal_gone", False),
    ],
)  # fmt: skip
def test_a_field_is_put_back_only_over_our_own_value(
    ready: Any, bitrix: Bitrix24, stands: object, code: str, writes: bool
) -> None:
    rows = [] if stands is None else [{"id": 351, "UF_CRM_SCORE": stands}]
    ready.on("crm.item.list", {"items": rows})
    back = SetFields(351, {"UF_CRM_SCORE": "7"}, {"UF_CRM_SCORE": "9"})
    (outcome,) = bitrix.perform([job(back)])
    assert (outcome.code if isinstance(outcome, Refused) else "") == code
    assert [one["fields"] for one in ready.sent("crm.item.update")] == [{"UF_CRM_SCORE": "7"}] * writes


@pytest.mark.parametrize(
    ("status", "written", "outcome"),
    [
        ("5", True, Done()), ("4", True, Done()), ("6", True, Done()),
        ("2", False, Done()), ("3", False, Done()), ("", False, Refused("gone")),
    ],
)  # fmt: skip
def test_a_task_is_reopened_only_when_it_is_closed(
    ready: Any, bitrix: Bitrix24, status: str, written: bool, outcome: Outcome
) -> None:
    ready.on("tasks.task.get", {"task": {"id": "77", "status": status}} if status else [])
    (ended,) = bitrix.perform([job(REOPEN)])
    assert type(ended) is type(outcome)
    assert ready.sent("tasks.task.renew") == ([{"taskId": "77"}] if written else [])


# --- how a job ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "method", "answer", "kind", "code"),
    [
        (MOVE, "crm.item.update", ("NOT_FOUND",), Refused, "deal_gone"),
        (FIELDS, "crm.item.update", ("NOT_FOUND",), Refused, "deal_gone"),
        (CONTACT, "crm.item.update", ("NOT_FOUND",), Refused, "refused"),
        (FIELDS, "crm.item.update", ("CRM_FIELD_ERROR_VALUE_NOT_VALID",), Refused, "refused"),
        (FIELDS, "crm.item.update", ("ACCESS_DENIED",), Refused, "refused"),
        (TASK, "tasks.task.add", ("ERROR_CORE",), Refused, "refused"),
        (TASK, "tasks.task.add", ("insufficient_scope",), Broken, None),
        (TASK, "tasks.task.add", ("INTERNAL_SERVER_ERROR",), OutcomeUnknown, None),
        (FIELDS, "crm.item.update", ("INTERNAL_SERVER_ERROR",), TryLater, None),
        (TASK, "tasks.task.add", ("OPERATION_TIME_LIMIT",), TryLater, None),
        (TASK, "tasks.task.add", [], OutcomeUnknown, None),
        (DEAL, "crm.item.add", {"item": {}}, OutcomeUnknown, None),
        (COMMENT, "crm.timeline.comment.add", None, OutcomeUnknown, None),
        (MOVE, "crm.item.update", None, TryLater, None),
        (FIELDS, "crm.item.update", [], TryLater, None),
        (NOTIFY, "im.notify.system.add", None, TryLater, None),
    ],
)
def test_one_bad_job_spoils_no_other(
    ready: Any,
    bitrix: Bitrix24,
    failed: Any,
    effect: Effect,
    method: str,
    answer: Any,
    kind: type,
    code: str | None,
) -> None:
    ready.on(method, failed(*answer) if isinstance(answer, tuple) else answer)
    others: list[Effect] = [NotifyStaff(9, "x"), CLOSE] if not method.startswith("im.") else [COMMENT, CLOSE]
    first, bad, last = bitrix.perform(
        [job(others[0], key="a"), job(effect, key="b"), job(others[1], key="c")]
    )
    assert isinstance(first, Done)
    assert isinstance(last, Done)
    assert isinstance(bad, kind)
    assert getattr(bad, "code", None) == code


@pytest.mark.parametrize(
    ("problem", "natural", "searchable"),
    [
        (httpx.ReadTimeout("x"), TryLater, OutcomeUnknown),
        (httpx.RemoteProtocolError("x"), TryLater, OutcomeUnknown),
        (httpx.Response(502), TryLater, OutcomeUnknown),
        (httpx.Response(200, text="<html>"), TryLater, OutcomeUnknown),
        (httpx.ConnectError("x"), TryLater, TryLater),
        (httpx.Response(401, json={"error": "INVALID_CREDENTIALS"}), Broken, Broken),
    ],
)
def test_a_whole_batch_that_ends_badly(
    wire: Any, bitrix: Bitrix24, problem: object, natural: type, searchable: type
) -> None:
    route = wire.post("https://portal.example/rest/1/s3cr3tcanary/batch").mock(side_effect=[problem])
    outcomes = bitrix.perform([job(FIELDS), job(TASK), job(NOTIFY), job(COMMENT), job(DEAL), job(CONTACT)])
    kinds = [natural, searchable, natural, searchable, searchable, natural]
    assert [isinstance(outcome, kind) for outcome, kind in zip(outcomes, kinds, strict=True)] == [True] * 6
    assert route.call_count == 1  # writes are never repeated from here


@pytest.mark.parametrize(("refusals", "kind"), [(1, Done), (2, Done), (5, TryLater)])
def test_a_batch_refused_as_too_fast_goes_again_when_the_pace_lets_it(
    portal: Any, wire: Any, bitrix: Bitrix24, pace: Any, refusals: int, kind: type
) -> None:
    portal.on("crm.item.update", {"item": {"id": 1}})
    busy = [httpx.Response(503, json={"error": "QUERY_LIMIT_EXCEEDED"}) for _ in range(refusals)]

    def door(request: httpx.Request) -> httpx.Response:
        return busy.pop() if busy else portal.handle(request)

    wire.routes.clear()
    wire.post(url__regex=".*/batch").mock(side_effect=door)
    outcomes = bitrix.perform([job(FIELDS, key="a"), job(CONTACT, key="b")])
    assert all(isinstance(outcome, kind) for outcome in outcomes)
    assert len(pace.pauses) == min(refusals, 3)
    assert len(portal.sent("crm.item.update")) == (2 if kind is Done else 0)


def test_urgent_work_takes_urgent_slots(portal: Any, bitrix: Bitrix24, pace: Any) -> None:
    portal.on("crm.item.update", {"item": {"id": 1}})
    bitrix.perform([job(FIELDS, key="a")])
    assert pace.urgent == 0
    bitrix.perform([job(CONTACT, key="b"), replace(job(FIELDS, key="a"), urgent=True)])
    assert pace.urgent == 1


def test_moves_without_running_time_are_not_even_looked_at(
    portal: Any, bitrix: Bitrix24, failed: Any
) -> None:
    portal.on("crm.item.update", failed("OPERATION_TIME_LIMIT"))
    bitrix.perform([job(FIELDS, key="a")])
    asked = len(portal.requests)
    first, other = bitrix.perform([job(MOVE, key="a"), job(NOTIFY, key="b")])
    assert isinstance(first, TryLater)
    assert first.after == timedelta(minutes=1)
    assert not isinstance(other, TryLater) or "running" not in str(other)
    assert len(portal.requests) == asked + 1


def test_a_poisoned_batch_is_halved_until_the_poison_is_alone(
    portal: Any, wire: Any, bitrix: Bitrix24
) -> None:
    portal.on("crm.item.update", {"item": {"id": 1}})

    def firewall(request: httpx.Request) -> httpx.Response:
        return httpx.Response(406) if b"poison" in request.content else portal.handle(request)

    wire.routes.clear()
    wire.post(url__regex=".*/batch").mock(side_effect=firewall)
    texts = ["a", "b", "poison", "d", "e", "f", "g", "h"]
    outcomes = bitrix.perform([job(SetFields(1, {"UF_CRM_SCORE": text}), key=text) for text in texts])
    assert [type(outcome) for outcome in outcomes] == [
        Refused if text == "poison" else Done for text in texts
    ]
    assert len(portal.sent("crm.item.update")) == 7


def test_messages_to_clients_are_not_ours(ready: Any, bitrix: Bitrix24) -> None:
    [outcome] = bitrix.perform([job(SendMessage("77011234567", "hi", "question"))])
    assert isinstance(outcome, Refused)
    assert SendMessage not in bitrix.performs
    assert ready.requests == []


def test_old_box_names_fields_its_own_way(
    ready: Any, settings: Bitrix24Settings, clock: Any, pace: Any
) -> None:
    fields = {"ufCrm_SCORE": {"upperName": "UF_CRM_SCORE"}, "title": {"upperName": "TITLE"}}
    ready.on("crm.item.fields", {"fields": fields})
    portal = Bitrix24(settings.model_copy(update={"use_original_uf_names": False}), clock, pace)
    assert portal.perform([job(FIELDS), job(FIELDS, key="again")]) == [Done(), Done()]
    expected = {"entityTypeId": "2", "id": "351", "fields": {"ufCrm_SCORE": "8.5"}}
    assert ready.sent("crm.item.update") == [expected, expected]
    assert len(ready.sent("crm.item.fields")) == 2  # deals and contacts, once each


def test_old_box_that_does_not_tell_its_names_spoils_only_the_jobs_with_fields(
    ready: Any, settings: Bitrix24Settings, clock: Any, pace: Any, failed: Any
) -> None:
    ready.on("crm.item.fields", failed("OPERATION_TIME_LIMIT", status=429))
    portal = Bitrix24(settings.model_copy(update={"use_original_uf_names": False}), clock, pace)
    fields, comment = portal.perform([job(FIELDS), job(COMMENT)])
    assert isinstance(fields, TryLater)
    assert comment == Done("999")
