"""The whole portal as JSON and back: what people made in it survives a restart of the sandbox."""

import json
import os
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.bitrix24.contacts import digits
from sandbox.bitrix24.events import Hook
from sandbox.bitrix24.extras import extras
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import Ledger, Portal
from sandbox.bitrix24.restoring import restore_company
from sandbox.bitrix24.shelf import Index

FORMAT = 1
WITH_OWN_WAY = (
    "switches",
    "webhooks",
    "rights",
    "faults",
    "applications",
    "deals",
    "contacts",
    "history",
    "tasks",
    "task_comments",
    "comments",
    "notifications",
)
TABLES = ("phones", "results")
NUMBERS = ("version", "host", "last_phone_id", "last_field_id", "last_result_id")
MOMENT = "$at"


class CannotLoad(ValueError):
    """This is no saved state of a portal; the portal is as it was."""


def save(portal: Portal) -> dict[str, Any]:
    """Plain JSON data. What is on its way (events, requests under way) is not in it."""
    parts = {
        "company": portal.company.dump(),
        **{name: getattr(portal, name).dump() for name in WITH_OWN_WAY},
        **{name: list(getattr(portal, name).items()) for name in TABLES},
        **{name: getattr(portal, name) for name in NUMBERS},
        "extras": _extras(portal),
        "events": _events(portal),
        "ledger": {**asdict(portal.ledger), "by_method": dict(portal.ledger.by_method)},
    }
    return {"format": FORMAT, "now": portal.clock.now().isoformat(), "portal": _frozen(parts)}


def load(portal: Portal, state: dict[str, Any]) -> datetime:
    """When it was saved, virtual time. CannotLoad leaves the portal alone."""
    if state.get("format") != FORMAT or not isinstance(state.get("portal"), dict):
        raise CannotLoad(f"a saved state has format {FORMAT} and a portal")
    before = save(portal)
    try:
        moment = datetime.fromisoformat(state["now"])
        _restore(portal, _thawed(state["portal"]))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        _restore(portal, _thawed(before["portal"]))
        raise CannotLoad(f"broken state: {type(problem).__name__} {problem}") from None
    portal.touch()
    return moment


def save_file(portal: Portal, path: Path) -> None:
    """Whole or not at all; it holds tokens, so only its owner reads it."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(save(portal), file, ensure_ascii=False)
    fresh.replace(path)


def load_file(portal: Portal, path: Path) -> datetime:
    """CannotLoad likewise when the file is no JSON; OSError when it cannot be read."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise CannotLoad(str(problem)) from None
    if not isinstance(state, dict):
        raise CannotLoad("a saved state is a JSON object")
    return load(portal, state)


def _restore(portal: Portal, parts: dict[str, Any]) -> None:
    # The company first: deals and contacts need its fields.
    restore_company(portal.company, parts["company"])
    for name in WITH_OWN_WAY:
        getattr(portal, name).restore(parts[name])
    for name in TABLES:
        setattr(portal, name, dict(parts[name]))
    _index(portal)
    for name in NUMBERS:
        setattr(portal, name, type(getattr(portal, name))(parts[name]))
    _fill_extras(portal, parts["extras"])
    _fill_events(portal, parts["events"])
    ledger = Ledger(**parts["ledger"])
    ledger.by_method = Counter(ledger.by_method)
    portal.ledger = ledger


def _events(portal: Portal) -> dict[str, Any]:
    events = portal.events
    hook = events.hook
    kept = {"url": hook.url, "token": hook.application_token, "events": sorted(hook.events)} if hook else None
    return {
        "hook": kept,
        "domain": events.domain,
        "raised": events.raised,
        "bindings": events.bindings.dump(),
        "offline": events.offline.dump(),
    }


def _fill_events(portal: Portal, kept: dict[str, Any]) -> None:
    events, hook = portal.events, kept["hook"]
    events.hook = Hook(hook["url"], hook["token"], frozenset(hook["events"])) if hook else None
    events.domain, events.raised = kept["domain"], kept["raised"]
    events.bindings.restore(kept["bindings"])
    events.offline.restore(kept["offline"])


def _extras(portal: Portal) -> dict[str, Any]:
    more = extras(portal)
    return {
        "companies": more.companies.dump(),
        "entries": list(more.entries.items()),
        "todos": more.todos.dump(),
    }


def _fill_extras(portal: Portal, kept: dict[str, Any]) -> None:
    more = extras(portal)
    more.companies.restore(kept["companies"])
    more.entries = dict(kept["entries"])
    more.by_phone = _indexed(_phones(more.entries))
    more.todos.restore(kept["todos"])


def _index(portal: Portal) -> None:
    """Indexes are not kept: the rows tell everything."""
    portal.by_phone = _indexed(_phones(portal.phones))
    portal.history_of = _indexed((row["OWNER_ID"], row["ID"]) for row in portal.history)
    portal.tasks_of = _indexed((owner, row["id"]) for row in portal.tasks for owner in row["ufCrmTask"])
    portal.comments_of = _indexed(
        ((row["ENTITY_TYPE"], row["ENTITY_ID"]), row["ID"]) for row in portal.comments
    )


def _phones(entries: dict[int, list[Row]]) -> Iterator[tuple[Hashable, int]]:
    rows = ((owner, entry) for owner, own in entries.items() for entry in own)
    return ((digits(entry["value"]), owner) for owner, entry in rows if entry["typeId"] == "PHONE")


def _indexed(pairs: Iterable[tuple[Hashable, int]]) -> Index:
    index = Index()
    for value, number in pairs:
        index.add(value, number)
    return index


def _frozen(value: Any) -> Any:
    if isinstance(value, datetime):
        return {MOMENT: value.isoformat()}
    if isinstance(value, dict):
        return {str(key): _frozen(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_frozen(inner) for inner in value]
    return value


def _thawed(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {MOMENT}:
            return datetime.fromisoformat(value[MOMENT])
        return {key: _thawed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_thawed(inner) for inner in value]
    return value
