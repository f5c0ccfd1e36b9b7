"""How a body could lie on the bed, what each way costs, and which to take. Lengths in mm.

Overhang, support, contact and height are counted for the six directions of the model's axes and for ways in which the
body would lie by itself (facets of its hull with the centre of mass above them). Bridges are not told from other
undersides here, so supports are an upper bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from designs.analysis.bed_findings import CONTACT_MM
from designs.analysis.columns import support_volume
from designs.analysis.hulls import Hull
from designs.analysis.overhangs import BED_MM, OVERHANG_DEGREES
from designs.mesh import Floats, Mesh, area_vectors, same_places

MAX_POSES = 6
"""Ways of lying beside the six axes."""
MAX_COLUMN_TRIANGLES = 50_000
"""Supports of a finer mesh are estimated from a coarser one."""
_FACETS_TRIED = 40
_SAME_WAY = 0.9998
"""Cosine of 1°."""
_STEEPEST = -float(np.sin(np.radians(OVERHANG_DEGREES))) - 1e-6

AXES: dict[str, tuple[float, float, float]] = {
    "as drawn": (0.0, 0.0, 1.0),
    "upside down": (0.0, 0.0, -1.0),
    "on its back": (0.0, -1.0, 0.0),
    "on its front": (0.0, 1.0, 0.0),
    "on its left side": (1.0, 0.0, 0.0),
    "on its right side": (-1.0, 0.0, 0.0),
}
"""Which direction of the model points up. Its front is towards -y, its left towards -x."""


@dataclass(frozen=True)
class Pose:
    """One way to lie on the bed.

    name              in words
    up                (3,) the direction of the model that points up, unit
    overhang_mm2      undersides flatter than OVERHANG_DEGREES, without those on the bed
    support_mm3       between those and what is beneath them
    contact_mm2       on the bed
    height_mm         as it lies
    footprint_mm      along x and y as it lies
    tip_degrees       how far it can be tilted before it falls over; 0 or less: it does not stand by itself
    """

    name: str
    up: tuple[float, float, float]
    overhang_mm2: float
    support_mm3: float
    contact_mm2: float
    height_mm: float
    footprint_mm: tuple[float, float]
    tip_degrees: float

    @property
    def matrix(self) -> Floats:
        """(3, 3): turns the model so that `up` points up."""
        return turn_up(np.array(self.up))


@dataclass(frozen=True)
class Surface:
    """A body's triangles as all ways of lying need them.

    vectors  (m, 3) float64, mm²: area vectors
    areas    (m,) float64, mm²
    middles  (m, 3) float64, mm
    outline  (k, 3) float64, mm: corners of the hull, or all nodes
    coarse   (j, 3, 3) float64, mm: the corners of all triangles, or of fewer and larger ones that stand for them
    """

    vectors: Floats
    areas: Floats
    middles: Floats
    outline: Floats
    coarse: Floats

    @classmethod
    def of(cls, mesh: Mesh, hull: Hull | None) -> "Surface":
        return cls(
            vectors=mesh.area_vectors,
            areas=np.linalg.norm(mesh.area_vectors, axis=1),
            middles=mesh.corners.sum(axis=1) / 3,
            outline=mesh.nodes if hull is None else hull.points,
            coarse=coarse_corners(mesh),
        )


def coarse_corners(mesh: Mesh) -> Floats:
    """All triangles' corners (m, 3, 3); of too many only those left when all nodes in one cube of a grid become one."""
    if len(mesh.triangles) <= MAX_COLUMN_TRIANGLES:
        return mesh.corners
    area = float(np.linalg.norm(mesh.area_vectors, axis=1).sum())
    first, cube = same_places(mesh.nodes, (2 * area / MAX_COLUMN_TRIANGLES) ** 0.5)
    counts = np.bincount(cube, minlength=len(first))
    points = np.stack([np.bincount(cube, weights=mesh.nodes[:, axis]) / counts for axis in range(3)], axis=1)
    a, b, c = triangles = cube[mesh.triangles].T
    return np.asarray(points[triangles.T[(a != b) & (b != c) & (c != a)]])


def poses(surface: Surface, centre: Floats, hull: Hull | None, more: int = MAX_POSES) -> list[Pose]:
    """The six axes, as drawn first, and up to `more` ways in which the body lies by itself, largest facet first."""
    found = [(name, np.array(up)) for name, up in AXES.items()]
    if hull is not None:
        found += _resting(hull, centre, more)
    return [pose_of(surface, centre, name, up) for name, up in found]


def pose_of(surface: Surface, centre: Floats, name: str, up: Floats) -> Pose:
    """What it costs to print the body with this direction upward."""
    matrix = turn_up(up)
    outline = np.ascontiguousarray(matrix @ surface.outline.T)
    lowest, highest = outline.min(axis=1), outline.max(axis=1)
    upward = surface.vectors @ up
    heights = surface.middles @ up - lowest[2]
    hanging = (upward < _STEEPEST * surface.areas) & (heights > BED_MM)
    touching = (upward < 0) & (heights <= CONTACT_MM)
    return Pose(
        name=name,
        up=(float(up[0]), float(up[1]), float(up[2])),
        overhang_mm2=float(surface.areas[hanging].sum()),
        support_mm3=_support(surface.coarse, matrix, float(lowest[2])) if hanging.any() else 0.0,
        contact_mm2=float(-upward[touching].sum()),
        height_mm=float(highest[2] - lowest[2]),
        footprint_mm=(float(highest[0] - lowest[0]), float(highest[1] - lowest[1])),
        tip_degrees=_tip(outline.T, matrix @ centre, float(lowest[2])),
    )


def _support(corners: Floats, matrix: Floats, lowest: float) -> float:
    turned = corners @ matrix.T
    turned[:, :, 2] -= lowest
    vectors = area_vectors(turned)
    steep = _STEEPEST * np.linalg.norm(vectors, axis=1)
    heights = turned[:, :, 2].sum(axis=1) / 3
    return support_volume(turned, vectors[:, 2] > 0, (vectors[:, 2] < steep) & (heights > BED_MM))


def turn_up(up: Floats) -> Floats:
    """(3, 3): the shortest turn that brings the unit vector `up` to z; half a turn about x where it points down."""
    x, y, z = (float(value) for value in up)
    if z < -1 + 1e-9:
        return np.diag([1.0, -1.0, -1.0])
    skew = np.array([[0.0, 0.0, -x], [0.0, 0.0, -y], [x, y, 0.0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + z))


def quaternion(matrix: Floats) -> tuple[float, float, float, float]:
    """(w, x, y, z) of a rotation as `turn_up` makes them."""
    cosine = float(matrix[2, 2])
    if cosine < -1 + 1e-9:
        return (0.0, 1.0, 0.0, 0.0)
    w = float(np.sqrt((1 + cosine) / 2))
    return (w, float(matrix[2, 1] - matrix[1, 2]) / (4 * w), float(matrix[0, 2] - matrix[2, 0]) / (4 * w), 0.0)


def fits(pose: Pose, envelope: Sequence[float]) -> bool:
    """Whether the machine has room for it so, turned by a quarter or not."""
    (x, y), (room_x, room_y, room_z) = pose.footprint_mm, envelope
    return pose.height_mm <= room_z and ((x <= room_x and y <= room_y) or (y <= room_x and x <= room_y))


def _resting(hull: Hull, centre: Floats, most: int) -> list[tuple[str, Floats]]:
    found: list[tuple[str, Floats]] = []
    known = [np.array(up) for up in AXES.values()]
    for normal, offset, area in list(zip(hull.normals, hull.offsets, hull.areas, strict=True))[:_FACETS_TRIED]:
        if len(found) == most:
            break
        up = -normal
        if any(up @ other > _SAME_WAY for other in known):
            continue
        size = float(np.ptp(hull.points, axis=0).max())
        on_plane = hull.points[hull.points @ normal > offset - 1e-5 * size]
        turned = turn_up(up)
        if _margin((on_plane @ turned.T)[:, :2], (turned @ centre)[:2]) > 0:
            known.append(up)
            found.append((f"on a flat side of {area:.0f} mm²", up))
    return found


def _margin(points: Floats, centre: Floats) -> float:
    """How far inside the outline of points (n, 2) the centre (2,) lies; negative outside, at most 0 where the points
    lie on a line: nothing stands on that."""
    from scipy.spatial import ConvexHull, QhullError  # type: ignore[import-untyped]

    if len(points) < 3:
        return -float(np.linalg.norm(points - centre, axis=1).min())
    try:
        sides = ConvexHull(points).equations
    except QhullError:
        return -float(np.linalg.norm(points - centre, axis=1).min())
    return float(-(sides[:, :2] @ centre + sides[:, 2]).max())


def _tip(points: Floats, centre: Floats, lowest: float) -> float:
    standing = points[points[:, 2] - lowest <= CONTACT_MM]
    height = max(float(centre[2]) - lowest, 1e-9)
    return float(np.degrees(np.arctan2(_margin(standing[:, :2], centre[:2]), height)))
