"""The application's event bindings: made, found again, and kept to one address.

Wire format: the vendor's pages api-reference/events/event-bind, event-get and event-unbind.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.wire import as_id, as_list, as_map
from qc_engine.ports import Broken, Finding, Memory, OutcomeUnknown, Refused, TryLater

EVENTS = (
    "ONCRMDEALADD",
    "ONCRMDEALUPDATE",
    "ONCRMDEALDELETE",
    "ONCRMDEALMOVETOCATEGORY",
    "ONTASKUPDATE",
    "ONAPPUNINSTALL",
)
ALREADY = "ERROR_HANDLER_ALREADY_EXIST"
NOTE = "bindings"  # what is wrong with them, for the doctor
OUR_HOOKS = "/hooks/bitrix24"
# An update of the application removes its bindings and tells nobody.
KEEP_EVERY = timedelta(hours=1)
AFTER_FAILURE = timedelta(minutes=5)
REMEDY = "События лишь ускоряют опрос. Проверьте права приложения и что адрес виден из интернета"

log = structlog.get_logger(__name__)


class Bindings:
    """Looked at once an hour. A failure is told by the doctor and stops nothing: polling finds all."""

    def __init__(self, client: Client, hook_url: str, memory: Memory) -> None:
        self._client = client
        self._hook_url = hook_url
        self._memory = memory
        self._connection = ""
        self._again_at: datetime | None = None  # None: not looked at since the start

    def keep(self, connection: str, now: datetime) -> None:
        """Nothing when it is too early; after a new installation (another `connection`) it never is."""
        if connection == self._connection and self._again_at and now < self._again_at:
            return
        self._connection = connection
        try:
            refused = keep_bindings(self._client, self._hook_url)
            self._tell([f"Портал не сообщает о событии {event}" for event in refused])
            self._again_at = now + KEEP_EVERY
        except (TryLater, Refused, Broken, OutcomeUnknown) as failure:
            log.warning("event bindings could not be kept", reason=str(failure))
            self._tell([f"Подписки на события не проверены: {failure}"])
            self._again_at = now + AFTER_FAILURE

    def findings(self) -> Sequence[Finding]:
        """Also in another process than the one that looks."""
        troubles = as_list(json.loads(self._memory.read(NOTE) or "[]"))
        return [Finding(False, str(trouble), REMEDY) for trouble in troubles]

    def _tell(self, troubles: Sequence[str]) -> None:
        note = json.dumps(troubles, ensure_ascii=False) if troubles else ""
        if note != self._memory.read(NOTE):
            self._memory.write(NOTE, note)


def keep_bindings(client: Client, hook_url: str) -> Sequence[str]:
    """Every event of ours goes to `hook_url` and to no former address; the events that the portal refuses.

    Raises TryLater, Refused, Broken or OutcomeUnknown; it may be repeated at any time.
    """
    bound = _bound(client)
    missing = [event for event in EVENTS if (event, hook_url) not in bound]
    refused = [event for event in missing if not _bind(client, event, hook_url)]
    for event, handler in bound:
        if event in EVENTS and handler != hook_url and _is_ours(handler):
            client.call("event.unbind", {"event": event, "handler": handler})
    return refused


def _bound(client: Client) -> Sequence[tuple[str, str]]:
    """The online bindings of this application: event and address."""
    rows = [as_map(row) for row in as_list(client.read("event.get", {}).result)]
    return [_binding(row) for row in rows if not as_id(row.get("offline"))]


def _binding(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row.get("event", "")).upper(), str(row.get("handler", ""))


def _bind(client: Client, event: str, handler: str) -> bool:
    """False when this portal does not offer the event."""
    try:
        client.call("event.bind", {"event": event, "handler": handler})
    except Refused as refused:
        return ALREADY in str(refused)
    return True


def _is_ours(handler: str) -> bool:
    # The same application may serve a program of somebody else, whose handlers are not ours to remove.
    return OUR_HOOKS in urlsplit(handler).path
