"""What straight columns through a part tell: support beneath undersides, and what two bodies share. Lengths in mm."""

from collections.abc import Iterator

import numpy as np

from designs.mesh import Floats, Integers, Mesh, area_vectors
from designs.raster import fragments

COLUMNS = 96
"""Along each side of the plan: a part of 100 mm is met every millimetre."""

MAX_MET = 4_000_000
"""Triangles met by columns, which are set wider apart for that: a broken mesh may lie over itself a thousand times."""

Truths = np.typing.NDArray[np.bool_]


def support_volume(corners: Floats, upward: Truths, hanging: Truths) -> float:
    """mm³ between the hanging triangles and what lies beneath them: the body itself, or the bed at z = 0.

    corners          (m, 3, 3) float64, mm, z upward and nowhere below 0
    upward, hanging  (m,) bool: the triangles that face up, and those that need support
    """
    if not hanging.any():
        return 0.0
    plan = np.ascontiguousarray(corners[hanging][:, :, :2].reshape(-1, 2).T)
    least = plan.min(axis=1)
    pitch = _pitch(plan.max(axis=1) - least, corners[upward | hanging])
    met = list(_met(corners, upward, hanging, least, pitch))
    found, heights, hangs = (np.concatenate(part) for part in zip(*met, strict=True))
    order = np.lexsort((hangs, heights, found))  # of two at one height the one facing up counts as beneath
    found, heights, hangs = found[order], heights[order], hangs[order]
    floor = np.maximum.accumulate(np.where(hangs, -1, np.arange(len(found))))
    beneath = np.where((floor >= 0) & (found[floor] == found), heights[floor], 0.0)
    return float((heights - beneath)[hangs].sum() * pitch.prod())


def _pitch(room: Floats, corners: Floats) -> Floats:
    """(2,) mm: how far columns stand apart along x and y in a room (2,) so that COLUMNS fit in, or as far as is needed
    for meeting the triangles no more than MAX_MET times."""
    pitch = np.maximum(room / COLUMNS, 1e-9)
    met = float(np.abs(area_vectors(corners)[:, 2]).sum() / pitch.prod())
    return np.asarray(pitch * max(met / MAX_MET, 1.0) ** 0.5)


def _met(
    corners: Floats, upward: Truths, hanging: Truths, least: Floats, pitch: Floats
) -> Iterator[tuple[Integers, Floats, Truths]]:
    """Number of the column, height, and whether it hangs: wherever a column of the grid meets a triangle."""
    for which in (upward, hanging):
        placed = (corners[which] - np.append(least, 0.0)) / np.append(pitch, 1.0)
        for _, x, y, z in fragments(placed, COLUMNS):
            yield y * COLUMNS + x, z, np.full(len(z), which is hanging)


def shared_volume(first: Mesh, second: Mesh) -> tuple[float, Floats]:
    """mm³ that two closed bodies have in common, and the middle of it (3,), mm."""
    least = np.maximum(first.bounds[0], second.bounds[0])
    room = np.minimum(first.bounds[1], second.bounds[1]) - least
    if (room <= 0).any():
        return 0.0, least
    pitch = _pitch(room[:2], np.concatenate([first.corners, second.corners]))
    found: list[tuple[Integers, Floats, Integers, Integers]] = []
    for number, mesh in enumerate((first, second)):
        placed = (mesh.corners - np.append(least[:2], 0.0)) / np.append(pitch, 1.0)
        for owner, x, y, z in fragments(placed, COLUMNS):
            enters = np.where(mesh.area_vectors[owner, 2] < 0, 1, -1)
            nothing = np.zeros_like(enters)
            found.append((y * COLUMNS + x, z, *((nothing, enters) if number else (enters, nothing))))
    column, height, in_first, in_second = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((height, column))
    column, height = column[order], height[order]
    both = (_depth(in_first[order], column) > 0) & (_depth(in_second[order], column) > 0)
    lengths = np.where(both[:-1] & (column[:-1] == column[1:]), np.diff(height), 0.0)
    volume = float(lengths.sum() * pitch.prod())
    if volume <= 0:
        return 0.0, least
    middles = np.stack([(column % COLUMNS + 0.5) * pitch[0], (column // COLUMNS + 0.5) * pitch[1], height], axis=1)[:-1]
    middles[:, 2] += np.diff(height) / 2
    return volume, np.average(middles, axis=0, weights=lengths) + np.append(least[:2], 0.0)


def _depth(steps: Integers, column: Integers) -> Integers:
    """How many bodies one is inside of after each step, counted anew in each column: a sample that falls onto an edge
    by the last bit may be missed by one of two sides, and must not be told to all columns after it."""
    walked = np.cumsum(steps)
    begins = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    before = walked[begins] - steps[begins]
    return np.asarray(walked - np.repeat(before, np.diff(np.append(begins, len(column)))))
