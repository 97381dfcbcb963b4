"""Every call of the console's powers, each kind a module of one shape."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter

from qc_engine.web.api import Guard
from qc_engine.web.calls import (
    analytics,
    cases,
    complaints,
    connections,
    engine,
    funnel,
    persons,
    queue,
    reviews,
    scenario_pasts,
    scenario_texts,
    scenario_trials,
    scenario_upkeep,
    scenarios,
    users,
    webhooks,
)
from qc_engine.web.calls.door import Calling, calling_of
from qc_engine.web.console.room import Console

KINDS: Sequence[Callable[[Console, Calling], APIRouter]] = (
    cases.make_router,
    queue.make_router,
    funnel.make_router,  # before the review of a case: 'funnel' is none
    reviews.make_router,
    complaints.make_router,
    analytics.make_router,
    scenarios.make_router,
    scenario_texts.make_router,
    scenario_trials.make_router,
    scenario_pasts.make_router,
    scenario_upkeep.make_router,
    engine.make_router,
    connections.make_router,
    webhooks.make_router,
    users.make_router,
    persons.make_router,
)


def routers(console: Console, guard: Guard) -> Sequence[APIRouter]:
    calling = calling_of(console, guard)
    return [kind(console, calling) for kind in KINDS]
