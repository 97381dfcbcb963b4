"""Who calls, and what they send: another system by its token, as a visitor whom the pages' functions know."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlmodel import Session

from qc_engine.web.api import Guard
from qc_engine.web.calls import once
from qc_engine.web.calls.once import Once
from qc_engine.web.calls.problems import language_of
from qc_engine.web.calls.shapes import Done, done_of
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.gate import address_of
from qc_engine.web.console.policy import Scope, User
from qc_engine.web.console.room import Console, Look, Visitor
from qc_engine.web.starts import LARGEST, Model, body_of, read

Calling = Callable[[Scope], Callable[..., Visitor]]  # of a scope -> who calls, for FastAPI
KEY = "Idempotency-Key"


@dataclass(frozen=True)
class Call(Generic[Model]):
    """One act that another system asks for."""

    visitor: Visitor
    asked: Model
    once: Once


def calling_of(console: Console, guard: Guard) -> Calling:
    """Raises 401 and 403. One language, one clock and one policy for people and for systems."""

    def calling(scope: Scope) -> Callable[..., Visitor]:
        of_token = Depends(guard(scope))

        def check(request: Request, user: User = of_token) -> Visitor:
            look = Look(language_of(request, console.language), "auto")
            return Visitor(user, "", "", look, address_of(request), console.clock.now(), console.zone)

        return check

    return calling


def call_of(visiting: Callable[..., Visitor], model: type[Model]) -> Callable[..., Call[Model]]:
    """For FastAPI, of acts: of a stranger nothing is read."""
    body_read: Callable[[Request], Awaitable[bytes]] = body_of(LARGEST)

    def check(
        request: Request,
        visitor: Annotated[Visitor, Depends(visiting)],
        body: Annotated[bytes, Depends(body_read)],
        key: Annotated[str, Header(alias=KEY, max_length=once.LONGEST_KEY, description=once.WHAT)] = "",
    ) -> Call[Model]:
        return Call(visitor, read(model, body), once.of(visitor, request.url.path, key, body))

    return check


def sent_of(
    visiting: Callable[..., Visitor], model: type[Model], largest: int = LARGEST
) -> Callable[..., Call[Model]]:
    """The same for what does not happen twice by itself, or is not done at all: no key is asked for."""
    body_read: Callable[[Request], Awaitable[bytes]] = body_of(largest)

    def check(
        visitor: Annotated[Visitor, Depends(visiting)], body: Annotated[bytes, Depends(body_read)]
    ) -> Call[Model]:
        return Call(visitor, read(model, body), Once())

    return check


def carried_out(console: Console, call: Call[Any], act: Callable[[Session], Notice]) -> Done:
    """Once, if the caller has named a key. Raises 409 and 422: why it was not."""
    return done_of(once.done(console, call.visitor, call.once, act))


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """For the description: what FastAPI cannot see, because the body is read by hand."""
    body = {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}
    return {"requestBody": body}
