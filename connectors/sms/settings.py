"""The section `sms` of config.yaml."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.sms.description import Gateway
from connectors.sms.pieces import address
from connectors.sms.places import OF_ACCESS, Values, basic
from connectors.sms.ready import OWN, merged
from qc_engine.settings import Section, Span

PATH_SEGMENT = re.compile(r"[A-Za-z0-9_-]{16,128}")
READY = ("smsc", "mobizon")


class SmsSettings(Section):
    """One account at one SMS gateway."""

    # Pydantic prints the refused value otherwise, and here it may be a secret.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    gateway: Literal["smsc", "mobizon", "own"] = Field(
        "smsc", description="Шлюз: smsc, mobizon или own (описан целиком в description)"
    )
    description: Gateway = Field(
        default_factory=lambda: Gateway.model_validate(merged(READY[0], {})),
        description="Описание шлюза: для own целиком, для готового только то, что иначе",
    )
    base_url: str = Field("", description="Адрес шлюза вместо того, что в описании, например https://smsc.kz")
    login: str = Field("", description="Логин у шлюза")
    password: SecretStr = Field(SecretStr(""), description="Пароль у шлюза")
    key: SecretStr = Field(SecretStr(""), description="Ключ API шлюза")
    sender: str = Field(
        "", max_length=40, description="Имя отправителя, зарегистрированное у шлюза; пусто: имя шлюза"
    )
    region: str = Field(
        "KZ", pattern="^[A-Z]{2}$", description="Страна, чей код дописывается номерам без кода"
    )
    max_parts: int = Field(
        3, ge=1, le=10, description="Больше стольких частей не отправлять: за каждую часть платят отдельно"
    )

    webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Случайная часть адреса для вызовов шлюза: /hooks/sms/<она>; пусто: вызовов нет",
    )
    previous_webhook_secret: SecretStr | None = Field(
        None, description="Прежняя часть адреса: принимается, пока её меняют"
    )

    http_timeout: Span = Field(timedelta(seconds=30), description="Сколько ждать ответа целиком")
    connect_timeout: Span = Field(timedelta(seconds=10), description="Сколько ждать соединения")
    requests_per_second: float = Field(2.0, gt=0, le=50, description="Запросов в секунду, не больше")
    burst: int = Field(5, ge=1, le=50, description="Сколько запросов можно сделать подряд без паузы")

    status_every: Span = Field(timedelta(minutes=1), description="Как часто спрашивать о доставке")
    status_for: Span = Field(timedelta(days=3), description="Сколько спрашивать об одном сообщении")

    @model_validator(mode="before")
    @classmethod
    def _with_ready_description(cls, data: Any) -> Any:
        """Before anything is checked, so that a mistake is found at its own place."""
        if not isinstance(data, Mapping):
            return data
        gateway, changes = data.get("gateway", READY[0]), data.get("description")
        known = gateway if gateway in (*READY, OWN) else READY[0]  # another word is refused by its own field
        if changes is None or isinstance(changes, Mapping):
            return {**data, "description": merged(known, changes or {})}
        return data

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        return address(url) if url.strip() else ""

    @field_validator("password", "key")
    @classmethod
    def _plain_secret(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]*", secret.get_secret_value()):
            raise ValueError("секрет содержит пробел, перевод строки или не латиницу")
        return secret

    @field_validator("webhook_secret", "previous_webhook_secret")
    @classmethod
    def _one_path_segment(cls, secret: SecretStr | None) -> SecretStr | None:
        given = secret.get_secret_value() if secret else ""
        if given and not PATH_SEGMENT.fullmatch(given):
            raise ValueError("нужно от 16 до 128 знаков: латинские буквы, цифры, - и _")
        return secret

    @model_validator(mode="after")
    def _is_complete(self) -> "SmsSettings":
        if not (self.base_url or self.description.base_url):
            raise ValueError("задайте адрес шлюза: base_url")
        access = self.access
        if not any(all(access[name] for name in wanted) for wanted in self.description.needed):
            ways = " или ".join(" и ".join(map(_variable, wanted)) for wanted in self.description.needed)
            raise ValueError(f"шлюзу {self.gateway} нужны секреты: задайте {ways}")
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where to send; the later ones only while nobody answers at the first."""
        if self.base_url:
            return (self.base_url,)
        return (self.description.base_url, *self.description.backup_urls)

    @property
    def access(self) -> Values:
        """What the places of the credentials are filled with."""
        password = self.password.get_secret_value()
        given = (self.login, password, self.key.get_secret_value(), basic(self.login, password))
        return dict(zip(OF_ACCESS, given, strict=True))

    @property
    def hook_secrets(self) -> tuple[str, ...]:
        """The ends of our address that are accepted; none: the door is closed."""
        given = (self.webhook_secret, self.previous_webhook_secret)
        return tuple(text for one in given if one and (text := one.get_secret_value()))

    @property
    def hears(self) -> bool:
        """Does the gateway call us about states?"""
        return self.description.callback is not None and bool(self.hook_secrets)

    @property
    def receipts(self) -> bool:
        """Can we know whether a message has arrived?"""
        return self.description.tells_states and (self.description.status is not None or self.hears)


def _variable(name: str) -> str:
    return f"QC_SMS__{name.upper()}"
