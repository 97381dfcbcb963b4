"""The part of the section `chat2desk` that says whose webhooks are believed."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from qc_engine.settings import Section, Span

PATH_SEGMENT = re.compile(r"[A-Za-z0-9_-]{16,128}")


class HmacSettings(Section):
    """How Chat2Desk signs its webhooks; the vendor's page does not name the values."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secret: SecretStr = Field(min_length=1, description="Секрет подписи из кабинета Chat2Desk")
    header: str = Field("X-Signature", min_length=1, description="Заголовок, в котором приходит подпись")
    algorithm: Literal["sha256", "sha1", "sha512"] = Field("sha256", description="Алгоритм подписи")
    encoding: Literal["hex", "base64"] = Field("hex", description="Запись подписи: hex или base64")
    prefix: str = Field("", description="Что стоит перед подписью, например 'sha256='")
    timestamp_header: str = Field(
        "", description="Заголовок со временем отправки; пусто: время не проверяется"
    )
    tolerance: Span = Field(
        timedelta(minutes=5), description="Насколько это время может отличаться от нашего"
    )
    signed: Literal["body", "timestamp.body"] = Field(
        "body", description="Что подписано: тело или время, точка и тело"
    )

    @model_validator(mode="after")
    def _has_what_is_signed(self) -> "HmacSettings":
        if self.signed == "timestamp.body" and not self.timestamp_header:
            raise ValueError("для timestamp.body задайте timestamp_header")
        return self


class HookSettings(Section):
    """Where webhooks come in, and what a caller must show."""

    webhook_secret: SecretStr = Field(
        description="Случайная часть адреса вебхука: /hooks/chat2desk/<она>; латиница, цифры, - и _"
    )
    previous_webhook_secret: SecretStr | None = Field(
        None, description="Прежняя часть адреса: принимается, пока её меняют"
    )
    hmac: HmacSettings | None = Field(None, description="Проверка подписи вебхуков; пусто: выключена")
    allowed_ips: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="С каких адресов принимаются вебхуки: 203.0.113.7 или 203.0.113.0/24; пусто: с любых"
    )
    proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="Сколько Ваших прокси стоит перед службой: адрес вызывающего вписал в proxy_header "
        "первый из них; без прокси этому заголовку верить нельзя",
    )
    proxy_header: str = Field(
        "X-Forwarded-For",
        min_length=1,
        description="Заголовок, в который прокси дописывают адрес вызывающего",
    )
    reread: bool = Field(
        False,
        description="Не верить вебхуку на слово: каждое сообщение перечитывается по номеру через API "
        "(один запрос на сообщение)",
    )
    reread_every: Span = Field(timedelta(seconds=2), description="Как часто перечитывать накопившееся")
    webhook_enabled_status: str = Field(
        "enable", min_length=1, description="Значение status, которым включают выключенный вебхук"
    )

    @field_validator("webhook_secret", "previous_webhook_secret")
    @classmethod
    def _one_path_segment(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not PATH_SEGMENT.fullmatch(secret.get_secret_value()):
            raise ValueError("нужно от 16 до 128 знаков: латинские буквы, цифры, - и _")
        return secret

    @model_validator(mode="after")
    def _knows_who_calls(self) -> "HookSettings":
        if self.allowed_ips and not self.proxies:
            raise ValueError("для allowed_ips задайте proxies: адрес вызывающего сообщает Ваш прокси")
        return self
