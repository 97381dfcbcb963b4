"""What opens the sandbox when nobody says otherwise: pretend secrets of pretend vendors."""

from dataclasses import dataclass

from sandbox.max.account import TOKEN as MAX_TOKEN
from sandbox.sms.account import KEY as SMS_KEY
from sandbox.telegram.account import TOKEN as TELEGRAM_TOKEN

SECRET = "sandboxsecret"  # noqa: S105
TOKEN = "sandboxtoken"  # noqa: S105


@dataclass(frozen=True)
class Keys:
    """One for each vendor: the portal's webhook, Chat2Desk, both bots, the SMS gateways."""

    portal: str = SECRET
    chat2desk: str = TOKEN
    telegram: str = TELEGRAM_TOKEN
    max: str = MAX_TOKEN
    sms: str = SMS_KEY
