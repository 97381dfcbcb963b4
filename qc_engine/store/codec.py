"""The core's types to JSON and back, checked on the way in by their annotations."""

from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from qc_engine.core import effects, events
from qc_engine.core.case import Case
from qc_engine.core.effects import Effect
from qc_engine.core.events import Event

EVENTS: dict[str, Any] = {
    one.__name__: one for part in get_args(events.Event) for one in (get_args(part) or (part,))
}
EFFECTS: dict[str, Any] = {one.__name__: one for one in get_args(effects.Effect)}


@cache
def _adapter(of: Any) -> TypeAdapter[Any]:
    return TypeAdapter(of)


def dump(value: Any, of: Any) -> dict[str, Any]:
    data: dict[str, Any] = _adapter(of).dump_python(value, mode="json")
    return data


def load(data: dict[str, Any], of: Any) -> Any:
    """What `dump` wrote; raises pydantic's ValidationError for anything else."""
    return _adapter(of).validate_python(data)


def dump_event(event: Event) -> dict[str, Any]:
    return dump(event, type(event))


def event_as_json(event: Event) -> str:
    """The same as text, for the hot doors."""
    text: str = _adapter(EVENTS[type(event).__name__]).dump_json(event).decode()
    return text


def load_event(kind: str, data: dict[str, Any]) -> Event:
    event: Event = _adapter(EVENTS[kind]).validate_python(data)
    return event


def dump_effect(effect: Effect) -> dict[str, Any]:
    return dump(effect, type(effect))


def load_effect(kind: str, data: dict[str, Any]) -> Effect:
    effect: Effect = _adapter(EFFECTS[kind]).validate_python(data)
    return effect


def dump_case(case: Case) -> dict[str, Any]:
    return dump(case, Case)


def load_case(data: dict[str, Any]) -> Case:
    case: Case = _adapter(Case).validate_python(data)
    return case
