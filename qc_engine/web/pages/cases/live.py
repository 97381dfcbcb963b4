"""Pages that renew themselves: a part of them asks again, and is answered only when something has changed."""

import hashlib
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from qc_engine.web.console.frame import HEADERS, show
from qc_engine.web.console.gate import QUIETLY
from qc_engine.web.console.room import Console, Visitor

RENEWED_AT = "Renewed-At"  # a time of day, to be shown


def version_of(visitor: Visitor, *shown: object) -> str:
    """Another one as soon as any of that is another."""
    told = repr((visitor.look.language, visitor.user.role, *shown))
    return hashlib.sha256(told.encode()).hexdigest()[:20]


def asks_for_news(request: Request) -> bool:
    """Does the page ask by itself, and not a person?"""
    return QUIETLY in request.headers


def no_news(console: Console, visitor: Visitor, request: Request, version: str) -> Response | None:
    """The answer to a page that has this very version."""
    if not asks_for_news(request) or request.headers.get("if-none-match") != f'"{version}"':
        return None
    return Response(status_code=304, headers={**HEADERS, **_headers(console, visitor, version)})


def page(
    console: Console, visitor: Visitor, request: Request, whole: str, part: str, version: str, **values: Any
) -> Response:
    """`whole` includes `part`; a page that asks by itself gets that alone, if it has another."""
    if (same := no_news(console, visitor, request, version)) is not None:
        return same
    template = part if asks_for_news(request) else whole
    shown = show(console, visitor, template, page="cases", version=version, **values)
    if asks_for_news(request):
        shown.headers.update(_headers(console, visitor, version))
    return shown


def _headers(console: Console, visitor: Visitor, version: str) -> dict[str, str]:
    at = console.wall.now().astimezone(ZoneInfo(visitor.zone))
    return {"ETag": f'"{version}"', RENEWED_AT: f"{at:%H:%M:%S}"}
