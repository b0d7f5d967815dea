from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import ClassVar

import pytest

from escalate.domain.value import Value, plain


class Point(Value):
    kind: ClassVar[str] = "point"
    x: int
    y: int = 0


class Named(Point):
    name: str


class Colour(Enum):
    RED = "red"


def test_fields_are_the_annotations_in_order_without_those_of_the_class():
    assert Named._fields == ("x", "y", "name")


def test_a_value_is_equal_to_another_with_the_same_fields_and_type():
    assert Point(x=1) == Point(x=1, y=0)
    assert hash(Point(x=1)) == hash(Point(x=1, y=0))
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != Named(x=1, name="a")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({}, "Point needs x", id="one is missing"),
        pytest.param({"x": 1, "z": 2, "a": 3}, "Point has no a, z", id="two are not known"),
    ],
)
def test_fields_are_given_by_name_and_completely(given, says):
    with pytest.raises(TypeError, match=says):
        Point(**given)


def test_a_value_does_not_change_and_but_makes_another():
    one = Point(x=1)

    with pytest.raises(AttributeError, match="Point is frozen"):
        one.x = 2

    assert (one.but(x=2), one) == (Point(x=2), Point(x=1))
    with pytest.raises(TypeError, match="has no z"):
        one.but(z=1)


def test_repr_shows_every_field():
    assert repr(Named(x=1, name="a")) == "Named(x=1, y=0, name='a')"


@pytest.mark.parametrize(
    ("value", "as_json"),
    [
        (datetime(2026, 11, 21, 21, 0, tzinfo=UTC), "2026-11-21T21:00:00.000000Z"),
        (timedelta(minutes=5, milliseconds=900), 300),
        (Colour.RED, "red"),
        ({"b", "a"}, ["a", "b"]),
        ((1, [Point(x=1)]), [1, [{"x": 1, "y": 0}]]),
        ({1: {"at": timedelta(seconds=1)}}, {"1": {"at": 1}}),
        (None, None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_plain_is_what_json_can_hold(value, as_json):
    assert plain(value) == as_json
    assert json.loads(json.dumps(plain(value))) == as_json
