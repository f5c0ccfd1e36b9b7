"""The knob and its steel hex."""

import math

import pytest

from tests.library.models import Library, Value
from tests.library.solids import clear, hexagon, integral, overlap, rod, size

M8_FLATS, M8_HEAD, M8_NUT = 13.0, 5.3, 6.8


def lens(big: float, small: float, apart: float) -> float:
    """Area that two circles share."""
    if apart >= big + small:
        return 0.0
    a = math.acos((apart**2 + big**2 - small**2) / (2 * apart * big))
    b = math.acos((apart**2 + small**2 - big**2) / (2 * apart * small))
    return big**2 * (a - math.sin(2 * a) / 2) + small**2 * (b - math.sin(2 * b) / 2)


def grip(diameter: float, height: float, lobes: int, depth: float) -> float:
    """Volume of the bevelled disc less the hollows, slice by slice."""
    radius = diameter / 2
    hollow = radius * math.sin(math.pi / lobes) * 0.62 if lobes else 0
    apart = radius + hollow - min(depth, 0.8 * hollow)

    def area(z: float) -> float:
        from_end = min(z, height - z)
        r = radius - 1.5 * max(0.0, 1 - from_end / 1.8)
        return math.pi * r * r - (lobes * lens(r, hollow, apart) if lobes else 0)

    return integral(area, 0, height)


def hex_area(flats: float) -> float:
    return math.sqrt(3) / 2 * flats**2


@pytest.mark.parametrize(
    "values",
    [
        {"diameter": 42, "height": 16, "lobes": 6, "grip_depth": 4},
        {"diameter": 60, "height": 20, "lobes": 9, "grip_depth": 2},
    ],
)
def test_volume(library: Library, values: dict[str, Value]) -> None:
    knob = library.body("threaded-knob", **values)
    deep = M8_HEAD + 0.3
    body = grip(float(values["diameter"]), float(values["height"]), int(values["lobes"]), float(values["grip_depth"]))
    holes = hex_area(M8_FLATS + 0.2) * deep + math.pi * 4.5**2 * (float(values["height"]) - deep)
    assert knob.Volume() == pytest.approx(body - holes, rel=2e-4)


def test_plain_disc(library: Library) -> None:
    disc = library.body("threaded-knob", "disc")
    deep = 3.5 + 0.3
    holes = hex_area(8.2) * deep + math.pi * 2.75**2 * (14 - deep)
    assert disc.Volume() == pytest.approx(grip(32, 14, 0, 0) - holes, rel=2e-4)
    assert size(disc) == pytest.approx((32, 32, 14), abs=1e-3)


@pytest.mark.parametrize(("fastener", "height"), [("bolt", M8_HEAD), ("nut", M8_NUT)])
def test_hex_goes_in_and_cannot_turn(library: Library, fastener: str, height: float) -> None:
    knob = library.body("threaded-knob", fastener=fastener)
    seat = 16 - 0.3 - height
    assert clear(knob, hexagon(M8_FLATS, height, z=seat))
    assert clear(knob, rod(8.0, (0, 0, -10), (0, 0, 20)))
    for turn in (-5, 5, 30):
        assert overlap(knob, hexagon(M8_FLATS, height, z=seat, turn=turn)) > 1, turn
    assert overlap(knob, hexagon(M8_FLATS, height, z=seat - 0.5)) > 1, "it rests on the knob"


@pytest.mark.parametrize(("thread", "flats"), [("M4", 7), ("M5", 8), ("M6", 10), ("M10", 16), ("M12", 18)])
def test_every_thread_has_its_hex(library: Library, thread: str, flats: float) -> None:
    knob = library.body("threaded-knob", thread=thread)
    assert clear(knob, hexagon(flats, 1, z=15))
    assert overlap(knob, hexagon(flats + 0.5, 1, z=15)) > 0.1
    assert clear(knob, rod(float(thread[1:]), (0, 0, -1), (0, 0, 17)))
