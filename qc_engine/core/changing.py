"""A changed copy of a frozen value: what dataclasses.replace does, many times quicker."""

from typing import Any, TypeVar

Value = TypeVar("Value")
_new = object.__new__


def changed(value: Value, changes: dict[str, Any]) -> Value:
    """The same value with other fields; for dataclasses without slots and without computed fields.

    Raises AttributeError for a field that the value does not have.
    """
    copy = _new(value.__class__)
    fields = copy.__dict__
    fields.update(value.__dict__)
    known = len(fields)
    fields.update(changes)
    if len(fields) != known:
        unknown = sorted(changes.keys() - value.__dict__.keys())
        raise AttributeError(f"{type(value).__name__} has no field {', '.join(unknown)}")
    return copy
