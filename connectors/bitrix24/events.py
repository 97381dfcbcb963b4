"""Events of an outgoing webhook: hints that something changed, never the change itself.

Wire format: the vendor's page `api-reference/events/index`; a form with PHP bracket keys.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import parse_qsl

from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_id
from qc_engine.core.events import DealChanged, DealDeleted, TaskChanged
from qc_engine.ports import Arrival, Forbidden, Request, Unreadable

MOST_FIELDS = 200
DEAL_HINTS = frozenset({"ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY"})
DEAL_ID = ("data[FIELDS][ID]",)
TASK_ID = ("data[FIELDS_AFTER][ID]", "data[FIELDS_BEFORE][ID]")

Form = Mapping[str, Sequence[str]]


def parse(settings: Bitrix24Settings, request: Request) -> Sequence[Arrival]:
    """Nothing for events that do not concern us. Raises Forbidden or Unreadable."""
    form = _form(request.body)
    _check_sender(settings, form)
    name = _only(form, "event").upper()
    event = _event(name, form)
    if event is None:
        return []
    # The same second may hold two genuine changes; the hash keeps apart whatever differs at all.
    digest = sha256(request.body).hexdigest()[:16]
    number = event.task_id if isinstance(event, TaskChanged) else event.deal_id
    return [Arrival(f"{name}:{number}:{as_id(_only(form, 'ts')) or 0}:{digest}", event)]


def _form(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Forbidden("more fields than any event has") from None
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def _check_sender(settings: Bitrix24Settings, form: Form) -> None:
    """The token is the only proof of origin that an outgoing webhook has."""
    expected = settings.application_token.get_secret_value()
    given = _only(form, "auth[application_token]")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden("application_token is wrong or missing")
    for name, ours in (("member_id", settings.member_id), ("domain", settings.domain)):
        if ours and _only(form, f"auth[{name}]").lower() != ours.lower():
            raise Forbidden(f"an event of another portal: {name} differs")


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
