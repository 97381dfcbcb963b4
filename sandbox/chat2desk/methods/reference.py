"""Lists that never change, and the parts of the account that surveys do not touch."""

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.chat2desk.call import Call, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.methods.clients import client_of
from sandbox.chat2desk.methods.operators import ROLES
from sandbox.chat2desk.sending import Order, send

Json = dict[str, Any]
Method = Callable[[Desk, Call], Json]

MODES = ("demo", "full")
TRANSPORTS = (
    *("whatsapp", "wa_direct", "wa_dialog", "wa_infobip", "wa_gupshup", "wa_cm", "wa_clickatell", "wa_tr"),
    *("wa_wavy", "wa_botmaker", "viber", "viber_business", "viber_public", "viber_tr", "viber_infobip"),
    *("telegram", "tg_user", "vk", "vkontakte", "ok", "facebook", "insta_direct", "insta_local"),
    *("insta_i2crm", "widget", "email", "sms", "sms_infobip", "external", "system", "skype", "wechat"),
    *("yandex_dialogs", "vox_implant"),
)
MESSAGE_TYPES = ("to_client", "from_client", "autoreply", "system", "comment")
DIALOG_STATES = ("open", "closed")
GROUP = {"id": 1, "name": "Операторы"}
MENU = ((1, "Запись", "1", None), (2, "Цены", "2", None), (3, "Шиномонтаж", "1", 2))


def _named(names: Sequence[str]) -> Method:
    rows = [{"id": number, "name": name, "description": name} for number, name in enumerate(names, 1)]
    return lambda desk, call: _page(rows, call)


def _page(rows: Sequence[Json], call: Call) -> Json:
    page = page_of(call)
    return listed(list(rows[page.offset :][: page.limit]), len(rows), page)


def transports(desk: Desk, call: Call) -> Json:
    """The names alone, as an answer without paging."""
    return {"data": list(TRANSPORTS), "status": "success"}


def switch_mode(desk: Desk, call: Call) -> Json:
    mode = call.text("mode")
    if mode not in MODES:
        raise invalid("mode", f"must be one of {', '.join(MODES)}")
    desk.mode = mode
    return {"status": "success"}


def company(desk: Desk, call: Call) -> Json:
    return single({"id": 1, "name": "Sandbox", "custom_fields": {}})


def change_company(desk: Desk, call: Call) -> Json:
    return {"status": "success"}


def operator_groups(desk: Desk, call: Call) -> Json:
    return _page([GROUP | {"operator_ids": list(desk.books.operators)}], call)


def menu_items(desk: Desk, call: Call) -> Json:
    names = ("id", "text", "command", "parentID")
    rows = [dict(zip(names, item, strict=True)) | {"position": number} for number, item in enumerate(MENU)]
    level = call.integer("level")
    shown = [row for row in rows if level is None or (row["parentID"] is None) == (level == 0)]
    return _page(shown, call)


def send_menu_item(desk: Desk, call: Call) -> Json:
    """The company's own bot speaks to the client."""
    client, number = client_of(desk, call.integer("client_id") or 0), call.integer("menu_item_id")
    text = next((item[1] for item in MENU if item[0] == number), None)
    if text is None:
        raise not_found("menu_item")
    send(desk, Order(client, text, type="autoreply", open_dialog=False))
    return {"status": "success"}


def quick_replies(desk: Desk, call: Call) -> Json:
    """What operators insert by a command; WhatsApp's templates are elsewhere."""
    return _page([QUICK_REPLY], call)


def quick_reply(desk: Desk, call: Call) -> Json:
    if call.id != QUICK_REPLY["id"]:
        raise not_found("template")
    return single(QUICK_REPLY)


QUICK_REPLY: Json = {
    "id": 1,
    "command": "hi",
    "text": "Здравствуйте!",
    "name": "Приветствие",
    "created": None,
}

METHODS: dict[str, Method] = {
    "GET /v1/help/api_modes": _named(MODES),
    "GET /v1/help/transports": transports,
    "GET /v1/help/message_types": _named(MESSAGE_TYPES),
    "GET /v1/help/roles": _named(ROLES),
    "GET /v1/help/dialog_states": _named(DIALOG_STATES),
    "GET /v1/help/tickets": _named(()),
    "GET /v1/companies/info": company,
    "PUT /v1/companies": change_company,
    "PUT /v1/companies/switch_mode": switch_mode,
    "GET /v1/operators/statuses": _named(("online", "break")),
    "GET /v1/operators_groups": operator_groups,
    "GET /v1/templates": quick_replies,
    "GET /v1/templates/{id}": quick_reply,
    "GET /v1/scenarios/menu_items": menu_items,
    "POST /v1/scenarios/send_menu_item": send_menu_item,
    "GET /v1/custom_client_fields": _named(()),
    "GET /v1/countries": _named(("Казахстан", "Россия")),
    "GET /v1/regions": _named(()),
    "GET /v1/web_analytics_data": _named(()),
    "GET /v1/statistics": _named(()),
}
