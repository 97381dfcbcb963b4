"""The requests that a gateway can be sent, as data."""

import re
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from connectors.sms.news import Rows
from connectors.sms.pieces import Piece, Texts
from connectors.sms.places import (
    OF_ACCESS,
    OF_MESSAGE,
    OF_QUESTION,
    OF_SEARCH,
    check_json,
    check_text,
    places_in,
)

PRINTABLE = re.compile(r"[ -~]*")


class Call(Piece):
    """One request, with places such as {phone} in its values."""

    places: ClassVar[tuple[str, ...]] = OF_ACCESS

    method: Literal["GET", "POST"] = Field("POST", description="GET или POST")
    path: str = Field("", pattern="^(/.*)?$", description="Путь после адреса шлюза, например /sys/send.php")
    query: dict[str, str] = Field(default_factory=dict, description="Поля в адресе, после ?")
    form: dict[str, str] = Field(default_factory=dict, description="Поля формы в теле запроса")
    body: dict[str, Any] = Field(
        default_factory=dict,
        description="Тело JSON; {phone:number} пишет число, {json:true} значение как есть",
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="Заголовки, например Authorization: Bearer {key} или Basic {basic}"
    )

    @field_validator("path")
    @classmethod
    def _known_in_path(cls, path: str) -> str:
        return check_text(path, cls.places)

    @field_validator("query", "form")
    @classmethod
    def _known_in_fields(cls, fields: dict[str, str]) -> dict[str, str]:
        for name, value in fields.items():
            check_text(name, ("n",) if "n" in cls.places else ())
            check_text(value, cls.places)
        return fields

    @field_validator("body")
    @classmethod
    def _known_in_body(cls, body: dict[str, Any]) -> dict[str, Any]:
        check_json(body, cls.places)
        return body

    @field_validator("headers")
    @classmethod
    def _known_in_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not re.fullmatch(r"[A-Za-z0-9-]+", name) or not PRINTABLE.fullmatch(value):
                raise ValueError("заголовок пишется латиницей в одну строку")
            check_text(value, OF_ACCESS)
        return headers

    @model_validator(mode="after")
    def _one_body(self) -> "Call":
        if self.form and self.body:
            raise ValueError("либо form, либо body, не оба")
        if self.method == "GET" and (self.form or self.body):
            raise ValueError("у GET нет тела: перенесите поля в query")
        return self

    def used(self) -> set[str]:
        """The names of all places in it."""
        return set(places_in([self.path, self.query, self.form, self.body, self.headers]))


class SendCall(Call):
    """How a message is sent."""

    places: ClassVar[tuple[str, ...]] = (*OF_ACCESS, *OF_MESSAGE)
    id: str = Field("", description="Путь к номеру сообщения в ответе; пусто: шлюз номера не даёт")


class FindCall(Call):
    """How a message is looked for by the number that we gave it."""

    places: ClassVar[tuple[str, ...]] = (*OF_ACCESS, *OF_SEARCH)
    id: str = Field("", description="Путь к номеру сообщения в ответе")
    absent: Texts = Field((), description="Коды ошибки, которые значат: такого сообщения нет")


class StatusCall(Call, Rows):
    """How the states of messages are asked for."""

    places: ClassVar[tuple[str, ...]] = (*OF_ACCESS, *OF_QUESTION)
    at_once: int = Field(1, ge=1, le=100, description="О скольких сообщениях спрашивать за раз")
    separator: str = Field(",", description="Чем разделять номера в {ids} и {phones}")


class BalanceCall(Call):
    """A harmless question that proves the credentials."""

    value: str = Field("", description="Путь к остатку")
    currency: str = Field("", description="Путь к валюте")
