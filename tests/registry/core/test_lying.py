"""How a part may lie: the ways are turns of the same box, and SQL's bounds never rule out what has room."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from registry.core.capability import Size
from registry.core.lying import as_drawn, bounds, fits, way_that_fits, ways_to_lie

LENGTHS = st.sampled_from([0.4, 10.0, 99.999, 100.0, 100.011, 180.0, 250.0])
BOXES = st.builds(Size, LENGTHS, LENGTHS, LENGTHS)


def sides(size: Size) -> list[float]:
    return sorted((size.x, size.y, size.z))


@given(BOXES)
def test_every_way_is_the_same_box_with_another_side_down(size: Size) -> None:
    ways = ways_to_lie(size)
    assert [way.name for way in ways] == ["as drawn", "on its back", "on its left side"]
    assert all(sides(way.size) == sides(size) for way in ways)
    assert sorted(way.size.z for way in ways) == sides(size)


@given(BOXES, BOXES)
def test_some_way_fits_exactly_when_the_box_has_room_in_some_turn(size: Size, room: Size) -> None:
    turned = (
        Size(*order)
        for order in (
            (size.x, size.y, size.z), (size.x, size.z, size.y), (size.y, size.z, size.x),
            (size.y, size.x, size.z), (size.z, size.x, size.y), (size.z, size.y, size.x),
        )
    )  # fmt: skip
    assert (way_that_fits(ways_to_lie(size), room) is not None) == any(fits(one, room) for one in turned)


@given(BOXES, BOXES, st.booleans())
def test_the_bounds_never_rule_out_what_has_room(size: Size, room: Size, lay: bool) -> None:
    ways = ways_to_lie(size) if lay else (as_drawn(size),)
    short, long, high = bounds(ways)
    allowed = fits(Size(short, long, high), room)
    assert allowed >= (way_that_fits(ways, room) is not None)
    if not lay:
        assert allowed == fits(size, room)


def test_it_is_laid_only_when_it_has_no_room_as_drawn() -> None:
    tall = ways_to_lie(Size(20, 30, 240))
    as_it_is = way_that_fits(tall, Size(250, 210, 250))
    laid = way_that_fits(tall, Size(250, 210, 210))
    assert as_it_is is not None
    assert as_it_is.name == "as drawn"
    assert laid is not None
    assert laid.name == "on its back"
    assert laid.size == Size(20, 240, 30)
    assert way_that_fits(tall, Size(200, 200, 200)) is None


@pytest.mark.parametrize("margin", [0.0, 3.0])
def test_a_brim_goes_around_the_part_as_it_lies(margin: float) -> None:
    laid = ways_to_lie(Size(20, 30, 240))[2].with_margin(margin)
    assert laid.size == Size(240 + 2 * margin, 30 + 2 * margin, 20)
