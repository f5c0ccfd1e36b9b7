"""Places in a model, for a page to mark. Lengths in mm."""

import numpy as np

from designs.mesh import Floats, Integers


def place(point: Floats) -> list[float]:
    """[x, y, z] of a point (3,), to a micrometre."""
    return [round(float(value), 3) + 0.0 for value in point]


def spread_out(places: Floats, apart: float, most: int) -> Integers:
    """Which places (n, 3) to mark: the first, then each that is `apart` from all marked before, `most` at most."""
    left = np.arange(len(places))
    marked: list[int] = []
    while len(left) and len(marked) < most:
        marked.append(int(left[0]))
        left = left[np.linalg.norm(places[left] - places[left[0]], axis=1) > apart]
    return np.array(marked, np.int64)
