"""The curves of which an outline is made. Lengths in mm, angles in radians, y upwards."""

from dataclasses import dataclass
from itertools import pairwise
from math import acos, ceil, cos, hypot, pi, sin, tau

Point = tuple[float, float]

FLAT_MM = 0.01
"""How far points that stand for a curve may leave it: finer than a laser's kerf varies."""
FULL_TURN = 1e-9
"""Of a full turn, radians: an arc that lacks no more is a circle."""


@dataclass(frozen=True)
class Straight:
    """A line from one point to another."""

    start: Point
    end: Point

    def reversed(self) -> "Straight":
        return Straight(self.end, self.start)

    def points(self) -> list[Point]:
        return [self.start, self.end]


@dataclass(frozen=True)
class Arc:
    """Of a circle; `sweep` is positive anticlockwise, at most a full turn."""

    centre: Point
    radius: float
    first: float
    sweep: float

    @property
    def start(self) -> Point:
        return self.at(0.0)

    @property
    def end(self) -> Point:
        return self.start if self.whole else self.at(1.0)

    @property
    def whole(self) -> bool:
        """Whether it is a circle."""
        return abs(self.sweep) >= tau - FULL_TURN

    def at(self, share: float) -> Point:
        angle = self.first + self.sweep * share
        return self.centre[0] + self.radius * cos(angle), self.centre[1] + self.radius * sin(angle)

    def reversed(self) -> "Arc":
        return Arc(self.centre, self.radius, self.first + self.sweep, -self.sweep)

    def points(self) -> list[Point]:
        step = 2 * acos(max(1 - FLAT_MM / self.radius, cos(pi / 8)))
        count = max(ceil(abs(self.sweep) / step), 8 if self.whole else 1)
        return [self.at(index / count) for index in range(count)] + [self.end]


@dataclass(frozen=True)
class Bezier:
    """Of the second or third degree, by its control points."""

    controls: tuple[Point, ...]

    @property
    def start(self) -> Point:
        return self.controls[0]

    @property
    def end(self) -> Point:
        return self.controls[-1]

    def reversed(self) -> "Bezier":
        return Bezier(self.controls[::-1])

    def points(self) -> list[Point]:
        around = sum(distance(one, other) for one, other in pairwise(self.controls))
        count = min(max(ceil((around / FLAT_MM) ** 0.5 / 2), 4), 500)
        return [self.at(index / count) for index in range(count)] + [self.end]

    def at(self, share: float) -> Point:
        row = list(self.controls)
        while len(row) > 1:
            row = [(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for (x0, y0), (x1, y1) in pairwise(row)]
        return row[0]


Curve = Straight | Arc | Bezier
Chain = tuple[Curve, ...]
"""Curves one after another."""


def distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def backwards(chain: Chain) -> Chain:
    return tuple(curve.reversed() for curve in reversed(chain))


def polygon(loop: Chain) -> list[Point]:
    """Points that stand for a closed chain, the first not repeated."""
    return [point for curve in loop for point in curve.points()[:-1]]


def area(points: list[Point]) -> float:
    """mm², positive anticlockwise."""
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2
