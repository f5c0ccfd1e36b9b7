"""Faces for a mesh that has none: regions that are bounded by its sharp edges, smooth within."""

import numpy as np

from designs.engines.interface import EngineError
from designs.mesh import MIN_AREA_MM2, Floats, Integers, Mesh, with_smooth_normals

CREASE_COSINE = 0.85
"""Neighbouring triangles that bend more (32°) lie on two faces: a round of 12 facets or more still counts as smooth."""


def with_creases(nodes: Floats, triangles: Integers) -> Mesh:
    """Welded, cut into faces along its creases, with the normals of these. `nodes` (n, 3) mm, `triangles` (m, 3).

    Triangles that vanish by the welding are left out; raises EngineError where none is left.
    """
    points, corners = Mesh(nodes, np.zeros_like(nodes), triangles, np.zeros(len(triangles), np.int64)).welded
    if not len(corners):
        raise EngineError("bad_geometry", "a body of the mesh has only triangles without any area")
    faces = _faces(points, corners)
    keys, index = np.unique((faces[:, None] * len(points) + corners).reshape(-1), return_inverse=True)
    return with_smooth_normals(points[keys % len(points)], index.reshape(-1, 3), faces)


def _faces(points: Floats, triangles: Integers) -> Integers:
    """(m,): for each triangle the number of its face, in order of appearance."""
    left, right = _neighbours(triangles, len(points))
    placed = points[triangles]
    vectors = np.cross(placed[:, 1] - placed[:, 0], placed[:, 2] - placed[:, 0])
    lengths = np.linalg.norm(vectors, axis=1)
    directions = vectors / np.maximum(lengths, MIN_AREA_MM2)[:, None]
    cosines = np.einsum("ij,ij->i", directions[left], directions[right])
    smooth = (cosines >= CREASE_COSINE) & (lengths[left] > MIN_AREA_MM2) & (lengths[right] > MIN_AREA_MM2)
    _, labels = np.unique(connected(len(triangles), left[smooth], right[smooth]), return_inverse=True)
    return labels.reshape(-1)


def _neighbours(triangles: Integers, points: int) -> tuple[Integers, Integers]:
    """Pairs of triangles that share an edge which no third one has."""
    start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
    keys = np.minimum(start, end) * points + np.maximum(start, end)
    order = np.argsort(keys, kind="stable")
    _, first, counts = np.unique(keys[order], return_index=True, return_counts=True)
    pairs = first[counts == 2]
    return order[pairs] // 3, order[pairs + 1] // 3


def connected(count: int, left: Integers, right: Integers) -> Integers:
    """(count,): for each of `count` things the least number of those that pairs (left[i], right[i]) connect it with.

    Hooking and pointer jumping after FastSV (Zhang, Azad, Hu 2020), so that a long strip takes few rounds.
    """
    parent = np.arange(count)
    while True:
        grand = parent[parent]
        following = grand.copy()
        for here, there in ((left, right), (right, left)):
            np.minimum.at(following, parent[here], grand[there])
            np.minimum.at(following, here, grand[there])
        if np.array_equal(following, parent):
            return parent
        parent = following
