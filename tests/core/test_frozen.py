"""A frozen value is what a frozen dataclass would have been, made by a quicker way."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from qc_engine.core.frozen import frozen


@frozen
class Quick:
    """Something with every kind of field, also one called as the library calls its own."""

    name: str
    number: int = 3
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plain:
    """The same by the library alone."""

    name: str
    number: int = 3
    fields: Mapping[str, str] = field(default_factory=dict)


@pytest.mark.parametrize("given", [("a",), ("a", 4), ("a", 4, {"x": "y"})])
def test_it_is_filled_as_a_dataclass_is(given):
    assert repr(Quick(*given)) == repr(Plain(*given)).replace("Plain", "Quick")
    assert Quick(*given) == Quick(*given)
    assert Quick(*given) != Quick("b")


def test_fields_may_be_given_by_name_and_replaced():
    assert replace(Quick(name="a"), number=5) == Quick("a", number=5)
    assert [one.name for one in fields(Quick)] == ["name", "number", "fields"]


def test_each_has_a_default_of_its_own():
    assert Quick("a").fields == {}
    assert Quick("a").fields is not Quick("a").fields


def test_it_stays_as_it_was_made():
    with pytest.raises(FrozenInstanceError):
        Quick("a").number = 4  # type: ignore[misc]


@pytest.mark.parametrize("wrong", [{}, {"name": "a", "other": 1}])
def test_what_does_not_fit_is_a_mistake(wrong):
    with pytest.raises(TypeError):
        Quick(**wrong)
