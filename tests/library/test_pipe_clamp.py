"""The clamp round its pipe."""

import math

import pytest

from tests.library.models import Library
from tests.library.solids import box, clear, moved, overlap, rod, size, teardrop_area

from cadquery import Shape  # isort: skip

EDGE = 0.6
M5_HOLE, M5_SEAT, M5_WASHER = 5.5, 10.5, 10.0


def closed(library: Library, gap: float = 2.0, **values: float) -> tuple[Shape, Shape]:
    """Both parts with the pipe's axis along Z through the origin, as before the screws are tight."""
    saddle, cap = library.bodies("pipe-clamp", squeeze_gap=gap, **values).values()
    return moved(saddle, y=-box(saddle)[4] - gap / 2), moved(cap, y=-box(cap)[1] + gap / 2)


def segment(radius: float, height: float) -> float:
    """Area of a circle below the line at `height` under its middle."""
    return radius**2 * math.acos(height / radius) - height * math.sqrt(radius**2 - height**2)


def test_saddle_volume(library: Library) -> None:
    saddle = library.bodies("pipe-clamp")["saddle"]
    bore, split, width = 25.3 / 2, 1.0, 20.0
    half_length = bore + 5 + M5_SEAT
    height = bore + 5 - split
    area = 2 * half_length * height - segment(bore, split)
    outline = 2 * half_length + 2 * height + 2 * (half_length - math.sqrt(bore**2 - split**2))
    outline += 2 * bore * math.acos(split / bore)
    bevels = 2 * outline * EDGE**2 / 2
    drilled = 2 * teardrop_area(M5_HOLE / 2) * height
    assert saddle.Volume() == pytest.approx(area * width - bevels - drilled, rel=2e-4)
    assert size(saddle) == pytest.approx((2 * half_length, height, width), abs=1e-3)


def test_cap_volume(library: Library) -> None:
    cap = library.bodies("pipe-clamp")["cap"]
    bore, split, wall, width = 25.3 / 2, 1.0, 5.0, 20.0
    ring = segment(bore + wall, split) - segment(bore, split)
    # What the ears add beside the ring: their rectangle less the part of the ring below their top.
    ring_below_top = (segment(bore + wall, split) - segment(bore + wall, split + wall)) / 2
    ears = 2 * ((bore + wall + M5_SEAT) * wall - ring_below_top)
    drilled = 2 * teardrop_area(M5_HOLE / 2) * wall
    expected = (ring + ears) * width - drilled
    outline = 2 * math.pi * (2 * bore + wall) / 2 + 4 * (M5_SEAT + wall)
    assert expected - outline * EDGE**2 < cap.Volume() < expected
    assert size(cap)[1] == pytest.approx(bore + wall - split, abs=1e-3)


@pytest.mark.parametrize("values", [{}, {"pipe_diameter": 60, "wall": 8}, {"pipe_diameter": 8, "wall": 4}])
def test_pipe_screws_and_washers_fit(library: Library, values: dict[str, float]) -> None:
    saddle, cap = closed(library, **values)
    pipe = rod(values.get("pipe_diameter", 25), (0, 0, -20), (0, 0, 40))
    assert clear(saddle, pipe)
    assert clear(cap, pipe)
    assert clear(saddle, cap)
    assert saddle.distance(cap) == pytest.approx(2.0, abs=1e-6)
    wall = values.get("wall", 5)
    for x in (-1, 1):
        at = x * (box(saddle)[3] - M5_SEAT / 2)
        screw = rod(5.0, (at, -100, 10), (at, 100, 10))
        washer = rod(M5_WASHER, (at, 1 + wall, 10), (at, 2 + wall, 10))
        assert clear(saddle, screw)
        assert clear(cap, screw)
        assert clear(cap, washer)
        assert overlap(cap, moved(washer, y=-0.5)) > 1, "the washer rests on the ear"


def test_clamp_grips_when_the_gap_is_closed(library: Library) -> None:
    saddle, cap = closed(library)
    pipe = rod(25.0, (0, 0, 0), (0, 0, 20))
    assert overlap(moved(cap, y=-1.0), pipe) > 1
    assert clear(moved(cap, y=-1.0), saddle)
