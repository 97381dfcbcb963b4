"""The gateway calls us: who may, and what it says."""

import hmac
from datetime import datetime

from connectors.sms.news import Callback
from connectors.sms.pending import Pending
from connectors.sms.settings import SmsSettings
from connectors.sms.statuses import heard, state_in, told
from connectors.sms.wire import Said, read_body, words
from qc_engine.phones import normalise
from qc_engine.ports import Arrival, Forbidden, Request, Unreadable


def admit(request: Request, settings: SmsSettings) -> None:
    """Raises Forbidden."""
    path = request.path.strip("/").encode("utf-8", "replace")
    # All of them are compared before any verdict, so that time tells nothing.
    verdicts = [hmac.compare_digest(path, secret.encode()) for secret in settings.hook_secrets]
    if not any(verdicts):
        raise Forbidden("sms: callback without the right address")


def read_callback(
    request: Request, callback: Callback, settings: SmsSettings, pending: Pending, now: datetime
) -> list[Arrival]:
    """What one call says, of one message or of several. Raises Unreadable."""
    if not request.body.strip():
        return []
    try:
        said = read_body(request.body)
    except ValueError as problem:
        raise Unreadable("sms: a callback that is neither JSON nor a form") from problem
    if any(said.at(path) != value for path, value in callback.only.items()):
        return []
    rows = said.rows(callback.rows) if callback.rows or isinstance(said.node, list) else [said]
    return [arrival for row in rows for arrival in _read_row(row, callback, settings, pending, now)]


def _read_row(
    row: Said, callback: Callback, settings: SmsSettings, pending: Pending, now: datetime
) -> list[Arrival]:
    gateway = settings.description
    number, known = heard(row, callback, pending)
    if not number or not row.at(callback.status):
        raise Unreadable("sms: a callback without a number or a state")
    if known and state_in(row, callback, gateway):
        pending.asked([known], now)  # the next question about it has time: we have just been told
    phone = known.phone if known else _phone(row, callback, settings)
    return told(row, number, phone, callback, gateway, now)


def _phone(row: Said, callback: Callback, settings: SmsSettings) -> str:
    given = words(row.at(callback.phone))
    return normalise(f"+{given}" if given.isdigit() else given, settings.region) if given else ""
