"""The cookie of a browser whose user is at the identity provider."""

from fastapi import Request, Response

from qc_engine.store.users import STATE_LIVES
from qc_engine.web.console.gate import set_cookie
from qc_engine.web.console.room import Console

WAY, PLAIN_WAY = "__Host-qc_way", "qc_way"


def remember(console: Console, response: Response, sealed: str) -> Response:
    set_cookie(console, response, _name(console), sealed, int(STATE_LIVES.total_seconds()))
    return response


def forget(console: Console, response: Response) -> Response:
    set_cookie(console, response, _name(console), "", 0)
    return response


def found(console: Console, request: Request) -> str:
    """'' where there is none."""
    return request.cookies.get(_name(console), "")


def _name(console: Console) -> str:
    """With https the browser itself sees to it that no other host sets this cookie."""
    return WAY if console.is_tls else PLAIN_WAY
