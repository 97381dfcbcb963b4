"""Keeps the webhook set: Telegram has one per bot, and whoever sets another takes it from us."""

from connectors.bots.door import wanted
from connectors.bots.wire import Row, words
from connectors.telegram.client import Client
from connectors.telegram.hooks import UPDATES


def keep_webhook(client: Client, url: str, cursor: str) -> str:
    """Set it when it is another's, lacks an event or was set with another secret; the new cursor."""
    mark = wanted(client.settings, url, UPDATES)
    if cursor != mark or not is_right(client.webhook(), url):
        client.set_webhook(url, UPDATES)
    return mark


def is_right(webhook: Row, url: str) -> bool:
    """At our address, with every event that we need."""
    return words(webhook.get("url")) == url and set(UPDATES) <= set(_updates(webhook))


def _updates(webhook: Row) -> list[str]:
    """Left out, the list is Telegram's own: everything but a few kinds, and all of ours."""
    listed = webhook.get("allowed_updates")
    return [words(one) for one in listed] if isinstance(listed, list) and listed else list(UPDATES)
