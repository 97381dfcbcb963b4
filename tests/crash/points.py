"""Named moments at which the engine can be made to die: before and after every commit and every call.

Nothing of this is in the product: a doomed process wraps its functions before it begins, see `doomed`.
"""

import importlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

DELIVERER, HANDLER = "qc_engine.flow.deliver:Deliverer", "qc_engine.flow.handle:Handler"
POLLER, DOOR = "qc_engine.flow.poll:Poller", "qc_engine.store.group_commit:GroupCommit"
BEFORE, AFTER = True, False


@dataclass(frozen=True)
class Point:
    """Just before or just after a function of the product; `owner` is a class or a module."""

    owner: str
    name: str
    before: bool
    only: Callable[..., bool] = lambda *_, **__: True  # of these calls
    useful: Callable[[Any], bool] = lambda _: True  # of these results
    sqlite_only: bool = False
    rare: bool = False  # only reached when something was in hand at the kill before


def _of_the_clock(_: object, source: str, *__: object, **___: object) -> bool:
    return source == "clock"


def _tries_something(_: object, fresh: object) -> bool:
    return bool(fresh)


IN_HAND = "effect: sent, before it is recorded"
POINTS: dict[str, Point] = {
    # what comes in
    "webhook: before it is stored": Point(DOOR, "_transact", BEFORE, lambda _, group, __: bool(group)),
    "webhook: stored, not yet answered": Point(DOOR, "_transact", AFTER, lambda _, group, __: bool(group)),
    "poll: read, before the commit": Point(POLLER, "_keep", AFTER),
    "poll: committed": Point(POLLER, "_page", AFTER),
    "hint: looked at, before the commit": Point("qc_engine.store.inbox", "finish_hints", AFTER),
    "hint: committed": Point(POLLER, "look", AFTER, useful=bool),
    "timer: in the inbox, before the commit": Point("qc_engine.store.inbox", "add", AFTER, _of_the_clock),
    # a decision
    "decision: before it is saved": Point(HANDLER, "_save", BEFORE),
    "decision: saved, before the commit": Point(HANDLER, "_save", AFTER),
    "decision: committed": Point(HANDLER, "_handle", AFTER, useful=bool),
    # what goes out
    "effect: claimed, before the commit": Point("qc_engine.store.outbox", "claim", AFTER),
    "effect: committed, before it is sent": Point(DELIVERER, "_perform", BEFORE, _tries_something),
    IN_HAND: Point(DELIVERER, "_perform", AFTER, _tries_something),
    "effect: recorded, before the commit": Point(DELIVERER, "_record_all", AFTER),
    "effect: committed": Point(DELIVERER, "_recorded", AFTER),
    "search: before it": Point(DELIVERER, "_find", BEFORE, rare=True),
    "search: found or not, before that is recorded": Point(DELIVERER, "_find", AFTER, rare=True),
    "lease: taken back, before the commit": Point(
        "qc_engine.store.outbox", "expired", AFTER, useful=bool, rare=True
    ),
    # the database's own work
    "checkpoint: before it": Point("qc_engine.store.checkpoints", "_checkpoint", BEFORE, sqlite_only=True),
    "checkpoint: done": Point("qc_engine.store.checkpoints", "_checkpoint", AFTER, sqlite_only=True),
}


def doom(name: str, passes: int) -> None:
    """From now on this process dies there, the so-many-th time it comes by."""
    point = POINTS[name]
    owner = _owner(point.owner)
    left = [passes]
    setattr(owner, point.name, _wrapped(getattr(owner, point.name), point, left))


def _wrapped(function: Callable[..., Any], point: Point, left: list[int]) -> Callable[..., Any]:
    def pass_by(*given: Any, **named: Any) -> None:
        if point.only(*given, **named):
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    @wraps(function)
    def around(*given: Any, **named: Any) -> Any:
        if point.before:
            pass_by(*given, **named)
            return function(*given, **named)
        result = function(*given, **named)
        if point.useful(result):
            pass_by(*given, **named)
        return result

    return around


def _owner(where: str) -> Any:
    module, _, name = where.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found
