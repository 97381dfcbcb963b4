"""What /api says when it does not do what it was asked for: RFC 9457, and what to do about it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.console import words

MEDIA_TYPE = "application/problem+json"
KINDS: Mapping[int, str] = {
    400: "not-understood", 401: "no-token", 403: "not-allowed", 404: "not-there", 405: "no-such-method",
    408: "too-slow", 409: "stands-otherwise", 413: "too-large", 422: "unfinished", 429: "too-many",
    500: "our-fault",
}  # fmt: skip
TOO_MANY = 429
OF_ALL = (401, 403, TOO_MANY)  # every call may end so
OF_BODIES = (408, 413)  # every call that is sent something
RETRY_AFTER = {
    "Retry-After": {"description": "Seconds until the next request", "schema": {"type": "integer"}}
}
LONGEST_LANGUAGES = 200


class Problem(BaseModel):
    """Nothing was done. `type` is for programs, the sentences are for people, in the language asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:qc-engine:problem:stands-otherwise",
                    "title": "It stands otherwise by now",
                    "status": 409,
                    "detail": "Anna was quicker: paused, 03.03.2026 12:40.",
                    "todo": "Read it again and decide anew.",
                    "error": "Anna was quicker: paused, 03.03.2026 12:40.",
                }
            ]
        }
    )
    type: str
    title: str
    status: int
    detail: str = Field(description="What was wrong with this very request; it quotes no value of yours")
    todo: str = Field(description="What helps")
    error: str = Field(description="The same as detail, for callers of earlier versions")


def problem(
    request: Request,
    status: int,
    detail: object = "",
    headers: Mapping[str, str] | None = None,
    language: str = "en",
) -> JSONResponse:
    """`detail`: '', or what HTTP itself calls the status, when there is nothing more to say."""
    kind, language = KINDS.get(status, ""), language_of(request, language)
    plain = HTTPStatus(status).phrase
    title = words.say(language, f"api.title_{status}") if kind else plain
    said = str(detail) if detail and detail != plain else title
    told = {
        "type": f"urn:qc-engine:problem:{kind}" if kind else "about:blank",
        "title": title,
        "status": status,
        "detail": said,
        "todo": words.say(language, f"api.todo_{status}") if kind else "",
        "error": said,
    }
    return JSONResponse(told, status, headers, media_type=MEDIA_TYPE)


def answers(*statuses: int) -> dict[int | str, Any]:
    """For the description: these, and those of every call."""
    return {
        status: {
            "model": Problem,
            "description": words.say("en", f"api.title_{status}"),
            "content": {MEDIA_TYPE: {}},
            **({"headers": RETRY_AFTER} if status == TOO_MANY else {}),
        }
        for status in sorted({*OF_ALL, *statuses})
    }


def language_of(request: Request, otherwise: str) -> str:
    """The first of Accept-Language that we speak; weights are not weighed."""
    for one in request.headers.get("accept-language", "")[:LONGEST_LANGUAGES].split(","):
        if (language := one.strip()[:2].lower()) in words.LANGUAGES:
            return language
    return otherwise
