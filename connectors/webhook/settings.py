"""One entry of `webhooks` in config.yaml: another system that we tell of something."""

import base64
import binascii
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from qc_engine.settings import Section, Span

PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 24, 64  # bytes, as Standard Webhooks wants them


class WebhookSettings(Section):
    """Where a webhook goes, and the key that signs it."""

    url: str = Field(description="Адрес https, который примет вебхук")
    secret: SecretStr = Field(description="Ключ подписи Standard Webhooks: whsec_ и base64, от 24 до 64 байт")
    previous_secret: SecretStr | None = Field(
        None, description="Прежний ключ подписи: пока он указан, подписей две, и получатель верит любой"
    )
    ports: tuple[int, ...] = Field((443,), min_length=1, description="Разрешённые порты")
    allow_private: bool = Field(
        False, description="Разрешить адрес внутри своей сети; обычно он значит ошибку или атаку"
    )
    timeout: Span = Field(timedelta(seconds=15), description="Сколько ждать ответа")

    @field_validator("url")
    @classmethod
    def _is_https(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment:
            raise ValueError("an address of the form https://host/path, without a name or password in it")
        return url

    @property
    def keys(self) -> Sequence[bytes]:
        """Those that sign, the newest first."""
        return [key_of(one) for one in (self.secret, self.previous_secret) if one]

    @field_validator("secret", "previous_secret")
    @classmethod
    def _is_a_key(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not SHORTEST_KEY <= len(key_of(secret)) <= LONGEST_KEY:
            raise ValueError(
                "write whsec_ and 24 to 64 bytes in base64, for example from: openssl rand -base64 32"
            )
        return secret


def key_of(secret: SecretStr) -> bytes:
    """The bytes that sign; empty when the text is no key."""
    try:
        return base64.b64decode(secret.get_secret_value().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""
