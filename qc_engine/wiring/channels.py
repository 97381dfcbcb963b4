"""The ways to clients that config.yaml sets up: Chat2Desk in any case, further channels if it names them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.chat2desk import connector as chat2desk
from connectors.max import connector as max_bot
from connectors.sms import connector as sms
from connectors.telegram import connector as telegram
from connectors.webhook import connector as webhook
from qc_engine.clock import Clock
from qc_engine.core.channel import FORM, MAIN, Channel
from qc_engine.core.scenario import Scenario
from qc_engine.flow.shelf import Shelf
from qc_engine.ports import Connector
from qc_engine.scenario_files.checks.approved import templates
from qc_engine.store.database import Database
from qc_engine.store.lanes import BucketPace
from qc_engine.store.memory import DatabaseMemory
from qc_engine.wiring.installation import Installation
from qc_engine.wiring.keys import keys_of

WEBHOOKS_PER_SECOND, WEBHOOKS_AT_ONCE = 5, 10


@dataclass(frozen=True)
class Supplies:
    """What the engine gives a connector: its bucket, its memory, its own webhook address."""

    settings: Installation
    database: Database
    clock: Clock
    templates: Sequence[str] = ()  # those that the scenarios use

    def pace(self, name: str, per_second: float, burst: int) -> BucketPace:
        return BucketPace(self.database, self.clock, name, per_second, burst)

    def memory(self, name: str) -> DatabaseMemory:
        keys = keys_of(self.settings)
        return DatabaseMemory(self.database, self.clock, keys.now, f"{name}:", keys.former)

    def hook(self, name: str) -> str:
        return f"{self.settings.public_url.rstrip('/')}/hooks/{name}"


def channels_of(
    settings: Installation, database: Database, clock: Clock, scenarios: Iterable[Scenario]
) -> Sequence[Connector]:
    """The main channel first, then the further ones, the survey's own page, and webhooks of ours."""
    given = Supplies(settings, database, clock, templates(scenarios))
    further = [one for make in (_telegram, _max, _sms) if (one := make(given)) is not None]
    page = Connector(FORM, performs=Shelf())
    ways = [replace(one, way=one.name) for one in (*further, page)]
    return [_chat2desk(given), *ways, _webhooks(given)]


def known(settings: Installation) -> Mapping[str, Channel]:
    """What each channel can do, by the engine's key of it."""
    found = {MAIN: chat2desk.channel(settings.chat2desk)}
    if settings.telegram:
        found[telegram.NAME] = replace(telegram.CHANNEL, longest=settings.telegram.longest_text)
    if settings.max:
        found[max_bot.NAME] = replace(max_bot.CHANNEL, longest=settings.max.longest_text)
    if settings.sms:
        found[sms.NAME] = sms.channel(settings.sms)
    return found


def invitations(connectors: Sequence[Connector]) -> Mapping[str, Callable[[str], str]]:
    """By channel, how the link is made with which a client opens our chat there."""
    return {one.way: one.invite for one in connectors if one.invite}


def _chat2desk(given: Supplies) -> Connector:
    chat = given.settings.chat2desk
    return chat2desk.connector(
        chat,
        given.clock,
        given.pace(chat2desk.NAME, chat.requests_per_second, chat.burst),
        hook_url=given.hook(chat2desk.NAME),
        memory=given.memory(chat2desk.NAME),
        templates=given.templates,
        zone=given.settings.timezone,
    )


def _telegram(given: Supplies) -> Connector | None:
    bot = given.settings.telegram
    if bot is None:
        return None
    pace = given.pace(telegram.NAME, bot.requests_per_second, bot.burst)
    return telegram.connector(bot, given.clock, pace, hook_url=given.hook(telegram.NAME))


def _max(given: Supplies) -> Connector | None:
    bot = given.settings.max
    if bot is None:
        return None
    pace = given.pace(max_bot.NAME, bot.requests_per_second, bot.burst)
    return max_bot.connector(bot, given.clock, pace, hook_url=given.hook(max_bot.NAME))


def _sms(given: Supplies) -> Connector | None:
    gateway = given.settings.sms
    if gateway is None:
        return None
    pace = given.pace(sms.NAME, gateway.requests_per_second, gateway.burst)
    memory = given.memory(sms.NAME)
    return sms.connector(gateway, given.clock, pace, memory, hook_url=given.hook(sms.NAME))


def _webhooks(given: Supplies) -> Connector:
    pace = given.pace(webhook.NAME, WEBHOOKS_PER_SECOND, WEBHOOKS_AT_ONCE)
    return webhook.connector(given.settings.webhooks, given.clock, pace)
