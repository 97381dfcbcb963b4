"""Who may call our webhook, and whether the one that the messenger calls is ours."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from connectors.bots.settings import BotSettings
from qc_engine.ports import Broken, Finding, Forbidden, OutcomeUnknown, Refused, Request, TryLater

NO_HOOK_URL = "задайте public_url: по нему строится адрес вебхука"


def admit(request: Request, header: str, settings: BotSettings, who: str) -> None:
    """Raises Forbidden unless the messenger shows the secret that we gave it."""
    given = request.headers.get(header.lower(), "").encode("utf-8", "replace")
    secrets = [one for one in (settings.webhook_secret, settings.previous_webhook_secret) if one]
    # All of them are compared before any verdict, so that time tells nothing.
    verdicts = [hmac.compare_digest(given, one.get_secret_value().encode()) for one in secrets]
    if not any(verdicts):
        raise Forbidden(f"{who}: webhook without the right secret")


def wanted(settings: BotSettings, url: str, kinds: Sequence[str]) -> str:
    """A mark of what the webhook must be; another address, secret or list of events gives another mark.

    The messengers show the address of a webhook but never its secret: a changed one is known by this only.
    """
    parts = (url, settings.webhook_secret.get_secret_value(), *kinds)
    key = settings.token.get_secret_value().encode()
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


# What the doctors of all bots ask.


def tried(name: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Its findings; a check that cannot be made is a bad finding, not an error."""
    try:
        return list(check())
    except Broken as problem:
        remedy = "проверьте token и base_url; если мессенджер ограничен у провайдера, нужен другой выход"
        return [Finding(False, f"{name}: доступ закрыт: {problem}", remedy)]
    except (TryLater, Refused, OutcomeUnknown) as problem:
        return [Finding(False, f"{name}: мессенджер не ответил: {problem}", "повторите проверку позже")]


def about_name(settings: BotSettings, nick: str) -> Finding:
    """Whether links lead to the bot whose key we have."""
    if nick.lower() == settings.bot.lower():
        return Finding(True, f"имя бота в ссылках: {settings.bot}")
    remedy = f"задайте bot: {nick or 'имя бота'}; иначе ссылки ведут к чужому боту"
    return Finding(False, f"имя бота в ссылках: {settings.bot}, а ключ от {nick or 'другого'}", remedy)


def about_address(settings: BotSettings, url: str, ports: tuple[int, ...]) -> Iterator[Finding]:
    """Whether the messenger can reach our door at all; a simulated one on this machine reaches any."""
    if settings.is_local:
        return
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme != "https":
        yield Finding(False, "адрес вебхука без https", "задайте public_url с https и настоящим сертификатом")
    elif port not in ports:
        listed = ", ".join(map(str, ports))
        yield Finding(False, f"порт вебхука {port}", f"мессенджер звонит только на порты {listed}")
