"""Keeps the webhook set: MAX drops one that did not answer for 8 hours."""

from collections.abc import Sequence

from connectors.bots.door import wanted
from connectors.bots.wire import Row, words
from connectors.max.client import Client
from connectors.max.hooks import UPDATES


def keep_webhook(client: Client, url: str, cursor: str) -> str:
    """Subscribe when ours is gone, lacks an event or was set with another secret; the new cursor."""
    mark = wanted(client.settings, url, UPDATES)
    ours = our_webhook(client.subscriptions(), url)
    if cursor != mark or ours is None or not is_right(ours):
        client.subscribe(url, UPDATES)
    return mark


def our_webhook(subscriptions: Sequence[Row], url: str) -> Row | None:
    """Others may listen to the same bot: theirs are left alone."""
    return next((one for one in subscriptions if words(one.get("url")) == url), None)


def is_right(subscription: Row) -> bool:
    """With every event that we need; without a list it hears all of them."""
    listed = subscription.get("update_types")
    heard = {words(one) for one in listed} if isinstance(listed, list) else set()
    return not heard or set(UPDATES) <= heard
