"""Which samples of a square grid each triangle covers. Pure, on arrays; used for pictures and for measuring walls."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designs.mesh import Floats, Integers

MAX_FRAGMENTS = 1_000_000
"""In memory at once."""
MIN_AREA = 1e-6
"""Square samples; thinner triangles are seen edge-on and cover nothing."""


def fragments(corners: Floats, size: int) -> Iterator[tuple[Integers, Integers, Integers, Floats]]:
    """Every sample (centre at column + 0.5, row + 0.5) inside every triangle, in portions of bounded size.

    corners  (m, 3, 3) float64: column, row and depth of each corner, in samples
    yields   triangle, column, row (each (k,) int64) and depth there (k,) float64

    A sample on a shared edge belongs to one of the two triangles, never to both or none.
    """
    slopes, useful = gradients(corners, corners[:, :, 2])
    rows = _rows(corners[:, :, 1], useful, size)
    first = np.concatenate([[0], np.cumsum(rows[:, 1] - rows[:, 0])])
    start = 0
    while start < len(corners):
        stop = max(int(np.searchsorted(first, first[start] + MAX_FRAGMENTS // size, "right")) - 1, start + 1)
        owner, x, y = _fill(np.arange(start, stop), corners, rows, size)
        origin = corners[owner, 0]
        across, down = x + 0.5 - origin[:, 0], y + 0.5 - origin[:, 1]
        yield owner, x, y, origin[:, 2] + slopes[owner, 0] * across + slopes[owner, 1] * down
        start = stop


def gradients(corners: Floats, values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(m, 2): how a value given at the corners (m, 3) grows to the right and down; and which triangles are not
    edge-on."""
    ab, ac = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    twice_area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    useful = np.abs(twice_area) > MIN_AREA
    first, second = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    across = np.divide(first * ac[:, 1] - second * ab[:, 1], twice_area, out=np.zeros(len(corners)), where=useful)
    down = np.divide(second * ab[:, 0] - first * ac[:, 0], twice_area, out=np.zeros(len(corners)), where=useful)
    return np.stack([across, down], axis=1), useful


def _rows(y: Floats, useful: NDArray[np.bool_], size: int) -> Integers:
    """(m, 2): the first row of samples inside each triangle, and the one after the last."""
    a, b, c = np.ascontiguousarray(y.T)
    least, greatest = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    rows = np.ceil(np.stack([least, greatest], axis=1) - 0.5).clip(0, size).astype(np.int64)
    rows[~useful] = 0
    return rows


def _fill(which: Integers, corners: Floats, rows: Integers, size: int) -> tuple[Integers, Integers, Integers]:
    owner, y = _expand(which, rows[which, 0], rows[which, 1])
    low, high = _crossings(corners[owner, :, :2], y + 0.5)
    left, right = np.ceil(low - 0.5).clip(0, size).astype(np.int64), np.ceil(high - 0.5).clip(0, size).astype(np.int64)
    span, x = _expand(np.arange(len(owner)), left, right)
    return owner[span], x, y[span]


def _expand(owners: Integers, first: Integers, after: Integers) -> tuple[Integers, Integers]:
    """Every whole number from `first` to before `after`, beside its owner."""
    counts = np.maximum(after - first, 0)
    starts = np.cumsum(counts) - counts
    return np.repeat(owners, counts), np.arange(counts.sum()) - np.repeat(starts - first, counts)


def _crossings(corners: Floats, y: NDArray[np.floating[Any]]) -> tuple[Floats, Floats]:
    """Where the horizontal line at y enters and leaves each triangle (k, 3, 2)."""
    low, high = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        a, b = corners[:, start], corners[:, end]
        crosses = (a[:, 1] <= y) != (b[:, 1] <= y)
        slope = np.divide(b[:, 0] - a[:, 0], b[:, 1] - a[:, 1], out=np.zeros(len(y)), where=crosses)
        x = a[:, 0] + (y - a[:, 1]) * slope
        low = np.where(crosses, np.minimum(low, x), low)
        high = np.where(crosses, np.maximum(high, x), high)
    return np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)
