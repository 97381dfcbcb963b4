"""The sandbox answers in the shapes of the vendor's own samples: the same keys, the same kinds of values."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox
from sandbox.bitrix24 import tasks

SAMPLES = Path(__file__).resolve().parents[2] / "connectors" / "bitrix24" / "samples"
OWN = re.compile(r"^(uf_?crm|parent_?id_?\d)", re.IGNORECASE)  # a portal's own fields and its smart processes
OPTIONAL_TIME = {"operating", "operating_reset_at"}
USER_EXTRAS = {
    "SECOND_NAME",
    "TIME_ZONE",
    "PERSONAL_WWW",
    "PERSONAL_MOBILE",
    "PERSONAL_CITY",
    "WORK_PHONE",
    "WORK_POSITION",
    "USER_TYPE",
}
DEAL_ROW = [
    "ID",
    "TITLE",
    "TYPE_ID",
    "CATEGORY_ID",
    "STAGE_ID",
    "OPPORTUNITY",
    "IS_MANUAL_OPPORTUNITY",
    "ASSIGNED_BY_ID",
    "DATE_CREATE",
]
TASK_GET = [
    "ID",
    "TITLE",
    "DESCRIPTION",
    "CREATED_BY",
    "RESPONSIBLE_ID",
    "DEADLINE",
    "UF_CRM_TASK",
    "UF_TASK_WEBDAV_FILES",
]
TASK_ROW = [
    "ID",
    "TITLE",
    "DESCRIPTION",
    "STATUS",
    "subStatus",
    "DEADLINE",
    "CREATED_DATE",
    "RESPONSIBLE_ID",
    "ACCOMPLICES",
    "AUDITORS",
    "TAGS",
    "COUNTERS",
    "PRIORITY",
    "MARK",
]

Ask = Callable[..., Any]


class Different(AssertionError):
    """Where, and in what."""


def same_shape(sample: Any, ours: Any, extras: frozenset[str] = frozenset(), at: str = "") -> None:
    """Different when a key is missing, one is too many, or a value is of another kind; null fits everything."""
    if sample is None or ours is None or sample in ([], {}):
        return
    if kind_of(sample) is not kind_of(ours):
        raise Different(f"{at}: {sample!r} in the sample, {ours!r} here")
    if isinstance(sample, list):
        for place, one in enumerate(ours):
            like_any(sample, one, extras, f"{at}[{place}]")
    elif isinstance(sample, dict):
        same_keys(sample, ours, extras, at)


def like_any(samples: list[Any], ours: Any, extras: frozenset[str], at: str) -> None:
    """Rows of one answer may differ, as the default pipeline does: each is like some row of the sample."""
    wrong = []
    for sample in samples:
        try:
            return same_shape(sample, ours, extras, at)
        except Different as difference:
            wrong.append(difference)
    raise wrong[0]


def same_keys(sample: dict[str, Any], ours: dict[str, Any], extras: frozenset[str], at: str) -> None:
    if all(key.isdigit() for key in sample):
        assert all(key.isdigit() for key in ours), at
        same_shape(next(iter(sample.values())), next(iter(ours.values())), extras, f"{at}.#")
        return
    there = {key for key in sample if not OWN.match(key)}
    here = {key for key in ours if not OWN.match(key)}
    optional = OPTIONAL_TIME if at.endswith("time") or ".result_time." in at else set()
    if missing := there - here - optional:
        raise Different(f"{at}: without {sorted(missing)}")
    if more := here - there - extras - optional:
        raise Different(f"{at}: with {sorted(more)}")
    for key in there & here:
        same_shape(sample[key], ours[key], extras, f"{at}.{key}")


def kind_of(value: Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


@pytest.fixture
def ask(send: Callable[..., httpx.Response]) -> Ask:
    """ask("crm.deal.get", id=1) -> the whole answer."""

    def do(method: str, **params: Any) -> Any:
        return send("POST", f"/rest/1/s3cret/{method}", json=params).json()

    return do


@pytest.fixture
def ids(ask: Ask, box: Sandbox) -> dict[str, int]:
    """A portal in which everything has happened: a client with a deal, a task with its people and a result."""
    phones = [{"VALUE": "+7333333555", "VALUE_TYPE": "WORK"}, {"VALUE": "+35599888666", "VALUE_TYPE": "HOME"}]
    emails = [{"VALUE": "ivanov@example.work", "VALUE_TYPE": "WORK"}]
    client = {"NAME": "Иван", "PHONE": phones, "EMAIL": emails, "BIRTHDATE": "2001-11-11", "COMPANY_ID": 12}
    contact = ask("crm.contact.add", fields=client)["result"]
    more = {"CONTACT_ID": contact, "OPPORTUNITY": 19999.99, "PROBABILITY": 99, "UTM_SOURCE": "google"}
    deal = ask("crm.deal.add", fields={"TITLE": "Сделка", "COMPANY_ID": 9, **more})["result"]
    radio = {"FIELD_NAME": "RADIO", "USER_TYPE_ID": "enumeration", "LIST": [{"VALUE": "Детское"}]}
    ask("crm.deal.userfield.add", fields=radio)
    ask("crm.deal.userfield.add", fields={"FIELD_NAME": "WORD", "USER_TYPE_ID": "crm_status"})
    task = int(ask("tasks.task.add", fields=_task(deal))["result"]["task"]["id"])
    tasks.add_result(box.portal, box.portal.tasks.rows[task], "Клиент доволен", 201)
    return {"contact": contact, "deal": deal, "task": task}


def _task(deal: int) -> dict[str, Any]:
    return {
        "TITLE": "Пример задачи",
        "DESCRIPTION": "Описание",
        "RESPONSIBLE_ID": 201,
        "DEADLINE": "2026-10-24T19:00:00+03:00",
        "PRIORITY": 2,
        "AUDITORS": [101, 103],
        "TAGS": ["qc"],
        "UF_CRM_TASK": [f"D_{deal}"],
    }


TABLE: list[tuple[str, str, Callable[[dict[str, int]], dict[str, Any]], set[str]]] = [
    ("crm-category-list", "crm.category.list", lambda _: {"entityTypeId": 2}, set()),
    ("crm-contact-get", "crm.contact.get", lambda ids: {"id": ids["contact"]}, set()),
    ("crm-deal-contact-items-get", "crm.deal.contact.items.get", lambda ids: {"id": ids["deal"]}, set()),
    ("crm-deal-get", "crm.deal.get", lambda ids: {"id": ids["deal"]}, set()),
    ("crm-deal-list", "crm.deal.list", lambda _: {"select": DEAL_ROW}, set()),
    (
        "crm-deal-userfield-list",
        "crm.deal.userfield.list",
        lambda _: {"filter": {"LANG": "ru", "USER_TYPE_ID": ["enumeration", "crm_status"]}},
        set(),
    ),
    (
        "crm-item-update-deal",
        "crm.item.update",
        lambda ids: {"entityTypeId": 2, "id": ids["deal"], "fields": {"observers": [1, 2]}},
        set(),
    ),
    ("crm-stagehistory-list", "crm.stagehistory.list", lambda _: {"entityTypeId": 2}, set()),
    (
        "crm-status-list-deal-stage",
        "crm.status.list",
        lambda _: {"filter": {"ENTITY_ID": "DEAL_STAGE"}},
        set(),
    ),
    ("department-get", "department.get", lambda _: {"PARENT": 1}, {"UF_HEAD"}),
    ("tasks-task-get", "tasks.task.get", lambda ids: {"taskId": ids["task"], "select": TASK_GET}, set()),
    (
        "tasks-task-list",
        "tasks.task.list",
        lambda _: {
            "select": TASK_ROW,
            "order": {"DEADLINE": "asc"},
            "params": {"WITH_TIMER_INFO": True, "WITH_RESULT_INFO": True, "WITH_PARSED_DESCRIPTION": True},
        },
        set(),
    ),
    ("tasks-task-result-list", "tasks.task.result.list", lambda ids: {"taskId": ids["task"]}, set()),
    ("user-get", "user.get", lambda _: {}, {"next"}),
]


@pytest.mark.parametrize(("name", "method", "params", "extras"), TABLE, ids=[row[0] for row in TABLE])
def test_an_answer_has_the_shape_of_its_sample(
    ask: Ask,
    ids: dict[str, int],
    name: str,
    method: str,
    params: Callable[[dict[str, int]], dict[str, Any]],
    extras: set[str],
) -> None:
    ours = ask(method, **params(ids))
    same_shape(_sample(f"{name}-response.json"), ours, frozenset(extras))
    # Own fields are left out of the comparison, so they must really be there where the sample has some.
    if "userfield" not in name and "UF_CRM_1" in json.dumps(_sample(f"{name}-response.json")):
        assert "UF_CRM_" in json.dumps(ours)


def test_a_batch(ask: Ask) -> None:
    ours = ask("batch", cmd={"get_user": "user.current", "get_department": "department.get"})
    same_shape(_sample("batch-response.json"), ours, frozenset(USER_EXTRAS | {"PARENT", "UF_HEAD"}))
    assert ours["result"]["result_error"] == [] == ours["result"]["result_next"]


def test_a_batch_outside_its_scopes(ask: Ask, box: Sandbox) -> None:
    box.portal.webhooks.scopes = {"crm"}
    ours = ask("batch", halt=0, cmd={"get_user": "user.get", "get_department": "department.get"})
    sample = _sample("batch-response-errors-halt0.json")
    same_shape(sample, ours)
    for part in ("result", "result_total", "result_next", "result_time"):
        assert ours["result"][part] == sample["result"][part] == []
    assert {row["error"] for row in ours["result"]["result_error"].values()} == {"insufficient_scope"}


def test_numeric_keys_become_a_list(ask: Ask, ids: dict[str, int]) -> None:
    good = {str(ids["deal"]): f"crm.deal.get?id={ids['deal']}&select[]=ID"}
    ours = ask("batch", cmd={"0": "crm.deal.get?id=0", "1": "crm.deal.get?id=99999", **good})
    sample = _sample("batch-response-result_error-as-list.json")
    assert ours["result"]["result_error"] == sample["result"]["result_error"]
    assert ours["result"]["result_total"] == sample["result"]["result_total"]
    same_shape(sample["result"]["result_time"], ours["result"]["result_time"], at=".result_time.")
    assert list(ours["result"]["result"]) == [str(ids["deal"])]


def test_the_comparison_can_fail() -> None:
    for sample, ours in (
        ({"a": 1}, {}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": True}, {"a": "Y"}),
        ([{"a": 1}], [{"b": 1}]),
        ({"a": ["x"]}, {"a": {"0": "x"}}),
    ):
        with pytest.raises(Different):
            same_shape(sample, ours)


def _sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))
