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
        keys = np.round(self.nodes / WELD_MM).astype(np.int64)
        _, first, index = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        triangles = rank[index.reshape(-1)][self.triangles]
        a, b, c = triangles.T
        return self.nodes[first[order]], triangles[(a != b) & (b != c) & (c != a)]

    @cached_property
    def corners(self) -> Floats:
        """(m, 3, 3): the corners of every triangle."""
        return self.nodes[self.triangles]

    @cached_property
    def area_vectors(self) -> Floats:
        """(m, 3), mm²: the outward normal of every triangle, as long as its area."""
        corners = self.corners
        return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2

    @property
    def volume(self) -> float:
        """mm³, by the divergence theorem; means something for closed meshes only."""
        if not len(self.triangles):
            return 0.0
        corners = self.corners - self.nodes.mean(axis=0)
        return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Least and greatest corner."""
        return self.nodes.min(axis=0), self.nodes.max(axis=0)

    @cached_property
    def open_edges(self) -> int:
        """How many edges are not shared by two triangles that run along it in opposite directions; 0: watertight."""
        _, triangles = self.welded
        count = len(self.nodes)
        start = triangles.reshape(-1)
        end = triangles[:, [1, 2, 0]].reshape(-1)
        forward, forward_counts = np.unique(start * count + end, return_counts=True)
        backward, backward_counts = np.unique(end * count + start, return_counts=True)
        if len(forward) == len(backward) and np.array_equal(forward, backward):
            return int(np.abs(forward_counts - backward_counts).sum())
        both, in_forward, in_backward = np.intersect1d(forward, backward, assume_unique=True, return_indices=True)
        matched = np.minimum(forward_counts[in_forward], backward_counts[in_backward]).sum() if len(both) else 0
        return int(len(start) - matched)


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
