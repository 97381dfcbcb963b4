"""How the portal says no: an HTTP status, a code and a text."""

from typing import Any


class Say(Exception):
    """An answer that is an error; `code` may be "", "0", "100" or a word, as the vendor's modules differ."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text

    def body(self) -> dict[str, Any]:
        return {"error": self.code, "error_description": self.text}


def not_found() -> Say:
    return Say(400, "NOT_FOUND", "Элемент не найден")


def bad_argument(text: str) -> Say:
    return Say(400, "INVALID_ARG_VALUE", text)


def bad_value(field: str) -> Say:
    return Say(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Поле "{field}" содержит недопустимое значение')


def legacy(text: str) -> Say:
    """The older CRM methods leave the code empty."""
    return Say(400, "", text)


def no_such_method() -> Say:
    return Say(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
