"""A changed copy is what dataclasses.replace would have made."""

from dataclasses import dataclass, replace

import pytest

from qc_engine.core.changing import changed


@dataclass(frozen=True)
class Point:
    """Something with two fields."""

    x: int
    y: int = 0


def test_a_copy_with_other_fields_and_the_old_value_as_it_was():
    point = Point(1, 2)
    assert changed(point, {"y": 5}) == replace(point, y=5)
    assert point == Point(1, 2)
    assert hash(changed(point, {"x": 3})) == hash(Point(3, 2))


def test_a_field_that_is_not_there_is_a_mistake():
    with pytest.raises(AttributeError, match="Point has no field z"):
        changed(Point(1), {"z": 1})
