"""The rack and its tools."""

import math

import pytest

from tests.library.models import Library, Value
from tests.library.solids import clear, countersink, rod, size

SHELF, PLATE, HEIGHT, SPACING, EDGE, LEAD = 5.0, 4.0, 40.0, 14.0, 0.6, 0.8


def rack(diameters: list[float], opening: float = 0) -> tuple[float, tuple[float, float, float]]:
    """Volume and size of a rack with these holes; `opening` is the share of a slot to the front."""
    length = sum(diameters) + (len(diameters) + 1) * SPACING
    depth = 8 + max(diameters) + 5
    shelf = length * (depth + PLATE) * SHELF - EDGE**2 * (length + depth + PLATE)
    bevel_corners = 4 * EDGE**3 / 3
    reach = min(HEIGHT - SHELF, depth)
    body = shelf + bevel_corners + length * PLATE * (HEIGHT - SHELF) + 2 * 3.0 * reach**2 / 2
    for diameter in diameters:
        r = diameter / 2
        cone = math.pi / 3 * LEAD * (r * r + r * (r + LEAD) + (r + LEAD) ** 2) - math.pi * r * r * LEAD
        body -= math.pi * r * r * SHELF + cone
        if opening:
            half = opening * r
            inside = half * math.sqrt(r * r - half * half) + r * r * math.asin(half / r)
            # The middles stand in one line behind the front edge.
            body -= (2 * half * (max(diameters) / 2 + 5) - inside) * SHELF
    return body - 2 * countersink(4.4, 8.4, PLATE), (length, depth + PLATE, HEIGHT)


def test_volume_and_size(library: Library) -> None:
    made = library.body("tool-rack")
    volume, extent = rack([8 + i * 6 / 5 for i in range(6)])
    assert made.Volume() == pytest.approx(volume, rel=1e-4)
    assert size(made) == pytest.approx(extent, abs=1e-3)


def test_open_front(library: Library) -> None:
    values: dict[str, Value] = {
        "slots": 3,
        "first_diameter": 20,
        "last_diameter": 20,
        "open_front": True,
        "opening": 0.6,
    }
    made = library.body("tool-rack", **values)
    volume, extent = rack([20.0] * 3, 0.6)
    # The slots also take a little of the chamfers at the front edge and of the holes' mouths: bounds, not equality.
    assert made.Volume() == pytest.approx(volume, rel=2e-3)
    assert size(made) == pytest.approx(extent, abs=1e-3)
    x = SPACING + 10
    for y in (-18, -25, -32):
        assert clear(made, rod(11.9, (x, y, -1), (x, y, 30))), "a shaft slides in from the front"


def test_tools_stand_in_their_holes(library: Library) -> None:
    made = library.body("tool-rack")
    at = 0.0
    for i in range(6):
        diameter = 8 + i * 6 / 5
        at += SPACING + diameter / 2
        assert clear(made, rod(diameter - 0.02, (at, -15, -10), (at, -15, 60)))
        at += diameter / 2


def test_screws_reach_the_wall(library: Library) -> None:
    made = library.body("tool-rack")
    length = size(made)[0]
    for x in (length / 4, 3 * length / 4):
        z = (SHELF + HEIGHT) / 2
        assert clear(made, rod(4.0, (x, -60, z), (x, 10, z)))
        assert clear(made, rod(8.0, (x, -60, z), (x, 0, z)))
