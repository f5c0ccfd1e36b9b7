"""How thick the material is, felt from its surface. Lengths in mm.

From many places a ray goes square inward to the other side. The thickness there is the diameter of the largest ball
that touches the surface at the place and the plane of the other side: the ray's length between parallel sides, less
where they lean towards each other.
"""

from dataclasses import dataclass

import numpy as np

from designs.analysis.places import spread_out
from designs.analysis.rays import RayTree
from designs.analysis.report import WallFigures
from designs.analysis.sampling import Samples, surface_samples
from designs.mesh import Floats, Integers, Mesh

PARALLEL = 0.985
"""Cosine of 10°: two sides that lean less make a wall, others a wedge, which is thin at its edge and meant to be. The
facets of a round wall lean up to 17°, but few of those that face each other."""
GRAZING = 0.05
"""Cosine; a ray that leaves this obliquely runs along a side, and has met nothing opposite."""

EDGES_MM = (
    0.0,
    0.2,
    0.4,
    0.6,
    0.8,
    1.0,
    1.2,
    1.6,
    2.0,
    2.5,
    3.0,
    4.0,
    5.0,
    6.0,
    8.0,
    10.0,
    15.0,
    20.0,
    30.0,
    50.0,
    100.0,
)
"""Of the histogram, always the same so that builds can be compared: finer where a nozzle's width matters."""
LISTED = 16
"""Thinnest places that are told."""
_APART_SHARE = 0.02
"""Of the size of what was felt: places that are listed stand this far from each other at least."""


@dataclass(frozen=True)
class Thickness:
    """What was felt.

    places     (n, 3) float64, mm, on the surface
    thickness  (n,) float64, mm
    areas      (n,) float64, mm²: how much surface each place stands for
    walls      (n,) bool: the two sides are about parallel
    """

    places: Floats
    thickness: Floats
    areas: Floats
    walls: np.typing.NDArray[np.bool_]


def feel_walls(mesh: Mesh, count: int) -> Thickness:
    """Thickness at about `count` places of a closed mesh."""
    return feel_at(RayTree.over(mesh), mesh, surface_samples(mesh, count))


def feel_at(tree: RayTree, mesh: Mesh, samples: Samples) -> Thickness:
    """Thickness at these places; those from which nothing opposite is met are left out."""
    distance, opposite = tree.exits(samples.places, -samples.normals, samples.triangles)
    return _thickness(mesh, samples, distance, opposite)


def feel_within(reach: float, tree: RayTree, mesh: Mesh, samples: Samples) -> Thickness:
    """Only of walls up to `reach`: some ten times faster where that is little."""
    distance, opposite = tree.exits_within(reach, samples.places, -samples.normals, samples.triangles)
    return _thickness(mesh, samples, distance, opposite)


def _thickness(mesh: Mesh, samples: Samples, distance: Floats, opposite: Integers) -> Thickness:
    vectors = mesh.area_vectors[opposite]
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-300)
    lean = -np.einsum("ij,ij->i", samples.normals, vectors) / lengths
    met = np.isfinite(distance) & (lean > GRAZING)
    lean = lean[met]
    return Thickness(samples.places[met], distance[met] * 2 * lean / (1 + lean), samples.areas[met], lean > PARALLEL)


def wall_figures(felt: Thickness) -> WallFigures:
    """As they are told."""
    total = float(felt.areas.sum())
    if not total:
        return WallFigures(0, None, None, None, 0.0, EDGES_MM, (0.0,) * len(EDGES_MM), ())
    bins = np.searchsorted(EDGES_MM, felt.thickness, "right") - 1
    shares = np.bincount(bins, weights=felt.areas, minlength=len(EDGES_MM)) / total
    walls = felt.thickness[felt.walls]
    return WallFigures(
        samples=len(felt.thickness),
        least_mm=float(walls.min()) if len(walls) else None,
        p5_mm=_quantile(felt, 0.05),
        median_mm=_quantile(felt, 0.5),
        walls_share=float(felt.areas[felt.walls].sum() / total),
        edges_mm=EDGES_MM,
        shares=tuple(float(share) for share in shares),
        thinnest=_thinnest(felt),
    )


def _quantile(felt: Thickness, share: float) -> float:
    order = np.argsort(felt.thickness, kind="stable")
    walked = np.cumsum(felt.areas[order])
    return float(felt.thickness[order[np.searchsorted(walked, share * walked[-1])]])


def _thinnest(felt: Thickness, most: int = LISTED) -> tuple[tuple[float, float, float, float], ...]:
    """Of the walls, thinnest first."""
    places, thickness = felt.places[felt.walls], felt.thickness[felt.walls]
    if not len(places):
        return ()
    apart = _APART_SHARE * float(np.linalg.norm(np.ptp(felt.places, axis=0)))
    order = np.argsort(np.round(thickness, 6), kind="stable")
    return tuple(
        (float(places[at, 0]), float(places[at, 1]), float(places[at, 2]), float(thickness[at]))
        for at in order[spread_out(places[order], apart, most)]
    )
