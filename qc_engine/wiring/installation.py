"""config.yaml as a whole: the engine's own keys, one section per connector, and further portals."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr

from connectors.bitrix24.settings import Bitrix24Settings
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.mail.settings import MailSettings
from connectors.max.settings import MaxSettings
from connectors.sms.settings import SmsSettings
from connectors.telegram.settings import TelegramSettings
from connectors.webhook.settings import WebhookSettings
from qc_engine.clock import Clock, SharedClock, SystemClock
from qc_engine.config_files.environment import variable
from qc_engine.config_files.load import load_settings
from qc_engine.scenario_files.yaml.source import plain
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.settings import BranchSettings, Holiday, Section, Settings
from qc_engine.store.cases import MAIN
from qc_engine.web.oidc.settings import OidcSettings

CONFIG = Path("config.yaml")
# Files can be checked and stories told before anybody has secrets: these stand in for missing ones.
NOT_GIVEN = "not-given-not-given-not-given-00"
CHANNEL_SECRETS: Mapping[str, Mapping[str, str]] = {
    "telegram": {"token": "10000:not-given-not-given-not-given", "webhook_secret": NOT_GIVEN},
    "max": {"token": NOT_GIVEN, "webhook_secret": NOT_GIVEN},
    "sms": {"password": NOT_GIVEN, "key": NOT_GIVEN},
}
SOME_KEY = "whsec_bm90LWdpdmVuLW5vdC1naXZlbi1ub3QtZ2l2ZW4tMDA="
NO_WEBHOOK = "https://portal.invalid/rest/1/not-given/"


class PortalSettings(Section):
    """A further Bitrix24 portal, with scenarios and branches of its own."""

    bitrix24: Bitrix24Settings = Field(description="Портал Битрикс24")
    scenarios: Path = Field(description="Папка со сценариями этого портала")
    branches: list[BranchSettings] = Field(min_length=1, description="Филиалы этого портала")
    fallback_branch: str = Field("", description="Филиал для сделок без филиала; пусто: первый")
    holidays: list[Holiday] | None = Field(
        None, description="Праздники этого портала; не указаны: те же, что у основного"
    )


class Installation(Settings):
    """config.yaml as a whole."""

    bitrix24: Bitrix24Settings = Field(description="Портал Битрикс24")
    chat2desk: Chat2DeskSettings = Field(description="Канал WhatsApp через Chat2Desk")
    telegram: TelegramSettings | None = Field(None, description="Бот в Telegram: ещё один канал")
    max: MaxSettings | None = Field(None, description="Бот в MAX: ещё один канал")
    sms: SmsSettings | None = Field(None, description="СМС через любой HTTP-шлюз: ещё один канал")
    console_oidc: OidcSettings | None = Field(
        None, description="Вход в консоль через поставщика входа компании (OpenID Connect), ещё один способ"
    )
    mail: MailSettings | None = Field(None, description="Почта: ею уходит отчёт за неделю (weekly_report)")
    webhooks: dict[str, WebhookSettings] = Field(
        default_factory=dict, description="Исходящие вебхуки по именам: другие системы, которым мы сообщаем"
    )
    portals: dict[str, PortalSettings] = Field(
        default_factory=dict,
        description="Другие порталы: имя латиницей -> свой портал, сценарии и филиалы; канал общий",
    )
    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """Where it was read from; None where it was made in another way."""
        return self._file


def read_installation(path: Path = CONFIG, *, with_secrets: bool = True) -> Installation:
    """Raises BadConfig with every fault at its line and column.

    `with_secrets=False` is for commands that speak with nobody outside: missing secrets are no fault then.
    """
    environ = dict(os.environ)
    if not with_secrets:
        absent = {name: value for name, value in stand_ins(path) if f"{name}_FILE" not in environ}
        environ = absent | environ
    settings = load_settings(Installation, path, environ)
    settings._file = path
    return settings


def portals_of(settings: Installation) -> Mapping[str, PortalSettings]:
    """Every portal by its name; the main one, whose keys stand at the top of config.yaml, comes first."""
    main = PortalSettings(
        bitrix24=settings.bitrix24,
        scenarios=settings.scenarios,
        branches=settings.branches,
        fallback_branch=settings.fallback_branch,
        holidays=settings.holidays,
    )
    return {MAIN: main} | {name: _with_holidays(one, settings) for name, one in settings.portals.items()}


def _with_holidays(portal: PortalSettings, settings: Installation) -> PortalSettings:
    """One company, one calendar, unless a portal has its own."""
    return portal.model_copy(update={"holidays": settings.holidays}) if portal.holidays is None else portal


def connector_name(portal: str) -> str:
    """Also the end of its webhook's address: /hooks/bitrix24-astana."""
    return "bitrix24" if portal == MAIN else f"bitrix24-{portal}"


def clock_of(settings: Settings) -> Clock:
    """The machine's own, or the shared one of a demo."""
    return SharedClock(settings.clock_file) if settings.clock_file else SystemClock()


def stand_ins(path: Path) -> Iterator[tuple[str, str]]:
    """The variables of all secrets that this config.yaml needs, with harmless values."""
    yield variable(("chat2desk", "token")), NOT_GIVEN
    yield variable(("chat2desk", "webhook_secret")), NOT_GIVEN
    data = plain(read_file(path).root)
    data = data if isinstance(data, dict) else {}
    yield from _channel_secrets(data)
    yield _portal_secret(("bitrix24",), data)
    further = data.get("portals")
    for name, portal in further.items() if isinstance(further, dict) else ():
        yield _portal_secret(("portals", name, "bitrix24"), portal if isinstance(portal, dict) else {})


def _channel_secrets(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of the further channels that this config.yaml sets up."""
    for name, secrets_of in CHANNEL_SECRETS.items():
        if name in data:
            yield from ((variable((name, key)), value) for key, value in secrets_of.items())
    mail = data.get("mail")
    if isinstance(mail, dict) and mail.get("user"):
        yield variable(("mail", "password")), NOT_GIVEN
    if data.get("console_oidc"):
        yield variable(("console_oidc", "client_secret")), NOT_GIVEN
    hooks = data.get("webhooks")
    for name in hooks if isinstance(hooks, dict) else ():
        yield variable(("webhooks", name, "secret")), SOME_KEY


def _portal_secret(keys: tuple[str, ...], portal: Mapping[str, Any]) -> tuple[str, str]:
    """What lets us into this portal: an incoming webhook, or the key of a local application."""
    crm = portal.get("bitrix24")
    if isinstance(crm, dict) and crm.get("oauth"):
        return variable((*keys, "oauth", "client_secret")), NOT_GIVEN
    return variable((*keys, "webhook_url")), NO_WEBHOOK
