"""Errors in answers, as data."""

import re
from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator, model_validator

from connectors.sms.pieces import Piece, Texts, compiled
from qc_engine.settings import Span

CODE = re.compile(r"[a-z][a-z0-9_]{2,39}")


class ErrorRow(Piece):
    """One kind of error: every criterion that is given must fit."""

    codes: Texts = Field((), description="Коды ошибки, как их пишет шлюз")
    pattern: str = Field("", description="Регулярное выражение по тексту ошибки, регистр не важен")
    http: Texts = Field((), description="Статусы HTTP")
    has: str = Field("", description="Путь, по которому в ответе что-то есть")
    means: Literal["later", "slow_down", "broken", "refused", "unknown"] = Field(
        "refused",
        description="later (точно не отправлено, повторить), slow_down (то же, и подождать всем), "
        "broken (ключ, деньги, права: ждут все), refused (никогда), unknown (неизвестно, ушло ли)",
    )
    code: str = Field("refused", description="Для refused: no_account, no_phone, blocked, refused ...")
    after: Span | None = Field(None, description="Через сколько повторить")
    say: str = Field("", max_length=300, description="Как сказать об этом людям; пусто: словами шлюза")

    _compiles = field_validator("pattern")(compiled)

    @field_validator("code")
    @classmethod
    def _one_word(cls, code: str) -> str:
        if not CODE.fullmatch(code):
            raise ValueError("нужно слово латиницей: строчные буквы, цифры и _, от 3 до 40 знаков")
        return code

    @model_validator(mode="after")
    def _has_a_criterion(self) -> "ErrorRow":
        if not (self.codes or self.pattern or self.http or self.has):
            raise ValueError("задайте, по чему узнать ошибку: codes, pattern, http или has")
        return self

    @property
    def pause(self) -> timedelta:
        """How long `slow_down` holds everybody back."""
        return self.after or timedelta(seconds=10)


class Errors(Piece):
    """Where an answer says that something went wrong, and what that means."""

    code: Texts = Field((), description="Пути к коду ошибки; первый код не из fine считается ошибкой")
    text: Texts = Field((), description="Пути к словам об ошибке")
    fine: Texts = Field(("0",), description="Коды, которые ошибкой не являются; пустой не является никогда")
    rows: tuple[ErrorRow, ...] = Field((), description="Что значат ошибки; первая подошедшая строка решает")
