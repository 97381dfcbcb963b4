"""Every payload of the vendor's documentation that we keep is read by the code that would meet it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from connectors.bitrix24 import events
from connectors.bitrix24.access.tokens import granted
from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.contacts import Contacts, phone_of
from connectors.bitrix24.finding import Finding
from connectors.bitrix24.names import rows
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.performing import Performing
from connectors.bitrix24.polling import Polling
from connectors.bitrix24.reading import Reading
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id, as_list, as_map, as_time, query
from connectors.bitrix24.writing import Writing
from qc_engine.core.effects import MoveDeal
from qc_engine.core.events import DealChanged, DealMoved, TaskChanged, TaskClosed
from qc_engine.ports import Broken, Done, Job, Refused, Request

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@dataclass
class Wire:
    """A portal that answers one method, alone or in a batch, with a sample as it stands."""

    portal: Any
    router: Any
    client: Client
    book: Book
    settings: Bitrix24Settings

    def reply(self, method: str, name: str) -> "Wire":
        """Batched commands get the sample's result, lone calls its whole body."""
        self.portal.on(method, sample(name))
        return self

    def whole(self, name: str, status: int = 200, keys: dict[str, str] | None = None) -> "Wire":
        """Whatever is asked: this very body, with the keys of a batch as we would have sent them."""
        text = (SAMPLES / name).read_text(encoding="utf-8")
        for theirs, ours in (keys or {}).items():
            text = text.replace(f'"{theirs}": {{', f'"{ours}": {{').replace(f'"{theirs}": [', f'"{ours}": [')
        self.router.routes.clear()
        self.router.post(url__regex=".*").mock(return_value=httpx.Response(status, text=text))
        return self

    def read(self, method: str = "x") -> Answer:
        return self.client.read(method, {})

    def batch(self, size: int = 2) -> Sequence[object]:
        return self.client.batch([Command("x")] * size)

    @property
    def reading(self) -> Reading:
        return Reading(self.client, self.settings, self.book)

    @property
    def polling(self) -> Polling:
        return Polling(self.client, self.settings, self.book, self.reading, ["NEW"], timedelta(days=9999))


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


@pytest.fixture
def on(portal: Any, wire: Any, client: Client, settings: Bitrix24Settings) -> Wire:
    return Wire(portal, wire, client, Book(client, settings), settings)


# --- lists and names ---------------------------------------------------------------------------------


def categories(on: Wire, name: str) -> None:
    found = rows.pipelines({"pipelines": [on.whole(name).read()]})
    assert [(one.id, one.name, one.is_default) for one in found][-1] == (0, "Общая", True)
    assert {one.id for one in found} == {0, 9, 10, 11}


def statuses(on: Wire, name: str) -> None:
    found = rows.stages({"stages 0": [on.whole(name).read()]})
    assert [one.id for one in found][:4] == ["NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING"]
    assert [one.semantics for one in found] == ["", "", "", "", "", "S", "F", "F"]
    assert rows.stages({"stages 9": [on.read()]})[0].id == "C9:NEW"


def user_fields(on: Wire, name: str) -> None:
    described = {"UF_CRM_1724077760": {"type": "enumeration", "title": "UF_CRM_1724077760"}}
    answers = {"deal_fields": [Answer({"fields": described})], "deal_userfields": [on.whole(name).read()]}
    [found] = rows.fields("deal", (), answers)
    assert (found.title, found.many, len(found.choices)) == ("Радио", True, 5)
    assert (found.choices[0].id, found.choices[0].text) == ("3157", "Детское радио")
    assert rows.settings_of([on.read()], "UF_CRM_1713790573") == {"ENTITY_TYPE": "INDUSTRY"}


def users(on: Wire, name: str) -> None:
    found = rows.users({"users": [on.whole(name).read()]})
    assert [(one.id, one.name, one.active) for one in found] == [
        (1, "Name1 Surname1", True),
        (3, "Name2 Surname2", True),
    ]
    assert found[0].departments == (1,)


def departments(on: Wire, name: str) -> None:
    found = rows.departments({"departments": [on.whole(name).read()]})
    assert [(one.id, one.parent, one.head) for one in found][-1] == (17, 1, None)
    assert len(found) == 5


# --- deals and contacts ------------------------------------------------------------------------------


def legacy_contact(on: Wire, name: str) -> None:
    assert phone_of(as_map(on.whole(name).read().result)) == "+7333333555"


def main_contact(on: Wire, name: str) -> None:
    on.reply("crm.deal.contact.items.get", name)
    assert Contacts(on.client, on.book).of_deals([{"id": 1875, "contactId": 0}]) == {1875: 55}


def legacy_deal(on: Wire, name: str) -> None:
    deal = as_map(on.whole(name).read().result)
    assert (as_id(deal["ID"]), as_id(deal["CONTACT_ID"]), deal["STAGE_ID"]) == (410, 84, "PREPARATION")
    assert as_time(deal["DATE_CREATE"], UTC) == datetime(2024, 8, 30, 12, 29, tzinfo=UTC)


def legacy_deals(on: Wire, name: str) -> None:
    answer = on.whole(name).read()
    assert [as_id(as_map(row)["ID"]) for row in as_list(answer.result)] == [37, 38]
    assert answer.next is None


def moved_deal(on: Wire, name: str) -> None:
    on.portal.on("crm.item.list", {"items": [{"id": 351, "stageId": "C9:NEW"}]})
    on.reply("crm.item.update", name)
    writing = Writing(on.settings, on.book)
    performing = Performing(on.client, Finding(on.client, on.settings, on.book), writing, on.book, 50)
    move = MoveDeal(351, "C9:UC_NYL06U", ("C9:NEW",))
    assert performing.perform([Job("K", "qc-abcdefghij", move)]) == [Done()]


def read_deal(on: Wire, name: str) -> None:
    item = sample(name)["result"]["item"]
    on.portal.on("crm.item.list", {"items": [item]})
    [arrival] = on.reading.look([DealChanged(351)], NOW)
    deal = arrival.event.deal  # type: ignore[union-attr]
    assert (deal.deal_id, deal.stage, deal.assigned_to, deal.contact_id) == (351, "C9:UC_NYL06U", 6, None)
    assert deal.entered_at == datetime(2024, 7, 23, 16, 19, 21, tzinfo=UTC)


def item(on: Wire, name: str) -> None:
    moved_deal(on, name)
    read_deal(on, name)


def history(on: Wire, name: str) -> None:
    polled = on.reply("crm.stagehistory.list", name).polling.history("1", NOW)
    at = datetime(2024, 4, 25, 14, 59, 11, tzinfo=UTC)
    assert [arrival.event for arrival in polled.arrivals] == [DealMoved(21, "NEW", at)]


# --- tasks -------------------------------------------------------------------------------------------


def task(on: Wire, name: str) -> None:
    assert on.reply("tasks.task.get", name).reading.look([TaskChanged(8017)], NOW) == []  # it is still open


def tasks(on: Wire, name: str) -> None:
    polled = on.reply("tasks.task.list", name).polling.tasks("2026-03-04T09:00:00+00:00", NOW)
    assert polled.arrivals == []  # somebody else's, by its tags
    on.settings = on.settings.model_copy(update={"tag": "арпар"})
    on.portal.on("tasks.task.result.list", [])
    [arrival] = on.polling.tasks("2026-03-04T09:00:00+00:00", NOW).arrivals
    assert isinstance(arrival.event, TaskClosed)
    assert arrival.event.task_id == 8017


def results(on: Wire, name: str) -> None:
    on.portal.on("tasks.task.get", {"task": {"id": "8017", "status": "5"}})
    [arrival] = on.reply("tasks.task.result.list", name).reading.look([TaskChanged(8017)], NOW)
    assert arrival.event == TaskClosed(
        8017, "Клиент подписал документы", NOW, datetime(2025, 7, 15, 11, 30, tzinfo=UTC)
    )


def task_of_3_0(on: Wire, name: str) -> None:
    made = as_map(as_map(on.whole(name).read().result)["item"])
    assert (as_id(made["id"]), as_time(made["deadline"], UTC)) == (
        3839,
        datetime(2025, 12, 31, 21, 59, 59, tzinfo=UTC),
    )


# --- batches and errors ------------------------------------------------------------------------------


def batch(on: Wire, name: str) -> None:
    user, departments = on.whole(name, keys={"get_user": "c0", "get_department": "c1"}).batch()
    assert isinstance(user, Answer)
    assert isinstance(departments, Answer)
    assert rows.users({"users": [Answer([user.result])]})[0].name == "John Doe"
    assert rows.departments({"departments": [departments]})[0].name == "DEMO"


def denied_batch(on: Wire, name: str) -> None:
    outcomes = on.whole(name, keys={"get_user": "c0", "get_department": "c1"}).batch()
    assert [type(outcome) for outcome in outcomes] == [Broken, Broken]


def errors_as_list(on: Wire, name: str) -> None:
    """Nobody can tell which command an error of a list belongs to, but for those without a result."""
    first, found, last = on.whole(name, keys={"35943": "c1"}).batch(3)
    assert isinstance(found, Answer)
    assert [str(one) for one in (first, last)] != [str(first)] * 2
    assert isinstance(first, Refused)
    assert isinstance(last, Refused)


def error_of_3_0(on: Wire, name: str) -> None:
    with pytest.raises(Refused):
        on.whole(name, status=400).read()


def offline_events(on: Wire, name: str) -> None:
    [row] = as_list(as_map(on.whole(name).read().result)["events"])
    assert as_map(row)["EVENT_NAME"] == "ONCRMLEADADD"


def form_request(on: Wire, name: str) -> None:
    """PHP brackets: we write what the vendor writes."""
    phones = [
        {"VALUE": "112233", "VALUE_TYPE": "WORK"},
        {"VALUE": "555888112", "VALUE_TYPE": "OTHER"},
    ]
    theirs = (SAMPLES / name).read_text(encoding="utf-8").strip()
    assert query({"fields": {"TITLE": "My company", "PHONE": phones}}) == theirs


# --- events ------------------------------------------------------------------------------------------


def form_of(value: Any, name: str = "") -> list[tuple[str, str]]:
    """A payload as PHP's http_build_query sends it."""
    if not isinstance(value, dict):
        return [(name, str(value))]
    return [
        pair for key, inner in value.items() for pair in form_of(inner, f"{name}[{key}]" if name else key)
    ]


def hints(body: bytes, settings: Bitrix24Settings, token: str) -> list[object]:
    told = settings.model_copy(update={"application_token": type(settings.application_token)(token)})
    return [arrival.event for arrival in events.parse(told, Request("", {}, body))]


def event(expected: object) -> Callable[[Wire, str], None]:
    def reads(on: Wire, name: str) -> None:
        payload = sample(name)
        token = payload["auth"]["application_token"]
        assert hints(urlencode(form_of(payload)).encode(), on.settings, token) == (
            [expected] if expected else []
        )

    return reads


def raw_event(on: Wire, name: str) -> None:
    body = (SAMPLES / name).read_bytes().strip()
    assert hints(body, on.settings, "jvh9y1ulvt2m6k5or90v9mg8nn32ozas") == [DealChanged(7405)]


def installation(on: Wire, name: str) -> None:
    tokens = granted(sample(name)["auth"])
    assert tokens
    assert (tokens.domain, tokens.application_token[:6]) == ("some-domain.bitrix24.ru", "51856f")


def tokens(on: Wire, name: str) -> None:
    found = granted(sample(name))
    assert found
    assert found.client_endpoint == "https://portal.bitrix24.ru/rest/"


READERS: dict[str, Callable[[Wire, str], None]] = {
    "batch-response.json": batch,
    "batch-response-errors-halt0.json": denied_batch,
    "batch-response-result_error-as-list.json": errors_as_list,
    "crm-category-list-response.json": categories,
    "crm-contact-get-response.json": legacy_contact,
    "crm-deal-contact-items-get-response.json": main_contact,
    "crm-deal-get-response.json": legacy_deal,
    "crm-deal-list-response.json": legacy_deals,
    "crm-deal-userfield-list-response.json": user_fields,
    "crm-item-update-deal-response.json": item,
    "crm-stagehistory-list-response.json": history,
    "crm-status-list-deal-stage-response.json": statuses,
    "department-get-response.json": departments,
    "error-v3-validation.json": error_of_3_0,
    "event-app-oncrmdealadd.json": event(DealChanged(7405)),
    "event-offline-get-response.json": offline_events,
    "event-onappinstall.json": installation,
    "event-oncrmdealmovetocategory.json": event(DealChanged(6675)),
    "event-oncrmdynamicitemupdate.json": event(None),
    "event-ontaskupdate.json": event(TaskChanged(123)),
    "event-outgoing-webhook-oncrmdealadd.form.txt": raw_event,
    "event-outgoing-webhook-oncrmdealadd.json": event(DealChanged(7405)),
    "oauth-refresh-response.json": tokens,
    "oauth-token-response.json": tokens,
    "request-form-urlencoded-multifield.txt": form_request,
    "tasks-task-add-v3-response.json": task_of_3_0,
    "tasks-task-get-response.json": task,
    "tasks-task-list-response.json": tasks,
    "tasks-task-result-list-response.json": results,
    "user-get-response.json": users,
}


@pytest.mark.parametrize("name", sorted(READERS))
def test_sample(on: Wire, name: str) -> None:
    READERS[name](on, name)


def test_no_sample_is_forgotten() -> None:
    assert {path.name for path in SAMPLES.iterdir()} - {"README.md"} == set(READERS)
