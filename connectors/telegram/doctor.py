"""Is this bot fit for surveys? Asked by people, before the first client is."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from connectors.bots.door import NO_HOOK_URL, about_address, about_name, tried
from connectors.bots.failures import scrubbed
from connectors.bots.wire import Row, moment, whole_number, words
from connectors.telegram.client import Client
from connectors.telegram.watch import is_right
from qc_engine.ports import Finding

PORTS = (443, 80, 88, 8443)
RECENT = timedelta(hours=1)
MANY_WAIT = 100


def examine(client: Client, url: str | None, now: datetime) -> list[Finding]:
    """Every finding, good and bad; a check that cannot be made is a bad finding, not an error."""
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("ключ бота", lambda: _bot(client)),
        ("вебхук", lambda: _webhook(client, url, now)),
    ]
    return [finding for name, check in checks for finding in tried(name, check)]


def _bot(client: Client) -> Iterator[Finding]:
    me = client.me()
    yield Finding(True, f"ключ принят, бот «{words(me.get('first_name'))}»")
    yield about_name(client.settings, words(me.get("username")))


def _webhook(client: Client, url: str | None, now: datetime) -> Iterator[Finding]:
    if url is None:
        yield Finding(False, "адрес вебхука не задан", NO_HOOK_URL)
        return
    yield from about_address(client.settings, url, PORTS)
    webhook = client.webhook()
    theirs = words(webhook.get("url"))
    if theirs and theirs != url:
        remedy = "у бота один вебхук: заведите для опросов своего бота или отключите другую программу"
        yield Finding(False, "вебхук бота занят другим адресом", remedy)
    elif not is_right(webhook, url):
        minutes = client.settings.watch_every.total_seconds() / 60
        remedy = f"служба заведёт его сама, самое позднее через {minutes:g} мин"
        yield Finding(False, "вебхук не заведён или заведён не полностью", remedy)
    else:
        yield Finding(True, "вебхук заведён")
        yield from _road(webhook, now)


def _road(webhook: Row, now: datetime) -> Iterator[Finding]:
    """Whether what Telegram has for us reaches us."""
    waiting = whole_number(webhook.get("pending_update_count")) or 0
    remedy = "" if waiting < MANY_WAIT else "проверьте, что адрес вебхука доступен снаружи"
    yield Finding(waiting < MANY_WAIT, f"ждут доставки: {waiting}", remedy)
    failed_at = moment(webhook.get("last_error_date"))
    if failed_at and now - failed_at < RECENT:
        said = scrubbed(words(webhook.get("last_error_message")))
        remedy = "проверьте, что адрес вебхука доступен снаружи и сертификат настоящий"
        yield Finding(False, f"Telegram недавно не дозвонился: {said}", remedy)
