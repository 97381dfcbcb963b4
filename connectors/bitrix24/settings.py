"""The section `bitrix24` of config.yaml."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.bitrix24.calls.addresses import origin_of
from qc_engine.settings import Section, Span, UserWord

# What people see in Bitrix24, or the id behind it: both may be written everywhere.
StageWord = Annotated[str, Field(min_length=1, max_length=200)]
FieldWord = Annotated[str, Field(min_length=1, max_length=200)]


class OAuthSettings(Section):
    """A local application of the portal (OAuth 2.0); its tokens are kept sealed in the database."""

    portal: str = Field(description="Адрес портала: https://company.bitrix24.kz")
    client_id: str = Field(min_length=1, description="Код приложения (client_id), например local.5f...")
    client_secret: SecretStr = Field(description="Ключ приложения (client_secret)")
    server: str = Field(
        "https://oauth.bitrix24.tech", description="Сервер авторизации Битрикс24; менять обычно незачем"
    )

    @field_validator("portal", "server")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        address = urlsplit(value)
        if not origin_of(value) or address.path.strip("/") or address.query:
            raise ValueError("must look like https://company.bitrix24.kz")
        return value.rstrip("/")


class Bitrix24Settings(Section):
    """One portal, reached by an incoming webhook or as a local application; told of changes by events."""

    # The address holds the secret: a mistake in it must not print it.
    model_config = ConfigDict(hide_input_in_errors=True)

    webhook_url: SecretStr = Field(
        SecretStr(""),
        description="Адрес входящего вебхука: https://портал/rest/номер/секрет/ (http только для localhost)",
    )
    oauth: OAuthSettings | None = Field(
        None, description="Вместо вебхука: локальное приложение портала (OAuth 2.0)"
    )
    application_token: SecretStr = Field(
        SecretStr(""), description="Токен исходящего вебхука; пусто: его события отклоняются"
    )
    previous_application_token: SecretStr = Field(
        SecretStr(""), description="Прежний токен исходящего вебхука: принимается, пока его меняют"
    )
    member_id: str = Field("", description="member_id портала; если указан, события других отклоняются")
    domain: str = Field("", description="Домен портала; если указан, события других отклоняются")

    stages: dict[str, StageWord] = Field(
        default_factory=dict,
        description="Своё имя стадии -> её название на портале («Воронка / Стадия») или код. Обычно не нужно",
    )
    fields: dict[str, FieldWord] = Field(
        default_factory=dict, description="Своё имя поля сделки -> его название на портале или код"
    )
    contact_fields: dict[str, FieldWord] = Field(
        default_factory=dict, description="Своё имя поля контакта -> его название на портале или код"
    )
    users: dict[str, UserWord] = Field(
        default_factory=dict, description="Своё имя сотрудника -> его имя и фамилия на портале или номер"
    )
    branch_field: str = Field("", description="Поле сделки, в котором записан филиал: название или код")
    do_not_disturb_field: str = Field(
        "", description="Поле контакта «не писать»: название или код; отмеченным клиентам не пишем"
    )
    names_every: Span = Field(
        timedelta(hours=1), description="Как часто перечитывать названия стадий, полей и сотрудников"
    )

    poll_every: Span = Field(timedelta(seconds=60), description="Как часто читать историю стадий")
    task_poll_every: Span = Field(timedelta(seconds=60), description="Как часто искать закрытые задачи")
    scan_every: Span = Field(timedelta(hours=1), description="Как часто просматривать сами стадии")
    overlap: Span = Field(
        timedelta(minutes=15), description="На сколько заходить назад при опросе: часы портала могут спешить"
    )

    http_timeout: Span = Field(
        timedelta(seconds=75), description="Сколько ждать ответа на запись; портал обрывает её через 60 с"
    )
    read_timeout: Span = Field(timedelta(seconds=30), description="Сколько ждать ответа на чтение")
    connect_timeout: Span = Field(timedelta(seconds=10), description="Сколько ждать соединения")
    batch_size: int = Field(50, ge=1, le=50, description="Сколько команд в одном пакете")
    requests_per_second: float = Field(
        2.0, gt=0, le=100, description="Сколько запросов в секунду разрешает тариф (Энтерпрайз: 5)"
    )
    burst: int = Field(
        50, ge=1, le=1000, description="Сколько запросов подряд терпит портал (Энтерпрайз: 250)"
    )
    operating_limit: Span = Field(
        timedelta(seconds=480),
        description="Сколько времени один метод может работать за 10 минут; 0 s: без предела (коробка)",
    )
    extra_ca: Path | None = Field(
        None, description="Файл PEM с корневым сертификатом коробки, если он не общеизвестный"
    )

    moved_time_filter: bool = Field(
        False, description="Портал умеет отбирать сделки по movedTime; нет: отбираем сами"
    )
    updated_time_filter: bool = Field(
        True,
        description="Портал умеет отбирать сделки по updatedTime; нет: поля, с которых начинаются сценарии, "
        "перечитываем у всех открытых сделок раз в scan_every",
    )
    task_tag_filter: bool = Field(
        False, description="Портал хранит метки задач, созданных через REST; нет: отбираем сами"
    )
    use_original_uf_names: bool = Field(
        True, description="Портал понимает useOriginalUfNames (CRM 25.0.0 и новее)"
    )
    tag: str = Field("qc-engine", pattern=r"^[\w-]+$", description="Метка всех наших задач")
    notify: Literal["system", "personal"] = Field(
        "system", description="Уведомления: от системы или от имени владельца вебхука"
    )

    @field_validator("webhook_url")
    @classmethod
    def _is_webhook(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        address = urlsplit(text)
        if text and not origin_of(text):
            raise ValueError("must begin with https:// (http:// is for localhost alone)")
        if text and (not re.fullmatch(r"/rest/\d+/[^/]+/?", address.path) or address.query):
            raise ValueError("must look like https://portal/rest/1/secret/")
        return value

    @model_validator(mode="after")
    def _has_one_way_in(self) -> "Bitrix24Settings":
        if bool(self.webhook_url.get_secret_value()) == bool(self.oauth):
            raise PydanticCustomError(
                "missing_one_of",
                "give one of them, not both",
                {"secret": "webhook_url", "other": "oauth (a local application)", "both": bool(self.oauth)},
            )
        return self
