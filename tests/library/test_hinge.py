"""The hinge through its whole range."""

import math

import pytest

from tests.library.models import Library
from tests.library.solids import clear, countersink, integral, moved, overlap, rod, size, turned

RADIUS, THICKNESS, CLEARANCE = 4.5, 3.2, 0.35
SMALL = {"length": 30, "knuckles": 3, "leaf_width": 20, "screws": 0, "clearance": CLEARANCE}


def knuckle_area() -> float:
    """Knuckle and the piece of leaf up to the plate, seen along the axis: how much is filled over each x."""
    r, start = RADIUS, RADIUS + CLEARANCE
    flat, slope = r * (math.sqrt(2) - 1), r / math.sqrt(2)

    def filled(x: float) -> float:
        if x > r:
            return THICKNESS
        half = math.sqrt(r * r - x * x)
        low = r - half
        if x >= 0:
            low = 0 if low <= THICKNESS else low
            return r + half - low if low == 0 else THICKNESS + 2 * half
        if -x <= flat:
            low = 0
        elif -x <= slope:
            low = -x - flat
        return r + half - low

    return integral(filled, -r, start, 20_000)


@pytest.mark.parametrize("degrees", [0, 1, 30, 60, 90, 120, 150, 179, 180])
@pytest.mark.parametrize("pin", ["print-in-place", "loose"])
def test_turns_from_open_to_closed(library: Library, degrees: float, pin: str) -> None:
    still, leaf = library.bodies("hinge", pin=pin, **SMALL).values()
    assert clear(still, turned(leaf, degrees, (0, 0, RADIUS), (0, 1, 0)))


def test_closed_leaves_stand_apart(library: Library) -> None:
    still, leaf = library.bodies("hinge", **SMALL).values()
    closed = turned(leaf, 180, (0, 0, RADIUS), (0, 1, 0))
    assert still.distance(closed) == pytest.approx(CLEARANCE, abs=1e-6)
    plates = moved(still, z=2 * RADIUS - 2 * THICKNESS + 0.05)
    assert overlap(plates, closed) > 1


def test_all_moving_faces_keep_the_clearance(library: Library) -> None:
    still, leaf = library.bodies("hinge", **SMALL).values()
    assert still.distance(leaf) == pytest.approx(CLEARANCE, abs=1e-6)


@pytest.mark.parametrize("step", [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
def test_printed_in_place_it_does_not_come_apart(library: Library, step: tuple[float, float, float]) -> None:
    still, leaf = library.bodies("hinge", **SMALL).values()
    assert overlap(still, moved(leaf, *step)) > 0.5


def test_loose_pin_goes_through(library: Library) -> None:
    for leaf in library.bodies("hinge", pin="loose", **SMALL).values():
        assert clear(leaf, rod(3.0, (0, -1, RADIUS), (0, 31, RADIUS)))
        assert overlap(leaf, rod(3.5, (0, -1, RADIUS), (0, 31, RADIUS))) > 1


@pytest.mark.parametrize(("body", "knuckles"), [("leaf_a", 3), ("leaf_b", 2)])
def test_volume_with_a_loose_pin(library: Library, body: str, knuckles: int) -> None:
    leaf = library.bodies("hinge", pin="loose")[body]
    length, width, start = 60.0, 28.0, RADIUS + CLEARANCE
    segment = (length - 4 * CLEARANCE) / 5
    plate = (width - start) * length * THICKNESS - 2 * (1 - math.pi / 4) * 3.0**2 * THICKNESS
    # The bevel runs round the outer corners; the knuckles at the ends fill its last millimetre.
    straight = (length - 2 * 3.0) + 2 * (width - start - 3.0) - (2 if body == "leaf_a" else 0)
    bevel = 0.5**2 / 2 * (straight + math.pi * (3.0 - 0.5 / 3))
    own = knuckles * segment * (knuckle_area() - math.pi * 1.6**2)
    expected = plate - bevel + own - 2 * countersink(4.4, 8.4, THICKNESS)
    assert leaf.Volume() == pytest.approx(expected, rel=3e-4)
    assert size(leaf) == pytest.approx((width + RADIUS, length, 2 * RADIUS), abs=1e-3)
