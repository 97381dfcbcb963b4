"""Methods about tags."""

from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.methods.clients import client_of
from sandbox.chat2desk.model import Client, Request, Tag


def find(desk: Desk, call: Call) -> dict[str, Any]:
    page = page_of(call)
    found = list(desk.books.tags.values())
    shown = found[page.offset :][: page.limit]
    return listed([shapes.tag_item(tag) for tag in shown], len(found), page)


def get(desk: Desk, call: Call) -> dict[str, Any]:
    return single(shapes.tag_item(_tag(desk, call.id)))


def _tag(desk: Desk, tag_id: int) -> Tag:
    tag = desk.books.tags.get(tag_id)
    if tag is None:
        raise not_found("tag")
    return tag


def create(desk: Desk, call: Call) -> dict[str, Any]:
    label = call.text("tag_label")
    if label is None:
        raise invalid("tag_label", "can't be blank")
    group_id = call.integer("tag_group_id") or 1
    description = call.text("tag_description") or ""
    group = desk.books.tag_groups.get(group_id, f"Group {group_id}")
    tag = Tag(next(desk.books.tag_ids), group_id, group, label, description)
    desk.books.tags[tag.id] = tag
    desk.changed()
    return single(shapes.tag_item(tag))


def assign(desk: Desk, call: Call) -> dict[str, Any]:
    tags = [_tag(desk, number) for number in call.integers("tag_ids")]
    if not tags:
        raise invalid("tag_ids", "can't be blank")
    kind, number = call.text("assignee_type"), call.integer("assignee_id")
    if kind not in {"client", "request"} or number is None:
        raise invalid("assignee_type", "must be client or request, with assignee_id")
    owner = client_of(desk, number) if kind == "client" else _request(desk, number)
    for tag in tags:
        _put(desk, tag, owner)
    return {"status": "success"}


def _request(desk: Desk, request_id: int) -> Request:
    request = desk.books.requests.get(request_id)
    if request is None:
        raise not_found("request")
    return request


def _put(desk: Desk, tag: Tag, owner: Client | Request) -> None:
    if tag.id in owner.tags:
        return
    owner.tags[tag.id] = tag
    if isinstance(owner, Client):
        desk.books.clients_by_tag[tag.id][owner.id] = owner
    client = owner if isinstance(owner, Client) else owner.client
    desk.hooks.emit(_event("add_tag_to", tag, owner) | {"channel_id": client.channel_id})
    desk.changed()


def _event(verb: str, tag: Tag, owner: Client | Request) -> dict[str, Any]:
    if isinstance(owner, Client):
        return {"hook_type": f"{verb}_client", "id": tag.id, "client_id": owner.id}
    ids = {"client_id": owner.client.id, "request_id": owner.id}
    return {"hook_type": f"{verb}_request", "id": tag.id, **ids}


def take_away(desk: Desk, call: Call) -> dict[str, Any]:
    tag = _tag(desk, call.id)
    client_id, request_id = call.integer("client_id"), call.integer("request_id")
    if client_id is None and request_id is None:
        raise invalid("client_id", "can't be blank")
    owner = client_of(desk, client_id) if client_id is not None else _request(desk, request_id or 0)
    if owner.tags.pop(tag.id, None) is not None:
        if isinstance(owner, Client):
            desk.books.clients_by_tag[tag.id].pop(owner.id, None)
        desk.hooks.emit(_event("delete_tag_from", tag, owner))
        desk.changed()
    return {"status": "success"}


def create_group(desk: Desk, call: Call) -> dict[str, Any]:
    name = call.text("tag_group_name")
    if name is None:
        raise invalid("tag_group_name", "can't be blank")
    desk.books.tag_groups[number := len(desk.books.tag_groups) + 1] = name
    return single({"id": number, "tag_group_name": name})


METHODS = {
    "POST /v1/tag_groups": create_group,
    "GET /v1/tags": find,
    "POST /v1/tags": create,
    "GET /v1/tags/{id}": get,
    "POST /v1/tags/assign_to": assign,
    "DELETE /v1/tags/{id}/delete_from": take_away,
}
