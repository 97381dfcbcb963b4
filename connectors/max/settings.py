"""The section `max` of config.yaml."""

import re
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from connectors.bots.refusals import Refusal
from connectors.bots.settings import BotSettings
from qc_engine.settings import Span

# dev.max.ru names the shape of an error, {code, message}, and few codes; these were seen in answers.
DEFAULT_REFUSALS = (
    Refusal(pattern=r"chat\.denied|dialog\.suspended", code="blocked"),
    Refusal(pattern=r"(dialog|chat|user)\.not\.?found|Unknown recipient", code="no_account"),
)


class MaxSettings(BotSettings):
    """One bot of MAX."""

    SECRET: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9-]{16,256}")

    base_url: str = Field("https://platform-api2.max.ru", description="Адрес API ботов MAX")
    invite_url: str = Field("https://max.ru", description="Начало ссылки, по которой клиент открывает бота")
    token: SecretStr = Field(description="Ключ бота: MAX для партнёров, Чат-боты, Настройки")
    bot: str = Field(description="Имя бота в ссылках max.ru, без @")
    webhook_secret: SecretStr = Field(
        description="Секрет вебхука: от 16 до 256 знаков, латинские буквы, цифры и -"
    )
    requests_per_second: float = Field(25.0, gt=0, le=25, description="Запросов в секунду, не больше")
    chat_gap: Span = Field(
        timedelta(seconds=0.5), description="Пауза между двумя сообщениями одному клиенту, не меньше"
    )
    longest_text: int = Field(4000, ge=1, le=4000, description="Сколько знаков в сообщении, не больше")
    recipient: Literal["chat_id", "user_id"] = Field(
        "chat_id", description="Как называть клиента при отправке: по номеру диалога или человека"
    )
    refusals: tuple[Refusal, ...] = Field(
        DEFAULT_REFUSALS, description="Что значат слова MAX об отказе; первое подошедшее решает"
    )
