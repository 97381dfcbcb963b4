"""A changed copy of a frozen value: what dataclasses.replace does, many times quicker."""

from typing import Any, TypeVar

Value = TypeVar("Value")


def changed(value: Value, changes: dict[str, Any]) -> Value:
    """The same value with other fields; for dataclasses without slots and without computed fields.

    Raises AttributeError for a field that the value does not have.
    """
    before = value.__dict__
    fields = {**before, **changes}
    if len(fields) != len(before):
        unknown = sorted(changes.keys() - before.keys())
        raise AttributeError(f"{type(value).__name__} has no field {', '.join(unknown)}")
    copy = object.__new__(type(value))
    object.__setattr__(copy, "__dict__", fields)
    return copy
