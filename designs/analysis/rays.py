"""Where rays leave a mesh: a tree of boxes over its triangles, walked for all rays at once. Lengths in mm."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from designs.mesh import Floats, Integers, Mesh

FAN = 4
"""Boxes within a box; the smallest hold one triangle."""
RAYS_AT_ONCE = 1024
MAX_PAIRS = 2_000_000
"""Of a ray and a box, in memory at once: a ray meets some dozens of boxes, but in a broken mesh it may be all."""
MAX_TESTS = 20_000_000
"""About a second; a part takes some hundred for each ray."""
_TRIANGLE_COST = 4
"""Of meeting a triangle, in tests of boxes."""
_REACHES = (1 / 32, 1 / 8, 2.0)
"""How far rays are followed at first, later and at last, as shares of the mesh's size: most walls are thin."""
_CURVE_BITS = 20
"""Of each coordinate along the curve that sorts the triangles: finer than any detail of a part."""
_NO_DIRECTION = 1e-300
"""In place of zero, so that a ray along an axis has a finite slope."""
_SLACK = 1e-9
"""Share of the mesh's size by which boxes and triangles are taken larger: a ray must not slip between two."""


_Columns = tuple[Floats, Floats, Floats] | Floats
"""x, y and z, each (k,)."""


@dataclass(frozen=True)
class RayTree:
    """Boxes over boxes over triangles.

    corners  (3 corners, 3 axes, m) float64, mm, in the tree's order
    order    (m,) int64: which triangle of the mesh stands at each place
    levels   from coarse to fine, down to single triangles: least and greatest corners, (3, k) float64 each
    size     mm, the diagonal of all
    """

    corners: Floats
    order: Integers
    levels: tuple[tuple[Floats, Floats], ...]
    size: float

    @classmethod
    def over(cls, mesh: Mesh) -> Self:
        """Of all triangles of a mesh that has some."""
        corners = mesh.corners
        least, greatest = mesh.bounds
        size = float(np.linalg.norm(greatest - least))
        order = np.argsort(_along_curve(corners.sum(axis=1) / 3, least, greatest), kind="stable")
        slack = _SLACK * size
        a, b, c = columns = np.ascontiguousarray(corners[order].transpose(1, 2, 0))
        lowest, highest = np.minimum(np.minimum(a, b), c) - slack, np.maximum(np.maximum(a, b), c) + slack
        low, high = lowest, highest
        levels = [(low, high)]
        while low.shape[1] > FAN:
            low, high = _grouped(low, high, FAN)
            levels.append((low, high))
        return cls(columns, order, tuple(reversed(levels)), size)

    def exits(self, origins: Floats, directions: Floats, own: Integers) -> tuple[Floats, Integers]:
        """Where each ray first leaves the mesh through another triangle than its `own`.

        origins, directions  (n, 3) float64; directions are unit vectors
        own                  (n,) int64, the triangle on which a ray begins
        gives                distance (n,) float64, infinite where a ray does not leave; triangle (n,) int64, -1 there
        """
        distance, triangle = np.full(len(origins), np.inf), np.full(len(origins), -1, np.int64)
        left = np.arange(len(origins))
        for share in _REACHES:
            distance[left], triangle[left] = self.exits_within(
                share * self.size, origins[left], directions[left], own[left]
            )
            left = left[triangle[left] < 0]
        return distance, triangle

    def exits_within(
        self, reach: float, origins: Floats, directions: Floats, own: Integers, *, most_tests: int = MAX_TESTS
    ) -> tuple[Floats, Integers]:
        """As `exits`, but only as far as `reach` mm. Much faster where that is short.

        Where the triangles are all as large as the part, rays meet nearly all of them: after `most_tests` the last
        rays are given up, and count as not leaving.
        """
        nearest, triangle = np.full(len(origins), np.inf), np.full(len(origins), -1, np.int64)
        waiting = [np.arange(at, min(at + RAYS_AT_ONCE, len(origins))) for at in range(0, len(origins), RAYS_AT_ONCE)]
        waiting.reverse()
        tests = 0
        while waiting and tests < most_tests:
            some = waiting.pop()
            met, spent = self._meet_boxes(reach, origins[some], directions[some])
            tests += spent + (0 if met is None else _TRIANGLE_COST * len(met[0]))
            if met is None:
                waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
            else:
                nearest[some], triangle[some] = self._first(reach, origins[some], directions[some], own[some], *met)
        return nearest, triangle

    def _first(  # noqa: PLR0917  (as they stand beside each other)
        self, reach: float, origins: Floats, directions: Floats, own: Integers, ray: Integers, place: Integers
    ) -> tuple[Floats, Integers]:
        """Of the triangles whose boxes are met by each ray, the first that it leaves through."""
        apart = self.order[place] != own[ray]
        ray, place = ray[apart], place[apart]
        distance = _distances(origins[ray].T, directions[ray].T, self.corners[:, :, place], self.size)
        distance[distance > reach] = np.inf
        nearest = np.full(len(origins), np.inf)
        np.minimum.at(nearest, ray, distance)
        triangle = np.full(len(origins), -1, np.int64)
        best = np.isfinite(distance) & (distance == nearest[ray])
        triangle[ray[best]] = self.order[place[best]]
        return nearest, triangle

    def _meet_boxes(
        self, reach: float, origins: Floats, directions: Floats
    ) -> tuple[tuple[Integers, Integers] | None, int]:
        """Pairs of a ray and a place in the tree whose triangle it may meet, None where they are too many at once; and
        how many boxes were tried."""
        slopes = 1 / np.where(np.abs(directions) < _NO_DIRECTION, _NO_DIRECTION, directions)
        start, slope = np.ascontiguousarray(origins.T), np.ascontiguousarray(slopes.T)
        top = self.levels[0][0].shape[1]
        ray, box = np.repeat(np.arange(len(origins)), top), np.tile(np.arange(top), len(origins))
        tests = 0
        for depth, (low, high) in enumerate(self.levels):
            if depth:
                ray, box = _children(ray, box, FAN, low.shape[1])
            tests += len(ray)
            if len(ray) > MAX_PAIRS and len(origins) > 1:
                return None, tests
            enters, leaves = np.zeros(len(ray)), np.full(len(ray), reach)
            for axis in range(3):
                from_here, steep = start[axis][ray], slope[axis][ray]
                near, far = (low[axis][box] - from_here) * steep, (high[axis][box] - from_here) * steep
                np.maximum(enters, np.minimum(near, far), out=enters)
                np.minimum(leaves, np.maximum(near, far), out=leaves)
            met = leaves >= enters
            ray, box = ray[met], box[met]
        return (ray, box), tests


def _along_curve(points: Floats, least: Floats, greatest: Floats) -> Integers:
    """Places of points along a Z-shaped curve through their box: near there means near in space."""
    steps = (1 << _CURVE_BITS) - 1
    cells = ((points - least) / np.maximum(greatest - least, 1e-12) * steps).astype(np.uint64)
    return np.asarray(sum(_spread(cells[:, axis]) << np.uint64(axis) for axis in range(3)), np.int64)


def _spread(bits: np.typing.NDArray[np.uint64]) -> np.typing.NDArray[np.uint64]:
    """Two zero bits before each of the lowest 21 (magic masks: Morton codes, in any text on octrees)."""
    for shift, mask in (
        (32, 0x1F00000000FFFF),
        (16, 0x1F0000FF0000FF),
        (8, 0x100F00F00F00F00F),
        (4, 0x10C30C30C30C30C3),
        (2, 0x1249249249249249),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _grouped(low: Floats, high: Floats, count: int) -> tuple[Floats, Floats]:
    starts = np.arange(0, low.shape[1], count)
    return np.minimum.reduceat(low, starts, axis=1), np.maximum.reduceat(high, starts, axis=1)


def _children(ray: Integers, box: Integers, count: int, total: int) -> tuple[Integers, Integers]:
    inside = (box[:, None] * count + np.arange(count)).reshape(-1)
    there = inside < total
    return np.repeat(ray, count)[there], inside[there]


def _distances(start: Floats, along: Floats, corners: Floats, size: float) -> Floats:
    """Along each ray to its triangle's inner side, infinite where it misses or meets the outer side (Möller and
    Trumbore, 1997). start, along (3, k); corners (3 corners, 3 axes, k)."""
    first, second = corners[1] - corners[0], corners[2] - corners[0]
    across = _cross(along, second)
    scale = _dot(first, across)  # negative where the ray meets the inner side
    inner = scale < -1e-12 * np.sqrt(_dot(first, first) * _dot(second, second))
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=inner)
    offset = start - corners[0]
    turned = _cross(offset, first)
    u, v = _dot(offset, across) * inverse, _dot(along, turned) * inverse
    distance = _dot(second, turned) * inverse
    hit = inner & (u >= -_SLACK) & (v >= -_SLACK) & (u + v <= 1 + _SLACK) & (distance > -_SLACK * size)
    return np.where(hit, np.maximum(distance, 0.0), np.inf)


def _cross(a: _Columns, b: _Columns) -> _Columns:
    """Of vectors that stand in columns: several times faster than numpy's own on rows."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a: _Columns, b: _Columns) -> Floats:
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
