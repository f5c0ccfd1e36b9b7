"""The convex hull of a body, and what it can lie on. Lengths in mm.

Qhull (Barber, Dobkin, Huhdanpaa 1996) through SciPy makes the hull; its triangles of one plane are one facet here.
"""

from dataclasses import dataclass

import numpy as np

from designs.mesh import Floats, Integers

_SAME_PLANE_COSINE = 1 - 1e-7
"""Facets that lean less than 0.03° from each other are one: the rounding of a flat side's corners leans less."""
_SAME_PLANE_SHARE = 1e-5
"""Of the size: how far apart two parallel facets may be and still be one."""
MAX_FACETS = 400
"""Sought by looking for all triangles of a plane; what is left then is curved, and its triangles count one by one."""
MAX_POINTS = 20_000
"""Of more points only those are taken that lie furthest out, as seen from the middle, in one of _CELLS² × 6 pyramids:
Qhull would need seconds for a finely meshed ball."""
_CELLS = 64
_FLAT_SHARE = 1e-7
"""Points that fill less than this share of size³ have no hull."""


@dataclass(frozen=True)
class Hull:
    """A convex polyhedron.

    points   (k, 3) float64, mm: its corners
    edges    (e, 3) float64, unit: directions of its edges between two facets, longest first
    normals  (f, 3) float64, unit, outward: of its facets, largest first
    offsets  (f,) float64, mm: a facet's plane is where normal · x = offset
    areas    (f,) float64, mm²
    volume   mm³
    """

    points: Floats
    edges: Floats
    normals: Floats
    offsets: Floats
    areas: Floats
    volume: float


def warm_up() -> None:
    """Load Qhull before any process is forked: that takes longer than a hull."""
    hull_of(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))


def hull_of(points: Floats) -> Hull | None:
    """Of points (n, 3) float64; None where they all lie in a plane."""
    from scipy.spatial import ConvexHull, QhullError  # type: ignore[import-untyped]

    size = float(np.linalg.norm(np.ptp(points, axis=0))) if len(points) else 0.0
    if len(points) < 4 or size == 0.0:
        return None
    if len(points) > MAX_POINTS:
        points = _outermost(points)
    middle = points.mean(axis=0)
    try:
        found = ConvexHull(points - middle)
    except QhullError:
        return None
    if found.volume <= _FLAT_SHARE * size**3:
        return None
    corners = points[found.simplices]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    facet, normals, offsets = _facets(found.equations[:, :3], -found.equations[:, 3], areas, size)
    total = np.asarray(np.bincount(facet, weights=areas), np.float64)
    edges = _edges(found.simplices, found.neighbors, facet, points)
    offsets = offsets + normals @ middle
    return Hull(points[found.vertices], edges, normals, offsets, total, float(found.volume))


def _outermost(points: Floats) -> Floats:
    least, greatest = points.min(axis=0), points.max(axis=0)
    seen = (points - (least + greatest) / 2) / np.maximum(greatest - least, 1e-12)
    reach = np.abs(seen).max(axis=1)
    side = np.abs(seen).argmax(axis=1)
    forward = seen[np.arange(len(seen)), side] > 0
    around = np.stack([seen[np.arange(len(seen)), (side + turn) % 3] for turn in (1, 2)])
    cells = ((around / np.maximum(reach, 1e-12) + 1) / 2 * _CELLS).astype(np.int64).clip(0, _CELLS - 1)
    pyramid = ((side * 2 + forward) * _CELLS + cells[0]) * _CELLS + cells[1]
    order = np.lexsort((-np.linalg.norm(seen, axis=1), pyramid))
    return points[np.sort(order[np.unique(pyramid[order], return_index=True)[1]])]


def _facets(normals: Floats, offsets: Floats, areas: Floats, size: float) -> tuple[Integers, Floats, Floats]:
    """Which facet each triangle belongs to; normals and offsets of the facets, largest triangle's first.

    Greedy, from the largest triangle on: it takes all in its plane. As many rounds as there are facets.
    """
    facet = np.full(len(normals), -1, np.int64)
    leaders: list[int] = []
    for triangle in np.argsort(-areas, kind="stable"):
        if facet[triangle] >= 0:
            continue
        if len(leaders) >= MAX_FACETS:
            break
        same = (normals @ normals[triangle] > _SAME_PLANE_COSINE) & (
            np.abs(offsets - offsets[triangle]) < _SAME_PLANE_SHARE * size
        )
        facet[same & (facet < 0)] = len(leaders)
        leaders.append(int(triangle))
    left = np.flatnonzero(facet < 0)
    facet[left] = len(leaders) + np.arange(len(left))
    leaders.extend(int(triangle) for triangle in left)
    total = np.bincount(facet, weights=areas)
    by_size = np.argsort(-total, kind="stable")
    rank = np.empty_like(by_size)
    rank[by_size] = np.arange(len(by_size))
    first = np.array(leaders)[by_size]
    return rank[facet], normals[first], offsets[first]


def _edges(simplices: Integers, neighbours: Integers, facet: Integers, points: Floats) -> Floats:
    """Directions of the edges between different facets, longest first, each once and neither twice with both signs."""
    starts, ends = [], []
    for corner in range(3):  # neighbours[:, k] lies across from corner k
        parting = facet[neighbours[:, corner]] != facet
        starts.append(simplices[parting, (corner + 1) % 3])
        ends.append(simplices[parting, (corner + 2) % 3])
    pairs = np.unique(np.sort(np.column_stack([np.concatenate(starts), np.concatenate(ends)]), axis=1), axis=0)
    along = points[pairs[:, 1]] - points[pairs[:, 0]]
    lengths = np.linalg.norm(along, axis=1)
    order = np.argsort(-lengths, kind="stable")
    unit = along[order] / np.maximum(lengths[order, None], 1e-300)
    unit = np.where(unit[np.arange(len(unit)), np.abs(unit).argmax(axis=1), None] < 0, -unit, unit)
    _, first = np.unique(np.round(unit, 5), axis=0, return_index=True)
    return np.asarray(unit[np.sort(first)])
