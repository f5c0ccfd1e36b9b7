"""The pillow block with its bearing and shaft."""

import math

import pytest

from tests.library.models import Library
from tests.library.solids import clear, moved, overlap, rod, size, teardrop_area

from cadquery import Shape  # isort: skip

BEARINGS = {"608": (8, 22, 7), "625": (5, 16, 5), "6000": (10, 26, 8), "6001": (12, 28, 8), "6002": (15, 32, 9)}
"""Bore, outside diameter and width, ISO 15."""
HEIGHT, DEPTH, WALL, EDGE = 24.0, 14.0, 5.0, 0.6


def ring(bearing: str) -> Shape:
    """The bearing pressed home: its face flush with the block's."""
    bore, outside, width = BEARINGS[bearing]
    start, end = (0, HEIGHT, DEPTH - width), (0, HEIGHT, DEPTH)
    return rod(outside, start, end).cut(rod(bore, start, end))


@pytest.mark.parametrize("bearing", list(BEARINGS))
def test_bearing_sits_on_its_shoulder(library: Library, bearing: str) -> None:
    made = library.body("bearing-pillow-block", bearing=bearing)
    pressed = ring(bearing)
    assert clear(made, pressed)
    assert made.distance(pressed) < 1e-6
    assert overlap(made, moved(pressed, z=-0.2)) > 1, "the shoulder holds it"
    assert overlap(made, moved(pressed, x=0.3)) > 1, "the seat holds it"
    bore, outside, _ = BEARINGS[bearing]
    assert clear(made, rod(bore + 2, (0, HEIGHT, -10), (0, HEIGHT, 30))), "shaft and inner ring touch nothing"
    assert clear(made, rod(outside - 4, (0, HEIGHT, -10), (0, HEIGHT, 30)))


def test_volume(library: Library) -> None:
    made = library.body("bearing-pillow-block")
    seat = 22.1 / 2
    housing, base, thick = seat + WALL, 60 + 2.1 * 5 + 3, 8.0
    area = math.pi * housing**2 / 2 + 2 * housing * HEIGHT + (base - 2 * housing) * thick
    through, pocket = math.pi * (seat - 2) ** 2 * DEPTH, math.pi * (seat**2 - (seat - 2) ** 2) * 7
    lead = math.pi / 3 * 0.5 * (seat**2 + seat * (seat + 0.5) + (seat + 0.5) ** 2) - math.pi * seat**2 * 0.5
    screws = 2 * teardrop_area(2.75) * thick
    outline = base + 2 * thick + (base - 2 * housing) + 2 * (HEIGHT - thick) + math.pi * housing
    expected = area * DEPTH - through - pocket - lead - screws - outline * EDGE**2
    assert made.Volume() == pytest.approx(expected, rel=3e-4)
    assert size(made) == pytest.approx((base, HEIGHT + housing, DEPTH), abs=1e-3)


def test_fixing_screws_and_their_heads_fit(library: Library) -> None:
    made = library.body("bearing-pillow-block", hole_spacing=54)
    for x in (-27, 27):
        assert clear(made, rod(5.0, (x, -10, 7), (x, 40, 7)))
        assert clear(made, rod(8.5, (x, 8, 7), (x, 13, 7))), "an ISO 4762 M5 head"
