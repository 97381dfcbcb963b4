"""Fresh secrets of one demo: the engine finds them in its environment, the vendors open to them."""

import secrets
from collections.abc import Iterator, Mapping

CHANNELS = {"telegram-token": "QC_TELEGRAM__TOKEN", "max-token": "QC_MAX__TOKEN", "sms-key": "QC_SMS__KEY"}


def environment_of(sandbox_url: str, engine_url: str, channels: bool) -> dict[str, str]:
    """Fresh secrets, where the engine looks for its own."""
    portal, chat, hook, application, api, *further = (secrets.token_hex(16) for _ in range(10))
    environment = {
        "QC_BITRIX24__WEBHOOK_URL": f"{sandbox_url}/rest/1/{portal}/",
        "QC_BITRIX24__APPLICATION_TOKEN": application,
        "QC_CHAT2DESK__TOKEN": chat,
        "QC_CHAT2DESK__WEBHOOK_SECRET": hook,
        "QC_API_TOKEN": api,
        "QC_SANDBOX_ENGINE_URL": engine_url,
        "QC_SANDBOX_ENGINE_TOKEN": api,
    }
    return environment | _secrets_of_channels(further) if channels else environment


def _secrets_of_channels(fresh: list[str]) -> dict[str, str]:
    telegram, max_bot, sms, hook, door = fresh
    return {
        "QC_TELEGRAM__TOKEN": f"700100200:{telegram}",
        "QC_TELEGRAM__WEBHOOK_SECRET": hook,
        "QC_MAX__TOKEN": max_bot,
        "QC_MAX__WEBHOOK_SECRET": hook,
        "QC_SMS__KEY": sms,
        "QC_SMS__WEBHOOK_SECRET": door,
    }


def options_of(environment: Mapping[str, str]) -> Iterator[str]:
    """The vendors open to the secrets that the engine has."""
    yield from ("--secret", environment["QC_BITRIX24__WEBHOOK_URL"].rstrip("/").rpartition("/")[2])
    yield from ("--token", environment["QC_CHAT2DESK__TOKEN"])
    for option, name in CHANNELS.items():
        if name in environment:
            yield from (f"--{option}", environment[name])
