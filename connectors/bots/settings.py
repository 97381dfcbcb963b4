"""What the sections of all bots in config.yaml have in common."""

import re
import ssl
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, field_validator

from connectors.bots.refusals import Refusal
from qc_engine.settings import Section, Span

LOOPBACK = ("127.0.0.1", "localhost", "::1")
NICK = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,63}")


class BotSettings(Section):
    """One bot; each messenger names its own address, limits and signs of a secret."""

    SECRET: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9_-]{16,256}")

    base_url: str = Field(description="Адрес API")
    invite_url: str = Field(description="Начало ссылки, по которой клиент открывает бота")
    token: SecretStr = Field(description="Ключ бота")
    bot: str = Field(description="Имя бота в ссылках, без @")
    webhook_secret: SecretStr = Field(
        description="Секрет, который мессенджер повторяет в заголовке каждого вебхука"
    )

    previous_webhook_secret: SecretStr | None = Field(
        None, description="Прежний секрет: принимается, пока его меняют"
    )

    ca_file: FilePath | None = Field(
        None, description="Ещё один корневой сертификат (PEM), которому верить: MAX нужен корень Минцифры"
    )
    requests_per_second: float = Field(25.0, gt=0, le=30, description="Запросов в секунду, не больше")
    burst: int = Field(5, ge=1, le=30, description="Сколько запросов можно сделать подряд без паузы")
    chat_gap: Span = Field(
        timedelta(seconds=1), description="Пауза между двумя сообщениями одному клиенту, не меньше"
    )
    longest_text: int = Field(4096, ge=1, le=10_000, description="Сколько знаков в сообщении, не больше")
    http_timeout: Span = Field(timedelta(seconds=30), description="Сколько ждать ответа целиком")
    connect_timeout: Span = Field(timedelta(seconds=10), description="Сколько ждать соединения")
    watch_every: Span = Field(timedelta(minutes=15), description="Как часто проверять, что вебхук включён")
    refusals: tuple[Refusal, ...] = Field(
        (), description="Что значат слова мессенджера об отказе; первое подошедшее решает"
    )

    @property
    def is_local(self) -> bool:
        """Does the API stand on this machine, as a simulated one does?"""
        return urlsplit(self.base_url).hostname in LOOPBACK

    @field_validator("base_url", "invite_url")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        parts = urlsplit(url.strip())
        if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
            raise ValueError("нужен адрес вида https://api.example.com")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("нужен https; http разрешён только для этой же машины")
        return url.strip().rstrip("/")

    @field_validator("token")
    @classmethod
    def _plain_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
            raise ValueError("ключ пуст или содержит пробел, перевод строки или не латиницу")
        return token

    @field_validator("bot")
    @classmethod
    def _nick(cls, bot: str) -> str:
        nick = bot.strip().removeprefix("@")
        if not NICK.fullmatch(nick):
            raise ValueError(
                "нужно имя бота, как в его ссылке: от 3 до 64 латинских букв, цифр и _, первой буква"
            )
        return nick

    @field_validator("ca_file")
    @classmethod
    def _holds_certificates(cls, file: FilePath | None) -> FilePath | None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file) if file else None
        except (ssl.SSLError, OSError):
            raise ValueError("в файле нет сертификата в виде PEM") from None
        return file

    @field_validator("webhook_secret", "previous_webhook_secret")
    @classmethod
    def _fit_for_a_header(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not cls.SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError(f"секрет не подходит, нужно: {cls.SECRET.pattern}")
        return secret
