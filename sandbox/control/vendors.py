"""Every simulated vendor in one place."""

from dataclasses import dataclass
from typing import Any

from sandbox.bitrix24.portal import Portal
from sandbox.chat2desk.account import Account
from sandbox.control.defaults import Keys
from sandbox.max.account import MaxBot
from sandbox.sender import Clock, Sender
from sandbox.sms.account import SmsAccount
from sandbox.telegram.account import TelegramBot


@dataclass(frozen=True)
class Vendors:
    """A portal, and the ways to its clients."""

    portal: Portal
    account: Account
    telegram: TelegramBot
    max: MaxBot
    sms: SmsAccount

    @property
    def version(self) -> int:
        """Grows with every change that a person could see."""
        return sum(one.version for one in (self.portal, self.account, self.telegram, self.max, self.sms))

    def ledger(self) -> dict[str, Any]:
        """What reached each of them since the start."""
        return {
            "bitrix24": self.portal.close_ledger(),
            "chat2desk": self.account.ledger(),
            "telegram": self.telegram.ledger(),
            "max": self.max.ledger(),
            "sms": self.sms.ledger(),
        }


def around(portal: Portal, clock: Clock, sender: Sender, keys: Keys | None = None) -> Vendors:
    """This portal, and fresh channels beside it."""
    keys = keys or Keys()
    return Vendors(
        portal,
        Account(clock, sender, keys.chat2desk),
        TelegramBot(clock, sender, keys.telegram),
        MaxBot(clock, sender, keys.max),
        SmsAccount(clock, sender, key=keys.sms),
    )
