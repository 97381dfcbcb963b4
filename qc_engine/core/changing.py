"""A changed copy of a frozen value: what dataclasses.replace does, many times quicker."""

from typing import Any, TypeVar

Value = TypeVar("Value")


def changed(value: Value, changes: dict[str, Any]) -> Value:
    """The same value with other fields; for dataclasses without slots and without computed fields.

    Raises AttributeError for a field that the value does not have.
    """
    fields = {**value.__dict__, **changes}
    if len(fields) != len(value.__dict__):
        unknown = sorted(changes.keys() - value.__dict__.keys())
        raise AttributeError(f"{type(value).__name__} has no field {', '.join(unknown)}")
    copy = object.__new__(type(value))
    copy.__dict__.update(fields)
    return copy
