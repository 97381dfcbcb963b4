"""Where the states of messages stand in an answer or in a callback, and what their words mean."""

from pydantic import Field

from connectors.sms.pieces import Piece, Texts


class Rows(Piece):
    """Where the states of messages stand in an answer or in a callback."""

    rows: str = Field("", description="Путь к списку; пусто: весь ответ")
    id: str = Field("id", description="Путь к номеру сообщения; @key: номер это имя поля в списке")
    phone: str = Field("", description="Путь к номеру телефона")
    status: str = Field("status", description="Путь к состоянию")
    error: str = Field("", description="Путь к причине отказа")
    at: str = Field("", description="Путь к времени: секунды эпохи или ISO с поясом; пусто: время ответа")


class Callback(Rows):
    """How a callback of the gateway is read: a form or JSON, sent by POST."""

    only: dict[str, str] = Field(
        default_factory=dict, description="Путь -> значение: остальное нас не касается"
    )


class States(Piece):
    """What the gateway's words for a state mean; other words say nothing yet."""

    sent: Texts = Field((), description="Слова: ушло оператору")
    delivered: Texts = Field((), description="Слова: доставлено")
    read: Texts = Field((), description="Слова: прочитано")
    failed: Texts = Field((), description="Слова: не дойдёт")
    codes: dict[str, str] = Field(
        default_factory=dict,
        description="Состояние или причина отказа -> no_account, blocked, channel_off ...",
    )

    @property
    def by_word(self) -> dict[str, str]:
        named = {"sent": self.sent, "delivered": self.delivered, "read": self.read, "failed": self.failed}
        return {word.casefold(): state for state, words in named.items() for word in words}
