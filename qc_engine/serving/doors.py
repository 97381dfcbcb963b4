"""All that can be reached over HTTP, put before an engine or before a front without loops."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import structlog

from qc_engine.clock import Clock
from qc_engine.explain.hiding import without_pages
from qc_engine.flow.starts.requests import Requests
from qc_engine.flow.versions.library import Library, scenario_of
from qc_engine.flow.watching.metrics import Metrics
from qc_engine.flow.watching.status import status
from qc_engine.ids import RandomIds
from qc_engine.ports import Connector
from qc_engine.store import alarms, schema
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.trouble import cannot_write
from qc_engine.telling import Teller
from qc_engine.telling.console import console_of
from qc_engine.web.app import Doors, make_app
from qc_engine.web.bodies import AsgiApp
from qc_engine.web.hooks import Hooks
from qc_engine.web.pages.approval.view import ApprovalView, approval_view
from qc_engine.web.pages.review_answer.page import ReviewView
from qc_engine.web.pages.review_answer.view import review_view
from qc_engine.web.pages.survey.view import SurveyView, survey_view
from qc_engine.wiring import Installation, secret_of
from qc_engine.wiring.links import redirect_of

log = structlog.get_logger(__name__)


class House(Protocol):
    """What stands behind the doors: an Engine, or a Front."""

    @property
    def settings(self) -> Installation: ...
    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def libraries(self) -> Mapping[str, Library]: ...
    @property
    def connectors(self) -> Sequence[Connector]: ...


def make_doors(
    house: House,
    commit: GroupCommit,
    working: Callable[[], bool],
    on_events: Callable[[], None] = lambda: None,
) -> AsgiApp:
    """`working`: are there loops that live? `on_events` is called after each commit that brought news."""
    settings = house.settings
    teller = Teller(settings, house.database, house.libraries)
    portals = {one.name: one.portal for one in house.connectors}
    receivers = {one.name: one.receives for one in house.connectors if one.receives}
    return make_app(
        Doors(
            redirect=redirect_of(settings, commit, house.clock, on_events),
            hooks=Hooks(receivers, commit, house.clock, on_events, portals=portals),
            commit=commit,
            clock=house.clock,
            ready=lambda: _not_ready(house.database, working),
            alarms=lambda: _alarms(house.database),
            review_of=lambda code: _review(house, code),
            survey_of=lambda code: _survey(house, code),
            approval_of=lambda code, name, link: _approval(house, code, name, link),
            story=lambda case, deal, phone: _story(teller, case or phone or str(deal)),
            attention=lambda: _closed(teller.attention()),
            status=lambda full: status(house.database, house.clock, full, house.connectors),
            take=Requests(house.database, house.clock, lambda: house.libraries, RandomIds(), "api").take,
            connects={one.name: one.connects for one in house.connectors if one.connects},
            console=console_of(teller, house.clock, connectors=house.connectors)
            if settings.console
            else None,
            public_url=settings.public_url,
            api_token=settings.api_token.get_secret_value(),
            api_a_minute=settings.api_requests_per_minute,
            metrics=Metrics(house.database, house.clock).text,
            metrics_token=settings.metrics_token.get_secret_value(),
        )
    )


def _story(teller: Teller, what: str) -> Mapping[str, Any] | None:
    return next((_closed(one) for one in teller.stories(what)), None)


def _closed(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A key to read with is none to answer with."""
    closed: Mapping[str, Any] = without_pages(told)
    return closed


def _not_ready(database: Database, working: Callable[[], bool]) -> Sequence[str]:
    failed: list[str] = []
    try:
        failed += [] if working() else ["loops"]
        schema.require_current(database)
    except schema.NewerSchema:
        return failed  # it is being upgraded under us, and somebody must be there meanwhile
    except schema.WrongSchema:
        return [*failed, "schema"]
    except Exception:  # whatever a database driver says, we are not ready
        log.exception("the database does not answer")
        return [*failed, "database"]
    return [*failed, *(["disk"] if database.path and cannot_write(database.path) else [])]


def _alarms(database: Database) -> Sequence[str]:
    """Their keys; of broken scenarios also the first place, so that whoever watches can go there."""
    with database.reading() as session:
        found = alarms.all_alarms(session)
    return [" ".join(filter(None, (one.key, _place(one.params)))) for one in found]


def _place(params: Mapping[str, object]) -> str:
    return ":".join(str(params[word]) for word in ("file", "line", "column") if word in params)


def _survey(house: House, code: str) -> SurveyView | None:
    with house.database.reading() as session:
        libraries, language = house.libraries, house.settings.language
        return survey_view(session, lambda one, case: scenario_of(one, libraries, case), code, language)


def _approval(house: House, code: str, name: str, link: str) -> ApprovalView | None:
    settings = house.settings
    lasts = timedelta(days=settings.answer_days)
    with house.database.reading() as session:
        now, language = house.clock.now(), settings.language
        return approval_view(session, code, name, link, now, answered_for=lasts, language=language)


def _review(house: House, code: str) -> ReviewView | None:
    settings = house.settings
    with house.database.reading() as session:
        return review_view(
            session,
            code,
            house.clock.now(),
            answered_for=timedelta(days=settings.answer_days),
            key=secret_of(settings).encode(),
        )
