"""One ASGI application: the two hot doors first, FastAPI for the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from qc_engine.clock import Clock
from qc_engine.ports import Connects
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.api import Attention, Ready, Status, Story, api_router, health_router
from qc_engine.web.bodies import AsgiApp, Receive, Scope, Send
from qc_engine.web.connect import connect_router
from qc_engine.web.guard import with_security_headers
from qc_engine.web.pages import looks
from qc_engine.web.pages.review_answer.page import ReviewView, make_router
from qc_engine.web.pages.survey.page import make_router as survey_router
from qc_engine.web.pages.survey.view import SurveyView

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Doors:
    """Everything that can be reached over HTTP, and what stands behind it.

    The callables are called on threads. Whoever makes the doors starts and stops `commit`.
    """

    redirect: AsgiApp  # GET /r/{code}
    hooks: AsgiApp  # POST /hooks/{connector}
    commit: GroupCommit
    clock: Clock
    ready: Ready  # names of failed checks; empty: ready
    review_of: Callable[[str], ReviewView | None]  # code of an answer page -> what it shows
    survey_of: Callable[[str], SurveyView | None]  # code of a survey's page -> what it shows
    story: Story
    attention: Attention
    status: Status
    public_url: str  # under which browsers see us
    api_token: str = ""  # empty: /api does not exist
    connects: Mapping[str, Connects] = field(default_factory=dict)  # by connector, see /connect/{connector}


def make_app(doors: Doors) -> AsgiApp:
    """Nothing else is reachable: no documentation, no schema, no directory listing."""
    rest = with_security_headers(_fastapi(doors))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith("/r/"):
            await doors.redirect(scope, receive, send)
        elif path.startswith("/hooks/"):
            await doors.hooks(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return app


def _fastapi(doors: Doors) -> FastAPI:
    # No redirect to a path with or without a slash: it would be built from the Host header.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.include_router(health_router(doors.ready))
    app.include_router(api_router(doors.story, doors.attention, doors.status, doors.api_token))
    app.include_router(make_router(doors.review_of, doors.commit, doors.clock, doors.public_url))
    app.include_router(survey_router(doors.survey_of, doors.commit, doors.clock, doors.public_url))
    app.include_router(connect_router(doors.connects))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(HTTPException, _explain)
    app.add_exception_handler(RequestValidationError, _explain_values)
    app.add_exception_handler(Exception, _apologise)
    return app


def _explain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if _wants_json(request):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    if error.status_code == 404:
        return looks.not_found()
    text = "Вернитесь на предыдущую страницу и попробуйте ещё раз."
    return looks.message(error.status_code, "Так не получится", text, error.headers)


def _explain_values(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Which value is wrong, without the value: it may be a phone.
    problems = [f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()]
    return JSONResponse({"error": "; ".join(problems)}, 400)


def _apologise(request: Request, error: Exception) -> Response:
    if _wants_json(request):
        return JSONResponse({"error": "internal error"}, 500)
    return looks.message(500, "Что-то пошло не так", "Мы уже знаем об этом. Попробуйте позже.")


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/healthz", "/readyz"))
