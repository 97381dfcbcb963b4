"""A gateway as data: what is asked, and how its answers are read.

Every field has a default, so that config.yaml may change a single one of a ready description; whether the
whole makes sense is checked once it is put together.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator, model_validator

from connectors.sms.calls import BalanceCall, Call, FindCall, SendCall, StatusCall
from connectors.sms.errors import Errors
from connectors.sms.news import Callback, States
from connectors.sms.pieces import Piece, Texts, address, compiled
from connectors.sms.places import NEEDED_FOR


class Gateway(Piece):
    """The whole description."""

    base_url: str = Field("", description="Адрес шлюза")
    backup_urls: Texts = Field((), description="Запасные адреса: когда с первым нет соединения")
    phone: Literal["digits", "plus"] = Field("digits", description="Номер телефона: digits или plus (с +)")
    needs: tuple[tuple[Literal["login", "password", "key"], ...], ...] = Field(
        (), description="Какие секреты нужны; несколько списков: любой из них. Пусто: все, чьи места есть"
    )
    format: Literal["json", "text"] = Field(
        "json", description="Ответы: json (пути через точку, * первый) или text (пути это рег. выражения)"
    )
    errors: Errors = Field(default_factory=lambda: Errors(), description="Ошибки в ответах")
    send: SendCall = Field(default_factory=lambda: SendCall(), description="Отправка")
    find: FindCall | None = Field(None, description="Поиск по нашему номеру; пусто: шлюз так не умеет")
    status: StatusCall | None = Field(None, description="Вопрос о состоянии; пусто: не спрашивать")
    states: States = Field(default_factory=lambda: States(), description="Слова о состоянии")
    callback: Callback | None = Field(None, description="Как читать вызовы шлюза о состоянии")
    balance: BalanceCall | None = Field(None, description="Вопрос об остатке, для проверки")

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        return address(url) if url else url

    @field_validator("backup_urls")
    @classmethod
    def _safe_addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(address, urls))

    @model_validator(mode="after")
    def _is_whole(self) -> "Gateway":
        for problem in self._gaps():
            raise ValueError(problem)
        return self

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(one for one in (self.send, self.find, self.status, self.balance) if one)

    @property
    def needed(self) -> tuple[tuple[str, ...], ...]:
        """Alternatives of secrets, one of which must be given in full."""
        used = [name for call in self.calls for place in call.used() for name in NEEDED_FOR.get(place, ())]
        return self.needs or (tuple(sorted(set(used))),)

    @property
    def tells_states(self) -> bool:
        return bool(self.states.by_word)

    def _gaps(self) -> Iterator[str]:
        """What is missing; the first is told, everything in one message would be read by nobody."""
        if not self.send.path:
            yield "опишите send: path и поля"
        for name in ("phone", "text"):
            if name not in self.send.used():
                yield f"в send нет места {{{name}}}"
        if not (self.send.id or self.errors.code):
            yield "задайте send: id или errors: code, иначе успех не узнать"
        if self.status and not self.status.used() & {"id", "ids"}:
            yield "в status нет места {id} или {ids}"
        if self.status and not self.send.id:
            yield "без send: id о состоянии не спросить"
        if (self.status or self.callback) and not self.tells_states:
            yield "задайте states: какие слова значат sent, delivered, failed"
        if self.find and not self.find.id:
            yield "в find задайте id"
        if self.format == "text":
            yield from self._broken_patterns()

    def _broken_patterns(self) -> Iterator[str]:
        paths = [self.send.id, *self.errors.code, *self.errors.text]
        paths += [self.status.status, self.status.id, self.status.at] if self.status else []
        paths += [self.find.id] if self.find else []
        paths += [self.balance.value, self.balance.currency] if self.balance else []
        for path in paths:
            try:
                compiled(path)
            except ValueError as problem:
                yield str(problem)
