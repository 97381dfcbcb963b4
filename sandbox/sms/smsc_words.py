"""How SMSC writes: requests in many alphabets, answers in several forms, numbers for everything."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sandbox.sms.network import DELIVERED, QUEUED, SENT, Message

NAME = "smsc"
CHARSETS = {"utf-8": "utf-8", "koi8-r": "koi8-r", "windows-1251": "cp1251", "": "cp1251"}
ERRORS = {
    1: "parameters error",
    2: "authorise error",
    3: "no money",
    4: "IP is blocked",
    6: "message is denied",
    7: "invalid number",
    8: "message to this number can not be delivered",
    9: "duplicate request, wait a minute",
}
NUMBERED = (3, 6, 7, 8)  # errors that come with a number
DECLINED = {"money": 3, "sender": 6, "phone": 8}
IN_WORDS = {"auth": 2, "no_money": 3, "too_fast": 9, "blocked": 4}
STATES = {
    QUEUED: -1,
    SENT: 0,
    DELIVERED: 1,
    "unreachable": 20,
    "wrong": 22,
    "forbidden": 23,
    "absent": 25,
    "expired": 3,
}
NAMED_WHY = {"unreachable": 248, "absent": 1, "wrong": 12}  # examples of the operator's own reason
Fields = Mapping[str, str]


class SmscError(Exception):
    """One of ERRORS; `number` is the message's, for those errors that have one."""

    def __init__(self, code: int, number: int = 0) -> None:
        super().__init__(ERRORS[code])
        self.code, self.number = code, number


def failed(error: SmscError, form: str) -> Response:
    """An error in the form that was asked for."""
    if form == "0":
        number = f", ID - {error.number}" if error.number else ""
        return Response(f"ERROR = {error.code} ({ERRORS[error.code]}){number}", media_type="text/plain")
    if form == "1":
        return Response(f"{error.number},-{error.code}", media_type="text/plain")
    number_too = {"id": error.number} if error.number else {}
    return _json({"error": ERRORS[error.code], "error_code": error.code, **number_too})


def told(message: Message) -> bytes:
    """The body of a callback: a form."""
    at = int((message.changed_at or message.at).timestamp())
    fields = {
        "id": message.id,
        "phone": message.phone,
        "status": STATES[message.state],
        "ts": at,
        "err": NAMED_WHY.get(message.state, 0),
        "cnt": message.parts,
        "type": 0,
    }
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


async def fields_of(request: Request, method: str) -> dict[str, str]:
    """Address and form in the charset that they themselves name, windows-1251 when they name none."""
    body = await request.body()
    if method == "rest_send":
        try:
            given = json.loads(body)
        except ValueError:
            return {}
        return {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    raw = request.scope["query_string"].decode("latin-1") + "&" + body.decode("latin-1")
    named = dict(parse_qsl(raw)).get("charset", "").lower()
    return dict(parse_qsl(raw, encoding=CHARSETS.get(named, "cp1251"), errors="replace"))


def _json(body: Any) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), media_type="application/json")


def _plain(body: Any) -> Response:
    match body:
        case {"id": number, "cnt": count}:
            return Response(f"OK - {count} SMS, ID - {number}", media_type="text/plain")
        case {"status": status, "last_date": at}:
            return Response(f"Status = {status}, check_time = {at}", media_type="text/plain")
        case {"balance": balance}:
            return Response(balance, media_type="text/plain")
        case _:
            return _json(body)


def _short(body: Any) -> Response:
    match body:
        case {"id": number, "cnt": count}:
            return Response(f"{number},{count}", media_type="text/plain")
        case {"status": status, "last_timestamp": at}:
            return Response(f"{status},{at}", media_type="text/plain")
        case {"balance": balance}:
            return Response(balance, media_type="text/plain")
        case _:
            return _json(body)


WRITERS: dict[str, Callable[[Any], Response]] = {"0": _plain, "1": _short, "3": _json}
