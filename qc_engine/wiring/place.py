"""Where this installation lives by its config.yaml and its machine, and which of its doors lead outside."""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from connectors.bitrix24.settings import Bitrix24Settings
from connectors.chat2desk import connector as chat2desk
from connectors.max import connector as max_bot
from connectors.sms import connector as sms
from connectors.telegram import connector as telegram
from connectors.webhook import connector as webhook
from qc_engine.core.channel import FORM
from qc_engine.core.place import Place, is_of_this_machine
from qc_engine.flow.standing import Standing
from qc_engine.store.database import Database
from qc_engine.wiring.installation import Installation, connector_name, portals_of

MACHINE_FILE = Path("/etc/machine-id")
# What runs in containers is made anew now and then, and is the same installation.
OF_CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))
MAIL = "mail"


def here(settings: Installation, database: Database) -> Place:
    """The machine tells something only beside a file of ours: on a server many machines work."""
    machine = _machine() if database.is_sqlite else ""
    return Place(settings.public_url.rstrip("/"), machine)


def standing_of(settings: Installation, database: Database) -> Standing:
    return Standing(database, here(settings, database), sandboxed(settings))


def sandboxed(settings: Installation) -> frozenset[str]:
    """The connectors, and the mail, behind which there is a program of this machine alone."""
    doors: dict[str, list[str]] = {FORM: []}  # the survey's own page is our own
    for name, address in _addresses(settings):
        doors.setdefault(name, []).append(address)
    return frozenset(name for name, found in doors.items() if all(map(is_of_this_machine, found)))


def _addresses(settings: Installation) -> Iterator[tuple[str, str]]:
    for name, portal in portals_of(settings).items():
        yield connector_name(name), _of_portal(portal.bitrix24)
    yield chat2desk.NAME, settings.chat2desk.base_url
    for name, bot in ((telegram.NAME, settings.telegram), (max_bot.NAME, settings.max)):
        if bot:
            yield name, bot.base_url
    for address in settings.sms.addresses if settings.sms else ():
        yield sms.NAME, address
    for hook in settings.webhooks.values():
        yield webhook.NAME, hook.url
    if settings.mail:
        yield MAIL, f"smtp://{settings.mail.host}"


def _of_portal(crm: Bitrix24Settings) -> str:
    return crm.oauth.portal if crm.oauth else crm.webhook_url.get_secret_value()


def _machine() -> str:
    """The machine's own number must not be told to anybody: what is kept of it leads back to nothing."""
    if "KUBERNETES_SERVICE_HOST" in os.environ or any(one.exists() for one in OF_CONTAINERS):
        return ""
    try:
        number = MACHINE_FILE.read_bytes().strip()
    except OSError:
        return ""
    return blake2b(number, digest_size=16, person=b"qc machine").hexdigest() if number else ""
