"""Values that decisions make by the dozen: frozen, and made quickly."""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

Kind = TypeVar("Kind")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[Kind]) -> type[Kind]:
    """A frozen dataclass that is filled at once, past the guard which keeps it as it is afterwards.

    Asking that guard about each field takes most of the time of making one. For plain fields only: no
    InitVar, no `init=False`, no `kw_only=True`; and for classes without `__post_init__` and slots.
    """
    made = dataclass(frozen=True)(kind)
    made.__init__ = _filling(made)  # type: ignore[method-assign]
    return made


def _filling(kind: Any) -> Callable[..., None]:
    """def __init__(self, key, effect, waits_for=waits_for): made = self.__dict__; made["key"] = key; ..."""
    known = fields(kind)
    namespace = {name: default for one in known for name, default in _defaults(one).items()}
    arguments = ", ".join(f"{one.name}={one.name}" if one.name in namespace else one.name for one in known)
    lines = [f"    _made[{one.name!r}] = {_given(one)}" for one in known]
    text = "\n".join([f"def __init__(self, {arguments}):", "    _made = self.__dict__", *lines])
    exec(text, namespace)  # noqa: S102 (nothing but the names of our own fields, as dataclasses do it)
    init: Callable[..., None] = namespace["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    return init


def _defaults(one: "Field[Any]") -> dict[str, Any]:
    if one.default_factory is not MISSING:
        return {one.name: MISSING, f"_new_{one.name}": one.default_factory, "_MISSING": MISSING}
    return {} if one.default is MISSING else {one.name: one.default}


def _given(one: "Field[Any]") -> str:
    if one.default_factory is MISSING:
        return one.name
    return f"_new_{one.name}() if {one.name} is _MISSING else {one.name}"
