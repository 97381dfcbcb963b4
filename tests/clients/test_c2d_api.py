"""c2d-api: everything in the query string, also of a POST, and two slashes in the address of webhooks."""

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from .conftest import ROOT, needed

PHONE = "77015550001"


@pytest.fixture(scope="module")
def desk() -> Iterator[SimpleNamespace]:
    """`api` is the client, unchanged but for its address; `control` the sandbox's own door."""
    library = needed("c2d_api.api")
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--json"], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield _opened(library, httpx.Response(200, content=process.stdout.readline()).json())
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _opened(library: Any, told: dict[str, str]) -> SimpleNamespace:
    control = told["control_url"]
    with httpx.Client(transport=httpx.HTTPTransport(retries=20), timeout=30) as http:
        http.get(f"{control}/state").raise_for_status()
        # A personal WhatsApp: a first message needs no template there.
        switches = {"rate_per_second": 0, "transport": "whatsapp"}
        http.post(f"{control}/switches", json=switches).raise_for_status()
    library.Chat2DeskApi.API_URL = told["chat2desk_url"]
    return SimpleNamespace(api=library.Chat2DeskApi(told["chat2desk_token"]), control=control)


@pytest.fixture
def api(desk: SimpleNamespace) -> Any:
    return desk.api


@pytest.fixture
def client_id(api: Any) -> int:
    found = api.clients_get(phone=PHONE)["data"]
    return int(found[0]["id"] if found else _made(api))


def _made(api: Any) -> int:
    (channel,) = api.channels_get()["data"]
    made = api.clients_post(PHONE, "whatsapp", channel["id"], nickname="Айгуль & Ко")
    assert made["status"] == "success"
    return int(made["data"]["id"])


def phone_shows(desk: SimpleNamespace) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = httpx.get(f"{desk.control}/phones/{PHONE}?peek=1").json()["messages"]
    return shown


def test_a_client_is_made_once(api: Any, client_id: int) -> None:
    (channel,) = api.channels_get()["data"]
    again = api.clients_post(PHONE, "whatsapp", channel["id"])
    assert again["status"] == "error"
    assert str(client_id) in again["errors"]["client"][1]
    assert api.clients_get(client_id)["data"]["assigned_name"] == "Айгуль & Ко"


def test_messages_reach_the_phone_and_no_operator(desk: SimpleNamespace, api: Any, client_id: int) -> None:
    sent = api.messages_post(client_id, "Оцените от 1 до 10?", open_dialog=False, external_id="qc-1")
    assert sent["status"] == "success"
    number = sent["data"]["message_id"]
    assert [one["text"] for one in phone_shows(desk) if one["id"] == number] == ["Оцените от 1 до 10?"]
    assert api.messages_get(number)["data"]["client_id"] == client_id
    assert api.dialogs_get(state="open")["data"] == []


def test_an_answer_is_found_by_the_id_before_it(desk: SimpleNamespace, api: Any, client_id: int) -> None:
    asked = api.messages_post(client_id, "Вопрос", open_dialog=False)["data"]["message_id"]
    httpx.post(f"{desk.control}/phones/{PHONE}/messages", json={"text": "9"}).raise_for_status()
    found = api.messages_get(client_id=client_id, start_id=asked, type="from_client", limit=200)
    assert [one["text"] for one in found["data"]] == ["9"]
    assert found["meta"]["limit"] == 200
    request_id = found["data"][0]["request_id"]
    # The one list that comes without an envelope.
    assert "9" in [one["text"] for one in api.requests_get(request_id, messages=True)]
    assert api.requests_close_put(request_id=request_id) == {"status": "success"}
    assert api.requests_get(request_id)["data"]["closed"]


def test_operators_open_and_close_dialogs(api: Any, client_id: int) -> None:
    sent = api.messages_post(client_id, "Добрый день", operator_id=31911)
    dialog = sent["data"]["dialog_id"]
    assert api.messages_id_transfer_get(sent["data"]["message_id"], 31912)["status"] == "success"
    assert api.dialogs_get(dialog)["data"]["operator_id"] == 31912
    assert api.dialogs_put(dialog, state="closed")["data"]["state"] == "closed"


def test_tags(api: Any, client_id: int) -> None:
    group = api.tag_groups_post("Опросы")["data"]["id"]
    tag = api.tags_post(group, "survey_active", "идёт опрос")["data"]["id"]
    assert api.tags_assign_to_post([tag], "client", client_id)["status"] == "success"
    assert [one["id"] for one in api.clients_get(tags=tag)["data"]] == [client_id]
    assert api.tags_delete(tag, client_id=client_id)["status"] == "success"
    assert api.clients_get(tags=tag)["data"] == []


def test_webhooks_with_two_slashes(api: Any) -> None:
    url = "https://survey.example/hooks/chat2desk/secret"
    api.webhooks_post(url, "quality", ["inbox", "outbox"])
    (made,) = (one for one in api.webhooks_get()["data"] if one["url"] == url)
    assert sorted(made["events"]) == ["inbox", "outbox"]
    assert api.webhooks_get(made["id"])["data"]["url"] == url
    changed = api.webhooks_put(made["id"], url, "quality", ["inbox"], status="disable")
    # One value in a query arrives as a scalar.
    assert (changed["data"]["events"], changed["data"]["status"]) == (["inbox"], "disable")
    assert api.webhooks_delete(made["id"])["status"] == "success"
    assert url not in [one["url"] for one in api.webhooks_get()["data"]]


@pytest.mark.parametrize(
    "name",
    [
        *("api_modes_get", "channels_get", "clients_get", "companies_api_info_get", "countries_get"),
        *("custom_client_fields_get", "dialog_states_get", "dialogs_get", "message_types_get"),
        *("messages_get", "operators_get", "operators_groups_get", "regions_get", "roles_get"),
        *("scenarios_get", "tags_get", "templates_get", "transports_get", "web_analytics_data_get"),
        "webhooks_get",
    ],
)
def test_every_list_is_there(api: Any, name: str) -> None:
    answer = getattr(api, name)()
    assert answer["status"] == "success"
    assert isinstance(answer["data"], list | dict)


def test_a_wrong_key(desk: SimpleNamespace) -> None:
    library = needed("c2d_api.api")
    assert library.Chat2DeskApi("wrong").channels_get() == {"message": "You need to auth", "status": "error"}
