"""SMSC's doors: send.php, /rest/send/, status.php, balance.php (smsc.ru/api/http)."""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.sms.network import Message, NoSuchPhone, Phone, digits_of
from sandbox.sms.office import Declined, Office
from sandbox.sms.smsc_words import (
    DECLINED,
    NAME,
    NAMED_WHY,
    STATES,
    WRITERS,
    Fields,
    SmscError,
    failed,
    fields_of,
)


class Smsc:
    """The doors of one account."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._recent: dict[tuple[str, ...], datetime] = {}

    async def answer(self, request: Request, method: str) -> Response:
        """`method` is send, status, balance or rest_send."""
        methods: dict[str, Callable[[Fields], Any]] = {
            "send": self.send,
            "rest_send": self.send,
            "status": self.status,
            "balance": self.balance,
        }
        fields = await fields_of(request, method)
        form = "3" if method == "rest_send" else fields.get("fmt", "0")
        try:
            self._admit(fields)
            if form not in WRITERS:
                raise SmscError(1)
            return WRITERS[form](methods[method](fields))
        except SmscError as error:
            return failed(error, form)

    def send(self, fields: Fields) -> dict[str, Any]:
        """Errors 3, 6, 7 and 8 come with a number, though no such message will ever arrive."""
        text, sender = fields.get("mes", ""), fields.get("sender", "")
        phones = [one for one in fields.get("phones", "").replace(";", ",").split(",") if one.strip()]
        if not phones or not text or len(text) > 1000:
            raise SmscError(1)
        self._check_repeat((*phones, text, sender))
        number = int(given) if (given := fields.get("id", "")).isdecimal() else self.office.network.new_id()
        sent = [self._send_one(self._phone(one, number), text, sender, number) for one in phones]
        return {"id": number, "cnt": sum(one.parts for one in sent)}

    def status(self, fields: Fields) -> Any:
        """A list when the numbers hold a comma, even at their end."""
        numbers, phones = fields.get("id", ""), fields.get("phone", "")
        pairs = list(zip(_split(numbers), _split(phones), strict=False))
        if not pairs or len(_split(numbers)) != len(_split(phones)):
            raise SmscError(1)
        if "," not in numbers:
            return self._state(*pairs[0])
        return [{**self._state(*pair), "id": int(pair[0]), "phone": digits_of(pair[1])} for pair in pairs]

    def balance(self, fields: Fields) -> dict[str, Any]:
        currency = {"currency": "RUR"} if fields.get("cur") == "1" else {}
        return {"balance": f"{self.office.money:.2f}", **currency}

    def _send_one(self, phone: Phone, text: str, sender: str, number: int) -> Message:
        try:
            return self.office.take(NAME, number, phone, text, sender)
        except Declined as declined:
            raise SmscError(DECLINED[declined.why], number) from None

    def _phone(self, given: str, number: int) -> Phone:
        try:
            return self.office.network.at(digits_of(given))
        except NoSuchPhone:
            raise SmscError(7, number) from None

    def _state(self, number: str, phone: str) -> dict[str, Any]:
        if not number.isdecimal():
            raise SmscError(1)
        found = self.office.network.numbered(NAME, number)
        message = next((one for one in found if one.phone == digits_of(phone)), None)
        if message is None:
            return {"status": self.office.switches.unknown_status}
        at = message.changed_at or message.at
        return {
            "status": STATES[message.state],
            "last_date": at.strftime("%d.%m.%Y %H:%M:%S"),
            "last_timestamp": int(at.timestamp()),
            "err": NAMED_WHY.get(message.state, 0),
        }

    def _admit(self, fields: Fields) -> None:
        office = self.office
        by_key = _same(fields.get("apikey", ""), office.key)
        by_name = _same(fields.get("login", ""), office.login) & _same(fields.get("psw", ""), office.password)
        if not (by_key or by_name):
            raise SmscError(2)

    def _check_repeat(self, request: tuple[str, ...]) -> None:
        now, span = self.office.clock.now(), self.office.switches.duplicate_seconds
        self._recent = {one: at for one, at in self._recent.items() if (now - at).total_seconds() < span}
        if request in self._recent:
            raise SmscError(9)
        if span:
            self._recent[request] = now


def _split(listed: str) -> list[str]:
    return [one.strip() for one in listed.split(",") if one.strip()]


def _same(given: str, expected: str) -> bool:
    return bool(given) and hmac.compare_digest(given.encode(), expected.encode())
