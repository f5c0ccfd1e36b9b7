"""The smallest box around a body, in any direction. Lengths in mm.

Two sides of the smallest box that meet lie each on an edge of the hull (O'Rourke 1985). Searching all of those is
slow for round bodies. So: likely directions of one side (facets, pairs of edges, the principal axes) are tried with
boxes turned in steps, and the best are then improved: with one side fixed, the best of the other two is the smallest
rectangle around a flat outline, which lies on one of the outline's edges (Freeman and Shapira 1975); each side in
turn is the fixed one, until nothing gets better.
"""

from dataclasses import dataclass

import numpy as np

from designs.analysis.hulls import Hull
from designs.mesh import Floats

MAX_FACETS, MAX_EDGES = 160, 24
"""Directions that are tried: the largest facets, and each two of the longest edges."""
_TURNS = 18
"""Steps of 5° in a quarter turn."""
_TRIAL_POINTS = 400
_BEST = 8
"""Directions that are improved."""
_ROUNDS = 12
"""Improving mostly ends after three."""
_BETTER = 1 - 1e-9


@dataclass(frozen=True)
class OrientedBox:
    """A box in any direction.

    centre  (3,) float64, mm
    axes    (3, 3) float64: its three directions as rows, right-handed, along the longest side first
    size    (3,) float64, mm, longest first
    """

    centre: Floats
    axes: Floats
    size: Floats

    @property
    def volume(self) -> float:
        """mm³."""
        return float(self.size.prod())


def smallest_box(hull: Hull) -> OrientedBox:
    """Around the hull."""
    directions = _directions(hull)
    trial = hull.points if len(hull.points) <= _TRIAL_POINTS else _outermost(hull.points, _TRIAL_POINTS)
    volumes = _trial_volumes(directions, trial)
    best: tuple[float, Floats] | None = None
    for number in np.argsort(np.round(volumes / volumes.min(), 9), kind="stable")[:_BEST]:
        found = _improved(directions[number], hull.points)
        if best is None or found[0] < best[0] * _BETTER:
            best = found
    assert best is not None
    return _box(best[1], hull.points)


def _directions(hull: Hull) -> Floats:
    edges = hull.edges[:MAX_EDGES]
    first, second = np.triu_indices(len(edges), 1)
    crossed = np.cross(edges[first], edges[second])
    lengths = np.linalg.norm(crossed, axis=1)
    crossed = crossed[lengths > 1e-3] / lengths[lengths > 1e-3, None]
    principal = np.linalg.svd(hull.points - hull.points.mean(axis=0), full_matrices=False)[2]
    return np.concatenate([np.eye(3), hull.normals[:MAX_FACETS], principal, crossed])


def _outermost(points: Floats, count: int) -> Floats:
    """The points that lie furthest in `count` directions spread evenly over a ball (golden spiral)."""
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    height = 1 - (2 * np.arange(count) + 1) / count
    radius = np.sqrt(1 - height**2)
    spiral = np.column_stack([radius * np.cos(turn), radius * np.sin(turn), height])
    return np.asarray(points[np.unique((points @ spiral.T).argmax(axis=0))])


def _frames(directions: Floats) -> tuple[Floats, Floats]:
    """Two directions square to each (n, 3) and to each other."""
    helper = np.eye(3)[np.abs(directions).argmin(axis=1)]
    first = np.cross(directions, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return first, np.cross(directions, first)


def _trial_volumes(directions: Floats, points: Floats) -> Floats:
    """(n,): the smallest box with one side along each direction, turned about it in steps."""
    first, second = _frames(directions)
    across, up = points @ first.T, points @ second.T  # (points, n)
    smallest = np.full(len(directions), np.inf)
    for turn in np.arange(_TURNS) * (np.pi / 2 / _TURNS):
        a, b = np.cos(turn) * across + np.sin(turn) * up, np.cos(turn) * up - np.sin(turn) * across
        smallest = np.minimum(smallest, np.ptp(a, axis=0) * np.ptp(b, axis=0))
    return np.asarray(smallest * np.ptp(points @ directions.T, axis=0))


def _improved(direction: Floats, points: Floats) -> tuple[float, Floats]:
    """Volume and axes (rows) of the box that is reached from one fixed direction."""
    axes = _turned(direction, points)
    volume = float(np.ptp(points @ axes.T, axis=0).prod())
    for number in range(_ROUNDS):
        trial = _turned(axes[1 + number % 2], points)
        smaller = float(np.ptp(points @ trial.T, axis=0).prod())
        if smaller < volume * _BETTER:
            axes, volume = trial, smaller
        elif number % 2:
            break
    return volume, axes


def _turned(direction: Floats, points: Floats) -> Floats:
    """Axes (rows) of the smallest box with this direction: one side of it lies on an edge of the outline."""
    from scipy.spatial import ConvexHull, QhullError  # type: ignore[import-untyped]

    first, second = (axis[0] for axis in _frames(direction[None]))
    flat = np.column_stack([points @ first, points @ second])
    try:
        outline = flat[ConvexHull(flat).vertices]
    except QhullError:
        outline = flat
    sides = np.roll(outline, -1, axis=0) - outline
    sides = sides / np.maximum(np.linalg.norm(sides, axis=1, keepdims=True), 1e-300)
    along, across = outline @ sides.T, outline @ np.column_stack([-sides[:, 1], sides[:, 0]]).T
    areas = np.ptp(along, axis=0) * np.ptp(across, axis=0)
    x, y = sides[int(areas.argmin())]
    side = x * first + y * second
    return np.stack([direction, side, np.cross(direction, side)])


def _box(axes: Floats, points: Floats) -> OrientedBox:
    reach = points @ axes.T
    least, greatest = reach.min(axis=0), reach.max(axis=0)
    order = np.argsort(-np.round(greatest - least, 6), kind="stable")
    turned = axes[order]
    for row in (0, 1):  # which way along a side is of no meaning: always the same one
        if turned[row][int(np.abs(np.round(turned[row], 6)).argmax())] < 0:
            turned[row] = -turned[row]
    turned[2] = np.cross(turned[0], turned[1])
    return OrientedBox(((least + greatest) / 2) @ axes, turned, (greatest - least)[order])
