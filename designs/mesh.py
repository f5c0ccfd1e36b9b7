"""Triangle meshes as plain arrays, and what can be computed from them. Lengths in mm throughout."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WELD_MM = 1e-5
"""Points nearer than this are one: far below what is made, far above the kernel's rounding along a shared edge."""
MIN_AREA_MM2 = 1e-12
"""Smaller triangles have no direction."""


@dataclass(frozen=True)
class Mesh:
    """One body.

    nodes      (n, 3) float64, mm; a point on an edge stands once for each face that meets there
    normals    (n, 3) float64, unit, outward: smooth within a face, sharp between faces
    triangles  (m, 3) int64, indices into nodes, anticlockwise seen from outside
    faces      (m,)   int64, the face of the solid on which a triangle lies
    """

    nodes: Floats
    normals: Floats
    triangles: Integers
    faces: Integers

    @cached_property
    def welded(self) -> tuple[Floats, Integers]:
        """Points (k, 3) that stand once each, and triangles (j, 3) on them, without those that vanish by that."""
        first, index = same_places(self.nodes, WELD_MM)
        triangles = index[self.triangles]
        a, b, c = triangles.T
        return self.nodes[first], triangles[(a != b) & (b != c) & (c != a)]

    @cached_property
    def corners(self) -> Floats:
        """(m, 3, 3): the corners of every triangle."""
        return self.nodes[self.triangles]

    @cached_property
    def area_vectors(self) -> Floats:
        """(m, 3), mm²: the outward normal of every triangle, as long as its area."""
        return area_vectors(self.corners)

    @property
    def volume(self) -> float:
        """mm³, by the divergence theorem; means something for closed meshes only."""
        if not len(self.triangles):
            return 0.0
        middle = (self.bounds[0] + self.bounds[1]) / 2
        return float(np.einsum("ij,ij->", self.corners[:, 0] - middle, self.area_vectors) / 3)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Least and greatest corner."""
        columns = np.ascontiguousarray(self.nodes.T)  # along columns, least and greatest are found much faster
        return columns.min(axis=1), columns.max(axis=1)

    @cached_property
    def open_edges(self) -> int:
        """How many edges are not shared by two triangles that run along it in opposite directions; 0: watertight."""
        forward, backward = self._edge_keys
        if np.array_equal(forward, backward):
            return 0
        return len(forward) - len(self._matched(forward, backward))

    @property
    def open_segments(self) -> Floats:
        """(k, 2, 3), mm: the open edges, each from its start to its end; k is `open_edges`, or less where several lie
        on each other."""
        points, _ = self.welded
        forward, backward = self._edge_keys
        keys, counts = np.unique(forward, return_counts=True)
        matched = self._matched(forward, backward)
        spare = keys[counts > np.searchsorted(matched, keys, "right") - np.searchsorted(matched, keys, "left")]
        return points[np.stack([spare // len(points), spare % len(points)], axis=1)]

    @cached_property
    def _edge_keys(self) -> tuple[Integers, Integers]:
        """Sorted: one number for the start and end of each side of each triangle, and for its end and start."""
        points, triangles = self.welded
        start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
        return np.sort(start * len(points) + end), np.sort(end * len(points) + start)

    @staticmethod
    def _matched(forward: Integers, backward: Integers) -> Integers:
        """Those of `forward` that meet one of `backward`, as often as both have them."""
        keys, counts = np.unique(forward, return_counts=True)
        other = np.searchsorted(backward, keys, "right") - np.searchsorted(backward, keys, "left")
        return np.repeat(keys, np.minimum(counts, other))


def area_vectors(corners: Floats) -> Floats:
    """(m, 3), mm²: the normal of each triangle (m, 3, 3), as long as its area; anticlockwise seen from its tip."""
    first, second = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    twice = np.empty((len(corners), 3))  # numpy's own cross product takes several times as long on short rows
    twice[:, 0] = first[1] * second[2] - first[2] * second[1]
    twice[:, 1] = first[2] * second[0] - first[0] * second[2]
    twice[:, 2] = first[0] * second[1] - first[1] * second[0]
    return twice / 2


def same_places(points: Floats, cell: float) -> tuple[Integers, Integers]:
    """Which points (n, 3) fall into one cube of a grid with this pitch: the first of each, in order of appearance (k,),
    and for every point (n,) the number of its cube."""
    keys = np.round(points / cell).astype(np.int64)
    order = np.lexsort(keys.T)
    keys = keys[order]
    begins = np.ones(len(keys), bool)
    begins[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    first = order[begins]
    appearance = np.argsort(first, kind="stable")
    rank = np.empty_like(appearance)
    rank[appearance] = np.arange(len(appearance))
    index = np.empty(len(keys), np.int64)
    index[order] = rank[np.cumsum(begins) - 1]
    return first[appearance], index


def concatenate(meshes: list[Mesh]) -> Mesh:
    """All bodies as one mesh; the numbers of their faces stay apart."""
    nodes = np.concatenate([mesh.nodes for mesh in meshes])
    normals = np.concatenate([mesh.normals for mesh in meshes])
    node_offsets = np.cumsum([0, *(len(mesh.nodes) for mesh in meshes)])
    face_offsets = np.cumsum([0, *(int(mesh.faces.max(initial=-1)) + 1 for mesh in meshes)])
    triangles = np.concatenate([mesh.triangles + offset for mesh, offset in zip(meshes, node_offsets, strict=False)])
    faces = np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, face_offsets, strict=False)])
    return Mesh(nodes, normals, triangles, faces)


def with_smooth_normals(nodes: Floats, triangles: Integers, faces: Integers) -> Mesh:
    """A mesh whose normals are the area-weighted mean around each node; nodes of different faces are apart already."""
    corners = nodes[triangles]
    vectors = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(nodes)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], vectors)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(lengths > MIN_AREA_MM2, normals / np.maximum(lengths, MIN_AREA_MM2), np.array([0.0, 0.0, 1.0]))
    return Mesh(nodes, normals, triangles, faces)
