"""The section `chat2desk` of config.yaml."""

import re
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, field_validator

from connectors.chat2desk.refusals import (
    DEFAULT_FAILED,
    DEFAULT_REFUSALS,
    DEFAULT_STATUS_WORDS,
    Refusal,
    StatusWord,
    compiled,
)
from connectors.chat2desk.settings_hooks import HmacSettings, HookSettings
from connectors.chat2desk.settings_sending import SendingSettings, TemplateParts
from qc_engine.settings import Span

__all__ = ["Chat2DeskSettings", "HmacSettings", "TemplateParts"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Chat2DeskSettings(HookSettings, SendingSettings):
    """One Chat2Desk account and the one channel that surveys go through."""

    # Pydantic prints the refused value otherwise, and here it may be a secret.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field("https://api.chat2desk.com", description="Адрес API (без /v1)")
    token: SecretStr = Field(description="Ключ API: Настройки, API; пишется как есть, без Bearer")
    channel_id: int = Field(gt=0, description="Номер канала, через который идут опросы")
    transport: str = Field(
        min_length=1, description="Транспорт канала, как его называет Chat2Desk: wa_direct, whatsapp ..."
    )
    region: str = Field(
        "KZ", pattern="^[A-Z]{2}$", description="Страна, чей код дописывается номерам без кода"
    )
    local_forms: dict[str, str] = Field(
        default_factory=dict,
        description="Начала номеров, которые Chat2Desk пишет по-своему: {'52': '521'} для Мексики",
    )

    http_timeout: Span = Field(timedelta(seconds=30), description="Сколько ждать ответа целиком")
    connect_timeout: Span = Field(timedelta(seconds=10), description="Сколько ждать соединения")
    requests_per_second: float = Field(2.0, gt=0, le=20, description="Запросов в секунду, не больше")
    burst: int = Field(5, ge=1, le=50, description="Сколько запросов можно сделать подряд без паузы")

    refusals: tuple[Refusal, ...] = Field(
        DEFAULT_REFUSALS,
        description="Что значат слова Chat2Desk об отказе; первое подошедшее решает",
    )
    failed_status: str = Field(
        DEFAULT_FAILED,
        min_length=1,
        description="Какие значения gateway_status значат, что сообщение не дошло (регулярное выражение)",
    )
    status_words: tuple[StatusWord, ...] = Field(
        DEFAULT_STATUS_WORDS,
        description="Какие значения gateway_status и recipient_status значат: ушло, доставлено, прочитано",
    )
    poll_statuses: bool = Field(
        True, description="Узнавать о доставке и из списка сообщений, вместе с поиском пропущенных"
    )
    foreign_bots: Literal["pause", "ignore"] = Field(
        "pause",
        description="Что делать, когда клиенту пишет Ваш собственный бот: "
        "pause (опрос ждёт, как при операторе) или ignore",
    )
    other_channels: tuple[int, ...] = Field(
        (),
        description="Каналы, из которых ответы тоже принимаются: тот же человек пишет из другого мессенджера",
    )

    survey_tag: int = Field(
        0,
        ge=0,
        description="Номер метки, которой клиент отмечен на время опроса, чтобы меню его не трогало; 0: нет",
    )
    survey_tag_for: Span = Field(
        timedelta(days=3), description="Через сколько молчания метка снимается, если опрос не закончен"
    )
    close_request: bool = Field(
        False,
        description="Закрывать ли обращение после последнего сообщения опроса, если оператора в нём нет",
    )

    watch_every: Span = Field(timedelta(minutes=15), description="Как часто проверять, что вебхук включён")
    backfill_every: Span = Field(
        timedelta(hours=1), description="Как часто искать сообщения, о которых вебхук не сказал"
    )

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        parts = urlsplit(url.strip())
        if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
            raise ValueError("нужен адрес вида https://api.chat2desk.com")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("нужен https; http разрешён только для этой же машины")
        return url.strip().rstrip("/").removesuffix("/v1")

    @field_validator("token")
    @classmethod
    def _plain_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
            raise ValueError("ключ пуст или содержит пробел, перевод строки или не латиницу")
        return token

    @field_validator("local_forms")
    @classmethod
    def _digits(cls, forms: dict[str, str]) -> dict[str, str]:
        if not all(part.isascii() and part.isdigit() for pair in forms.items() for part in pair):
            raise ValueError("нужны цифры: {'52': '521'}")
        return forms

    _status_compiles = field_validator("failed_status", "approved_status")(compiled)
