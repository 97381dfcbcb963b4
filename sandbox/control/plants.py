"""What an administrator does without telling anybody: the changes that break a connection weeks later."""

from collections.abc import Callable
from typing import Any

from sandbox.bitrix24.company import Person, UserField
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.scopes import SCOPES
from sandbox.control.people import BadRequest

Row = dict[str, Any]


def change_company(portal: Portal, body: Row) -> Row:
    """{change: its row, or a list of rows}, changes named as in CHANGES; all are checked first."""
    if unknown := set(body) - set(CHANGES):
        raise BadRequest(f"unknown change {', '.join(sorted(unknown))}; there are {', '.join(CHANGES)}")
    wishes = [
        (name, row) for name, rows in body.items() for row in (rows if isinstance(rows, list) else [rows])
    ]
    try:
        acts = [CHANGES[name](portal, row) for name, row in wishes]
    except (KeyError, TypeError) as problem:
        raise BadRequest(f"a change lacks something: {problem}") from None
    for act in acts:
        act()
    portal.deals.fields_changed()
    portal.contacts.fields_changed()
    portal.touch()
    return {"changed": len(acts)}


def _rename_stage(portal: Portal, row: Row) -> Callable[[], None]:
    stage = portal.company.stages.get(row["id"])
    return _set(stage, f"stage {row['id']}", name=str(row["name"]))


def _delete_stage(portal: Portal, row: Row) -> Callable[[], None]:
    if row["id"] not in portal.company.stages:
        raise BadRequest(f"no stage {row['id']}", 404)
    return lambda: portal.company.drop_stage(row["id"])


def _rename_pipeline(portal: Portal, row: Row) -> Callable[[], None]:
    return _set(portal.company.pipeline(row["id"]), f"pipeline {row['id']}", name=str(row["name"]))


def _rename_field(portal: Portal, row: Row) -> Callable[[], None]:
    return _set(_field(portal, row["name"]), "field", label=str(row["label"]))


def _delete_value(portal: Portal, row: Row) -> Callable[[], None]:
    """Of an enumeration; by its text or its id."""
    field = _field(portal, row["field"])
    gone = [one for one in field.choices if str(row["value"]) in (one["VALUE"], one["ID"])]
    if not gone:
        raise BadRequest(f"{field.name} has no value {row['value']}", 404)
    return lambda: field.choices.remove(gone[0])


def _rename_value(portal: Portal, row: Row) -> Callable[[], None]:
    field, text = _field(portal, row["field"]), str(row["text"])
    known = [one for one in field.choices if str(row["value"]) in (one["VALUE"], one["ID"])]
    if not known:
        raise BadRequest(f"{field.name} has no value {row['value']}", 404)
    return lambda: known[0].update(VALUE=text)


def _fire(portal: Portal, number: Any) -> Callable[[], None]:
    return _set(_person(portal, number), "user", active=False)


def _hire(portal: Portal, number: Any) -> Callable[[], None]:
    return _set(_person(portal, number), "user", active=True)


def _rename_user(portal: Portal, row: Row) -> Callable[[], None]:
    person = _person(portal, row["id"])
    name, last_name = str(row.get("name", person.name)), str(row.get("last_name", person.last_name))
    return _set(person, "user", name=name, last_name=last_name)


def _change_head(portal: Portal, row: Row) -> Callable[[], None]:
    department = next((one for one in portal.company.departments if one.id == row["department"]), None)
    head = None if row["head"] is None else _person(portal, row["head"]).id
    return _set(department, f"department {row['department']}", head=head)


def _remove_scope(portal: Portal, row: Any) -> Callable[[], None]:
    """ "task" of the first webhook; {"scope", "user", "secret"} or {"scope", "client_id"} of another key."""
    named = row if isinstance(row, dict) else {"scope": row}
    scope, key = str(named["scope"]), (named.get("user"), named.get("secret"))
    webhooks, applications = portal.webhooks, portal.applications.known
    if "client_id" in named:
        scopes = applications[named["client_id"]].scopes
        return lambda: scopes.remove(scope) if scope in scopes else None
    if key == (None, None):
        return lambda: setattr(webhooks, "scopes", _all_but(webhooks.scopes, scope))
    if key not in webhooks.more:
        raise BadRequest("no such webhook", 404)
    user, secret = int(key[0] or 0), str(key[1])
    return lambda: webhooks.add(user, secret, _all_but(webhooks.more[user, secret], scope))


def _all_but(scopes: set[str] | None, scope: str) -> set[str]:
    return (set(SCOPES) if scopes is None else scopes) - {scope}


def _field(portal: Portal, name: str) -> UserField:
    field = portal.company.deal_fields.get(name) or portal.company.contact_fields.get(name)
    if field is None:
        raise BadRequest(f"no field {name}", 404)
    return field


def _person(portal: Portal, number: Any) -> Person:
    person = portal.company.people.get(number)
    if person is None:
        raise BadRequest(f"no user {number}", 404)
    return person


def _set(thing: Any, what: str, **values: Any) -> Callable[[], None]:
    if thing is None:
        raise BadRequest(f"no {what}", 404)

    def act() -> None:
        for name, value in values.items():
            setattr(thing, name, value)

    return act


CHANGES: dict[str, Callable[[Portal, Any], Callable[[], None]]] = {
    "rename_stage": _rename_stage,
    "delete_stage": _delete_stage,
    "rename_pipeline": _rename_pipeline,
    "rename_field": _rename_field,
    "rename_value": _rename_value,
    "delete_value": _delete_value,
    "fire": _fire,
    "hire": _hire,
    "rename_user": _rename_user,
    "change_head": _change_head,
    "remove_scope": _remove_scope,
}
