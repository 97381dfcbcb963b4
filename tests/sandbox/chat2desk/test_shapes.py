"""Every answer and webhook has exactly the keys of the vendor's samples."""

from typing import Any

import pytest

ERROR_KEYS = {"message", "errors", "status"}
LIST_KEYS = {"data", "meta", "status"}
PAYLOAD = {
    *("message_id", "type", "text", "transport", "client_id", "operator_id", "dialog_id", "channel_id"),
    *("photo", "coordinates", "audio", "pdf", "client", "hook_type", "request_id", "attachments"),
    *("is_new_request", "is_new_client", "event_time"),
}
CLIENT_IN_PAYLOAD = {"id", "phone", "client_phone", "name", "assigned_name", "external_id"}
CLIENT = {
    *("id", "assigned_name", "comment", "phone", "client_phone", "name", "avatar", "region_id", "country_id"),
    *("first_client_message", "last_client_message", "extra_comment_1", "extra_comment_2"),
    *("extra_comment_3", "external_id", "external_ids", "custom_fields", "tags"),
}
MESSAGE = {
    *("id", "text", "photo", "video", "audio", "pdf", "coordinates", "transport", "type", "read"),
    *("created", "remote_id", "recipient_status", "operator_id", "channel_id", "dialog_id", "client_id"),
    *("request_id", "attachments", "is_new", "ai_tips", "extra_data"),
}
LAST_MESSAGE = {
    *("id", "text", "type", "created", "transport", "read", "client_id", "dialog_id", "channel_id"),
    *("request_id", "operator_id", "attachments"),
}


def test_api_info(world: Any) -> None:
    info = world.data("GET", "/v1/companies/api_info")
    assert set(info) == {
        *("mode", "hook", "chat_close_web_hook", "current_version", "requests_this_month", "channels"),
        "company_name",
    }
    assert (info["requests_this_month"], info["channels"]) == (1, 1)


def test_clients_by_phone(world: Any) -> None:
    world.client("79160000000", nickname="Client")
    world.write("9", "79160000000")
    answer = world.api("GET", "/v1/clients?phone=79160000000").json()
    assert set(answer) == LIST_KEYS
    assert answer["meta"] == {"total": 1, "limit": 20, "offset": 0}
    item = answer["data"][0]
    assert set(item) == CLIENT
    assert item["last_client_message"] == "2026-07-10T09:00:00 UTC"
    assert item["client_phone"] == "79160000000"


def test_duplicate_client(world: Any) -> None:
    number = world.client("79160000000")
    answer = world.api("POST", "/v1/clients", json={"phone": "79160000000", "transport": "wa_dialog"})
    assert answer.status_code == 400
    assert answer.json() == {
        "message": "Validation failed",
        "errors": {"client": ["Client already exist", f'{{"id": {number}, "phone": "79160000000"}}']},
        "status": "error",
    }


def test_other_family_is_another_client(world: Any) -> None:
    assert world.client() != world.client(transport="telegram")


@pytest.mark.parametrize("phone", ["+79160000000", "123", "", "7916000000012345"])
def test_bad_phone(world: Any, phone: str) -> None:
    answer = world.api("POST", "/v1/clients", json={"phone": phone, "transport": "wa_direct"})
    assert answer.status_code == 400
    assert set(answer.json()) == ERROR_KEYS


def test_message_answer_and_item(world: Any) -> None:
    sent = world.say(world.client(), "hello")
    assert set(sent) == {
        *("message_id", "channel_id", "operator_id", "transport", "type", "client_id", "dialog_id"),
        "request_id",
    }
    assert (sent["channel_id"], sent["transport"], sent["type"]) == (43898, "wa_direct", "to_client")
    assert (sent["operator_id"], sent["dialog_id"]) == (None, None)
    assert set(world.data("GET", f"/v1/messages/{sent['message_id']}")) == MESSAGE


def test_dialog_item(world: Any) -> None:
    client_id = world.client()
    world.say(client_id, "hello", open_dialog=True, operator_id=31911)
    world.write("9")
    [dialog] = world.data("GET", f"/v1/clients/{client_id}/dialogs")
    assert set(dialog) == {"id", "state", "begin", "end", "operator_id", "messages", "last_message"}
    assert (dialog["state"], dialog["end"], dialog["operator_id"]) == ("open", None, 31911)
    assert set(dialog["last_message"]) == LAST_MESSAGE
    assert dialog["last_message"]["client_id"] == client_id


def test_inbox_hook(world: Any) -> None:
    world.listen()
    world.write("9")
    [event] = world.receiver.of("inbox")
    assert set(event) == PAYLOAD | {"extra_data"}
    assert set(event["client"]) == CLIENT_IN_PAYLOAD
    assert event["event_time"] == "2026-07-10T09:00:00Z"
    assert (event["is_new_request"], event["is_new_client"]) == (True, True)
    assert (event["operator_id"], event["dialog_id"]) == (None, None)


def test_outbox_hook_is_our_own_echo(world: Any) -> None:
    client_id = world.client()
    world.write("hi")
    world.listen()
    sent = world.say(client_id, "thanks")
    [event] = world.receiver.of("outbox")
    assert set(event) == PAYLOAD
    assert (event["message_id"], event["type"]) == (sent["message_id"], "to_client")


def test_client_and_tag_hooks(world: Any) -> None:
    world.listen()
    client_id = world.client()
    tag_id = world.data("POST", "/v1/tags", json={"tag_label": "survey_active"})["id"]
    body = {"tag_ids": tag_id, "assignee_type": "client", "assignee_id": str(client_id)}
    world.api("POST", "/v1/tags/assign_to", json=body)
    assert world.data("GET", f"/v1/clients/{client_id}")["tags"] == [{"id": tag_id, "label": "survey_active"}]
    assert [item["id"] for item in world.data("GET", f"/v1/clients?tags={tag_id}")] == [client_id]
    world.api("DELETE", f"/v1/tags/{tag_id}/delete_from", json={"client_id": client_id})
    assert world.data("GET", f"/v1/clients?tags={tag_id}") == []
    new_client, added, deleted = world.receiver.events
    assert set(new_client) == {"hook_type", "id", "phone", "client_phone", "name", "channels"}
    assert added == {
        **{"hook_type": "add_tag_to_client", "id": tag_id},
        **{"client_id": client_id, "channel_id": 43898},
    }
    assert deleted == {"hook_type": "delete_tag_from_client", "id": tag_id, "client_id": client_id}


def test_lists_of_the_company(world: Any) -> None:
    assert set(world.data("GET", "/v1/channels")[0]) == {"id", "name", "phone", "transports"}
    assert {"id", "email", "role", "online", "opened_dialogs"} <= set(world.data("GET", "/v1/operators")[0])
    world.api("POST", "/v1/tags", json={"tag_label": "a"})
    assert set(world.data("GET", "/v1/tags")[0]) == {"id", "group_id", "group_name", "label", "description"}
