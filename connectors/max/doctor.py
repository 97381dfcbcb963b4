"""Is this bot fit for surveys? Asked by people, before the first client is."""

from collections.abc import Callable, Iterator

from connectors.bots.door import NO_HOOK_URL, about_address, about_name, tried
from connectors.bots.wire import words
from connectors.max.client import Client
from connectors.max.watch import is_right, our_webhook
from qc_engine.ports import Finding

PORTS = (443,)


def examine(client: Client, url: str | None) -> list[Finding]:
    """Every finding, good and bad; a check that cannot be made is a bad finding, not an error."""
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("ключ бота", lambda: _bot(client)),
        ("вебхук", lambda: _webhook(client, url)),
    ]
    return [finding for name, check in checks for finding in tried(name, check)]


def _bot(client: Client) -> Iterator[Finding]:
    me = client.me()
    yield Finding(True, f"ключ принят, бот «{words(me.get('first_name')) or words(me.get('name'))}»")
    yield about_name(client.settings, words(me.get("username")))


def _webhook(client: Client, url: str | None) -> Iterator[Finding]:
    if url is None:
        yield Finding(False, "адрес вебхука не задан", NO_HOOK_URL)
        return
    yield from about_address(client.settings, url, PORTS)
    subscriptions = client.subscriptions()
    ours = our_webhook(subscriptions, url)
    if ours is None:
        minutes = client.settings.watch_every.total_seconds() / 60
        remedy = f"служба заведёт его сама, самое позднее через {minutes:g} мин; MAX отключает его "
        yield Finding(False, "вебхук не заведён", f"{remedy}после 8 часов без ответа: проверьте public_url")
    elif not is_right(ours):
        yield Finding(False, "вебхук заведён не полностью", "служба поправит его сама")
    else:
        yield Finding(True, "вебхук заведён")
    if others := len(subscriptions) - (ours is not None):
        yield Finding(True, f"бота слушают и другие программы: {others}")
