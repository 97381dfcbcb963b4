"""What a caller of the control routes gave, checked."""

from typing import Any

from starlette.requests import Request

from sandbox.chat2desk.phones import digits_of


class BadRequest(Exception):
    """The text goes to the caller."""


def digits_in(phone: object) -> str:
    digits = digits_of(phone) if isinstance(phone, str) else ""
    if not 10 <= len(digits) <= 14:
        raise BadRequest("a phone has 10 to 14 digits")
    return digits


def number_of(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if text and not text.isdecimal():
        raise BadRequest(f"{name} must be a whole number")
    return int(text) if text else default


async def body_of(request: Request) -> dict[str, Any]:
    try:
        fields = await request.json() if await request.body() else {}
    except ValueError:
        raise BadRequest("body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadRequest("body is not a JSON object")
    return fields
