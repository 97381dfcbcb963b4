"""One ASGI application: the two hot doors first, FastAPI for the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from qc_engine.clock import Clock
from qc_engine.ports import Connects
from qc_engine.store.database import is_passing
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.api import Attention, Ready, Status, Story, api_router, health_router, no_tokens, only_with
from qc_engine.web.assets import STATIC, Packed
from qc_engine.web.bodies import AsgiApp, Receive, Scope, Send
from qc_engine.web.calls.all import routers as calls
from qc_engine.web.calls.description import description_router
from qc_engine.web.calls.pace import pace_of
from qc_engine.web.calls.problems import problem
from qc_engine.web.connect import connect_router
from qc_engine.web.console.faults import show_fault
from qc_engine.web.console.machines import judge_of
from qc_engine.web.console.policy import Scope as ApiScope
from qc_engine.web.console.room import Console
from qc_engine.web.guard import with_security_headers
from qc_engine.web.metrics import metrics_router
from qc_engine.web.pages import looks
from qc_engine.web.pages.account import page as account
from qc_engine.web.pages.analytics import page as analytics
from qc_engine.web.pages.approval.page import ViewOf, nobody
from qc_engine.web.pages.approval.page import make_router as approval_router
from qc_engine.web.pages.cases import acts as case_acts
from qc_engine.web.pages.cases import page as cases
from qc_engine.web.pages.cases import views as case_views
from qc_engine.web.pages.dissatisfied import page as dissatisfied
from qc_engine.web.pages.entry import oidc
from qc_engine.web.pages.entry import page as entry
from qc_engine.web.pages.privacy import page as privacy
from qc_engine.web.pages.review_answer.page import ReviewView, make_router
from qc_engine.web.pages.reviews import page as reviews
from qc_engine.web.pages.scenarios import page as scenarios
from qc_engine.web.pages.settings import page as settings
from qc_engine.web.pages.survey.page import make_router as survey_router
from qc_engine.web.pages.survey.view import SurveyView
from qc_engine.web.pages.today import page as today
from qc_engine.web.starts import Take, starts_router

# The pages of the console, each a folder.
CONSOLE: Sequence[Callable[[Console], APIRouter]] = (
    entry.make_router,
    oidc.make_router,
    today.make_router,
    case_views.make_router,
    cases.make_router,
    case_acts.make_router,
    reviews.make_router,
    dissatisfied.make_router,
    analytics.make_router,
    scenarios.make_router,
    settings.make_router,
    privacy.make_router,
    account.make_router,
)


AGAIN = {"Retry-After": "30"}


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
    api_a_minute: int = 0  # requests of one token to /api; 0: no limit
    metrics: Callable[[], bytes] = bytes  # in Prometheus' text format
    metrics_token: str = ""  # empty: /metrics does not exist
    take: Take | None = None  # requests for cases; None: nobody can ask
    connects: Mapping[str, Connects] = field(default_factory=dict)  # by connector, see /connect/{connector}
    console: Console | None = None  # None: /console does not exist
    alarms: Ready = tuple  # those that stand, by their keys and places; /healthz shows them
    approval_of: ViewOf = nobody  # code, name and link of a question to a person -> what its page shows


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
    app.include_router(health_router(doors.ready, doors.alarms))
    if doors.metrics_token:
        app.include_router(metrics_router(doors.metrics, doors.metrics_token))
    _add_api(app, doors)
    app.include_router(make_router(doors.review_of, doors.commit, doors.clock, doors.public_url))
    app.include_router(survey_router(doors.survey_of, doors.commit, doors.clock, doors.public_url))
    app.include_router(approval_router(doors.approval_of, doors.commit, doors.clock, doors.public_url))
    app.include_router(connect_router(doors.connects))
    if doors.console:
        for page in CONSOLE:
            app.include_router(page(doors.console))
    app.mount("/static", Packed(directory=STATIC))
    app.add_exception_handler(HTTPException, partial(_explain, doors.console))
    app.add_exception_handler(RequestValidationError, partial(_explain_values, doors.console))
    app.add_exception_handler(Exception, partial(_apologise, doors.console))
    return app


def _add_api(app: FastAPI, doors: Doors) -> None:
    """For machines, each call with the token; what they may call is described to them alone."""
    judge = judge_of(doors.console) if doors.console else no_tokens
    guard = only_with(doors.api_token, judge, pace_of(doors.api_a_minute, partial(_by_the_wall, doors)))
    routers = [api_router(doors.story, doors.attention, doors.status, guard)]
    if doors.console:
        routers += calls(doors.console, guard)
    if doors.take:
        routers.append(starts_router(doors.take, guard(ApiScope.START)))
    for router in (*routers, description_router(routers, guard(None))):
        app.include_router(router)


def _by_the_wall(doors: Doors) -> datetime:
    """The machine's time, where there is one: the engine's leaps in a demo."""
    return (doors.console.wall if doors.console else doors.clock).now()


def _explain(console: Console | None, request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if console and request.url.path.startswith("/console"):
        return show_fault(console, request, error.status_code, error.headers)
    if _is_call(request):
        return problem(request, error.status_code, error.detail, error.headers, _language(console))
    if _wants_json(request):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    if error.status_code == 404:
        return looks.not_found()
    text = "Вернитесь на предыдущую страницу и попробуйте ещё раз."
    return looks.message(error.status_code, "Так не получится", text, error.headers)


def _explain_values(console: Console | None, request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Which value is wrong, without the value: it may be a phone.
    problems = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
    if _is_call(request):
        return problem(request, 400, problems, language=_language(console))
    return JSONResponse({"error": problems}, 400)


def _apologise(console: Console | None, request: Request, error: Exception) -> Response:
    """500 for a fault of ours; 503 when the database could not do it now: its disk is full, it restarts."""
    status, headers = (503, AGAIN) if is_passing(error) else (500, None)
    if _is_call(request):
        return problem(request, status, headers=headers, language=_language(console))
    if _wants_json(request):
        return JSONResponse({"error": "internal error"}, status, headers)
    if status == 503:
        return looks.message(
            503, "Сейчас не получилось", "Ничего не записано. Попробуйте через минуту.", headers
        )
    return looks.message(500, "Что-то пошло не так", "Мы уже знаем об этом. Попробуйте позже.")


def _language(console: Console | None) -> str:
    """Of calls that name none."""
    return console.language if console else "en"


def _is_call(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith(("/healthz", "/readyz"))
