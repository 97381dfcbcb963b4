"""Events of the portal: hints that something changed, never the change itself.

Wire format: the vendor's page `api-reference/events/index`; a form with PHP bracket keys. They come from an
outgoing webhook or from the bindings of a local application.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Protocol
from urllib.parse import unquote_plus

from connectors.bitrix24.calls.addresses import is_one_of
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id
from qc_engine.core.events import DealChanged, DealDeleted, TaskChanged
from qc_engine.ports import Arrival, Forbidden, Request, Unreadable

MOST_FIELDS, LONGEST_NAME = 200, 64
INSTALL_PATH = "install"
INSTALLED, REMOVED = "ONAPPINSTALL", "ONAPPUNINSTALL"
DEAL_HINTS = frozenset({"ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY"})
DEAL_ID = ("data[FIELDS][ID]",)
TASK_ID = ("data[FIELDS_AFTER][ID]", "data[FIELDS_BEFORE][ID]")

Form = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Sender:
    """What an installation told about the portal that sends its events; empty where it told nothing."""

    application_token: str = field(repr=False)
    member_id: str
    origins: Sequence[str]  # the portal's address, and the one that it was renamed to


class Installed(Protocol):
    """A local application, as far as events concern it."""

    def sender(self) -> Sender | None: ...

    def installed(self, auth: Mapping[str, str]) -> None:
        """Raises Forbidden."""

    def removed(self, at: int) -> None: ...


def parse(
    settings: Bitrix24Settings, request: Request, application: Installed | None = None
) -> Sequence[Arrival]:
    """Nothing for events that do not concern us. Raises Forbidden or Unreadable."""
    form = _form(request.body)
    name = _only(form, "event").upper()
    if application and _is_installation(request, name):
        application.installed(_auth(form))
        return []
    _check_sender(settings, application.sender() if application else None, form)
    if application and name == REMOVED:
        application.removed(as_id(_only(form, "ts")) or 0)
        return []
    return _arrivals(name, form, request.body)


def _arrivals(name: str, form: Form, body: bytes) -> Sequence[Arrival]:
    event = _event(name, form)
    if event is None:
        return []
    # The same second may hold two genuine changes; the hash keeps apart whatever differs at all.
    digest = sha256(body).hexdigest()[:16]
    number = event.task_id if isinstance(event, TaskChanged) else event.deal_id
    return [Arrival(f"{name}:{number}:{as_id(_only(form, 'ts')) or 0}:{digest}", event)]


def _is_installation(request: Request, name: str) -> bool:
    # An application that uses the API only is told by a call to the installation's own address.
    return name == INSTALLED or (not name and request.path.strip("/") == INSTALL_PATH)


def _form(body: bytes) -> Form:
    """As parse_qsl would read it, in half the time: at this door every event passes."""
    pairs = body.decode("utf-8", "replace").split("&")
    if len(pairs) > MOST_FIELDS:
        raise Forbidden("more fields than any event has")
    form: dict[str, list[str]] = {}
    for pair in filter(None, pairs):
        name, _, value = pair.partition("=")
        known = _unquoted_name(name) if len(name) <= LONGEST_NAME else unquote_plus(name)
        form.setdefault(known, []).append(unquote_plus(value))
    return form


@lru_cache(maxsize=512)
def _unquoted_name(name: str) -> str:
    """All events have the same few."""
    return unquote_plus(name)


def _auth(form: Form) -> Mapping[str, str]:
    names = [name for name in form if name.startswith("auth[") and name.endswith("]")]
    return {name[len("auth[") : -1]: _only(form, name) for name in names}


def _check_sender(settings: Bitrix24Settings, sender: Sender | None, form: Form) -> None:
    """The token is the only proof of origin that an event has."""
    ours = (settings.application_token, settings.previous_application_token)
    expected = [*(one.get_secret_value() for one in ours), sender.application_token if sender else ""]
    if not _is_any_of(_only(form, "auth[application_token]"), expected):
        raise Forbidden("application_token is wrong or missing")
    member_id, domain = (_only(form, f"auth[{name}]").lower() for name in ("member_id", "domain"))
    for name, given, wanted in (
        ("member_id", member_id, settings.member_id),
        ("member_id", member_id, sender.member_id if sender else ""),
        ("domain", domain, settings.domain),
    ):
        if wanted and given != wanted.lower():
            raise Forbidden(f"an event of another portal: {name} differs")
    if sender and not is_one_of(domain, sender.origins):
        raise Forbidden("an event of another portal: domain differs")


def _is_any_of(given: str, expected: Sequence[str]) -> bool:
    # All of them are compared, so that the time tells nothing.
    matches = [hmac.compare_digest(given.encode(), one.encode()) for one in expected if one]
    return any(matches)


def _only(form: Form, name: str) -> str:
    """The value of a field that stands there once; empty otherwise."""
    values = form.get(name, ())
    return values[0] if len(values) == 1 else ""


def _event(name: str, form: Form) -> DealChanged | DealDeleted | TaskChanged | None:
    if name in DEAL_HINTS:
        return DealChanged(_number(form, DEAL_ID))
    if name == "ONCRMDEALDELETE":
        return DealDeleted(_number(form, DEAL_ID))
    if name == "ONTASKUPDATE":
        return TaskChanged(_number(form, TASK_ID))
    if not name:
        raise Unreadable("the body names no event")
    return None


def _number(form: Form, names: Sequence[str]) -> int:
    number = next((found for name in names if (found := as_id(_only(form, name)))), None)
    if number is None:
        raise Unreadable("the event names no id")
    return number
