"""How much support an underside needs: straight columns down to what is beneath. Lengths in samples of a grid or mm."""

import numpy as np

from designs.mesh import Floats
from designs.raster import fragments

COLUMNS = 96
"""Along the longer side of the plan: a part of 100 mm is met every millimetre."""


def support_volume(corners: Floats, hanging: np.typing.NDArray[np.bool_], columns: int = COLUMNS) -> float:
    """mm³ between the hanging triangles and what lies beneath them: the body itself, or the bed at its lowest point.

    corners  (m, 3, 3) float64, mm, z upward
    hanging  (m,) bool: the triangles that need support
    """
    if not hanging.any():
        return 0.0
    least = corners.min(axis=(0, 1))
    pitch = max(float((corners.max(axis=(0, 1)) - least)[:2].max()) / columns, 1e-9)
    upward = _z_of_normals(corners) > 0
    column, depth, is_hanging = [], [], []
    for which in (upward, hanging):
        for _, x, y, z in fragments((corners[which] - least) / pitch, columns):
            column.append(y * columns + x)
            depth.append(z)
            is_hanging.append(np.full(len(z), which is hanging))
    found, heights, hangs = np.concatenate(column), np.concatenate(depth), np.concatenate(is_hanging)
    order = np.lexsort((hangs, heights, found))  # of two at one height the one facing up counts as beneath
    found, heights, hangs = found[order], heights[order], hangs[order]
    floor = np.where(hangs, -1, np.arange(len(found)))
    floor = np.maximum.accumulate(floor)
    beneath = np.where((floor >= 0) & (found[floor] == found), heights[floor], 0.0)
    return float((heights - beneath)[hangs].sum() * pitch**3)


def _z_of_normals(corners: Floats) -> Floats:
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
