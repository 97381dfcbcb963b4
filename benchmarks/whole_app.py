"""The real application, as far as a benchmark needs it."""

from dataclasses import MISSING, fields
from typing import Any


def whole_app(redirect: Any, hooks: Any, commit: Any, clock: Any) -> Any:
    """Everything that a visitor's request passes; what stands behind the other doors is never asked."""
    from qc_engine.web.app import Doors, make_app

    given = {"redirect": redirect, "hooks": hooks, "commit": commit, "clock": clock, "public_url": "http://x"}
    needed = [one.name for one in fields(Doors) if one.default is MISSING and one.default_factory is MISSING]
    return make_app(Doors(**{name: given.get(name, _nothing) for name in needed}))


def _nothing(*_: object) -> None:
    return None
