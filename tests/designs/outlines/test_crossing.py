"""Crossings are found wherever they are, and not where there are none."""

from math import cos, hypot, sin, tau

from hypothesis import given, settings
from hypothesis import strategies as st

from designs.outlines.crossing import crossing_of
from designs.outlines.curves import Point


def ring(centre: Point, radius: float, count: int, turn: float = 0.0) -> list[Point]:
    return [
        (centre[0] + radius * cos(turn + tau * i / count), centre[1] + radius * sin(turn + tau * i / count))
        for i in range(count)
    ]


@settings(deadline=None)
@given(
    distance=st.floats(0, 60), one=st.floats(1, 20), other=st.floats(1, 20),
    counts=st.tuples(st.integers(24, 90), st.integers(24, 90)),
)  # fmt: skip
def test_rings_cross_as_circles_do(distance: float, one: float, other: float, counts: tuple[int, int]) -> None:
    found = crossing_of([ring((0, 0), one, counts[0]), ring((distance, 0), other, counts[1], 0.1)])
    slack = 0.01 * (one + other)  # of polygons that stand for circles
    if abs(one - other) + slack < distance < one + other - slack:
        assert found is not None
        assert one * cos(tau / 48) - 1e-6 <= hypot(*found) <= one + 1e-6
    elif distance > one + other or distance + min(one, other) < max(one, other) * cos(tau / 48):
        assert found is None


@given(st.integers(3, 40), st.floats(1, 100))
def test_one_ring_crosses_nothing(count: int, radius: float) -> None:
    assert crossing_of([ring((5, -3), radius, count), ring((5, -3), radius / 3, count)]) is None


def test_long_and_short_pieces_meet() -> None:
    comb = [(float(x), 0.5 if x % 2 else -0.5) for x in range(400)] + [(400.0, -50.0), (0.0, -50.0)]
    bar = [(-10.0, 0.0), (500.0, 0.0), (500.0, 30.0), (-10.0, 30.0)]
    assert crossing_of([bar, comb]) is not None
    assert crossing_of([[(x, y + 0.6) for x, y in bar], comb]) is None
