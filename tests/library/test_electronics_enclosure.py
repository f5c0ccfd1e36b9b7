"""The enclosure with a board, its plugs and its lid."""

import math

import pytest

from tests.library.models import Library
from tests.library.solids import block, box, clear, integral, moved, overlap, rod, size, turned

from cadquery import Shape  # isort: skip

WALL, EDGE, BOARD = 2.0, 0.8, 1.6
INSIDE = (87.0, 58.0)
BOSS = 2.6 / 2 + 2.0


def outline_area(chamfer: float = 0) -> float:
    """Of box and lid, smaller by `chamfer` all round: a rectangle and the part of each boss that stands out of it."""
    half_x, half_y = INSIDE[0] / 2 + WALL - chamfer, INSIDE[1] / 2 + WALL - chamfer
    r = BOSS - chamfer
    x, y = INSIDE[0] / 2 + 0.71 * BOSS, INSIDE[1] / 2 + 0.71 * BOSS

    def outside(u: float) -> float:
        """Height of the boss at x+u that is not inside the rectangle."""
        reach = math.sqrt(r * r - u * u)
        low = y - reach if x + u > half_x else max(y - reach, half_y)
        return max(0.0, y + reach - low)

    return 4 * half_x * half_y + 4 * integral(outside, -r, r)


def plate(thickness: float) -> float:
    """Volume of the outline with its lower edges chamfered."""
    steps = 20
    bevel = sum(outline_area(EDGE * (1 - (i + 0.5) / steps)) for i in range(steps)) * EDGE / steps
    return bevel + outline_area() * (thickness - EDGE)


def with_board(library: Library, preset: str | None = None) -> tuple[Shape, float]:
    """The box with its floor's middle at the origin and the height of the board's underside."""
    return library.bodies("electronics-enclosure", preset)["box"], WALL + 5.0


def lid_on(library: Library, preset: str | None = None) -> tuple[Shape, Shape]:
    box_part, lid = library.bodies("electronics-enclosure", preset).values()
    low, high = box(lid), box(box_part)
    lid = turned(moved(lid, y=-(low[1] + low[4]) / 2), 180, (0, 0, 0), (1, 0, 0))
    return box_part, moved(lid, z=high[5] - box(lid)[5] + (low[5] - 2.0))


def test_lid_volume(library: Library) -> None:
    lid = library.bodies("electronics-enclosure")["lid"]
    x, y = INSIDE[0] - 0.4, INSIDE[1] - 0.4
    rim = (x * y - (x - 3.2) * (y - 3.2)) * 2.0
    holes = 4 * math.pi * 1.7**2 * WALL
    assert lid.Volume() == pytest.approx(plate(WALL) + rim - holes, rel=2e-4)


def test_box_volume(library: Library) -> None:
    made = library.bodies("electronics-enclosure", vents=False, port_width=0)["box"]
    height = WALL + 5 + BOARD + 22
    room = INSIDE[0] * INSIDE[1] * (height - WALL)
    standoffs = 4 * math.pi * ((2.1 / 2 + 1.6) ** 2 - (2.1 / 2) ** 2) * 5
    screws = 4 * math.pi * 1.3**2 * 10
    assert made.Volume() == pytest.approx(plate(height) - room + standoffs - screws, rel=2e-4)
    reach = (0.71 + 1) * 2 * BOSS
    assert size(made) == pytest.approx((INSIDE[0] + reach, INSIDE[1] + reach, height), abs=1e-3)


def test_vents_are_slots_through_both_walls(library: Library) -> None:
    closed = library.bodies("electronics-enclosure", vents=False)["box"]
    made = library.bodies("electronics-enclosure")["box"]
    slots = int((INSIDE[0] - 10) // 5)
    height = 22 - 2.0 - 2 * 3.0
    assert closed.Volume() - made.Volume() == pytest.approx(2 * slots * 2.0 * height * WALL, rel=1e-6)


def test_raspberry_pi_goes_in(library: Library) -> None:
    made, under = with_board(library, "raspberry_pi")
    board = block(-42.5, -28, under, 42.5, 28, under + BOARD)
    plugs = block(20, -25, under + BOARD, 60, 25, under + BOARD + 16)
    assert clear(made, board)
    assert clear(made, plugs)
    for x in (-42.5 + 3.5, -42.5 + 61.5):
        for y in (-24.5, 24.5):
            assert clear(made, rod(2.0, (x, y, WALL + 0.1), (x, y, 30)))
            assert overlap(made, rod(2.5, (x, y, WALL), (x, y, under))) > 1, "a screw cuts its thread"
            assert overlap(made, rod(5.0, (x, y, under - 1), (x, y, under))) > 5, "the board rests here"


@pytest.mark.parametrize("preset", [None, "perfboard", "closed"])
def test_lid_closes_the_box(library: Library, preset: str | None) -> None:
    made, lid = lid_on(library, preset)
    assert clear(made, lid)
    assert made.distance(lid) < 1e-6, "it rests on the walls"
    assert clear(made, moved(lid, x=0.19))
    assert overlap(made, moved(lid, x=0.4)) > 0.5
    top = box(made)[5]
    hole = 4.0 if preset == "closed" else 2.6
    boss = hole / 2 + 2
    at_x, at_y = box(made)[3] - boss, box(made)[4] - boss
    for x in (-at_x, at_x):
        for y in (-at_y, at_y):
            assert clear(lid, rod(3.0, (x, y, top - 8), (x, y, top + 5)))
            assert clear(made, rod(hole - 0.05, (x, y, top - 8), (x, y, top + 5)))
