"""How many copies lie on a plate."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from registry.core.matching import Size, fits
from registry.core.plates import PLATE_GAP_MM, capacity

SIDES = st.floats(0.5, 300)
ENVELOPE = Size(250, 210, 210)


@pytest.mark.parametrize(
    ("box", "copies"),
    [
        ((250, 210, 210), 1),
        ((122, 102, 10), 4),
        ((122.001, 102, 10), 2),
        ((60, 204, 10), 3),
        ((10, 10, 211), 0),
        ((211, 251, 10), 0),
        ((42, 84, 50), 10),
    ],
)
def test_copies_stand_in_a_grid_with_a_gap(box: tuple[float, float, float], copies: int) -> None:
    assert capacity(*box, ENVELOPE) == copies


def _grids(short: float, long: float, envelope: Size, copies: int) -> list[tuple[float, float]]:
    """Width and depth of every grid that holds so many copies."""
    found = []
    for wide, deep in ((short, long), (long, short)):
        for columns in range(1, copies + 1):
            rows = -(-copies // columns)
            across = columns * (wide + PLATE_GAP_MM) - PLATE_GAP_MM
            along = rows * (deep + PLATE_GAP_MM) - PLATE_GAP_MM
            if across <= envelope.x + 1e-6 and along <= envelope.y + 1e-6:
                found.append((across, along))
    return found


@given(SIDES, SIDES, st.floats(1, 300), st.builds(Size, *[st.floats(20, 400)] * 3))
def test_as_many_as_it_says_stand_inside_and_no_more(a: float, b: float, high: float, envelope: Size) -> None:
    short, long = sorted((a, b))
    copies = capacity(short, long, high, envelope)
    assert (copies > 0) == fits(Size(short, long, high), envelope)
    if copies > 1:
        assert _grids(short, long, envelope, copies)
    if 0 < copies < 200:
        bare = Size(envelope.x - 1e-5, envelope.y - 1e-5, envelope.z)
        assert not _grids(short, long, bare, copies + 1)


@given(SIDES, SIDES, st.builds(Size, *[st.floats(20, 400)] * 3))
def test_it_does_not_matter_how_the_machine_is_turned(a: float, b: float, envelope: Size) -> None:
    short, long = sorted((a, b))
    turned = Size(envelope.y, envelope.x, envelope.z)
    assert capacity(short, long, 1, envelope) == capacity(short, long, 1, turned)
