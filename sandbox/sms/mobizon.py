"""Mobizon's own words (mobizon.kz/help/api-docs): sending, states, balance, webhooks."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sandbox.sms.network import DELIVERED, QUEUED, SENT, Message, NoSuchPhone
from sandbox.sms.office import Declined, Office

NAME = "mobizon"
STATES = {
    QUEUED: "ENQUEUD",
    SENT: "ACCEPTD",
    DELIVERED: "DELIVRD",
    "unreachable": "UNDELIV",
    "wrong": "REJECTD",
    "forbidden": "REJECTD",
    "absent": "UNDELIV",
    "expired": "EXPIRED",
}
MOST_IDS = 100
ONE_ID = re.compile(r"ids(\[\d*\])?")
MODULES = ("message", "user", "campaign", "link", "taskqueue")
Fields = list[tuple[str, str]]


class MobizonError(Exception):
    """`code` as in "API response codes"; `data` names the fields that are wrong."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data if data is not None else []


IN_WORDS = {
    "auth": MobizonError(8, "Неверный ключ API"),
    "no_money": MobizonError(15, "Недостаточно средств на балансе"),
    "too_fast": MobizonError(30, "Превышена частота запросов"),
    "blocked": MobizonError(14, "Учётная запись заблокирована"),
}


class Mobizon:
    """The door of one account."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def answer(self, request: Request, module: str, method: str) -> Response:
        """Names of modules and methods are taken in any case."""
        body = (await request.body()).decode("utf-8", "replace")
        query = dict(parse_qsl(request.scope["query_string"].decode("latin-1")))
        fields = [*query.items(), *parse_qsl(body, keep_blank_values=True)]
        try:
            self._admit(query)
            return written(0, self._method(module, method)(fields), "")
        except MobizonError as error:
            return failed(error)

    def send(self, fields: Fields) -> dict[str, Any]:
        given = dict(fields)
        recipient, text = given.get("recipient", ""), given.get("text", "")
        missing = [name for name, value in (("recipient", recipient), ("text", text)) if not value]
        if missing:
            raise MobizonError(11, f"Не заданы параметры: {', '.join(missing)}")
        try:
            phone = self.office.network.at(recipient.removeprefix("+"))
            number = self.office.network.new_id()
            self.office.take(NAME, number, phone, text, given.get("from", ""))
        except NoSuchPhone:
            raise _wrong_field("recipient", "Неверный номер получателя") from None
        except Declined as declined:
            raise _declined(declined) from None
        return {"campaignId": number + 5_000_000, "messageId": number, "status": 2}

    def states(self, fields: Fields) -> list[dict[str, Any]]:
        """Unknown numbers are left out of the answer."""
        ids = [one for name, value in fields if ONE_ID.fullmatch(name) for one in value.split(",") if one]
        if not ids:
            raise MobizonError(2, "Не указаны идентификаторы сообщений")
        if len(ids) > MOST_IDS:
            raise MobizonError(12, "Слишком много идентификаторов")
        return list(self._known(ids))

    def balance(self, fields: Fields) -> dict[str, Any]:
        return {"balance": f"{self.office.money:.4f}", "currency": "KZT"}

    def _known(self, ids: Iterable[str]) -> Iterable[dict[str, Any]]:
        for number in ids:
            for message in self.office.network.numbered(NAME, number):
                yield {"id": message.id, "segNum": message.parts, **_state(message)}

    def _admit(self, query: dict[str, str]) -> None:
        if query.get("output") != "json" or query.get("api") != "v1":
            raise MobizonError(6, "Неверный формат ответа")
        if not hmac.compare_digest(query.get("apiKey", "").encode(), self.office.key.encode()):
            raise IN_WORDS["auth"]

    def _method(self, module: str, method: str) -> Callable[[Fields], Any]:
        methods: dict[str, Callable[[Fields], Any]] = {
            "message/sendsmsmessage": self.send,
            "message/getsmsstatus": self.states,
            "user/getownbalance": self.balance,
        }
        if module.lower() not in MODULES:
            raise MobizonError(4, "Неверный модуль")
        found = methods.get(f"{module}/{method}".lower())
        if found is None:
            raise MobizonError(5, "Неверный метод")
        return found


def failed(error: MobizonError) -> Response:
    return written(error.code, error.data, error.message)


def written(code: int, data: Any, message: str) -> Response:
    """Every answer has the same three fields, and a status of 200."""
    body = {"code": code, "data": data, "message": message}
    return Response(json.dumps(body, ensure_ascii=False), media_type="application/json")


def told(message: Message, event_id: int, secret: str) -> bytes:
    """The body of a webhook: JSON with a signature over its first fields."""
    at = (message.changed_at or message.at).strftime("%Y-%m-%d %H:%M:%S")
    signed = f"{event_id}|1|{at}|{secret}"
    data = {"campaignId": message.id + 5_000_000, "messageId": message.id, "segNum": message.parts}
    event = {
        "eventId": event_id,
        "eventType": "sms-delivery-report",
        "eventCreateTs": at,
        "webhookId": 1,
        "attempt": 1,
        "data": {**data, "statusUpdateTs": at, "status": STATES[message.state], "to": message.phone},
        "sign": hashlib.sha1(signed.encode()).hexdigest(),  # noqa: S324  the vendor's own choice
    }
    return json.dumps(event).encode()


def _state(message: Message) -> dict[str, Any]:
    at = message.changed_at.strftime("%Y-%m-%d %H:%M:%S") if message.changed_at else None
    return {"status": STATES[message.state], "startSendTs": at, "statusUpdateTs": at}


def _declined(declined: Declined) -> MobizonError:
    match declined.why:
        case "money":
            return IN_WORDS["no_money"]
        case "sender":
            return _wrong_field("from", "Подпись отправителя не зарегистрирована")
        case _:
            return _wrong_field("recipient", "На этот номер отправить нельзя")


def _wrong_field(name: str, words: str) -> MobizonError:
    return MobizonError(1, "Ошибка проверки данных", {name: words})
