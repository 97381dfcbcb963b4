"""The section `telegram` of config.yaml."""

import re
from datetime import timedelta

from pydantic import Field, SecretStr, field_validator

from connectors.bots.refusals import Refusal
from connectors.bots.settings import BotSettings
from qc_engine.settings import Span

TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{16,}")

# Bot API, the descriptions of errors of sendMessage.
DEFAULT_REFUSALS = (
    Refusal(pattern=r"blocked by the user|CHAT_WRITE_FORBIDDEN|bot was kicked", code="blocked"),
    Refusal(
        pattern=r"user is deactivated|chat not found|user not found|can't initiate conversation"
        r"|can't send messages to bots|PEER_ID_INVALID|USER_ID_INVALID",
        code="no_account",
    ),
)


class TelegramSettings(BotSettings):
    """One bot of Telegram."""

    base_url: str = Field(
        "https://api.telegram.org", description="Адрес Bot API; может быть и свой сервер Bot API"
    )
    invite_url: str = Field("https://t.me", description="Начало ссылки, по которой клиент открывает бота")
    token: SecretStr = Field(description="Ключ бота от @BotFather, вида 123456789:AA...")
    bot: str = Field(description="Имя бота в ссылках t.me, без @")
    webhook_secret: SecretStr = Field(
        description="Секрет вебхука: от 16 до 256 знаков, латинские буквы, цифры, - и _"
    )
    requests_per_second: float = Field(25.0, gt=0, le=30, description="Запросов в секунду, не больше")
    chat_gap: Span = Field(
        timedelta(seconds=1), description="Пауза между двумя сообщениями одному клиенту, не меньше"
    )
    longest_text: int = Field(4096, ge=1, le=4096, description="Сколько знаков в сообщении, не больше")
    files: bool = Field(
        True, description="Слать фото и документы файлом по адресу; false: адрес файла встанет в текст"
    )
    refusals: tuple[Refusal, ...] = Field(
        DEFAULT_REFUSALS, description="Что значат слова Telegram об отказе; первое подошедшее решает"
    )

    @field_validator("token")
    @classmethod
    def _of_botfather(cls, token: SecretStr) -> SecretStr:
        if not TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("ключ бота выглядит как 123456789:AA..., его даёт @BotFather")
        return token
