"""Bends a webhook the way real accounts were seen to bend it."""

from typing import Any

from sandbox.chat2desk.switches import Switches

PHONE_FORMATS = {"plus": "+{0}", "eight": "8{6}", "spaced": "+{1} ({2}) {3}-{4}-{5}"}
# Fields that a consumer can live without.
MAY_BE_NULL = ("request_id", "channel_id", "attachments", "extra_data", "is_new_request", "is_new_client")
MAY_BE_NULL_IN_CLIENT = ("client_phone", "name", "assigned_name", "external_id")


def spoiled(payload: dict[str, Any], switches: Switches) -> dict[str, Any]:
    """The payload itself when no switch is on, else a bent copy."""
    if switches.hook_html_text and payload.get("text"):
        payload = {**payload, "text": f"<p>{payload['text']}</p>"}
    if switches.hook_flags_as_numbers:
        payload = {name: int(value) if isinstance(value, bool) else value for name, value in payload.items()}
    if switches.hook_extra_data_as_list and payload.get("extra_data") == {}:
        payload = {**payload, "extra_data": []}
    if switches.hook_phone_format != "digits":
        payload = _with_phones(payload, PHONE_FORMATS.get(switches.hook_phone_format, "{}"))
    if switches.hook_null_fields:
        payload = _with_nulls(payload)
    return _with_string_ids(payload) if switches.hook_string_ids else payload


def _with_phones(payload: dict[str, Any], pattern: str) -> dict[str, Any]:
    return {
        name: _with_phones(value, pattern)
        if isinstance(value, dict)
        else _phone(value, pattern)
        if name in ("phone", "client_phone")
        else value
        for name, value in payload.items()
    }


def _phone(value: Any, pattern: str) -> Any:
    if not isinstance(value, str) or not value.isdigit():
        return value
    return pattern.format(value, value[:1], value[1:4], value[4:7], value[7:9], value[9:], value[1:])


def _with_nulls(payload: dict[str, Any]) -> dict[str, Any]:
    bent = {name: None if name in MAY_BE_NULL else value for name, value in payload.items()}
    client = bent.get("client")
    if isinstance(client, dict):
        bent["client"] = {n: None if n in MAY_BE_NULL_IN_CLIENT else v for n, v in client.items()}
    return bent


def _with_string_ids(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: _string_id(name, value) for name, value in payload.items()}


def _string_id(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _with_string_ids(value)
    is_id = name == "id" or name.endswith("_id")
    return str(value) if is_id and isinstance(value, int) else value
