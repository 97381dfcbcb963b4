"""Is this account fit for surveys? Asked by people, before the first client is."""

from collections.abc import Iterator

from connectors.sms.client import FAILURES, Client
from connectors.sms.settings import SmsSettings
from qc_engine.ports import Broken, Finding

LONGEST_NAME = 11  # of a sender in letters (3GPP TS 23.040); a number may be longer


def examine(client: Client, hook_url: str | None) -> list[Finding]:
    """Every finding, good and bad; a check that cannot be made is a bad finding, not an error."""
    settings = client.settings
    return [*_address(settings), *_account(client), *_sender(settings), *_receipts(settings, hook_url)]


def _address(settings: SmsSettings) -> Iterator[Finding]:
    # Plain http is refused by the settings, but for this same machine.
    yield Finding(True, f"шлюз SMS: {settings.gateway}, {settings.addresses[0]}")


def _account(client: Client) -> Iterator[Finding]:
    if client.gateway.balance is None:
        yield Finding(True, "проверить вход в шлюз нечем: в описании нет balance")
        return
    try:
        balance = client.balance()
    except Broken as problem:
        yield Finding(
            False, f"шлюз SMS закрыт: {problem}", "проверьте логин, пароль, ключ и остаток на счёте"
        )
    except FAILURES as problem:
        yield Finding(False, f"шлюз SMS не ответил: {problem}", "повторите проверку позже")
    else:
        yield _told(balance, asked=bool(client.gateway.balance.value))


def _told(balance: str, *, asked: bool) -> Finding:
    if asked and not balance:
        return Finding(False, "шлюз SMS ответил об остатке непонятно", "проверьте вход и balance в описании")
    return Finding(True, f"вход в шлюз SMS принят, остаток: {balance or 'не назван'}")


def _sender(settings: SmsSettings) -> Iterator[Finding]:
    sender = settings.sender
    if not sender:
        remedy = "зарегистрируйте имя отправителя у шлюза и задайте sender"
        yield Finding(False, "имя отправителя не задано: шлюз подставит своё", remedy)
    elif len(sender) > LONGEST_NAME and not sender.lstrip("+").isdigit():
        yield Finding(False, f"имя отправителя «{sender}» длиннее 11 знаков", "операторы такое не пропускают")
    else:
        yield Finding(True, f"имя отправителя: «{sender}»")


def _receipts(settings: SmsSettings, hook_url: str | None) -> Iterator[Finding]:
    if not settings.receipts:
        remedy = "опишите status или callback и states"
        yield Finding(False, "о доставке SMS никто не узнает", remedy)
    elif settings.hears and hook_url:
        address = f"{hook_url.rstrip('/')}/<webhook_secret>"
        yield Finding(True, f"о доставке SMS сообщает шлюз; адрес для его кабинета: {address}")
    else:
        minutes = settings.status_every.total_seconds() / 60
        yield Finding(True, f"о доставке SMS спрашиваем сами, раз в {minutes:g} мин")
