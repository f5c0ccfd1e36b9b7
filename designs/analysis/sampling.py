"""Places spread evenly over a surface, always the same ones. Lengths in mm."""

from dataclasses import dataclass

import numpy as np

from designs.mesh import MIN_AREA_MM2, Floats, Integers, Mesh

_GOLDEN_PAIR = (0.7548776662466927, 0.5698402909980532)
"""Steps of the most even sequence in a square: 1/g and 1/g², where g³ = g + 1 (M. Roberts, 2018, the R2 sequence)."""


@dataclass(frozen=True)
class Samples:
    """Places on a surface.

    triangles  (n,) int64: the triangle of the mesh on which each lies
    places     (n, 3) float64, mm
    normals    (n, 3) float64, unit, outward: of the triangle
    areas      (n,) float64, mm²: how much surface each stands for; together the whole surface
    """

    triangles: Integers
    places: Floats
    normals: Floats
    areas: Floats


def surface_samples(mesh: Mesh, count: int) -> Samples:
    """About `count` places, as dense on small triangles as on large ones, and one at least on each of the `count`
    largest faces: a small thin wall must not be missed."""
    vectors = mesh.area_vectors
    areas = np.linalg.norm(vectors, axis=1)
    order = np.argsort(mesh.faces, kind="stable")
    order = order[areas[order] > MIN_AREA_MM2]
    if not len(order):
        nothing = np.empty((0, 3))
        return Samples(np.empty(0, np.int64), nothing, nothing, np.empty(0))
    walked = np.cumsum(areas[order])
    positions = (np.arange(count) + 0.5) / count * walked[-1]
    chosen = order[np.minimum(np.searchsorted(walked, positions, "right"), len(order) - 1)]
    missed = _largest_of_missed_faces(mesh.faces[order], areas[order], mesh.faces[chosen], count)
    triangles = np.concatenate([chosen, order[missed]])
    shares = _spread_in_triangle(len(chosen), len(missed))
    places = np.einsum("ij,ijk->ik", shares, mesh.corners[triangles])
    return Samples(
        triangles, places, vectors[triangles] / areas[triangles, None], _weights(mesh.faces, areas, triangles)
    )


def _largest_of_missed_faces(faces: Integers, areas: Floats, seen: Integers, most: int) -> Integers:
    """Positions of the largest triangle of each face without a sample; of the largest such faces, `most` at most."""
    total = np.zeros(int(faces.max()) + 1)
    np.add.at(total, faces, areas)
    total[seen] = 0.0
    by_size = np.lexsort((-areas, faces))
    first = by_size[np.unique(faces[by_size], return_index=True)[1]]
    first = first[total[faces[first]] > 0]
    largest = np.argsort(-total[faces[first]], kind="stable")[:most]
    return np.sort(first[largest])


def _spread_in_triangle(spread: int, centred: int) -> Floats:
    """(n, 3): shares of the three corners; evenly spread ones first, then the middles."""
    steps = (np.arange(1, spread + 1)[:, None] * np.array(_GOLDEN_PAIR)) % 1.0
    folded = np.where(steps.sum(axis=1, keepdims=True) > 1, 1 - steps, steps)
    shares = np.column_stack([1 - folded.sum(axis=1), folded])
    return np.concatenate([shares, np.full((centred, 3), 1 / 3)])


def _weights(faces: Integers, areas: Floats, triangles: Integers) -> Floats:
    """Each face's area shared among its samples; what faces without any have is shared among all."""
    count = int(faces.max()) + 1
    total, samples = np.zeros(count), np.bincount(faces[triangles], minlength=count)
    np.add.at(total, faces, areas)
    weights = (total / np.maximum(samples, 1))[faces[triangles]]
    return np.asarray(weights * (total.sum() / weights.sum()))
