"""Findings: what a maker should know about a part before it is made. Pure, on meshes."""

from collections.abc import Iterator, Sequence

import numpy as np

from designs.finding import BadFinding, Finding, JsonObject, Severity, worst_first
from designs.making import DEFAULT_ENVELOPE_MM, DEFAULT_NOZZLE_MM, Making
from designs.mesh import Floats, Mesh
from designs.raster import fragments

__all__ = ["DEFAULT_ENVELOPE_MM", "DEFAULT_NOZZLE_MM", "BadFinding", "Finding", "Making", "Severity", "check", "walls"]

OVERHANG_DEGREES = 45.0
"""From the vertical; flatter undersides need support on most machines."""
BED_MM = 0.3
"""What lies this near to the lowest point is on the bed."""
MIN_OVERHANG_MM2 = 20.0
MIN_OVERHANG_SHARE = 0.01
TINY_MM = 1.0
"""A part smaller than this in every direction was probably drawn in another unit."""
MIN_THIN_MM2 = 1.0
"""A smaller thin patch is an edge, or a slip of the sampling."""
_COLUMNS = 200
"""Along the longer side: walls are met face-on, so columns may stand wider apart than walls are thick."""
_PARALLEL = -0.96
"""Two sides of a wall face away from each other; a wedge's do not."""
_FACET_SLACK_MM = 0.05
"""The facets of a curved wall come nearer to each other than the wall itself by about this."""


def check(bodies: Sequence[tuple[str, Mesh]], making: Making) -> list[Finding]:
    """All findings over the named bodies, worst first."""
    found = [finding for name, mesh in bodies for finding in _check_body(name, mesh, making)]
    found += _size(bodies, making)
    return worst_first(found)


def _check_body(name: str, mesh: Mesh, making: Making) -> Iterator[Finding]:
    if mesh.open_edges:
        message = f"{name} is not watertight: {mesh.open_edges} open edges. It has no inside to fill"
        yield Finding("not_watertight", Severity.ERROR, message, {"body": name, "open_edges": mesh.open_edges})
        return
    if mesh.volume <= 0:
        message = f"{name} has no volume, or is inside out"
        yield Finding("no_volume", Severity.ERROR, message, {"body": name, "volume_mm3": round(mesh.volume, 6)})
        return
    yield from _thin(name, mesh, making.nozzle_mm)
    yield from _overhangs(name, mesh, making)


def _size(bodies: Sequence[tuple[str, Mesh]], making: Making) -> Iterator[Finding]:
    least = np.min([mesh.bounds[0] for _, mesh in bodies], axis=0)
    greatest = np.max([mesh.bounds[1] for _, mesh in bodies], axis=0)
    size = [round(float(extent), 4) for extent in greatest - least]
    words = " × ".join(f"{extent:.4g}" for extent in size)
    if max(size) < TINY_MM:
        message = f"the part is only {words} mm: was it drawn in another unit?"
        yield Finding("tiny", Severity.WARNING, message, {"size_mm": size})
    room = making.envelope_mm
    fits = size[2] <= room[2] and (
        (size[0] <= room[0] and size[1] <= room[1]) or (size[1] <= room[0] and size[0] <= room[1])
    )
    if not fits:
        message = f"{words} mm does not fit a machine of {' × '.join(f'{extent:g}' for extent in room)} mm as it lies"
        yield Finding("does_not_fit", Severity.WARNING, message, {"size_mm": size, "envelope_mm": list(room)})


def _overhangs(name: str, mesh: Mesh, making: Making) -> Iterator[Finding]:
    vectors = mesh.area_vectors
    areas = np.linalg.norm(vectors, axis=1)
    steepness = np.divide(vectors[:, 2], areas, out=np.zeros_like(areas), where=areas > 0)
    heights = mesh.corners[:, :, 2].mean(axis=1) - mesh.bounds[0][2]
    hanging = (steepness < -np.sin(np.radians(OVERHANG_DEGREES)) - 1e-6) & (heights > BED_MM)
    area = float(areas[hanging].sum())
    if area < max(MIN_OVERHANG_MM2, MIN_OVERHANG_SHARE * float(areas.sum())):
        return
    at = np.average(mesh.corners[hanging].mean(axis=1), axis=0, weights=areas[hanging])
    severity = Severity.INFO if making.supports else Severity.WARNING
    message = f"{name} has {area:.0f} mm² of underside flatter than {OVERHANG_DEGREES:g}° away from the bed"
    message += ": printed with supports" if making.supports else ": it may need supports, or another orientation"
    yield Finding("overhangs", severity, message, {"body": name, "area_mm2": round(area, 2), "at": _place(at)})


def _thin(name: str, mesh: Mesh, nozzle_mm: float) -> Iterator[Finding]:
    found = [walls(mesh, axis) for axis in range(3)]
    limit = nozzle_mm - _FACET_SLACK_MM
    worst: tuple[float, float, list[float]] | None = None
    for thickness, area, places in found:
        thin = thickness < limit
        if thin.any() and (thin_area := float(area[thin].sum())) >= MIN_THIN_MM2:
            at = np.flatnonzero(thin)[np.argsort(thickness[thin])[int(thin.sum()) // 2]]
            if worst is None or thickness[at] < worst[0]:
                worst = (float(thickness[at]), thin_area, _place(places[at]))
    if worst is None:
        return
    message = (
        f"{name} has walls of {worst[0]:.2f} mm, thinner than the {nozzle_mm:g} mm nozzle: they will not be printed"
    )
    data: JsonObject = {"body": name, "thickness_mm": round(worst[0], 3), "nozzle_mm": nozzle_mm, "at": worst[2]}
    yield Finding("too_thin", Severity.WARNING, message, data | {"area_mm2": round(worst[1], 2)})


def walls(mesh: Mesh, axis: int) -> tuple[Floats, Floats, Floats]:
    """Walls of a closed mesh that are crossed by a grid of columns along an axis.

    Gives for each crossing: thickness (k,) mm, square to the wall; the area of wall it stands for (k,) mm²; the place
    where
    the column enters (k, 3) mm. Only where the two sides face away from each other: a wedge has no thickness.
    """
    frame = np.roll(np.arange(3), -axis - 1)  # the two other axes, then this one
    least, greatest = mesh.bounds
    pitch = max(float((greatest - least)[frame[:2]].max()) / _COLUMNS, 1e-9)
    corners = (mesh.corners - least)[:, :, frame] / pitch
    vectors = mesh.area_vectors
    normals = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    parts = [(owner, y * _COLUMNS + x, depth) for owner, x, y, depth in fragments(corners, _COLUMNS)]
    owner, column, depth = (np.concatenate(piece) for piece in zip(*parts, strict=True))
    order = np.lexsort((depth, column))
    owner, column, depth = owner[order], column[order], depth[order]
    enters = (column[:-1] == column[1:]) & (normals[owner[:-1], axis] < 0) & (normals[owner[1:], axis] > 0)
    first, second = owner[:-1][enters], owner[1:][enters]
    facing = np.einsum("ij,ij->i", normals[first], normals[second])
    lean = np.minimum(-normals[first, axis], normals[second, axis])
    kept = (facing < _PARALLEL) & (lean > 0.35)
    thickness = (np.diff(depth)[enters] * pitch * lean)[kept]
    area = pitch * pitch / lean[kept]
    where = np.empty((len(thickness), 3))
    position = column[:-1][enters][kept]
    where[:, frame[0]] = least[frame[0]] + (position % _COLUMNS + 0.5) * pitch
    where[:, frame[1]] = least[frame[1]] + (position // _COLUMNS + 0.5) * pitch
    where[:, frame[2]] = least[frame[2]] + depth[:-1][enters][kept] * pitch
    return thickness, area, where


def _place(point: Floats) -> list[float]:
    return [round(float(value), 3) for value in point]
