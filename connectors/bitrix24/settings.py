"""The section `bitrix24` of config.yaml."""

import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, field_validator

from qc_engine.settings import Section, Span

StageId = Annotated[str, Field(pattern=r"^(C\d+:)?[A-Za-z0-9_]+$")]
FieldId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
UserId = Annotated[int, Field(gt=0)]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Bitrix24Settings(Section):
    """One portal, reached by an incoming webhook; told of changes by an outgoing one."""

    # The address holds the secret: a mistake in it must not print it.
    model_config = ConfigDict(hide_input_in_errors=True)

    webhook_url: SecretStr = Field(
        description="Адрес входящего вебхука: https://портал/rest/номер/секрет/ (http только для localhost)"
    )
    application_token: SecretStr = Field(
        SecretStr(""), description="Токен исходящего вебхука; пусто: его события отклоняются"
    )
    member_id: str = Field("", description="member_id портала; если указан, события других отклоняются")
    domain: str = Field("", description="Домен портала; если указан, события других отклоняются")

    stages: dict[str, StageId] = Field(
        default_factory=dict, description="Наше имя стадии -> её STATUS_ID, например C7:NEW"
    )
    fields: dict[str, FieldId] = Field(
        default_factory=dict, description="Наше имя поля сделки -> его код, например UF_CRM_QC_SCORE1"
    )
    contact_fields: dict[str, FieldId] = Field(
        default_factory=dict, description="Наше имя поля контакта -> его код"
    )
    users: dict[str, UserId] = Field(
        default_factory=dict, description="Наше имя сотрудника -> его номер в Битрикс24"
    )
    branch_field: str = Field("", pattern=r"^\w*$", description="Код поля сделки, в котором записан филиал")

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
    extra_ca: Path | None = Field(
        None, description="Файл PEM с корневым сертификатом коробки, если он не общеизвестный"
    )

    moved_time_filter: bool = Field(
        False, description="Портал умеет отбирать сделки по movedTime; нет: отбираем сами"
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
        address = urlsplit(value.get_secret_value())
        host = address.hostname or ""
        if address.scheme != "https" and not (address.scheme == "http" and _is_loopback(host)):
            raise ValueError("must begin with https:// (http:// is for localhost alone)")
        if not host or not re.fullmatch(r"/rest/\d+/[^/]+/?", address.path) or address.query:
            raise ValueError("must look like https://portal/rest/1/secret/")
        return value
