"""Which WhatsApp templates are in order, as far as anybody can tell.

No page of the vendor names a list of templates (`/v1/templates` are operators' quick replies), so two things
count: a list, where the installation knows its path, and what the messenger itself has said of our messages.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from connectors.chat2desk.client import Client
from connectors.chat2desk.meanings import scrubbed
from connectors.chat2desk.templates import is_official
from connectors.chat2desk.wire import Row, moment, words
from qc_engine.ports import Finding, Memory

NOTE = "templates"
NAMES, STATUSES = ("name", "template_name", "element_name"), ("status", "state", "approval_status")
MOST_NAMES = 100
IN_CABINET = "проверьте шаблон в кабинете провайдера WhatsApp"


class Approval:
    """Templates that the messenger refused, kept over a restart: the doctor asks from another process."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._known: dict[str, tuple[str, str]] | None = None  # name -> reason, when (ISO)
        self._changed = False

    def refused(self, name: str, reason: str, at: datetime) -> None:
        if name and len(self._all()) < MOST_NAMES:
            self._all()[name] = (scrubbed(reason), at.isoformat())
            self._changed = True

    def arrived(self, name: str) -> None:
        """A message by this template has come through: whatever it was, it is over."""
        if self._all().pop(name, ("", "")) != ("", ""):
            self._changed = True

    def recall(self) -> None:
        """Another process has heard the messenger until now."""
        if not self._changed:
            self._known = None

    def save(self) -> None:
        """Not from a webhook: writing waits for the disk."""
        if self._changed:
            self._changed = False
            self._memory.write(NOTE, json.dumps(dict(self._all()), ensure_ascii=False))

    def troubles(self) -> Mapping[str, tuple[str, str]]:
        return dict(self._all())

    def _all(self) -> dict[str, tuple[str, str]]:
        if self._known is None:
            self._known = _read(self._memory.read(NOTE))
        return self._known


def findings(
    client: Client, names: Sequence[str], troubles: Mapping[str, tuple[str, str]]
) -> Iterator[Finding]:
    """One finding for each template that the scenarios use; none on transports without templates."""
    if not names or not is_official(client.settings.transport):
        return
    listed = _statuses(client.whatsapp_templates()) if client.settings.template_list else None
    for name in dict.fromkeys(names):
        yield _refused(name, troubles[name]) if name in troubles else _listed(client, name, listed)


def _refused(name: str, trouble: tuple[str, str]) -> Finding:
    reason, at = trouble
    said_at = moment(at)
    when = f" {said_at:%d.%m.%Y}" if said_at else ""
    return Finding(False, f"шаблон {name}: WhatsApp отказал{when}: {reason}", IN_CABINET)


def _listed(client: Client, name: str, listed: Mapping[str, str] | None) -> Finding:
    if listed is None:
        return Finding(True, f"шаблон {name}: отказов не было; одобрен ли он, Chat2Desk не показывает")
    if name not in listed:
        return Finding(False, f"шаблона {name} в списке Chat2Desk нет", IN_CABINET)
    status = listed[name]
    approved = re.search(client.settings.approved_status, status, re.IGNORECASE) is not None
    if approved:
        return Finding(True, f"шаблон {name} одобрен")
    return Finding(False, f"шаблон {name} не одобрен: {status or 'status пуст'}", IN_CABINET)


def _statuses(rows: Sequence[Row]) -> Mapping[str, str]:
    """By name; a template that is approved in one language and not in another is shown as not approved."""
    found: dict[str, str] = {}
    for row in rows:
        name = next(filter(None, (words(row.get(one)) for one in NAMES)), "")
        status = next(filter(None, (words(row.get(one)) for one in STATUSES)), "")
        found[name] = status if name not in found or found[name] == status else f"{found[name]}, {status}"
    return found


def _read(note: str) -> dict[str, tuple[str, str]]:
    try:
        kept = json.loads(note) if note else {}
        return {str(name): (str(reason), str(at)) for name, (reason, at) in kept.items()}
    except (ValueError, AttributeError, TypeError):
        return {}
