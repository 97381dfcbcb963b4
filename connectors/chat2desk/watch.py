"""What is asked again and again: messages that no webhook told of, and whether the webhook is on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.chat2desk.client import Client
from connectors.chat2desk.hooks import Reading, read_message
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.wire import Row, moment, whole_number, words
from qc_engine.ports import Polled

PAGE = 200
OLDEST_NEWS = timedelta(days=7)
WEBHOOK_NAME = "qc-engine"
EVENTS = ("inbox", "outbox", "outbox_status", "client_added_to_blacklist")
ON = ("", "none", "enable", "enabled", "active", "on", "ok", "1", "true")


def backfill(client: Client, cursor: str, reading: Reading, find_phone: Callable[[Row], str]) -> Polled:
    """One page of messages after the cursor, under the keys that their webhooks have.

    The very first call only notes where to begin. `find_phone` may ask Chat2Desk.
    """
    if not cursor:
        return Polled((), str(client.newest_message_id() or 0))
    after = whole_number(cursor) or 0
    rows = client.messages_from(after, PAGE)
    # Whether start_id itself belongs to the page is documented nowhere; both ways work here.
    fresh = {key: row for key, row in _by_id(rows).items() if key > after}
    told = [fresh[key] for key in sorted(fresh) if _is_news(fresh[key], reading.now)]
    arrivals = [found for row in told for found in read_message(row, find_phone, reading)]
    return Polled(arrivals, str(max(fresh, default=after)), more=bool(fresh) and len(rows) >= PAGE)


def keep_webhook(client: Client, url: str, door: str) -> bool:
    """Register our webhook when it is missing, mend it when it is off or wrong; was it right before?

    `url` is the full address with its secret, `door` the part of it that never changes.
    """
    ours = our_webhook(client.webhooks(), url, door)
    if ours is None:
        client.register_webhook(wanted_webhook(url, client.settings))
    elif not is_right(ours, url, client.settings):
        client.change_webhook(whole_number(ours.get("id")) or 0, _mended(ours, url, client.settings))
    return ours is not None and is_right(ours, url, client.settings)


def our_webhook(webhooks: Sequence[Row], url: str, door: str) -> Row | None:
    """The webhook that leads to this address, else one that leads to our door by an old secret."""
    ours = [row for row in webhooks if words(row.get("url")).startswith(door)]
    return next((row for row in ours if row["url"] == url), ours[0] if ours else None)


def is_right(webhook: Row, url: str, settings: Chat2DeskSettings) -> bool:
    """Switched on, at the present address, with every event that we need."""
    complete = set(EVENTS) <= set(_events(webhook)) and _hears(webhook, settings)
    return is_on(webhook, settings) and webhook.get("url") == url and complete


def is_on(webhook: Row, settings: Chat2DeskSettings) -> bool:
    # A word that we do not know counts as off: switching on what is on changes nothing.
    return str(webhook.get("status", "")).lower() in (*ON, settings.webhook_enabled_status.lower())


def wanted_webhook(url: str, settings: Chat2DeskSettings) -> Row:
    """The body of POST /v1/webhooks."""
    return {"url": url, "name": WEBHOOK_NAME, "events": list(EVENTS), "channels": _wanted_channels(settings)}


def _mended(webhook: Row, url: str, settings: Chat2DeskSettings) -> Row:
    return {
        "url": url,
        "name": words(webhook.get("name")) or WEBHOOK_NAME,
        "events": sorted({*_events(webhook), *EVENTS}),
        "status": settings.webhook_enabled_status,
        **({} if _hears(webhook, settings) else {"channels": _wanted_channels(settings)}),
    }


def _wanted_channels(settings: Chat2DeskSettings) -> list[int]:
    return [settings.channel_id, *settings.other_channels]


def _hears(webhook: Row, settings: Chat2DeskSettings) -> bool:
    """A webhook without a list of channels hears all of them."""
    listed = webhook.get("channels")
    heard = {whole_number(one) for one in listed} if isinstance(listed, list) else set()
    return not heard or set(_wanted_channels(settings)) <= heard


def _events(webhook: Mapping[str, object]) -> list[str]:
    events = webhook.get("events")
    return [words(event) for event in events] if isinstance(events, list) else [words(events)]


def _is_news(row: Row, now: datetime) -> bool:
    """An old conversation that was imported has new numbers and old dates; nobody answers us in it."""
    created = moment(row.get("created"))
    return created is None or now - created <= OLDEST_NEWS


def _by_id(rows: Sequence[Row]) -> dict[int, Row]:
    return {key: row for row in rows if (key := whole_number(row.get("id"))) is not None}
